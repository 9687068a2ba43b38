//! What a page of the lesson uses: `use recurrent::prelude::*;`.

pub use crate::device::best_device;
pub use crate::display::{Show, ShowModel};
pub use crate::error::Error;
pub use crate::frames::{epochs_frame, steps_frame};
pub use crate::loader::DataLoader;
pub use crate::predict::{Prediction, predict, predict_all};
pub use crate::pretrained::pretrained_embedding;
pub use crate::report::{ClassificationReport, classification_report};
pub use crate::run_folder::{RunFolder, SavedLayer};
pub use crate::skip_gram::{SkipGramConfig, skip_gram};
// By name: where recurrent-plot has a function of the same name, a page means the one that takes a model.
pub use crate::views::{
    Attribution, ClassParts, Components, Flow, LayerTrace, Match, Memory, PaddingTraces, Selection,
    Trace, WeightNorms, attribute, class_ledger, class_parts, clipping, confusion, final_states,
    flows, gate_gradients, gate_of_all_layers, gate_weights, gates, gradient_flow,
    gradient_histograms, gradient_norms, integrated_gradients, learning_curves,
    learning_rate_curve, ledger, ledger_of_all_units, memory, network, padding_audit,
    padding_shares, padding_traces, paddings, path, prefix_probabilities, principal_components,
    saturation, saturations, select_and_match, selection, state_projection, trace, trace_each,
    unit_cards, unit_gates, unit_words, units, weight_histograms, weight_norms,
};
pub use candle_core::{D, DType, Device, IndexOp, Tensor, Var};
pub use candle_nn::ops::{sigmoid, softmax_last_dim as softmax};
pub use recurrent_data::{
    AgNews, BatchConfig, Batches, Dataset, Description, MiniNews, Neighbors, News, PAD,
    PackedSequence, PaddedBatch, PaddingSide, PretrainedEmbeddings, Preview, Split, Standardize,
    Table, TableConfig, TextVectorizer, TokenCounter, UNK, VectorizerConfig, Vocabulary, prefetch,
    tasks,
};
pub use recurrent_nn::{
    Batch, BatchSource, Bidirectional, Checkpoint, Clip, Dropout, EarlyStopping, Embedding,
    EmbeddingConfig, EpochRecord, Evaluation, Event, FinderConfig, ForwardOptions, Gates,
    GradientReport, Gru, Hidden, History, Init, Layer, LayerSummary, LearningRates, Linear, Lstm,
    Method, Model, Monitor, Optimizer, OptimizerConfig, Recurrent, Schedule, SimpleRnn, Stacked,
    State, StepRecord, Stop, Summary, Trainer, TrainerConfig, evaluate, find_learning_rate,
    load_weights, predict_proba, save_weights,
};
pub use recurrent_plot::*;

/// The result of [`Model::forward`]; its error type may be left out.
pub type Result<T, E = recurrent_nn::Error> = std::result::Result<T, E>;
