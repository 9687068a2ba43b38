//! Sentences in two languages: those of GNOME's help pages in English and Dutch are shipped, and `cargo lab data multi30k`
//! fetches captions in English and German.

use crate::rows::{RowFormat, Rows};
use crate::{Error, Result, data_folders};
use std::path::Path;

/// The same sentence twice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentencePair {
    /// As `Close the dialog.`
    pub english: String,
    /// As `Sluit het dialoogvenster.`
    pub translation: String,
}

/// The pairs that are shipped.
///
/// ```
/// let pairs = recurrent_data::datasets::sentences::load()?;
/// assert!(pairs.len() > 2_000);
/// # Ok::<(), recurrent_data::Error>(())
/// ```
///
/// # Errors
/// The file is nowhere, and as [`read`].
pub fn load() -> Result<Vec<SentencePair>> {
    read(data_folders::file("sentences", "english_dutch.tsv")?)
}

/// Pairs of a file: in each line a sentence, a tab, and its translation; no header.
///
/// # Errors
/// What [`Rows`] finds wrong, a line with more or less than two texts, or with an empty one, no row.
pub fn read(path: impl AsRef<Path>) -> Result<Vec<SentencePair>> {
    let path = path.as_ref();
    let mut rows = Rows::open(path, RowFormat { separator: b'\t', header: false })?;
    let mut pairs = Vec::new();
    while let Some(row) = rows.next_row()? {
        let (start, fields) = (row.start, row.fields.iter().map(|field| field.trim().to_owned()).collect::<Vec<_>>());
        match <[String; 2]>::try_from(fields) {
            Ok([english, translation]) if !english.is_empty() && !translation.is_empty() => {
                pairs.push(SentencePair { english, translation });
            }
            Ok(_) => return Err(Error::line(path, rows.line_of(start)?, "two sentences", "an empty one")),
            Err(fields) => {
                let found = format!("{} texts", fields.len());
                return Err(Error::line(path, rows.line_of(start)?, "two sentences with a tab between them", found));
            }
        }
    }
    if pairs.is_empty() {
        return Err(Error::content(path, "pairs of sentences", "an empty file"));
    }
    Ok(pairs)
}
