//! A recurrent layer from a cell of one's own.

use super::recurrent::{Recurrent, State, Weights};
use crate::{Module, Result};
use candle_core::Tensor;

/// One step of a recurrent layer. With [`Rnn`] a cell of one's own reads sequences as the layers of this library do:
/// with masks, in both directions, in stacks, in a summary, a trace and a checkpoint.
///
/// ```
/// # use candle_core::{DType, Device, Tensor};
/// use candle_nn::ops::sigmoid;
/// use recurrent_nn::{CellOutput, ForwardOptions, Init, Linear, Module, Recurrent, Result, Rnn, RnnCell, State};
///
/// /// One gate: z = σ(W [x; h]), n = tanh(U [x; h]), h' = z h + (1 − z) n.
/// #[derive(Module)]
/// struct OneGate { gate: Linear, candidate: Linear, hidden: usize }
///
/// impl RnnCell for OneGate {
///     fn hidden_size(&self) -> usize { self.hidden }
///     fn gate_symbols(&self) -> &'static [&'static str] { &["z", "n"] }
///     fn step(&self, x: &Tensor, state: &State) -> Result<CellOutput> {
///         let both = Tensor::cat(&[x, &state.h], 1)?; // (B, E + H)
///         let (z, n) = (sigmoid(&self.gate.forward(&both)?)?, self.candidate.forward(&both)?.tanh()?);
///         let h = (&n + (&z * (&state.h - &n)?)?)?;
///         Ok(CellOutput { state: State { h, c: None }, gates: vec![z, n] })
///     }
/// }
/// # fn main() -> Result<()> {
/// let mut init = Init::keras(0, &Device::Cpu);
/// let (gate, candidate) = (Linear::new(3 + 4, 4, &mut init)?, Linear::new(3 + 4, 4, &mut init)?);
/// let layer = Rnn::new(OneGate { gate, candidate, hidden: 4 });
/// let x = Tensor::ones((2, 5, 3), DType::F32, &Device::Cpu)?; // (B, T, E)
/// let options = ForwardOptions { lengths: Some(&[5, 2]), gates: true, ..Default::default() };
/// let h = layer.forward_with(&x, &options)?;
/// assert_eq!((h.output.dims(), h.h_n.dims()), (&[2, 5, 4][..], &[2, 4][..]));
/// assert_eq!(h.gates.unwrap().get("z")?.dims(), [2, 5, 4]);
/// assert_eq!(layer.parameters()[0].0, "cell.gate.weight");
/// # Ok(()) }
/// ```
pub trait RnnCell: Module {
    /// H.
    fn hidden_size(&self) -> usize;

    /// The symbols of the gates that [`step`](Self::step) returns, in its order. Default: none. Figures take a gate whose
    /// numbers lie between 0 and 1 for one that opens and shuts; h, c and the candidates g and n are none.
    fn gate_symbols(&self) -> &'static [&'static str] {
        &[]
    }

    /// Whether it has a cell state c beside the hidden state, as an LSTM. Default: no.
    fn has_cell_state(&self) -> bool {
        false
    }

    /// What can be computed from the input x (B, T, E) of all steps at once: (B, T, …), of which each step gets its part.
    /// Default: x itself.
    fn project(&self, x: &Tensor) -> Result<Tensor> {
        Ok(x.clone())
    }

    /// From its part (B, …) of the projected input and the state before, (B, H), to the state after the step.
    fn step(&self, x: &Tensor, state: &State) -> Result<CellOutput>;

    /// The weights, if the cell is one of this library: all steps are then one fused operation.
    fn weights(&self) -> Option<&Weights> {
        None
    }
}

/// The result of one step of a cell.
#[derive(Debug, Clone)]
pub struct CellOutput {
    /// The state after the step, (B, H).
    pub state: State,
    /// The gates, (B, H) each, in the order of [`RnnCell::gate_symbols`].
    pub gates: Vec<Tensor>,
}

/// A layer that calls a cell at every step, as [`keras.layers.RNN`](https://keras.io/api/layers/recurrent_layers/rnn/).
#[derive(Debug, Clone)]
pub struct Rnn<C> {
    cell: C,
}

impl<C: RnnCell> Rnn<C> {
    /// A layer of this cell.
    pub fn new(cell: C) -> Self {
        Self { cell }
    }

    /// Its cell.
    pub fn cell(&self) -> &C {
        &self.cell
    }
}

impl<C: RnnCell> Module for Rnn<C> {
    fn layers(&self) -> Vec<(String, &dyn Module)> {
        vec![("cell".into(), &self.cell)]
    }

    fn recurrent(&self) -> Option<&dyn Recurrent> {
        Some(self)
    }
}

impl<C: RnnCell> Recurrent for Rnn<C> {
    fn cells(&self) -> Vec<&dyn RnnCell> {
        vec![&self.cell]
    }
}
