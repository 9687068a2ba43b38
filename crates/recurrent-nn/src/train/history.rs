//! The record of a training, as plain numbers.

use super::metrics::Metrics;

/// The record of a training: one entry for each step and one for each epoch.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct History {
    /// The steps in order. A step is one update of the weights.
    pub steps: Vec<StepRecord>,
    /// The finished epochs in order.
    pub epochs: Vec<EpochRecord>,
}

/// One update of the weights.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct StepRecord {
    /// The number of the step, from 0.
    pub step: u64,
    /// The epoch it belongs to, from 0.
    pub epoch: usize,
    /// Batches of the epoch that are done with it.
    pub batch: usize,
    /// Rows it learned from.
    pub rows: usize,
    /// Answers it learned from: as many as rows, more if a row has several; those that are ignored do not count.
    pub answers: usize,
    /// How many of them the model had right before the update, if they are classes.
    pub correct: Option<usize>,
    /// Mean loss of its answers before the update; in nats if they are classes.
    pub loss: f64,
    /// Mean absolute error of its answers before the update, if they are numbers.
    pub mean_absolute_error: Option<f64>,
    /// The learning rate of the update.
    pub learning_rate: f64,
    /// The Euclidean norm of all gradients together, before clipping.
    pub gradient_norm: f64,
}

impl StepRecord {
    /// The share of its answers that the model had right, 0 to 1, if they are classes.
    pub fn accuracy(&self) -> Option<f64> {
        self.correct.map(|correct| correct as f64 / self.answers as f64)
    }
}

/// One pass over the training rows.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct EpochRecord {
    /// The number of the epoch, from 0.
    pub epoch: usize,
    /// Steps in it.
    pub steps: usize,
    /// Rows in it.
    pub rows: usize,
    /// Answers in it.
    pub answers: usize,
    /// Mean training loss over its answers, each measured before the update it belongs to; in nats if they are classes.
    pub loss: f64,
    /// The share of its answers that the model had right at that moment, 0 to 1, if they are classes.
    pub accuracy: Option<f64>,
    /// Their mean absolute error at that moment, if they are numbers.
    pub mean_absolute_error: Option<f64>,
    /// The learning rate of its last step.
    pub learning_rate: f64,
    /// The mean of its steps' gradient norms.
    pub gradient_norm: f64,
    /// [`Metrics::loss`] on the validation rows after the epoch.
    pub validation_loss: Option<f64>,
    /// [`Metrics::accuracy`] there.
    pub validation_accuracy: Option<f64>,
    /// [`Metrics::macro_f1`] there.
    pub validation_macro_f1: Option<f64>,
    /// [`Metrics::mean_absolute_error`] there.
    pub validation_mean_absolute_error: Option<f64>,
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
    pub(crate) fn close_epoch(&mut self, validation: Option<&Metrics>) -> &EpochRecord {
        let epoch = self.epoch();
        let steps = self.steps_of(epoch);
        let sums = Sums::of(steps);
        let training = sums.metrics();
        let record = EpochRecord {
            epoch,
            steps: steps.len(),
            rows: sums.rows,
            answers: training.answers,
            loss: training.loss,
            accuracy: training.accuracy,
            mean_absolute_error: training.mean_absolute_error,
            learning_rate: steps.last().map_or(0.0, |step| step.learning_rate),
            gradient_norm: steps.iter().map(|step| step.gradient_norm).sum::<f64>() / steps.len() as f64,
            validation_loss: validation.map(|validation| validation.loss),
            validation_accuracy: validation.and_then(|validation| validation.accuracy),
            validation_macro_f1: validation.and_then(|validation| validation.macro_f1),
            validation_mean_absolute_error: validation.and_then(|validation| validation.mean_absolute_error),
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

/// Sums over some steps, from which the means over their answers follow.
#[derive(Debug, Clone, Default)]
pub(super) struct Sums {
    pub rows: usize,
    answers: usize,
    loss: f64,
    correct: Option<usize>,
    absolute_error: Option<f64>,
}

impl Sums {
    pub(super) fn of(steps: &[StepRecord]) -> Self {
        let mut sums = Self::default();
        steps.iter().for_each(|step| sums.add(step));
        sums
    }

    pub(super) fn add(&mut self, step: &StepRecord) {
        let answers = step.answers as f64;
        self.rows += step.rows;
        self.answers += step.answers;
        self.loss += step.loss * answers;
        if let Some(correct) = step.correct {
            *self.correct.get_or_insert(0) += correct;
        }
        if let Some(error) = step.mean_absolute_error {
            *self.absolute_error.get_or_insert(0.0) += error * answers;
        }
    }

    /// The numbers of all steps together, without F1.
    pub(super) fn metrics(&self) -> Metrics {
        let answers = self.answers as f64;
        Metrics {
            rows: self.rows,
            answers: self.answers,
            loss: self.loss / answers,
            accuracy: self.correct.map(|correct| correct as f64 / answers),
            macro_f1: None,
            mean_absolute_error: self.absolute_error.map(|error| error / answers),
        }
    }
}
