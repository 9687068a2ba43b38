//! The long short-term memory.

use super::{
    recurrent::{Recurrent, State, Weights},
    step_by_step::CellOutput,
};
use crate::{Init, Module, Result, ops::Cell};
use candle_core::{Tensor, Var};
use candle_nn::ops::sigmoid;

/// A long short-term memory. With z = W_ih x_t + b + W_hh h_{t−1}, a block of H rows for each gate:
///
/// i = σ(z_i), f = σ(z_f), g = tanh(z_g), o = σ(z_o); c_t = f c_{t−1} + i g; h_t = o tanh(c_t).
///
/// Parameters as `torch.nn.LSTM`: `weight_ih_l0` (4H, E), `weight_hh_l0` (4H, H), `bias_ih_l0` (4H,) and, with
/// [`Init::pytorch`], `bias_hh_l0` (4H,): b is their sum. Keras has one bias. The gates are stacked as i, f, g, o.
/// Sources: [Hochreiter and Schmidhuber, 1997](https://doi.org/10.1162/neco.1997.9.8.1735),
/// [torch.nn.LSTM](https://docs.pytorch.org/docs/stable/generated/torch.nn.LSTM.html).
///
/// ```
/// # use candle_core::{DType, Device, Tensor};
/// use recurrent_nn::{ForwardOptions, Init, Lstm, Recurrent};
/// # fn main() -> recurrent_nn::Result<()> {
/// let lstm = Lstm::new(64, 8, &mut Init::keras(0, &Device::Cpu))?;
/// let x = Tensor::ones((2, 5, 64), DType::F32, &Device::Cpu)?; // (B, T, E)
/// let h = lstm.forward_with(&x, &ForwardOptions { gates: true, ..ForwardOptions::default() })?;
/// assert_eq!(h.gates.unwrap().get("f")?.dims(), [2, 5, 8]);
/// assert_eq!(h.c_n.unwrap().dims(), [2, 8]);
/// # Ok(()) }
/// ```
#[derive(Debug, Clone)]
pub struct Lstm(Weights);

impl Lstm {
    /// From E inputs to H hidden units. Errors if one is 0.
    pub fn new(input: usize, hidden: usize, init: &mut Init) -> Result<Self> {
        Ok(Self(Weights::new(Cell::Lstm, input, hidden, init)?))
    }
}

impl Module for Lstm {
    fn state_dict(&self) -> Vec<(String, Var)> {
        self.0.state_dict()
    }

    fn recurrent(&self) -> Option<&dyn Recurrent> {
        Some(self)
    }
}

impl Recurrent for Lstm {
    fn weights(&self) -> Vec<&Weights> {
        vec![&self.0]
    }
}

/// a = W_ih x + b_ih (B, 4H), h and c (B, H) to the next h and c.
pub(super) fn step(weights: &Weights, a: &Tensor, state: &State) -> Result<CellOutput> {
    let z = (a + weights.project_hidden(&state.h)?)?.chunk(4, 1)?;
    let (i, f, g, o) = (sigmoid(&z[0])?, sigmoid(&z[1])?, z[2].tanh()?, sigmoid(&z[3])?);
    let c = match &state.c {
        Some(c) => ((&f * c)? + (&i * &g)?)?,
        None => (&i * &g)?,
    };
    let h = (&o * c.tanh()?)?;
    Ok(CellOutput { state: State { h, c: Some(c) }, gates: vec![i, f, g, o] })
}
