//! How the learning rate changes while a model trains.

use super::history::EpochRecord;
use serde::{Deserialize, Serialize};
use std::f64::consts::PI;

/// A learning-rate schedule over one [`fit`](crate::Trainer::fit), with the parameters of
/// [`torch.optim.lr_scheduler`](https://docs.pytorch.org/docs/stable/optim.html#how-to-adjust-learning-rate). It
/// depends on the share of the learned rows ([`BatchSource::rows`](crate::BatchSource::rows)), so it needs no count of
/// steps. With η the configured rate, e the epochs done in this fit including the part of the present one, s = e /
/// epochs:
///
/// | | the rate at e |
/// | --- | --- |
/// | `Constant` | η |
/// | `Step` | η · gamma^⌊e / step_size⌋ |
/// | `Cosine` | eta_min + (η − eta_min) (1 + cos πs) / 2 |
/// | `OneCycle`, s < pct_start | a half cosine wave from η / div_factor to η |
/// | `OneCycle`, after that | a half cosine wave from η to η / (div_factor · final_div_factor) |
/// | `Plateau` | η · factor^m, after m times that the loss has not fallen for more than `patience` epochs |
///
/// A half cosine wave from a to b is b + (a − b) (1 + cos πx) / 2, with x from 0 to 1. Sources: [Loshchilov and Hutter,
/// 2017](https://arxiv.org/abs/1608.03983) (cosine), [Smith and Topin, 2018](https://arxiv.org/abs/1708.07120) (one
/// cycle).
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Schedule {
    /// The same rate all the time.
    #[default]
    Constant,
    /// Times `gamma` after every `step_size` epochs (StepLR).
    Step {
        /// Epochs between two changes.
        step_size: usize,
        /// The factor of each change.
        gamma: f64,
    },
    /// Half a cosine wave from the learning rate down to `eta_min` (CosineAnnealingLR).
    Cosine {
        /// The rate at the end.
        eta_min: f64,
    },
    /// Up to the learning rate, then down to almost nothing, both along half a cosine wave (OneCycleLR).
    OneCycle {
        /// The share of the training that goes up; PyTorch takes 0.3.
        pct_start: f64,
        /// It starts at the learning rate over this; PyTorch takes 25.
        div_factor: f64,
        /// It ends at its start over this; PyTorch takes 10,000.
        final_div_factor: f64,
    },
    /// Times `factor` when the loss has not fallen for more than `patience` epochs (ReduceLROnPlateau). The loss is
    /// that of the validation rows, without them that of the training rows; a fall of less than 0.01 % does not count.
    Plateau {
        /// The factor of each change.
        factor: f64,
        /// Epochs without a lower loss that are allowed before the rate changes.
        patience: usize,
    },
}

impl Schedule {
    /// The learning rate after `done` of `epochs` epochs, both counted in epochs and parts of one. `base` is the
    /// configured rate. A plateau's changes follow from losses: they come on top.
    ///
    /// ```
    /// use recurrent_nn::Schedule;
    /// let cosine = Schedule::Cosine { eta_min: 0.0 };
    /// assert_eq!(cosine.learning_rate(0.01, 0.0, 2.0), 0.01);
    /// assert!((cosine.learning_rate(0.01, 1.0, 2.0) - 0.005).abs() < 1e-12);
    /// assert_eq!(Schedule::Step { step_size: 2, gamma: 0.1 }.learning_rate(1.0, 3.5, 4.0), 0.1);
    /// ```
    pub fn learning_rate(&self, base: f64, done: f64, epochs: f64) -> f64 {
        let share = (done / epochs).clamp(0.0, 1.0);
        match *self {
            Self::Constant | Self::Plateau { .. } => base,
            Self::Step { step_size, gamma } => base * gamma.powi((done / step_size as f64) as i32),
            Self::Cosine { eta_min } => half_cosine(base, eta_min, share),
            Self::OneCycle { pct_start, div_factor, final_div_factor } => {
                let start = base / div_factor;
                if share < pct_start {
                    half_cosine(start, base, share / pct_start)
                } else {
                    half_cosine(base, start / final_div_factor, (share - pct_start) / (1.0 - pct_start))
                }
            }
        }
    }
}

/// What a plateau schedule multiplies the learning rate by after these epochs.
pub(super) fn plateau(schedule: &Schedule, epochs: &[EpochRecord]) -> f64 {
    let Schedule::Plateau { factor, patience } = *schedule else {
        return 1.0;
    };
    let (mut scale, mut lowest, mut waited) = (1.0, f64::INFINITY, 0);
    let validated = epochs.iter().any(|epoch| epoch.validation_loss.is_some());
    for epoch in epochs {
        let loss = match epoch.validation_loss {
            Some(loss) => loss,
            // Without its validation an epoch cannot be compared with the others.
            None if validated => continue,
            None => epoch.loss,
        };
        // A loss of one's own may be negative.
        if loss < lowest * (1.0 - 1e-4 * lowest.signum()) {
            lowest = loss;
            waited = 0;
        } else {
            waited += 1;
        }
        if waited > patience {
            scale *= factor;
            waited = 0;
        }
    }
    scale
}

/// From `start` at 0 to `end` at 1 along half a cosine wave.
fn half_cosine(start: f64, end: f64, share: f64) -> f64 {
    end + (start - end) * (1.0 + (PI * share).cos()) / 2.0
}
