//! The record of a training as polars tables.

use crate::error::Result;
use polars::{
    df,
    prelude::{DataFrame, PlSmallStr},
};
use recurrent_nn::History;

/// One row for each step: `step`, `epoch`, `batch` (batches of the epoch done with it), `rows`, `answers`, `correct`,
/// `loss`, `accuracy` (0 to 1), `mean_absolute_error`, `learning_rate`, `gradient_norm`. What no answer has, such as an
/// accuracy where all are numbers, has no column. The numbers are those of [`StepRecord`](recurrent_nn::StepRecord).
///
/// ```
/// use recurrent::{frames::steps_frame, prelude::*};
/// let frame = steps_frame(&History::default())?;
/// assert_eq!(frame.shape(), (0, 11));
/// # Ok::<(), Error>(())
/// ```
///
/// # Errors
/// When polars fails.
pub fn steps_frame(history: &History) -> Result<DataFrame> {
    let steps = &history.steps;
    let frame = df!(
        "step" => column(steps, |step| step.step),
        "epoch" => column(steps, |step| step.epoch as u64),
        "batch" => column(steps, |step| step.batch as u64),
        "rows" => column(steps, |step| step.rows as u64),
        "answers" => column(steps, |step| step.answers as u64),
        "correct" => column(steps, |step| step.correct.map(|correct| correct as u64)),
        "loss" => column(steps, |step| step.loss),
        "accuracy" => column(steps, |step| step.accuracy()),
        "mean_absolute_error" => column(steps, |step| step.mean_absolute_error),
        "learning_rate" => column(steps, |step| step.learning_rate),
        "gradient_norm" => column(steps, |step| step.gradient_norm),
    );
    let frame = frame.map_err(recurrent_data::Error::Polars)?;
    Ok(without_empty_columns(frame))
}

/// One row for each epoch: `epoch`, `steps`, `rows`, `answers`, `loss`, `accuracy` (0 to 1), `mean_absolute_error`,
/// `learning_rate`, `gradient_norm`, `validation_loss`, `validation_accuracy`, `validation_macro_f1`,
/// `validation_mean_absolute_error`; null in an epoch without validation. What no answer has, such as an accuracy where
/// all are numbers, has no column. The numbers are those of [`EpochRecord`](recurrent_nn::EpochRecord).
///
/// # Errors
/// When polars fails.
pub fn epochs_frame(history: &History) -> Result<DataFrame> {
    let epochs = &history.epochs;
    let frame = df!(
        "epoch" => column(epochs, |epoch| epoch.epoch as u64),
        "steps" => column(epochs, |epoch| epoch.steps as u64),
        "rows" => column(epochs, |epoch| epoch.rows as u64),
        "answers" => column(epochs, |epoch| epoch.answers as u64),
        "loss" => column(epochs, |epoch| epoch.loss),
        "accuracy" => column(epochs, |epoch| epoch.accuracy),
        "mean_absolute_error" => column(epochs, |epoch| epoch.mean_absolute_error),
        "learning_rate" => column(epochs, |epoch| epoch.learning_rate),
        "gradient_norm" => column(epochs, |epoch| epoch.gradient_norm),
        "validation_loss" => column(epochs, |epoch| epoch.validation_loss),
        "validation_accuracy" => column(epochs, |epoch| epoch.validation_accuracy),
        "validation_macro_f1" => column(epochs, |epoch| epoch.validation_macro_f1),
        "validation_mean_absolute_error" => column(epochs, |epoch| epoch.validation_mean_absolute_error),
    );
    let frame = frame.map_err(recurrent_data::Error::Polars)?;
    Ok(without_empty_columns(frame))
}

/// Without the columns that are null in every row.
fn without_empty_columns(frame: DataFrame) -> DataFrame {
    let rows = frame.height();
    let empty = frame.columns().iter().filter(|column| rows > 0 && column.null_count() == rows);
    let empty: Vec<PlSmallStr> = empty.map(|column| column.name().clone()).collect();
    frame.drop_many(empty)
}

/// One value of each record.
fn column<R, T>(records: &[R], value: impl Fn(&R) -> T) -> Vec<T> {
    records.iter().map(value).collect()
}

#[cfg(test)]
mod tests {
    use super::{epochs_frame, steps_frame};
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
        columns.map(|(name, numbers)| ((*name).to_owned(), numbers.to_vec())).collect()
    }

    // No two numbers of a record are the same.
    #[test]
    fn every_number_of_a_step_has_its_column() -> Result<(), Error> {
        let first = StepRecord {
            step: 7,
            epoch: 2,
            batch: 4,
            rows: 16,
            answers: 24,
            correct: Some(18),
            loss: 0.5,
            mean_absolute_error: None,
            learning_rate: 0.125,
            gradient_norm: 2.5,
        };
        let second = StepRecord {
            step: 8,
            epoch: 3,
            batch: 1,
            rows: 10,
            answers: 11,
            correct: None,
            loss: 0.25,
            mean_absolute_error: Some(0.75),
            learning_rate: 0.0625,
            gradient_norm: 1.5,
        };
        let history = History { steps: vec![first, second], epochs: Vec::new() };
        let expected = [
            ("step", [Some(7.0), Some(8.0)]),
            ("epoch", [Some(2.0), Some(3.0)]),
            ("batch", [Some(4.0), Some(1.0)]),
            ("rows", [Some(16.0), Some(10.0)]),
            ("answers", [Some(24.0), Some(11.0)]),
            ("correct", [Some(18.0), None]),
            ("loss", [Some(0.5), Some(0.25)]),
            ("accuracy", [Some(0.75), None]),
            ("mean_absolute_error", [None, Some(0.75)]),
            ("learning_rate", [Some(0.125), Some(0.0625)]),
            ("gradient_norm", [Some(2.5), Some(1.5)]),
        ];
        assert_eq!(columns(&steps_frame(&history)?), named(&expected));
        Ok(())
    }

    #[test]
    fn every_number_of_an_epoch_has_its_column() -> Result<(), Error> {
        let first = EpochRecord {
            epoch: 2,
            steps: 4,
            rows: 64,
            answers: 65,
            loss: 0.5,
            accuracy: Some(0.75),
            mean_absolute_error: None,
            learning_rate: 0.125,
            gradient_norm: 2.5,
            validation_loss: None,
            validation_accuracy: None,
            validation_macro_f1: None,
            validation_mean_absolute_error: None,
        };
        let second = EpochRecord {
            epoch: 3,
            steps: 5,
            rows: 80,
            answers: 81,
            loss: 0.25,
            accuracy: Some(0.875),
            mean_absolute_error: Some(0.55),
            learning_rate: 0.0625,
            gradient_norm: 1.5,
            validation_loss: Some(0.375),
            validation_accuracy: Some(0.8),
            validation_macro_f1: Some(0.7),
            validation_mean_absolute_error: Some(0.65),
        };
        let history = History { steps: Vec::new(), epochs: vec![first, second] };
        let expected = [
            ("epoch", [Some(2.0), Some(3.0)]),
            ("steps", [Some(4.0), Some(5.0)]),
            ("rows", [Some(64.0), Some(80.0)]),
            ("answers", [Some(65.0), Some(81.0)]),
            ("loss", [Some(0.5), Some(0.25)]),
            ("accuracy", [Some(0.75), Some(0.875)]),
            ("mean_absolute_error", [None, Some(0.55)]),
            ("learning_rate", [Some(0.125), Some(0.0625)]),
            ("gradient_norm", [Some(2.5), Some(1.5)]),
            ("validation_loss", [None, Some(0.375)]),
            ("validation_accuracy", [None, Some(0.8)]),
            ("validation_macro_f1", [None, Some(0.7)]),
            ("validation_mean_absolute_error", [None, Some(0.65)]),
        ];
        assert_eq!(columns(&epochs_frame(&history)?), named(&expected));
        Ok(())
    }
}
