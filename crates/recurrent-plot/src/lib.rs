#![doc = include_str!("../README.md")]
#![warn(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::print_stdout,
    clippy::unwrap_used
)]

mod attention;
mod attribution;
mod bars;
mod canvas;
mod cell;
mod chart;
mod check;
mod confusion;
mod curves;
mod diagram;
mod error;
mod figure;
mod font;
mod gated_cells;
mod gradient_flow;
mod heatmap;
mod histogram;
mod label;
mod layered;
#[cfg(test)]
mod layout;
mod learning_rate;
mod ledger;
mod mark;
mod model_network;
mod network;
mod padding;
mod padding_audit;
mod page;
mod png;
mod point_names;
mod probabilities;
mod projection;
mod saturation;
mod scene;
mod step_lines;
mod svg;
mod theme;
mod unit;
mod word_axis;
mod words;

pub use attention::{WordAttention, attention_over_image};
pub use attribution::word_attributions;
pub use cell::{CellSize, rnn_cell};
pub use confusion::confusion_matrix;
pub use curves::{CurvePoint, TrainingRun, training_curves};
pub use error::{PlotError, Result};
pub use figure::Figure;
pub use gated_cells::{gru_cell, lstm_cell};
pub use gradient_flow::{GradientFlow, gradient_flow};
pub use heatmap::{GateMap, GateScale, gate_heatmaps, sequence_heatmaps};
pub use histogram::histograms;
pub use layered::{bidirectional_network, multilayer_network};
pub use learning_rate::learning_rate_finder;
pub use ledger::{Ledger, memory_ledger};
pub use model_network::{NetworkEnds, NetworkLayer, model_network};
pub use network::{Readout, unrolled_network};
pub use padding::{PaddingCount, padding_share};
pub use padding_audit::{AuditPanel, padding_audit};
pub use probabilities::class_probabilities;
pub use projection::{PointCloud, projection};
pub use saturation::{GateSaturation, gate_saturation};
pub use step_lines::{StepLine, StepPanel, step_lines, time_lines};
pub use svg::escape_xml;
pub use unit::{Series, prediction_trajectory, unit_over_words};
pub use words::{ColoredSentence, UnitCard, colored_words, unit_gallery};
