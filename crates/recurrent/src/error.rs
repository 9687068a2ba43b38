//! An error of any of the libraries.

use recurrent_nn::train::Interrupt;

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
    Candle(candle_core::Error),
    /// A run folder holds something else than it should, or another model. Nothing was changed.
    #[error("{}: {problem}", path.display())]
    RunFolder {
        /// The file or folder.
        path: std::path::PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// A training's loss became infinite or not a number.
    #[error("{operation} diverged in epoch {epoch}: the loss is {loss}. Try a smaller learning rate")]
    Diverged {
        /// The operation that was called.
        operation: &'static str,
        /// The epoch, from 1.
        epoch: usize,
        /// The loss.
        loss: f64,
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
    /// A text without a word has no step to look at.
    #[error("{operation}: the text {text:?} has no word that the vectorizer keeps; pass a text with one")]
    NoWords {
        /// The operation that was called.
        operation: &'static str,
        /// The text.
        text: String,
    },
    /// A model has no recurrent layer of this name.
    #[error("no recurrent layer is named {name:?}; this model has {}", list(.names))]
    Layer {
        /// The name that was asked for.
        name: String,
        /// The names there are.
        names: Vec<String>,
    },
    /// A layer has no gate or state of this symbol.
    #[error("{layer} has no gate or state {symbol:?}; it has {}", list(.symbols))]
    Symbol {
        /// The layer.
        layer: String,
        /// The symbol that was asked for.
        symbol: String,
        /// The symbols there are.
        symbols: Vec<&'static str>,
    },
    /// A layer has fewer units.
    #[error("{layer} has no unit {unit}; {}", range(*.units))]
    Unit {
        /// The layer.
        layer: String,
        /// The unit that was asked for.
        unit: usize,
        /// How many there are.
        units: usize,
    },
    /// What a view was given does not fit it.
    #[error("{operation}: {problem}")]
    View {
        /// The view.
        operation: &'static str,
        /// What does not fit, and what would.
        problem: String,
    },
}

impl From<candle_core::Error> for Error {
    /// A full GPU memory is told as a network's error, with what to do.
    fn from(error: candle_core::Error) -> Self {
        match recurrent_nn::Error::from(error) {
            recurrent_nn::Error::Candle(error) => Self::Candle(error),
            error => Self::Network(error),
        }
    }
}

/// There is a name for each class of the model.
pub(crate) fn check_classes(operation: &'static str, classes: usize, names: &[impl AsRef<str>]) -> Result<()> {
    if names.len() == classes {
        return Ok(());
    }
    Err(Error::Classes { operation, classes, names: names.len() })
}

/// Ends a long call, of whose rows some are done, when a stop (SIGINT) has come for it.
pub(crate) fn check_stop(interrupt: &Interrupt, operation: &'static str, rows: usize) -> Result<()> {
    match interrupt.requested() {
        false => Ok(()),
        true => Err(recurrent_nn::Error::Interrupted { operation, rows }.into()),
    }
}

/// What looks at many texts needs at least one.
pub(crate) fn some_texts<S>(operation: &'static str, texts: &[S]) -> Result<()> {
    if texts.is_empty() {
        let problem = "no text; pass at least one".into();
        return Err(Error::View { operation, problem });
    }
    Ok(())
}

/// The units that there are.
fn range(units: usize) -> String {
    match units.checked_sub(1) {
        Some(last) => format!("its {units} units are 0 to {last}"),
        None => "it has none".into(),
    }
}

fn list(names: &[impl AsRef<str>]) -> String {
    if names.is_empty() {
        return "none".into();
    }
    names.iter().map(AsRef::as_ref).collect::<Vec<_>>().join(", ")
}

/// A result with this crate's [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;
