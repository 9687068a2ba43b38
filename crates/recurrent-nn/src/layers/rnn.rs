//! The simple recurrent network.

use super::{
    recurrent::{Recurrent, State, Weights},
    step_by_step::CellOutput,
};
use crate::{
    Init, Module, Result,
    ops::{Cell, Nonlinearity},
};
use candle_core::{Tensor, Var};

/// A simple RNN: h_t = tanh(W_ih x_t + b + W_hh h_{t−1}), or with max(·, 0) in place of tanh.
///
/// Parameters as `torch.nn.RNN`: `weight_ih_l0` (H, E), `weight_hh_l0` (H, H), `bias_ih_l0` (H,) and, with
/// [`Init::pytorch`], `bias_hh_l0` (H,): b is their sum. Keras has one bias.
/// Sources: [torch.nn.RNN](https://docs.pytorch.org/docs/stable/generated/torch.nn.RNN.html),
/// [SimpleRNN](https://keras.io/api/layers/recurrent_layers/simple_rnn/).
///
/// ```
/// # use candle_core::{DType, Device, Tensor};
/// use recurrent_nn::{Init, Recurrent, SimpleRnn};
/// # fn main() -> recurrent_nn::Result<()> {
/// let rnn = SimpleRnn::new(64, 16, &mut Init::keras(0, &Device::Cpu))?;
/// let x = Tensor::ones((2, 5, 64), DType::F32, &Device::Cpu)?; // (B, T, E)
/// let h = rnn.forward(&x, Some(&[5, 3]))?;
/// assert_eq!(h.output.dims(), [2, 5, 16]);
/// assert_eq!(h.h_n.dims(), [2, 16]);
/// # Ok(()) }
/// ```
#[derive(Debug, Clone)]
pub struct SimpleRnn(Weights);

impl SimpleRnn {
    /// With tanh, from E inputs to H hidden units.
    pub fn new(input: usize, hidden: usize, init: &mut Init) -> Result<Self> {
        Self::with(Nonlinearity::Tanh, input, hidden, init)
    }

    /// With max(a, 0) instead of tanh.
    pub fn relu(input: usize, hidden: usize, init: &mut Init) -> Result<Self> {
        Self::with(Nonlinearity::Relu, input, hidden, init)
    }

    fn with(act: Nonlinearity, input: usize, hidden: usize, init: &mut Init) -> Result<Self> {
        Ok(Self(Weights::new(Cell::Rnn(act), input, hidden, init)?))
    }
}

impl Module for SimpleRnn {
    fn state_dict(&self) -> Vec<(String, Var)> {
        self.0.state_dict()
    }

    fn recurrent(&self) -> Option<&dyn Recurrent> {
        Some(self)
    }
}

impl Recurrent for SimpleRnn {
    fn weights(&self) -> Vec<&Weights> {
        vec![&self.0]
    }
}

/// a = W_ih x + b_ih (B, H) and h (B, H) to the next h.
pub(super) fn step(weights: &Weights, act: Nonlinearity, a: &Tensor, state: &State) -> Result<CellOutput> {
    let a = (a + weights.project_hidden(&state.h)?)?;
    let h = match act {
        Nonlinearity::Tanh => a.tanh()?,
        Nonlinearity::Relu => a.relu()?,
    };
    Ok(CellOutput { state: State { h, c: None }, gates: Vec::new() })
}
