//! What each word left in an LSTM's memory, and in the scores made of it.

use super::{
    network::output_layer,
    projection::dot,
    trace::{LayerTrace, Trace, named, numbers, trace},
};
use crate::{
    error::{Error, Result, check_classes},
    scores::highest,
};
use candle_core::DType;
use recurrent_data::TextVectorizer;
use recurrent_nn::Model;
use recurrent_plot::{Figure, GateMap, GateScale, Ledger, gate_heatmaps, memory_ledger};

/// The label of c_0, what was in the memory before the first word.
const START: &str = "start";

/// What is left of each word in the final cell state of an LSTM layer. Unrolled, c_t = f_t c_{t−1} + i_t g_t is
///
/// c_T = (product of all f) c_0 + sum over t of (product of the later f) i_t g_t,
///
/// a sum with a part for c_0 and a part for each step; it is exact. The idea of such sums: [Murdoch and Szlam,
/// 2017](https://arxiv.org/abs/1702.02540).
#[derive(Debug, Clone, PartialEq)]
pub struct CellContributions {
    /// The layer's name.
    pub layer: String,
    /// `start` (c_0), then the words; in a layer above another one the steps, as each of them has read all words so far.
    pub labels: Vec<String>,
    /// What is left of each of them, labels x units.
    pub parts: Vec<Vec<f64>>,
    /// The cell state when everything is read, which the parts add up to.
    pub cell: Vec<f64>,
    /// o tanh(c) / c of each unit at that moment, 1 in place of tanh(c) / c at 0: times c it is h.
    pub readout: Vec<f64>,
}

/// The parts of a layer's final cell state.
///
/// # Errors
/// As [`trace`]; a layer that is not there or is no LSTM.
pub fn cell_contributions(
    model: &dyn Model,
    vectorizer: &TextVectorizer,
    text: &str,
    layer: &str,
) -> Result<CellContributions> {
    let trace = trace(model, vectorizer, text)?;
    CellContributions::of(&trace, trace.layer(layer)?)
}

impl CellContributions {
    /// The parts of one unit's cell state.
    ///
    /// # Errors
    /// [`Error::Unit`].
    pub fn unit(&self, unit: usize) -> Result<Ledger> {
        let parts = self.parts.iter().map(|part| part.get(unit).copied());
        let parts: Option<Vec<f64>> = parts.collect();
        Ok(Ledger {
            total: format!("cell state of unit {unit}"),
            parts: parts.ok_or_else(|| Error::Unit { layer: self.layer.clone(), unit, units: self.cell.len() })?,
        })
    }

    fn of(trace: &Trace, layer: &LayerTrace) -> Result<Self> {
        let Some((cell, c_0)) = layer.cell().zip(layer.c_0.as_ref()) else {
            return Err(Error::View {
                operation: "ledger",
                problem: format!("{} is a {}; only an Lstm has a cell state that adds up", layer.name, layer.kind),
            });
        };
        let (i, f, g, o) = (layer.gate("i")?, layer.gate("f")?, layer.gate("g")?, layer.gate("o")?);
        let order = layer.reading_order();
        // Backwards through the steps: what is still kept of what comes in at each of them.
        let mut kept = vec![1.0; layer.units()];
        let mut parts = vec![Vec::new(); order.len() + 1];
        for &step in order.iter().rev() {
            let units = 0..kept.len();
            parts[step + 1] = units.clone().map(|u| kept[u] * i[step][u] * g[step][u]).collect();
            units.for_each(|u| kept[u] *= f[step][u]);
        }
        parts[0] = kept.iter().zip(c_0).map(|(kept, c)| kept * c).collect();
        let last = order.last().copied().unwrap_or(0);
        let readout = cell[last].iter().zip(&o[last]);
        let readout: Vec<f64> = readout.map(|(&c, &o)| if c == 0.0 { o } else { o * c.tanh() / c }).collect();
        for (unit, (&c, &h)) in cell[last].iter().zip(&layer.hidden()[last]).enumerate() {
            let sum: f64 = parts.iter().map(|part| part[unit]).sum();
            if (sum - c).abs() > 1e-3 * c.abs().max(1.0) || (readout[unit] * c - h).abs() > 1e-3 {
                let problem = format!(
                    "in {}, a {}, c is not f c + i g, or h is not o tanh(c), as in an Lstm: its parts do not add up",
                    layer.name, layer.kind
                );
                return Err(Error::View { operation: "ledger", problem });
            }
        }
        let words = if layer.reads_words {
            trace.steps_of(layer)
        } else {
            (0..order.len()).map(|step| format!("step {step}")).collect()
        };
        Ok(Self {
            layer: layer.name.clone(),
            labels: [vec![START.to_string()], words].concat(),
            parts,
            cell: cell[last].clone(),
            readout,
        })
    }
}

/// The memory ledger of one unit: what is left of each word in its final cell state, as bars that add up.
/// [`CellContributions::unit`] drawn.
///
/// # Errors
/// As [`cell_contributions`]; a unit that is not there; more words than a figure has room for.
pub fn ledger(model: &dyn Model, vectorizer: &TextVectorizer, text: &str, layer: &str, unit: usize) -> Result<Figure> {
    let trace = trace(model, vectorizer, text)?;
    let layer = trace.layer(layer)?;
    let contributions = CellContributions::of(&trace, layer)?;
    let title = format!("What is left of each {} in {}", part_of(layer), named(&layer.name));
    Ok(memory_ledger(&title, &contributions.labels, &[contributions.unit(unit)?])?)
}

/// The memory ledger of all units: a map with a column for c_0 and each word, a row for each unit.
/// [`cell_contributions`] drawn.
///
/// # Errors
/// As [`cell_contributions`]; more words or units than a figure has room for.
pub fn ledger_of_all_units(model: &dyn Model, vectorizer: &TextVectorizer, text: &str, layer: &str) -> Result<Figure> {
    let trace = trace(model, vectorizer, text)?;
    let layer = trace.layer(layer)?;
    let contributions = CellContributions::of(&trace, layer)?;
    let title = format!("What is left of each {} in every unit of {}", part_of(layer), named(&layer.name));
    let map = GateMap {
        name: "part of the final cell state".into(),
        values: contributions.parts,
        scale: GateScale::Symmetric,
    };
    Ok(gate_heatmaps(&title, &contributions.labels, &[map])?)
}

/// The memory ledger carried on to the score of each class: [`class_contributions`] drawn. Of more than eight classes
/// those with the highest scores are drawn.
///
/// # Errors
/// As [`class_contributions`]; class names that are not the model's classes; more words than a figure has room for.
pub fn class_ledger(
    model: &dyn Model,
    vectorizer: &TextVectorizer,
    classes: &[impl AsRef<str>],
    text: &str,
    layer: &str,
) -> Result<Figure> {
    let ClassContributions { labels, scores } = class_contributions(model, vectorizer, text, layer)?;
    check_classes("class_ledger", scores.len(), classes)?;
    let of_classes = classes
        .iter()
        .zip(scores)
        .map(|(class, parts)| Ledger { total: format!("score of {}", class.as_ref()), parts });
    let (ledgers, left_out) = highest(of_classes.collect(), Ledger::sum);
    let title = format!("The memory of {}, shared out to the scores (an attribution rule){left_out}", named(layer));
    Ok(memory_ledger(&title, &labels, &ledgers)?)
}

/// What each word in the memory of an LSTM layer adds to the score of each of C classes. See [`class_contributions`].
#[derive(Debug, Clone, PartialEq)]
pub struct ClassContributions {
    /// `bias`, `start`, then the words or the steps.
    pub labels: Vec<String>,
    /// For each class a part for each label, C x labels; those of a class add up to its score.
    pub scores: Vec<Vec<f64>>,
}

/// The memory of an LSTM layer, carried on to the class scores: score_k = b_k + Σ_u W_ku h_u, and h_u = (o tanh(c) /
/// c)_u Σ (parts of c_u), so the part of a word is Σ_u W_ku (o tanh(c) / c)_u part_u.
///
/// The scores must be the model's last linear layer on the layer's final hidden state h = o tanh(c); of a
/// bidirectional layer, named by its forward direction, on those of both. A part of c counts as h / c = o tanh(c) / c
/// times itself (o at 0). This is an attribution rule, one way to share h out among the parts of c: exact as a sum,
/// but not what the score would be without the word.
///
/// # Errors
/// As [`cell_contributions`]; a model whose scores are made otherwise.
pub fn class_contributions(
    model: &dyn Model,
    vectorizer: &TextVectorizer,
    text: &str,
    layer: &str,
) -> Result<ClassContributions> {
    let trace = trace(model, vectorizer, text)?;
    let read = trace.layer(layer)?;
    let other = trace.layer(&format!("{layer}.reverse")).ok();
    let unlike = || Error::View {
        operation: "class_ledger",
        problem: format!(
            "the scores are not a linear layer on the final state of {layer}, \
             so its memory cannot be carried on to them"
        ),
    };
    let Scores { weight, bias } = last_linear(model)?.ok_or_else(unlike)?;
    let directions: Vec<&LayerTrace> = match weight.first().map_or(0, Vec::len) {
        inputs if inputs == read.units() => vec![read],
        inputs if inputs == 2 * read.units() => [Some(read), other].into_iter().flatten().collect(),
        _ => Vec::new(),
    };
    let h: Vec<f64> = directions.iter().flat_map(|one| one.final_hidden()).copied().collect();
    let scores = weight.iter().zip(&bias).map(|(w, b)| dot(w, &h) + b);
    let same = |(made, score): (f64, &f64)| (made - score).abs() <= 1e-4 * (1.0 + score.abs());
    let fits = weight.iter().all(|row| row.len() == h.len()) && bias.len() == trace.logits.len();
    if !(fits && scores.zip(&trace.logits).all(same)) {
        return Err(unlike());
    }

    let mut labels = vec!["bias".to_string()];
    let mut classes: Vec<Vec<f64>> = bias.iter().map(|&bias| vec![bias]).collect();
    for (index, direction) in directions.into_iter().enumerate() {
        let contributions = CellContributions::of(&trace, direction)?;
        let start = index * contributions.cell.len();
        for (parts, weight) in classes.iter_mut().zip(&weight) {
            let carried: Vec<f64> = weight[start..].iter().zip(&contributions.readout).map(|(w, r)| w * r).collect();
            parts.resize(contributions.parts.len() + 1, 0.0);
            let sums = parts[1..].iter_mut().zip(&contributions.parts);
            sums.for_each(|(sum, part)| *sum += dot(&carried, part));
        }
        if index == 0 {
            labels.extend(contributions.labels);
        }
    }
    Ok(ClassContributions { labels, scores: classes })
}

/// What makes the scores of C classes.
struct Scores {
    /// C x inputs.
    weight: Vec<Vec<f64>>,
    /// C numbers.
    bias: Vec<f64>,
}

/// The model's output layer; none if there is no such layer.
fn last_linear(model: &dyn Model) -> Result<Option<Scores>> {
    let Some((weight, bias)) = output_layer(model) else {
        return Ok(None);
    };
    Ok(Some(Scores { weight: weight.to_dtype(DType::F64)?.to_vec2()?, bias: numbers(&bias)? }))
}

/// Only the first layer reads words; the steps of one above have read all words so far.
fn part_of(layer: &LayerTrace) -> &'static str {
    if layer.reads_words { "word" } else { "step" }
}
