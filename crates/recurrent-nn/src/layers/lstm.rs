//! The long short-term memory: the layer, one step by candle's own operations, and all steps at once, forward and
//! backward.

use super::{
    cell::{CellOutput, RnnCell},
    recurrent::{Recurrent, State, Weights},
};
use crate::{
    Init, Module, Result,
    ops::{
        Cell, CellGrads, CellInputs, Matrix, SavedActivations, Scalar, Vector, WriteMode, chunks, dispatch, multiply,
    },
};
use candle_core::{Tensor, Var};
use candle_nn::ops::sigmoid;
use pulp::{Simd, WithSimd};

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
    fn cells(&self) -> Vec<&dyn RnnCell> {
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

/// All steps in order; `z` is W_ih x + b, (N, 4H), and becomes the gates.
pub(crate) fn forward<T: Scalar>(inputs: &CellInputs<T>, w_hh_t: Matrix<T>, z: Vec<T>) -> SavedActivations<T> {
    let size = inputs.hidden;
    let mut gates = z;
    let mut h = vec![T::zero(); gates.len() / 4];
    let mut c = vec![T::zero(); gates.len() / 4];
    for step in inputs.packing.steps() {
        let (h_before, h) = h.split_at_mut(step.start * size);
        let (c_before, c) = c.split_at_mut(step.start * size);
        let h_prev = inputs.previous(inputs.h0, h_before, &step);
        let z = &mut gates[step.start * 4 * size..step.end * 4 * size];
        // z = W_ih x + b + W_hh h_prev
        multiply(z, WriteMode::Accumulate, Matrix::new(h_prev, size), w_hh_t);
        dispatch(Forward { size, z, c_prev: inputs.previous(inputs.c0, c_before, &step), c, h });
    }
    SavedActivations { h, gates, c, ..SavedActivations::default() }
}

/// One step of all sequences; `z` becomes the gates.
struct Forward<'a, T> {
    size: usize,
    z: &'a mut [T],
    c_prev: &'a [T],
    c: &'a mut [T],
    h: &'a mut [T],
}

impl<T: Scalar> WithSimd for Forward<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let size = self.size;
        let rows = self.z.chunks_exact_mut(4 * size);
        let states = self.c.chunks_exact_mut(size).zip(self.h.chunks_exact_mut(size));
        for ((z, c_prev), (c, h)) in rows.zip(self.c_prev.chunks_exact(size)).zip(states) {
            let [z_i, z_f, z_g, z_o] = quarters_mut(z);
            for k in chunks::<S, T>(size) {
                let i = Vector::load(simd, &z_i[k.clone()]).sigmoid();
                let f = Vector::load(simd, &z_f[k.clone()]).sigmoid();
                let g = Vector::load(simd, &z_g[k.clone()]).tanh();
                let o = Vector::load(simd, &z_o[k.clone()]).sigmoid();
                let c_t = f * Vector::load(simd, &c_prev[k.clone()]) + i * g;
                let h_t = o * c_t.tanh();
                i.store(&mut z_i[k.clone()]);
                f.store(&mut z_f[k.clone()]);
                g.store(&mut z_g[k.clone()]);
                o.store(&mut z_o[k.clone()]);
                c_t.store(&mut c[k.clone()]);
                h_t.store(&mut h[k]);
            }
        }
    }
}

/// All steps in reverse order: from the gradients of every h_t and of the final states to those of z and of the initial states.
pub(crate) fn backward<T: Scalar>(
    inputs: &CellInputs<T>,
    saved: &SavedActivations<T>,
    d_h: Vec<T>,
    d_h_n: Vec<T>,
    d_c_n: Vec<T>,
) -> CellGrads<T> {
    let size = inputs.hidden;
    let w_hh = Matrix::new(inputs.w_hh, size);
    let mut d_gates = vec![T::zero(); saved.gates.len()];
    let (mut d_h_state, mut d_c_state) = (d_h_n, d_c_n);
    for step in inputs.packing.steps().rev() {
        let rows = step.start * size..step.end * size;
        let gates = step.start * 4 * size..step.end * 4 * size;
        let d_z = &mut d_gates[gates.clone()];
        let d_h_state = &mut d_h_state[..step.rows() * size];
        dispatch(Backward {
            size,
            gates: &saved.gates[gates],
            c: &saved.c[rows.clone()],
            c_prev: inputs.previous(inputs.c0, &saved.c, &step),
            d_h: &d_h[rows],
            d_h_state,
            d_c_state: &mut d_c_state,
            d_z,
        });
        // d_h_prev = d_z W_hh
        multiply(d_h_state, WriteMode::Overwrite, Matrix::new(d_z, w_hh.rows()), w_hh);
    }
    CellGrads { z: d_gates, z_hh: None, h0: d_h_state, c0: d_c_state }
}

/// One step of all sequences: fills `d_z`, and turns d c_t into d c_{t−1}.
struct Backward<'a, T> {
    size: usize,
    gates: &'a [T],
    c: &'a [T],
    c_prev: &'a [T],
    d_h: &'a [T],
    d_h_state: &'a [T],
    d_c_state: &'a mut [T],
    d_z: &'a mut [T],
}

impl<T: Scalar> WithSimd for Backward<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let size = self.size;
        let one = Vector::splat(simd, 1.0);
        let gates = self.gates.chunks_exact(4 * size).zip(self.d_z.chunks_exact_mut(4 * size));
        for (row, (gates, d_z)) in gates.enumerate() {
            let state = row * size..(row + 1) * size;
            let (c, c_prev) = (&self.c[state.clone()], &self.c_prev[state.clone()]);
            let (d_h, d_h_state) = (&self.d_h[state.clone()], &self.d_h_state[state.clone()]);
            let d_c_state = &mut self.d_c_state[state];
            let [i, f, g, o] = quarters(gates);
            let [d_z_i, d_z_f, d_z_g, d_z_o] = quarters_mut(d_z);
            for k in chunks::<S, T>(size) {
                let load = |values: &[T]| Vector::load(simd, &values[k.clone()]);
                let (i, f, g, o) = (load(i), load(f), load(g), load(o));
                let tanh_c = load(c).tanh();
                let d_h = load(d_h) + load(d_h_state);
                // d_c = d_c from step t+1 + d_h o tanh'(c), tanh' = 1 − tanh²
                let d_c = load(d_c_state) + d_h * o * (one - tanh_c * tanh_c);
                // d_z_i = d_c g σ'(z_i), σ' = σ (1 − σ)
                (d_c * g * i * (one - i)).flush().store(&mut d_z_i[k.clone()]);
                // d_z_f = d_c c_prev σ'(z_f)
                (d_c * load(c_prev) * f * (one - f)).flush().store(&mut d_z_f[k.clone()]);
                // d_z_g = d_c i tanh'(z_g)
                (d_c * i * (one - g * g)).flush().store(&mut d_z_g[k.clone()]);
                // d_z_o = d_h tanh(c) σ'(z_o)
                (d_h * tanh_c * o * (one - o)).flush().store(&mut d_z_o[k.clone()]);
                // d_c_prev = d_c f
                (d_c * f).flush().store(&mut d_c_state[k.clone()]);
            }
        }
    }
}

fn quarters<T>(row: &[T]) -> [&[T]; 4] {
    let (front, back) = row.split_at(row.len() / 2);
    let (i, f) = front.split_at(row.len() / 4);
    let (g, o) = back.split_at(row.len() / 4);
    [i, f, g, o]
}

fn quarters_mut<T>(row: &mut [T]) -> [&mut [T]; 4] {
    let size = row.len() / 4;
    let (front, back) = row.split_at_mut(2 * size);
    let (i, f) = front.split_at_mut(size);
    let (g, o) = back.split_at_mut(size);
    [i, f, g, o]
}
