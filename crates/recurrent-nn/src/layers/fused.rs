//! A run through the fused operation: packs a layer's tensors for it and takes its result apart.

use super::recurrent::{Gates, Hidden, Run, Weights, gate_symbols};
use crate::{
    Result,
    ops::{Cell, Packing, Parts, Scalar, Sequence},
};
use candle_core::{DType, Tensor};
use std::sync::OnceLock;

pub(super) fn run(weights: &[&Weights], x: &Tensor, run: &Run, packing: Packing) -> Result<Hidden> {
    match x.dtype() {
        DType::F64 => run_as::<f64>(weights, x, run, packing),
        _ => run_as::<f32>(weights, x, run, packing),
    }
}

fn run_as<T: Scalar>(
    weights: &[&Weights],
    x: &Tensor,
    run: &Run,
    packing: Packing,
) -> Result<Hidden> {
    let Weights {
        cell,
        input,
        hidden,
        ..
    } = *weights[0];
    let (batch, steps, _) = x.dims3()?;
    let directions = weights.len();
    let gates = run.gates && !gate_symbols(cell).is_empty();
    let op = Sequence::<T> {
        cell,
        packing,
        input,
        hidden,
        directions,
        reverse: run.reverse,
        two_biases: weights[0].bias_hh.is_some(),
        initial: run.initial.is_some(),
        gates,
        saved: OnceLock::new(),
    };
    let x = if x.stride()[2] == 1 {
        x.clone()
    } else {
        x.contiguous()?
    };
    let result = x.apply_op3(
        &pack_weights(weights)?,
        &pack_states(run, directions, hidden, &x)?,
        op,
    )?;

    let wide = directions * hidden;
    let parts = Parts::of(cell, batch, steps, wide, gates);
    let state = |index| -> Result<Tensor> {
        let start = parts.output + index * parts.state;
        Ok(result
            .narrow(0, start, parts.state)?
            .reshape((batch, wide))?)
    };
    let gates = if gates {
        let (detached, start) = (result.detach(), parts.output + parts.states * parts.state);
        let rows = cell.gates() * hidden;
        let all = detached
            .narrow(0, start, parts.gates)?
            .reshape((batch, steps, directions, rows))?;
        let mut gates = Vec::new();
        for (index, symbol) in gate_symbols(cell).iter().enumerate() {
            let gate = all.narrow(3, index * hidden, hidden)?;
            gates.push((*symbol, gate.reshape((batch, steps, wide))?));
        }
        if cell == Cell::Lstm {
            let c = detached.narrow(0, start + parts.gates, parts.cells)?;
            gates.push(("c", c.reshape((batch, steps, wide))?));
        }
        Some(Gates(gates))
    } else {
        run.gates.then(Gates::default)
    };
    Ok(Hidden {
        output: result
            .narrow(0, 0, parts.output)?
            .reshape((batch, steps, wide))?,
        h_n: state(0)?,
        c_n: (cell == Cell::Lstm).then(|| state(1)).transpose()?,
        gates,
    })
}

fn pack_weights(weights: &[&Weights]) -> Result<Tensor> {
    let mut parts = Vec::new();
    for direction in weights {
        let biases = [Some(&direction.bias_ih), direction.bias_hh.as_ref()];
        parts.push(direction.weight_ih.flatten_all()?);
        parts.push(direction.weight_hh.flatten_all()?);
        parts.extend(
            biases
                .into_iter()
                .flatten()
                .map(|bias| bias.as_tensor().clone()),
        );
    }
    Ok(Tensor::cat(&parts, 0)?)
}

fn pack_states(run: &Run, directions: usize, hidden: usize, x: &Tensor) -> Result<Tensor> {
    let Some(state) = run.initial else {
        return Ok(Tensor::zeros(1, x.dtype(), x.device())?);
    };
    let mut parts = Vec::new();
    for direction in 0..directions {
        for state in [Some(&state.h), state.c.as_ref()].into_iter().flatten() {
            parts.push(state.narrow(1, direction * hidden, hidden)?.flatten_all()?);
        }
    }
    Ok(Tensor::cat(&parts, 0)?)
}
