//! What can go wrong: numbers that cannot be drawn, and files that cannot be written.

use std::path::PathBuf;

/// Why a figure was not drawn or not saved.
#[derive(Debug, thiserror::Error)]
pub enum PlotError {
    /// A figure needs at least one of something.
    #[error("{figure}: no {what} given; pass at least one")]
    Empty {
        /// The function that was called.
        figure: &'static str,
        /// What is missing.
        what: String,
    },
    /// A number is NaN or infinite.
    #[error("{figure}: {what} is {value}; every number must be finite")]
    NotFinite {
        /// The function that was called.
        figure: &'static str,
        /// Which number: `losses[3]`.
        what: String,
        /// The number itself.
        value: f64,
    },
    /// Two lists that belong together differ in length.
    #[error("{figure}: {what} has {found} entries, expected {expected}")]
    Ragged {
        /// The function that was called.
        figure: &'static str,
        /// The list that does not fit.
        what: String,
        /// The length that would fit.
        expected: usize,
        /// The length that came.
        found: usize,
    },
    /// A number lies outside the range that the figure is about.
    #[error("{figure}: {what} is {value}, expected {expected}")]
    OutOfRange {
        /// The function that was called.
        figure: &'static str,
        /// Which number: `losses[3]`.
        what: String,
        /// The number itself.
        value: f64,
        /// The range, in words.
        expected: &'static str,
    },
    /// More was given than a page can show.
    #[error("{figure}: {found} {what}, but a figure has room for {limit}; pass fewer")]
    TooMany {
        /// The function that was called.
        figure: &'static str,
        /// What there is too much of.
        what: String,
        /// How many fit.
        limit: usize,
        /// How many came.
        found: usize,
    },
    /// The chart library refused to draw.
    #[error("drawing the chart failed: {0}")]
    Chart(String),
    /// A picture inside or of the figure could not be encoded as PNG.
    #[error("encoding a PNG failed: {0}")]
    Encode(#[from] png::EncodingError),
    /// The file's ending is neither `.svg` nor `.png`.
    #[error("cannot save a figure as {}: the name must end in .svg or .png", .path.display())]
    UnknownFormat {
        /// The path that was asked for.
        path: PathBuf,
    },
    /// The file could not be written.
    #[error("cannot write {}: {source}", .path.display())]
    Write {
        /// The path that was asked for.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
}

/// The result of every function of this crate.
pub type Result<T> = std::result::Result<T, PlotError>;
