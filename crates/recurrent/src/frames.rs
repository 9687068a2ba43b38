//! The record of a training as polars tables.

use crate::error::{Error, Result};
use polars::prelude::{Column, DataFrame, PolarsError};
use recurrent_nn::History;

/// One row for each step: `step`, `epoch`, `batch` (batches of the epoch done with it), `rows`, `correct`, `loss` (nats), `accuracy` (0 to
/// 1), `learning_rate`, `gradient_norm`. The numbers are those of [`StepRecord`](recurrent_nn::StepRecord).
///
/// ```
/// use recurrent::prelude::*;
/// let frame = steps_frame(&History::default())?;
/// assert_eq!(frame.shape(), (0, 9));
/// # Ok::<(), Error>(())
/// ```
///
/// # Errors
/// When polars refuses.
pub fn steps_frame(history: &History) -> Result<DataFrame> {
    let steps = &history.steps;
    frame(
        steps.len(),
        vec![
            counts("step", steps.iter().map(|step| step.step)),
            counts("epoch", steps.iter().map(|step| step.epoch as u64)),
            counts("batch", steps.iter().map(|step| step.batch as u64)),
            counts("rows", steps.iter().map(|step| step.rows as u64)),
            counts("correct", steps.iter().map(|step| step.correct as u64)),
            numbers("loss", steps.iter().map(|step| step.loss)),
            numbers("accuracy", steps.iter().map(|step| step.accuracy())),
            numbers("learning_rate", steps.iter().map(|step| step.learning_rate)),
            numbers("gradient_norm", steps.iter().map(|step| step.gradient_norm)),
        ],
    )
}

/// One row for each epoch: `epoch`, `steps`, `rows`, `loss` (nats), `accuracy` (0 to 1), `learning_rate`, `gradient_norm`,
/// `validation_loss`, `validation_accuracy`, `validation_macro_f1` (null without validation). The numbers are those of
/// [`EpochRecord`](recurrent_nn::EpochRecord).
///
/// # Errors
/// When polars refuses.
pub fn epochs_frame(history: &History) -> Result<DataFrame> {
    let epochs = &history.epochs;
    let validation_loss = epochs.iter().map(|epoch| epoch.validation_loss);
    let validation_accuracy = epochs.iter().map(|epoch| epoch.validation_accuracy);
    let validation_macro_f1 = epochs.iter().map(|epoch| epoch.validation_macro_f1);
    frame(
        epochs.len(),
        vec![
            counts("epoch", epochs.iter().map(|epoch| epoch.epoch as u64)),
            counts("steps", epochs.iter().map(|epoch| epoch.steps as u64)),
            counts("rows", epochs.iter().map(|epoch| epoch.rows as u64)),
            numbers("loss", epochs.iter().map(|epoch| epoch.loss)),
            numbers("accuracy", epochs.iter().map(|epoch| epoch.accuracy)),
            numbers(
                "learning_rate",
                epochs.iter().map(|epoch| epoch.learning_rate),
            ),
            numbers(
                "gradient_norm",
                epochs.iter().map(|epoch| epoch.gradient_norm),
            ),
            optional("validation_loss", validation_loss),
            optional("validation_accuracy", validation_accuracy),
            optional("validation_macro_f1", validation_macro_f1),
        ],
    )
}

fn frame(rows: usize, columns: Vec<Column>) -> Result<DataFrame> {
    DataFrame::new(rows, columns)
        .map_err(|error: PolarsError| Error::Data(recurrent_data::Error::Polars(error)))
}

fn counts(name: &str, counts: impl Iterator<Item = u64>) -> Column {
    Column::new(name.into(), counts.collect::<Vec<_>>())
}

fn numbers(name: &str, numbers: impl Iterator<Item = f64>) -> Column {
    Column::new(name.into(), numbers.collect::<Vec<_>>())
}

fn optional(name: &str, numbers: impl Iterator<Item = Option<f64>>) -> Column {
    Column::new(name.into(), numbers.collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use crate::prelude::*;

    #[test]
    fn the_tables_hold_the_record() -> Result<(), Error> {
        let step = |step| StepRecord {
            step,
            epoch: 0,
            batch: step as usize + 1,
            rows: 4,
            correct: 3,
            loss: 0.5,
            learning_rate: 0.1,
            gradient_norm: 2.0,
        };
        let epoch = |epoch, validation_loss| EpochRecord {
            epoch,
            steps: 2,
            rows: 8,
            loss: 0.5,
            accuracy: 0.75,
            learning_rate: 0.1,
            gradient_norm: 2.0,
            validation_loss,
            validation_accuracy: None,
            validation_macro_f1: validation_loss.map(|loss| 2.0 * loss),
        };
        let history = History {
            steps: vec![step(0), step(1)],
            epochs: vec![epoch(0, None), epoch(1, Some(0.25))],
        };
        let steps = steps_frame(&history)?;
        assert_eq!(steps.shape(), (2, 9));
        let column = |name: &str| -> Vec<Option<f64>> {
            let column = steps.column(name).expect("the column is there");
            column.f64().expect("numbers").iter().collect()
        };
        assert_eq!(column("accuracy"), [Some(0.75); 2]);
        assert_eq!(column("gradient_norm"), [Some(2.0); 2]);
        let epochs = epochs_frame(&history)?;
        let column = |name: &str| -> Vec<Option<f64>> {
            let column = epochs.column(name).expect("the column is there");
            column.f64().expect("numbers").iter().collect()
        };
        assert_eq!(column("validation_loss"), [None, Some(0.25)]);
        assert_eq!(column("validation_accuracy"), [None, None]);
        assert_eq!(column("validation_macro_f1"), [None, Some(0.5)]);
        Ok(())
    }
}
