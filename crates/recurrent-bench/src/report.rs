//! The record of one training run: a JSON object per line, the same for every peer.

use crate::spec::ModelName;
use serde::{Deserialize, Serialize};

/// Speed, accuracy and memory of one run. The peer scripts print the same fields.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// The library and its version.
    pub peer: String,
    pub model: ModelName,
    /// Training rows.
    pub rows: usize,
    pub threads: usize,
    pub batch: usize,
    /// Where it trained: `CPU`, or a GPU, e.g. `cuda:0, NVIDIA H200`.
    #[serde(default = "cpu")]
    pub device: String,
    /// None where the peer cannot be seeded.
    pub seed: Option<u64>,
    /// Seconds of each epoch: training only, the words are ids already.
    pub epoch_s: Vec<f64>,
    /// Of the fastest epoch.
    pub rows_per_s: f64,
    /// Accuracy on the test rows after each epoch.
    pub val_acc: Vec<f64>,
    /// Trainable numbers.
    pub params: usize,
    /// The largest resident memory of the process so far, the library itself included.
    pub peak_rss_mb: f64,
    /// The same before any row was read: the library itself.
    pub start_rss_mb: f64,
    /// Seconds to read the rows and turn their words into ids.
    pub vectorise_s: f64,
    pub optimizer: String,
    pub init: String,
    /// Tokens of the training rows without padding.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tokens: Option<u64>,
    /// Resident memory after each epoch.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rss_mb: Vec<f64>,
    /// What the run's tensors take on the GPU after each epoch.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gpu_mb: Vec<f64>,
    /// The length of every row, where the rows are random ids.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub steps: Option<usize>,
    /// The number of bidirectional layers, where it is not that of the lesson's model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub layers: Option<u64>,
    /// The rate of a large f32 matrix product, the fastest of all rounds of the same call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sgemm_gflops: Option<f64>,
}

/// Where everything trained before there was a choice.
fn cpu() -> String {
    "CPU".into()
}

impl Report {
    /// The model, with the batch where it is not the lesson's and the device where it is not the processor.
    pub fn name(&self) -> String {
        let mut name = self.model.name();
        if let Some(layers) = self.layers {
            name += &format!(", layers: {layers}");
        }
        if self.batch != self.model.spec().batch {
            name += &format!(", batch {}", self.batch);
        }
        if self.device != cpu() {
            name += &format!(", {}", self.device);
        }
        name
    }

    /// Whether this project trained it.
    pub fn is_ours(&self) -> bool {
        self.peer.starts_with("recurrent ")
    }

    pub fn fastest(&self) -> f64 {
        self.epoch_s.iter().copied().fold(f64::INFINITY, f64::min)
    }

    pub fn median(&self) -> f64 {
        median(&self.epoch_s)
    }
}

/// The middle number; the mean of the two middle ones. NaN of none.
pub fn median(numbers: &[f64]) -> f64 {
    let mut sorted = numbers.to_vec();
    sorted.sort_by(f64::total_cmp);
    let n = sorted.len();
    match n {
        0 => f64::NAN,
        _ => (sorted[(n - 1) / 2] + sorted[n / 2]) / 2.0,
    }
}

/// Mean and sample standard deviation.
pub fn mean_and_deviation(numbers: &[f64]) -> (f64, f64) {
    let n = numbers.len() as f64;
    let mean = numbers.iter().sum::<f64>() / n;
    let squares: f64 = numbers.iter().map(|number| (number - mean).powi(2)).sum();
    (mean, (squares / (n - 1.0)).sqrt())
}

/// A report for tests.
#[cfg(test)]
pub fn example(peer: &str, epoch_s: &[f64]) -> Report {
    Report {
        peer: peer.to_string(),
        model: ModelName::Bilstm2,
        rows: 100,
        threads: 2,
        batch: 16,
        device: cpu(),
        seed: Some(0),
        epoch_s: epoch_s.to_vec(),
        rows_per_s: 1.0,
        val_acc: vec![0.5],
        params: 10,
        peak_rss_mb: 20.0,
        start_rss_mb: 10.0,
        vectorise_s: 0.0,
        optimizer: "Adam".to_string(),
        init: "keras".to_string(),
        tokens: Some(1_000_000),
        rss_mb: Vec::new(),
        gpu_mb: Vec::new(),
        steps: None,
        layers: None,
        sgemm_gflops: Some(1000.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn middle_and_spread() {
        assert_eq!(median(&[3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]), 2.5);
        assert_eq!(mean_and_deviation(&[1.0, 3.0]), (2.0, 2f64.sqrt()));
    }
}
