//! Layers on layers.

use super::{
    Dropout, DropoutMask, Layer,
    recurrent::{Hidden, Recurrent, Run},
};
use crate::{Batch, Error, Init, Result};
use candle_core::{Tensor, Var};

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
/// # let batch = Batch { ids, lengths: vec![5, 3], labels: None, training: true, step: 0 };
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
    /// The lowest layer first; dropout with probability p between each two. Errors without a layer, if one does not take
    /// what the one below gives, or if p is not in 0..1.
    pub fn new(layers: Vec<L>, dropout: f64, init: &mut Init) -> Result<Self> {
        let shape = |expected: String, got: String| Error::Shape {
            operation: "Stacked::new",
            expected,
            got,
        };
        if layers.is_empty() {
            return Err(shape("at least one layer".into(), "none".into()));
        }
        for (index, pair) in layers.windows(2).enumerate() {
            let gives = pair[0].output_size();
            let takes = pair[1].weights().first().map_or(0, |one| one.input);
            if gives != takes {
                let expected = format!(
                    "layer {} with {gives} inputs, as layer {index} gives",
                    index + 1
                );
                return Err(shape(expected, format!("{takes} inputs")));
            }
        }
        let dropouts = layers[1..].iter().map(|_| Dropout::new(dropout, init));
        let dropouts = dropouts.collect::<Result<_>>()?;
        Ok(Self { layers, dropouts })
    }

    /// What the top layer gives for x (B, T, E): output (B, T, D·H), h_n (B, D·H). The batch tells whether dropout is on.
    /// Errors: those of [`Recurrent::forward`].
    pub fn forward(&self, x: &Tensor, lengths: Option<&[usize]>, batch: &Batch) -> Result<Hidden> {
        let run = Run {
            lengths,
            ..Run::default()
        };
        let mut layers = self.run(x, &vec![run; self.layers.len()], batch)?;
        Ok(layers.remove(layers.len() - 1))
    }

    /// What every layer gives for x (B, T, E), the lowest first, each run as asked for: with its own initial state, its gates.
    /// Errors: not one run for each layer; those of [`Recurrent::run`].
    pub fn run(&self, x: &Tensor, runs: &[Run], batch: &Batch) -> Result<Vec<Hidden>> {
        if runs.len() != self.layers.len() {
            return Err(Error::Shape {
                operation: "Stacked::run",
                expected: format!("{} runs, one for each layer", self.layers.len()),
                got: format!("{} runs", runs.len()),
            });
        }
        let mut all: Vec<Hidden> = Vec::new();
        for (index, (layer, run)) in self.layers.iter().zip(runs).enumerate() {
            let hidden = match all.last() {
                None => layer.run(x, run)?,
                Some(below) => {
                    let x = self.dropouts[index - 1].forward(&below.output, batch)?;
                    layer.run(&x, run)?
                }
            };
            all.push(hidden);
        }
        Ok(all)
    }
}

impl<L: Recurrent> Layer for Stacked<L> {
    fn kind(&self) -> &'static str {
        "Stacked"
    }

    fn output_size(&self) -> usize {
        self.layers.last().map_or(0, Layer::output_size)
    }

    fn parameters(&self) -> Vec<(String, Var)> {
        let layers = self.layers.iter().enumerate();
        let named = layers.flat_map(|(index, layer)| {
            let parameters = layer.parameters().into_iter();
            parameters.map(move |(name, var)| (name.replace("_l0", &format!("_l{index}")), var))
        });
        named.collect()
    }

    fn masks(&self) -> Vec<DropoutMask> {
        self.dropouts.iter().flat_map(Layer::masks).collect()
    }
}
