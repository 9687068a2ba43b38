//! What can go wrong, with the operation and the numbers that do not fit.

use crate::device;

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
    #[error("{operation}: the length of sequence {row} is {length}, expected 1 to {steps}, the number of time steps")]
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
        "Embedding::forward: token id {id} at position {position} of the batch is not below {vocabulary}, the vocabulary \
         size"
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
        "Optimizer::step: the gradient of {parameter} holds {value}; no weight was changed. Try a smaller \
         learning rate or clip the gradients"
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
    /// A model's scores are infinite or not a number, so they say nothing.
    #[error(
        "the model's scores of row {row} make {value} as a probability: a weight or an input of the model is not a \
         finite number"
    )]
    Scores {
        /// The row in the batch.
        row: usize,
        /// The first probability that is none.
        value: f64,
    },
    /// A batch without a target cannot be learned from or measured.
    #[error("the batch has no target; training and evaluation need `Batch::target`")]
    NoTarget,
    /// A batch has nothing for the decoder of a model to read.
    #[error("the batch has nothing for a decoder to read; this model needs `Batch::decoder_input`")]
    NoDecoderInput,
    /// A batch could not be made.
    #[error("a batch could not be made: {0}")]
    Batch(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A loss of the program's own is a function, of which a checkpoint keeps the name only.
    #[error("the loss `{name}` is a function of your program: resume with `Checkpoint::resume_with`, which takes it")]
    OwnLoss {
        /// Its name.
        name: String,
    },
    /// A label is not a class of the model.
    #[error(
        "the label in row {row} of the batch is {label}, but the model scores {classes} classes, 0 to {}",
        classes - 1
    )]
    Label {
        /// The row in the batch.
        row: usize,
        /// The label.
        label: usize,
        /// C, the number of scores for each row.
        classes: usize,
    },
    /// The loss depends on a parameter that the model does not list: no step would change it, and no checkpoint keep
    /// it.
    #[error(
        "the loss depends on a parameter of shape {shape:?} that no layer of the model has: make its layer a field \
         of the struct that derives `Module`, or `detach()` what it computes if it is to stay as it is"
    )]
    UnlistedParameter {
        /// Its shape; of an embedding the rows that were used.
        shape: Vec<usize>,
    },
    /// Two parameters have one name, so neither an optimizer's state nor a checkpoint could tell them apart.
    #[error("two parameters of the model are named `{name}`: give each layer a name of its own")]
    ParameterName {
        /// The name, as `layer.parameter`.
        name: String,
    },
    /// A trainer was given another model than that of its first fit.
    #[error(
        "this trainer has trained another model, and has its optimizer state and history: make a new one with \
         `Trainer::new`"
    )]
    OtherModel,
    /// An unfinished epoch was given other batches than it began with.
    #[error(
        "epoch {epoch} began with other batches ({begun}) than it would go on with ({got}), so rows would be left out or \
         learned twice: \
         make the batches as before, or end the epoch here with `Trainer::end_epoch` and begin the next one with these"
    )]
    OtherBatches {
        /// The epoch, from 1.
        epoch: usize,
        /// The fingerprint of the batches that it began with.
        begun: String,
        /// The fingerprint of those that came.
        got: String,
    },
    /// A source has nothing to train on or to measure.
    #[error("{operation}: there are no {rows}")]
    NoRows {
        /// The operation that was called.
        operation: &'static str,
        /// Which rows are missing.
        rows: &'static str,
    },
    /// The loss or a gradient became infinite or not a number. The step was not taken.
    #[error(
        "training diverged at step {step} (epoch {epoch}, batch {batch}): loss {loss}; the largest gradient was {largest} \
         in {parameter}. \
         The step was not taken. Try a smaller learning rate or clip the gradients"
    )]
    Diverged {
        /// The number of the step, from 0.
        step: u64,
        /// The epoch, from 1.
        epoch: usize,
        /// The batch in the epoch, from 1.
        batch: usize,
        /// The mean loss of the step's rows.
        loss: f64,
        /// The parameter with the largest gradient, as `layer.parameter`.
        parameter: String,
        /// Its number: in the step before if the loss is not finite, in this one otherwise.
        largest: f64,
    },
    /// A stop (SIGINT) ended a call that has nothing to give when it is half done.
    #[error("{operation} was stopped after {rows} rows")]
    Interrupted {
        /// The operation that was called.
        operation: &'static str,
        /// Rows done.
        rows: usize,
    },
    /// The operating system refuses to register a handler for a stop (SIGINT).
    #[error("cannot listen for a stop (SIGINT): {0}")]
    Signal(#[source] std::io::Error),
    /// A file or folder of a checkpoint cannot be read or written, or does not fit. Nothing was changed.
    #[error("{}: {problem}", path.display())]
    Checkpoint {
        /// The file or folder.
        path: std::path::PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// No device has this name.
    #[error("the device is named {name:?}, expected cpu, cuda or cuda:N with the number of a GPU, from 0")]
    DeviceName {
        /// The name.
        name: String,
    },
    /// A GPU cannot be used.
    #[error("{device} cannot be used: {problem}; use `Device::Cpu`")]
    Device {
        /// The GPU, e.g. `cuda:0`.
        device: String,
        /// Why not, and what to do.
        problem: String,
    },
    /// A GPU has no memory left for a tensor.
    #[error(
        "the memory of the GPU is full ({message}). Take a smaller batch, or restart the program (in a notebook: the \
         kernel), \
         which gives back what it holds, or use `Device::Cpu`"
    )]
    OutOfMemory {
        /// The driver's message.
        message: String,
    },
    /// candle refused an operation.
    #[error(transparent)]
    Candle(candle_core::Error),
}

impl From<candle_core::Error> for Error {
    fn from(error: candle_core::Error) -> Self {
        let text = error.to_string();
        if device::is_out_of_memory(&text) {
            return Self::OutOfMemory { message: device::first_line(&text) };
        }
        Self::Candle(error)
    }
}

/// A result with this crate's [`Error`].
pub type Result<T> = std::result::Result<T, Error>;
