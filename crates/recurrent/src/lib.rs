//! The one dependency of a notebook of the lesson: data, layers, training and figures together.
//!
//! It is a dynamic library, so that all cells of a notebook share one copy of candle. Reach candle and polars through
//! it ([`candle_core`], [`candle_nn`], [`polars`]).
//!
//! The libraries below it do not depend on each other. What needs two of them is here:
//!
//! 1. [`loader`]: batches of ids (recurrent-data) become tensors on a device (recurrent-nn);
//! 2. [`skip_gram`], [`pretrained`]: word vectors are learned from a corpus, and start an embedding layer;
//! 3. [`predict`], [`report`]: a sentence goes through vectoriser and model; how good it is, class by class;
//! 4. [`run_folder`]: weights, training, vectoriser and class names in one folder;
//! 5. [`frames`]: the record of a training as polars tables;
//! 6. [`views`]: figures of a model or of a history;
//! 7. [`display`]: how values are displayed at the end of a cell.

pub use candle_core;
pub use candle_nn;
pub use polars;
pub use recurrent_data as data;
pub use recurrent_nn as nn;
pub use recurrent_plot as plot;

pub mod device;
pub mod display;
pub mod error;
pub mod frames;
pub mod loader;
pub mod predict;
pub mod prelude;
pub mod pretrained;
pub mod report;
pub mod run_folder;
mod scores;
pub mod skip_gram;
pub mod views;
