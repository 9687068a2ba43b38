//! Figures of recurrent networks, drawn from plain numbers.
//!
//! Each function takes slices or a small struct, checks them, and returns a [`Figure`]: SVG text with an opaque background,
//! which is shown in a notebook or saved as `.svg` or `.png`. No model and no table is known here; the crate `recurrent`
//! draws these figures for its models.

mod canvas;
mod cell;
mod check;
mod curves;
mod diagram;
mod error;
mod figure;
mod font;
mod network;
mod page;
mod png;
mod probabilities;
mod scene;
mod svg;
mod theme;

pub use cell::{CellSize, rnn_cell};
pub use curves::{CurvePoint, TrainingRun, training_curves};
pub use error::{PlotError, Result};
pub use figure::Figure;
pub use network::{Readout, unrolled_network};
pub use probabilities::class_probabilities;
