//! Sequences of different lengths to batches.

use crate::{
    Error, PAD, Result, UNK,
    padding::{PaddedBatch, PaddingSide, padding_share},
};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use std::{
    fmt::{self, Display, Formatter},
    sync::{Arc, OnceLock},
};
use xxhash_rust::xxh3::Xxh3Default;

/// How sequences are batched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchConfig {
    /// Sequences in a batch; the last one of an epoch may be smaller.
    pub batch_size: usize,
    /// The seed of the order, another one in each epoch; none: the order as given.
    pub shuffle: Option<u64>,
    /// Whether a smaller last batch is left out. With buckets each of them has a last batch, so that up to `batch_size
    /// - 1` rows of each are in no batch of any epoch (other ones, if shuffled); [`Batches::dropped_rows`] counts them.
    pub drop_last: bool,
    /// On which side a shorter sequence is filled up.
    pub padding: PaddingSide,
    /// Lengths at which one bucket ends and the next begins: only sequences of one bucket share a batch, so that little
    /// is padding. Empty: any sequences share a batch. The same as the boundaries of TensorFlow's
    /// `bucket_by_sequence_length`.
    pub bucket_boundaries: Vec<usize>,
}

impl Default for BatchConfig {
    fn default() -> Self {
        Self {
            batch_size: 16,
            shuffle: None,
            drop_last: false,
            padding: PaddingSide::default(),
            bucket_boundaries: Vec::new(),
        }
    }
}

/// What is not as by default, in words. Run folders keep this text: a field with another value than its default adds a
/// part, and no part that is there changes.
impl Display for BatchConfig {
    fn fmt(&self, f: &mut Formatter) -> fmt::Result {
        write!(f, "batches of {}", self.batch_size)?;
        if let Some(seed) = self.shuffle {
            write!(f, ", shuffled with seed {seed}")?;
        }
        if self.drop_last {
            f.write_str(", smaller last ones left out")?;
        }
        if self.padding == PaddingSide::Left {
            f.write_str(", padded on the left")?;
        }
        if !self.bucket_boundaries.is_empty() {
            write!(f, ", buckets up to {:?}", self.bucket_boundaries)?;
        }
        Ok(())
    }
}

/// Labelled sequences, handed out in batches, in an order that the seed and the number of the epoch fix.
#[derive(Debug, Clone)]
pub struct Batches {
    data: Arc<Sequences>,
    config: BatchConfig,
}

#[derive(Debug)]
struct Sequences {
    ids: Vec<Vec<u32>>,
    labels: Vec<u32>,
    empty: usize,
    hash: OnceLock<u64>,
}

impl Batches {
    /// `labels[i]` belongs to `ids[i]`. An empty sequence becomes one unknown token, as a recurrent layer needs a step;
    /// [`Batches::empty_sequences`] counts them.
    ///
    /// # Errors
    /// No sequence, another number of labels than sequences, a batch size of 0, or bucket boundaries that do not rise.
    pub fn new(mut ids: Vec<Vec<u32>>, labels: Vec<u32>, config: BatchConfig) -> Result<Self> {
        if ids.is_empty() {
            return Err(Error::argument("Batches::new", "at least one sequence", "none"));
        }
        if ids.len() != labels.len() {
            return Err(Error::argument(
                "Batches::new",
                format!("{} labels, one for each sequence", ids.len()),
                labels.len().to_string(),
            ));
        }
        if config.batch_size == 0 {
            return Err(Error::argument("Batches::new", "a batch_size of 1 or more", "0"));
        }
        if !config.bucket_boundaries.is_sorted_by(|a, b| a < b) {
            return Err(Error::argument(
                "Batches::new",
                "bucket_boundaries that rise",
                format!("{:?}", config.bucket_boundaries),
            ));
        }
        let mut empty = 0;
        for sequence in ids.iter_mut().filter(|sequence| sequence.is_empty()) {
            sequence.push(UNK);
            empty += 1;
        }
        Ok(Self { data: Arc::new(Sequences { ids, labels, empty, hash: OnceLock::new() }), config })
    }

    /// How many sequences there are.
    pub fn rows(&self) -> usize {
        self.data.ids.len()
    }

    /// How many sequences were empty and became one unknown token.
    pub fn empty_sequences(&self) -> usize {
        self.data.empty
    }

    /// How many sequences `drop_last` leaves out of each epoch; 0 without it.
    pub fn dropped_rows(&self) -> usize {
        match self.config.drop_last {
            true => self.rows() - self.plan(0).iter().map(Vec::len).sum::<usize>(),
            false => 0,
        }
    }

    /// How the sequences are batched.
    pub fn config(&self) -> &BatchConfig {
        &self.config
    }

    /// What decides which batches an epoch has: the same text, the same batches. It holds a hash of all ids and labels.
    ///
    /// ```
    /// use recurrent_data::{BatchConfig, Batches};
    /// let batches = |label| Batches::new(vec![vec![2, 3], vec![4]], vec![0, label], BatchConfig::default());
    /// assert_eq!(batches(1)?.fingerprint(), batches(1)?.fingerprint());
    /// assert_ne!(batches(1)?.fingerprint(), batches(0)?.fingerprint());
    /// # Ok::<(), recurrent_data::Error>(())
    /// ```
    pub fn fingerprint(&self) -> String {
        let hash = self.data.hash.get_or_init(|| self.data.hash());
        format!("{} rows of hash {hash:016x}, {}", self.rows(), self.config)
    }

    /// The batches of one epoch. The same seed and epoch give the same batches, so that a resumed training goes on
    /// exactly where it stopped.
    pub fn epoch(&self, epoch: usize) -> Epoch {
        Epoch { data: self.data.clone(), padding: self.config.padding, plan: self.plan(epoch).into_iter() }
    }

    /// The share of all ids of one epoch that is padding; 0 where the epoch has no batch.
    pub fn padding_share(&self, epoch: usize) -> f64 {
        let (mut cells, mut tokens) = (0, 0);
        for rows in self.plan(epoch) {
            let lengths = rows.iter().map(|&row| self.data.ids[row].len());
            cells += lengths.clone().max().unwrap_or(0) * rows.len();
            tokens += lengths.sum::<usize>();
        }
        padding_share(tokens, cells)
    }

    /// The rows of each batch: a bucket gives a batch when it is full, and what is left in the buckets comes at the
    /// end.
    fn plan(&self, epoch: usize) -> Vec<Vec<usize>> {
        let mut order: Vec<usize> = (0..self.rows()).collect();
        if let Some(seed) = self.config.shuffle {
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            rng.set_stream(epoch as u64);
            order.shuffle(&mut rng);
        }
        let boundaries = &self.config.bucket_boundaries;
        let mut buckets = vec![Vec::new(); boundaries.len() + 1];
        let mut plan = Vec::with_capacity(self.rows() / self.config.batch_size + buckets.len());
        for row in order {
            let length = self.data.ids[row].len();
            let bucket: &mut Vec<usize> = &mut buckets[boundaries.partition_point(|&boundary| boundary <= length)];
            bucket.push(row);
            if bucket.len() == self.config.batch_size {
                plan.push(std::mem::take(bucket));
            }
        }
        if !self.config.drop_last {
            plan.extend(buckets.into_iter().filter(|bucket| !bucket.is_empty()));
        }
        plan
    }
}

impl Sequences {
    /// XXH3 of little-endian numbers: it is stored, so it has to be the same in every program.
    fn hash(&self) -> u64 {
        let mut hash = Xxh3Default::new();
        for (ids, &label) in self.ids.iter().zip(&self.labels) {
            for number in [ids.len() as u32, label].iter().chain(ids) {
                hash.update(&number.to_le_bytes());
            }
        }
        hash.digest()
    }
}

/// The batches of one epoch, made one by one; those that are skipped are not made.
#[derive(Debug)]
pub struct Epoch {
    data: Arc<Sequences>,
    padding: PaddingSide,
    plan: std::vec::IntoIter<Vec<usize>>,
}

impl Iterator for Epoch {
    type Item = PaddedBatch;

    fn next(&mut self) -> Option<PaddedBatch> {
        let rows = self.plan.next()?;
        let lengths: Vec<usize> = rows.iter().map(|&row| self.data.ids[row].len()).collect();
        let steps = lengths.iter().copied().max()?;
        let mut ids = Vec::with_capacity(rows.len() * steps);
        for &row in &rows {
            let sequence = &self.data.ids[row];
            let padding = std::iter::repeat_n(PAD, steps - sequence.len());
            match self.padding {
                PaddingSide::Right => ids.extend(sequence.iter().copied().chain(padding)),
                PaddingSide::Left => ids.extend(padding.chain(sequence.iter().copied())),
            }
        }
        let labels = rows.iter().map(|&row| self.data.labels[row]).collect();
        Some(PaddedBatch { ids, steps, lengths, labels, rows, padding: self.padding })
    }

    /// What `skip` calls.
    fn nth(&mut self, n: usize) -> Option<PaddedBatch> {
        self.plan.by_ref().take(n).for_each(drop);
        self.next()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.plan.size_hint()
    }
}

impl ExactSizeIterator for Epoch {}
