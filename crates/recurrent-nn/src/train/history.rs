//! The record of a training, as plain numbers.

use super::metrics::Evaluation;

/// The record of a training: one entry for each step and one for each epoch.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct History {
    /// The steps in order. A step is one update of the weights.
    pub steps: Vec<StepRecord>,
    /// The finished epochs in order.
    pub epochs: Vec<EpochRecord>,
}

/// One update of the weights.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StepRecord {
    /// The number of the step, from 0.
    pub step: u64,
    /// The epoch it belongs to, from 0.
    pub epoch: usize,
    /// Batches of the epoch that are done with it.
    pub batch: usize,
    /// Rows it learned from.
    pub rows: usize,
    /// How many of them the model had right, before the update.
    pub correct: usize,
    /// Mean loss of its rows in nats, before the update.
    pub loss: f64,
    /// The learning rate of the update.
    pub learning_rate: f64,
    /// The Euclidean norm of all gradients together, before clipping.
    pub gradient_norm: f64,
}

impl StepRecord {
    /// The share of its rows that the model had right, 0 to 1.
    pub fn accuracy(&self) -> f64 {
        self.correct as f64 / self.rows as f64
    }
}

/// One pass over the training rows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EpochRecord {
    /// The number of the epoch, from 0.
    pub epoch: usize,
    /// Steps in it.
    pub steps: usize,
    /// Rows in it.
    pub rows: usize,
    /// Mean training loss over its rows in nats, each measured before the update it belongs to.
    pub loss: f64,
    /// The share of its rows that the model had right at that moment, 0 to 1.
    pub accuracy: f64,
    /// The learning rate of its last step.
    pub learning_rate: f64,
    /// The mean of its steps' gradient norms.
    pub gradient_norm: f64,
    /// Mean loss on the validation rows after the epoch, in nats.
    pub validation_loss: Option<f64>,
    /// Accuracy on the validation rows after the epoch, 0 to 1.
    pub validation_accuracy: Option<f64>,
    /// Macro F1 on the validation rows after the epoch, 0 to 1: [`Evaluation::macro_f1`].
    pub validation_macro_f1: Option<f64>,
}

impl History {
    /// The unfinished epoch, or else the next one.
    pub fn epoch(&self) -> usize {
        self.epochs.len()
    }

    /// How many batches of that epoch are done.
    pub fn batch(&self) -> usize {
        self.steps_of(self.epoch()).last().map_or(0, |step| step.batch)
    }

    /// Closes the unfinished epoch: its steps become one record.
    pub(crate) fn close_epoch(&mut self, validation: Option<&Evaluation>) -> &EpochRecord {
        let epoch = self.epoch();
        let steps = self.steps_of(epoch);
        let rows: usize = steps.iter().map(|step| step.rows).sum();
        let correct: usize = steps.iter().map(|step| step.correct).sum();
        let loss: f64 = steps.iter().map(|step| step.loss * step.rows as f64).sum();
        let record = EpochRecord {
            epoch,
            steps: steps.len(),
            rows,
            loss: loss / rows as f64,
            accuracy: correct as f64 / rows as f64,
            learning_rate: steps.last().map_or(0.0, |step| step.learning_rate),
            gradient_norm: steps.iter().map(|step| step.gradient_norm).sum::<f64>() / steps.len() as f64,
            validation_loss: validation.map(|validation| validation.loss),
            validation_accuracy: validation.map(Evaluation::accuracy),
            validation_macro_f1: validation.map(Evaluation::macro_f1),
        };
        self.epochs.push(record);
        &self.epochs[epoch]
    }

    /// The steps of one epoch.
    pub fn steps_of(&self, epoch: usize) -> &[StepRecord] {
        let start = self.steps.partition_point(|step| step.epoch < epoch);
        let end = self.steps.partition_point(|step| step.epoch <= epoch);
        &self.steps[start..end]
    }
}
