//! The gates of a layer, a row for each number.

use crate::error::{Error, Result, check_stop, some_texts};
use crate::predict::{of_one_length, padded};
use candle_core::DType;
use polars::prelude::{Column, DataFrame, IdxCa, IdxSize};
use recurrent_data::TextVectorizer;
use recurrent_nn::{
    Model, device,
    trace::{LayerRecord, Watch, record},
    train::Interrupt,
};

/// Texts that go through the model together.
const BATCH: usize = 64;

/// The most rows of a table, about 50 bytes each.
const ROWS: usize = 50_000_000;

/// Every gate and state of a layer at every word of many texts, a row for each number: `text` (its place among the
/// texts, from 0), `step` (from 0), `word` (as the model knows it), `gate` (the symbol of a gate or state: i, f, g, o, c, h
/// of an LSTM; r, z, n, h of a GRU; h of a simple RNN), `unit` (from 0), `value`. The long form that a `group_by` wants: by
/// word, by unit, by gate. The numbers are [`trace`](crate::views::trace())'s, in 32 bits; a text without a word is one unknown word.
///
/// ```
/// use recurrent::{frames::gates_frame, prelude::*};
#[doc = include_str!("../views/doc_model.rs.in")]
/// let vectorizer = TextVectorizer::adapt(&["dogs bark"], VectorizerConfig::default())?;
/// let gates = gates_frame(&model, &vectorizer, &["Dogs bark!", "dogs"], "lstm")?;
/// assert_eq!(gates.get_column_names(), ["text", "step", "word", "gate", "unit", "value"]);
/// assert_eq!(gates.height(), (2 + 1) * 6 * 4); // words, gates and states, units
/// # Ok::<(), Error>(())
/// ```
///
/// # Errors
/// As [`trace`](crate::views::trace()); no text; a layer that is not there, or that has other steps than the words; more than 50 million rows; a stop
/// (SIGINT).
pub fn gates_frame<S: AsRef<str>>(
    model: &dyn Model,
    vectorizer: &TextVectorizer,
    texts: &[S],
    layer: &str,
) -> Result<DataFrame> {
    some_texts("gates_frame", texts)?;
    let mut ids: Vec<Vec<u32>> = vec![Vec::new(); texts.len()];
    let groups = of_one_length(texts.iter().map(|text| vectorizer.encode(text.as_ref())).collect(), BATCH);
    groups.iter().flatten().for_each(|(place, text)| ids[*place].clone_from(text));
    let (device, interrupt) = (device::of_model(model), Interrupt::listen()?);
    let (mut values, mut symbols, mut units, mut done) = (Vec::new(), Vec::new(), 0, 0);
    // Where the numbers of each text begin, counted in words.
    let begins: Vec<usize> = ids.iter().scan(0, |end, text| Some(std::mem::replace(end, *end + text.len()))).collect();
    for group in &groups {
        check_stop(&interrupt, "gates_frame", done)?;
        done += group.len();
        let rows: Vec<&[u32]> = group.iter().map(|(_, ids)| &ids[..]).collect();
        let record = record(model, &padded(&rows, &device)?, Watch::default())?;
        let names = || record.layers.iter().map(|one| one.name.clone()).collect();
        let found = record.layers.iter().find(|one| one.name == layer);
        let found = found.ok_or_else(|| Error::Layer { name: layer.to_owned(), names: names() })?;
        check_steps(found, &rows)?;
        if values.is_empty() {
            (symbols, units) = (found.symbols(), found.direction.units);
            let rows = ids.iter().map(Vec::len).sum::<usize>() * symbols.len() * units;
            check_rows(rows)?;
            values = vec![0f32; rows];
        }
        for (gate, symbol) in symbols.iter().enumerate() {
            let numbers = found.get(symbol)?.to_dtype(DType::F32)?.flatten_all()?.to_vec1::<f32>()?;
            let mut numbers = numbers.chunks_exact(units);
            for (place, text) in group {
                for (word, of_step) in (begins[*place]..).zip(numbers.by_ref().take(text.len())) {
                    let at = (word * symbols.len() + gate) * units;
                    values[at..at + units].copy_from_slice(of_step);
                }
            }
        }
    }
    table(vectorizer, &ids, &symbols, units, values)
}

/// The columns beside the values, whose units run fastest, then gates, steps and texts.
fn table(
    vectorizer: &TextVectorizer,
    ids: &[Vec<u32>],
    symbols: &[&str],
    units: usize,
    values: Vec<f32>,
) -> Result<DataFrame> {
    let of_word = symbols.len() * units;
    let (mut text, mut step, mut word) = (Vec::new(), Vec::new(), Vec::new());
    for column in [&mut text, &mut step, &mut word] {
        column.reserve_exact(values.len());
    }
    for (place, ids) in (0u32..).zip(ids) {
        text.resize(text.len() + ids.len() * of_word, place);
        for (number, id) in (0u32..).zip(ids) {
            step.resize(step.len() + of_word, number);
            word.resize(word.len() + of_word, *id as IdxSize);
        }
    }
    let words = ids.iter().map(Vec::len).sum::<usize>();
    let mut of_gates = Vec::with_capacity(of_word);
    (0..symbols.len()).for_each(|gate| of_gates.resize(of_gates.len() + units, gate as IdxSize));
    let of_units: Vec<u32> = (0..units as u32).collect();
    let columns = vec![
        Column::new("text".into(), text),
        Column::new("step".into(), step),
        picked("word", vectorizer.vocabulary().tokens(), word)?,
        picked("gate", symbols, of_gates.repeat(words))?,
        Column::new("unit".into(), of_units.repeat(symbols.len() * words)),
        Column::new("value".into(), values),
    ];
    Ok(DataFrame::new(words * of_word, columns).map_err(recurrent_data::Error::Polars)?)
}

/// A column of texts, each by its number among a few: their letters are in memory once.
fn picked(name: &str, texts: &[impl AsRef<str>], numbers: Vec<IdxSize>) -> Result<Column> {
    let texts = Column::new(name.into(), texts.iter().map(AsRef::as_ref).collect::<Vec<&str>>());
    Ok(texts.take(&IdxCa::from_vec("".into(), numbers)).map_err(recurrent_data::Error::Polars)?)
}

fn check_rows(rows: usize) -> Result<()> {
    if rows <= ROWS {
        return Ok(());
    }
    Err(Error::View {
        operation: "gates_frame",
        problem: format!("{rows} rows, a number each; a table of gates has room for {ROWS}: pass fewer texts"),
    })
}

fn check_steps(layer: &LayerRecord, texts: &[&[u32]]) -> Result<()> {
    let words: Vec<usize> = texts.iter().map(|ids| ids.len()).collect();
    if layer.lengths == words {
        return Ok(());
    }
    Err(Error::View {
        operation: "gates_frame",
        problem: format!(
            "{} ran {:?} steps on texts of {words:?} words; expected a step for each word",
            layer.name, layer.lengths
        ),
    })
}
