//! The arguments of the kernels besides a layer's own tensors, and the sizes of their outputs, on any device.

use crate::ops::{Cell, Packing, RnnDims};
use candle_core::{
    DType, Layout, Result, Shape,
    backend::{BackendDevice, BackendStorage},
};

/// The batch row of each sequence, the longest first, then their lengths in that order.
pub(in crate::ops::gpu) fn rows(packing: &Packing) -> Vec<i32> {
    let rows = packing.order.iter().chain(&packing.lengths);
    rows.map(|&number| number as i32).collect()
}

/// W_ih x of all steps and directions, (D, B, T, G·H), and W_hh transposed, (D, H, G·H), so that neighbouring threads
/// read neighbouring numbers. x (B, T, E) and the packed weights are contiguous; each comes with its start offset.
pub(in crate::ops::gpu) fn products<S>(
    dims: &RnnDims,
    (x, x_start): (&S, usize),
    (weights, start): (&S, usize),
) -> Result<(S, S)>
where
    S: BackendStorage<Device: BackendDevice<Storage = S>>,
{
    let RnnDims { input, hidden, directions, .. } = *dims;
    let (positions, gate_rows) = (dims.batch * dims.steps, dims.gate_rows());
    // (D, columns, G·H) from a matrix (G·H, columns) in each direction's weights
    let transposed = |start: usize, columns: usize| {
        let shape = Shape::from((directions, columns, gate_rows));
        Layout::new(shape, vec![dims.weight_count(), 1, columns], start)
    };
    let x_shape = Shape::from((directions, positions, input));
    let projection = x.matmul(
        weights,
        (directions, positions, gate_rows, input),
        &Layout::new(x_shape, vec![0, input, 1], x_start),
        &transposed(start, input),
    )?;
    let w_hh_t = transposed(start + gate_rows * input, hidden);
    // SAFETY: the copy fills it.
    let mut copy = unsafe { x.device().alloc_uninit(w_hh_t.shape(), DType::F32)? };
    weights.copy_strided_src(&mut copy, 0, &w_hh_t)?;
    Ok((projection, copy))
}

/// How many numbers the forward kernel returns: the output (B, T, D·H); h_n (B, D·H) and, of an LSTM, c_n (B, D·H).
pub(in crate::ops::gpu) fn result_sizes(dims: &RnnDims) -> [usize; 2] {
    let row = dims.output_width();
    [dims.batch * dims.steps * row, dims.cell.states() * dims.batch * row]
}

/// How many numbers the forward kernel saves: the gates (G, B, T, D·H), and c or W_hn h + b_hn (B, T, D·H). A simple
/// RNN saves neither; an allocation has at least one number.
pub(in crate::ops::gpu) fn saved_sizes(dims: &RnnDims) -> [usize; 2] {
    let [output, _] = result_sizes(dims);
    match dims.cell {
        Cell::Rnn(_) => [1, 1],
        Cell::Lstm | Cell::Gru => [dims.cell.gates() * output, output],
    }
}

/// How many numbers the backward kernel writes to d_projection, to d_a (only for a GRU; otherwise one) and to h_before.
pub(in crate::ops::gpu) fn preactivation_sizes(dims: &RnnDims) -> [usize; 3] {
    let rows = dims.directions * dims.batch * dims.steps;
    let d_a = match dims.cell {
        Cell::Gru => rows * dims.gate_rows(),
        Cell::Rnn(_) | Cell::Lstm => 1,
    };
    [rows * dims.gate_rows(), d_a, rows * dims.hidden]
}
