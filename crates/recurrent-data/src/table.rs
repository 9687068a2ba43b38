//! Tables of your own: a CSV, TSV, JSON-lines or Parquet file with a column of classes.

use crate::json_lines::JsonLines;
use crate::printable::{listed, printable};
use crate::rows::{RowFormat, Rows};
use crate::{Dataset, Error, Result, classes, parquet_file, row_scan};
use std::collections::BTreeSet;
use std::path::Path;

/// What [`Table::load`] should know about a file. The default guesses, and [`Dataset::source`] says what it guessed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TableConfig {
    /// The column with the class of each row, numbers or words; none: a column called `label`, `class` or the like, or
    /// else the one with the fewest different values.
    pub label: Option<String>,
    /// The byte between two fields; none: a tab in a `.tsv` file, otherwise a comma, semicolon or tab, whichever the
    /// first row has most of.
    pub separator: Option<u8>,
    /// Whether the first row holds data, not the names of the columns, which are then `column_1`, `column_2`, …
    pub no_header: bool,
}

/// Any table with a column of classes. Its name's ending tells its form: `.jsonl`, `.ndjson` and `.json` are JSON lines
/// (an object in each line), `.parquet` is Parquet (with the feature `parquet`), anything else is delimited text.
#[derive(Debug, Clone, Copy)]
pub struct Table;

/// Columns of text, and where each row begins in the file.
#[derive(Debug, Default)]
pub(crate) struct Columns {
    pub names: Vec<String>,
    pub values: Vec<Vec<String>>,
    pub starts: Vec<u64>,
    /// Between two fields of delimited text, whose `starts` are bytes; otherwise they are lines, or rows of a Parquet
    /// file.
    pub separator: Option<u8>,
    /// Lines that are not rows.
    pub blank: u64,
    /// Values that became an empty text.
    pub nulls: u64,
}

const LABEL_NAMES: [&str; 8] = ["label", "labels", "class", "class index", "category", "target", "sentiment", "topic"];

impl Table {
    /// Reads the file. All columns but that of the classes are columns of text. [`Dataset::source`] says in a line what
    /// was found, guessed and skipped; where the first row looks like data it suggests `no_header`.
    ///
    /// Class names are in rising order: of numbers if all are numbers, otherwise of text. Two ways to write a number
    /// (`1`, `01`, `+1`, `1.0`) are one class, under the shorter.
    ///
    /// # Errors
    /// What [`Rows`] finds wrong, a file without rows, a label column that is not there or has an empty or only one
    /// value.
    pub fn load(path: impl AsRef<Path>, config: TableConfig) -> Result<Dataset> {
        read(path.as_ref(), &config)
    }
}

fn read(path: &Path, config: &TableConfig) -> Result<Dataset> {
    let ending = path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
    let columns = match ending.as_str() {
        "jsonl" | "ndjson" | "json" => read_json_lines(path)?,
        "parquet" => parquet_file::read(path)?,
        _ => read_delimited(path, config, &ending)?,
    };
    if columns.starts.is_empty() {
        return Err(Error::content(path, "rows of data", "none"));
    }
    let hint = match config.no_header {
        true => String::new(),
        false => columns.header_hint(),
    };
    let label = match &config.label {
        Some(name) => columns.find(path, name),
        None => columns.guess_label(path),
    };
    let label = label.map_err(|error| error.with_hint(&hint))?;
    let guessed = if config.label.is_none() { " (guessed)" } else { "" };
    let (labels, class_names) = columns.classes(path, label).map_err(|error| error.with_hint(&hint))?;
    let separator = match columns.separator {
        Some(separator) => format!("separated by {:?}, ", char::from(separator)),
        None => String::new(),
    };
    let mut skipped = String::new();
    if columns.blank > 0 {
        skipped += &format!("; {} blank lines are no rows", columns.blank);
    }
    if columns.nulls > 0 {
        skipped += &format!("; {} null values are empty texts", columns.nulls);
    }
    let named = columns.names.iter().map(String::as_str).zip(columns.values).collect();
    let label = &columns.names[label];
    let dataset = Dataset::from_columns(named, labels, class_names)?.with_label_column(label.clone());
    let texts: Vec<String> = dataset.text_columns().iter().map(|name| format!("{name:?}")).collect();
    let texts = match &texts[..] {
        [] => "no text column".to_string(),
        texts => format!("text columns {}", texts.join(", ")),
    };
    let classes = dataset.class_names().iter().zip(dataset.class_counts());
    let classes: Vec<String> = classes.take(10).map(|(name, count)| format!("{} {count}", printable(name))).collect();
    let more = if dataset.class_names().len() > classes.len() { ", …" } else { "" };
    let source = format!(
        "{}: {} rows, {separator}{texts}, label column {:?}{guessed} with {} classes: {}{more}{skipped}{hint}",
        path.display(),
        dataset.len(),
        label,
        dataset.class_names().len(),
        classes.join(", ")
    );
    Ok(dataset.with_source(source))
}

impl Columns {
    fn find(&self, path: &Path, name: &str) -> Result<usize> {
        let missing = || {
            let found = format!("the columns {}", listed(&self.names));
            Error::content(path, format!("a column {name:?}"), found)
        };
        self.names.iter().position(|column| column == name).ok_or_else(missing)
    }

    /// If the first row of delimited text, which was taken for the names of the columns, looks like data: why, and what
    /// to do.
    fn header_hint(&self) -> String {
        let mut names = self.names.iter().zip(&self.values);
        let sign = names.find_map(|(name, values)| match name.parse::<f64>() {
            Ok(number) if number.is_finite() => Some(format!("{name:?} is a number")),
            _ if name.is_empty() => None,
            _ => values
                .iter()
                .any(|value| value.trim() == name)
                .then(|| format!("{name:?} is also a value of its column")),
        });
        match sign.filter(|_| self.separator.is_some()) {
            Some(sign) => format!(
                "; the first row was taken for the names of the columns but looks like data, as {sign}: \
                 if it is, read the file with TableConfig {{ no_header: true, ..Default::default() }}"
            ),
            None => String::new(),
        }
    }

    fn guess_label(&self, path: &Path) -> Result<usize> {
        if let Some(column) = self.names.iter().position(|name| LABEL_NAMES.contains(&name.to_lowercase().as_str())) {
            return Ok(column);
        }
        let different: Vec<usize> =
            self.values.iter().map(|column| column.iter().collect::<BTreeSet<_>>().len()).collect();
        // A column of classes repeats its values; one of texts hardly does.
        let repeating =
            (0..self.names.len()).filter(|&column| different[column] > 1 && different[column] * 2 <= self.starts.len());
        repeating.min_by_key(|&column| different[column]).ok_or_else(|| {
            let expected = "a column of classes (name it in TableConfig { label: Some(…) })";
            Error::content(
                path,
                expected,
                format!("the columns {}, none of which repeats its values", listed(&self.names)),
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
        let (labels, names) = classes::of(values);
        match &names[..] {
            [only] => {
                Err(Error::content(path, format!("at least two classes in column {name:?}"), format!("only {only:?}")))
            }
            _ => Ok((labels, names)),
        }
    }
}

fn read_delimited(path: &Path, config: &TableConfig, ending: &str) -> Result<Columns> {
    let separator = match (config.separator, ending) {
        (Some(separator), _) => separator,
        (None, "tsv") => b'\t',
        (None, _) => guess_separator(path)?,
    };
    let mut rows = Rows::open(path, RowFormat { separator, header: !config.no_header })?;
    let mut columns =
        Columns { names: rows.names().unwrap_or_default().to_vec(), separator: Some(separator), ..Default::default() };
    columns.values.resize(columns.names.len(), Vec::new());
    while let Some(row) = rows.next_row()? {
        if columns.names.is_empty() {
            columns.names = (1..=row.fields.len()).map(|i| format!("column_{i}")).collect();
            columns.values.resize(row.fields.len(), Vec::new());
        }
        columns.starts.push(row.start);
        columns.values.iter_mut().zip(row.fields).for_each(|(column, field)| column.push(field.to_string()));
    }
    columns.blank = rows.blank_lines()?;
    Ok(columns)
}

/// Whichever separator cuts the first row into the most fields.
fn guess_separator(path: &Path) -> Result<u8> {
    let mut best = (0, b',');
    for separator in [b',', b';', b'\t'] {
        let fields =
            Rows::open(path, RowFormat { separator, header: false })?.next_row()?.map_or(0, |row| row.fields.len());
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
        columns.values.iter_mut().zip(row.into_values()).for_each(|(column, value)| column.push(value));
    }
    (columns.blank, columns.nulls) = (lines.blank, lines.nulls);
    Ok(columns)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(name: &str, text: &str, config: &TableConfig) -> Result<String> {
        let path = std::env::temp_dir().join(format!("recurrent-{}-{name}", std::process::id()));
        std::fs::write(&path, text).unwrap();
        let loaded = read(&path, config);
        std::fs::remove_file(&path).unwrap();
        Ok(loaded?.source().unwrap().to_string())
    }

    fn said(name: &str, text: &str) -> String {
        let said = load(name, text, &TableConfig::default()).unwrap();
        said.split_once(": ").unwrap().1.to_string()
    }

    #[test]
    fn a_first_row_that_looks_like_data_is_reported_and_still_a_header() {
        let mut number = 0;
        let mut message = |text: &str, config: &TableConfig| {
            number += 1;
            load(&format!("{number}.csv"), text, config).unwrap_or_else(|error| error.to_string())
        };
        let with = |label: Option<&str>, no_header| TableConfig {
            label: label.map(String::from),
            no_header,
            ..Default::default()
        };
        let words = "good,fine day\nbad,rain\ngood,sun\nbad,hail\nbad,fog\n";
        for (text, label, sign) in [
            (words, None, r#""good" is also a value of its column"#),
            ("3,Rovers win\n1,Peace\n3,Cup\n1,Talks\n", None, r#""3" is a number"#),
            // Errors that a missing header is the cause of.
            (words, Some("label"), r#""good" is also a value of its column"#),
            ("0.5,a\n1,b\n2,c\n", None, r#""0.5" is a number"#),
        ] {
            let message = message(text, &with(label, false));
            assert!(message.contains(sign) && message.contains("no_header: true"), "{message}");
        }
        let rows = message(words, &with(None, false));
        assert!(rows.contains(": 4 rows,"), "nothing is guessed: {rows}");

        for (text, config) in [
            (words, with(None, true)),
            ("mood,text\ngood,fine day\nbad,mood\ngood,sun\nbad,\n", with(None, false)),
            (",mood\nx,good\n,bad\n", with(Some("mood"), false)),
        ] {
            let message = message(text, &config);
            assert!(!message.contains("no_header"), "{message}");
        }
    }

    #[test]
    fn the_source_says_what_was_guessed_and_skipped() {
        assert_eq!(
            said("a.csv", "text;mood\n\na;\"x\nEVCXR_BEGIN_CONTENT\"\nb;y\n\nc;y\nd;y\n\n"),
            r#"4 rows, separated by ';', text columns "text", label column "mood" (guessed) with 2 classes: x\nEVCXR_BEGIN_CONTENT 1, y 3; 3 blank lines are no rows"#
        );
        assert_eq!(
            said("a.jsonl", "{\"a\": null, \"label\": 1}\n\n{\"a\": \"b\", \"label\": 2}\n"),
            r#"2 rows, text columns "a", label column "label" (guessed) with 2 classes: 1 1, 2 1; 1 blank lines are no rows; 1 null values are empty texts"#
        );
    }
}
