//! One text, or many, through a model: what each recurrent layer did at every word. The other views start from here.

use crate::{
    error::{Error, Result, check_stop},
    predict::{of_one_length, padded},
};
use candle_core::{D, DType, Device, Tensor};
use candle_nn::ops::softmax_last_dim;
use recurrent_data::TextVectorizer;
use recurrent_nn::{
    Batch, Model, device,
    trace::{LayerRecord, Record, Watch, record},
    train::Interrupt,
};

/// What a model did with one text, as plain numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct Trace {
    /// The words as the model knows them: one that is not in the vocabulary is `[UNK]`.
    pub words: Vec<String>,
    /// The score of each class; of a model that answers at every step, at the last one.
    pub logits: Vec<f64>,
    /// Their softmax; they sum to 1.
    pub probabilities: Vec<f64>,
    /// The recurrent layers in the order in which they ran, one entry for each direction.
    pub layers: Vec<LayerTrace>,
}

/// What one direction of a recurrent layer did with one text.
#[derive(Debug, Clone, PartialEq)]
pub struct LayerTrace {
    /// Its name in the model; the layers of a stack are `lstm.0`, `lstm.1`; the direction that reads
    /// backwards ends with `.reverse`; a layer that runs again in the same pass ends with ` (2)`.
    pub name: String,
    /// `SimpleRnn`, `Lstm` or `Gru`.
    pub kind: String,
    /// Whether it reads from the end.
    pub reverse: bool,
    /// Whether it reads the words themselves; a layer above another one reads what that made of all words so far.
    pub reads_words: bool,
    /// Every gate and state by symbol, steps x units: i, f, g, o, c, h of an LSTM; r, z, n, h of a GRU; h of a simple
    /// RNN.
    pub states: Vec<(&'static str, Vec<Vec<f64>>)>,
    /// The hidden state before the first step.
    pub h_0: Vec<f64>,
    /// The cell state before the first step, of an LSTM.
    pub c_0: Option<Vec<f64>>,
}

/// Runs the model on a text and keeps what each recurrent layer did.
///
/// # Errors
/// A text without words; a model that fails, or that runs a recurrent layer it does not list.
///
/// ```
/// use recurrent::prelude::*;
#[doc = include_str!("doc_model.rs.in")]
/// let vectorizer = TextVectorizer::adapt(&["dogs bark"], VectorizerConfig::default())?;
/// let trace = trace(&model, &vectorizer, "Dogs bark!")?;
/// assert_eq!(trace.words, ["dogs", "bark"]);
/// let forget = trace.layer("lstm")?.gate("f")?;
/// assert_eq!((forget.len(), forget[0].len()), (2, 4)); // steps, units
/// # Ok::<(), Error>(())
/// ```
pub fn trace(model: &dyn Model, vectorizer: &TextVectorizer, text: &str) -> Result<Trace> {
    trace_ids(model, vectorizer, &ids("trace", vectorizer, text)?)
}

pub(super) fn trace_ids(model: &dyn Model, vectorizer: &TextVectorizer, ids: &[u32]) -> Result<Trace> {
    let (record, mut scores) = run(model, &batch(model, &[ids])?, Watch::default())?;
    Trace::of_row(&record, 0, scores.swap_remove(0), words(vectorizer, ids))
}

/// [`trace`] for many texts, one at a time to `each`, with the text's place among them. They come by growing length:
/// only texts of one length share a batch, so no padding disturbs a model. As in training, a text without a word is
/// one unknown word.
///
/// # Errors
/// As [`trace`]; the first error of `each`; a stop (SIGINT).
pub fn trace_each<S: AsRef<str>>(
    model: &dyn Model,
    vectorizer: &TextVectorizer,
    texts: &[S],
    mut each: impl FnMut(usize, Trace) -> Result<()>,
) -> Result<()> {
    let ids = texts.iter().map(|text| vectorizer.encode(text.as_ref()));
    let interrupt = Interrupt::listen()?;
    let mut done = 0;
    for texts in of_one_length(ids.collect(), BATCH) {
        check_stop(&interrupt, "trace_each", done)?;
        done += texts.len();
        let rows: Vec<&[u32]> = texts.iter().map(|(_, ids)| ids.as_slice()).collect();
        let (record, scores) = run(model, &batch(model, &rows)?, Watch::default())?;
        for (row, ((place, ids), logits)) in texts.iter().zip(scores).enumerate() {
            let words = words(vectorizer, ids);
            each(*place, Trace::of_row(&record, row, logits, words)?)?;
        }
    }
    Ok(())
}

/// Texts in a batch of [`trace_each`].
const BATCH: usize = 64;

impl Trace {
    /// One layer by its name.
    ///
    /// # Errors
    /// [`Error::Layer`], which lists the names there are.
    pub fn layer(&self, name: &str) -> Result<&LayerTrace> {
        let found = self.layers.iter().find(|layer| layer.name == name);
        found.ok_or_else(|| Error::Layer {
            name: name.to_owned(),
            names: self.layers.iter().map(|one| one.name.clone()).collect(),
        })
    }

    /// A label for each step of a layer: the words, or numbers if it has other steps.
    pub fn steps_of(&self, layer: &LayerTrace) -> Vec<String> {
        let steps = layer.hidden().len();
        if steps == self.words.len() {
            return self.words.clone();
        }
        (0..steps).map(|step| format!("step {step}")).collect()
    }

    pub(super) fn of_row(record: &Record, row: usize, logits: Vec<f64>, words: Vec<String>) -> Result<Self> {
        let probabilities = softmax_last_dim(&Tensor::new(logits.as_slice(), &Device::Cpu)?)?;
        let first = record.layers.first().map(|layer| layer.input.id());
        let layers = record.layers.iter().map(|layer| {
            let reads_words = first == Some(layer.input.id());
            LayerTrace::of_row(layer, row, reads_words)
        });
        Ok(Self { words, probabilities: probabilities.to_vec1()?, logits, layers: layers.collect::<Result<_>>()? })
    }
}

/// A layer in a figure's title: by its name alone it would read as a word of the sentence.
pub(super) fn named(layer: &str) -> String {
    format!("layer “{layer}”")
}

impl LayerTrace {
    /// The symbols of its gates and states.
    pub fn symbols(&self) -> Vec<&'static str> {
        self.states.iter().map(|(symbol, _)| *symbol).collect()
    }

    /// One gate or state by its symbol, steps x units.
    ///
    /// # Errors
    /// [`Error::Symbol`], which lists the symbols there are.
    pub fn gate(&self, symbol: &str) -> Result<&[Vec<f64>]> {
        let found = self.states.iter().find(|(name, _)| *name == symbol);
        let (_, steps) = found.ok_or_else(|| Error::Symbol {
            layer: self.name.clone(),
            symbol: symbol.to_owned(),
            symbols: self.symbols(),
        })?;
        Ok(steps)
    }

    /// The hidden state h, steps x units.
    pub fn hidden(&self) -> &[Vec<f64>] {
        // It is the last one, and there in every layer.
        self.states.last().map_or(&[], |(_, steps)| steps)
    }

    /// The cell state c of an LSTM, steps x units.
    pub fn cell(&self) -> Option<&[Vec<f64>]> {
        self.c_0.as_ref().and(self.gate("c").ok())
    }

    /// The state that carries its memory, and its symbol: the cell state of an LSTM, else the hidden state.
    pub fn memory(&self) -> (&'static str, &[Vec<f64>]) {
        match self.cell() {
            Some(cell) => ("c", cell),
            None => ("h", self.hidden()),
        }
    }

    /// That state before the first step: c_0 of an LSTM, else h_0.
    pub fn initial_memory(&self) -> &[f64] {
        self.c_0.as_ref().unwrap_or(&self.h_0)
    }

    /// One unit of a gate or state, a number for each step.
    ///
    /// # Errors
    /// [`Error::Symbol`], [`Error::Unit`].
    pub fn unit(&self, symbol: &str, unit: usize) -> Result<Vec<f64>> {
        let steps = self.gate(symbol)?.iter();
        let values: Option<Vec<f64>> = steps.map(|step| step.get(unit).copied()).collect();
        values.ok_or_else(|| Error::Unit { layer: self.name.clone(), unit, units: self.units() })
    }

    /// How many units it has.
    pub fn units(&self) -> usize {
        self.hidden().first().map_or(0, Vec::len)
    }

    /// The steps in the order in which it reads them.
    pub fn reading_order(&self) -> Vec<usize> {
        let steps = 0..self.hidden().len();
        if self.reverse { steps.rev().collect() } else { steps.collect() }
    }

    /// The hidden state when it has read everything.
    pub fn final_hidden(&self) -> &[f64] {
        let last = self.reading_order().pop();
        last.map_or(&[], |last| &self.hidden()[last])
    }

    /// The cell state of an LSTM when it has read everything.
    pub fn final_cell(&self) -> Option<&[f64]> {
        let (last, cell) = (self.reading_order().pop()?, self.cell()?);
        Some(cell.get(last)?)
    }

    /// `layer “lstm” (Lstm, 8 units)`, for a figure's title.
    pub(super) fn describe(&self) -> String {
        let backwards = if self.reverse { ", read backwards" } else { "" };
        format!("{} ({}, {} units{backwards})", named(&self.name), self.kind, self.units())
    }

    fn of_row(record: &LayerRecord, row: usize, reads_words: bool) -> Result<Self> {
        let rows = record.lengths.len();
        let &length = record.lengths.get(row).ok_or_else(|| Error::View {
            operation: "trace",
            problem: format!("{} ran on {rows} rows of a batch of more; expected a row for each text", record.name),
        })?;
        let states = record.symbols().into_iter().map(|symbol| {
            let state = record.get(symbol)?.narrow(0, row, 1)?.squeeze(0)?;
            let steps = state.narrow(0, 0, length)?;
            Ok((symbol, steps.to_dtype(DType::F64)?.to_vec2()?))
        });
        let of_row = |state: &Tensor| numbers(&state.narrow(0, row, 1)?);
        let zeros = vec![0.0; record.direction.units];
        let is_lstm = record.direction.has_cell_state;
        let (h_0, c_0) = match &record.initial {
            Some(state) => (of_row(&state.h)?, state.c.as_ref().map(of_row).transpose()?),
            None => (zeros.clone(), is_lstm.then_some(zeros)),
        };
        Ok(Self {
            name: record.name.clone(),
            kind: record.direction.kind.clone(),
            reverse: record.direction.reverse,
            reads_words,
            states: states.collect::<Result<_>>()?,
            h_0,
            c_0,
        })
    }
}

/// The ids of one text that is looked at alone.
pub(super) fn ids(operation: &'static str, vectorizer: &TextVectorizer, text: &str) -> Result<Vec<u32>> {
    let ids = vectorizer.encode(text);
    if ids.is_empty() {
        return Err(Error::NoWords { operation, text: text.to_owned() });
    }
    Ok(ids)
}

/// The words as the model knows them.
pub(super) fn words(vectorizer: &TextVectorizer, ids: &[u32]) -> Vec<String> {
    let word = |&id: &u32| vectorizer.vocabulary().token(id).unwrap_or_default().to_owned();
    ids.iter().map(word).collect()
}

/// Sequences as one batch, where the model computes.
pub(super) fn batch(model: &dyn Model, rows: &[impl AsRef<[u32]>]) -> Result<Batch> {
    padded(rows, &device::of_model(model))
}

/// Runs the model; gives also the scores of each row.
pub(super) fn run(model: &dyn Model, batch: &Batch, watch: Watch) -> Result<(Record, Vec<Vec<f64>>)> {
    let record = record(model, batch, watch)?;
    let scores = scores(&record.logits, batch.lengths.len())?;
    Ok((record, scores))
}

/// The class scores of each of B rows, as numbers.
fn scores(logits: &Tensor, rows: usize) -> Result<Vec<Vec<f64>>> {
    Ok(last_scores(logits, rows)?.to_dtype(DType::F64)?.to_vec2()?)
}

/// The class scores of each of B rows, (B, C): of (B, C) all, of (B, T, C) or (B·T, C) those of the last step.
pub(super) fn last_scores(logits: &Tensor, rows: usize) -> Result<Tensor> {
    let classes = logits.dim(D::Minus1)?;
    let steps = logits.elem_count() / (rows * classes).max(1);
    if steps == 0 {
        return Err(Error::View {
            operation: "trace",
            problem: format!("scores of shape {:?}; expected at least one for each of {rows} texts", logits.dims()),
        });
    }
    let last = logits.reshape((rows, steps, classes))?.narrow(1, steps - 1, 1)?;
    Ok(last.squeeze(1)?)
}

pub(super) fn numbers(tensor: &Tensor) -> Result<Vec<f64>> {
    Ok(tensor.flatten_all()?.to_dtype(DType::F64)?.to_vec1()?)
}
