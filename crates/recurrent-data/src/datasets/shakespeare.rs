//! Plays of William Shakespeare, from Project Gutenberg, and any text of your own.

use crate::{Error, Result, data_folders, files};
use std::path::Path;

/// The plays that are shipped: about a million letters.
///
/// ```
/// let text = recurrent_data::datasets::shakespeare::load()?;
/// assert!(text.len() > 900_000 && text.is_ascii());
/// # Ok::<(), recurrent_data::Error>(())
/// ```
///
/// # Errors
/// The file is nowhere, and as [`read`].
pub fn load() -> Result<String> {
    read(data_folders::file("shakespeare", "shakespeare.txt")?)
}

/// The text of a file of your own, in UTF-8. Lines end with `\n`, whatever they end with in the file.
///
/// # Errors
/// A file that cannot be read, that is not UTF-8, or that is empty.
pub fn read(path: impl AsRef<Path>) -> Result<String> {
    let path = path.as_ref();
    let text = files::read_text(path)?.replace("\r\n", "\n");
    if text.trim().is_empty() {
        return Err(Error::content(path, "a text", "an empty file"));
    }
    Ok(text)
}
