//! The highest temperature of each day in Seattle, in degrees Celsius.

use super::TimeSeries;
use crate::{Result, data_folders};
use std::path::Path;

/// The days that are shipped: 2012 to 2015.
///
/// ```
/// let temperatures = recurrent_data::datasets::temperatures::load()?;
/// assert_eq!((&*temperatures.times[0], temperatures.values.len()), ("2012-01-01", 1461));
/// # Ok::<(), recurrent_data::Error>(())
/// ```
///
/// # Errors
/// The file is nowhere, and as [`read`].
pub fn load() -> Result<TimeSeries> {
    read(data_folders::file("temperatures", "seattle.csv")?)
}

/// Days of a file with columns `day`, `highest` and `lowest`; the values are the highest.
///
/// # Errors
/// As [`sunspots::read`](super::sunspots::read), of days.
pub fn read(path: impl AsRef<Path>) -> Result<TimeSeries> {
    super::time_series::read(path.as_ref(), &["day", "highest", "lowest"], "highest")
}
