//! A recurrent layer on a GPU as one node of candle's graph: packs its inputs and splits its result.

use super::{node::CudaSequence, part::Part};
use crate::ops::{Cell, Packing, RnnDims, SequenceOutput, gpu::kernels::parts::Parts, sequence::GateFn};
use candle_core::{Result, Tensor};

/// As [`sequence`](crate::ops::sequence()), in f32 on a GPU.
pub(super) fn sequence(
    dims: RnnDims,
    packing: Packing,
    x: &Tensor,
    weights: &[Tensor],
    states: &[Tensor],
) -> Result<SequenceOutput> {
    let states = match states {
        [] => Tensor::zeros(1, x.dtype(), x.device())?,
        _ => pack_states(&dims, states)?,
    };
    let weights = weights.iter().map(Tensor::flatten_all);
    let weights = Tensor::cat(&weights.collect::<Result<Vec<_>>>()?, 0)?;
    let node = CudaSequence::new(dims, packing);
    let result = x.contiguous()?.apply_op3(&weights, &states, node)?;

    let parts = Parts::of(&dims);
    let every_step = (dims.batch, dims.steps, dims.output_width());
    let state = |index: usize| {
        let start = parts.output + index * dims.batch * dims.output_width();
        Part::take(&result, start, (dims.batch, dims.output_width()))
    };
    let inner = result.detach();
    let gate = move |index: usize| {
        let start = parts.output + parts.states + index * parts.output;
        inner.narrow(0, start, parts.output)?.reshape(every_step)
    };
    Ok(SequenceOutput {
        output: Part::take(&result, 0, every_step)?,
        h_n: state(0)?,
        c_n: (dims.cell == Cell::Lstm).then(|| state(1)).transpose()?,
        gate: dims.gates.then(|| -> GateFn { Box::new(gate) }),
    })
}

/// h₀ and c₀ of the first direction, then of the second.
fn pack_states(dims: &RnnDims, states: &[Tensor]) -> Result<Tensor> {
    let mut parts = Vec::new();
    for direction in 0..dims.directions {
        for state in states {
            let own = state.narrow(1, direction * dims.hidden, dims.hidden)?;
            parts.push(own.flatten_all()?);
        }
    }
    Tensor::cat(&parts, 0)
}
