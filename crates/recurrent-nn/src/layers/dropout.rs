//! Dropout: random numbers set to zero in training.

use crate::{Batch, Error, Init, Module, Result, rng, trace};
use candle_core::Tensor;
use rand_chacha::rand_core::RngCore;
use serde::{Deserialize, Serialize};

/// Dropout: in training each number is set to 0 with probability p, and the others are divided by 1 − p; else x stays
/// as it is.
///
/// The mask depends on the layer's seed and the batch's step alone, so a resumed training repeats it exactly. Called
/// twice in one step it has the same mask twice: use one layer for each place in a model. Source: [Srivastava et al.,
/// 2014](https://jmlr.org/papers/v15/srivastava14a.html).
#[derive(Debug, Clone)]
pub struct Dropout(DropoutSpec);

/// What determines the masks of a dropout layer, together with the batch's step.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DropoutSpec {
    /// The probability of a 0.
    pub p: f64,
    /// The seed.
    pub seed: u64,
}

impl Dropout {
    /// A layer with probability p in 0..1; it draws its seed from `init`.
    pub fn new(p: f64, init: &mut Init) -> Result<Self> {
        if !(0.0..1.0).contains(&p) {
            return Err(Error::Config {
                operation: "Dropout::new",
                field: "p",
                expected: "a number in 0..1".into(),
                got: p.to_string(),
            });
        }
        let seed = init.seed();
        Ok(Self(DropoutSpec { p, seed }))
    }

    /// Of any shape, to the same shape. Errors unless x holds floating-point numbers.
    pub fn forward(&self, x: &Tensor, batch: &Batch) -> Result<Tensor> {
        if !x.dtype().is_float() {
            return Err(Error::DType {
                operation: "Dropout::forward",
                expected: "floating-point numbers",
                got: x.dtype(),
            });
        }
        let DropoutSpec { p, seed } = self.0;
        if !batch.training || p == 0.0 {
            trace::output(self, &[x]);
            return Ok(x.clone());
        }
        let mut rng = rng::stream(seed, batch.step);
        let dropped = (p * (1u64 << 32) as f64) as u32;
        let kept = (1.0 / (1.0 - p)) as f32;
        let mask: Vec<f32> = (0..x.elem_count()).map(|_| if rng.next_u32() < dropped { 0.0 } else { kept }).collect();
        let mask = Tensor::from_vec(mask, x.shape(), x.device())?.to_dtype(x.dtype())?;
        Ok(x.mul(&mask)?)
    }
}

impl Module for Dropout {
    fn dropout_specs(&self) -> Vec<DropoutSpec> {
        vec![self.0]
    }
}
