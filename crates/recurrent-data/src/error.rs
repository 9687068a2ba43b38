//! Errors on the way from a file to a batch: which file, which line, what was expected, what was found.

use crate::printable::listed;
use std::io;
use std::path::PathBuf;

/// The error of every function in this crate.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file or folder cannot be opened, read or written.
    #[error("{}: cannot {doing} it: {source}", path.display())]
    File {
        /// The file or folder.
        path: PathBuf,
        /// What was tried, e.g. `read`.
        doing: &'static str,
        /// The system's answer.
        source: io::Error,
    },
    /// A file can be read but holds something else than was expected.
    #[error("{}, line {line}: expected {expected}, found {found}", path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// Where the row begins, counted from 1.
        line: u64,
        /// What belongs there.
        expected: String,
        /// What is there.
        found: String,
    },
    /// A file as a whole holds something else than was expected.
    #[error("{}: expected {expected}, found {found}", path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// What belongs there.
        expected: String,
        /// What is there.
        found: String,
    },
    /// A table has no such column.
    #[error("there is no column {name:?}; the columns are {}", listed(columns))]
    NoColumn {
        /// The column that was asked for.
        name: String,
        /// Those there are.
        columns: Vec<String>,
    },
    /// A function was called with a value that it cannot work with.
    #[error("{function}: expected {expected}, got {got}")]
    Argument {
        /// The function, e.g. `Batches::new`.
        function: &'static str,
        /// What it needs.
        expected: String,
        /// What it was given.
        got: String,
    },
    /// polars refused an operation.
    #[error(transparent)]
    Polars(#[from] polars::error::PolarsError),
}

/// A result with this crate's [`Error`].
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    pub(crate) fn file(path: impl Into<PathBuf>, doing: &'static str) -> impl FnOnce(io::Error) -> Error {
        let path = path.into();
        move |source| Error::File { path, doing, source }
    }

    pub(crate) fn line(
        path: impl Into<PathBuf>,
        line: u64,
        expected: impl Into<String>,
        found: impl Into<String>,
    ) -> Error {
        Error::Line { path: path.into(), line, expected: expected.into(), found: found.into() }
    }

    pub(crate) fn content(path: impl Into<PathBuf>, expected: impl Into<String>, found: impl Into<String>) -> Error {
        Error::Content { path: path.into(), expected: expected.into(), found: found.into() }
    }

    /// Says more about what was found in a file.
    pub(crate) fn with_hint(mut self, hint: &str) -> Error {
        if let Error::Line { found, .. } | Error::Content { found, .. } = &mut self {
            found.push_str(hint);
        }
        self
    }

    pub(crate) fn argument(function: &'static str, expected: impl Into<String>, got: impl Into<String>) -> Error {
        Error::Argument { function, expected: expected.into(), got: got.into() }
    }
}
