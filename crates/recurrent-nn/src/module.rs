//! What models and layers have in common: parts with names, parameters, gradients.

use crate::{DropoutSpec, Recurrent, Result, optimizer::SparseGradient};
use candle_core::{Var, backprop::GradStore};
use std::{any::type_name, collections::HashSet};

/// A layer, or a struct of layers, as
/// [`torch.nn.Module`](https://docs.pytorch.org/docs/stable/generated/torch.nn.Module.html). `#[derive(Module)]` lists the
/// fields of a struct as its [`layers`](Self::layers); everything else follows from them.
///
/// A field is a layer of this library, a [`Var`] (a parameter of one's own), a `Vec`, an `Option` or a `Box` of modules,
/// or another struct that derives `Module`. Numbers, truth values and texts are no layers; whatever else is none has
/// `#[module(skip)]`.
///
/// ```
/// # use candle_core::Device;
/// use recurrent_nn::{Embedding, Init, Linear, Module};
///
/// #[derive(Module)]
/// struct Scorer {
///     embedding: Embedding,
///     hidden: Vec<Linear>,
///     temperature: f64,
/// }
/// # fn main() -> recurrent_nn::Result<()> {
/// let mut init = Init::keras(0, &Device::Cpu);
/// let hidden = vec![Linear::new(4, 3, &mut init)?, Linear::new(3, 2, &mut init)?];
/// let scorer = Scorer { embedding: Embedding::new(10, 4, &mut init)?, hidden, temperature: 0.5 };
/// let names: Vec<String> = scorer.parameters().into_iter().map(|(name, _)| name).collect();
/// assert_eq!(names, ["embedding.weight", "hidden.0.weight", "hidden.0.bias", "hidden.1.weight", "hidden.1.bias"]);
/// # Ok(()) }
/// ```
///
/// A field that is no module and is not skipped does not compile; it would not be trained.
///
/// ```compile_fail,E0277
/// use recurrent_nn::{Linear, Module};
///
/// #[derive(Module)]
/// struct Counted { linear: Linear, calls: std::cell::Cell<u32> }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no layer of a model",
    label = "no layer",
    note = "put `#[derive(Module)]` on a struct of layers, or `#[module(skip)]` on a field that is none"
)]
pub trait Module {
    /// The layers it is made of, each with its name. None of a layer that has parameters of its own.
    fn layers(&self) -> Vec<(String, &dyn Module)> {
        Vec::new()
    }

    /// The name of its type without the path, e.g. `Lstm` or `Bidirectional(Lstm)`, for people to read.
    fn kind(&self) -> String {
        short_name(type_name::<Self>())
    }

    /// Every variable in the order of the layers, named as in a PyTorch state_dict, `layer.parameter`, e.g.
    /// `rnn.weight_ih_l0`. One that several layers share is there under each of its names.
    fn state_dict(&self) -> Vec<(String, Var)> {
        let layers = self.layers().into_iter();
        layers.flat_map(|(name, layer)| named(name, layer.state_dict())).collect()
    }

    /// The parameters: [`state_dict`](Self::state_dict) with each variable once, under its first name, as
    /// [`torch.nn.Module.named_parameters`](https://docs.pytorch.org/docs/stable/generated/torch.nn.Module.html).
    ///
    /// ```
    /// # use candle_core::Device;
    /// # use recurrent_nn::{Init, Linear, Module, Result};
    /// #[derive(Module)]
    /// struct Twice { a: Linear, b: Linear }
    /// # fn main() -> Result<()> {
    /// let a = Linear::new(2, 2, &mut Init::keras(0, &Device::Cpu))?;
    /// let model = Twice { b: a.clone(), a }; // a clone shares the weights
    /// let names: Vec<String> = model.parameters().into_iter().map(|(name, _)| name).collect();
    /// assert_eq!(names, ["a.weight", "a.bias"]);
    /// # Ok(()) }
    /// ```
    fn parameters(&self) -> Vec<(String, Var)> {
        let mut seen = HashSet::new();
        let mut parameters = self.state_dict();
        parameters.retain(|(_, var)| seen.insert(var.id()));
        parameters
    }

    /// Whether training leaves its parameters as they are.
    fn is_frozen(&self) -> bool {
        let layers = self.layers();
        !layers.is_empty() && layers.into_iter().all(|(_, layer)| layer.is_frozen())
    }

    /// This layer as one that reads sequences step by step; none for others.
    fn recurrent(&self) -> Option<&dyn Recurrent> {
        None
    }

    /// The gradients of parameters of which a batch used only some rows, under the names of
    /// [`state_dict`](Self::state_dict). Only an [`Embedding`](crate::Embedding) has one.
    fn sparse_gradients(&self, gradients: &GradStore) -> Result<Vec<(String, SparseGradient)>> {
        let mut all = Vec::new();
        for (name, layer) in self.layers() {
            all.extend(named(name, layer.sparse_gradients(gradients)?));
        }
        Ok(all)
    }

    /// The probability and the seed of each dropout in it. A checkpoint records them: a resumed training draws the same
    /// masks.
    fn dropout_specs(&self) -> Vec<DropoutSpec> {
        self.layers().into_iter().flat_map(|(_, layer)| layer.dropout_specs()).collect()
    }
}

/// A parameter of one's own, under the name of its field.
impl Module for Var {
    fn state_dict(&self) -> Vec<(String, Var)> {
        vec![(String::new(), self.clone())]
    }
}

/// The modules under their numbers, as
/// [`torch.nn.ModuleList`](https://docs.pytorch.org/docs/stable/generated/torch.nn.ModuleList.html).
impl<M: Module> Module for Vec<M> {
    fn layers(&self) -> Vec<(String, &dyn Module)> {
        self.iter().enumerate().map(|(index, module)| (index.to_string(), module as &dyn Module)).collect()
    }
}

/// The module's own layers and parameters, if there is one.
impl<M: Module> Module for Option<M> {
    fn layers(&self) -> Vec<(String, &dyn Module)> {
        self.iter().flat_map(Module::layers).collect()
    }

    fn kind(&self) -> String {
        self.as_ref().map_or("None".into(), Module::kind)
    }

    fn state_dict(&self) -> Vec<(String, Var)> {
        self.iter().flat_map(Module::state_dict).collect()
    }

    fn is_frozen(&self) -> bool {
        self.as_ref().is_some_and(Module::is_frozen)
    }

    fn recurrent(&self) -> Option<&dyn Recurrent> {
        self.as_ref()?.recurrent()
    }

    fn sparse_gradients(&self, gradients: &GradStore) -> Result<Vec<(String, SparseGradient)>> {
        self.as_ref().map_or(Ok(Vec::new()), |module| module.sparse_gradients(gradients))
    }

    fn dropout_specs(&self) -> Vec<DropoutSpec> {
        self.iter().flat_map(Module::dropout_specs).collect()
    }
}

/// The module itself.
impl<M: Module + ?Sized> Module for Box<M> {
    fn layers(&self) -> Vec<(String, &dyn Module)> {
        (**self).layers()
    }

    fn kind(&self) -> String {
        (**self).kind()
    }

    fn state_dict(&self) -> Vec<(String, Var)> {
        (**self).state_dict()
    }

    fn is_frozen(&self) -> bool {
        (**self).is_frozen()
    }

    fn recurrent(&self) -> Option<&dyn Recurrent> {
        (**self).recurrent()
    }

    fn sparse_gradients(&self, gradients: &GradStore) -> Result<Vec<(String, SparseGradient)>> {
        (**self).sparse_gradients(gradients)
    }

    fn dropout_specs(&self) -> Vec<DropoutSpec> {
        (**self).dropout_specs()
    }
}

/// What belongs to a layer, under the layer's name. A [`Var`] has no name of its own.
fn named<T>(layer: String, own: Vec<(String, T)>) -> impl Iterator<Item = (String, T)> {
    own.into_iter().map(move |(name, one)| match name.is_empty() {
        true => (layer.clone(), one),
        false => (format!("{layer}.{name}"), one),
    })
}

/// `Bidirectional(Lstm)` for `recurrent_nn::layers::Bidirectional<recurrent_nn::layers::Lstm>`.
pub(crate) fn short_name(type_name: &str) -> String {
    let names = type_name.split_inclusive(['<', '>', ',', ' ']);
    let names = names.map(|part| part.rsplit("::").next().unwrap_or(part));
    names.collect::<String>().replace('<', "(").replace('>', ")")
}

#[cfg(test)]
mod tests {
    use super::short_name;

    #[test]
    fn a_type_is_named_without_paths() {
        assert_eq!(short_name("recurrent_nn::layers::lstm::Lstm"), "Lstm");
        assert_eq!(short_name("a::Stacked<a::b::Bidirectional<a::c::Lstm>>"), "Stacked(Bidirectional(Lstm))");
        assert_eq!(short_name("a::Pair<a::b::Left, a::Right>"), "Pair(Left, Right)");
    }
}
