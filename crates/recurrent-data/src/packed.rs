//! Padding left out: the order in which a packed batch is computed.

use crate::{Error, PAD, PaddedBatch, PaddingSide, Result};

/// Sequences of different lengths, step by step instead of row by row: first every sequence's first token, then every
/// second one, and so on. The longest sequence comes first, so at each step the sequences that are still running are
/// the first `batch_sizes[t]` ones. The same as PyTorch's `PackedSequence`.
///
/// ```
/// use recurrent_data::PackedSequence;
/// let padded = [1, 2, 3, 4, 5,  6, 7, 8, 0, 0,  9, 0, 0, 0, 0];
/// let packed = PackedSequence::pack(&padded, 5, &[5, 3, 1])?;
/// assert_eq!(packed.data, [1, 6, 9, 2, 7, 3, 8, 4, 5]);
/// assert_eq!(packed.batch_sizes, [3, 2, 2, 1, 1]);
/// assert_eq!(packed.unpack(0), padded);
/// # Ok::<(), recurrent_data::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackedSequence<T> {
    /// The tokens, as many as all lengths together.
    pub data: Vec<T>,
    /// How many sequences are still running at each step; T numbers that fall.
    pub batch_sizes: Vec<usize>,
    /// Where each sequence, longest first, stands in the batch; B numbers.
    pub sorted_indices: Vec<usize>,
}

impl<T: Copy> PackedSequence<T> {
    /// `padded` holds B rows of `steps` values, padding on the right; `lengths` are B numbers of at most `steps`.
    ///
    /// # Errors
    /// Lengths that do not fit the padded values.
    pub fn pack(padded: &[T], steps: usize, lengths: &[usize]) -> Result<Self> {
        let wrong = |expected, got| Error::argument("PackedSequence::pack", expected, got);
        if steps.checked_mul(lengths.len()) != Some(padded.len()) {
            let rows = lengths.len();
            return Err(wrong(
                format!("{rows} rows of {steps} values, one row for each length"),
                format!("{} values", padded.len()),
            ));
        }
        match lengths.iter().position(|&length| length > steps) {
            Some(row) => Err(wrong(
                format!("lengths of at most {steps}, the number of steps"),
                format!("{} for row {row}", lengths[row]),
            )),
            None => Ok(Self::pack_rows(padded, steps, lengths)),
        }
    }

    fn pack_rows(padded: &[T], steps: usize, lengths: &[usize]) -> Self {
        let mut sorted_indices: Vec<usize> = (0..lengths.len()).collect();
        sorted_indices.sort_by_key(|&row| std::cmp::Reverse(lengths[row]));
        let (mut data, mut batch_sizes) = (Vec::with_capacity(lengths.iter().sum()), Vec::with_capacity(steps));
        for t in 0..lengths.iter().copied().max().unwrap_or(0) {
            let running = sorted_indices.partition_point(|&row| lengths[row] > t);
            data.extend(sorted_indices[..running].iter().map(|&row| padded[row * steps + t]));
            batch_sizes.push(running);
        }
        Self { data, batch_sizes, sorted_indices }
    }

    /// The length of each sequence, in the order of the batch.
    pub fn lengths(&self) -> Vec<usize> {
        let mut lengths = vec![0; self.sorted_indices.len()];
        for &running in &self.batch_sizes {
            self.sorted_indices[..running].iter().for_each(|&row| lengths[row] += 1);
        }
        lengths
    }

    /// Back to rows of as many steps as the longest sequence has, filled up with `padding` on the right.
    pub fn unpack(&self, padding: T) -> Vec<T> {
        let steps = self.batch_sizes.len();
        let mut padded = vec![padding; steps * self.sorted_indices.len()];
        let mut data = self.data.iter();
        for (t, &running) in self.batch_sizes.iter().enumerate() {
            for (&row, &value) in self.sorted_indices[..running].iter().zip(data.by_ref()) {
                padded[row * steps + t] = value;
            }
        }
        padded
    }
}

impl PaddedBatch {
    /// The same tokens without their padding, step by step.
    pub fn pack(&self) -> PackedSequence<u32> {
        let starts = self.lengths.iter().enumerate().map(|(row, &length)| match self.padding {
            PaddingSide::Right => row * self.steps,
            PaddingSide::Left => (row + 1) * self.steps - length,
        });
        let mut right = vec![PAD; self.ids.len()];
        for (row, (start, &length)) in starts.zip(&self.lengths).enumerate() {
            right[row * self.steps..][..length].copy_from_slice(&self.ids[start..start + length]);
        }
        PackedSequence::pack_rows(&right, self.steps, &self.lengths)
    }
}
