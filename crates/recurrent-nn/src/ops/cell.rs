//! What the three cells have in common: the time loop of one direction over packed sequences.

use super::{
    Scalar, gru, lstm,
    matrix::{Matrix, transposed},
    packing::{Packing, StepRows},
    rnn::{self, Nonlinearity},
};

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

/// The inputs of the time loop besides the projection W_ih x + b. States are in packed order, (B, H).
pub(super) struct CellInputs<'a, T> {
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
    pub(super) fn previous<'b>(&self, first: &'b [T], states: &'b [T], step: &StepRows) -> &'b [T] {
        let wanted = step.rows() * self.hidden;
        match step.previous {
            Some(start) => &states[start * self.hidden..][..wanted],
            None => &first[..wanted],
        }
    }
}

/// What the time loop keeps for the backward pass, one row for each packed step.
#[derive(Default)]
pub(super) struct SavedActivations<T> {
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
pub(super) struct CellGrads<T> {
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
