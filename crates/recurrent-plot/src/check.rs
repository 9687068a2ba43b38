//! What every figure asks of its numbers before it draws.

use crate::error::{PlotError, Result};

/// The checks of one figure, which is named in their errors.
#[derive(Clone, Copy)]
pub(crate) struct Check(pub(crate) &'static str);

impl Check {
    pub(crate) fn some<T>(self, what: &str, list: &[T]) -> Result<()> {
        if list.is_empty() {
            return Err(PlotError::Empty { figure: self.0, what: what.to_owned() });
        }
        Ok(())
    }

    pub(crate) fn length<T>(self, what: &str, list: &[T], expected: usize) -> Result<()> {
        let found = list.len();
        if found != expected {
            let what = what.to_owned();
            return Err(PlotError::Ragged { figure: self.0, what, expected, found });
        }
        Ok(())
    }

    pub(crate) fn at_most(self, what: &str, found: usize, limit: usize) -> Result<()> {
        if found > limit {
            let what = what.to_owned();
            return Err(PlotError::TooMany { figure: self.0, what, limit, found });
        }
        Ok(())
    }

    /// A number is finite, and not so large that the distance to another might not be.
    pub(crate) fn number(self, what: &str, value: f64) -> Result<()> {
        if !value.is_finite() {
            return Err(PlotError::NotFinite { figure: self.0, what: what.to_owned(), value });
        }
        self.fits(what, value, "a number from -1e100 to 1e100", value.abs() <= 1e100)
    }

    /// A number `fits` what is `expected`.
    pub(crate) fn fits(self, what: &str, value: f64, expected: &'static str, fits: bool) -> Result<()> {
        if !fits {
            let what = what.to_owned();
            return Err(PlotError::OutOfRange { figure: self.0, what, value, expected });
        }
        Ok(())
    }

    pub(crate) fn finite(self, what: &str, numbers: &[f64]) -> Result<()> {
        self.range(what, numbers, "a finite number", |_| true)
    }

    /// Every number is finite and `fits`, which `expected` says in words.
    pub(crate) fn range(
        self,
        what: &str,
        numbers: &[f64],
        expected: &'static str,
        fits: impl Fn(f64) -> bool,
    ) -> Result<()> {
        // The name of a number is written only for one that is refused: a heatmap has thousands.
        match numbers.iter().position(|&number| !(number.abs() <= 1e100 && fits(number))) {
            None => Ok(()),
            Some(index) => {
                let (what, value) = (format!("{what}[{index}]"), numbers[index]);
                self.number(&what, value)?;
                self.fits(&what, value, expected, false)
            }
        }
    }

    /// Shares and probabilities. A sum of many f32 may pass 1 by a rounding error.
    pub(crate) fn shares(self, what: &str, numbers: &[f64]) -> Result<()> {
        let share = |number| (0.0..=1.0 + 1e-4).contains(&number);
        self.range(what, numbers, "a number from 0 to 1", share)
    }

    /// Numbers for a logarithmic axis.
    pub(crate) fn positive(self, what: &str, numbers: &[f64]) -> Result<()> {
        self.range(what, numbers, "a number from 1e-100 to 1e100", |number| number >= 1e-100)
    }
}
