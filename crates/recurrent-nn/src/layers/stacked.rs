//! Layers on layers.

use super::{
    Dropout, DropoutSpec,
    recurrent::{CellSizes, ForwardOptions, Hidden, Recurrent},
};
use crate::{Batch, Error, Init, Module, Result, optimizer::SparseGradient, trace};
use candle_core::{Tensor, Var, backprop::GradStore};

/// Recurrent layers on top of each other: the output of one, after dropout, is the input of the next.
///
/// Parameters as in PyTorch: `_l0`, `_l1`, … in place of each layer's own `_l0`. Source: `num_layers` and `dropout` of
/// [torch.nn.LSTM](https://docs.pytorch.org/docs/stable/generated/torch.nn.LSTM.html).
///
/// ```
/// # use candle_core::{DType, Device, Tensor};
/// use recurrent_nn::{Batch, Init, Lstm, Stacked};
/// # fn main() -> recurrent_nn::Result<()> {
/// let mut init = Init::pytorch(0, &Device::Cpu);
/// let layers = vec![Lstm::new(6, 4, &mut init)?, Lstm::new(4, 4, &mut init)?];
/// let stacked = Stacked::new(layers, 0.2, &mut init)?;
/// # let ids = Tensor::zeros((2, 5), DType::U32, &Device::Cpu)?;
/// # let batch = Batch { training: true, ..Batch::new(ids, vec![5, 3]) };
/// let x = Tensor::ones((2, 5, 6), DType::F32, &Device::Cpu)?; // (B, T, E)
/// let h = stacked.forward(&x, Some(&batch.lengths), &batch)?;
/// assert_eq!(h.output.dims(), [2, 5, 4]);
/// # Ok(()) }
/// ```
#[derive(Debug, Clone)]
pub struct Stacked<L> {
    layers: Vec<L>,
    /// Between each two layers.
    dropouts: Vec<Dropout>,
}

impl<L: Recurrent> Stacked<L> {
    /// The lowest layer first; dropout with probability p between each two. Errors without a layer, if the input size
    /// of one is not the output size of the one below, or if p is not in 0..1.
    pub fn new(layers: Vec<L>, dropout: f64, init: &mut Init) -> Result<Self> {
        let shape = |expected: String, got: String| Error::Shape { operation: "Stacked::new", expected, got };
        if layers.is_empty() {
            return Err(shape("at least one layer".into(), "none".into()));
        }
        for (index, pair) in layers.windows(2).enumerate() {
            let outputs = pair[0].output_size();
            let inputs = pair[1].cells().first().and_then(|cell| CellSizes::of(*cell).input);
            if let Some(inputs) = inputs
                && outputs != inputs
            {
                let expected = format!("layer {} with {outputs} inputs, the outputs of layer {index}", index + 1);
                return Err(shape(expected, format!("{inputs} inputs")));
            }
        }
        let dropouts = layers[1..].iter().map(|_| Dropout::new(dropout, init));
        let dropouts = dropouts.collect::<Result<_>>()?;
        Ok(Self { layers, dropouts })
    }

    /// D·H, the size of the last dimension of its output.
    pub fn output_size(&self) -> usize {
        self.layers.last().map_or(0, Recurrent::output_size)
    }

    /// The outputs of the top layer for x (B, T, E): output (B, T, D·H), h_n (B, D·H). The batch says whether dropout
    /// is on. Errors: those of [`Recurrent::forward`].
    pub fn forward(&self, x: &Tensor, lengths: Option<&[usize]>, batch: &Batch) -> Result<Hidden> {
        let options = ForwardOptions { lengths, ..ForwardOptions::default() };
        let mut layers = self.forward_with(x, &vec![options; self.layers.len()], batch)?;
        Ok(layers.remove(layers.len() - 1))
    }

    /// The outputs of every layer for x (B, T, E), the lowest first, each with its own options, such as its initial
    /// state. Errors: not one set of options for each layer; those of [`Recurrent::forward_with`].
    pub fn forward_with(&self, x: &Tensor, options: &[ForwardOptions], batch: &Batch) -> Result<Vec<Hidden>> {
        if options.len() != self.layers.len() {
            return Err(Error::Shape {
                operation: "Stacked::forward_with",
                expected: format!("options for {} layers", self.layers.len()),
                got: format!("options for {}", options.len()),
            });
        }
        let mut all: Vec<Hidden> = Vec::new();
        for (index, (layer, options)) in self.layers.iter().zip(options).enumerate() {
            let hidden = match all.last() {
                None => layer.forward_with(x, options)?,
                Some(below) => {
                    let x = self.dropouts[index - 1].forward(&below.output, batch)?;
                    layer.forward_with(&x, options)?
                }
            };
            all.push(hidden);
        }
        if let Some(Hidden { output, h_n, .. }) = all.last() {
            trace::output(self, &[output, h_n]);
        }
        Ok(all)
    }
}

impl<L: Recurrent> Module for Stacked<L> {
    fn layers(&self) -> Vec<(String, &dyn Module)> {
        self.layers.layers()
    }

    fn state_dict(&self) -> Vec<(String, Var)> {
        let layers = self.layers.iter().enumerate();
        layers.flat_map(|(index, layer)| numbered(index, layer.state_dict())).collect()
    }

    fn sparse_gradients(&self, gradients: &GradStore) -> Result<Vec<(String, SparseGradient)>> {
        let mut all = Vec::new();
        for (index, layer) in self.layers.iter().enumerate() {
            all.extend(numbered(index, layer.sparse_gradients(gradients)?));
        }
        Ok(all)
    }

    fn dropout_specs(&self) -> Vec<DropoutSpec> {
        [self.layers.dropout_specs(), self.dropouts.dropout_specs()].concat()
    }
}

/// `_l1` in place of `_l0` in the names of PyTorch; what has another name has the number before it.
fn numbered<T>(index: usize, own: Vec<(String, T)>) -> impl Iterator<Item = (String, T)> {
    own.into_iter().map(move |(name, one)| {
        let (own, reverse) = name.strip_suffix("_reverse").map_or((&*name, ""), |own| (own, "_reverse"));
        match own.strip_suffix("_l0") {
            Some(own) => (format!("{own}_l{index}{reverse}"), one),
            None => (format!("{index}.{name}"), one),
        }
    })
}
