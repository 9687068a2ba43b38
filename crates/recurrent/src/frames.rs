//! The record of a training as polars tables.

use crate::error::Result;
use polars::{df, prelude::DataFrame};
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
    let frame = df!(
        "step" => column(steps, |step| step.step),
        "epoch" => column(steps, |step| step.epoch as u64),
        "batch" => column(steps, |step| step.batch as u64),
        "rows" => column(steps, |step| step.rows as u64),
        "correct" => column(steps, |step| step.correct as u64),
        "loss" => column(steps, |step| step.loss),
        "accuracy" => column(steps, |step| step.accuracy()),
        "learning_rate" => column(steps, |step| step.learning_rate),
        "gradient_norm" => column(steps, |step| step.gradient_norm),
    );
    Ok(frame.map_err(recurrent_data::Error::Polars)?)
}

/// One row for each epoch: `epoch`, `steps`, `rows`, `loss` (nats), `accuracy` (0 to 1), `learning_rate`,
/// `gradient_norm`, `validation_loss`, `validation_accuracy`, `validation_macro_f1` (null without validation). The
/// numbers are those of [`EpochRecord`](recurrent_nn::EpochRecord).
///
/// # Errors
/// When polars fails.
pub fn epochs_frame(history: &History) -> Result<DataFrame> {
    let epochs = &history.epochs;
    let frame = df!(
        "epoch" => column(epochs, |epoch| epoch.epoch as u64),
        "steps" => column(epochs, |epoch| epoch.steps as u64),
        "rows" => column(epochs, |epoch| epoch.rows as u64),
        "loss" => column(epochs, |epoch| epoch.loss),
        "accuracy" => column(epochs, |epoch| epoch.accuracy),
        "learning_rate" => column(epochs, |epoch| epoch.learning_rate),
        "gradient_norm" => column(epochs, |epoch| epoch.gradient_norm),
        "validation_loss" => column(epochs, |epoch| epoch.validation_loss),
        "validation_accuracy" => column(epochs, |epoch| epoch.validation_accuracy),
        "validation_macro_f1" => column(epochs, |epoch| epoch.validation_macro_f1),
    );
    Ok(frame.map_err(recurrent_data::Error::Polars)?)
}

/// One value of each record.
fn column<R, T>(records: &[R], value: impl Fn(&R) -> T) -> Vec<T> {
    records.iter().map(value).collect()
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
        let history = History { steps: vec![first, second], epochs: Vec::new() };
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
        let history = History { steps: Vec::new(), epochs: vec![first, second] };
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
