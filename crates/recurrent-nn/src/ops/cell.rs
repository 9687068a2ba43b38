//! What the three cells have in common: one direction of one layer over packed sequences.

use super::{
    Scalar, gru, lstm,
    matrix::{Matrix, transposed},
    packing::{Packing, Step},
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

    /// States that go from step to step: h, and c for the LSTM.
    pub const fn states(self) -> usize {
        match self {
            Self::Lstm => 2,
            Self::Rnn(_) | Self::Gru => 1,
        }
    }
}

/// What one direction reads. States are in packed order, (B, H).
pub(super) struct Pass<'a, T> {
    pub packing: &'a Packing,
    pub hidden: usize,
    /// W_hh, (G·H, H).
    pub w_hh: &'a [T],
    /// The bias inside the reset gate of a GRU, (G·H,); elsewhere it is part of the projection.
    pub b_hh: Option<&'a [T]>,
    pub h0: &'a [T],
    /// Empty unless the cell is an LSTM.
    pub c0: &'a [T],
}

impl<T: Scalar> Pass<'_, T> {
    /// The state before a step, of the sequences that run in it: `first` at step 0, then the rows that come before in `states`.
    pub(super) fn previous<'b>(&self, first: &'b [T], states: &'b [T], step: &Step) -> &'b [T] {
        let wanted = step.rows() * self.hidden;
        match step.before {
            Some(start) => &states[start * self.hidden..][..wanted],
            None => &first[..wanted],
        }
    }
}

/// What a forward pass keeps for the way back, one row for each packed step.
#[derive(Default)]
pub(super) struct Trace<T> {
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
pub(super) struct Deltas<T> {
    /// Of the input projection, (N, G·H).
    pub z: Vec<T>,
    /// Of W_hh h_{t−1} + b_hh, where it differs (GRU), (N, G·H).
    pub z_hh: Option<Vec<T>>,
    /// Of the initial state, (B, H).
    pub h0: Vec<T>,
    /// Of the initial cell state, (B, H) or empty.
    pub c0: Vec<T>,
}

impl Cell {
    /// All steps in order. `z` is the input projection W_ih x + b, (N, G·H).
    pub(super) fn forward<T: Scalar>(self, pass: &Pass<T>, z: Vec<T>) -> Trace<T> {
        // The products of the time loop are faster with the weights laid out as (H, G·H).
        let w_hh_t = transposed(pass.w_hh, pass.hidden);
        let w_hh_t = Matrix::new(&w_hh_t, self.gates() * pass.hidden);
        match self {
            Self::Rnn(act) => rnn::forward(pass, act, w_hh_t, z),
            Self::Lstm => lstm::forward(pass, w_hh_t, z),
            Self::Gru => gru::forward(pass, w_hh_t, z),
        }
    }

    /// All steps backwards. `d_h` is the gradient of every h_t, (N, H), `d_h_n` and `d_c_n` those of the final states.
    pub(super) fn backward<T: Scalar>(
        self,
        pass: &Pass<T>,
        trace: &Trace<T>,
        d_h: Vec<T>,
        d_h_n: Vec<T>,
        d_c_n: Vec<T>,
    ) -> Deltas<T> {
        match self {
            Self::Rnn(act) => rnn::backward(pass, act, trace, d_h, d_h_n),
            Self::Lstm => lstm::backward(pass, trace, d_h, d_h_n, d_c_n),
            Self::Gru => gru::backward(pass, trace, d_h, d_h_n),
        }
    }
}
