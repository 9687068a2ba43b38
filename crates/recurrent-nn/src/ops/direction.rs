//! One direction of a layer over a part of a batch: the projection of all inputs, the time loop of its cell, and the
//! gradients of both.

use super::{
    Matrix, NodeResult, Packing, RnnDims, Scalar, WriteMode,
    matrix::{add_rows, transposed},
    multiply,
    packing::{DirectionRows, InputView, StepRows, WeightSlices},
};
use crate::layers::{gru, lstm, rnn};

/// The activation of a simple RNN.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Nonlinearity {
    /// tanh(a)
    #[default]
    Tanh,
    /// max(a, 0)
    Relu,
}

/// The kind of a recurrent layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cell {
    /// h_t = act(W_ih x_t + b + W_hh h_{t−1})
    Rnn(Nonlinearity),
    /// Gates i, f, g, o and a cell state c.
    Lstm,
    /// Gates r, z, n; the reset gate comes after the product with W_hh.
    Gru,
}

impl Cell {
    /// G: the weights have G·H rows.
    pub const fn gates(self) -> usize {
        match self {
            Self::Rnn(_) => 1,
            Self::Lstm => 4,
            Self::Gru => 3,
        }
    }

    /// The name of the layer with one direction of it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rnn(_) => "SimpleRnn",
            Self::Lstm => "Lstm",
            Self::Gru => "Gru",
        }
    }

    /// The symbols of its gates in the order of the weights' blocks; of a simple RNN, which has one block, h.
    pub const fn symbols(self) -> &'static [&'static str] {
        match self {
            Self::Rnn(_) => &["h"],
            Self::Lstm => &["i", "f", "g", "o"],
            Self::Gru => &["r", "z", "n"],
        }
    }

    /// The number of recurrent states: h, and c for the LSTM.
    pub const fn states(self) -> usize {
        match self {
            Self::Lstm => 2,
            Self::Rnn(_) | Self::Gru => 1,
        }
    }
}

/// What a forward pass keeps for the backward pass.
pub(super) struct SavedForBackward<T> {
    /// x in packed order, (N, E).
    x: Vec<T>,
    /// h₀ and c₀ in packed order, (B, H) each; the second is empty unless the cell is an LSTM.
    initial: [Vec<T>; 2],
    /// The index b·T + t in the padded batch of each packed row.
    pub padded_index: Vec<usize>,
    pub activations: SavedActivations<T>,
}

/// The gradients that leave one direction.
pub(super) struct DirectionGrads<T> {
    /// Of x in packed order, (N, E).
    pub x: Vec<T>,
    /// Of its parameters, packed as they are; of initial states that are not its own zero.
    pub parameters: Vec<T>,
}

/// One direction of a layer over some of a batch's sequences.
#[derive(Clone, Copy)]
pub(super) struct DirectionOp<'a> {
    pub dims: &'a RnnDims,
    pub packing: &'a Packing,
    pub index: usize,
}

impl DirectionOp<'_> {
    /// The parameters are those of this direction: its weights, then h₀ and c₀ (B, H) if there are any.
    pub(super) fn forward<T: Scalar>(&self, x: InputView<T>, parameters: &[T]) -> SavedForBackward<T> {
        let initial = self.initial_states(parameters);
        let weights = self.dims.weights(parameters);
        let padded_index = self.packing.padded_index(self.dims.backwards(self.index));
        let x = x.gather(&padded_index, self.dims.input);
        let inputs = self.cell_inputs(&weights, &initial);
        // Every bias that can be added outside the time loop.
        let mut bias = weights.b_ih.to_vec();
        if let (Some(b_hh), None) = (weights.b_hh, inputs.b_hh) {
            bias.iter_mut().zip(b_hh).for_each(|(sum, &b)| *sum += b);
        }
        // z = x W_ihᵀ + b, of all steps at once
        let mut z = bias.repeat(self.packing.rows());
        let (x_rows, w_ih) = (Matrix::new(&x, self.dims.input), Matrix::new(weights.w_ih, self.dims.input));
        multiply(&mut z, WriteMode::Accumulate, x_rows, w_ih.t());
        let activations = self.dims.cell.forward(&inputs, z);
        SavedForBackward { x, initial, padded_index, activations }
    }

    /// From the gradient of one result of all directions.
    pub(super) fn backward<T: Scalar>(
        &self,
        saved: &SavedForBackward<T>,
        parameters: &[T],
        result: NodeResult,
        gradient: &[T],
    ) -> DirectionGrads<T> {
        let RnnDims { input, hidden, .. } = *self.dims;
        let weights = self.dims.weights(parameters);
        let inputs = self.cell_inputs(&weights, &saved.initial);
        let zeros = |count: usize| vec![T::zero(); count];
        let rows = self.dims.direction_rows(self.index);
        let state = |index: usize| match result {
            NodeResult::States if index < self.dims.cell.states() => {
                let size = self.dims.batch * self.dims.output_width();
                rows.gather(&gradient[index * size..], &self.packing.order)
            }
            _ => zeros(saved.initial[index].len()),
        };
        let d_h = match result {
            NodeResult::Output => rows.gather(gradient, &saved.padded_index),
            NodeResult::States => zeros(saved.activations.h.len()),
        };
        let CellGrads { z: d_z, z_hh, h0: d_h0, c0: d_c0 } =
            self.dims.cell.backward(&inputs, &saved.activations, d_h, state(0), state(1));
        let d_z_hh = z_hh.as_ref().unwrap_or(&d_z);

        let gate_rows = self.dims.gate_rows();
        let (x, w_ih) = (Matrix::new(&saved.x, input), Matrix::new(weights.w_ih, input));
        let h_prev = self.previous_states(&saved.activations.h, &saved.initial[0]);
        let mut d_parameters = zeros(parameters.len());
        let (d_weights, d_states) = d_parameters.split_at_mut(self.dims.weight_count());
        let (d_w_ih, rest) = d_weights.split_at_mut(gate_rows * input);
        let (d_w_hh, rest) = rest.split_at_mut(gate_rows * hidden);
        let (d_b_ih, d_b_hh) = rest.split_at_mut(gate_rows);
        // d_W_ih = d_zᵀ x
        multiply(d_w_ih, WriteMode::Overwrite, Matrix::new(&d_z, gate_rows).t(), x);
        // d_W_hh = d_zᵀ h_prev
        multiply(d_w_hh, WriteMode::Overwrite, Matrix::new(d_z_hh, gate_rows).t(), Matrix::new(&h_prev, hidden));
        // d_b = Σ d_z
        add_rows(d_b_ih, &d_z);
        if self.dims.two_biases {
            add_rows(d_b_hh, d_z_hh);
        }
        // d_x = d_z W_ih
        let mut d_x = zeros(saved.x.len());
        multiply(&mut d_x, WriteMode::Overwrite, Matrix::new(&d_z, gate_rows), w_ih);
        for (d_state, own) in d_states.chunks_exact_mut(self.dims.batch * hidden).zip([d_h0, d_c0]) {
            self.own_rows().scatter(d_state, &own, &self.packing.order);
        }
        DirectionGrads { x: d_x, parameters: d_parameters }
    }

    /// h₀ and c₀ in packed order; c₀ is empty unless the cell is an LSTM.
    fn initial_states<T: Scalar>(&self, parameters: &[T]) -> [Vec<T>; 2] {
        let size = self.dims.batch * self.dims.hidden;
        let states = &parameters[self.dims.weight_count()..];
        [0, 1].map(|index| match self.dims.initial {
            _ if index >= self.dims.cell.states() => Vec::new(),
            true => self.own_rows().gather(&states[index * size..], &self.packing.order),
            false => vec![T::zero(); self.packing.order.len() * self.dims.hidden],
        })
    }

    /// The rows of a state of this direction alone, (B, H).
    fn own_rows(&self) -> DirectionRows {
        DirectionRows { size: self.dims.hidden, direction: 0, directions: 1 }
    }

    fn cell_inputs<'a, T>(&'a self, weights: &WeightSlices<'a, T>, initial: &'a [Vec<T>; 2]) -> CellInputs<'a, T> {
        CellInputs {
            packing: self.packing,
            hidden: self.dims.hidden,
            w_hh: weights.w_hh,
            // The reset gate of a GRU multiplies b_hh, so it stays inside the time loop.
            b_hh: weights.b_hh.filter(|_| self.dims.cell == Cell::Gru),
            h0: &initial[0],
            c0: &initial[1],
        }
    }

    /// h_{t−1} for each packed row.
    fn previous_states<T: Scalar>(&self, h: &[T], h0: &[T]) -> Vec<T> {
        let size = self.dims.hidden;
        let mut previous = Vec::with_capacity(h.len());
        for step in self.packing.steps() {
            let from = step.previous.map_or(h0, |start| &h[start * size..]);
            previous.extend_from_slice(&from[..step.rows() * size]);
        }
        previous
    }
}

/// The inputs of the time loop besides the projection W_ih x + b. States are in packed order, (B, H).
pub(crate) struct CellInputs<'a, T> {
    pub packing: &'a Packing,
    pub hidden: usize,
    /// W_hh, (G·H, H).
    pub w_hh: &'a [T],
    /// The bias of a GRU that its reset gate multiplies, (G·H,); otherwise it is part of the projection.
    pub b_hh: Option<&'a [T]>,
    pub h0: &'a [T],
    /// Empty unless the cell is an LSTM.
    pub c0: &'a [T],
}

impl<T: Scalar> CellInputs<'_, T> {
    /// The state before a step, of the sequences that have this step: `first` at step 0, else the previous step's rows
    /// of `states`.
    pub(crate) fn previous<'b>(&self, first: &'b [T], states: &'b [T], step: &StepRows) -> &'b [T] {
        let wanted = step.rows() * self.hidden;
        match step.previous {
            Some(start) => &states[start * self.hidden..][..wanted],
            None => &first[..wanted],
        }
    }
}

/// What the time loop keeps for the backward pass, one row for each packed step.
#[derive(Default)]
pub(crate) struct SavedActivations<T> {
    /// h_t, (N, H).
    pub h: Vec<T>,
    /// The gates after their activation, (N, G·H); empty for the simple RNN.
    pub gates: Vec<T>,
    /// c_t of the LSTM, (N, H).
    pub c: Vec<T>,
    /// W_hn h_{t−1} + b_hn of the GRU, (N, H).
    pub hn: Vec<T>,
}

/// The gradients that leave the time loop.
pub(crate) struct CellGrads<T> {
    /// Of the input projection, (N, G·H).
    pub z: Vec<T>,
    /// Of W_hh h_{t−1} + b_hh where it differs, in a GRU, (N, G·H).
    pub z_hh: Option<Vec<T>>,
    /// Of the initial state, (B, H).
    pub h0: Vec<T>,
    /// Of the initial cell state, (B, H) or empty.
    pub c0: Vec<T>,
}

impl Cell {
    /// The steps in order. `z` is the input projection W_ih x + b, (N, G·H).
    pub(super) fn forward<T: Scalar>(self, inputs: &CellInputs<T>, z: Vec<T>) -> SavedActivations<T> {
        // The products of the time loop are faster with W_hh transposed, (H, G·H).
        let w_hh_t = transposed(inputs.w_hh, inputs.hidden);
        let w_hh_t = Matrix::new(&w_hh_t, self.gates() * inputs.hidden);
        match self {
            Self::Rnn(act) => rnn::forward(inputs, act, w_hh_t, z),
            Self::Lstm => lstm::forward(inputs, w_hh_t, z),
            Self::Gru => gru::forward(inputs, w_hh_t, z),
        }
    }

    /// The steps in reverse order. `d_h` is the gradient of every h_t, (N, H), `d_h_n` and `d_c_n` those of the final
    /// states.
    pub(super) fn backward<T: Scalar>(
        self,
        inputs: &CellInputs<T>,
        saved: &SavedActivations<T>,
        d_h: Vec<T>,
        d_h_n: Vec<T>,
        d_c_n: Vec<T>,
    ) -> CellGrads<T> {
        match self {
            Self::Rnn(act) => rnn::backward(inputs, act, saved, d_h, d_h_n),
            Self::Lstm => lstm::backward(inputs, saved, d_h, d_h_n, d_c_n),
            Self::Gru => gru::backward(inputs, saved, d_h, d_h_n),
        }
    }
}
