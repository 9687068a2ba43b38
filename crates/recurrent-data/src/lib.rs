//! From a file to a batch: rows, tokens, ids, batches.
//!
//! 1. [`news`]: the lesson's corpora, [`AgNews`] and [`MiniNews`]
//! 2. [`dataset`]: labelled rows of text, a polars table
//! 3. [`tokens`], [`vocabulary`], [`vectorizer`]: text to ids, as Keras `TextVectorization`
//! 4. [`batch`]: sequences of different lengths to batches
//!
//! ```
//! use recurrent_data::{BatchConfig, Batches, MiniNews, TextVectorizer, VectorizerConfig};
//! let news = MiniNews::load()?;
//! let titles = news.train.text(&["title"])?;
//! let vectorizer = TextVectorizer::adapt(&titles, VectorizerConfig { max_tokens: Some(20_000), ..Default::default() })?;
//! let config = BatchConfig { batch_size: 16, shuffle: Some(1), ..Default::default() };
//! let loader = Batches::new(vectorizer.encode_all(&titles), news.train.labels().to_vec(), config)?;
//! for batch in loader.epoch(0) {
//!     assert_eq!(batch.ids.len(), batch.len() * batch.steps); // (B, T), row by row
//! }
//! # Ok::<(), recurrent_data::Error>(())
//! ```

pub mod batch;
pub mod dataset;
pub mod error;
pub mod news;
pub mod rows;
pub mod tokens;
pub mod vectorizer;
pub mod vocabulary;

pub use batch::{BatchConfig, Batches, PaddedBatch, PaddingSide};
pub use dataset::Dataset;
pub use error::{Error, Result};
pub use news::{AgNews, MiniNews, News};
pub use tokens::{Split, Standardize};
pub use vectorizer::{TextVectorizer, TokenCounter, VectorizerConfig};
pub use vocabulary::{PAD, UNK, Vocabulary};
