//! What most pages of the lesson use: `use recurrent::prelude::*;`.
//!
//! At most 100 names, each written down here. What one page alone needs, that page takes from its module: [`views`]
//! has a figure for every question about a model, [`plot`] draws plain numbers, [`data`](crate::data) and
//! [`nn`](crate::nn) are the libraries below.

pub use crate::device::best_device;
pub use crate::display::{Show, ShowModel};
pub use crate::error::Error;
pub use crate::loader::DataLoader;
pub use crate::predict::{predict, predict_all};
pub use crate::pretrained::pretrained_embedding;
pub use crate::report::classification_report;
pub use crate::run_folder::RunFolder;
pub use crate::skip_gram::{SkipGramConfig, skip_gram};
pub use crate::softmax::softmax;
pub use crate::views::{
    confusion, gate_of_all_layers, gates, gradient_flow, learning_curves, ledger, network, padding_counts,
    prediction_trajectory, principal_components, saturation, trace, unit_gates,
};
pub use crate::{plot, views};
pub use candle_core::{D, DType, Device, IndexOp, Tensor, Var};
pub use candle_nn::ops::sigmoid;
pub use plotters;
pub use polars;
pub use recurrent_data::{
    AgNews, BatchConfig, Batches, Dataset, MiniNews, PAD, PackedSequence, PaddingSide, PretrainedEmbeddings, Split,
    Standardize, Table, TableConfig, TextVectorizer, UNK, VectorizerConfig, Vocabulary, tasks,
};
pub use recurrent_nn::{
    Batch, BatchSource, Bidirectional, Clip, CrossEntropy, Dropout, EarlyStopping, Embedding, EmbeddingConfig,
    Evaluation, ForwardOptions, Gru, History, Init, Linear, Loss, Lstm, Method, Model, Module, Optimizer,
    OptimizerConfig, Recurrent, Schedule, SimpleRnn, Stacked, State, Stop, Summary, Trainer, TrainerConfig, evaluate,
};
pub use recurrent_plot::{
    CellSize, Figure, Readout, StepLine, StepPanel, bidirectional_network, gru_cell, lstm_cell, multilayer_network,
    rnn_cell, step_lines, unrolled_network,
};

/// The result of [`Model::forward`]; its error type may be left out.
pub type Result<T, E = recurrent_nn::Error> = std::result::Result<T, E>;
