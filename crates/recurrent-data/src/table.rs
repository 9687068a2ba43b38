//! A table that nobody prepared: a CSV, TSV, JSON-lines or Parquet file with a column of classes.

use crate::json_lines::JsonLines;
use crate::printable::{listed, printable};
use crate::rows::{RowFormat, Rows};
use crate::{Dataset, Error, Result, row_scan};
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// What [`Table::load`] should know about a file. The default guesses, and says what it guessed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TableConfig {
    /// The column with the class of each row, numbers or words; none: a column called `label`, `class` or the like, or else the one with the fewest different values.
    pub label: Option<String>,
    /// The byte between two fields; none: a tab in a `.tsv` file, otherwise a comma, semicolon or tab, whichever the first row has most of.
    pub separator: Option<u8>,
    /// Whether the first row holds data, not the names of the columns, which are then `column_1`, `column_2`, …
    pub no_header: bool,
}

/// Any table with a column of classes. Its name's ending tells its form: `.jsonl`, `.ndjson` and `.json` are JSON lines (an object in each line), `.parquet` is Parquet (with the feature `parquet`), anything else is delimited text.
#[derive(Debug, Clone, Copy)]
pub struct Table;

/// Columns of text, and where each row begins in the file.
#[derive(Debug, Default)]
struct Columns {
    names: Vec<String>,
    values: Vec<Vec<String>>,
    starts: Vec<u64>,
    /// Between two fields of delimited text, whose `starts` are bytes; otherwise they are lines, or rows of a Parquet file.
    separator: Option<u8>,
    /// Lines that are not rows.
    blank: u64,
    /// Values that became an empty text.
    nulls: u64,
}

const LABEL_NAMES: [&str; 8] = [
    "label",
    "labels",
    "class",
    "class index",
    "category",
    "target",
    "sentiment",
    "topic",
];

impl Table {
    /// Reads the file, prints one line that says what was found, and gives its rows. All columns but that of the classes are columns of text.
    ///
    /// Class names are in rising order: of numbers if all are numbers, otherwise of text. Two ways to write a number (`1`, `01`, `+1`, `1.0`) are one class, under the shorter.
    ///
    /// # Errors
    /// What [`Rows`] finds wrong, a file without rows, a label column that is not there or has an empty or only one value.
    pub fn load(path: impl AsRef<Path>, config: TableConfig) -> Result<Dataset> {
        let path = path.as_ref();
        let ending = path
            .extension()
            .unwrap_or_default()
            .to_string_lossy()
            .to_lowercase();
        let columns = match ending.as_str() {
            "jsonl" | "ndjson" | "json" => read_json_lines(path)?,
            "parquet" => read_parquet(path)?,
            _ => read_delimited(path, &config, &ending)?,
        };
        if columns.starts.is_empty() {
            return Err(Error::content(path, "rows of data", "none"));
        }
        let (label, guessed) = match &config.label {
            Some(name) => (columns.find(path, name)?, ""),
            None => (columns.guess_label(path)?, " (guessed)"),
        };
        let (labels, class_names) = columns.classes(path, label)?;
        let separator = match columns.separator {
            Some(separator) => format!("separated by {:?}, ", char::from(separator)),
            None => String::new(),
        };
        let mut passed_over = String::new();
        if columns.blank > 0 {
            passed_over += &format!("; {} blank lines are no rows", columns.blank);
        }
        if columns.nulls > 0 {
            passed_over += &format!("; {} null values are empty texts", columns.nulls);
        }
        let named = columns
            .names
            .iter()
            .map(String::as_str)
            .zip(columns.values)
            .collect();
        let dataset = Dataset::from_columns(named, labels, class_names)?
            .with_label_column(columns.names[label].clone());
        let texts: Vec<String> = dataset
            .text_columns()
            .iter()
            .map(|name| format!("{name:?}"))
            .collect();
        let classes = dataset.class_names().iter().zip(dataset.class_counts());
        let classes: Vec<String> = classes
            .take(10)
            .map(|(name, count)| format!("{} {count}", printable(name)))
            .collect();
        let more = if dataset.class_names().len() > classes.len() {
            ", …"
        } else {
            ""
        };
        println!(
            "{}: {} rows, {separator}text columns {}, label column {:?}{guessed} with {} classes: {}{more}{passed_over}",
            path.display(),
            dataset.len(),
            texts.join(", "),
            columns.names[label],
            dataset.class_names().len(),
            classes.join(", ")
        );
        Ok(dataset)
    }
}

impl Columns {
    fn find(&self, path: &Path, name: &str) -> Result<usize> {
        let missing = || {
            let found = format!("the columns {}", listed(&self.names));
            Error::content(path, format!("a column {name:?}"), found)
        };
        self.names
            .iter()
            .position(|column| column == name)
            .ok_or_else(missing)
    }

    fn guess_label(&self, path: &Path) -> Result<usize> {
        if let Some(column) = self
            .names
            .iter()
            .position(|name| LABEL_NAMES.contains(&name.to_lowercase().as_str()))
        {
            return Ok(column);
        }
        let different: Vec<usize> = self
            .values
            .iter()
            .map(|column| column.iter().collect::<BTreeSet<_>>().len())
            .collect();
        // A column of classes repeats its values; one of texts hardly does.
        let repeating = (0..self.names.len())
            .filter(|&column| different[column] > 1 && different[column] * 2 <= self.starts.len());
        repeating
            .min_by_key(|&column| different[column])
            .ok_or_else(|| {
                let expected = "a column of classes (name it in TableConfig { label: Some(…) })";
                Error::content(
                    path,
                    expected,
                    format!(
                        "the columns {}, none of which repeats its values",
                        listed(&self.names)
                    ),
                )
            })
    }

    fn classes(&self, path: &Path, label: usize) -> Result<(Vec<u32>, Vec<String>)> {
        let (name, values) = (&self.names[label], &self.values[label]);
        if let Some(row) = values.iter().position(|value| value.trim().is_empty()) {
            let line = match self.separator {
                Some(_) => row_scan::line_of(path, self.starts[row])?,
                None => self.starts[row],
            };
            let expected = format!("a class in column {name:?}");
            return Err(Error::line(path, line, expected, "nothing"));
        }
        let mut spellings: Vec<&str> = values
            .iter()
            .map(|value| value.trim())
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect();
        let order = class_order(&spellings);
        let shorter = |a: &str, b: &str| a.len().cmp(&b.len()).then(a.cmp(b));
        spellings.sort_by(|a, b| order(a, b).then_with(|| shorter(a, b)));
        let classes: Vec<&[&str]> = spellings.chunk_by(|a, b| order(a, b).is_eq()).collect();
        if classes.len() < 2 {
            return Err(Error::content(
                path,
                format!("at least two classes in column {name:?}"),
                format!("only {:?}", spellings[0]),
            ));
        }
        let ids: BTreeMap<&str, u32> = classes
            .iter()
            .zip(0..)
            .flat_map(|(class, id)| class.iter().map(move |&spelling| (spelling, id)))
            .collect();
        let labels = values.iter().map(|value| ids[value.trim()]).collect();
        let names = classes.iter().map(|class| class[0].to_string()).collect();
        Ok((labels, names))
    }
}

/// How classes are ordered, and which are the same: as integers or as numbers if all are, otherwise as text.
fn class_order(names: &[&str]) -> fn(&str, &str) -> Ordering {
    let integer = |name: &str| name.parse::<i128>().ok();
    let number = |name: &str| name.parse::<f64>().ok().filter(|x| x.is_finite());
    if names.iter().all(|name| integer(name).is_some()) {
        |a, b| a.parse::<i128>().ok().cmp(&b.parse().ok())
    } else if names.iter().all(|name| number(name).is_some()) {
        |a, b| {
            a.parse::<f64>()
                .ok()
                .partial_cmp(&b.parse().ok())
                .unwrap_or(Ordering::Equal)
        }
    } else {
        str::cmp
    }
}

fn read_delimited(path: &Path, config: &TableConfig, ending: &str) -> Result<Columns> {
    let separator = match (config.separator, ending) {
        (Some(separator), _) => separator,
        (None, "tsv") => b'\t',
        (None, _) => guess_separator(path)?,
    };
    let mut rows = Rows::open(
        path,
        RowFormat {
            separator,
            header: !config.no_header,
        },
    )?;
    let mut columns = Columns {
        names: rows.names().unwrap_or_default().to_vec(),
        separator: Some(separator),
        ..Default::default()
    };
    columns.values.resize(columns.names.len(), Vec::new());
    while let Some(row) = rows.next_row()? {
        if columns.names.is_empty() {
            columns.names = (1..=row.fields.len())
                .map(|i| format!("column_{i}"))
                .collect();
            columns.values.resize(row.fields.len(), Vec::new());
        }
        columns.starts.push(row.start);
        columns
            .values
            .iter_mut()
            .zip(row.fields)
            .for_each(|(column, field)| column.push(field.to_string()));
    }
    columns.blank = rows.blank_lines()?;
    Ok(columns)
}

/// Whichever separator cuts the first row into the most fields.
fn guess_separator(path: &Path) -> Result<u8> {
    let mut best = (0, b',');
    for separator in [b',', b';', b'\t'] {
        let fields = Rows::open(
            path,
            RowFormat {
                separator,
                header: false,
            },
        )?
        .next_row()?
        .map_or(0, |row| row.fields.len());
        if fields > best.0 {
            best = (fields, separator);
        }
    }
    Ok(best.1)
}

fn read_json_lines(path: &Path) -> Result<Columns> {
    let mut lines = JsonLines::open(path)?;
    let mut columns = Columns::default();
    while let Some((line, row)) = lines.next_row()? {
        if columns.names.is_empty() {
            columns.names = row.keys().cloned().collect();
            columns.values.resize(columns.names.len(), Vec::new());
        }
        if !row.keys().eq(columns.names.iter()) {
            let found = listed(&row.keys().collect::<Vec<_>>());
            return Err(Error::line(
                path,
                line,
                format!("the fields {}, as in the first row", listed(&columns.names)),
                found,
            ));
        }
        columns.starts.push(line);
        columns
            .values
            .iter_mut()
            .zip(row.into_values())
            .for_each(|(column, value)| column.push(value));
    }
    (columns.blank, columns.nulls) = (lines.blank, lines.nulls);
    Ok(columns)
}

#[cfg(feature = "parquet")]
fn read_parquet(path: &Path) -> Result<Columns> {
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
    let mut columns = Columns {
        names: fields
            .iter()
            .map(|field| field.name().to_string())
            .collect(),
        ..Default::default()
    };
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
fn read_parquet(path: &Path) -> Result<Columns> {
    let expected =
        "CSV, TSV or JSON lines, as this was built without the feature `parquet` of recurrent-data";
    Err(Error::content(path, expected, "a Parquet file"))
}
