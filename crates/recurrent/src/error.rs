//! An error of any of the libraries.

/// What a call of this crate can fail with.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Reading or preparing data failed.
    #[error(transparent)]
    Data(#[from] recurrent_data::Error),
    /// A layer, a model or a training failed.
    #[error(transparent)]
    Network(#[from] recurrent_nn::Error),
    /// A figure could not be drawn.
    #[error(transparent)]
    Plot(#[from] recurrent_plot::PlotError),
    /// candle refused an operation.
    #[error(transparent)]
    Candle(#[from] candle_core::Error),
    /// A run folder holds something else than it should, or another model. Nothing was changed.
    #[error("{}: {problem}", path.display())]
    RunFolder {
        /// The file or folder.
        path: std::path::PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// A model and the names of its classes do not belong together.
    #[error("{operation}: the model has {classes} classes, but {names} class names were given")]
    Classes {
        /// The operation that was called.
        operation: &'static str,
        /// Classes of the model.
        classes: usize,
        /// Names given.
        names: usize,
    },
}

/// A result with this crate's [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;
