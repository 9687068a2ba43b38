//! A run through the fused operation.

use super::{
    gates::{self, Gates},
    recurrent::{Hidden, Run, Weights},
};
#[cfg(feature = "cuda")]
use crate::ops::cuda_sequence;
use crate::{
    Result,
    ops::{Form, Packing, sequence},
};
use candle_core::{DType, Tensor};

/// Whether there is a fused operation for a layer of this hidden size over x; else candle's own operations do it.
pub(super) fn covers(x: &Tensor, hidden: usize) -> bool {
    let kernels = cfg!(feature = "cuda") && x.dtype() == DType::F32;
    x.device().is_cpu() || (x.device().is_cuda() && kernels && hidden <= Form::LARGEST_ON_CARD)
}

pub(super) fn run(weights: &[&Weights], x: &Tensor, run: &Run, packing: Packing) -> Result<Hidden> {
    let Weights {
        cell,
        input,
        hidden,
        ref bias_hh,
        ..
    } = *weights[0];
    let (batch, steps, _) = x.dims3()?;
    let symbols = gates::symbols(cell);
    let form = Form {
        cell,
        batch,
        steps,
        input,
        hidden,
        directions: weights.len(),
        reverse: run.reverse,
        two_biases: bias_hh.is_some(),
        initial: run.initial.is_some(),
        gates: run.gates && !symbols.is_empty(),
    };
    let mut all = Vec::new();
    for direction in weights {
        let biases = [Some(&direction.bias_ih), direction.bias_hh.as_ref()];
        let matrices = [Some(&direction.weight_ih), Some(&direction.weight_hh)];
        let own = matrices.into_iter().chain(biases).flatten();
        all.extend(own.map(|var| var.as_tensor().clone()));
    }
    let states = run
        .initial
        .map(|state| [Some(&state.h), state.c.as_ref()])
        .into_iter()
        .flatten();
    let states: Vec<Tensor> = states.flatten().cloned().collect();
    // Not `contiguous`: a single number in a row is contiguous to candle, whatever its stride.
    let x = match x.stride() {
        [.., 1] => x.clone(),
        _ => x.force_contiguous()?,
    };
    let given = match (x.device(), x.dtype()) {
        #[cfg(feature = "cuda")]
        (candle_core::Device::Cuda(_), _) => cuda_sequence(form, packing, &x, &all, &states)?,
        (_, DType::F64) => sequence::<f64>(form, packing, &x, &all, &states)?,
        _ => sequence::<f32>(form, packing, &x, &all, &states)?,
    };
    Ok(Hidden {
        output: given.output,
        h_n: given.h_n,
        c_n: given.c_n,
        gates: given
            .gate
            .map(|gate| Gates::new(symbols.to_vec(), move |index| Ok(gate(index)?))),
    })
}
