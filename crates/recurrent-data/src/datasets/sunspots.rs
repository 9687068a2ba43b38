//! How many spots the sun has, as a mean of each month.

use super::TimeSeries;
use crate::{Result, data_folders};
use std::path::Path;

/// The months that are shipped.
///
/// ```
/// let sunspots = recurrent_data::datasets::sunspots::load()?;
/// assert_eq!(sunspots.times[0], "1749-01");
/// # Ok::<(), recurrent_data::Error>(())
/// ```
///
/// # Errors
/// The file is nowhere, and as [`read`].
pub fn load() -> Result<TimeSeries> {
    read(data_folders::file("sunspots", "sunspots.csv")?)
}

/// Months of a file with columns `month` and `sunspots`.
///
/// # Errors
/// What [`Rows`](crate::rows::Rows) finds wrong, other columns, a value that is no finite number, a month that does not
/// come after the one before, no row.
pub fn read(path: impl AsRef<Path>) -> Result<TimeSeries> {
    super::time_series::read(path.as_ref(), &["month", "sunspots"], "sunspots")
}
