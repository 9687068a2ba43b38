//! The layers a model is made of.

use candle_core::Var;

/// What every layer can say of itself.
pub trait Layer {
    /// The layer's type as a reader knows it, e.g. `SimpleRnn`.
    fn kind(&self) -> &'static str;
    /// The size of the last dimension of its output.
    fn output_size(&self) -> usize;
    /// Its parameters, always in the same order, named as in a PyTorch state_dict, e.g. `weight_ih_l0`.
    fn parameters(&self) -> Vec<(String, Var)>;
}
