//! The gates of a layer while it reads a text.

use super::trace::{LayerTrace, Trace, trace};
use crate::error::{Error, Result};
use recurrent_data::TextVectorizer;
use recurrent_nn::Model;
use recurrent_plot::{Figure, GateMap, GateScale, Series, gate_heatmaps, unit_over_words};

/// All gates and states of a layer as maps, a column for each word and a row for each unit: i, f, g, o, c, h of an
/// LSTM; r, z, n, h of a GRU; h of a simple RNN. The numbers are [`trace`]'s.
///
/// # Errors
/// As [`trace`]; a layer that is not there; more words or units than a figure has room for.
pub fn gates(model: &dyn Model, vectorizer: &TextVectorizer, text: &str, layer: &str) -> Result<Figure> {
    let trace = trace(model, vectorizer, text)?;
    let layer = trace.layer(layer)?;
    let maps: Vec<GateMap> =
        layer.states.iter().map(|(symbol, steps)| map(layer.name_of(symbol), symbol, steps)).collect();
    let title = format!("Inside {}", layer.describe());
    Ok(gate_heatmaps(&title, &trace.steps_of(layer), &maps)?)
}

/// One gate or state, e.g. `"h"`, in every layer and direction that has it, a map for each.
///
/// # Errors
/// As [`gates`]; a symbol that no layer has.
pub fn gate_of_all_layers(model: &dyn Model, vectorizer: &TextVectorizer, text: &str, symbol: &str) -> Result<Figure> {
    let trace = trace(model, vectorizer, text)?;
    let of_layer = |layer: &LayerTrace| {
        let steps = layer.gate(symbol).ok()?;
        Some(map(layer.name.clone(), symbol, steps))
    };
    let maps: Vec<GateMap> = trace.layers.iter().filter_map(of_layer).collect();
    if maps.is_empty() {
        return Err(no_layer_has(&trace, symbol));
    }
    let alone = trace.layers.first().is_some_and(|layer| layer.states.len() == 1);
    let title = format!("The {} in every layer", name_of(symbol, alone));
    Ok(gate_heatmaps(&title, &trace.words, &maps)?)
}

/// One unit: its gates, and below them its states, over the words of a text.
///
/// # Errors
/// As [`gates`]; a unit that is not there.
pub fn unit_gates(
    model: &dyn Model,
    vectorizer: &TextVectorizer,
    text: &str,
    layer: &str,
    unit: usize,
) -> Result<Figure> {
    let trace = trace(model, vectorizer, text)?;
    let layer = trace.layer(layer)?;
    let (mut gates, mut states) = (Vec::new(), Vec::new());
    for symbol in layer.symbols() {
        let series = Series { name: layer.name_of(symbol), values: layer.unit(symbol, unit)? };
        if is_gate(symbol, layer.gate(symbol)?) {
            gates.push(series);
        } else {
            states.push(series);
        }
    }
    let title = format!("Unit {unit} of {}", layer.describe());
    Ok(unit_over_words(&title, &trace.steps_of(layer), &gates, &states)?)
}

impl LayerTrace {
    /// The name of one of its gates or states with its symbol.
    pub(super) fn name_of(&self, symbol: &str) -> String {
        name_of(symbol, self.states.len() == 1)
    }
}

/// Whether it is a gate that opens and shuts: no state and no candidate, and nowhere outside of 0 to 1.
pub(super) fn is_gate(symbol: &str, steps: &[Vec<f64>]) -> bool {
    let outside = |value: &f64| *value < 0.0 || *value > 1.0;
    !matches!(symbol, "h" | "c" | "g" | "n") && !steps.iter().flatten().any(outside)
}

/// The gate's or state's name with its symbol; `alone` if the layer has no other, as a simple RNN.
pub(super) fn name_of(symbol: &str, alone: bool) -> String {
    let name = match symbol {
        "i" => "input gate",
        "f" => "forget gate",
        "o" => "output gate",
        "g" | "n" => "candidate",
        "c" => "cell state",
        "r" => "reset gate",
        "z" => "update gate",
        "h" if alone => "state",
        "h" => "hidden state",
        _ => "gate",
    };
    format!("{name} {symbol}")
}

fn map(name: String, symbol: &str, steps: &[Vec<f64>]) -> GateMap {
    let bounded = steps.iter().flatten().all(|value| value.abs() <= 1.0);
    GateMap {
        name,
        values: steps.to_vec(),
        scale: match symbol {
            gate if is_gate(gate, steps) => GateScale::Sigmoid,
            "c" => GateScale::Symmetric,
            _ if bounded => GateScale::Tanh,
            _ => GateScale::Symmetric,
        },
    }
}

fn no_layer_has(trace: &Trace, symbol: &str) -> Error {
    let mut symbols: Vec<&'static str> = Vec::new();
    for one in trace.layers.iter().flat_map(LayerTrace::symbols) {
        if !symbols.contains(&one) {
            symbols.push(one);
        }
    }
    Error::Symbol { layer: "the model".into(), symbol: symbol.to_owned(), symbols }
}
