//! A table whose columns are known by name.

use crate::rows::{RowFormat, Rows};
use crate::{Error, Result};
use std::path::Path;

/// What a row should have been: expected and found. The file and the line are added.
pub(super) struct Wrong {
    expected: String,
    found: String,
}

/// A row that is not as it should be.
pub(super) fn wrong(expected: impl Into<String>, found: impl Into<String>) -> Wrong {
    Wrong { expected: expected.into(), found: found.into() }
}

/// Calls `each` with the fields of each row of a file with a header, whose columns must be these in this order.
pub(super) fn read<C: AsRef<str>>(
    path: &Path,
    columns: &[C],
    mut each: impl FnMut(&[&str]) -> std::result::Result<(), Wrong>,
) -> Result<()> {
    let mut rows = Rows::open(path, RowFormat { separator: b',', header: true })?;
    let columns: Vec<&str> = columns.iter().map(C::as_ref).collect();
    let names = rows.names().unwrap_or_default();
    if names != columns {
        return Err(Error::line(path, 1, format!("the columns {}", columns.join(",")), names.join(",")));
    }
    let mut count = 0;
    while let Some(row) = rows.next_row()? {
        let (start, fields): (u64, Vec<&str>) = (row.start, row.fields.iter().collect());
        if let Err(Wrong { expected, found }) = each(&fields) {
            return Err(Error::line(path, rows.line_of(start)?, expected, found));
        }
        count += 1;
    }
    if count == 0 {
        return Err(Error::content(path, "rows", "a header only"));
    }
    Ok(())
}

/// A finite number of this column.
pub(super) fn number(column: &str, field: &str) -> std::result::Result<f64, Wrong> {
    match field.parse::<f64>() {
        Ok(number) if number.is_finite() => Ok(number),
        _ => Err(wrong(format!("a finite number as {column}"), format!("{field:?}"))),
    }
}

/// A whole number of this column, from `range`.
pub(super) fn count(
    column: &str,
    field: &str,
    range: std::ops::RangeInclusive<usize>,
) -> std::result::Result<usize, Wrong> {
    field.parse().ok().filter(|number| range.contains(number)).ok_or_else(|| {
        wrong(format!("a whole number from {} to {} as {column}", range.start(), range.end()), format!("{field:?}"))
    })
}
