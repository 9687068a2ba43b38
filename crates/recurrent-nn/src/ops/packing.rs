//! Sequences of different lengths, laid out so that padding costs nothing.

use crate::{Error, Result};

/// Sequences in time-first order, the longest first: step 0 of all, then step 1 of those that have one, and so on.
///
/// Lengths 3, 1, 2 give the rows a0 c0 b0, a1 c1, a2: at each step the sequences that still run are the first ones. The same layout
/// as [`pack_padded_sequence`](https://docs.pytorch.org/docs/stable/generated/torch.nn.utils.rnn.pack_padded_sequence.html).
#[derive(Debug, Clone)]
pub(crate) struct Packing {
    /// The batch row of each sequence, the longest first; equal lengths keep their order.
    order: Vec<usize>,
    /// Lengths in that order.
    lengths: Vec<usize>,
    /// The packed row at which each step begins; the last entry is the number of packed rows.
    starts: Vec<usize>,
    /// T, the number of time steps of the padded batch.
    steps: usize,
}

/// The packed rows start..end of one step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Step {
    pub start: usize,
    pub end: usize,
    /// Where the step before starts; none at step 0.
    pub before: Option<usize>,
}

impl Step {
    /// How many sequences run in it.
    pub(crate) fn rows(&self) -> usize {
        self.end - self.start
    }
}

impl Packing {
    /// Errors if the number of lengths is not the batch's, or one is 0 or beyond `steps`. Without lengths all have `steps`.
    pub(crate) fn new(
        operation: &'static str,
        batch: usize,
        steps: usize,
        lengths: Option<&[usize]>,
    ) -> Result<Self> {
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
            return Err(Error::Length {
                operation,
                row,
                length: lengths[row],
                steps,
            });
        }
        let mut order: Vec<usize> = (0..batch).collect();
        order.sort_by_key(|&row| std::cmp::Reverse(lengths[row]));
        let lengths: Vec<usize> = order.iter().map(|&row| lengths[row]).collect();
        let mut starts = vec![0];
        let (mut running, mut end) = (batch, 0);
        for step in 0..lengths.first().copied().unwrap_or(0) {
            while lengths[running - 1] <= step {
                running -= 1;
            }
            end += running;
            starts.push(end);
        }
        Ok(Self {
            order,
            lengths,
            starts,
            steps,
        })
    }

    /// N, the number of steps of all sequences together.
    pub(crate) fn rows(&self) -> usize {
        self.starts[self.starts.len() - 1]
    }

    /// The steps in order.
    pub(crate) fn steps(&self) -> impl DoubleEndedIterator<Item = Step> {
        (1..self.starts.len()).map(|end| Step {
            start: self.starts[end - 1],
            end: self.starts[end],
            before: end.checked_sub(2).map(|before| self.starts[before]),
        })
    }

    /// The batch row of each sequence, in packed order.
    pub(crate) fn order(&self) -> &[usize] {
        &self.order
    }

    /// The length of each sequence, in packed order.
    #[cfg(any(test, feature = "cuda"))]
    pub(crate) fn lengths(&self) -> &[usize] {
        &self.lengths
    }

    /// For each packed row its place b·T + t in the padded batch. A reversed sequence starts at its own last step.
    pub(crate) fn places(&self, reverse: bool) -> Vec<usize> {
        let mut places = Vec::with_capacity(self.rows());
        for (time, step) in self.steps().enumerate() {
            for (row, length) in self.order.iter().zip(&self.lengths).take(step.rows()) {
                let time = if reverse { length - 1 - time } else { time };
                places.push(row * self.steps + time);
            }
        }
        places
    }

    /// The packed row of each sequence's last step, in packed order.
    pub(crate) fn last_rows(&self) -> Vec<usize> {
        let last = |(sequence, length): (usize, &usize)| self.starts[length - 1] + sequence;
        self.lengths.iter().enumerate().map(last).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_come_first_and_the_batch_shrinks() {
        let packing = Packing::new("test", 3, 4, Some(&[3, 1, 2])).unwrap();
        assert_eq!(packing.order(), [0, 2, 1]);
        let ranges: Vec<_> = packing.steps().map(|step| (step.start, step.end)).collect();
        assert_eq!(ranges, [(0, 3), (3, 5), (5, 6)]);
        let before: Vec<_> = packing.steps().map(|step| step.before).collect();
        assert_eq!(before, [None, Some(0), Some(3)]);
        assert_eq!(packing.places(false), [0, 8, 4, 1, 9, 2]);
        assert_eq!(packing.places(true), [2, 9, 4, 1, 8, 0]);
        assert_eq!(packing.last_rows(), [5, 4, 2]);
    }

    #[test]
    fn wrong_lengths_are_named() {
        let error = |lengths: &[usize]| {
            Packing::new("test", 2, 4, Some(lengths))
                .unwrap_err()
                .to_string()
        };
        assert!(
            error(&[1]).contains("expected 2 lengths"),
            "{}",
            error(&[1])
        );
        for wrong in [0, 5] {
            let message = error(&[1, wrong]);
            let expected = format!("the length of sequence 1 is {wrong}, expected 1 to 4");
            assert!(message.contains(&expected), "{message}");
        }
    }
}
