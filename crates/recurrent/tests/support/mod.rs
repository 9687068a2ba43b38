//! The lesson's classifiers in small, for the tests of run folders and predictions.
#![allow(dead_code, reason = "each test file uses a part")]

use recurrent::prelude::*;
use std::{
    fs,
    path::{Path, PathBuf},
};

/// Hidden units of each direction.
pub const HIDDEN: usize = 8;
const EMBEDDING: usize = 12;

/// What stands between the words' vectors and the scores.
pub enum Middle {
    /// One layer.
    One(Box<dyn Recurrent>),
    /// Two layers of an LSTM in both directions.
    Stack(Stacked<Bidirectional<Lstm>>),
}

/// How the states become one vector for each text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Read {
    /// The state at the end.
    Final,
    /// The mean over all T steps.
    Mean,
}

/// A classifier of the lesson.
pub struct Classifier {
    embedding: Embedding,
    middle: Middle,
    linear: Linear,
    /// Padding takes no part.
    pub masked: bool,
    /// What the scores are made of.
    pub read: Read,
}

/// The classifiers that a test goes through: a name, whether padding is masked, and what is read.
pub const CLASSIFIERS: [(&str, bool, Read); 6] = [
    ("rnn", false, Read::Final),
    ("rnn_mean", false, Read::Mean),
    ("rnn_masked", true, Read::Final),
    ("lstm", true, Read::Final),
    ("gru", true, Read::Final),
    ("bilstm2", true, Read::Final),
];

impl Classifier {
    /// With the weights of a seed.
    pub fn new((name, masked, read): (&str, bool, Read), tokens: usize, init: &mut Init) -> Result<Self> {
        let embedding = Embedding::new(tokens, EMBEDDING, init)?;
        let (e, h) = (EMBEDDING, HIDDEN);
        let mut both = |inputs| {
            let layers = (Lstm::new(inputs, h, init)?, Lstm::new(inputs, h, init)?);
            Bidirectional::new(layers.0, layers.1)
        };
        let middle = match name {
            "bilstm2" => {
                let layers = vec![both(e)?, both(2 * h)?];
                Middle::Stack(Stacked::new(layers, 0.1, init)?)
            }
            "lstm" => Middle::One(Box::new(Lstm::new(e, h, init)?)),
            "gru" => Middle::One(Box::new(Gru::new(e, h, init)?)),
            _ => Middle::One(Box::new(SimpleRnn::new(e, h, init)?)),
        };
        let wide = match &middle {
            Middle::One(layer) => layer.output_size(),
            Middle::Stack(layers) => layers.output_size(),
        };
        Ok(Self { embedding, middle, linear: Linear::new(wide, 4, init)?, masked, read })
    }
}

impl Module for Classifier {
    fn layers(&self) -> Vec<(String, &dyn Module)> {
        let middle: &dyn Module = match &self.middle {
            Middle::One(layer) => layer,
            Middle::Stack(layers) => layers,
        };
        vec![("embedding".into(), &self.embedding), ("rnn".into(), middle), ("linear".into(), &self.linear)]
    }
}

impl Model for Classifier {
    fn forward(&self, batch: &Batch) -> Result<Tensor> {
        let lengths = self.masked.then_some(&batch.lengths[..]);
        let x = self.embedding.forward(&batch.input)?;
        let h = match &self.middle {
            Middle::One(layer) => layer.forward(&x, lengths)?,
            Middle::Stack(layers) => layers.forward(&x, lengths, batch)?,
        };
        match self.read {
            Read::Final => self.linear.forward(&h.h_n),
            Read::Mean => self.linear.forward(&h.output.mean(1)?),
        }
    }
}

/// All weights as bits, in order.
pub fn bits(model: &dyn Model) -> Vec<u32> {
    let weights = model.parameters().into_iter();
    weights.flat_map(|(_, var)| var.flatten_all().unwrap().to_vec1::<f32>().unwrap()).map(f32::to_bits).collect()
}

/// A folder of its own for each test, removed at its end.
pub struct Folder(pub PathBuf);

impl Folder {
    pub fn new(name: &str) -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("recurrent-{name}-{}", std::process::id()));
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
