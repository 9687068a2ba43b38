//! What a classifier would answer if the text ended after each word.

use super::trace::{ids, trace_ids, words};
use crate::{
    error::{Result, check_classes, check_stop},
    scores::highest,
};
use recurrent_data::TextVectorizer;
use recurrent_nn::{Model, train::Interrupt};
use recurrent_plot::{Figure, Series, prediction_path};

/// The probability of each class after every word: [`prefix_probabilities`] drawn. Of more than eight classes those are drawn that become
/// the most probable.
///
/// # Errors
/// As [`trace`](super::trace()); class names that are not the model's classes; more words than a figure has room for.
pub fn path(
    model: &dyn Model,
    vectorizer: &TextVectorizer,
    classes: &[impl AsRef<str>],
    text: &str,
) -> Result<Figure> {
    let words = words(vectorizer, &ids("path", vectorizer, text)?);
    let steps = prefix_probabilities(model, vectorizer, text)?;
    for step in &steps {
        check_classes("path", step.len(), classes)?;
    }
    let all = classes.iter().enumerate().map(|(class, name)| Series {
        name: name.as_ref().to_owned(),
        values: steps.iter().map(|step| step[class]).collect(),
    });
    let (series, left_out) = highest(all.collect(), |one| {
        one.values.iter().copied().fold(0.0, f64::max)
    });
    let title = format!("The answer after every word{left_out}");
    Ok(prediction_path(&title, &words, &series)?)
}

/// For each word the probabilities of the classes of the text up to there. The model reads every beginning anew, so this holds for a
/// bidirectional one too.
///
/// # Errors
/// As [`trace`](super::trace()); a stop (SIGINT).
pub fn prefix_probabilities(
    model: &dyn Model,
    vectorizer: &TextVectorizer,
    text: &str,
) -> Result<Vec<Vec<f64>>> {
    let ids = ids("path", vectorizer, text)?;
    let interrupt = Interrupt::listen()?;
    let prefixes = (1..=ids.len()).map(|end| {
        check_stop(&interrupt, "prefix_probabilities", end - 1)?;
        Ok(trace_ids(model, vectorizer, &ids[..end])?.probabilities)
    });
    prefixes.collect()
}
