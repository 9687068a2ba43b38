//! A recurrent layer on a card as one node of candle's graph: packs what it reads and takes its result apart.

use super::{node::CudaSequence, part::Part};
use crate::ops::{Cell, Form, GateOf, Given, Packing};
use candle_core::{Result, Tensor};

/// As [`sequence`](crate::ops::sequence()), in f32 on a card.
pub(crate) fn cuda_sequence(
    form: Form,
    packing: Packing,
    x: &Tensor,
    weights: &[Tensor],
    states: &[Tensor],
) -> Result<Given> {
    let states = match states {
        [] => Tensor::zeros(1, x.dtype(), x.device())?,
        _ => pack_states(&form, states)?,
    };
    let weights = weights.iter().map(Tensor::flatten_all);
    let weights = Tensor::cat(&weights.collect::<Result<Vec<_>>>()?, 0)?;
    let node = CudaSequence::new(form, packing);
    let result = x.contiguous()?.apply_op3(&weights, &states, node)?;

    let parts = form.parts();
    let every_step = (form.batch, form.steps, form.wide());
    let state = |index: usize| {
        let start = parts.output + index * form.batch * form.wide();
        Part::take(&result, start, (form.batch, form.wide()))
    };
    let inner = result.detach();
    let gate = move |index: usize| {
        let start = parts.output + parts.states + index * parts.output;
        inner.narrow(0, start, parts.output)?.reshape(every_step)
    };
    Ok(Given {
        output: Part::take(&result, 0, every_step)?,
        h_n: state(0)?,
        c_n: (form.cell == Cell::Lstm).then(|| state(1)).transpose()?,
        gate: form.gates.then(|| -> GateOf { Box::new(gate) }),
    })
}

/// h₀ and c₀ of the first direction, then of the second.
fn pack_states(form: &Form, states: &[Tensor]) -> Result<Tensor> {
    let mut parts = Vec::new();
    for direction in 0..form.directions {
        for state in states {
            let own = state.narrow(1, direction * form.hidden, form.hidden)?;
            parts.push(own.flatten_all()?);
        }
    }
    Tensor::cat(&parts, 0)
}
