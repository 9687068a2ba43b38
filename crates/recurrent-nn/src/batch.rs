//! What a model reads at one training step.

use crate::Result;
use candle_core::Tensor;

/// Some sequences of token ids, padded to one length, with what a model needs to know of them.
#[derive(Debug, Clone)]
pub struct Batch {
    /// Token ids, shape (B, T), dtype u32.
    pub ids: Tensor,
    /// The length of each sequence without its padding, B numbers in 1..=T.
    pub lengths: Vec<usize>,
    /// The class of each sequence, shape (B,), dtype u32; none when a model only predicts.
    pub labels: Option<Tensor>,
    /// Whether the model learns from this batch: dropout is on.
    pub training: bool,
    /// The number of the training step. Dropout draws its mask from it, so a resumed run repeats exactly.
    pub step: u64,
}

/// Where a trainer takes its batches from.
pub trait BatchSource {
    /// Rows that the batches of one epoch hold together: those that are left out do not count. A
    /// [`Schedule`](crate::Schedule) is spread over them.
    fn rows(&self) -> usize;
    /// The batches of one epoch. The same number gives the same batches in the same order.
    fn epoch(&self, epoch: usize) -> Box<dyn Iterator<Item = Result<Batch>> + '_>;

    /// The batches of one epoch without its first `done`: those that a resumed training has left. The default makes the
    /// first ones too, and drops them; a source that can begin later should.
    fn epoch_from(&self, epoch: usize, done: usize) -> Box<dyn Iterator<Item = Result<Batch>> + '_> {
        Box::new(self.epoch(epoch).skip(done))
    }

    /// What decides which batches an epoch has, for people to read: rows, batch size, seed of the order. A trainer that
    /// goes on in the middle of an epoch, also one from a checkpoint, refuses batches with another text. The default
    /// tells the rows only.
    fn fingerprint(&self) -> String {
        format!("{} rows", self.rows())
    }
}
