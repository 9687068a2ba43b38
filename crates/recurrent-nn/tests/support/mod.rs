//! A small model and rows to train it on, for the tests of training.
#![allow(dead_code, reason = "each test file uses a part")]

use candle_core::{Device, Tensor, Var};
use recurrent_nn::{
    Batch, BatchSource, Clip, CrossEntropy, Dropout, EarlyStopping, Embedding, Init, Linear, Lstm, Model, Module,
    OptimizerConfig, Result, Schedule, Stacked, TrainerConfig,
};
use std::{fs, path::PathBuf, time::Duration};

pub const CLASSES: usize = 3;
const VOCABULARY: usize = 30;

/// Sequences of random words with a class that follows from how many of the words are below a third, a half … of the
/// vocabulary.
pub struct Rows {
    ids: Vec<[u32; 6]>,
    labels: Vec<u32>,
    batch_size: usize,
}

impl Rows {
    pub fn new(count: usize, batch_size: usize, seed: u64) -> Self {
        let mut random = Random(seed);
        let ids: Vec<[u32; 6]> = (0..count).map(|_| std::array::from_fn(|_| random.below(VOCABULARY) as u32)).collect();
        let label = |ids: &[u32; 6]| match ids.iter().sum::<u32>() {
            0..75 => 0,
            75..100 => 1,
            _ => 2,
        };
        Self { labels: ids.iter().map(label).collect(), ids, batch_size }
    }

    pub fn batch(&self, rows: &[usize]) -> Result<Batch> {
        let ids: Vec<u32> = rows.iter().flat_map(|&row| self.ids[row]).collect();
        let labels: Vec<u32> = rows.iter().map(|&row| self.labels[row]).collect();
        Ok(Batch {
            target: Some(Tensor::from_vec(labels, rows.len(), &Device::Cpu)?),
            ..Batch::new(Tensor::from_vec(ids, (rows.len(), 6), &Device::Cpu)?, vec![6; rows.len()])
        })
    }
}

impl BatchSource for Rows {
    fn rows(&self) -> usize {
        self.ids.len()
    }

    fn epoch(&self, epoch: usize) -> Box<dyn Iterator<Item = Result<Batch>> + '_> {
        let mut order: Vec<usize> = (0..self.ids.len()).collect();
        let mut random = Random(epoch as u64);
        for last in (1..order.len()).rev() {
            order.swap(last, random.below(last + 1));
        }
        let batches: Vec<Vec<usize>> = order.chunks(self.batch_size).map(<[usize]>::to_vec).collect();
        Box::new(batches.into_iter().map(|rows| self.batch(&rows)))
    }

    fn fingerprint(&self) -> String {
        format!("{} rows in batches of {}", self.ids.len(), self.batch_size)
    }
}

/// Batches that take 5 ms each, as from a large model.
pub struct Slow(pub Rows);

impl BatchSource for Slow {
    fn rows(&self) -> usize {
        self.0.rows()
    }

    fn epoch(&self, epoch: usize) -> Box<dyn Iterator<Item = Result<Batch>> + '_> {
        let wait = |_: &_| std::thread::sleep(Duration::from_millis(5));
        Box::new(self.0.epoch(epoch).inspect(wait))
    }
}

/// A training with everything that has a state but dropout, which is the model's: a schedule, clipping, early stopping
/// with the best weights, groups of batches.
pub fn every_state() -> TrainerConfig {
    let class_weights = Some(vec![1.0, 2.0, 0.7]);
    let loss = CrossEntropy { class_weights, label_smoothing: 0.05, ignore_index: None };
    TrainerConfig {
        epochs: 4,
        learning_rate: 0.03,
        schedule: Schedule::Cosine { eta_min: 1e-3 },
        optimizer: OptimizerConfig { clip: Some(Clip::Norm(0.4)), ..Default::default() },
        accumulate: 3,
        loss: loss.into(),
        early_stopping: Some(EarlyStopping { patience: 9, ..Default::default() }),
        progress: false,
        ..Default::default()
    }
}

/// The rows that it learns from and is measured on: 9 steps an epoch.
pub fn train_and_valid() -> (Rows, Rows) {
    (Rows::new(100, 4, 1), Rows::new(60, 20, 2))
}

/// The mean of the words' vectors, dropout, a linear layer.
#[derive(Module)]
pub struct WordBag {
    words: Words,
    dropout: Dropout,
    linear: Linear,
}

impl WordBag {
    pub fn new(seed: u64) -> Self {
        Self::with_dropout(seed, 0.2)
    }

    pub fn without_dropout(seed: u64) -> Self {
        Self::with_dropout(seed, 0.0)
    }

    fn with_dropout(seed: u64, p: f64) -> Self {
        let mut init = Init::pytorch(seed, &Device::Cpu);
        let mut random = Random(seed);
        let weights = (0..VOCABULARY * 8).map(|_| random.below(1000) as f32 / 1000.0 - 0.5);
        let weights = Tensor::from_iter(weights, &Device::Cpu).and_then(|weights| weights.reshape((VOCABULARY, 8)));
        Self {
            words: Words(Var::from_tensor(&weights.unwrap()).unwrap()),
            dropout: Dropout::new(p, &mut init).unwrap(),
            linear: Linear::new(8, CLASSES, &mut init).unwrap(),
        }
    }

    /// The model of a seed, dropout and all, with other weights.
    pub fn with_other_weights(seed: u64) -> Self {
        with_halved_weights(Self::new(seed))
    }

    /// All weights as bits, in order.
    pub fn bits(&self) -> Vec<u32> {
        bits(self)
    }
}

impl Model for WordBag {
    fn forward(&self, batch: &Batch) -> Result<Tensor> {
        let (rows, steps) = batch.input.dims2()?;
        let x = self.words.0.embedding(&batch.input.flatten_all()?)?;
        let x = x.reshape((rows, steps, 8))?.mean(1)?;
        self.linear.forward(&self.dropout.forward(&x, batch)?)
    }
}

/// A layer of the test's own.
struct Words(Var);

impl Module for Words {
    fn state_dict(&self) -> Vec<(String, Var)> {
        vec![("weight".to_string(), self.0.clone())]
    }
}

/// Two LSTM layers with dropout between and above them, a linear layer.
#[derive(Module)]
pub struct WordLstm {
    embedding: Embedding,
    lstm: Stacked<Lstm>,
    dropout: Dropout,
    linear: Linear,
}

impl WordLstm {
    pub fn new(seed: u64) -> Self {
        let make = |init: &mut Init| -> Result<Self> {
            let layers = vec![Lstm::new(8, 6, init)?, Lstm::new(6, 6, init)?];
            Ok(Self {
                embedding: Embedding::new(VOCABULARY, 8, init)?,
                lstm: Stacked::new(layers, 0.3, init)?,
                dropout: Dropout::new(0.2, init)?,
                linear: Linear::new(6, CLASSES, init)?,
            })
        };
        make(&mut Init::pytorch(seed, &Device::Cpu)).unwrap()
    }

    /// The model of a seed, dropout and all, with other weights.
    pub fn with_other_weights(seed: u64) -> Self {
        with_halved_weights(Self::new(seed))
    }
}

impl Model for WordLstm {
    fn forward(&self, batch: &Batch) -> Result<Tensor> {
        let x = self.embedding.forward(&batch.input)?;
        let h = self.lstm.forward(&x, Some(&batch.lengths), batch)?;
        self.linear.forward(&self.dropout.forward(&h.h_n, batch)?)
    }
}

fn with_halved_weights<M: Model>(model: M) -> M {
    for (_, var) in model.parameters() {
        var.set(&(var.as_tensor() * 0.5).unwrap()).unwrap();
    }
    model
}

pub fn bits(model: &dyn Model) -> Vec<u32> {
    model
        .parameters()
        .into_iter()
        .flat_map(|(_, var)| var.flatten_all().unwrap().to_vec1::<f32>().unwrap())
        .map(f32::to_bits)
        .collect()
}

/// splitmix64
pub struct Random(pub u64);

impl Random {
    pub fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % limit as u64) as usize
    }
}

/// A folder of its own for each test, removed at its end.
pub struct Folder(pub PathBuf);

impl Folder {
    pub fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("recurrent-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
