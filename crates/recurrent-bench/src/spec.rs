//! The lesson's models: their sizes, their text and the arithmetic of one token.

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

/// The rows of the embedding.
pub const VOCABULARY_SIZE: usize = 20_000;
/// The vocabulary is made from the titles of the first rows.
pub const VOCABULARY_ROWS: usize = 2_000;
pub const CLASSES: usize = 4;
pub const LEARNING_RATE: f64 = 1e-3;

/// One of the lesson's models, named as in `peers/lesson.py`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[clap(rename_all = "snake_case")]
pub enum ModelName {
    /// Embedding(64), SimpleRNN(16) on titles; padding takes part
    RnnTitle,
    /// Embedding(64), SimpleRNN(16) on titles and descriptions, masked
    RnnMask,
    /// Embedding(64), LSTM(8) on titles and descriptions; padding takes part
    Lstm8,
    /// Embedding(64), GRU(16) on titles; padding takes part
    Gru,
    /// Embedding(64), RNN(32), mean over all steps, on titles and descriptions; padding takes part
    RnnMean,
    /// Embedding(64), LSTM(32) on titles and descriptions, packed
    LstmPacked,
    /// Embedding(128), two bidirectional LSTM(64) on titles and descriptions, masked
    Bilstm2,
}

/// What a model is made of.
#[derive(Debug, Clone, Copy)]
pub struct Spec {
    pub columns: &'static [&'static str],
    pub batch: usize,
    /// E
    pub embedding: usize,
    /// H
    pub hidden: usize,
    /// 1 for RNN, 4 for LSTM, 3 for GRU
    pub gates: usize,
    pub layers: usize,
    pub directions: usize,
}

impl ModelName {
    /// As it is typed and printed, e.g. `rnn_title`.
    pub fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_string()).unwrap_or_default()
    }

    pub fn spec(self) -> Spec {
        let title =
            Spec { columns: &["title"], batch: 16, embedding: 64, hidden: 16, gates: 1, layers: 1, directions: 1 };
        let both = Spec { columns: &["title", "description"], ..title };
        match self {
            Self::RnnTitle => title,
            Self::RnnMask => both,
            Self::Lstm8 => Spec { batch: 8, hidden: 8, gates: 4, ..both },
            Self::Gru => Spec { gates: 3, ..title },
            Self::RnnMean => Spec { hidden: 32, ..both },
            Self::LstmPacked => Spec { hidden: 32, gates: 4, ..both },
            Self::Bilstm2 => Spec { embedding: 128, hidden: 64, gates: 4, layers: 2, directions: 2, ..both },
        }
    }
}

impl Spec {
    /// Floating-point operations of one token in training, matrix products only.
    ///
    /// Forward, a layer multiplies (G·H, E) by x and (G·H, H) by h in each direction: 2·G·H·(E + H) operations, a
    /// multiplication and an addition for each weight. Backward costs twice that: the gradients of x and h, and those
    /// of the weights.
    pub fn flop_per_token(&self) -> u64 {
        let layer = |inputs: usize| 2 * self.gates * self.hidden * (inputs + self.hidden) * self.directions;
        let upper = layer(self.hidden * self.directions) * (self.layers - 1);
        3 * (layer(self.embedding) + upper) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_of_bilstm2_costs_3_passes_over_4_lstm_directions() {
        let direction = 2 * 4 * 64 * (128 + 64);
        assert_eq!(ModelName::Bilstm2.spec().flop_per_token(), 3 * 4 * direction);
    }
}
