//! Real data that the project ships, for what recurrent networks do besides classifying news. `data/README.md` names the
//! source and the licence of each.
//!
//! | module | what | a network has to |
//! | --- | --- | --- |
//! | [`shakespeare`] | plays, about a million letters | say the next letter |
//! | [`dates`] | dates in four languages | write them as ISO 8601 does |
//! | [`sentences`] | help pages, 2,111 sentences | translate them from English into Dutch |
//! | [`digits`] | 1,797 handwritten digits | read them row by row |
//! | [`japanese_vowels`] | 640 recordings of nine speakers | say who speaks |
//! | [`sunspots`], [`temperatures`] | a number for each month or day | say the next ones |
//!
//! Each has `load`, which finds the shipped file as [`AgNews::load`](crate::AgNews::load) does, and `read`, which reads
//! a file of the same form.

mod columns;
pub mod dates;
pub mod digits;
pub mod japanese_vowels;
pub mod sentences;
pub mod shakespeare;
pub mod sunspots;
pub mod temperatures;
mod time_series;

pub use time_series::TimeSeries;
