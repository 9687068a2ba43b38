//! What a learner writes: a struct of layers with a `forward`.

use crate::{Batch, Layer, Result, Summary};
use candle_core::{Tensor, Var};

/// A network from a batch of sequences to class scores.
pub trait Model {
    /// Class scores (logits), shape (B, classes).
    fn forward(&self, batch: &Batch) -> Result<Tensor>;

    /// The layers with their names, listed once; parameters, summary and checkpoints follow from it.
    fn layers(&self) -> Vec<(&'static str, &dyn Layer)>;

    /// All parameters in the order of the layers, named `layer.parameter`, e.g. `rnn.weight_ih_l0`.
    fn parameters(&self) -> Vec<(String, Var)> {
        self.layers()
            .into_iter()
            .flat_map(|(name, layer)| {
                layer
                    .parameters()
                    .into_iter()
                    .map(move |(parameter, var)| (format!("{name}.{parameter}"), var))
            })
            .collect()
    }

    /// The table of the layers with their output shapes and parameter counts. It prints as Keras prints it.
    fn summary(&self) -> Summary {
        let name = std::any::type_name::<Self>();
        let name = name.split('<').next().unwrap_or(name);
        let name = name.rsplit("::").next().unwrap_or(name);
        Summary::new(name, &self.layers())
    }
}
