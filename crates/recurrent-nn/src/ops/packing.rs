//! The sizes of a recurrent layer over a batch, sequences of different lengths in packed order, so that padding costs
//! nothing, and the copies into that order and back.

use super::{Cell, Scalar};
use crate::{Error, Result};
use std::ops::Range;

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

    /// The weights of one direction, the first of its parameters.
    pub(super) fn weights<'a, T>(&self, parameters: &'a [T]) -> WeightSlices<'a, T> {
        let (w_ih, rest) = parameters[..self.weight_count()].split_at(self.gate_rows() * self.input);
        let (w_hh, rest) = rest.split_at(self.gate_rows() * self.hidden);
        let (b_ih, b_hh) = rest.split_at(self.gate_rows());
        WeightSlices { w_ih, w_hh, b_ih, b_hh: self.two_biases.then_some(b_hh) }
    }
}

/// Sequences in time-first order, the longest first: step 0 of all, then step 1 of those that have one, and so on.
///
/// Lengths 3, 1, 2 give the rows a0 c0 b0, a1 c1, a2: at each step the sequences that have not ended are the first
/// ones. The layout is that of
/// [`pack_padded_sequence`](https://docs.pytorch.org/docs/stable/generated/torch.nn.utils.rnn.pack_padded_sequence.html).
#[derive(Debug, Clone)]
pub(crate) struct Packing {
    /// The batch row of each sequence, the longest first; equal lengths keep their order.
    pub(crate) order: Vec<usize>,
    /// The length of each sequence in that order.
    pub(crate) lengths: Vec<usize>,
    /// The packed row at which each step begins; the last entry is the number of packed rows.
    starts: Vec<usize>,
    /// T, the number of time steps of the padded batch.
    steps: usize,
}

/// The packed rows start..end of one step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct StepRows {
    pub start: usize,
    pub end: usize,
    /// Where the previous step starts; none at step 0.
    pub previous: Option<usize>,
}

impl StepRows {
    /// The number of sequences that have this step.
    pub(crate) fn rows(&self) -> usize {
        self.end - self.start
    }
}

impl Packing {
    /// Errors if the number of lengths is not the batch's, or one is 0 or beyond `steps`. Without lengths all have
    /// `steps`.
    pub(crate) fn new(operation: &'static str, batch: usize, steps: usize, lengths: Option<&[usize]>) -> Result<Self> {
        let full = vec![steps; if lengths.is_none() { batch } else { 0 }];
        let lengths = lengths.unwrap_or(&full);
        if lengths.len() != batch {
            return Err(Error::Shape {
                operation,
                expected: format!("{batch} lengths, one for each sequence of the batch"),
                got: format!("{} lengths", lengths.len()),
            });
        }
        if let Some(row) = lengths.iter().position(|&l| l == 0 || l > steps) {
            return Err(Error::Length { operation, row, length: lengths[row], steps });
        }
        let mut order: Vec<usize> = (0..batch).collect();
        order.sort_by_key(|&row| std::cmp::Reverse(lengths[row]));
        let lengths: Vec<usize> = order.iter().map(|&row| lengths[row]).collect();
        Ok(Self::sorted(order, lengths, steps))
    }

    /// Of sequences with the longest first.
    fn sorted(order: Vec<usize>, lengths: Vec<usize>, steps: usize) -> Self {
        let mut starts = vec![0];
        let (mut running, mut end) = (order.len(), 0);
        for step in 0..lengths.first().copied().unwrap_or(0) {
            while lengths[running - 1] <= step {
                running -= 1;
            }
            end += running;
            starts.push(end);
        }
        Self { order, lengths, starts, steps }
    }

    /// The sequences dealt out to this many parts of about the same work.
    pub(crate) fn parts(&self, count: usize) -> Vec<Self> {
        let dealt = |all: &[usize], part: usize| all[part..].iter().step_by(count).copied().collect();
        (0..count).map(|part| Self::sorted(dealt(&self.order, part), dealt(&self.lengths, part), self.steps)).collect()
    }

    /// N, the number of steps of all sequences together.
    pub(crate) fn rows(&self) -> usize {
        self.starts[self.starts.len() - 1]
    }

    /// The steps in order.
    pub(crate) fn steps(&self) -> impl DoubleEndedIterator<Item = StepRows> {
        (1..self.starts.len()).map(|end| StepRows {
            start: self.starts[end - 1],
            end: self.starts[end],
            previous: end.checked_sub(2).map(|previous| self.starts[previous]),
        })
    }

    /// The index b·T + t in the padded batch of each packed row. A reversed sequence starts at its own last step.
    pub(crate) fn padded_index(&self, reverse: bool) -> Vec<usize> {
        let mut index = Vec::with_capacity(self.rows());
        for (time, step) in self.steps().enumerate() {
            for (row, length) in self.order.iter().zip(&self.lengths).take(step.rows()) {
                let time = if reverse { length - 1 - time } else { time };
                index.push(row * self.steps + time);
            }
        }
        index
    }

    /// The packed row of each sequence's last step, in packed order.
    pub(crate) fn last_rows(&self) -> Vec<usize> {
        let last = |(sequence, length): (usize, &usize)| self.starts[length - 1] + sequence;
        self.lengths.iter().enumerate().map(last).collect()
    }
}

/// Rows of `size` numbers, one for each index and direction, (rows, directions, size); here those of one direction.
#[derive(Clone, Copy)]
pub(super) struct DirectionRows {
    pub size: usize,
    pub direction: usize,
    pub directions: usize,
}

impl DirectionRows {
    fn range(&self, index: usize) -> Range<usize> {
        let start = (index * self.directions + self.direction) * self.size;
        start..start + self.size
    }

    /// Copies each packed row to its index.
    pub(super) fn scatter<T: Copy>(&self, to: &mut [T], rows: &[T], index: &[usize]) {
        self.scatter_parts(to, rows, self.size, index);
    }

    /// Copies the first numbers of each packed row, one every `stride` numbers, to its index.
    pub(super) fn scatter_parts<T: Copy>(&self, to: &mut [T], rows: &[T], stride: usize, index: &[usize]) {
        for (row, &index) in rows.chunks(stride).zip(index) {
            to[self.range(index)].copy_from_slice(&row[..self.size]);
        }
    }

    /// The rows at these indices, in their order.
    pub(super) fn gather<T: Copy>(&self, from: &[T], index: &[usize]) -> Vec<T> {
        let mut rows = Vec::with_capacity(index.len() * self.size);
        for &index in index {
            rows.extend_from_slice(&from[self.range(index)]);
        }
        rows
    }
}

/// An input x (B, T, E) inside a tensor's storage; each vector is contiguous.
#[derive(Clone, Copy)]
pub(super) struct InputView<'a, T> {
    pub values: &'a [T],
    pub steps: usize,
    pub row_stride: usize,
    pub step_stride: usize,
}

impl<T: Scalar> InputView<'_, T> {
    /// The vectors at some indices b·T + t, in their order.
    pub(super) fn gather(&self, index: &[usize], size: usize) -> Vec<T> {
        let mut rows = Vec::with_capacity(index.len() * size);
        for index in index {
            let (row, step) = (index / self.steps, index % self.steps);
            let start = row * self.row_stride + step * self.step_stride;
            rows.extend_from_slice(&self.values[start..start + size]);
        }
        rows
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_come_first_and_the_batch_shrinks() {
        let packing = Packing::new("test", 3, 4, Some(&[3, 1, 2])).unwrap();
        assert_eq!(packing.order, [0, 2, 1]);
        let ranges: Vec<_> = packing.steps().map(|step| (step.start, step.end)).collect();
        assert_eq!(ranges, [(0, 3), (3, 5), (5, 6)]);
        let previous: Vec<_> = packing.steps().map(|step| step.previous).collect();
        assert_eq!(previous, [None, Some(0), Some(3)]);
        assert_eq!(packing.padded_index(false), [0, 8, 4, 1, 9, 2]);
        assert_eq!(packing.padded_index(true), [2, 9, 4, 1, 8, 0]);
        assert_eq!(packing.last_rows(), [5, 4, 2]);
    }

    #[test]
    fn the_parts_have_all_sequences_once() {
        let parts = Packing::new("test", 5, 4, Some(&[3, 1, 2, 4, 1])).unwrap().parts(2);
        let of = |part: &Packing| (part.order.clone(), part.lengths.clone(), part.rows());
        assert_eq!(of(&parts[0]), (vec![3, 2, 4], vec![4, 2, 1], 7));
        assert_eq!(of(&parts[1]), (vec![0, 1], vec![3, 1], 4));
        assert_eq!(parts[1].padded_index(false), [0, 4, 1, 2]);
    }

    #[test]
    fn wrong_lengths_are_named() {
        let error = |lengths: &[usize]| Packing::new("test", 2, 4, Some(lengths)).unwrap_err().to_string();
        assert!(error(&[1]).contains("expected 2 lengths"), "{}", error(&[1]));
        for wrong in [0, 5] {
            let message = error(&[1, wrong]);
            let expected = format!("the length of sequence 1 is {wrong}, expected 1 to 4");
            assert!(message.contains(&expected), "{message}");
        }
    }
}
