//! One direction of a layer: what lies around the time loop, forward and backward side by side.

use super::{
    Scalar,
    cell::{Cell, Deltas, Pass, Trace},
    form::{Form, Weights},
    matrix::{Matrix, Onto, add_rows, multiply},
    packing::Packing,
    rows::Strided,
    sequence::Arrived,
};

/// What a forward pass keeps for the backward pass.
pub(super) struct Saved<T> {
    /// x in packed order, (N, E).
    x: Vec<T>,
    /// h₀ and c₀ in packed order, (B, H) each; the second is empty unless the cell is an LSTM.
    initial: [Vec<T>; 2],
    /// The place b·T + t of each packed row.
    places: Vec<usize>,
    /// The packed row of each place; none after a sequence's end.
    pub row_of_place: Vec<Option<usize>>,
    pub trace: Trace<T>,
}

/// What a backward pass gives.
pub(super) struct Gradients<T> {
    /// Of x in packed order, (N, E).
    pub x: Vec<T>,
    /// Of W_ih, W_hh, b_ih and, if there are two biases, b_hh.
    pub weights: Vec<Vec<T>>,
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
    pub(super) fn forward<T: Scalar>(
        &self,
        x: Strided<T>,
        weights: &[T],
        states: &[Vec<T>],
    ) -> Saved<T> {
        let initial = self.initial_states(states);
        let weights = self.form.weights(weights);
        let places = self.packing.places(self.form.backwards(self.index));
        let x = x.gather(&places, self.form.input);
        let pass = self.pass(&weights, &initial);
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
        let mut row_of_place = vec![None; self.form.batch * self.form.steps];
        for (row, &place) in places.iter().enumerate() {
            row_of_place[place] = Some(row);
        }
        Saved {
            x,
            initial,
            places,
            row_of_place,
            trace,
        }
    }

    pub(super) fn backward<T: Scalar>(
        &self,
        saved: &Saved<T>,
        weights: &[T],
        arrived: &Arrived<T>,
    ) -> Gradients<T> {
        let Form { input, hidden, .. } = *self.form;
        let weights = self.form.weights(weights);
        let pass = self.pass(&weights, &saved.initial);
        let zeros = |count: usize| vec![T::zero(); count];
        let block = self.form.block(self.index);
        let d_h = match arrived.output {
            Some(d_output) => block.gather(d_output, &saved.places),
            None => zeros(self.packing.rows() * hidden),
        };
        let [d_h_n, d_c_n] = [0, 1].map(|index| match arrived.states[index] {
            Some(d_state) => block.gather(d_state, self.packing.order()),
            None => zeros(saved.initial[index].len()),
        });
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
        let (x, w_ih) = (
            Matrix::new(&saved.x, input),
            Matrix::new(weights.w_ih, input),
        );
        let h_prev = self.previous_states(&saved.trace.h, &saved.initial[0]);
        // d_W_ih = d_zᵀ x
        let mut d_w_ih = zeros(rows * input);
        multiply(&mut d_w_ih, Onto::Nothing, Matrix::new(&d_z, rows).t(), x);
        // d_W_hh = d_zᵀ h_prev
        let mut d_w_hh = zeros(rows * hidden);
        multiply(
            &mut d_w_hh,
            Onto::Nothing,
            Matrix::new(d_z_hh, rows).t(),
            Matrix::new(&h_prev, hidden),
        );
        // d_b = Σ d_z
        let sum = |d_z: &[T]| {
            let mut d_b = zeros(rows);
            add_rows(&mut d_b, d_z);
            d_b
        };
        let mut d_weights = vec![d_w_ih, d_w_hh, sum(&d_z)];
        if self.form.two_biases {
            d_weights.push(sum(d_z_hh));
        }
        // d_x = d_z W_ih
        let mut d_x = zeros(saved.x.len());
        multiply(&mut d_x, Onto::Nothing, Matrix::new(&d_z, rows), w_ih);
        Gradients {
            x: d_x,
            weights: d_weights,
            states: [d_h0, d_c0],
        }
    }

    /// h₀ and c₀ in packed order; c₀ is empty unless the cell is an LSTM.
    fn initial_states<T: Scalar>(&self, states: &[Vec<T>]) -> [Vec<T>; 2] {
        let block = self.form.block(self.index);
        [0, 1].map(|index| match states.get(index) {
            _ if index >= self.form.cell.states() => Vec::new(),
            Some(state) => block.gather(state, self.packing.order()),
            None => vec![T::zero(); self.form.batch * self.form.hidden],
        })
    }

    fn pass<'a, T>(&'a self, weights: &Weights<'a, T>, initial: &'a [Vec<T>; 2]) -> Pass<'a, T> {
        Pass {
            packing: self.packing,
            hidden: self.form.hidden,
            w_hh: weights.w_hh,
            // In a GRU the reset gate acts on b_hh, so it stays inside the time loop.
            b_hh: weights.b_hh.filter(|_| self.form.cell == Cell::Gru),
            h0: &initial[0],
            c0: &initial[1],
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
