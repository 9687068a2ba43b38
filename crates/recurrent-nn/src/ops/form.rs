//! The sizes of a layer over a batch, and how its tensors are packed into rows of numbers.

use super::{cell::Cell, rows::Block};

/// One layer, in one or both directions, over one batch.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Form {
    pub cell: Cell,
    /// B and T.
    pub batch: usize,
    pub steps: usize,
    /// E and H.
    pub input: usize,
    pub hidden: usize,
    /// 1, or 2: forwards, and backwards from each sequence's own end.
    pub directions: usize,
    /// Whether a single direction runs backwards.
    pub reverse: bool,
    pub two_biases: bool,
    /// Whether there is an initial state; else it is zero.
    pub initial: bool,
    /// Whether the result holds the gates.
    pub gates: bool,
}

/// One direction's weights.
#[derive(Clone, Copy)]
pub(super) struct Weights<'a, T> {
    /// (G·H, E)
    pub w_ih: &'a [T],
    /// (G·H, H)
    pub w_hh: &'a [T],
    /// (G·H)
    pub b_ih: &'a [T],
    /// (G·H)
    pub b_hh: Option<&'a [T]>,
}

impl Form {
    /// The largest H that there are kernels for on an NVIDIA card.
    pub(crate) const LARGEST_ON_CARD: usize = 256;

    /// G·H, the rows of the weights.
    pub(crate) fn rows(&self) -> usize {
        self.cell.gates() * self.hidden
    }

    /// D·H, the width of an output.
    pub(crate) fn wide(&self) -> usize {
        self.directions * self.hidden
    }

    /// Whether a direction runs from each sequence's end.
    pub(super) fn backwards(&self, direction: usize) -> bool {
        self.reverse || direction == 1
    }

    /// The rows of one direction's h, c or output among those of all.
    pub(super) fn block(&self, direction: usize) -> Block {
        Block {
            size: self.hidden,
            direction,
            directions: self.directions,
        }
    }

    /// How many numbers one direction's weights are: W_ih, W_hh, b_ih and, if there are two biases, b_hh, one after the other.
    pub(crate) fn weight_count(&self) -> usize {
        self.rows() * (self.input + self.hidden + 1 + usize::from(self.two_biases))
    }

    /// One direction's weights.
    pub(super) fn weights<'a, T>(&self, packed: &'a [T]) -> Weights<'a, T> {
        let (w_ih, rest) = packed.split_at(self.rows() * self.input);
        let (w_hh, rest) = rest.split_at(self.rows() * self.hidden);
        let (b_ih, b_hh) = rest.split_at(self.rows());
        Weights {
            w_ih,
            w_hh,
            b_ih,
            b_hh: self.two_biases.then_some(b_hh),
        }
    }

    /// Where the parts of a card's result lie, one after the other.
    #[cfg(any(test, feature = "cuda"))]
    pub(crate) fn parts(&self) -> Parts {
        let asked = usize::from(self.gates) * self.batch * self.steps;
        Parts {
            output: self.batch * self.steps * self.wide(),
            states: self.cell.states() * self.batch * self.wide(),
            gates: asked * self.cell.gates() * self.wide(),
            cells: asked * (self.cell.states() - 1) * self.wide(),
        }
    }
}

/// How many numbers each part of a card's result is.
#[cfg(any(test, feature = "cuda"))]
#[derive(Debug, Clone, Copy)]
pub(crate) struct Parts {
    /// (B, T, D·H)
    pub output: usize,
    /// h_n (B, D·H), and c_n (B, D·H) of an LSTM.
    pub states: usize,
    /// If asked for, (G, B, T, D·H).
    pub gates: usize,
    /// If asked for, the cell states of an LSTM, (B, T, D·H).
    pub cells: usize,
}

#[cfg(any(test, feature = "cuda"))]
impl Parts {
    pub(crate) fn total(&self) -> usize {
        self.output + self.states + self.gates + self.cells
    }
}
