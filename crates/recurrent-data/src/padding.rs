//! Sequences of different lengths filled up to one length, and the mask of the padding.

/// On which side a shorter sequence is filled up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PaddingSide {
    /// After its end, as Keras `TextVectorization` and PyTorch `pad_sequence` do.
    #[default]
    Right,
    /// Before its start, as Keras `pad_sequences` does. A layer that masks by lengths takes the first steps of a
    /// sequence, so it needs the other side.
    Left,
}

/// Some sequences, filled up to the longest of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaddedBatch {
    /// Token ids, B*T of them: row by row, padding is 0.
    pub ids: Vec<u32>,
    /// T, the length of the longest sequence.
    pub steps: usize,
    /// The length of each sequence without padding, B numbers in 1..=T.
    pub lengths: Vec<usize>,
    /// The class of each sequence, B numbers.
    pub labels: Vec<u32>,
    /// Where each sequence stands in the data, B numbers.
    pub rows: Vec<usize>,
    /// On which side the padding is.
    pub padding: PaddingSide,
}

impl PaddedBatch {
    /// B, the number of sequences.
    pub fn len(&self) -> usize {
        self.lengths.len()
    }

    /// Whether there is no sequence in it; [`Batches`](crate::Batches) makes no such batch.
    pub fn is_empty(&self) -> bool {
        self.lengths.is_empty()
    }

    /// The ids of one sequence with its padding, T numbers.
    pub fn sequence(&self, index: usize) -> &[u32] {
        &self.ids[index * self.steps..(index + 1) * self.steps]
    }

    /// 1 where there is a token, 0 where there is padding, B*T numbers, row by row.
    pub fn mask(&self) -> Vec<u8> {
        let token = |length: usize, t: usize| match self.padding {
            PaddingSide::Right => t < length,
            PaddingSide::Left => t >= self.steps - length,
        };
        self.lengths.iter().flat_map(|&length| (0..self.steps).map(move |t| u8::from(token(length, t)))).collect()
    }

    /// The share of the ids that is padding, from 0 to 1; 0 where there are none.
    pub fn padding_share(&self) -> f64 {
        padding_share(self.lengths.iter().sum(), self.ids.len())
    }
}

/// The share of the cells that are no tokens.
pub(crate) fn padding_share(tokens: usize, cells: usize) -> f64 {
    1.0 - match cells {
        0 => 1.0,
        cells => tokens as f64 / cells as f64,
    }
}
