//! A run through the fused operation: packs a layer's tensors for it and takes its result apart.

use super::recurrent::{Gates, Hidden, Run, Weights, gate_symbols};
#[cfg(feature = "cuda")]
use crate::ops::CudaSequence;
use crate::{
    Result,
    ops::{Cell, Form, Packing, Part, Scalar, Sequence},
};
use candle_core::{DType, Tensor};

/// Whether there is a fused operation for a layer of this hidden size over x; else candle's own operations do it.
pub(super) fn covers(x: &Tensor, hidden: usize) -> bool {
    let kernels = cfg!(feature = "cuda") && x.dtype() == DType::F32;
    x.device().is_cpu() || (x.device().is_cuda() && kernels && hidden <= Form::LARGEST_ON_CARD)
}

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
    let symbols = gate_symbols(cell);
    let form = Form {
        cell,
        batch,
        steps,
        input,
        hidden,
        directions: weights.len(),
        reverse: run.reverse,
        two_biases: weights[0].bias_hh.is_some(),
        initial: run.initial.is_some(),
        gates: run.gates && !symbols.is_empty(),
    };
    let states = pack_states(run, &form, x)?;
    let weights = pack_weights(weights)?;
    let result = match x.device() {
        #[cfg(feature = "cuda")]
        candle_core::Device::Cuda(_) => {
            let node = CudaSequence::new(form, packing);
            x.contiguous()?.apply_op3(&weights, &states, node)?
        }
        _ => {
            let node = Sequence::<T>::new(form, packing);
            let in_pieces = x.stride()[2] == 1;
            // Not `contiguous`: a single number in a row is contiguous to candle, whatever its stride.
            let x = if in_pieces { x } else { &x.force_contiguous()? };
            x.apply_op3(&weights, &states, node)?
        }
    };

    let (parts, wide) = (form.parts(), form.wide());
    let state = |index: usize| -> Result<Tensor> {
        let start = parts.output + index * batch * wide;
        Ok(Part::<T>::take(&result, start, (batch, wide))?)
    };
    let mut gates = Vec::new();
    if form.gates {
        let detached = result.detach();
        let cells = (cell == Cell::Lstm).then_some(&"c");
        for (index, symbol) in symbols.iter().chain(cells).enumerate() {
            let start = parts.output + parts.states + index * parts.output;
            let gate = detached.narrow(0, start, parts.output)?;
            gates.push((*symbol, gate.reshape((batch, steps, wide))?));
        }
    }
    Ok(Hidden {
        output: Part::<T>::take(&result, 0, (batch, steps, wide))?,
        h_n: state(0)?,
        c_n: (cell == Cell::Lstm).then(|| state(1)).transpose()?,
        gates: run.gates.then_some(Gates(gates)),
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

fn pack_states(run: &Run, form: &Form, x: &Tensor) -> Result<Tensor> {
    let Some(state) = run.initial else {
        return Ok(Tensor::zeros(1, x.dtype(), x.device())?);
    };
    let mut parts = Vec::new();
    for direction in 0..form.directions {
        for state in [Some(&state.h), state.c.as_ref()].into_iter().flatten() {
            parts.push(
                state
                    .narrow(1, direction * form.hidden, form.hidden)?
                    .flatten_all()?,
            );
        }
    }
    Ok(Tensor::cat(&parts, 0)?)
}
