//! Two recurrent layers over the same sequences, one in each direction.

use super::recurrent::{Recurrent, Weights};
use crate::{Error, Module, Result};
use candle_core::Var;

/// Two recurrent layers of one kind and size: the first reads forwards, the second from each sequence's own end
/// backwards. Output and states are concatenated, (…, 2H), the forward ones first. The two run in parallel.
///
/// Parameters: those of the first, and of the second with `_reverse` after the name, as in PyTorch.
/// Source: [Schuster and Paliwal, 1997](https://doi.org/10.1109/78.650093).
///
/// ```
/// # use candle_core::{DType, Device, Tensor};
/// use recurrent_nn::{Bidirectional, Init, Lstm, Recurrent};
/// # fn main() -> recurrent_nn::Result<()> {
/// let mut init = Init::keras(0, &Device::Cpu);
/// let layer = Bidirectional::new(Lstm::new(128, 64, &mut init)?, Lstm::new(128, 64, &mut init)?)?;
/// let x = Tensor::ones((2, 5, 128), DType::F32, &Device::Cpu)?; // (B, T, E)
/// let h = layer.forward(&x, Some(&[5, 3]))?;
/// assert_eq!(h.output.dims(), [2, 5, 128]);
/// assert_eq!(h.h_n.dims(), [2, 128]);
/// # Ok(()) }
/// ```
#[derive(Debug, Clone)]
pub struct Bidirectional<L> {
    forwards: L,
    backwards: L,
}

impl<L: Recurrent> Bidirectional<L> {
    /// Errors unless both have the same kind, input and hidden size, and one direction each.
    pub fn new(forwards: L, backwards: L) -> Result<Self> {
        let describe = |layer: &L| match layer.weights()[..] {
            [one] => (Some((one.cell, one.input, one.hidden, one.bias_hh.is_some())), layer.kind()),
            _ => (None, layer.kind()),
        };
        match (describe(&forwards), describe(&backwards)) {
            ((Some(a), _), (Some(b), _)) if a == b => Ok(Self { forwards, backwards }),
            (a, b) => Err(Error::Shape {
                operation: "Bidirectional::new",
                expected: "two layers of the same kind and sizes, each of one direction".into(),
                got: format!("{a:?} and {b:?}"),
            }),
        }
    }
}

impl<L: Recurrent> Module for Bidirectional<L> {
    fn state_dict(&self) -> Vec<(String, Var)> {
        let mut variables = self.forwards.state_dict();
        let reverse = self.backwards.state_dict().into_iter();
        variables.extend(reverse.map(|(name, var)| (format!("{name}_reverse"), var)));
        variables
    }

    fn recurrent(&self) -> Option<&dyn Recurrent> {
        Some(self)
    }
}

impl<L: Recurrent> Recurrent for Bidirectional<L> {
    fn weights(&self) -> Vec<&Weights> {
        [self.forwards.weights(), self.backwards.weights()].concat()
    }
}
