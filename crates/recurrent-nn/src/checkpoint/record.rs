//! The record of a training as columns of numbers, one tensor each.

use super::{folder::refuse, tensors::Named};
use crate::{EpochRecord, History, Result, StepRecord};
use candle_core::{DType, Device, Tensor};
use std::path::Path;

const VALIDATION_LOSS: &str = "epochs.validation_loss";
const VALIDATION_ERROR: &str = "epochs.validation_mean_absolute_error";
/// In the column of a number that is never negative: not measured.
const NONE: f64 = -1.0;

pub(super) fn to_tensors(history: &History) -> Result<Named> {
    let (steps, epochs) = (&history.steps, &history.epochs);
    // A count is exact in f64 up to 2^53.
    let step = |name: &str, number: fn(&StepRecord) -> f64| column(format!("steps.{name}"), steps.iter().map(number));
    let epoch =
        |name: &str, number: fn(&EpochRecord) -> f64| column(format!("epochs.{name}"), epochs.iter().map(number));
    [
        step("epoch", |s| s.epoch as f64),
        step("batch", |s| s.batch as f64),
        step("rows", |s| s.rows as f64),
        step("answers", |s| s.answers as f64),
        step("correct", |s| s.correct.map_or(NONE, |correct| correct as f64)),
        step("loss", |s| s.loss),
        step("mean_absolute_error", |s| s.mean_absolute_error.unwrap_or(NONE)),
        step("learning_rate", |s| s.learning_rate),
        step("gradient_norm", |s| s.gradient_norm),
        epoch("steps", |e| e.steps as f64),
        epoch("rows", |e| e.rows as f64),
        epoch("answers", |e| e.answers as f64),
        epoch("loss", |e| e.loss),
        epoch("accuracy", |e| e.accuracy.unwrap_or(NONE)),
        epoch("mean_absolute_error", |e| e.mean_absolute_error.unwrap_or(NONE)),
        epoch("learning_rate", |e| e.learning_rate),
        epoch("gradient_norm", |e| e.gradient_norm),
        epoch("validated", |e| e.validation_loss.is_some() as u8 as f64),
        epoch("validation_loss", |e| e.validation_loss.unwrap_or_default()),
        epoch("validation_accuracy", |e| e.validation_accuracy.unwrap_or(NONE)),
        epoch("validation_macro_f1", |e| e.validation_macro_f1.unwrap_or(NONE)),
        epoch("validation_mean_absolute_error", |e| e.validation_mean_absolute_error.unwrap_or(NONE)),
    ]
    .into_iter()
    .collect()
}

fn column(name: String, numbers: impl Iterator<Item = f64>) -> Result<(String, Tensor)> {
    let numbers: Vec<f64> = numbers.collect();
    Ok((name, Tensor::from_vec(numbers.clone(), numbers.len(), &Device::Cpu)?))
}

pub(super) fn from_tensors(path: &Path, tensors: Named) -> Result<History> {
    let columns = Columns { path, tensors };
    let (epoch, batch) = (columns.counts("steps.epoch")?, columns.counts("steps.batch")?);
    let (rows, answers) = (columns.counts("steps.rows")?, columns.counts("steps.answers")?);
    let correct = columns.measured("steps.correct")?;
    let error = columns.measured("steps.mean_absolute_error")?;
    let (loss, rate) = (columns.numbers("steps.loss")?, columns.numbers("steps.learning_rate")?);
    let norm = columns.numbers("steps.gradient_norm")?;
    let counts = [&epoch, &batch, &rows, &answers].map(Vec::len);
    let measured = [&correct, &error].map(Vec::len);
    columns.same_length("steps", &[&counts[..], &measured, &[loss.len(), rate.len(), norm.len()]].concat())?;
    let steps: Vec<StepRecord> = (0..epoch.len())
        .map(|i| StepRecord {
            step: i as u64,
            epoch: epoch[i],
            batch: batch[i],
            rows: rows[i],
            answers: answers[i],
            correct: correct[i].map(|correct| correct as usize),
            loss: loss[i],
            mean_absolute_error: error[i],
            learning_rate: rate[i],
            gradient_norm: norm[i],
        })
        .collect();

    let (count, rows) = (columns.counts("epochs.steps")?, columns.counts("epochs.rows")?);
    let (answers, loss) = (columns.counts("epochs.answers")?, columns.numbers("epochs.loss")?);
    let accuracy = columns.measured("epochs.accuracy")?;
    let error = columns.measured("epochs.mean_absolute_error")?;
    let (rate, norm) = (columns.numbers("epochs.learning_rate")?, columns.numbers("epochs.gradient_norm")?);
    let validated = columns.counts("epochs.validated")?;
    let valid_loss = columns.numbers(VALIDATION_LOSS)?;
    let valid_accuracy = columns.measured("epochs.validation_accuracy")?;
    let valid_f1 = columns.measured("epochs.validation_macro_f1")?;
    let valid_error = columns.measured(VALIDATION_ERROR)?;
    let counts = [&count, &rows, &answers, &validated].map(Vec::len);
    let measured = [&accuracy, &error, &valid_accuracy, &valid_f1, &valid_error].map(Vec::len);
    let numbers = [&loss, &rate, &norm, &valid_loss].map(Vec::len);
    columns.same_length("epochs", &[&counts[..], &measured, &numbers].concat())?;
    let epochs: Vec<EpochRecord> = (0..count.len())
        .map(|i| EpochRecord {
            epoch: i,
            steps: count[i],
            rows: rows[i],
            answers: answers[i],
            loss: loss[i],
            accuracy: accuracy[i],
            mean_absolute_error: error[i],
            learning_rate: rate[i],
            gradient_norm: norm[i],
            validation_loss: (validated[i] == 1).then_some(valid_loss[i]),
            validation_accuracy: valid_accuracy[i],
            validation_macro_f1: valid_f1[i],
            validation_mean_absolute_error: valid_error[i],
        })
        .collect();

    let ordered = steps.windows(2).all(|pair| (pair[0].epoch, pair[0].batch) < (pair[1].epoch, pair[1].batch));
    if !ordered || steps.last().is_some_and(|step| step.epoch > epochs.len()) {
        return Err(refuse(path, "its steps do not follow each other"));
    }
    Ok(History { steps, epochs })
}

struct Columns<'a> {
    path: &'a Path,
    tensors: Named,
}

impl Columns<'_> {
    fn numbers(&self, name: &str) -> Result<Vec<f64>> {
        match self.tensors.get(name) {
            Some(column) if column.rank() == 1 && column.dtype() == DType::F64 => {
                let numbers = column.to_vec1::<f64>()?;
                // A loss on validation rows may be infinite, and with it their error: such an epoch is recorded, and no
                // step is.
                let wrong = numbers.iter().position(|number| !number.is_finite());
                match wrong.filter(|_| name != VALIDATION_LOSS && name != VALIDATION_ERROR) {
                    None => Ok(numbers),
                    Some(position) => {
                        Err(refuse(self.path, format!("`{name}` holds {} at position {position}", numbers[position])))
                    }
                }
            }
            Some(_) => Err(refuse(self.path, format!("`{name}` is not a list of f64"))),
            None => Err(refuse(self.path, format!("`{name}` is not in it"))),
        }
    }

    fn counts(&self, name: &str) -> Result<Vec<usize>> {
        let count = |number: f64| match number {
            number if number >= 0.0 && number.fract() == 0.0 && number < 2f64.powi(53) => Ok(number as usize),
            number => Err(refuse(self.path, format!("`{name}` holds {number}, expected a count"))),
        };
        self.numbers(name)?.into_iter().map(count).collect()
    }

    /// Numbers that an epoch or a step may have or not.
    fn measured(&self, name: &str) -> Result<Vec<Option<f64>>> {
        Ok(self.numbers(name)?.into_iter().map(|number| Some(number).filter(|&number| number != NONE)).collect())
    }

    fn same_length(&self, table: &str, lengths: &[usize]) -> Result<()> {
        match lengths.iter().all(|&length| length == lengths[0]) {
            true => Ok(()),
            false => Err(refuse(self.path, format!("the columns of `{table}` differ in length"))),
        }
    }
}
