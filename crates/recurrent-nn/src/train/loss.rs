//! Cross-entropy of class scores, and its gradient directly below.

use crate::{Error, Result};
use candle_core::{DType, Tensor};

/// The loss of one batch, as plain numbers.
#[derive(Debug, Clone)]
pub(crate) struct BatchLoss {
    /// Sum over the rows of weight times cross-entropy.
    pub sum: f64,
    /// The class of each row.
    pub labels: Vec<u32>,
    /// The class with the highest score of each row, the first of equals.
    pub predicted: Vec<u32>,
    /// d `sum` / d logits, row-major (B, C).
    pub d_logits: Vec<f64>,
}

impl BatchLoss {
    pub(crate) fn rows(&self) -> usize {
        self.labels.len()
    }

    pub(crate) fn correct(&self) -> usize {
        self.labels
            .iter()
            .zip(&self.predicted)
            .filter(|(label, predicted)| label == predicted)
            .count()
    }
}

/// Cross-entropy of logits z (B, C) and labels y (B,), with class weights w and label smoothing e, as
/// [`torch.nn.CrossEntropyLoss`](https://docs.pytorch.org/docs/stable/generated/torch.nn.CrossEntropyLoss.html):
///
/// loss = sum over rows of (1 - e) w_y (-log p_y) + e/C sum over c of w_c (-log p_c), with p = softmax(z). Its mean is over [`total_weight`].
pub(crate) fn cross_entropy(
    logits: &Tensor,
    labels: &Tensor,
    class_weights: Option<&[f64]>,
    label_smoothing: f64,
) -> Result<BatchLoss> {
    let (rows, classes) = logits.dims2()?;
    let scores = logits
        .to_dtype(DType::F64)?
        .flatten_all()?
        .to_vec1::<f64>()?;
    let labels = labels.to_vec1::<u32>()?;
    if labels.len() != rows {
        return Err(Error::Shape {
            operation: "cross_entropy",
            expected: format!("{rows} labels, one for each row of the scores"),
            got: format!("{}", labels.len()),
        });
    }
    let weight_of = |class: usize| weight_of(class_weights, class);
    if let Some(weights) = class_weights
        && weights.len() != classes
    {
        return Err(Error::Shape {
            operation: "cross_entropy",
            expected: format!("{classes} class weights, one for each class of the model"),
            got: format!("{}", weights.len()),
        });
    }
    let all_weights: f64 = (0..classes).map(weight_of).sum();
    let smooth = label_smoothing / classes as f64;

    let mut loss = BatchLoss {
        sum: 0.0,
        predicted: Vec::with_capacity(rows),
        d_logits: Vec::with_capacity(rows * classes),
        labels: Vec::new(),
    };
    for (row, (z, &label)) in scores.chunks_exact(classes).zip(&labels).enumerate() {
        let label = label as usize;
        if label >= classes {
            return Err(Error::Label {
                row,
                label,
                classes,
            });
        }
        let weight = weight_of(label);
        let highest = z.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        // log p_c = z_c - log sum exp z
        let log_sum = highest + z.iter().map(|z| (z - highest).exp()).sum::<f64>().ln();
        loss.sum += (1.0 - label_smoothing) * weight * (log_sum - z[label]);
        if smooth > 0.0 {
            loss.sum += smooth
                * (0..classes)
                    .map(|c| weight_of(c) * (log_sum - z[c]))
                    .sum::<f64>();
        }
        loss.predicted.push(argmax(z));
        // d loss / d z_c = p_c ((1 - e) w_y + e/C sum w) - (1 - e) w_y [c = y] - e/C w_c
        let total = (1.0 - label_smoothing) * weight + smooth * all_weights;
        loss.d_logits.extend(z.iter().enumerate().map(|(c, z)| {
            let target = if c == label {
                (1.0 - label_smoothing) * weight
            } else {
                0.0
            };
            (z - log_sum).exp() * total - target - smooth * weight_of(c)
        }));
    }
    loss.labels = labels;
    Ok(loss)
}

/// The sum of the weights of some rows by their labels; a row counts 1 without class weights.
pub(crate) fn total_weight(labels: &Tensor, class_weights: Option<&[f64]>) -> Result<f64> {
    match class_weights {
        None => Ok(labels.elem_count() as f64),
        Some(_) => Ok(labels
            .to_vec1::<u32>()?
            .into_iter()
            .map(|label| weight_of(class_weights, label as usize))
            .sum()),
    }
}

/// The weight of a class; 0 for one that has none, which [`cross_entropy`] refuses.
fn weight_of(class_weights: Option<&[f64]>, class: usize) -> f64 {
    class_weights.map_or(1.0, |weights| weights.get(class).copied().unwrap_or(0.0))
}

fn argmax(scores: &[f64]) -> u32 {
    let best = scores.iter().enumerate().fold(
        0,
        |best, (class, score)| if *score > scores[best] { class } else { best },
    );
    best as u32
}
