//! The parts of a layer's result on a GPU, one after the other.

use crate::ops::RnnDims;

/// How many numbers each part is.
#[derive(Debug, Clone, Copy)]
pub(in crate::ops::gpu) struct Parts {
    /// (B, T, D·H)
    pub output: usize,
    /// h_n (B, D·H), and c_n (B, D·H) of an LSTM.
    pub states: usize,
    /// If requested, (G, B, T, D·H).
    pub gates: usize,
    /// If requested, the cell states of an LSTM, (B, T, D·H).
    pub cells: usize,
}

impl Parts {
    pub(in crate::ops::gpu) fn of(dims: &RnnDims) -> Self {
        let row = dims.output_width();
        let gate_rows = usize::from(dims.gates) * dims.batch * dims.steps;
        Self {
            output: dims.batch * dims.steps * row,
            states: dims.cell.states() * dims.batch * row,
            gates: gate_rows * dims.cell.gates() * row,
            cells: gate_rows * (dims.cell.states() - 1) * row,
        }
    }

    pub(in crate::ops::gpu) fn total(&self) -> usize {
        self.output + self.states + self.gates + self.cells
    }
}
