//! How the weights of a layer are spread.

use super::{
    gates::name_of,
    trace::{named, numbers},
};
use crate::error::{Error, Result};
use recurrent_nn::{Model, trace::directions};
use recurrent_plot::{Figure, Series, histograms};

/// A histogram for each gate's part of W_ih and W_hh, a column for each gate: [`gate_weights`] drawn.
///
/// # Errors
/// A layer that is not there.
pub fn weight_histograms(model: &dyn Model, layer: &str) -> Result<Figure> {
    let title = format!("Weights of {}, gate by gate", named(layer));
    Ok(histograms(&title, "weight", &gate_weights(model, layer)?)?)
}

/// The weights of one recurrent layer: for each gate those that its input x is multiplied by, then those of its hidden state h. Names are as in a
/// [`Trace`](super::Trace).
///
/// # Errors
/// A layer that is not there.
pub fn gate_weights(model: &dyn Model, layer: &str) -> Result<Vec<Series>> {
    let directions = directions(model);
    let found = directions.iter().find(|direction| direction.name == layer);
    let found = found.ok_or_else(|| Error::Layer {
        name: layer.to_owned(),
        names: directions.iter().map(|one| one.name.clone()).collect(),
    })?;
    let units = found.units();
    let mut series = Vec::new();
    for (input, weight) in [("x", &found.weight_ih), ("h", &found.weight_hh)] {
        for (index, symbol) in found.symbols().iter().enumerate() {
            series.push(Series {
                name: format!("{}, from {input}", name_of(symbol, found.kind)),
                values: numbers(&weight.narrow(0, index * units, units)?)?,
            });
        }
    }
    Ok(series)
}
