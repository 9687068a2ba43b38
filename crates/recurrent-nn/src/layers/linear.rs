//! y = x Wᵀ + b

use super::{expect_input, expect_sizes};
use crate::{Init, Module, Result, init::Scheme, ops, trace};
use candle_core::{Tensor, Var};

/// A linear layer: y = x Wᵀ + b.
///
/// Parameters: `weight` (O, I), `bias` (O,), as
/// [torch.nn.Linear](https://docs.pytorch.org/docs/stable/generated/torch.nn.Linear.html).
///
/// ```
/// # use candle_core::{DType, Device, Tensor};
/// # use recurrent_nn::{Init, Linear};
/// # fn main() -> recurrent_nn::Result<()> {
/// let linear = Linear::new(16, 4, &mut Init::keras(0, &Device::Cpu))?;
/// let logits = linear.forward(&Tensor::zeros((8, 16), DType::F32, &Device::Cpu)?)?;
/// assert_eq!(logits.dims(), [8, 4]);
/// # Ok(()) }
/// ```
#[derive(Debug, Clone)]
pub struct Linear {
    weight: Var,
    bias: Var,
}

impl Linear {
    /// A layer from I inputs to O outputs. Errors if one is 0.
    pub fn new(inputs: usize, outputs: usize, init: &mut Init) -> Result<Self> {
        expect_sizes("Linear::new", &[("inputs", inputs), ("outputs", outputs)])?;
        let (weight, bias) = match init.scheme() {
            Scheme::Keras => (init.glorot(outputs, inputs)?, init.constant(&[outputs], 0.0)?),
            Scheme::PyTorch => {
                let bound = 1.0 / (inputs as f64).sqrt();
                (init.uniform(&[outputs, inputs], bound)?, init.uniform(&[outputs], bound)?)
            }
        };
        Ok(Self { weight, bias })
    }

    /// From (…, I) to (…, O). Errors for another last dimension, or another dtype than the weights'.
    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let (outputs, inputs) = self.weight.dims2()?;
        expect_input("Linear::forward", x, inputs, self.weight.dtype())?;
        let y = if x.rank() == 2 {
            ops::linear(x, &self.weight, &self.bias)?
        } else {
            let rows = x.reshape((x.elem_count() / inputs, inputs))?;
            let mut shape = x.dims().to_vec();
            shape[x.rank() - 1] = outputs;
            ops::linear(&rows, &self.weight, &self.bias)?.reshape(shape)?
        };
        trace::output(self, &[&y]);
        Ok(y)
    }
}

// By hand, as the language server of a notebook does not see what a derive writes.
impl Module for Linear {
    fn state_dict(&self) -> Vec<(String, Var)> {
        vec![("weight".into(), self.weight.clone()), ("bias".into(), self.bias.clone())]
    }
}
