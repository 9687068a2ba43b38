//! The simple recurrent network: the layer, one step by candle's own operations, and all steps at once, forward and
//! backward.

use super::{
    cell::{CellOutput, RnnCell},
    recurrent::{Recurrent, State, Weights},
};
use crate::{
    Init, Module, Result,
    ops::{
        Cell, CellGrads, CellInputs, Matrix, Nonlinearity, SavedActivations, Scalar, Vector, WriteMode, chunks,
        dispatch, multiply,
    },
};
use candle_core::{Tensor, Var};
use pulp::{Simd, WithSimd};

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
    fn cells(&self) -> Vec<&dyn RnnCell> {
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

/// All steps in order; `z` is W_ih x + b, (N, H), and becomes the states.
pub(crate) fn forward<T: Scalar>(
    inputs: &CellInputs<T>,
    act: Nonlinearity,
    w_hh_t: Matrix<T>,
    z: Vec<T>,
) -> SavedActivations<T> {
    let size = inputs.hidden;
    let mut h = z;
    for step in inputs.packing.steps() {
        let (h_before, h) = h.split_at_mut(step.start * size);
        let a = &mut h[..step.rows() * size];
        let h_prev = inputs.previous(inputs.h0, h_before, &step);
        // a = W_ih x + b + W_hh h_prev
        multiply(a, WriteMode::Accumulate, Matrix::new(h_prev, size), w_hh_t);
        match act {
            Nonlinearity::Tanh => dispatch(Tanh(a)),
            // A comparison, so that a NaN stays one.
            Nonlinearity::Relu => a.iter_mut().filter(|a| **a < T::zero()).for_each(|a| *a = T::zero()),
        }
    }
    SavedActivations { h, ..SavedActivations::default() }
}

struct Tanh<'a, T>(&'a mut [T]);

impl<T: Scalar> WithSimd for Tanh<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        for k in chunks::<S, T>(self.0.len()) {
            let a = &mut self.0[k];
            Vector::load(simd, a).tanh().store(a);
        }
    }
}

/// All steps in reverse order: from the gradients of every h_t and of the final states to those of z and of the
/// initial state.
pub(crate) fn backward<T: Scalar>(
    inputs: &CellInputs<T>,
    act: Nonlinearity,
    saved: &SavedActivations<T>,
    d_h: Vec<T>,
    d_h_n: Vec<T>,
) -> CellGrads<T> {
    let size = inputs.hidden;
    let w_hh = Matrix::new(inputs.w_hh, size);
    let (mut d_z, mut d_state) = (d_h, d_h_n);
    for step in inputs.packing.steps().rev() {
        let rows = step.start * size..step.end * size;
        let (d_a, h) = (&mut d_z[rows.clone()], &saved.h[rows]);
        let d_state = &mut d_state[..step.rows() * size];
        for ((d_a, &d_state), &h) in d_a.iter_mut().zip(&*d_state).zip(h) {
            let d_h = *d_a + d_state;
            *d_a = match act {
                // d_a = d_h tanh'(a), tanh' = 1 − h²
                Nonlinearity::Tanh => (d_h * (T::one() - h * h)).flush(),
                // d_a = d_h where a > 0
                Nonlinearity::Relu if h > T::zero() => d_h.flush(),
                Nonlinearity::Relu => T::zero(),
            };
        }
        // d_h_prev = d_a W_hh
        multiply(d_state, WriteMode::Overwrite, Matrix::new(d_a, w_hh.rows()), w_hh);
    }
    CellGrads { z: d_z, z_hh: None, h0: d_state, c0: Vec::new() }
}
