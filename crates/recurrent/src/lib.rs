#![doc = include_str!("../README.md")]
//!
//! # From a file to a cell
//!
//! Data flows one way, through three libraries that know nothing of each other; this crate joins them. Reach them as
//! [`data`], [`nn`] and [`plot`], and candle, polars and plotters as [`candle_core`], [`candle_nn`], [`polars`] and
//! [`plotters`].
//!
//! 1. **file**: [`AgNews`](data::AgNews), [`MiniNews`](data::MiniNews), or a [`Table`](data::Table) of your own;
//!    [`data::news`], [`data::table`]
//! 2. **rows**: a [`Dataset`](data::Dataset), texts with their classes; [`data::dataset`]
//! 3. **tokens**: by [`Standardize`](data::Standardize) and [`Split`](data::Split); [`data::tokens`]
//! 4. **ids**: by a [`TextVectorizer`](data::TextVectorizer) and its [`Vocabulary`](data::Vocabulary);
//!    [`data::vectorizer`]
//! 5. **batch**: a [`DataLoader`](loader::DataLoader) makes a [`Batch`](nn::Batch) of tensors of ids;
//!    [`data::batch`], [`loader`]
//! 6. **layer**: [`Embedding`](nn::Embedding), [`SimpleRnn`](nn::SimpleRnn), [`Lstm`](nn::Lstm), [`Gru`](nn::Gru),
//!    [`Linear`](nn::Linear), each with its formula, shapes and source; [`nn::layers`]
//! 7. **model**: a struct of layers with a `forward`, a [`Model`](nn::Model); [`nn::model`]
//! 8. **trainer**: a [`Trainer`](nn::Trainer) with an [`Optimizer`](nn::Optimizer) and a [`Schedule`](nn::Schedule);
//!    [`nn::train`]
//! 9. **history**: a [`History`](nn::History), kept in a folder by [`nn::checkpoint`] or [`run_folder`], as tables in
//!    [`frames`]
//! 10. **figure**: a [`Figure`](plot::Figure) for each question about a model or a history; [`views`], [`plot`]
//! 11. **cell**: [`Show`](display::Show), how a value shows at the end of a notebook's cell; [`display`]; a figure that
//!     moves while a cell runs, [`live`]
//!
//! Beside this way: [`skip_gram`] learns word vectors from a corpus, and [`pretrained`] starts an embedding layer from
//! them; [`predict`] asks a trained model about a sentence, and [`report`] says how good it is, class by class;
//! [`exercises`] check themselves, and a [`quiz`] scores; [`device`] chooses the CPU or a GPU; [`prelude`] has the names that a page uses.
#![warn(clippy::expect_used, clippy::panic, clippy::print_stderr, clippy::print_stdout, clippy::unwrap_used)]

pub use candle_core;
pub use candle_nn;
pub use plotters;
pub use polars;
pub use recurrent_data as data;
pub use recurrent_nn as nn;
pub use recurrent_plot as plot;

pub mod device;
pub mod display;
pub mod error;
pub mod exercises;
pub mod frames;
pub mod live;
pub mod loader;
pub mod predict;
pub mod prelude;
pub mod pretrained;
pub mod quiz;
pub mod report;
pub mod run_folder;
mod scores;
pub mod skip_gram;
mod softmax;
pub mod views;
