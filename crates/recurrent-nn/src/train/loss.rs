//! What a model is trained to make small: losses, each with its gradient directly below, and what they measure.

use super::config::{positive, require};
use crate::{Error, Result, scores::argmax};
use candle_core::{DType, Tensor, Var};
use serde::{Deserialize, Serialize};
use std::{fmt, sync::Arc};

/// What a model is trained to make small: a number for each answer, of which the mean counts each answer alike.
///
/// An answer is what a target holds one of: the class of a row, the class of a step, or a number.
///
/// | | output of the model | target | measures |
/// | --- | --- | --- | --- |
/// | `CrossEntropy` of rows | scores (B, C) | classes (B,), u32 | accuracy, macro F1, perplexity |
/// | `CrossEntropy` of steps | scores (B, T, C) | classes (B, T), u32 | accuracy, macro F1, perplexity |
/// | `MeanSquaredError` | numbers | numbers of the same shape | mean absolute error |
/// | `MeanAbsoluteError` | numbers | numbers of the same shape | mean absolute error |
/// | `Own` | what your function takes | what your function takes | |
///
/// A loss of your own is a function of candle's operations, see [`Loss::own`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Loss {
    /// How improbable the right classes are, in nats; the default.
    CrossEntropy(CrossEntropy),
    /// The mean of (y - t)², as
    /// [`torch.nn.MSELoss`](https://docs.pytorch.org/docs/stable/generated/torch.nn.MSELoss.html).
    MeanSquaredError,
    /// The mean of |y - t|, as
    /// [`torch.nn.L1Loss`](https://docs.pytorch.org/docs/stable/generated/torch.nn.L1Loss.html).
    MeanAbsoluteError,
    /// A loss of your own.
    Own(OwnLoss),
}

/// Cross-entropy of scores z and classes y, with the parameters of
/// [`torch.nn.CrossEntropyLoss`](https://docs.pytorch.org/docs/stable/generated/torch.nn.CrossEntropyLoss.html). With
/// class weights w and label smoothing e, and p = softmax(z), over the answers whose class is not `ignore_index`:
///
/// loss = sum of (1 - e) w_y (-log p_y) + e/C sum over c of w_c (-log p_c), over the sum of w_y
///
/// A validation is without class weights and smoothing.
///
/// ```
/// use recurrent_nn::{CrossEntropy, TrainerConfig};
/// // Padding, id 0, is no word to be learned.
/// let loss = CrossEntropy { ignore_index: Some(0), ..Default::default() };
/// let config = TrainerConfig { loss: loss.into(), ..Default::default() };
/// ```
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CrossEntropy {
    /// The weight of each class. Default: none, all alike.
    pub class_weights: Option<Vec<f64>>,
    /// The share of each label that is spread over all classes, 0 up to 1. Default: 0.
    pub label_smoothing: f64,
    /// The class in a target that stands for no answer, e.g. padding: neither learned nor counted. A step needs at least
    /// one answer that counts. Default: none.
    pub ignore_index: Option<u32>,
}

/// A loss of your own: [`Loss::own`].
#[derive(Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OwnLoss {
    name: String,
    /// None when it was read from a checkpoint, which keeps the name only.
    #[serde(skip)]
    function: Option<Arc<dyn LossFunction>>,
}

/// The function of a loss of your own. A closure `|output: &Tensor, target: &Tensor| -> Result<Tensor>` is one that
/// counts each number of the target as an answer; with a mask, implement both.
pub trait LossFunction: Send + Sync {
    /// The sum of the losses of all answers, a tensor with one number, of candle's operations on the model's output.
    fn sum(&self, output: &Tensor, target: &Tensor) -> Result<Tensor>;

    /// How many answers a target holds; the default: as many as numbers.
    fn count(&self, target: &Tensor) -> Result<usize> {
        Ok(target.elem_count())
    }
}

impl<F: Fn(&Tensor, &Tensor) -> Result<Tensor> + Send + Sync> LossFunction for F {
    fn sum(&self, output: &Tensor, target: &Tensor) -> Result<Tensor> {
        self(output, target)
    }
}

impl fmt::Debug for OwnLoss {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{:?}", self.name)
    }
}

/// Two are the same if their names are.
impl PartialEq for OwnLoss {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl From<CrossEntropy> for Loss {
    fn from(loss: CrossEntropy) -> Self {
        Self::CrossEntropy(loss)
    }
}

impl Default for Loss {
    fn default() -> Self {
        CrossEntropy::default().into()
    }
}

/// What a loss finds in one batch, as plain numbers.
#[derive(Debug, Clone)]
pub(crate) struct Measured {
    /// Sum over the answers of weight times loss.
    pub sum: f64,
    /// How many answers count.
    pub answers: usize,
    /// d `sum` / d output, row-major.
    pub d_output: Vec<f64>,
    /// The classes of the answers, if they are classes.
    pub classes: Option<Classes>,
    /// Sum over the answers of |y - t|, if they are numbers.
    pub absolute_error: Option<f64>,
}

/// The classes of the answers that count.
#[derive(Debug, Clone)]
pub(crate) struct Classes {
    /// C, the scores for each answer.
    pub count: usize,
    /// The right ones.
    pub labels: Vec<u32>,
    /// Those with the highest score, the first of equals.
    pub predicted: Vec<u32>,
}

impl Classes {
    pub(crate) fn correct(&self) -> usize {
        self.labels.iter().zip(&self.predicted).filter(|(label, predicted)| label == predicted).count()
    }
}

impl Loss {
    /// A loss of your own, by a name that a checkpoint keeps: [`Checkpoint::resume_with`](crate::Checkpoint::resume_with)
    /// takes the function again. It is a closure, or a [`LossFunction`].
    ///
    /// ```
    #[doc = include_str!("../doc_net.rs.in")]
    /// # fn main() -> Result<()> {
    /// # let model = net(2, 1, 0)?;
    /// # let target = Tensor::new(&[[1f32], [0.]], &Device::Cpu)?;
    /// # let rows = Batches(vec![Batch { target: Some(target), ..labelled(&[[2, 3], [4, 5]], &[0, 0])? }]);
    /// // The pseudo-Huber loss: quadratic near 0, linear far away. It gives the sum over all numbers.
    /// let loss = Loss::own("pseudo-Huber", |output: &Tensor, target: &Tensor| {
    ///     let root = ((output - target)?.sqr()? + 1.0)?.sqrt()?;
    ///     Ok((root - 1.0)?.sum_all()?)
    /// });
    /// let mut trainer = Trainer::new(TrainerConfig { loss, epochs: 9, ..Default::default() })?;
    /// trainer.fit(&model, &rows, None)?;
    /// # assert!(trainer.history().epochs[8].loss < trainer.history().epochs[0].loss);
    /// # Ok(()) }
    /// ```
    pub fn own(name: &str, function: impl LossFunction + 'static) -> Self {
        Self::Own(OwnLoss { name: name.to_owned(), function: Some(Arc::new(function)) })
    }

    /// Its name for people, e.g. `cross-entropy`.
    pub fn name(&self) -> &str {
        match self {
            Self::CrossEntropy(_) => "cross-entropy",
            Self::MeanSquaredError => "mean squared error",
            Self::MeanAbsoluteError => "mean absolute error",
            Self::Own(own) => &own.name,
        }
    }

    /// Errors with the first number that is out of its range.
    pub(crate) fn check(&self) -> Result<()> {
        match self {
            Self::CrossEntropy(CrossEntropy { class_weights, label_smoothing, .. }) => {
                let smoothing = *label_smoothing;
                require("label_smoothing", "at least 0 and below 1", (0.0..1.0).contains(&smoothing), smoothing)?;
                for &weight in class_weights.iter().flatten() {
                    require("class_weights", "numbers above 0", positive(weight), weight)?;
                }
                Ok(())
            }
            Self::Own(own) => own.function().map(|_| ()),
            _ => Ok(()),
        }
    }

    /// What it measures with in a validation: each answer alike, towards its class alone.
    pub(crate) fn of_validation(&self) -> Self {
        match self {
            Self::CrossEntropy(CrossEntropy { ignore_index, .. }) => {
                CrossEntropy { ignore_index: *ignore_index, ..Default::default() }.into()
            }
            loss => loss.clone(),
        }
    }

    /// The class that stands for no answer.
    pub(crate) fn ignored(&self) -> Option<u32> {
        match self {
            Self::CrossEntropy(loss) => loss.ignore_index,
            _ => None,
        }
    }

    /// What the answers of a target weigh together: the mean loss is over this sum.
    pub(crate) fn weight(&self, target: &Tensor) -> Result<f64> {
        match self {
            Self::CrossEntropy(loss) => loss.weight(target),
            Self::Own(own) => Ok(own.function()?.count(target)? as f64),
            _ => Ok(target.elem_count() as f64),
        }
    }

    /// The loss of the model's output for a target.
    pub(crate) fn measure(&self, output: &Tensor, target: &Tensor) -> Result<Measured> {
        match self {
            Self::CrossEntropy(loss) => loss.measure(output, target),
            Self::MeanSquaredError => {
                numbers("MeanSquaredError", output, target, |difference| (difference * difference, 2.0 * difference))
            }
            Self::MeanAbsoluteError => numbers("MeanAbsoluteError", output, target, |difference| {
                let sign = if difference == 0.0 { 0.0 } else { difference.signum() };
                (difference.abs(), sign)
            }),
            Self::Own(own) => own.measure(output, target),
        }
    }
}

impl OwnLoss {
    fn function(&self) -> Result<&dyn LossFunction> {
        self.function.as_deref().ok_or_else(|| Error::OwnLoss { name: self.name.clone() })
    }

    fn measure(&self, output: &Tensor, target: &Tensor) -> Result<Measured> {
        let function = self.function()?;
        let y = Var::from_tensor(&output.detach())?;
        let sum = function.sum(y.as_tensor(), target)?;
        if sum.elem_count() != 1 {
            return Err(Error::Shape {
                operation: "Loss::own",
                expected: "a sum, one number".into(),
                got: format!("shape {:?}", sum.dims()),
            });
        }
        let gradients = sum.backward()?;
        let d_output = match gradients.get(y.as_tensor()) {
            Some(gradient) => plain(gradient)?,
            None => vec![0.0; y.elem_count()],
        };
        let sum = plain(&sum)?.into_iter().sum();
        Ok(Measured { sum, answers: function.count(target)?, d_output, classes: None, absolute_error: None })
    }
}

/// The numbers of a tensor in order.
fn plain(tensor: &Tensor) -> Result<Vec<f64>> {
    Ok(tensor.to_dtype(DType::F64)?.flatten_all()?.to_vec1()?)
}

/// A loss of the difference y - t of two numbers, with its derivative.
fn numbers(
    operation: &'static str,
    output: &Tensor,
    target: &Tensor,
    loss: impl Fn(f64) -> (f64, f64),
) -> Result<Measured> {
    if !target.dtype().is_float() {
        return Err(Error::DType { operation, expected: "numbers as the target, e.g. f32", got: target.dtype() });
    }
    if output.dims() != target.dims() {
        return Err(Error::Shape {
            operation,
            expected: format!("a target of the shape of the model's output, {:?}", output.dims()),
            got: format!("shape {:?}", target.dims()),
        });
    }
    let (mut sum, mut absolute_error) = (0.0, 0.0);
    let mut d_output = Vec::with_capacity(output.elem_count());
    for (y, t) in plain(output)?.into_iter().zip(plain(target)?) {
        let (value, derivative) = loss(y - t);
        sum += value;
        absolute_error += (y - t).abs();
        d_output.push(derivative);
    }
    Ok(Measured { sum, answers: d_output.len(), d_output, classes: None, absolute_error: Some(absolute_error) })
}

impl CrossEntropy {
    fn measure(&self, logits: &Tensor, labels: &Tensor) -> Result<Measured> {
        let (answers, classes) = match logits.dims() {
            [answers @ .., classes] if (1..=2).contains(&answers.len()) && *classes > 0 => (answers, *classes),
            dims => {
                return Err(Error::Shape {
                    operation: "cross_entropy",
                    expected: "class scores (B, C) or (B, T, C) with at least one class".into(),
                    got: format!("shape {dims:?}"),
                });
            }
        };
        let scores = plain(logits)?;
        if labels.dtype() == DType::U32 && labels.dims() != answers {
            return Err(Error::Shape {
                operation: "cross_entropy",
                expected: format!("labels {answers:?}, one for each answer of the scores {:?}", logits.dims()),
                got: format!("shape {:?}", labels.dims()),
            });
        }
        let labels = classes_of(labels)?;
        if let Some(weights) = &self.class_weights
            && weights.len() != classes
        {
            return Err(Error::Shape {
                operation: "cross_entropy",
                expected: format!("{classes} class weights, one for each class of the model"),
                got: format!("{}", weights.len()),
            });
        }
        let all_weights: f64 = (0..classes).map(|class| self.weight_of(class)).sum();
        let smooth = self.label_smoothing / classes as f64;
        let steps: usize = answers[1..].iter().product();

        let mut sum = 0.0;
        let mut found = Classes { count: classes, labels: Vec::new(), predicted: Vec::new() };
        let mut d_output = Vec::with_capacity(scores.len());
        for (answer, (z, &label)) in scores.chunks_exact(classes).zip(&labels).enumerate() {
            if self.ignore_index == Some(label) {
                d_output.extend(z.iter().map(|_| 0.0));
                continue;
            }
            found.labels.push(label);
            let label = label as usize;
            if label >= classes {
                return Err(Error::Label { row: answer / steps, label, classes });
            }
            let weight = self.weight_of(label);
            let highest = z.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            // log p_c = z_c - log sum exp z
            let log_sum = highest + z.iter().map(|z| (z - highest).exp()).sum::<f64>().ln();
            sum += (1.0 - self.label_smoothing) * weight * (log_sum - z[label]);
            if smooth > 0.0 {
                sum += smooth * (0..classes).map(|c| self.weight_of(c) * (log_sum - z[c])).sum::<f64>();
            }
            found.predicted.extend(argmax(z).map(|class| class as u32));
            // d loss / d z_c = p_c ((1 - e) w_y + e/C sum w) - (1 - e) w_y [c = y] - e/C w_c
            let total = (1.0 - self.label_smoothing) * weight + smooth * all_weights;
            d_output.extend(z.iter().enumerate().map(|(c, z)| {
                let target = if c == label { (1.0 - self.label_smoothing) * weight } else { 0.0 };
                (z - log_sum).exp() * total - target - smooth * self.weight_of(c)
            }));
        }
        Ok(Measured { sum, answers: found.labels.len(), d_output, classes: Some(found), absolute_error: None })
    }

    /// The sum of the weights of the answers by their classes; one counts 1 without class weights, an ignored one 0.
    fn weight(&self, labels: &Tensor) -> Result<f64> {
        if self.class_weights.is_none() && self.ignore_index.is_none() {
            return Ok(labels.elem_count() as f64);
        }
        let labels = classes_of(labels)?.into_iter().filter(|&label| self.ignore_index != Some(label));
        Ok(labels.map(|label| self.weight_of(label as usize)).sum())
    }

    /// The weight of a class; 1 for one that has none, which a measurement refuses.
    fn weight_of(&self, class: usize) -> f64 {
        self.class_weights.as_ref().map_or(1.0, |weights| weights.get(class).copied().unwrap_or(1.0))
    }
}

/// The labels as numbers, in order.
fn classes_of(labels: &Tensor) -> Result<Vec<u32>> {
    match labels.dtype() {
        DType::U32 => Ok(labels.flatten_all()?.to_vec1()?),
        got => Err(Error::DType { operation: "cross_entropy", expected: "u32 labels", got }),
    }
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
            let class_weights = weights.map(|weights| weights.to_vec());
            let loss = Loss::from(CrossEntropy { class_weights, label_smoothing: smoothing, ignore_index: None });
            let total = loss.weight(&y)?;
            let loss = loss.measure(&z, &y)?;
            assert!((loss.sum / total - expected).abs() < 1e-14, "{} {expected}", loss.sum / total);
            for (got, expected) in loss.d_output.iter().zip(gradient) {
                assert!((got / total - expected).abs() < 1e-15, "{} {expected}", got / total);
            }
            let classes = loss.classes.unwrap();
            assert_eq!((loss.answers, classes.correct()), (4, 1));
            assert_eq!(classes.predicted, [2, 0, 2, 0]);
        }
        Ok(())
    }

    #[test]
    fn large_scores_do_not_overflow() -> Result<()> {
        let z = Tensor::new(&[[1e4f32, -1e4, 0.0]], &Device::Cpu)?;
        let loss = Loss::default().measure(&z, &Tensor::new(&[1u32], &Device::Cpu)?)?;
        assert_eq!(loss.sum, 2e4);
        assert_eq!(loss.d_output, [1.0, -1.0, 0.0]);
        Ok(())
    }

    /// Class weights, label smoothing, `ignore_index`, and what PyTorch's cross_entropy gives for the answers of two
    /// steps of two rows: the mean loss and its gradient.
    type StepCase = (Option<[f64; 3]>, f64, u32, f64, [f64; 12]);

    const STEPS: [StepCase; 2] = [
        (
            None,
            0.0,
            1,
            1.9799990931836988,
            [
                0.08827102943318559,
                0.016125662728617002,
                -0.10439669216180258,
                0.0,
                0.0,
                0.0,
                -0.4879531158565758,
                0.08901510275307953,
                0.3989380131034963,
                0.0,
                0.0,
                0.0,
            ],
        ),
        (
            Some([0.5, 1.0, 3.0]),
            0.1,
            0,
            1.0200212852630415,
            [
                0.09729564022049825,
                0.011716588843956719,
                -0.10901222906445494,
                0.1896110595659596,
                -0.17605024487751897,
                -0.013560814688440672,
                0.0,
                0.0,
                0.0,
                0.07377140089996101,
                -0.11689941802466372,
                0.04312801712470273,
            ],
        ),
    ];

    #[test]
    fn answers_of_steps_are_those_of_pytorch_and_ignored_ones_do_not_count() -> Result<()> {
        let z = Tensor::new(&Z, &Device::Cpu)?.reshape((2, 2, 3))?;
        let y = Tensor::new(&Y, &Device::Cpu)?.reshape((2, 2))?;
        for (weights, label_smoothing, ignored, expected, gradient) in STEPS {
            let class_weights = weights.map(|weights| weights.to_vec());
            let loss = Loss::from(CrossEntropy { class_weights, label_smoothing, ignore_index: Some(ignored) });
            let total = loss.weight(&y)?;
            let measured = loss.measure(&z, &y)?;
            assert!((measured.sum / total - expected).abs() < 1e-14, "{} {expected}", measured.sum / total);
            for (got, expected) in measured.d_output.iter().zip(gradient) {
                assert!((got / total - expected).abs() < 1e-15, "{} {expected}", got / total);
            }
            let labels: Vec<u32> = Y.into_iter().filter(|&label| label != ignored).collect();
            let classes = measured.classes.unwrap();
            assert_eq!((measured.answers, &classes.labels), (labels.len(), &labels));
        }
        Ok(())
    }

    /// As torch.nn.functional.mse_loss and l1_loss give it.
    #[test]
    fn losses_of_numbers_are_those_of_pytorch() -> Result<()> {
        let y = Tensor::new(&[[0.5f64, -1.25], [2.0, 0.0]], &Device::Cpu)?;
        let t = Tensor::new(&[[0.25f64, -1.25], [1.0, 3.0]], &Device::Cpu)?;
        for (loss, expected, gradient) in [
            (Loss::MeanSquaredError, 2.515625, [0.125, 0.0, 0.5, -1.5]),
            (Loss::MeanAbsoluteError, 1.0625, [0.25, 0.0, 0.25, -0.25]),
        ] {
            let (total, measured) = (loss.weight(&t)?, loss.measure(&y, &t)?);
            assert_eq!((measured.sum / total, measured.answers), (expected, 4));
            assert_eq!(measured.absolute_error, Some(4.25));
            assert_eq!(measured.d_output.iter().map(|d| d / total).collect::<Vec<_>>(), gradient);
        }
        Ok(())
    }

    /// The same loss, once as a function of candle's operations: sum and gradient are those of the built-in one.
    #[test]
    fn an_own_loss_has_the_gradient_of_its_operations() -> Result<()> {
        let own = Loss::own("squares", |y: &Tensor, t: &Tensor| Ok((y - t)?.sqr()?.sum_all()?));
        let y = Tensor::new(&[[0.5f32, -1.25], [2.0, 0.0]], &Device::Cpu)?;
        let t = Tensor::new(&[[0.25f32, -1.25], [1.0, 3.0]], &Device::Cpu)?;
        let (own, built_in) = (own.measure(&y, &t)?, Loss::MeanSquaredError.measure(&y, &t)?);
        assert_eq!((own.sum, own.d_output, own.answers), (built_in.sum, built_in.d_output, 4));

        let mean_of_rows = Loss::own("rows", |y: &Tensor, _: &Tensor| Ok(y.sum(1)?));
        let error = mean_of_rows.measure(&y, &t).unwrap_err().to_string();
        assert_eq!(error, "Loss::own: expected a sum, one number, got shape [2]");
        Ok(())
    }

    #[test]
    fn a_target_that_does_not_fit_is_refused_in_one_sentence() -> Result<()> {
        let cpu = &Device::Cpu;
        let (rows, steps) = (Tensor::zeros((2, 3), DType::F32, cpu)?, Tensor::zeros((2, 4, 3), DType::F32, cpu)?);
        let ids = |dims: &[usize]| Tensor::zeros(dims, DType::U32, cpu);
        let refusal =
            |loss: &Loss, output: &Tensor, target: Tensor| loss.measure(output, &target).unwrap_err().to_string();
        let classes = Loss::default();
        for (output, target, message) in [
            (&rows, ids(&[3])?, "labels [2], one for each answer of the scores [2, 3], got shape [3]"),
            (&steps, ids(&[2])?, "labels [2, 4], one for each answer of the scores [2, 4, 3], got shape [2]"),
            (&steps, ids(&[2, 3])?, "labels [2, 4], one for each answer of the scores [2, 4, 3], got shape [2, 3]"),
            (&rows, rows.clone(), "u32 labels, got F32"),
            (&ids(&[2])?, ids(&[2])?, "class scores (B, C) or (B, T, C) with at least one class, got shape [2]"),
        ] {
            assert_eq!(refusal(&classes, output, target), format!("cross_entropy: expected {message}"));
        }
        let wrong = Tensor::full(7u32, (2, 4), cpu)?;
        let message = "the label in row 0 of the batch is 7, but the model scores 3 classes, 0 to 2";
        assert_eq!(refusal(&classes, &steps, wrong), message);
        assert_eq!(
            refusal(&Loss::MeanSquaredError, &rows, rows.narrow(1, 0, 1)?),
            "MeanSquaredError: expected a target of the shape of the model's output, [2, 3], got shape [2, 1]"
        );
        assert_eq!(
            refusal(&Loss::MeanAbsoluteError, &rows, ids(&[2, 3])?),
            "MeanAbsoluteError: expected numbers as the target, e.g. f32, got U32"
        );
        Ok(())
    }
}
