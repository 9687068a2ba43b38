//! How often the gates of a layer are saturated, open or shut.

use super::{
    gates::is_gate,
    trace::{named, trace_each},
};
use crate::error::{Error, Result, some_texts};
use recurrent_data::TextVectorizer;
use recurrent_nn::Model;
use recurrent_plot::{Figure, GateSaturation, gate_saturation};

/// A dot for each unit and a panel for each sigmoid gate: the share of all words at which the gate is above 0.9, and
/// below 0.1 ([Karpathy, Johnson and Fei-Fei, 2015](https://arxiv.org/abs/1506.02078)). [`gate_saturations`] drawn.
///
/// # Errors
/// As [`gate_saturations`].
pub fn saturation<S: AsRef<str>>(
    model: &dyn Model,
    vectorizer: &TextVectorizer,
    texts: &[S],
    layer: &str,
) -> Result<Figure> {
    let gates = gate_saturations(model, vectorizer, texts, layer)?;
    let title = format!("How often the gates of {} are open or shut, in {} texts", named(layer), texts.len());
    Ok(gate_saturation(&title, &gates)?)
}

/// For each sigmoid gate of a layer and each unit, the shares of all words at which it is open and shut.
///
/// # Errors
/// As [`trace`](super::trace()); no text; a layer that is not there or has no sigmoid gate.
pub fn gate_saturations<S: AsRef<str>>(
    model: &dyn Model,
    vectorizer: &TextVectorizer,
    texts: &[S],
    layer: &str,
) -> Result<Vec<GateSaturation>> {
    some_texts("saturation", texts)?;
    let (mut gates, mut steps): (Vec<GateSaturation>, usize) = (Vec::new(), 0);
    trace_each(model, vectorizer, texts, |_, trace| {
        let layer = trace.layer(layer)?;
        let states = layer.states.iter();
        for (index, (symbol, values)) in states.filter(|(symbol, steps)| is_gate(symbol, steps)).enumerate() {
            if gates.len() == index {
                gates.push(GateSaturation {
                    name: layer.name_of(symbol),
                    open: vec![0.0; layer.units()],
                    shut: vec![0.0; layer.units()],
                });
            }
            let GateSaturation { open, shut, .. } = &mut gates[index];
            for (unit, value) in values.iter().flat_map(|step| step.iter().enumerate()) {
                open[unit] += f64::from(u8::from(*value > 0.9));
                shut[unit] += f64::from(u8::from(*value < 0.1));
            }
        }
        steps += layer.hidden().len();
        Ok(())
    })?;
    if gates.is_empty() {
        return Err(Error::View {
            operation: "saturation",
            problem: format!("{layer} has no gate between 0 and 1, as a simple recurrent layer has none"),
        });
    }
    for gate in &mut gates {
        let counts = gate.open.iter_mut().chain(&mut gate.shut);
        counts.for_each(|count| *count /= steps as f64);
    }
    Ok(gates)
}
