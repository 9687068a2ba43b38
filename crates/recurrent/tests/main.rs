//! The crate as a page uses it. One program: each program more would link candle and polars once more.

mod display;
mod examples;
mod glossary;
mod interop;
mod live;
mod mini_news;
mod prelude;
mod run_folder;
mod stop;
mod support;
mod views;
