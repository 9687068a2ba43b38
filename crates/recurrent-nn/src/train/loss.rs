//! Cross-entropy of class scores, and its gradient directly below.

use crate::{Error, Result, scores::argmax};
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
        self.labels.iter().zip(&self.predicted).filter(|(label, predicted)| label == predicted).count()
    }
}

/// Cross-entropy of logits z (B, C) and labels y (B,), with class weights w and label smoothing e, as
/// [`torch.nn.CrossEntropyLoss`](https://docs.pytorch.org/docs/stable/generated/torch.nn.CrossEntropyLoss.html):
///
/// loss = sum over rows of (1 - e) w_y (-log p_y) + e/C sum over c of w_c (-log p_c), with p = softmax(z). Its mean is
/// over [`total_weight`].
pub(crate) fn cross_entropy(
    logits: &Tensor,
    labels: &Tensor,
    class_weights: Option<&[f64]>,
    label_smoothing: f64,
) -> Result<BatchLoss> {
    let (rows, classes) = match *logits.dims() {
        [rows, classes] if classes > 0 => (rows, classes),
        ref dims => {
            return Err(Error::Shape {
                operation: "cross_entropy",
                expected: "class scores (B, C) with at least one class".into(),
                got: format!("shape {dims:?}"),
            });
        }
    };
    let scores = logits.to_dtype(DType::F64)?.flatten_all()?.to_vec1::<f64>()?;
    let labels = classes_of(labels)?;
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
            return Err(Error::Label { row, label, classes });
        }
        let weight = weight_of(label);
        let highest = z.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        // log p_c = z_c - log sum exp z
        let log_sum = highest + z.iter().map(|z| (z - highest).exp()).sum::<f64>().ln();
        loss.sum += (1.0 - label_smoothing) * weight * (log_sum - z[label]);
        if smooth > 0.0 {
            loss.sum += smooth * (0..classes).map(|c| weight_of(c) * (log_sum - z[c])).sum::<f64>();
        }
        loss.predicted.extend(argmax(z).map(|class| class as u32));
        // d loss / d z_c = p_c ((1 - e) w_y + e/C sum w) - (1 - e) w_y [c = y] - e/C w_c
        let total = (1.0 - label_smoothing) * weight + smooth * all_weights;
        loss.d_logits.extend(z.iter().enumerate().map(|(c, z)| {
            let target = if c == label { (1.0 - label_smoothing) * weight } else { 0.0 };
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
        Some(_) => Ok(classes_of(labels)?.into_iter().map(|label| weight_of(class_weights, label as usize)).sum()),
    }
}

/// The labels (B,) as numbers.
fn classes_of(labels: &Tensor) -> Result<Vec<u32>> {
    match (labels.dtype(), labels.rank()) {
        (DType::U32, 1) => Ok(labels.to_vec1()?),
        (DType::U32, _) => Err(Error::Shape {
            operation: "cross_entropy",
            expected: "labels (B,)".into(),
            got: format!("shape {:?}", labels.dims()),
        }),
        (got, _) => Err(Error::DType { operation: "cross_entropy", expected: "u32 labels", got }),
    }
}

/// The weight of a class; 0 for one that has none, which [`cross_entropy`] refuses.
fn weight_of(class_weights: Option<&[f64]>, class: usize) -> f64 {
    class_weights.map_or(1.0, |weights| weights.get(class).copied().unwrap_or(0.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::Device;

    const Z: [[f64; 3]; 4] = [[0.5, -1.2, 2.0], [3.0, 0.1, -0.4], [-2.0, 0.0, 1.5], [0.3, 0.2, 0.1]];
    const Y: [u32; 4] = [2, 1, 0, 1];

    /// Class weights, label smoothing, and what torch.nn.functional.cross_entropy (PyTorch 2.15, f64) gives: the mean
    /// loss and its gradient.
    type Case = (Option<[f64; 3]>, f64, f64, [f64; 12]);

    const TORCH: [Case; 4] = [
        (
            None,
            0.0,
            2.011661634404115,
            [
                0.044135514716592786,
                0.008062831364308501,
                -0.05219834608090129,
                0.22969570583249163,
                -0.23736140263196703,
                0.007665696799475389,
                -0.2439765579282879,
                0.044507551376539764,
                0.19946900655174815,
                0.09179135027773135,
                -0.1669437516166632,
                0.07515240133893182,
            ],
        ),
        (
            Some([0.5, 1.0, 3.0]),
            0.0,
            1.209479597685865,
            [
                0.09629566847256607,
                0.017591632067582182,
                -0.11388730054014827,
                0.16705142242363027,
                -0.17262647464143058,
                0.0055750522178002835,
                -0.08871874833755924,
                0.01618456413692355,
                0.07253418420063569,
                0.0667573456565319,
                -0.12141363753939143,
                0.05465629188285951,
            ],
        ),
        (
            Some([0.5, 1.0, 3.0]),
            0.1,
            1.2579856343977274,
            [
                0.08845058201863472,
                0.010651444403597011,
                -0.0991020264222318,
                0.17237369051450877,
                -0.1600456771613809,
                -0.012328013353127883,
                -0.08222007376264685,
                0.013360870903702202,
                0.06885920285894466,
                0.06706490990905545,
                -0.10627219820423979,
                0.0392072882951843,
            ],
        ),
        (
            None,
            0.2,
            1.958328301070782,
            [
                0.02746884804992612,
                -0.008603835302358165,
                -0.018865012747567966,
                0.21302903916582497,
                -0.2040280692986337,
                -0.009000969867191278,
                -0.21064322459495458,
                0.027840884709873098,
                0.1828023398850815,
                0.07512468361106468,
                -0.13361041828332987,
                0.05848573467226516,
            ],
        ),
    ];

    #[test]
    fn loss_and_gradient_are_those_of_pytorch() -> Result<()> {
        let (z, y) = (Tensor::new(&Z, &Device::Cpu)?, Tensor::new(&Y, &Device::Cpu)?);
        for (weights, smoothing, expected, gradient) in TORCH {
            let weights = weights.as_ref().map(|weights| weights.as_slice());
            let loss = cross_entropy(&z, &y, weights, smoothing)?;
            let total = total_weight(&y, weights)?;
            assert!((loss.sum / total - expected).abs() < 1e-14, "{} {expected}", loss.sum / total);
            for (got, expected) in loss.d_logits.iter().zip(gradient) {
                assert!((got / total - expected).abs() < 1e-15, "{} {expected}", got / total);
            }
            assert_eq!((loss.rows(), loss.correct()), (4, 1));
            assert_eq!(loss.predicted, [2, 0, 2, 0]);
        }
        Ok(())
    }

    #[test]
    fn large_scores_do_not_overflow() -> Result<()> {
        let z = Tensor::new(&[[1e4f32, -1e4, 0.0]], &Device::Cpu)?;
        let loss = cross_entropy(&z, &Tensor::new(&[1u32], &Device::Cpu)?, None, 0.0)?;
        assert_eq!(loss.sum, 2e4);
        assert_eq!(loss.d_logits, [1.0, -1.0, 0.0]);
        Ok(())
    }
}
