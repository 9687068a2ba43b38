//! What each word adds to the answer.

use super::trace::{batch, ids, numbers, run, words};
use crate::error::{Error, Result, check_classes, check_stop};
use candle_core::DType;
use recurrent_data::TextVectorizer;
use recurrent_nn::{
    Model,
    scores::argmax,
    trace::{Record, Watch},
    train::Interrupt,
};
use recurrent_plot::{Figure, word_attributions};

/// What each word adds to the score of a class.
#[derive(Debug, Clone, PartialEq)]
pub struct Attribution {
    /// The words.
    pub words: Vec<String>,
    /// What each adds; of either sign.
    pub values: Vec<f64>,
    /// The class whose score it is.
    pub class: usize,
    /// The score of the text.
    pub score: f64,
    /// The score when every word vector is zero.
    pub baseline: f64,
}

impl Attribution {
    /// The completeness gap: how far the sum of the values is from `score` − `baseline`. More steps make it smaller.
    pub fn gap(&self) -> f64 {
        self.values.iter().sum::<f64>() - (self.score - self.baseline)
    }
}

/// What each word adds to the score of the class that the model answers, as bars: [`attribute`] drawn. The sum of the
/// bars and the change of the score that they should add up to are written above them.
///
/// # Errors
/// As [`attribute`]; class names that are not the model's classes; more words than a figure has room for.
pub fn integrated_gradients(
    model: &dyn Model,
    vectorizer: &TextVectorizer,
    classes: &[impl AsRef<str>],
    text: &str,
    steps: usize,
) -> Result<Figure> {
    let trace = super::trace(model, vectorizer, text)?;
    check_classes("integrated_gradients", trace.logits.len(), classes)?;
    let best = argmax(&trace.logits).unwrap_or(0);
    let found = attribute(model, vectorizer, text, best, steps)?;
    let title = format!("What each word adds to the score of “{}”", classes[found.class].as_ref());
    let change = found.score - found.baseline;
    Ok(word_attributions(&title, &found.words, &found.values, change)?)
}

/// Integrated gradients ([Sundararajan, Taly and Yan, 2017](https://arxiv.org/abs/1703.01365)) of a class's score
/// along the straight line from zero word vectors to those of the text:
///
/// value_t = sum over e of x_te ∫ (d score / d x_te at α x) dα, α from 0 to 1,
///
/// with the integral as a sum over the middles of `steps` equal pieces. They go through the model in batches of 128.
///
/// # Errors
/// As [`trace`](super::trace()); no step; a class that the model does not score; a model without an embedding, or one
/// that does not score the rows of a batch one by one; a stop (SIGINT).
pub fn attribute(
    model: &dyn Model,
    vectorizer: &TextVectorizer,
    text: &str,
    class: usize,
    steps: usize,
) -> Result<Attribution> {
    let view = |problem| Error::View { operation: "integrated_gradients", problem };
    if steps == 0 {
        return Err(view("0 steps; expected at least 1".into()));
    }
    let ids = ids("integrated_gradients", vectorizer, text)?;
    let along = |scales: Vec<f64>| -> Result<(Record, Vec<Vec<f64>>)> {
        let batch = batch(model, &vec![&ids; scales.len()])?;
        let scales = Some(scales);
        run(model, &batch, Watch { scales, ..Watch::default() })
    };
    let interrupt = Interrupt::listen()?;
    // The ends of the line, which also tell whether the model can be followed.
    let (ends, scores) = along(vec![0.0, 1.0])?;
    let classes = scores[0].len();
    if class >= classes {
        return Err(view(format!("class {class}, but the model scores {classes} classes")));
    }
    if ends.embedded.is_empty() {
        return Err(view("the model has no Embedding, so no word vectors to follow".into()));
    }
    if ends.logits.dims() != [2, classes] {
        return Err(view(format!("scores of shape {:?} for 2 texts; expected one row for each", ends.logits.dims())));
    }
    let middles: Vec<f64> = (0..steps).map(|step| (step as f64 + 0.5) / steps as f64).collect();
    let mut values = vec![0.0; ids.len()];
    for (part, scales) in middles.chunks(BATCH).enumerate() {
        check_stop(&interrupt, "integrated_gradients", part * BATCH)?;
        let (record, _) = along(scales.to_vec())?;
        let gradients = record.logits.narrow(1, class, 1)?.sum_all()?.backward()?;
        for embedded in &record.embedded {
            // An embedding that the score does not read adds nothing.
            let Some(gradient) = gradients.get(&embedded.scaled) else {
                continue;
            };
            let mean = (gradient.to_dtype(DType::F64)?.sum(0)? / steps as f64)?;
            let vectors = embedded.vectors.get(0)?.to_dtype(DType::F64)?;
            let added = numbers(&mean.mul(&vectors)?.sum(1)?)?;
            values.iter_mut().zip(added).for_each(|(value, more)| *value += more);
        }
    }
    Ok(Attribution {
        words: words(vectorizer, &ids),
        values,
        class,
        score: scores[1][class],
        baseline: scores[0][class],
    })
}

/// Steps that go through the model together: their number is the learner's, the memory is not.
const BATCH: usize = 128;
