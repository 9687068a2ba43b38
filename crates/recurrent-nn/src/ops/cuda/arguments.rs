//! What the kernels are given beside a layer's own tensors, and room for what they write, on any device.

use crate::ops::{Cell, Form, Packing};
use candle_core::{
    DType, Layout, Result, Shape,
    backend::{BackendDevice, BackendStorage},
};

/// The batch row of each sequence, the longest first, then their lengths in that order.
pub(super) fn rows(packing: &Packing) -> Vec<i32> {
    let rows = packing.order().iter().chain(packing.lengths());
    rows.map(|&number| number as i32).collect()
}

/// W_ih x of all steps and directions at once, (D, B, T, G·H), and W_hh transposed, (D, H, G·H), so that neighbouring threads read
/// neighbouring numbers. x (B, T, E) and the packed weights are contiguous and begin where these numbers say.
pub(super) fn products<S>(
    form: &Form,
    (x, x_start): (&S, usize),
    (weights, start): (&S, usize),
) -> Result<(S, S)>
where
    S: BackendStorage<Device: BackendDevice<Storage = S>>,
{
    let Form {
        input,
        hidden,
        directions,
        ..
    } = *form;
    let (places, gates) = (form.batch * form.steps, form.rows());
    // (D, columns, G·H) from a matrix (G·H, columns) in each direction's weights
    let transposed = |start: usize, columns: usize| {
        let shape = Shape::from((directions, columns, gates));
        Layout::new(shape, vec![form.weight_count(), 1, columns], start)
    };
    let every = Shape::from((directions, places, input));
    let projection = x.matmul(
        weights,
        (directions, places, gates, input),
        &Layout::new(every, vec![0, input, 1], x_start),
        &transposed(start, input),
    )?;
    let w_hh_t = transposed(start + gates * input, hidden);
    // SAFETY: the copy fills it.
    let mut copy = unsafe { x.device().alloc_uninit(w_hh_t.shape(), DType::F32)? };
    weights.copy_strided_src(&mut copy, 0, &w_hh_t)?;
    Ok((projection, copy))
}

/// How many numbers the forward kernel keeps: the gates (G, B, T, D·H), and c or W_hn h + b_hn (B, T, D·H). A simple RNN keeps neither;
/// an allocation has one number at least.
pub(super) fn kept(form: &Form) -> [usize; 2] {
    let plane = form.parts().output;
    match form.cell {
        Cell::Rnn(_) => [1, 1],
        Cell::Lstm | Cell::Gru => [form.cell.gates() * plane, plane],
    }
}

/// How many numbers the backward kernel writes to d_projection, to d_a (a GRU's only; else one) and to h_before.
pub(super) fn deltas(form: &Form) -> [usize; 3] {
    let places = form.directions * form.batch * form.steps;
    let d_a = match form.cell {
        Cell::Gru => places * form.rows(),
        Cell::Rnn(_) | Cell::Lstm => 1,
    };
    [places * form.rows(), d_a, places * form.hidden]
}
