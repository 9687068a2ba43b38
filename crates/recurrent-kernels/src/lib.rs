//! The sequence operations, an embedding's gradient, the norm of gradients and the optimizer's update on an NVIDIA
//! GPU, as PTX: one text for each file.
//!
//! A cell's holds `CELL_forward_K_R` and `CELL_backward_K_R`, a whole sequence in one launch: a block has R sequences
//! of one direction, a thread keeps the first K of its weights in registers (`weights.cuh`). The arguments and their
//! shapes are in `forward.cuh` and `backward.cuh`, a cell's equations and derivatives in its own file. `recurrent-nn`
//! decides which one fits a layer, and launches it.
//!
//! The same files are compiled by a C++ compiler for the CPU and compared with the operations there: `cpu_emulation/`,
//! and the tests of `recurrent-nn`.

/// `rnn_tanh_…` and `rnn_relu_…`: h_t = tanh(a) or relu(a), a = W_ih x_t + b_ih + W_hh h_{t−1} + b_hh. `rnn.cu`
pub const RNN: &str = include_str!(concat!(env!("OUT_DIR"), "/rnn.ptx"));
/// `lstm_…`: c_t = f c_{t−1} + i g, h_t = o tanh(c_t), with the gates i, f, o = σ(…) and g = tanh(…). `lstm.cu`
pub const LSTM: &str = include_str!(concat!(env!("OUT_DIR"), "/lstm.ptx"));
/// `gru_…`: h_t = (1 − z) n + z h_{t−1}, n = tanh(W_ih x_t + b_ih + r (W_hh h_{t−1} + b_hh)), with the gates r, z =
/// σ(…). `gru.cu`
pub const GRU: &str = include_str!(concat!(env!("OUT_DIR"), "/gru.ptx"));
/// `measure`: sums of squares and largest numbers, for the norm of gradients. `measure.cu`
pub const MEASURE: &str = include_str!(concat!(env!("OUT_DIR"), "/measure.ptx"));
/// `METHOD_dense`, `METHOD_rows` and `METHOD_all`: one update of a parameter in place, by SGD, SGD with momentum or
/// Adam. `optimizer.cu`
pub const OPTIMIZER: &str = include_str!(concat!(env!("OUT_DIR"), "/optimizer.ptx"));
/// `sum_rows`: sums of rows of a matrix, each in a fixed order. `sum_rows.cu`
pub const SUM_ROWS: &str = include_str!(concat!(env!("OUT_DIR"), "/sum_rows.ptx"));
