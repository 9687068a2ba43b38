//! From the outputs of the backward kernel to the gradients of a layer's input and weights, on any device.

use crate::ops::RnnDims;
use candle_core::{Result, Tensor};

/// The outputs of the backward kernel, zero at padded steps.
pub(in crate::ops::gpu) struct PreactivationGrads {
    /// Of W_ih x + b_ih, (D, B·T, G·H).
    pub d_projection: Tensor,
    /// Of W_hh h_{t−1} + b_hh, (D, B·T, G·H): a GRU's own, else the same as `d_projection`.
    pub d_a: Tensor,
    /// h_{t−1}, (D, B·T, H).
    pub h_before: Tensor,
}

/// The gradients of x (B, T, E) and of the packed weights, in their shapes.
pub(in crate::ops::gpu) fn gradients(
    dims: &RnnDims,
    grads: &PreactivationGrads,
    x: &Tensor,
    weights: &Tensor,
) -> Result<(Tensor, Tensor)> {
    let (directions, rows, input) = (dims.directions, dims.gate_rows(), dims.input);
    let positions = dims.batch * dims.steps;
    let PreactivationGrads { d_projection, d_a, h_before } = grads;
    // d_W_ih = (xᵀ d_projection)ᵀ. Not d_projectionᵀ x: candle 0.11 has a wrong product on the CPU when the left side
    // is transposed and the right side is broadcast over the batch.
    let x_rows = x.reshape((1, positions, input))?;
    let x_rows = x_rows.broadcast_as((directions, positions, input))?;
    let d_w_ih = x_rows.transpose(1, 2)?.matmul(d_projection)?.transpose(1, 2)?;
    // d_W_hh = d_aᵀ h_{t−1}
    let d_w_hh = d_a.transpose(1, 2)?.matmul(h_before)?;
    // d_b_ih = Σ d_projection and d_b_hh = Σ d_a, as products with ones: candle's own sum over rows is not coalesced.
    let ones = Tensor::ones((1, 1, positions), x.dtype(), x.device())?;
    let ones = ones.broadcast_as((directions, 1, positions))?;
    let mut parts = vec![
        d_w_ih.reshape((directions, rows * input))?,
        d_w_hh.reshape((directions, rows * dims.hidden))?,
        ones.matmul(d_projection)?.squeeze(1)?,
    ];
    if dims.two_biases {
        parts.push(ones.matmul(d_a)?.squeeze(1)?);
    }
    let d_weights = Tensor::cat(&parts, 1)?.reshape(weights.shape())?;

    // d_x = d_projection W_ih, summed over the directions
    let w_ih = weights
        .reshape((directions, dims.weight_count()))?
        .narrow(1, 0, rows * input)?
        .reshape((directions, rows, input))?;
    let each = d_projection.matmul(&w_ih)?;
    let mut sum = each.get(0)?;
    for direction in 1..directions {
        sum = (sum + each.get(direction)?)?;
    }
    Ok((sum.reshape(x.shape())?, d_weights))
}
