//! How many times longer the other libraries take, from epochs measured alternately in one call.

use crate::{report::Report, spec::ModelName};
use serde::{Deserialize, Serialize};

/// Another library against one of ours, with the same model, rows, batch and device.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ratio {
    /// The library and its version.
    pub peer: String,
    /// Ours, which it is compared with.
    pub ours: String,
    pub model: ModelName,
    pub rows: usize,
    pub threads: usize,
    pub batch: usize,
    pub device: String,
    pub ratio: Epochs,
}

/// The other's seconds divided by ours: above 1 we are faster.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Epochs {
    /// Of each one's fastest epoch.
    pub fastest: f64,
    /// Of the medians of all epochs.
    pub median: f64,
}

impl Epochs {
    pub fn of(other: &Report, ours: &Report) -> Self {
        Self { fastest: other.fastest() / ours.fastest(), median: other.median() / ours.median() }
    }
}

/// Each other library against each of ours with the same batch size, of those that were measured alternately.
pub fn ratios(turn: &[Report]) -> Vec<Ratio> {
    let (ours, others): (Vec<&Report>, Vec<&Report>) = turn.iter().partition(|report| report.is_ours());
    let against = |other: &Report, ours: &Report| Ratio {
        peer: other.peer.clone(),
        ours: ours.peer.clone(),
        model: other.model,
        rows: other.rows,
        threads: other.threads,
        batch: other.batch,
        device: other.device.clone(),
        ratio: Epochs::of(other, ours),
    };
    others
        .iter()
        .flat_map(|other| {
            let same = ours.iter().filter(|ours| ours.batch == other.batch);
            same.map(move |ours| against(other, ours))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::example;

    #[test]
    fn nothing_is_compared_across_batch_sizes() {
        let of = |peer: &str, batch: usize| Report { batch, ..example(peer, &[1.0]) };
        let found =
            ratios(&[of("recurrent 0.1.0", 16), of("torch 2", 16), of("recurrent 0.1.0", 64), of("torch 2", 64)]);
        let batches: Vec<usize> = found.iter().map(|one| one.batch).collect();
        assert_eq!(batches, [16, 64]);
    }

    #[test]
    fn every_other_is_compared_with_each_of_ours() {
        let found = ratios(&[
            example("recurrent 0.1.0", &[2.0, 2.5, 4.0]),
            example("recurrent 0.1.0 lazy", &[1.0, 1.0, 1.0]),
            example("keras 3", &[8.0, 9.0, 10.0]),
        ]);
        let found: Vec<_> =
            found.iter().map(|one| (&*one.peer, &*one.ours, one.ratio.fastest, one.ratio.median)).collect();
        assert_eq!(found, [("keras 3", "recurrent 0.1.0", 4.0, 3.6), ("keras 3", "recurrent 0.1.0 lazy", 8.0, 9.0)]);
    }
}
