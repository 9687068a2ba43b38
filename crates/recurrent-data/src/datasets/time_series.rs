//! One number for each step of time.

use super::columns::{self, number, wrong};
use crate::Result;
use std::path::Path;

/// Numbers over time.
#[derive(Debug, Clone, PartialEq)]
pub struct TimeSeries {
    /// When: as `1749-01` or `2012-01-31`.
    pub times: Vec<String>,
    /// What was measured then.
    pub values: Vec<f64>,
}

/// Reads a file with these columns, the first of which is the time, the one of `value` the value.
pub(super) fn read(path: &Path, names: &[&str], value: &str) -> Result<TimeSeries> {
    let mut series = TimeSeries { times: Vec::new(), values: Vec::new() };
    columns::read(path, names, |fields| {
        let time = fields[0];
        if series.times.last().is_some_and(|last| **last >= *time) {
            let last = series.times.last().map_or("", String::as_str);
            return Err(wrong(format!("a {} after {last}", names[0]), format!("{time:?}")));
        }
        for (name, field) in names.iter().zip(fields).skip(1) {
            let number = number(name, field)?;
            if *name == value {
                series.values.push(number);
            }
        }
        series.times.push(time.into());
        Ok(())
    })?;
    Ok(series)
}
