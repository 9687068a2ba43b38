//! The prediction of a classifier if the text ended after each word.

use super::trace::{ids, trace_ids, words};
use crate::{
    error::{Result, check_classes, check_stop},
    scores::highest,
};
use recurrent_data::TextVectorizer;
use recurrent_nn::{Model, train::Interrupt};
use recurrent_plot::{Figure, Series, prediction_trajectory as draw_trajectory};

/// The probability of each class after every word: [`prefix_probabilities`] drawn. Of more than eight classes, those
/// that become the most probable are drawn.
///
/// # Errors
/// As [`trace`](super::trace()); class names that are not the model's classes; more words than a figure has room for.
pub fn prediction_trajectory(
    model: &dyn Model,
    vectorizer: &TextVectorizer,
    classes: &[impl AsRef<str>],
    text: &str,
) -> Result<Figure> {
    let words = words(vectorizer, &ids("prediction_trajectory", vectorizer, text)?);
    let steps = prefix_probabilities(model, vectorizer, text)?;
    for step in &steps {
        check_classes("prediction_trajectory", step.len(), classes)?;
    }
    let all = classes.iter().enumerate().map(|(class, name)| Series {
        name: name.as_ref().to_owned(),
        values: steps.iter().map(|step| step[class]).collect(),
    });
    let (series, left_out) = highest(all.collect(), |one| one.values.iter().copied().fold(0.0, f64::max));
    let title = format!("The answer after every word{left_out}");
    Ok(draw_trajectory(&title, &words, &series)?)
}

/// For each word the probabilities of the classes of the text up to there. The model reads every prefix from its
/// start, so this is right for a bidirectional one too.
///
/// # Errors
/// As [`trace`](super::trace()); a stop (SIGINT).
pub fn prefix_probabilities(model: &dyn Model, vectorizer: &TextVectorizer, text: &str) -> Result<Vec<Vec<f64>>> {
    let ids = ids("prediction_trajectory", vectorizer, text)?;
    let interrupt = Interrupt::listen()?;
    let prefixes = (1..=ids.len()).map(|end| {
        check_stop(&interrupt, "prefix_probabilities", end - 1)?;
        Ok(trace_ids(model, vectorizer, &ids[..end])?.probabilities)
    });
    prefixes.collect()
}
