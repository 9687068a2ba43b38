//! The sizes of a recurrent layer over a batch, and where its weights lie among packed numbers.

use super::{cell::Cell, packing::DirectionRows};

/// One layer, in one or both directions, over one batch.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RnnDims {
    pub cell: Cell,
    /// B and T.
    pub batch: usize,
    pub steps: usize,
    /// E and H.
    pub input: usize,
    pub hidden: usize,
    /// D: 1, or 2: forwards, and backwards from each sequence's own end.
    pub directions: usize,
    /// Whether a single direction runs backwards.
    pub reverse: bool,
    pub two_biases: bool,
    /// Whether there is an initial state; otherwise it is zero.
    pub initial: bool,
    /// Whether the gates are an output.
    pub gates: bool,
}

/// The weights of one direction.
#[derive(Clone, Copy)]
pub(super) struct WeightSlices<'a, T> {
    /// (G·H, E)
    pub w_ih: &'a [T],
    /// (G·H, H)
    pub w_hh: &'a [T],
    /// (G·H)
    pub b_ih: &'a [T],
    /// (G·H)
    pub b_hh: Option<&'a [T]>,
}

impl RnnDims {
    /// G·H, the rows of the weights.
    pub(crate) fn gate_rows(&self) -> usize {
        self.cell.gates() * self.hidden
    }

    /// D·H, the width of an output.
    pub(crate) fn output_width(&self) -> usize {
        self.directions * self.hidden
    }

    /// Whether a direction runs from each sequence's end.
    pub(super) fn backwards(&self, direction: usize) -> bool {
        self.reverse || direction == 1
    }

    /// The rows of one direction among those of all, in h, c or the output.
    pub(super) fn direction_rows(&self, direction: usize) -> DirectionRows {
        DirectionRows { size: self.hidden, direction, directions: self.directions }
    }

    /// How many numbers the weights of one direction are: W_ih, W_hh, b_ih and, with two biases, b_hh, one after the
    /// other.
    pub(crate) fn weight_count(&self) -> usize {
        self.gate_rows() * (self.input + self.hidden + 1 + usize::from(self.two_biases))
    }

    /// The weights of one direction.
    pub(super) fn weights<'a, T>(&self, packed: &'a [T]) -> WeightSlices<'a, T> {
        let (w_ih, rest) = packed.split_at(self.gate_rows() * self.input);
        let (w_hh, rest) = rest.split_at(self.gate_rows() * self.hidden);
        let (b_ih, b_hh) = rest.split_at(self.gate_rows());
        WeightSlices { w_ih, w_hh, b_ih, b_hh: self.two_biases.then_some(b_hh) }
    }
}
