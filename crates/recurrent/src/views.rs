//! Figures of what the other modules hold: each is one call that takes a model, a vectoriser and a text or many, and the numbers behind
//! it are there beside it.
//!
//! | to see | figure | its numbers |
//! | --- | --- | --- |
//! | every gate at every word | [`gates`], [`gate_of_all_layers`], [`unit_gates`] | [`trace`](trace()) |
//! | loss and accuracy | [`learning_curves`] | [`History`](recurrent_nn::History) |
//!
//! All run on the device of the model's parameters.

mod gates;
mod trace;
mod training;

pub use gates::{gate_of_all_layers, gates, unit_gates};
pub use trace::{LayerTrace, Trace, trace, trace_each};
pub use training::learning_curves;
