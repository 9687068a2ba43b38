//! What every figure asks of its numbers before it draws.

use crate::error::{PlotError, Result};

/// The checks of one figure, which is named in their errors.
#[derive(Clone, Copy)]
pub(crate) struct Check(pub(crate) &'static str);

impl Check {
    pub(crate) fn some<T>(self, what: &str, list: &[T]) -> Result<()> {
        if list.is_empty() {
            return Err(PlotError::Empty {
                figure: self.0,
                what: what.to_owned(),
            });
        }
        Ok(())
    }

    pub(crate) fn finite(self, what: &str, numbers: &[f64]) -> Result<()> {
        match numbers.iter().position(|number| !number.is_finite()) {
            Some(index) => Err(PlotError::NotFinite {
                figure: self.0,
                what: what.to_owned(),
                index,
                value: numbers[index],
            }),
            None => Ok(()),
        }
    }

    pub(crate) fn length<T>(self, what: &str, list: &[T], expected: usize) -> Result<()> {
        if list.len() != expected {
            return Err(PlotError::Ragged {
                figure: self.0,
                what: what.to_owned(),
                expected,
                found: list.len(),
            });
        }
        Ok(())
    }

    pub(crate) fn at_most<T>(self, what: &str, list: &[T], limit: usize) -> Result<()> {
        if list.len() > limit {
            return Err(PlotError::TooMany {
                figure: self.0,
                what: what.to_owned(),
                limit,
                found: list.len(),
            });
        }
        Ok(())
    }

    /// Every number is finite and `fits`, which `expected` says in words.
    pub(crate) fn range(
        self,
        what: &str,
        numbers: &[f64],
        expected: &'static str,
        fits: impl Fn(f64) -> bool,
    ) -> Result<()> {
        self.finite(what, numbers)?;
        match numbers.iter().position(|&number| !fits(number)) {
            Some(index) => Err(PlotError::OutOfRange {
                figure: self.0,
                what: what.to_owned(),
                index,
                value: numbers[index],
                expected,
            }),
            None => Ok(()),
        }
    }

    /// Shares and probabilities. A sum of many f32 may pass 1 by a rounding error.
    pub(crate) fn shares(self, what: &str, numbers: &[f64]) -> Result<()> {
        self.range(what, numbers, "a number from 0 to 1", |number| {
            (0.0..=1.0 + 1e-4).contains(&number)
        })
    }
}
