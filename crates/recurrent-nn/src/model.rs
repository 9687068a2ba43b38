//! What a learner writes: a struct of layers with a `forward`.

use crate::{Batch, Module, Result, Summary};
use candle_core::Tensor;

/// A network from a batch to what its loss compares with the batch's target, e.g. from sequences to class scores. Its
/// layers are those of [`Module`]: `#[derive(Module)]` lists the fields.
///
/// ```
/// # use candle_core::{Device, Tensor};
/// use recurrent_nn::{Batch, Embedding, Init, Linear, Lstm, Model, Module, Recurrent, Result};
///
/// #[derive(Module)]
/// struct Tagger { embedding: Embedding, lstm: Lstm, linear: Linear }
///
/// impl Model for Tagger {
///     fn forward(&self, batch: &Batch) -> Result<Tensor> {
///         let x = self.embedding.forward(&batch.input)?; // (B, T, E)
///         let h = self.lstm.forward(&x, Some(&batch.lengths))?;
///         self.linear.forward(&h.h_n) // (B, C)
///     }
/// }
/// # fn main() -> Result<()> {
/// # let mut init = Init::keras(0, &Device::Cpu);
/// # let (embedding, lstm) = (Embedding::new(10, 6, &mut init)?, Lstm::new(6, 4, &mut init)?);
/// let model = Tagger { embedding, lstm, linear: Linear::new(4, 2, &mut init)? };
/// let batch = Batch::new(Tensor::new(&[[3u32, 5, 2], [4, 2, 0]], &Device::Cpu)?, vec![3, 2]);
/// assert_eq!(model.forward(&batch)?.dims(), [2, 2]); // (B, C)
/// assert_eq!(model.parameters()[1].0, "lstm.weight_ih_l0");
/// # Ok(()) }
/// ```
pub trait Model: Module {
    /// From a batch to class scores (logits), shape (B, C), or to whatever else the loss takes.
    fn forward(&self, batch: &Batch) -> Result<Tensor>;

    /// The table of the layers with the shapes that a forward pass of this batch gives, and with parameter counts. It
    /// prints as Keras prints it. Errors: those of `forward`.
    fn summary(&self, batch: &Batch) -> Result<Summary>
    where
        Self: Sized,
    {
        Summary::of(self, batch)
    }
}

/// The model itself.
impl<M: Model + ?Sized> Model for Box<M> {
    fn forward(&self, batch: &Batch) -> Result<Tensor> {
        (**self).forward(batch)
    }
}
