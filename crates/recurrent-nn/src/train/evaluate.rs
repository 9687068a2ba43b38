//! Evaluation and prediction, without training.

use super::{
    interrupt::Interrupt,
    loss::Loss,
    metrics::{Evaluation, Metrics},
    progress::CountedProgress,
};
use crate::{Batch, BatchSource, Error, Model, Result, scores::softmax};
use candle_core::DType;

/// Measures a classifier on all rows of a source: cross-entropy and confusion matrix, and from it accuracy, precision,
/// recall and F1. A model with another loss, with ignored answers, or with so many classes that the matrix has no room,
/// is measured by [`Trainer::evaluate`](crate::Trainer::evaluate).
///
/// Dropout is off. Errors: [`Error::Interrupted`] by a stop (SIGINT); [`Error::NoRows`], [`Error::NoTarget`],
/// [`Error::Label`]; those of the model.
///
/// ```
#[doc = include_str!("../doc_net.rs.in")]
/// # fn main() -> Result<()> {
/// # let model = net(2, 3, 0)?;
/// # let batch = labelled(&[[2, 3], [4, 5]], &[0, 2])?;
/// # let rows = Batches(vec![batch]);
/// let evaluation = evaluate(&model, &rows)?; // 2 rows, 3 classes
/// let counted: u64 = evaluation.confusion.iter().flatten().sum();
/// assert_eq!((counted, evaluation.confusion.len()), (2, 3));
/// # Ok(()) }
/// ```
pub fn evaluate(model: &dyn Model, source: &dyn BatchSource) -> Result<Evaluation> {
    let (metrics, confusion) = evaluate_by(model, source, &Loss::default(), usize::MAX, true)?;
    Ok(Evaluation { loss: metrics.loss, confusion })
}

/// [`evaluate_while`] until a stop (SIGINT), with its progress if that is wanted.
pub(super) fn evaluate_by(
    model: &dyn Model,
    source: &dyn BatchSource,
    loss: &Loss,
    most: usize,
    progress: bool,
) -> Result<(Metrics, Vec<Vec<u64>>)> {
    let interrupt = Interrupt::listen()?;
    let mut progress = progress.then(|| CountedProgress::begin("Evaluation", source.rows(), "rows"));
    let measured = evaluate_while(model, source, loss, most, &mut |done| {
        if let Some(progress) = &mut progress {
            progress.tell(done);
        }
        !interrupt.requested()
    })?;
    if let Some(progress) = progress {
        progress.end();
    }
    Ok(measured)
}

/// What a loss says of a model on all rows of a source, and the confusion matrix of at most `most` classes, as long as
/// `proceed`, which is called before each batch with the number of rows done, returns true.
pub(super) fn evaluate_while(
    model: &dyn Model,
    source: &dyn BatchSource,
    loss: &Loss,
    most: usize,
    proceed: &mut dyn FnMut(usize) -> bool,
) -> Result<(Metrics, Vec<Vec<u64>>)> {
    let loss = loss.of_validation();
    let (mut rows, mut answers, mut sum) = (0, 0, 0.0);
    let (mut correct, mut absolute_error) = (None, None);
    let mut classes = None;
    let mut confusion = Vec::new();
    for batch in source.epoch(0) {
        if !proceed(rows) {
            return Err(Error::Interrupted { operation: "evaluate", rows });
        }
        let batch = Batch { training: false, ..batch? };
        let measured = loss.measure(&model.forward(&batch)?, batch.target()?)?;
        rows += batch.lengths.len();
        answers += measured.answers;
        sum += measured.sum;
        if let Some(error) = measured.absolute_error {
            *absolute_error.get_or_insert(0.0) += error;
        }
        let Some(found) = measured.classes else { continue };
        *correct.get_or_insert(0) += found.correct();
        let count = *classes.get_or_insert(found.count);
        if found.count != count {
            return Err(Error::Shape {
                operation: "evaluate",
                expected: format!("{count} classes, as in the batches before"),
                got: found.count.to_string(),
            });
        }
        if count > most {
            continue;
        }
        if confusion.is_empty() {
            confusion = vec![vec![0; count]; count];
        }
        for (&label, &predicted) in found.labels.iter().zip(&found.predicted) {
            confusion[label as usize][predicted as usize] += 1;
        }
    }
    if answers == 0 {
        return Err(Error::NoRows {
            operation: "evaluate",
            rows: if rows == 0 { "rows" } else { "answers that count" },
        });
    }
    let mean = |sum: f64| sum / answers as f64;
    let evaluation = Evaluation { loss: mean(sum), confusion };
    let metrics = Metrics {
        rows,
        answers,
        loss: evaluation.loss,
        accuracy: correct.map(|correct| correct as f64 / answers as f64),
        macro_f1: (!evaluation.confusion.is_empty()).then(|| mean_but(&evaluation.f1(), loss.ignored())),
        mean_absolute_error: absolute_error.map(mean),
    };
    Ok((metrics, evaluation.confusion))
}

/// The class probabilities of each sequence of a batch: softmax of the model's scores, B lists of C numbers. Dropout is
/// off.
///
/// Errors: [`Error::Scores`] where they are no probabilities; those of the model.
///
/// ```
#[doc = include_str!("../doc_net.rs.in")]
/// # fn main() -> Result<()> {
/// # let model = net(2, 3, 0)?;
/// # let batch = labelled(&[[2, 3], [4, 5]], &[0, 2])?;
/// let probabilities = predict_proba(&model, &batch)?; // B lists of C numbers
/// assert_eq!((probabilities.len(), probabilities[0].len()), (2, 3));
/// assert!((probabilities[0].iter().sum::<f64>() - 1.0).abs() < 1e-9);
/// # Ok(()) }
/// ```
pub fn predict_proba(model: &dyn Model, batch: &Batch) -> Result<Vec<Vec<f64>>> {
    let batch = Batch { training: false, ..batch.clone() };
    let mut rows = model.forward(&batch)?.to_dtype(DType::F64)?.to_vec2::<f64>()?;
    for (index, row) in rows.iter_mut().enumerate() {
        *row = softmax(row);
        if let Some(&value) = row.iter().find(|probability| !probability.is_finite()) {
            return Err(Error::Scores { row: index, value });
        }
    }
    Ok(rows)
}

/// The mean of the classes' numbers but that of an ignored one.
fn mean_but(numbers: &[f64], ignored: Option<u32>) -> f64 {
    let counted = numbers.iter().enumerate().filter(|(class, _)| ignored.is_none_or(|one| one as usize != *class));
    let counted: Vec<f64> = counted.map(|(_, &number)| number).collect();
    counted.iter().sum::<f64>() / counted.len() as f64
}
