//! The classifier of `train.rs` and `predict.rs`.

use recurrent::prelude::*;

/// Reads the words of a text in both directions; padding takes no part.
#[derive(Module)]
pub struct NewsLstm {
    embedding: Embedding,
    lstm: Bidirectional<Lstm>,
    linear: Linear,
}

impl NewsLstm {
    /// With a vector for each of `tokens` tokens.
    pub fn new(tokens: usize, classes: usize, init: &mut Init) -> Result<Self> {
        Ok(Self {
            embedding: Embedding::new(tokens, 64, init)?,
            lstm: Bidirectional::new(Lstm::new(64, 32, init)?, Lstm::new(64, 32, init)?)?,
            linear: Linear::new(64, classes, init)?,
        })
    }
}

impl Model for NewsLstm {
    fn forward(&self, batch: &Batch) -> Result<Tensor> {
        let x = self.embedding.forward(&batch.input)?; // (B, T, 64)
        let h = self.lstm.forward(&x, Some(&batch.lengths))?; // h.h_n: (B, 64)
        self.linear.forward(&h.h_n) // (B, classes)
    }
}
