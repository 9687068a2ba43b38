//! All tests of this crate in one program: each program more would link polars once more.

mod bad_input;
mod bag_of_words;
mod basic_english;
mod batches;
mod dataset;
mod embeddings;
mod frame;
mod mini_news;
mod parsers;
mod peers;
mod tasks;
