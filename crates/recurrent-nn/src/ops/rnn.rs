//! The simple recurrent network, forward and backward: h_t = act(W_ih x_t + b + W_hh h_{t−1}).

use super::{
    Scalar,
    cell::{CellGrads, CellInputs, SavedActivations},
    matrix::{Matrix, WriteMode, multiply},
    simd::{Vector, chunks, dispatch},
};
use pulp::{Simd, WithSimd};

/// The activation of a simple RNN.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Nonlinearity {
    /// tanh(a)
    #[default]
    Tanh,
    /// max(a, 0)
    Relu,
}

pub(super) fn forward<T: Scalar>(
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

pub(super) fn backward<T: Scalar>(
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
