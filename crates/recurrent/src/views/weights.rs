//! The distribution of a layer's weights and of their gradients.

use super::{
    gates::name_of,
    trace::{batch, ids, last_scores, named, numbers, run},
};
use crate::error::{Error, Result};
use candle_core::{Tensor, Var};
use candle_nn::loss::cross_entropy;
use recurrent_data::TextVectorizer;
use recurrent_nn::{
    Model,
    trace::{Watch, directions},
};
use recurrent_plot::{Figure, Series, histograms};

/// A histogram for each gate's part of the gradients of W_ih and W_hh, a column for each gate: [`gate_gradients`]
/// drawn.
///
/// # Errors
/// As [`gate_gradients`].
pub fn gradient_histograms(
    model: &dyn Model,
    vectorizer: &TextVectorizer,
    text: &str,
    label: u32,
    layer: &str,
) -> Result<Figure> {
    let gradients = gate_gradients(model, vectorizer, text, label, layer)?;
    let title = format!("Gradients of {}, gate by gate", named(layer));
    Ok(histograms(&title, "gradient", &gradients)?)
}

/// d loss / d W of one recurrent layer, H·E numbers for each gate from x and H·H from h, in the order of
/// [`gate_weights`], for the cross-entropy loss of one text of class `label`; of a model that answers at every step,
/// of its last answer.
///
/// # Errors
/// As [`trace`](super::trace()); a label that is no class of the model; a layer that is not there.
pub fn gate_gradients(
    model: &dyn Model,
    vectorizer: &TextVectorizer,
    text: &str,
    label: u32,
    layer: &str,
) -> Result<Vec<Series>> {
    let ids = ids("gradient_histograms", vectorizer, text)?;
    let (record, scores) = run(model, &batch(model, &[ids])?, Watch::default())?;
    let classes = scores[0].len();
    if label as usize >= classes {
        return Err(Error::View {
            operation: "gradient_histograms",
            problem: format!("label {label}, but the model scores {classes} classes"),
        });
    }
    let label = Tensor::new(&[label], record.logits.device())?;
    let gradients = cross_entropy(&last_scores(&record.logits, 1)?, &label)?.backward()?;
    by_gate(model, layer, |weight| match gradients.get(weight) {
        Some(gradient) => Ok(gradient.clone()),
        // The loss does not read it.
        None => Ok(weight.zeros_like()?),
    })
}

/// A histogram for each gate's part of W_ih and W_hh, a column for each gate: [`gate_weights`] drawn.
///
/// # Errors
/// A layer that is not there, or one with a cell of your own.
pub fn weight_histograms(model: &dyn Model, layer: &str) -> Result<Figure> {
    let title = format!("Weights of {}, gate by gate", named(layer));
    Ok(histograms(&title, "weight", &gate_weights(model, layer)?)?)
}

/// The weights of one recurrent layer: for each gate the H·E numbers that its input x is multiplied by, then the H·H
/// of its hidden state h. Names are as in a [`Trace`](super::Trace).
///
/// # Errors
/// A layer that is not there, or one with a cell of your own.
pub fn gate_weights(model: &dyn Model, layer: &str) -> Result<Vec<Series>> {
    by_gate(model, layer, |weight| Ok(weight.as_tensor().clone()))
}

/// Maps W_ih and W_hh of a layer, keeping their shapes, and cuts the results into the blocks of the gates.
fn by_gate(model: &dyn Model, layer: &str, made_of: impl Fn(&Var) -> Result<Tensor>) -> Result<Vec<Series>> {
    let directions = directions(model);
    let found = directions.iter().find(|direction| direction.name == layer);
    let found = found.ok_or_else(|| Error::Layer {
        name: layer.to_owned(),
        names: directions.iter().map(|one| one.name.clone()).collect(),
    })?;
    let Some(weights) = &found.weights else {
        let problem =
            format!("{layer} is a {}, a cell of your own; expected an Lstm, a Gru or a SimpleRnn", found.kind);
        return Err(Error::View { operation: "gate_weights", problem });
    };
    let (units, symbols) = (found.units, weights.cell.symbols());
    let mut series = Vec::new();
    for (input, weight) in [("x", &weights.weight_ih), ("h", &weights.weight_hh)] {
        let made = made_of(weight)?;
        for (index, symbol) in symbols.iter().enumerate() {
            series.push(Series {
                name: format!("{}, from {input}", name_of(symbol, symbols.len() == 1)),
                values: numbers(&made.narrow(0, index * units, units)?)?,
            });
        }
    }
    Ok(series)
}
