//! Handwritten digits of 43 people, 8 × 8 pixels (E. Alpaydin and C. Kaynak, 1998, [UCI](https://doi.org/10.24432/C50P49);
//! the copy that scikit-learn has as `load_digits`).

use super::columns::{self, count};
use crate::{Result, data_folders};
use std::path::Path;

/// Rows and columns of an image.
pub const SIDE: usize = 8;

/// One image.
#[derive(Debug, Clone, PartialEq)]
pub struct Digit {
    /// Which one it is, 0 to 9.
    pub label: u32,
    /// 64 numbers from 0 (paper) to 1 (ink), row by row: the ink of 4 × 4 smaller pixels each.
    pub pixels: Vec<f32>,
}

/// The 1,797 digits that are shipped.
///
/// ```
/// let digits = recurrent_data::datasets::digits::load()?;
/// assert_eq!((digits.len(), digits[0].label, digits[0].pixels.len()), (1797, 0, 64));
/// # Ok::<(), recurrent_data::Error>(())
/// ```
///
/// # Errors
/// The file is nowhere, and as [`read`].
pub fn load() -> Result<Vec<Digit>> {
    read(data_folders::file("digits", "digits.csv")?)
}

/// Digits of a file with columns `digit` and `p0` to `p63`, each pixel a number from 0 to 16.
///
/// # Errors
/// What [`Rows`](crate::rows::Rows) finds wrong, other columns, a digit or a pixel that is not in its range, no row.
pub fn read(path: impl AsRef<Path>) -> Result<Vec<Digit>> {
    let names: Vec<String> =
        std::iter::once("digit".into()).chain((0..SIDE * SIDE).map(|pixel| format!("p{pixel}"))).collect();
    let mut digits = Vec::new();
    columns::read(path.as_ref(), &names, |fields| {
        let label = count("digit", fields[0], 0..=9)? as u32;
        let pixels = names[1..].iter().zip(&fields[1..]);
        let pixels: std::result::Result<_, _> =
            pixels.map(|(name, field)| Ok(count(name, field, 0..=16)? as f32 / 16.0)).collect();
        digits.push(Digit { label, pixels: pixels? });
        Ok(())
    })?;
    Ok(digits)
}
