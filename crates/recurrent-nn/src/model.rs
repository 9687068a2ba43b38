//! What a learner writes: a struct of layers with a `forward`.

use crate::{Batch, Layer, Result, Summary};
use candle_core::{Tensor, Var};
use std::collections::HashSet;

/// A network from a batch of sequences to class scores.
pub trait Model {
    /// Class scores (logits), shape (B, classes).
    fn forward(&self, batch: &Batch) -> Result<Tensor>;

    /// The layers, each with a name of its own; parameters, summary and checkpoints follow from it. Layers may share a
    /// variable (a cloned layer, a tied weight): it is then one parameter.
    fn layers(&self) -> Vec<(&'static str, &dyn Layer)>;

    /// All parameters in the order of the layers, named `layer.parameter`, e.g. `rnn.weight_ih_l0`. A variable that
    /// several layers share is there once, under its first name, as in
    /// [`torch.nn.Module.named_parameters`](https://docs.pytorch.org/docs/stable/generated/torch.nn.Module.html).
    ///
    /// ```
    /// # use candle_core::{Device, Tensor};
    /// # use recurrent_nn::{Batch, Init, Layer, Linear, Model, Result};
    /// struct Twice { a: Linear, b: Linear }
    /// impl Model for Twice {
    ///     // …
    /// #   fn forward(&self, batch: &Batch) -> Result<Tensor> { self.b.forward(&self.a.forward(&batch.ids)?) }
    ///     fn layers(&self) -> Vec<(&'static str, &dyn Layer)> { vec![("a", &self.a), ("b", &self.b)] }
    /// }
    /// # fn main() -> Result<()> {
    /// let a = Linear::new(2, 2, &mut Init::keras(0, &Device::Cpu))?;
    /// let model = Twice { b: a.clone(), a }; // a clone shares the weights
    /// let names: Vec<String> = model.parameters().into_iter().map(|(name, _)| name).collect();
    /// assert_eq!(names, ["a.weight", "a.bias"]);
    /// # Ok(()) }
    /// ```
    fn parameters(&self) -> Vec<(String, Var)> {
        let mut seen = HashSet::new();
        let mut parameters = named_variables(&self.layers());
        parameters.retain(|(_, var)| seen.insert(var.id()));
        parameters
    }

    /// The table of the layers with their output shapes and parameter counts. It prints as Keras prints it.
    fn summary(&self) -> Summary {
        let name = std::any::type_name::<Self>();
        let name = name.split('<').next().unwrap_or(name);
        let name = name.rsplit("::").next().unwrap_or(name);
        Summary::new(name, &self.layers())
    }
}

/// Every variable of every layer under each of its names, `layer.parameter`: one that is shared comes several times.
pub(crate) fn named_variables(layers: &[(&'static str, &dyn Layer)]) -> Vec<(String, Var)> {
    let mut variables = Vec::new();
    for (layer_name, layer) in layers {
        let parameters = layer.parameters().into_iter();
        variables.extend(parameters.map(|(name, var)| (format!("{layer_name}.{name}"), var)));
    }
    variables
}
