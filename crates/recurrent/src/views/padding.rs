//! What padding costs, and what it does to a layer's gates.

use super::trace::{LayerTrace, Trace, batch, ids, named, run, trace_ids, words};
use crate::error::{Error, Result};
use recurrent_data::{Batches, PAD, TextVectorizer};
use recurrent_nn::{Model, scores::argmax, trace::Watch};
use recurrent_plot::{AuditPanel, Figure, PaddingCount, Series, padding_audit as draw_audit, padding_share};

/// The steps on tokens and on padding in the first epoch, for each named way of batching: [`padding_counts`] drawn.
///
/// # Errors
/// No batches, or more than a figure has room for.
pub fn padding_shares(batches: &[(&str, &Batches)]) -> Result<Figure> {
    Ok(padding_share(&padding_counts(batches))?)
}

/// How many tokens and how much padding the first epoch has, for each named way of batching.
pub fn padding_counts(batches: &[(&str, &Batches)]) -> Vec<PaddingCount> {
    let count = |(name, batches): &(&str, &Batches)| {
        let mut counted = PaddingCount { name: (*name).to_owned(), ..PaddingCount::default() };
        for batch in batches.epoch(0) {
            let tokens = batch.lengths.iter().sum::<usize>();
            counted.tokens += tokens as u64;
            counted.padding += (batch.ids.len() - tokens) as u64;
        }
        counted
    };
    batches.iter().map(count).collect()
}

/// A text with padding after it, treated in three ways, whatever the model's `forward` does: every layer reads the pad
/// tokens; every layer masks them; they are not there, as in a packed sequence. Masked steps are not computed either,
/// but a model that takes the mean of the output over T counts them. The lines are the means over the units of each
/// gate and state; the headings give the model's prediction. [`padding_traces`] drawn.
///
/// # Errors
/// As [`trace`](super::trace()); no pad step; a layer that is not there; more steps than a figure has room for.
pub fn padding_audit(
    model: &dyn Model,
    vectorizer: &TextVectorizer,
    text: &str,
    pad_steps: usize,
    layer: &str,
) -> Result<Figure> {
    let ways = padding_traces(model, vectorizer, text, pad_steps)?;
    let panel = |name: &str, trace: &Trace| -> Result<AuditPanel> {
        let class = argmax(&trace.probabilities).unwrap_or(0);
        let percent = 100.0 * trace.probabilities[class];
        Ok(AuditPanel {
            name: format!("{name}: class {class} with {percent:.1} %"),
            series: means(trace.layer(layer)?),
        })
    };
    let panels = [panel("padded", &ways.padded)?, panel("masked", &ways.masked)?, panel("packed", &ways.packed)?];
    let title = format!("What {pad_steps} pad tokens do to {}", named(layer));
    Ok(draw_audit(&title, &ways.padded.words, ways.packed.words.len(), &panels)?)
}

/// The traces of a text with `pad_steps` pad tokens after it, for each treatment of the padding.
///
/// # Errors
/// As [`trace`](super::trace()); no pad step.
pub fn padding_traces(
    model: &dyn Model,
    vectorizer: &TextVectorizer,
    text: &str,
    pad_steps: usize,
) -> Result<PaddingTraces> {
    if pad_steps == 0 {
        return Err(Error::View { operation: "padding_audit", problem: "0 pad steps; expected at least 1".into() });
    }
    let mut ids = ids("padding_audit", vectorizer, text)?;
    let length = ids.len();
    let packed = trace_ids(model, vectorizer, &ids)?;
    let sentence = words(vectorizer, &ids);
    let padding = vec!["[PAD]".to_string(); pad_steps];
    ids.resize(length + pad_steps, PAD);
    let mut batch = batch(model, &[ids])?;
    batch.lengths = vec![length];
    let read = |mask: bool, words: Vec<String>| {
        let watch = Watch { mask: Some(mask), ..Watch::default() };
        let (record, mut scores) = run(model, &batch, watch)?;
        Trace::of_row(&record, 0, scores.swap_remove(0), words)
    };
    Ok(PaddingTraces {
        padded: read(false, [sentence.clone(), padding].concat())?,
        masked: read(true, sentence)?,
        packed,
    })
}

/// One text with its padding treated in three ways.
#[derive(Debug, Clone, PartialEq)]
pub struct PaddingTraces {
    /// Every layer reads the pad tokens; the words end with `[PAD]`.
    pub padded: Trace,
    /// Every layer masks them: no step on padding is computed, its output is zero.
    pub masked: Trace,
    /// There is no padding, as in a packed sequence.
    pub packed: Trace,
}

/// The mean over the units of each gate and state at each step.
fn means(layer: &LayerTrace) -> Vec<Series> {
    let mean = |step: &Vec<f64>| step.iter().sum::<f64>() / step.len() as f64;
    let states = layer
        .states
        .iter()
        .map(|(symbol, steps)| Series { name: layer.name_of(symbol), values: steps.iter().map(mean).collect() });
    states.collect()
}
