//! The configuration of a trainer.

use super::{history::EpochRecord, loss::Loss, schedule::Schedule};
use crate::{Error, OptimizerConfig, Result};
use serde::{Deserialize, Serialize};
use std::{fmt::Display, time::Duration};

/// How a [`Trainer`](crate::Trainer) trains.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainerConfig {
    /// What is made small, and with it what a target is. Default: the cross-entropy of classes.
    pub loss: Loss,
    /// Passes over the training rows in one `fit`. Default: 1.
    pub epochs: usize,
    /// The learning rate that the schedule starts from. Default: 0.001.
    pub learning_rate: f64,
    /// How the learning rate changes. Default: [`Schedule::Constant`].
    pub schedule: Schedule,
    /// The update rule and gradient clipping. Default: Adam, no clipping.
    pub optimizer: OptimizerConfig,
    /// Batches whose gradients make one step, each answer counted alike. Default: 1.
    pub accumulate: usize,
    /// When to stop before the last epoch. Default: never.
    pub early_stopping: Option<EarlyStopping>,
    /// One `fit` stops at the first batch after this time, also within a validation; the next goes on. A validation
    /// begins anew, so give it more time than one takes. Default: none.
    pub time_limit: Option<Duration>,
    /// One `fit` stops at the first step after this many rows; the next goes on. Default: none.
    pub row_limit: Option<usize>,
    /// Whether to tell how far it is: by lines on standard output, one each second and one each epoch, or to what draws
    /// it (in the lesson's notebooks a figure that moves). Default: true.
    pub progress: bool,
}

impl Default for TrainerConfig {
    fn default() -> Self {
        Self {
            loss: Loss::default(),
            epochs: 1,
            learning_rate: 1e-3,
            schedule: Schedule::Constant,
            optimizer: OptimizerConfig::default(),
            accumulate: 1,
            early_stopping: None,
            time_limit: None,
            row_limit: None,
            progress: true,
        }
    }
}

/// Stops a training that has not become better for a while, as
/// [`keras.callbacks.EarlyStopping`](https://keras.io/api/callbacks/early_stopping/). It needs validation rows.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EarlyStopping {
    /// What must become better. Default: the validation loss.
    pub monitor: Monitor,
    /// Stop after this many epochs without a better value; 0 is as 1. Default: 3.
    pub patience: usize,
    /// A change smaller than this is none. Default: 0.
    pub min_delta: f64,
    /// Whether the model ends with the weights of its best epoch. Default: true.
    pub restore_best: bool,
}

impl Default for EarlyStopping {
    fn default() -> Self {
        Self { monitor: Monitor::ValidationLoss, patience: 3, min_delta: 0.0, restore_best: true }
    }
}

/// What early stopping looks at after each epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Monitor {
    /// Loss on the validation rows: lower is better.
    ValidationLoss,
    /// Accuracy on the validation rows: higher is better. Only where answers are classes.
    ValidationAccuracy,
}

impl EarlyStopping {
    /// The position of the best of these epochs; one counts as better only if it is so by `min_delta`, and never if it
    /// is not a number.
    pub(crate) fn best(&self, epochs: &[EpochRecord]) -> Option<usize> {
        let mut best: Option<(usize, f64)> = None;
        for (position, epoch) in epochs.iter().enumerate() {
            if let Some(cost) = self.cost(epoch)
                && cost.is_finite()
                && best.is_none_or(|(_, lowest)| cost < lowest - self.min_delta)
            {
                best = Some((position, cost));
            }
        }
        best.map(|(position, _)| position)
    }

    /// How many of these epochs were validated: one that was ended before its validation does not count as waiting.
    pub(crate) fn validated(&self, epochs: &[EpochRecord]) -> usize {
        let validated = epochs.iter().filter(|epoch| self.cost(epoch).is_some());
        validated.count()
    }

    fn cost(&self, epoch: &EpochRecord) -> Option<f64> {
        match self.monitor {
            Monitor::ValidationLoss => epoch.validation_loss,
            Monitor::ValidationAccuracy => epoch.validation_accuracy.map(|accuracy| -accuracy),
        }
    }
}

impl TrainerConfig {
    /// Errors with the first field that is out of its range.
    pub(crate) fn check(&self) -> Result<()> {
        self.loss.check()?;
        require("epochs", "at least 1", self.epochs >= 1, self.epochs)?;
        require("learning_rate", "a number above 0", positive(self.learning_rate), self.learning_rate)?;
        require("accumulate", "at least 1", self.accumulate >= 1, self.accumulate)?;
        if let Some(rows) = self.row_limit {
            require("row_limit", "at least 1", rows >= 1, rows)?;
        }
        if let Some(EarlyStopping { min_delta, monitor, .. }) = self.early_stopping {
            let accurate = monitor != Monitor::ValidationAccuracy || matches!(self.loss, Loss::CrossEntropy(_));
            let expected = format!("ValidationLoss, as answers have no accuracy with the loss `{}`", self.loss.name());
            require("monitor", &expected, accurate, "ValidationAccuracy")?;
            require("min_delta", "a number of at least 0", min_delta.is_finite() && min_delta >= 0.0, min_delta)?;
        }
        match self.schedule {
            Schedule::Constant => Ok(()),
            Schedule::Step { step_size, gamma } => {
                require("step_size", "at least 1", step_size >= 1, step_size)?;
                require("gamma", "a number above 0", positive(gamma), gamma)
            }
            Schedule::Cosine { eta_min } => {
                require("eta_min", "a number of at least 0", eta_min.is_finite() && eta_min >= 0.0, eta_min)
            }
            Schedule::OneCycle { pct_start, div_factor, final_div_factor } => {
                require("pct_start", "above 0 and below 1", pct_start > 0.0 && pct_start < 1.0, pct_start)?;
                require("div_factor", "a number above 0", positive(div_factor), div_factor)?;
                require("final_div_factor", "a number above 0", positive(final_div_factor), final_div_factor)
            }
            Schedule::Plateau { factor, .. } => require("factor", "a number above 0", positive(factor), factor),
        }
    }
}

pub(super) fn positive(number: f64) -> bool {
    number.is_finite() && number > 0.0
}

pub(super) fn require(field: &'static str, expected: &str, right: bool, got: impl Display) -> Result<()> {
    if right {
        return Ok(());
    }
    Err(Error::Config { operation: "Trainer::new", field, expected: expected.to_string(), got: got.to_string() })
}
