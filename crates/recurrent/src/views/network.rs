//! The network of a model, drawn from its own layers.

use super::trace::{ids, words};
use crate::error::{Error, Result};
use candle_core::Var;
use recurrent_data::TextVectorizer;
use recurrent_nn::{Model, Module, trace::directions};
use recurrent_plot::{Figure, NetworkEnds, NetworkLayer, model_network};

/// The recurrent layers of a model over the words of a text: one on the other, with both directions of those that
/// have two, and with their sizes. Of more than four words the first three and the last are drawn. The drawing
/// follows the fields of the model, not `forward`: layers in that order whose sizes fit are taken for a stack, each read forwards
/// unless it is the second direction of two.
///
/// # Errors
/// A text without words; a model without a recurrent layer, or with more than eight; layers that do not stand on each
/// other, as one does not take what the one before it gives.
///
/// ```
/// use recurrent::prelude::*;
#[doc = include_str!("doc_model.rs.in")]
/// let vectorizer = TextVectorizer::adapt(&["dogs bark"], VectorizerConfig::default())?;
/// assert!(network(&model, &vectorizer, "dogs bark")?.svg().contains("Lstm · 4"));
/// # Ok::<(), Error>(())
/// ```
pub fn network(model: &dyn Model, vectorizer: &TextVectorizer, text: &str) -> Result<Figure> {
    let words = words(vectorizer, &ids("network", vectorizer, text)?);
    let view = |problem| Error::View { operation: "network", problem };
    let mut layers: Vec<NetworkLayer> = Vec::new();
    let mut ends = NetworkEnds::default();
    let mut gives = None;
    for direction in directions(model) {
        if let Some(layer) = layers.last_mut()
            && direction.name == format!("{}.reverse", layer.name)
        {
            layer.bidirectional = true;
            gives = gives.map(|units: usize| 2 * units);
            continue;
        }
        // A cell of one's own does not say what it takes.
        let takes = direction.weights.as_ref().map(|own| own.input);
        match (gives, takes) {
            (None, _) => ends.input = takes.unwrap_or(0),
            (Some(gives), Some(takes)) if gives != takes => {
                return Err(view(format!(
                    "{} takes {takes} numbers, but the layer before it gives {gives}; \
                     only layers that stand on each other are drawn",
                    direction.name
                )));
            }
            _ => (),
        }
        gives = Some(direction.units);
        layers.push(NetworkLayer {
            name: direction.name.clone(),
            cell: direction.kind.clone(),
            units: direction.units,
            bidirectional: false,
        });
    }
    if layers.is_empty() {
        return Err(view("the model has no recurrent layer".into()));
    }
    let scores = output_layer(model).map(|(weight, _)| weight.dims()[0]);
    ends.scores = scores.or(gives).unwrap_or(0);
    Ok(model_network("The network, unrolled", &words, &layers, ends)?)
}

/// W (C, I) and b (C,) of what makes the scores: the last layer that has both, e.g. a `Linear`,
/// inside of layers too.
pub(super) fn output_layer(module: &dyn Module) -> Option<(Var, Var)> {
    let own = |layer: &dyn Module, name: &str, rank: usize| {
        let found = layer.state_dict().into_iter().find(|(other, var)| other == name && var.rank() == rank);
        found.map(|(_, var)| var)
    };
    let layers = module.layers().into_iter().rev();
    let last = |layer: &dyn Module| own(layer, "weight", 2).zip(own(layer, "bias", 1)).or_else(|| output_layer(layer));
    layers.filter_map(|(_, layer)| last(layer)).next()
}
