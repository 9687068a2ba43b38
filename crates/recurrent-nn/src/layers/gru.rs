//! The gated recurrent unit.

use super::{
    recurrent::{Recurrent, State, Weights},
    step_by_step::CellOutput,
};
use crate::{Init, Module, Result, ops::Cell};
use candle_core::{Tensor, Var};
use candle_nn::ops::sigmoid;

/// A gated recurrent unit. With x = W_ih x_t + b_ih and h = W_hh h_{t−1} + b_hh, a block of H rows for each gate:
///
/// r = σ(x_r + h_r), z = σ(x_z + h_z), n = tanh(x_n + r h_n); h_t = (1 − z) n + z h_{t−1}.
///
/// The reset gate r is applied after the product with W_hh, as in PyTorch and in Keras with `reset_after=True` (its
/// default); so both have two biases. Parameters as `torch.nn.GRU`: `weight_ih_l0` (3H, E), `weight_hh_l0` (3H, H),
/// `bias_ih_l0` (3H,), `bias_hh_l0` (3H,), stacked as r, z, n (Keras: z, r, n). Sources: [Cho et al.,
/// 2014](https://arxiv.org/abs/1406.1078),
/// [torch.nn.GRU](https://docs.pytorch.org/docs/stable/generated/torch.nn.GRU.html).
///
/// ```
/// # use candle_core::{DType, Device, Tensor};
/// use recurrent_nn::{Gru, Init, Recurrent};
/// # fn main() -> recurrent_nn::Result<()> {
/// let gru = Gru::new(64, 16, &mut Init::keras(0, &Device::Cpu))?;
/// let x = Tensor::ones((2, 5, 64), DType::F32, &Device::Cpu)?; // (B, T, E)
/// assert_eq!(gru.forward(&x, None)?.h_n.dims(), [2, 16]);
/// # Ok(()) }
/// ```
#[derive(Debug, Clone)]
pub struct Gru(Weights);

impl Gru {
    /// From E inputs to H hidden units. Errors if one is 0.
    pub fn new(input: usize, hidden: usize, init: &mut Init) -> Result<Self> {
        Ok(Self(Weights::new(Cell::Gru, input, hidden, init)?))
    }
}

impl Module for Gru {
    fn state_dict(&self) -> Vec<(String, Var)> {
        self.0.state_dict()
    }

    fn recurrent(&self) -> Option<&dyn Recurrent> {
        Some(self)
    }
}

impl Recurrent for Gru {
    fn weights(&self) -> Vec<&Weights> {
        vec![&self.0]
    }
}

/// a = W_ih x + b_ih (B, 3H) and h (B, H) to the next h.
pub(super) fn step(weights: &Weights, a: &Tensor, state: &State) -> Result<CellOutput> {
    let (a, h) = (a.chunk(3, 1)?, weights.project_hidden(&state.h)?.chunk(3, 1)?);
    let r = sigmoid(&(&a[0] + &h[0])?)?;
    let z = sigmoid(&(&a[1] + &h[1])?)?;
    let n = (&a[2] + (&r * &h[2])?)?.tanh()?;
    let h = (z.affine(-1.0, 1.0)? * &n + (&z * &state.h)?)?;
    Ok(CellOutput { state: State { h, c: None }, gates: vec![r, z, n] })
}
