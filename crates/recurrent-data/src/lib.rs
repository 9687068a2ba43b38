#![doc = include_str!("../README.md")]
//!
//! The modules, in the order data flows:
//!
//! 1. [`rows`], [`news`], [`table`]: a file to rows; the lesson's corpora, [`AgNews`] and [`MiniNews`], and any
//!    [`Table`] of your own
//! 2. [`dataset`], [`describe`], [`frame`]: labelled rows of text; a polars table of them, and back
//! 3. [`tokens`], [`vocabulary`], [`vectorizer`], [`tokenizer_file`]: text to ids, as Keras `TextVectorization`
//! 4. [`batch`], [`padding`], [`packed`]: sequences of different lengths to batches
//! 5. [`embeddings`], [`embedding_files`]: a vector for each word, trained before
//! 6. [`datasets`], [`tasks`]: for what recurrent networks do beside classifying: real data that are shipped, and
//!    small tasks with a known truth
#![warn(clippy::expect_used, clippy::panic, clippy::print_stderr, clippy::print_stdout, clippy::unwrap_used)]

pub mod batch;
mod classes;
mod data_folders;
pub mod dataset;
pub mod datasets;
pub mod describe;
pub mod embedding_files;
pub mod embeddings;
pub mod error;
mod files;
pub mod frame;
mod json_lines;
pub mod news;
pub mod packed;
pub mod padding;
mod parquet_file;
mod printable;
mod row_scan;
pub mod rows;
pub mod table;
pub mod tasks;
pub mod tokenizer_file;
pub mod tokens;
pub mod vectorizer;
pub mod vocabulary;

pub use batch::{BatchConfig, Batches};
pub use data_folders::DATA_DIR_VARIABLE;
pub use dataset::Dataset;
pub use describe::{Description, Preview};
pub use embeddings::{Neighbors, PretrainedEmbeddings};
pub use error::{Error, Result};
pub use news::{AgNews, MiniNews, News};
pub use packed::PackedSequence;
pub use padding::{PaddedBatch, PaddingSide};
pub use table::{Table, TableConfig};
pub use tokens::{Split, Standardize};
pub use vectorizer::{TextVectorizer, TokenCounter, VectorizerConfig};
pub use vocabulary::{PAD, UNK, Vocabulary};
