//! The sequence operations on an NVIDIA card, as PTX: one text for each cell.
//!
//! Each holds `CELL_forward_K_R` and `CELL_backward_K_R`, a whole sequence in one launch: a block has R sequences of one direction, a
//! thread keeps the first K of its weights in registers (`sequence.cuh`). `recurrent-nn` decides which one fits a layer, and launches it.
//!
//! The same files are compiled by a C++ compiler for the processor and compared with the operations there: `on_host/`, and the tests of
//! `recurrent-nn`.

/// `rnn_tanh_…` and `rnn_relu_…`
pub const RNN: &str = include_str!(concat!(env!("OUT_DIR"), "/rnn.ptx"));
/// `lstm_…`
pub const LSTM: &str = include_str!(concat!(env!("OUT_DIR"), "/lstm.ptx"));
/// `gru_…`
pub const GRU: &str = include_str!(concat!(env!("OUT_DIR"), "/gru.ptx"));
