#![doc = include_str!("../README.md")]
//!
//! The modules, in the order data flows:
//!
//! 1. [`batch`]: what a model reads at one step
//! 2. [`init`]: the first weights, from a seed
//! 3. [`layers`]: embedding, recurrent layers, dropout, linear layer; they compute through [`ops`]
//! 4. [`model`]: a struct of layers with a `forward`, its [`summary`]; what all of them are is a [`module`]
//! 5. [`train`]: the loop over batches, with its [`optimizer`]; loss, history, evaluation
//! 6. [`checkpoint`]: a training in a folder
//! 7. [`trace`]: every gate of one forward pass
//!
//! Beside them: [`device`], where tensors live, [`scores`], what they say of classes, and [`error`].
#![warn(clippy::expect_used, clippy::panic, clippy::print_stderr, clippy::print_stdout, clippy::unwrap_used)]

pub mod batch;
pub mod checkpoint;
#[cfg(test)]
mod cpu_emulation;
pub mod device;
pub mod error;
pub mod init;
pub mod layers;
pub mod model;
pub mod module;
pub mod ops;
pub mod optimizer;
mod rng;
pub mod scores;
pub mod summary;
pub mod trace;
pub mod train;

pub use batch::{Batch, BatchSource, GeneratedBatches, TensorBatches};
pub use checkpoint::{Checkpoint, load_weights, save_weights};
pub use error::{Error, Result};
pub use init::Init;
pub use layers::{
    Bidirectional, CellOutput, Dropout, DropoutSpec, Embedding, EmbeddingConfig, ForwardOptions, Gates, Gru, Hidden,
    Linear, Lstm, Recurrent, Rnn, RnnCell, SimpleRnn, Stacked, State, Weights,
};
pub use model::Model;
pub use module::Module;
pub use optimizer::{Clip, GradientReport, Method, Optimizer, OptimizerConfig};
pub use recurrent_derive::Module;
pub use summary::{LayerSummary, Summary};
pub use train::{
    CrossEntropy, EarlyStopping, EpochRecord, Evaluation, Event, FinderConfig, History, LearningRates, Loss,
    LossFunction, Metrics, Monitor, OwnLoss, Schedule, StepRecord, Stop, Trainer, TrainerConfig, evaluate,
    find_learning_rate, predict_proba,
};
