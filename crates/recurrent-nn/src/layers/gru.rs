//! The gated recurrent unit: the layer, one step by candle's own operations, and all steps at once, forward and
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
    fn cells(&self) -> Vec<&dyn RnnCell> {
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

/// All steps in order; `z` is W_ih x + b_ih, (N, 3H), and becomes the gates.
pub(crate) fn forward<T: Scalar>(inputs: &CellInputs<T>, w_hh_t: Matrix<T>, z: Vec<T>) -> SavedActivations<T> {
    let size = inputs.hidden;
    let mut gates = z;
    let mut h = vec![T::zero(); gates.len() / 3];
    let mut hn = vec![T::zero(); gates.len() / 3];
    let mut recurrent = vec![T::zero(); inputs.h0.len() * 3];
    for step in inputs.packing.steps() {
        let (h_before, h) = h.split_at_mut(step.start * size);
        let h_prev = inputs.previous(inputs.h0, h_before, &step);
        let recurrent = &mut recurrent[..step.rows() * 3 * size];
        // recurrent = W_hh h_prev + b_hh
        match inputs.b_hh {
            Some(bias) => recurrent.chunks_exact_mut(3 * size).for_each(|row| row.copy_from_slice(bias)),
            None => recurrent.fill(T::zero()),
        }
        multiply(recurrent, WriteMode::Accumulate, Matrix::new(h_prev, size), w_hh_t);
        dispatch(Forward {
            size,
            x: &mut gates[step.start * 3 * size..step.end * 3 * size],
            recurrent,
            h_prev,
            hn: &mut hn[step.start * size..step.end * size],
            h,
        });
    }
    SavedActivations { h, gates, hn, ..SavedActivations::default() }
}

/// One step of all sequences; `x` becomes the gates.
struct Forward<'a, T> {
    size: usize,
    x: &'a mut [T],
    recurrent: &'a [T],
    h_prev: &'a [T],
    hn: &'a mut [T],
    h: &'a mut [T],
}

impl<T: Scalar> WithSimd for Forward<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let size = self.size;
        let one = Vector::splat(simd, 1.0);
        let rows = self.x.chunks_exact_mut(3 * size).zip(self.recurrent.chunks_exact(3 * size));
        let states = self.hn.chunks_exact_mut(size).zip(self.h.chunks_exact_mut(size));
        for (((x, recurrent), h_prev), (hn, h)) in rows.zip(self.h_prev.chunks_exact(size)).zip(states) {
            let [x_r, x_z, x_n] = thirds_mut(x);
            let [h_r, h_z, h_n] = thirds(recurrent);
            for k in chunks::<S, T>(size) {
                let load = |values: &[T]| Vector::load(simd, &values[k.clone()]);
                let r = (load(x_r) + load(h_r)).sigmoid();
                let z = (load(x_z) + load(h_z)).sigmoid();
                let n = (load(x_n) + r * load(h_n)).tanh();
                let h_t = (one - z) * n + z * load(h_prev);
                r.store(&mut x_r[k.clone()]);
                z.store(&mut x_z[k.clone()]);
                n.store(&mut x_n[k.clone()]);
                load(h_n).store(&mut hn[k.clone()]);
                h_t.store(&mut h[k.clone()]);
            }
        }
    }
}

/// All steps in reverse order: from the gradients of every h_t and of the final states to those of both products
/// and of the initial state.
pub(crate) fn backward<T: Scalar>(
    inputs: &CellInputs<T>,
    saved: &SavedActivations<T>,
    d_h: Vec<T>,
    d_h_n: Vec<T>,
) -> CellGrads<T> {
    let size = inputs.hidden;
    let w_hh = Matrix::new(inputs.w_hh, size);
    let mut d_input = vec![T::zero(); saved.gates.len()];
    let mut d_recurrent = vec![T::zero(); saved.gates.len()];
    let mut d_state = d_h_n;
    for step in inputs.packing.steps().rev() {
        let rows = step.start * size..step.end * size;
        let gates = step.start * 3 * size..step.end * 3 * size;
        let d_recurrent = &mut d_recurrent[gates.clone()];
        let d_state = &mut d_state[..step.rows() * size];
        dispatch(Backward {
            size,
            gates: &saved.gates[gates.clone()],
            hn: &saved.hn[rows.clone()],
            h_prev: inputs.previous(inputs.h0, &saved.h, &step),
            d_h: &d_h[rows],
            d_state,
            d_input: &mut d_input[gates],
            d_recurrent,
        });
        // d_h_prev = d_h z + d_recurrent W_hh
        multiply(d_state, WriteMode::Accumulate, Matrix::new(d_recurrent, w_hh.rows()), w_hh);
    }
    CellGrads { z: d_input, z_hh: Some(d_recurrent), h0: d_state, c0: Vec::new() }
}

/// One step of all sequences: fills `d_input` and `d_recurrent`, and turns d h_t into its direct part of d h_{t−1}.
struct Backward<'a, T> {
    size: usize,
    gates: &'a [T],
    hn: &'a [T],
    h_prev: &'a [T],
    d_h: &'a [T],
    d_state: &'a mut [T],
    d_input: &'a mut [T],
    d_recurrent: &'a mut [T],
}

impl<T: Scalar> WithSimd for Backward<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let size = self.size;
        let one = Vector::splat(simd, 1.0);
        let d_input = self.d_input.chunks_exact_mut(3 * size);
        let d_recurrent = self.d_recurrent.chunks_exact_mut(3 * size);
        for (row, (d_input, d_recurrent)) in d_input.zip(d_recurrent).enumerate() {
            let state = row * size..(row + 1) * size;
            let (hn, h_prev) = (&self.hn[state.clone()], &self.h_prev[state.clone()]);
            let (d_h, d_state) = (&self.d_h[state.clone()], &mut self.d_state[state]);
            let [r, z, n] = thirds(&self.gates[row * 3 * size..(row + 1) * 3 * size]);
            let [d_x_r, d_x_z, d_x_n] = thirds_mut(d_input);
            let [d_h_r, d_h_z, d_h_n] = thirds_mut(d_recurrent);
            for k in chunks::<S, T>(size) {
                let load = |values: &[T]| Vector::load(simd, &values[k.clone()]);
                let (r, z, n) = (load(r), load(z), load(n));
                let d_h = load(d_h) + load(d_state);
                // d_n before tanh = d_h (1 − z) (1 − n²)
                let d_n = (d_h * (one - z) * (one - n * n)).flush();
                // d_z before σ = d_h (h_prev − n) z (1 − z)
                let d_z = (d_h * (load(h_prev) - n) * z * (one - z)).flush();
                // d_r before σ = d_n hn r (1 − r)
                let d_r = (d_n * load(hn) * r * (one - r)).flush();
                d_r.store(&mut d_x_r[k.clone()]);
                d_z.store(&mut d_x_z[k.clone()]);
                d_n.store(&mut d_x_n[k.clone()]);
                d_r.store(&mut d_h_r[k.clone()]);
                d_z.store(&mut d_h_z[k.clone()]);
                // d_hn = d_n r
                (d_n * r).flush().store(&mut d_h_n[k.clone()]);
                // the direct part of d_h_prev = d_h z
                (d_h * z).flush().store(&mut d_state[k.clone()]);
            }
        }
    }
}

fn thirds<T>(row: &[T]) -> [&[T]; 3] {
    let size = row.len() / 3;
    [&row[..size], &row[size..2 * size], &row[2 * size..]]
}

fn thirds_mut<T>(row: &mut [T]) -> [&mut [T]; 3] {
    let size = row.len() / 3;
    let (r, rest) = row.split_at_mut(size);
    let (z, n) = rest.split_at_mut(size);
    [r, z, n]
}
