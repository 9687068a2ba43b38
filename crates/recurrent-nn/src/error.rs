//! What can go wrong, with the operation and the numbers that do not fit.

/// The error of every function in this crate.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A tensor has another shape than the operation needs.
    #[error("{operation}: expected {expected}, got {got}")]
    Shape {
        /// The operation that was called, e.g. `Lstm::forward`.
        operation: &'static str,
        /// The shape or size it needs.
        expected: String,
        /// The shape or size it was given.
        got: String,
    },
    /// candle refused an operation.
    #[error(transparent)]
    Candle(#[from] candle_core::Error),
}

/// A result with this crate's [`Error`].
pub type Result<T> = std::result::Result<T, Error>;
