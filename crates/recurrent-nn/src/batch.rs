//! What a model reads at one training step.

use crate::{Error, Result};
use candle_core::Tensor;

/// Some sequences, padded to one length, with what a model needs to know of them.
///
/// ```
/// # use candle_core::{Device, Tensor};
/// use recurrent_nn::Batch;
/// # fn main() -> recurrent_nn::Result<()> {
/// let ids = Tensor::new(&[[3u32, 5, 2], [4, 2, 0]], &Device::Cpu)?; // (B, T), the second padded with 0
/// let classes = Tensor::new(&[1u32, 0], &Device::Cpu)?; // (B,)
/// let batch = Batch { target: Some(classes), ..Batch::new(ids, vec![3, 2]) };
/// # assert!(!batch.training);
/// # Ok(()) }
/// ```
#[derive(Debug, Clone)]
pub struct Batch {
    /// What the model reads: token ids (B, T) of u32, or numbers, such as (B, T, E).
    pub input: Tensor,
    /// The length of each sequence without its padding, B numbers in 1..=T.
    pub lengths: Vec<usize>,
    /// What the decoder of an encoder-decoder reads, e.g. the ids (B, T') of the target's words, each one step late
    /// (teacher forcing); none of other models.
    pub decoder_input: Option<Tensor>,
    /// What the loss compares the model's result with, e.g. the class of each sequence, shape (B,), dtype u32; none
    /// when a model only predicts.
    pub target: Option<Tensor>,
    /// Whether the model learns from this batch: dropout is on.
    pub training: bool,
    /// The number of the training step. Dropout draws its mask from it, so a resumed run repeats exactly.
    pub step: u64,
}

impl Batch {
    /// A batch to predict from: without a target, not in training.
    pub fn new(input: Tensor, lengths: Vec<usize>) -> Self {
        Self { input, lengths, decoder_input: None, target: None, training: false, step: 0 }
    }
}

/// Where a trainer takes its batches from.
pub trait BatchSource {
    /// Rows that the batches of one epoch hold together: those that are left out do not count. A
    /// [`Schedule`](crate::Schedule) is spread over them.
    fn rows(&self) -> usize;
    /// The batches of one epoch. The same number gives the same batches in the same order.
    fn epoch(&self, epoch: usize) -> Box<dyn Iterator<Item = Result<Batch>> + '_>;

    /// The first batch of the first epoch, to look at. Errors: [`Error::NoRows`]; those of making it.
    fn first_batch(&self) -> Result<Batch> {
        self.epoch(0).next().unwrap_or(Err(Error::NoRows { operation: "first_batch", rows: "rows" }))
    }

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
