//! Evaluation and prediction, without training.

use super::{interrupt::Interrupt, loss::cross_entropy, metrics::Evaluation};
use crate::{Batch, BatchSource, Error, Model, Result, scores::softmax};
use candle_core::{D, DType, Tensor};

/// Measures a model on all rows of a source: loss and confusion matrix, and from it accuracy, precision, recall and F1.
///
/// Dropout is off. Errors: [`Error::Interrupted`] by a stop (SIGINT); [`Error::NoRows`], [`Error::NoLabels`],
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
    let interrupt = Interrupt::listen()?;
    evaluate_while(model, source, &mut |_| !interrupt.requested())
}

/// [`evaluate`] as long as `proceed`, which is called before each batch with the number of rows done, returns true.
pub(super) fn evaluate_while(
    model: &dyn Model,
    source: &dyn BatchSource,
    proceed: &mut dyn FnMut(usize) -> bool,
) -> Result<Evaluation> {
    let mut evaluation = Evaluation { loss: 0.0, confusion: Vec::new() };
    let mut rows = 0;
    for batch in source.epoch(0) {
        if !proceed(rows) {
            return Err(Error::Interrupted { operation: "evaluate", rows });
        }
        let batch = Batch { training: false, ..batch? };
        let logits = model.forward(&batch)?;
        let loss = cross_entropy(&logits, labels(&batch)?, None, 0.0)?;
        let classes = logits.dim(D::Minus1)?;
        if evaluation.confusion.is_empty() {
            evaluation.confusion = vec![vec![0; classes]; classes];
        }
        if evaluation.confusion.len() != classes {
            return Err(Error::Shape {
                operation: "evaluate",
                expected: format!("{} classes, as in the batches before", evaluation.confusion.len()),
                got: classes.to_string(),
            });
        }
        for (&label, &predicted) in loss.labels.iter().zip(&loss.predicted) {
            evaluation.confusion[label as usize][predicted as usize] += 1;
        }
        evaluation.loss += loss.sum;
        rows += loss.rows();
    }
    if rows == 0 {
        return Err(Error::NoRows { operation: "evaluate", rows: "rows" });
    }
    evaluation.loss /= rows as f64;
    Ok(evaluation)
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

/// The labels of a batch for training or evaluation.
pub(super) fn labels(batch: &Batch) -> Result<&Tensor> {
    batch.target.as_ref().ok_or(Error::NoLabels)
}
