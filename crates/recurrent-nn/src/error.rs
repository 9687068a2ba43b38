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
    /// A number of a configuration is out of its range.
    #[error("{operation}: `{field}` must be {expected}, got {got}")]
    Config {
        /// The constructor, e.g. `Dropout::new`.
        operation: &'static str,
        /// The field of the configuration.
        field: &'static str,
        /// The range.
        expected: String,
        /// The number that came.
        got: String,
    },
    /// A sequence length is 0 or beyond the padded length.
    #[error(
        "{operation}: the length of sequence {row} is {length}, expected 1 to {steps}, the number of time steps"
    )]
    Length {
        /// The operation that was called.
        operation: &'static str,
        /// The sequence's row in the batch.
        row: usize,
        /// Its length.
        length: usize,
        /// T, the number of time steps in the batch.
        steps: usize,
    },
    /// A token id is not in the vocabulary.
    #[error(
        "Embedding::forward: token id {id} at position {position} of the batch is not below {vocabulary}, the vocabulary size"
    )]
    TokenId {
        /// The id.
        id: u32,
        /// Its position in the batch, counted row by row.
        position: usize,
        /// V, the number of rows of the embedding.
        vocabulary: usize,
    },
    /// A tensor has a dtype that the operation does not compute with.
    #[error("{operation}: expected {expected}, got {got:?}")]
    DType {
        /// The operation that was called.
        operation: &'static str,
        /// The dtypes it takes.
        expected: &'static str,
        /// The dtype that came.
        got: candle_core::DType,
    },
    /// A gradient is infinite or not a number. No weight was changed.
    #[error(
        "Optimizer::step: the gradient of {parameter} holds {value}; no weight was changed. Try a smaller learning rate or clip the gradients"
    )]
    Gradient {
        /// The parameter, as `layer.parameter`.
        parameter: String,
        /// The number.
        value: f64,
    },
    /// An optimizer's saved state does not fit.
    #[error("optimizer state `{key}`: expected {expected}, got {got}")]
    OptimizerState {
        /// The name of the tensor.
        key: String,
        /// What fits.
        expected: String,
        /// What came.
        got: String,
    },
    /// candle refused an operation.
    #[error(transparent)]
    Candle(#[from] candle_core::Error),
}

/// A result with this crate's [`Error`].
pub type Result<T> = std::result::Result<T, Error>;
