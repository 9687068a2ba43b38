//! One direction of a layer: what lies around the time loop, forward and backward side by side.

use super::{
    Scalar,
    cell::{Cell, Deltas, Pass, Trace},
    form::{Form, Weights},
    matrix::{Matrix, Onto, add_rows, multiply},
    packing::Packing,
    rows::{Block, Strided},
};

/// What a forward pass keeps for the backward pass.
pub(crate) struct Saved<T> {
    /// x in packed order, (N, E).
    x: Vec<T>,
    /// The place b·T + t of each packed row.
    pub(super) places: Vec<usize>,
    pub(super) trace: Trace<T>,
}

/// What a backward pass gives.
pub(super) struct Gradients<T> {
    /// Of x in packed order, (N, E).
    pub x: Vec<T>,
    /// Of the weights, packed as [`Form::weights`] reads them.
    pub weights: Vec<T>,
    /// Of h₀ and c₀ in packed order, (B, H) each; the second is empty unless the cell is an LSTM.
    pub states: [Vec<T>; 2],
}

/// One direction of a [`Form`] over packed sequences.
#[derive(Clone, Copy)]
pub(super) struct Direction<'a> {
    pub form: &'a Form,
    pub packing: &'a Packing,
    pub index: usize,
}

impl Direction<'_> {
    /// The rows of this direction among all, `size` numbers each.
    pub(super) fn block(&self, size: usize) -> Block {
        Block {
            size,
            direction: self.index,
            directions: self.form.directions,
        }
    }

    pub(super) fn forward<T: Scalar>(
        &self,
        x: Strided<T>,
        weights: &[T],
        states: &[T],
    ) -> Saved<T> {
        let weights = self.form.weights(weights, self.index);
        let places = self.packing.places(self.form.backwards(self.index));
        let x = x.gather(&places, self.form.input);
        let [h0, c0] = self.initial_states(states);
        let pass = self.pass(&weights, &h0, &c0);
        // Outside the time loop all biases that can be.
        let mut bias = weights.b_ih.to_vec();
        if let (Some(b_hh), None) = (weights.b_hh, pass.b_hh) {
            bias.iter_mut().zip(b_hh).for_each(|(sum, &b)| *sum += b);
        }
        // z = x W_ihᵀ + b, of all steps at once
        let mut z = bias.repeat(self.packing.rows());
        let (x_rows, w_ih) = (
            Matrix::new(&x, self.form.input),
            Matrix::new(weights.w_ih, self.form.input),
        );
        multiply(&mut z, Onto::Sum, x_rows, w_ih.t());
        let trace = self.form.cell.forward(&pass, z);
        Saved { x, places, trace }
    }

    /// `d_output` is the gradient of all outputs (B, T, D·H), `d_states` that of the final states, (B, D·H) each.
    pub(super) fn backward<T: Scalar>(
        &self,
        saved: &Saved<T>,
        weights: &[T],
        states: &[T],
        d_output: &[T],
        d_states: &[T],
    ) -> Gradients<T> {
        let Form { input, hidden, .. } = *self.form;
        let weights = self.form.weights(weights, self.index);
        let [h0, c0] = self.initial_states(states);
        let pass = self.pass(&weights, &h0, &c0);
        let block = self.block(hidden);
        let mut d_states = d_states
            .chunks_exact(self.form.batch * self.form.wide())
            .map(|d_state| block.gather(d_state, self.packing.order()));
        let d_h_n = d_states.next().unwrap_or_default();
        let d_c_n = d_states.next().unwrap_or_default();
        let d_h = block.gather(d_output, &saved.places);
        let Deltas {
            z: d_z,
            z_hh,
            h0: d_h0,
            c0: d_c0,
        } = self
            .form
            .cell
            .backward(&pass, &saved.trace, d_h, d_h_n, d_c_n);
        let d_z_hh = z_hh.as_ref().unwrap_or(&d_z);

        let rows = self.form.rows();
        let mut d_weights = vec![T::zero(); self.form.weight_count()];
        let (d_w_ih, rest) = d_weights.split_at_mut(rows * input);
        let (d_w_hh, rest) = rest.split_at_mut(rows * hidden);
        let (d_b_ih, d_b_hh) = rest.split_at_mut(rows);
        let (x, w_ih) = (
            Matrix::new(&saved.x, input),
            Matrix::new(weights.w_ih, input),
        );
        let h_prev = self.previous_states(&saved.trace.h, &h0);
        // d_W_ih = d_zᵀ x
        multiply(d_w_ih, Onto::Nothing, Matrix::new(&d_z, rows).t(), x);
        // d_W_hh = d_zᵀ h_prev
        multiply(
            d_w_hh,
            Onto::Nothing,
            Matrix::new(d_z_hh, rows).t(),
            Matrix::new(&h_prev, hidden),
        );
        // d_b = Σ d_z
        add_rows(d_b_ih, &d_z);
        if self.form.two_biases {
            add_rows(d_b_hh, d_z_hh);
        }
        // d_x = d_z W_ih
        let mut d_x = vec![T::zero(); saved.x.len()];
        multiply(&mut d_x, Onto::Nothing, Matrix::new(&d_z, rows), w_ih);
        Gradients {
            x: d_x,
            weights: d_weights,
            states: [d_h0, d_c0],
        }
    }

    /// h₀ and c₀ in packed order; c₀ is empty unless the cell is an LSTM.
    fn initial_states<T: Scalar>(&self, states: &[T]) -> [Vec<T>; 2] {
        [0, 1].map(|index| {
            if index >= self.form.cell.states() {
                Vec::new()
            } else if self.form.initial {
                let alone = Block {
                    size: self.form.hidden,
                    direction: 0,
                    directions: 1,
                };
                alone.gather(
                    self.form.initial(states, self.index, index),
                    self.packing.order(),
                )
            } else {
                vec![T::zero(); self.form.batch * self.form.hidden]
            }
        })
    }

    fn pass<'a, T>(&'a self, weights: &Weights<'a, T>, h0: &'a [T], c0: &'a [T]) -> Pass<'a, T> {
        Pass {
            packing: self.packing,
            hidden: self.form.hidden,
            w_hh: weights.w_hh,
            // In a GRU the reset gate acts on b_hh, so it stays inside the time loop.
            b_hh: weights.b_hh.filter(|_| self.form.cell == Cell::Gru),
            h0,
            c0,
        }
    }

    /// h_{t−1} for each packed row.
    fn previous_states<T: Scalar>(&self, h: &[T], h0: &[T]) -> Vec<T> {
        let size = self.form.hidden;
        let mut previous = Vec::with_capacity(h.len());
        for step in self.packing.steps() {
            let from = step.before.map_or(h0, |before| &h[before * size..]);
            previous.extend_from_slice(&from[..step.rows() * size]);
        }
        previous
    }
}
