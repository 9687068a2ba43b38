//! Words, coloured or listed by their effect on a unit.

use super::trace::{LayerTrace, named, trace, trace_each};
use crate::error::{Error, Result, some_texts};
use recurrent_data::TextVectorizer;
use recurrent_nn::Model;
use recurrent_plot::{ColoredSentence, Figure, GateScale, UnitCard, colored_words, unit_gallery};
use std::{cmp::Reverse, collections::HashMap, ops::Range};

/// The words of a text on the colour of one unit's memory after each of them: the cell state of an LSTM, else the
/// hidden state.
///
/// # Errors
/// As [`trace`]; a layer or a unit that is not there.
pub fn unit_words(
    model: &dyn Model,
    vectorizer: &TextVectorizer,
    text: &str,
    layer: &str,
    unit: usize,
) -> Result<Figure> {
    let trace = trace(model, vectorizer, text)?;
    let layer = trace.layer(layer)?;
    let sentence = ColoredSentence {
        label: String::new(),
        words: trace.steps_of(layer),
        values: layer.unit(layer.memory().0, unit)?,
        marked: None,
    };
    let title = format!("Unit {unit} of {}: {} after each word", named(&layer.name), memory_of(layer));
    Ok(colored_words(&title, GateScale::Symmetric, &[sentence])?)
}

/// The twelve units of a layer that words move most, with the words that raise and lower each of them: [`unit_cards`]
/// drawn.
///
/// # Errors
/// As [`unit_cards`].
pub fn units<S: AsRef<str>>(
    model: &dyn Model,
    vectorizer: &TextVectorizer,
    texts: &[S],
    layer: &str,
) -> Result<Figure> {
    let mut cards = unit_cards(model, vectorizer, texts, layer)?;
    cards.truncate(SHOWN_CARDS);
    let title = format!("Units of {} and the words that move them, in {} texts", named(layer), texts.len());
    Ok(unit_gallery(&title, &cards)?)
}

/// Every unit of a layer with the words after which its memory (the cell state of an LSTM, else the hidden state)
/// rises and falls most in the mean over the texts: of word w the mean of c_t − c_{t−1} over all its places t. The
/// units that are moved most come first. Only words that occur at least once in a hundred texts count, as a mean over
/// few occurrences says little.
///
/// # Errors
/// As [`trace`]; no text; a layer that is not there.
pub fn unit_cards<S: AsRef<str>>(
    model: &dyn Model,
    vectorizer: &TextVectorizer,
    texts: &[S],
    layer: &str,
) -> Result<Vec<UnitCard>> {
    some_texts("unit_cards", texts)?;
    // For each word, how often it came and the sum of each unit's changes.
    let mut changes: HashMap<String, (usize, Vec<f64>)> = HashMap::new();
    trace_each(model, vectorizer, texts, |_, trace| {
        let layer = trace.layer(layer)?;
        let labels = trace.steps_of(layer);
        let (_, memory) = layer.memory();
        let mut before = layer.initial_memory().to_vec();
        for step in layer.reading_order() {
            let (count, sums) = changes.entry(labels[step].clone()).or_insert_with(|| (0, vec![0.0; before.len()]));
            *count += 1;
            for ((sum, now), before) in sums.iter_mut().zip(&memory[step]).zip(&before) {
                *sum += now - before;
            }
            before.clone_from(&memory[step]);
        }
        Ok(())
    })?;
    let units = changes.values().next().map_or(0, |(_, sums)| sums.len());
    changes.retain(|_, (count, _)| *count * 100 >= texts.len());
    let mut cards: Vec<UnitCard> = (0..units).map(|unit| card(unit, &changes)).collect();
    cards.sort_by(|a, b| strength(b).total_cmp(&strength(a)).then(a.unit.cmp(&b.unit)));
    Ok(cards)
}

const SHOWN_CARDS: usize = 12;
const WORDS_PER_SIDE: usize = 6;

fn card(unit: usize, changes: &HashMap<String, (usize, Vec<f64>)>) -> UnitCard {
    let mean = |(word, (count, sums)): (&String, &(usize, Vec<f64>))| (word.clone(), sums[unit] / *count as f64);
    let mut means: Vec<(String, f64)> = changes.iter().map(mean).collect();
    means.sort_by(|(a_word, a), (b_word, b)| b.total_cmp(a).then(a_word.cmp(b_word)));
    let raised_by = means.iter().filter(|(_, change)| *change > 0.0);
    let lowered_by = means.iter().rev().filter(|(_, change)| *change < 0.0);
    UnitCard {
        unit,
        raised_by: raised_by.take(WORDS_PER_SIDE).cloned().collect(),
        lowered_by: lowered_by.take(WORDS_PER_SIDE).cloned().collect(),
    }
}

/// The largest mean change of a unit.
fn strength(card: &UnitCard) -> f64 {
    let first = |words: &[(String, f64)]| words.first().map_or(0.0, |(_, change)| change.abs());
    first(&card.raised_by).max(first(&card.lowered_by))
}

/// Units that are on over a span of words, and other places where they are on together.
#[derive(Debug, Clone, PartialEq)]
pub struct ActivationMatches {
    /// The words of the text.
    pub words: Vec<String>,
    /// The units, each with the sign of its hidden state.
    pub units: Vec<(usize, f64)>,
    /// The share of them that is on at each word of the text.
    pub on: Vec<f64>,
    /// The best other places, best first; one for each text at most.
    pub matches: Vec<ActivationMatch>,
}

/// A place in a text where the units of [`ActivationMatches`] are on.
#[derive(Debug, Clone, PartialEq)]
pub struct ActivationMatch {
    /// The text's place among the texts.
    pub text: usize,
    /// Its words.
    pub words: Vec<String>,
    /// The share of the units that is on at each of them.
    pub on: Vec<f64>,
    /// Where most of them are on.
    pub span: Range<usize>,
}

/// Choose a span of words, find the units that it switches on, find them on elsewhere: [`activation_matches`] drawn.
/// The frames are the span and the places found; the colour is the share of the units that is on.
///
/// # Errors
/// As [`activation_matches`].
pub fn select_and_match<S: AsRef<str>>(
    model: &dyn Model,
    vectorizer: &TextVectorizer,
    text: &str,
    span: Range<usize>,
    texts: &[S],
    layer: &str,
) -> Result<Figure> {
    let selection = activation_matches(model, vectorizer, text, span.clone(), texts, layer)?;
    let units = |side: f64| {
        let on = selection.units.iter().filter(|(_, sign)| *sign == side);
        let units: Vec<String> = on.map(|(unit, _)| unit.to_string()).collect();
        (!units.is_empty()).then(|| units.join(", "))
    };
    let sides = [("units on", units(1.0)), ("on below zero", units(-1.0))];
    let sides = sides.into_iter().filter_map(|(side, units)| Some(format!("; {side}: {}", units?)));
    let mut sentences = vec![ColoredSentence {
        label: sides.fold("selected".into(), |label: String, side| label + &side),
        words: selection.words,
        values: selection.on,
        marked: Some(span),
    }];
    sentences.extend(selection.matches.into_iter().map(|found| ColoredSentence {
        label: format!("text {}", found.text),
        words: found.words,
        values: found.on,
        marked: Some(found.span),
    }));
    let title = format!("Where the units of {} that the frame selects are on (1: all of them)", named(layer));
    Ok(colored_words(&title, GateScale::Sigmoid, &sentences)?)
}

/// The units of a layer that are on at every word of a span, and the places in other texts where most of them are on,
/// after [Strobelt et al., 2018](https://arxiv.org/abs/1606.07461). On means that the hidden state is at least 0.3
/// away from 0, to one side; a unit that is on at every word of the whole text says nothing about the span and is
/// left out.
///
/// # Errors
/// As [`trace`]; a span that is empty or beyond the text; no unit that is on; a layer that is not there.
pub fn activation_matches<S: AsRef<str>>(
    model: &dyn Model,
    vectorizer: &TextVectorizer,
    text: &str,
    span: Range<usize>,
    texts: &[S],
    layer: &str,
) -> Result<ActivationMatches> {
    let selected = trace(model, vectorizer, text)?;
    let hidden = selected.layer(layer)?.hidden();
    let view = |problem| Error::View { operation: "select_and_match", problem };
    if span.is_empty() || span.end > hidden.len() {
        return Err(view(format!("words {span:?} of a text of {} words; expected at least one of them", hidden.len())));
    }
    let whole = span.len() == hidden.len();
    let mut units: Vec<(usize, f64)> = Vec::new();
    for (unit, value) in hidden[span.start].iter().enumerate() {
        let one = (unit, value.signum());
        let always = |steps: &[Vec<f64>]| steps.iter().all(|h| is_on(one, h));
        if always(&hidden[span.clone()]) && (whole || !always(hidden)) {
            units.push(one);
        }
    }
    if units.is_empty() {
        return Err(view(format!(
            "no unit of {layer} has a hidden state beyond {ON} at all of words {span:?}; choose a shorter span"
        )));
    }
    let mut matches: Vec<ActivationMatch> = Vec::new();
    trace_each(model, vectorizer, texts, |place, trace| {
        let on = share_on(&units, trace.layer(layer)?.hidden());
        if trace.words != selected.words {
            matches.push(ActivationMatch { text: place, span: best_span(&on), words: trace.words, on });
        }
        Ok(())
    })?;
    let wanted = span.len();
    matches.retain(|found| found.on[found.span.start] > 0.0);
    matches.sort_by(|a, b| {
        let most = |one: &ActivationMatch| one.on[one.span.start];
        let misfit = |one: &ActivationMatch| one.span.len().abs_diff(wanted);
        let order = most(b).total_cmp(&most(a));
        order.then((misfit(a), a.text).cmp(&(misfit(b), b.text)))
    });
    matches.truncate(SHOWN_MATCHES);
    Ok(ActivationMatches { on: share_on(&units, hidden), words: selected.words, units, matches })
}

/// Hidden states this far from 0 count as on.
const ON: f64 = 0.3;
const SHOWN_MATCHES: usize = 8;

fn is_on((unit, sign): (usize, f64), h: &[f64]) -> bool {
    sign * h[unit] >= ON
}

fn share_on(units: &[(usize, f64)], hidden: &[Vec<f64>]) -> Vec<f64> {
    let count = |h: &Vec<f64>| units.iter().filter(|&&unit| is_on(unit, h)).count();
    let steps = hidden.iter();
    steps.map(|h| count(h) as f64 / units.len() as f64).collect()
}

/// The longest run of words at which the share is highest, the first of equals.
fn best_span(on: &[f64]) -> Range<usize> {
    let highest = on.iter().copied().fold(0.0, f64::max);
    let mut runs: Vec<Range<usize>> = Vec::new();
    for (step, _) in on.iter().enumerate().filter(|(_, share)| **share == highest) {
        match runs.last_mut() {
            Some(run) if run.end == step => run.end += 1,
            _ => runs.push(step..step + 1),
        }
    }
    let longest = runs.into_iter().min_by_key(|run| Reverse(run.len()));
    longest.unwrap_or(0..on.len())
}

fn memory_of(layer: &LayerTrace) -> String {
    layer.name_of(layer.memory().0)
}
