//! What a model reads at one training step, and where it comes from.

use crate::{Error, Result, rng};
use candle_core::Tensor;
use std::fmt;

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

    /// Its target. Errors: [`Error::NoTarget`].
    pub fn target(&self) -> Result<&Tensor> {
        self.target.as_ref().ok_or(Error::NoTarget)
    }

    /// What the decoder reads. Errors: [`Error::NoDecoderInput`].
    pub fn decoder_input(&self) -> Result<&Tensor> {
        self.decoder_input.as_ref().ok_or(Error::NoDecoderInput)
    }

    /// Some of its rows, by their numbers.
    fn select(&self, rows: &[usize]) -> Result<Self> {
        let ids: Vec<u32> = rows.iter().map(|&row| row as u32).collect();
        let select = |tensor: &Tensor| -> Result<Tensor> {
            let ids = Tensor::new(ids.as_slice(), tensor.device())?;
            Ok(tensor.contiguous()?.index_select(&ids, 0)?)
        };
        Ok(Self {
            input: select(&self.input)?,
            lengths: rows.iter().map(|&row| self.lengths[row]).collect(),
            decoder_input: self.decoder_input.as_ref().map(select).transpose()?,
            target: self.target.as_ref().map(select).transpose()?,
            ..*self
        })
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

/// Batches of rows that are tensors: all rows as one [`Batch`], cut into smaller ones. The counterpart of
/// [`torch.utils.data.TensorDataset`](https://docs.pytorch.org/docs/stable/data.html) in a `DataLoader`.
///
/// ```
/// # use candle_core::{DType, Device, Tensor};
/// use recurrent_nn::{Batch, BatchSource, TensorBatches};
/// # fn main() -> recurrent_nn::Result<()> {
/// let windows = Tensor::zeros((5, 24, 1), DType::F32, &Device::Cpu)?; // 5 rows of 24 numbers
/// let next = Tensor::zeros((5, 1), DType::F32, &Device::Cpu)?;
/// let rows = Batch { target: Some(next), ..Batch::new(windows, vec![24; 5]) };
/// let batches = TensorBatches::new(rows, 2, Some(7))?; // 2 rows a batch, in an order of seed 7
/// let sizes: Vec<usize> = batches.epoch(0).map(|batch| Ok(batch?.lengths.len())).collect::<recurrent_nn::Result<_>>()?;
/// assert_eq!(sizes, [2, 2, 1]);
/// # Ok(()) }
/// ```
#[derive(Debug, Clone)]
pub struct TensorBatches {
    rows: Batch,
    batch_size: usize,
    shuffle: Option<u64>,
}

impl TensorBatches {
    /// Batches of `batch_size` rows, the last one of what is left. `shuffle` is the seed of a new order in each epoch;
    /// without it the rows come as they are.
    ///
    /// Errors: [`Error::Config`] for a `batch_size` of 0; [`Error::Shape`] if the lengths or a tensor have another
    /// number of rows than the input.
    pub fn new(rows: Batch, batch_size: usize, shuffle: Option<u64>) -> Result<Self> {
        if batch_size == 0 {
            return Err(Error::Config {
                operation: "TensorBatches::new",
                field: "batch_size",
                expected: "at least 1".into(),
                got: "0".into(),
            });
        }
        let count = |tensor: &Tensor| tensor.dims().first().copied().unwrap_or(0);
        let expected = count(&rows.input);
        let others = [
            ("lengths", Some(rows.lengths.len())),
            ("rows of `decoder_input`", rows.decoder_input.as_ref().map(count)),
            ("rows of `target`", rows.target.as_ref().map(count)),
        ];
        for (what, got) in others {
            if let Some(got) = got.filter(|&got| got != expected) {
                return Err(Error::Shape {
                    operation: "TensorBatches::new",
                    expected: format!("{expected} {what}, as many as rows of `input`"),
                    got: got.to_string(),
                });
            }
        }
        Ok(Self { rows, batch_size, shuffle })
    }
}

impl BatchSource for TensorBatches {
    fn rows(&self) -> usize {
        self.rows.lengths.len()
    }

    fn epoch(&self, epoch: usize) -> Box<dyn Iterator<Item = Result<Batch>> + '_> {
        self.epoch_from(epoch, 0)
    }

    fn epoch_from(&self, epoch: usize, done: usize) -> Box<dyn Iterator<Item = Result<Batch>> + '_> {
        let mut order: Vec<usize> = (0..self.rows()).collect();
        if let Some(seed) = self.shuffle {
            rng::shuffle(&mut order, seed, epoch as u64);
        }
        let batches = order.len().div_ceil(self.batch_size);
        Box::new((done..batches).map(move |batch| {
            let first = batch * self.batch_size;
            self.rows.select(&order[first..order.len().min(first + self.batch_size)])
        }))
    }

    fn fingerprint(&self) -> String {
        let order = self.shuffle.map_or("in order".into(), |seed| format!("in an order of seed {seed}"));
        format!("{} rows in batches of {}, {order}", self.rows(), self.batch_size)
    }
}

/// Batches that a function makes when they are asked for, e.g. of a task without end.
///
/// ```
#[doc = include_str!("doc_net.rs.in")]
/// # fn main() -> Result<()> {
/// // An epoch is 100 batches of 2 rows; the function gets the number of the epoch and of the batch in it.
/// let batches = GeneratedBatches::new(100, 2, |epoch, batch| {
///     let first = 100 * epoch as u32 + batch as u32;
///     labelled(&[[first, 2], [first, 3]], &[0, 1])
/// });
/// assert_eq!(batches.rows(), 200);
/// let third = batches.epoch_from(1, 2).next().unwrap()?;
/// assert_eq!(third.input.to_vec2::<u32>()?, [[102, 2], [102, 3]]);
/// # Ok(()) }
/// ```
pub struct GeneratedBatches<'a> {
    batches: usize,
    batch_size: usize,
    make: Box<Make<'a>>,
}

type Make<'a> = dyn Fn(usize, usize) -> Result<Batch> + 'a;

impl<'a> GeneratedBatches<'a> {
    /// An epoch of so many batches of `batch_size` rows. `make` gets the number of the epoch and of the batch in it,
    /// both from 0, and gives the same batch for the same numbers. Its error may be of any kind: [`Error::Batch`]
    /// tells it.
    pub fn new<E: Into<Box<dyn std::error::Error + Send + Sync>>>(
        batches: usize,
        batch_size: usize,
        make: impl Fn(usize, usize) -> std::result::Result<Batch, E> + 'a,
    ) -> Self {
        let make = move |epoch, batch| {
            make(epoch, batch).map_err(|error| match error.into().downcast::<Error>() {
                Ok(own) => *own,
                Err(other) => Error::Batch(other),
            })
        };
        Self { batches, batch_size, make: Box::new(make) }
    }
}

impl fmt::Debug for GeneratedBatches<'_> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "GeneratedBatches({})", self.fingerprint())
    }
}

impl BatchSource for GeneratedBatches<'_> {
    fn rows(&self) -> usize {
        self.batches * self.batch_size
    }

    fn epoch(&self, epoch: usize) -> Box<dyn Iterator<Item = Result<Batch>> + '_> {
        self.epoch_from(epoch, 0)
    }

    fn epoch_from(&self, epoch: usize, done: usize) -> Box<dyn Iterator<Item = Result<Batch>> + '_> {
        Box::new((done..self.batches).map(move |batch| (self.make)(epoch, batch)))
    }

    fn fingerprint(&self) -> String {
        format!("{} generated batches of {} rows", self.batches, self.batch_size)
    }
}
