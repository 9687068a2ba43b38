//! A Parquet file as columns of text.

use crate::table::Columns;
use crate::{Error, Result};
use std::path::Path;

#[cfg(feature = "parquet")]
pub(crate) fn read(path: &Path) -> Result<Columns> {
    // The library asserts, where a damaged file contradicts itself; that is bad input, no reason to end the process.
    std::panic::catch_unwind(|| parquet_columns(path)).unwrap_or_else(|_| {
        let found = "a damaged one, which the reader gave up on";
        Err(Error::content(path, "a whole Parquet file", found))
    })
}

#[cfg(feature = "parquet")]
fn parquet_columns(path: &Path) -> Result<Columns> {
    use parquet::file::reader::{FileReader, SerializedFileReader};
    use parquet::record::Field;
    let file = std::fs::File::open(path).map_err(Error::file(path, "open"))?;
    let not_parquet = |error: parquet::errors::ParquetError| {
        let found = format!("another file or one that is cut off ({error})");
        Error::content(path, "a whole Parquet file", found)
    };
    let reader = SerializedFileReader::new(file).map_err(not_parquet)?;
    let fields = reader.metadata().file_metadata().schema().get_fields();
    let mut columns =
        Columns { names: fields.iter().map(|field| field.name().to_string()).collect(), ..Default::default() };
    let twice = |&(i, name): &(usize, &String)| columns.names[..i].contains(name);
    if let Some((_, name)) = columns.names.iter().enumerate().find(twice) {
        let found = format!("{name:?} twice");
        return Err(Error::content(path, "column names that differ", found));
    }
    columns.values.resize(columns.names.len(), Vec::new());
    for (row, number) in reader.get_row_iter(None).map_err(not_parquet)?.zip(1..) {
        let row = row.map_err(not_parquet)?;
        columns.starts.push(number);
        for (column, (name, field)) in columns.values.iter_mut().zip(row.get_column_iter()) {
            column.push(match field {
                Field::Null => {
                    columns.nulls += 1;
                    String::new()
                }
                Field::Str(text) => text.clone(),
                // Some writers leave out that their bytes are text.
                Field::Bytes(bytes) => match std::str::from_utf8(bytes.data()) {
                    Ok(text) => text.to_string(),
                    Err(_) => {
                        let expected = format!("UTF-8 text as {name:?}");
                        return Err(Error::line(path, number, expected, "other bytes"));
                    }
                },
                Field::Group(_) | Field::ListInternal(_) | Field::MapInternal(_) => {
                    return Err(Error::line(
                        path,
                        number,
                        format!("text or a number as {name:?}"),
                        "a list or a group",
                    ));
                }
                other => other.to_string(),
            });
        }
    }
    Ok(columns)
}

#[cfg(not(feature = "parquet"))]
pub(crate) fn read(path: &Path) -> Result<Columns> {
    let expected = "CSV, TSV or JSON lines, as this was built without the feature `parquet` of recurrent-data";
    Err(Error::content(path, expected, "a Parquet file"))
}
