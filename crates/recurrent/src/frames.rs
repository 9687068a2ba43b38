//! The record of a training as polars tables.

use crate::error::{Error, Result};
use polars::prelude::{Column, DataFrame, PolarsError};
use recurrent_nn::History;

/// One row for each step: `step`, `epoch`, `batch` (batches of the epoch done with it), `rows`, `correct`, `loss`
/// (nats), `accuracy` (0 to 1), `learning_rate`, `gradient_norm`. The numbers are those of
/// [`StepRecord`](recurrent_nn::StepRecord).
///
/// ```
/// use recurrent::{frames::steps_frame, prelude::*};
/// let frame = steps_frame(&History::default())?;
/// assert_eq!(frame.shape(), (0, 9));
/// # Ok::<(), Error>(())
/// ```
///
/// # Errors
/// When polars fails.
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

/// One row for each epoch: `epoch`, `steps`, `rows`, `loss` (nats), `accuracy` (0 to 1), `learning_rate`,
/// `gradient_norm`, `validation_loss`, `validation_accuracy`, `validation_macro_f1` (null without validation). The
/// numbers are those of [`EpochRecord`](recurrent_nn::EpochRecord).
///
/// # Errors
/// When polars fails.
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
    use crate::frames::{epochs_frame, steps_frame};
    use crate::prelude::*;
    use polars::prelude::{DataFrame, DataType};
    use recurrent_nn::{EpochRecord, StepRecord};

    /// The columns in their order, as numbers.
    fn columns(frame: &DataFrame) -> Vec<(String, Vec<Option<f64>>)> {
        let columns = frame.columns().iter().map(|column| {
            let numbers = column.cast(&DataType::Float64).expect("numbers");
            let numbers = numbers.f64().expect("numbers").iter().collect();
            (column.name().to_string(), numbers)
        });
        columns.collect()
    }

    fn named(columns: &[(&str, [Option<f64>; 2])]) -> Vec<(String, Vec<Option<f64>>)> {
        let columns = columns.iter();
        columns
            .map(|(name, numbers)| ((*name).to_owned(), numbers.to_vec()))
            .collect()
    }

    // No two numbers of a record are the same.
    #[test]
    fn every_number_of_a_step_has_its_column() -> Result<(), Error> {
        let first = StepRecord {
            step: 7,
            epoch: 2,
            batch: 4,
            rows: 16,
            correct: 12,
            loss: 0.5,
            learning_rate: 0.125,
            gradient_norm: 2.5,
        };
        let second = StepRecord {
            step: 8,
            epoch: 3,
            batch: 1,
            rows: 10,
            correct: 4,
            loss: 0.25,
            learning_rate: 0.0625,
            gradient_norm: 1.5,
        };
        let history = History {
            steps: vec![first, second],
            epochs: Vec::new(),
        };
        let expected = [
            ("step", [7.0, 8.0]),
            ("epoch", [2.0, 3.0]),
            ("batch", [4.0, 1.0]),
            ("rows", [16.0, 10.0]),
            ("correct", [12.0, 4.0]),
            ("loss", [0.5, 0.25]),
            ("accuracy", [0.75, 0.4]),
            ("learning_rate", [0.125, 0.0625]),
            ("gradient_norm", [2.5, 1.5]),
        ];
        let expected = expected.map(|(name, numbers)| (name, numbers.map(Some)));
        assert_eq!(columns(&steps_frame(&history)?), named(&expected));
        Ok(())
    }

    #[test]
    fn every_number_of_an_epoch_has_its_column() -> Result<(), Error> {
        let first = EpochRecord {
            epoch: 2,
            steps: 4,
            rows: 64,
            loss: 0.5,
            accuracy: 0.75,
            learning_rate: 0.125,
            gradient_norm: 2.5,
            validation_loss: None,
            validation_accuracy: None,
            validation_macro_f1: None,
        };
        let second = EpochRecord {
            epoch: 3,
            steps: 5,
            rows: 80,
            loss: 0.25,
            accuracy: 0.875,
            learning_rate: 0.0625,
            gradient_norm: 1.5,
            validation_loss: Some(0.375),
            validation_accuracy: Some(0.8),
            validation_macro_f1: Some(0.7),
        };
        let history = History {
            steps: Vec::new(),
            epochs: vec![first, second],
        };
        let expected = [
            ("epoch", [Some(2.0), Some(3.0)]),
            ("steps", [Some(4.0), Some(5.0)]),
            ("rows", [Some(64.0), Some(80.0)]),
            ("loss", [Some(0.5), Some(0.25)]),
            ("accuracy", [Some(0.75), Some(0.875)]),
            ("learning_rate", [Some(0.125), Some(0.0625)]),
            ("gradient_norm", [Some(2.5), Some(1.5)]),
            ("validation_loss", [None, Some(0.375)]),
            ("validation_accuracy", [None, Some(0.8)]),
            ("validation_macro_f1", [None, Some(0.7)]),
        ];
        assert_eq!(columns(&epochs_frame(&history)?), named(&expected));
        Ok(())
    }
}
