//! Two recurrent layers over the same sequences, one in each direction.

use super::{
    DropoutSpec,
    cell::RnnCell,
    recurrent::{CellSizes, Recurrent},
};
use crate::{Error, Module, Result, optimizer::SparseGradient};
use candle_core::{Var, backprop::GradStore};

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
        let describe = |layer: &L| match layer.cells()[..] {
            [one] => (Some(CellSizes::of(one)), layer.kind()),
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
        both(self.forwards.state_dict(), self.backwards.state_dict())
    }

    fn is_frozen(&self) -> bool {
        self.forwards.is_frozen() && self.backwards.is_frozen()
    }

    fn sparse_gradients(&self, gradients: &GradStore) -> Result<Vec<(String, SparseGradient)>> {
        Ok(both(self.forwards.sparse_gradients(gradients)?, self.backwards.sparse_gradients(gradients)?))
    }

    fn dropout_specs(&self) -> Vec<DropoutSpec> {
        [self.forwards.dropout_specs(), self.backwards.dropout_specs()].concat()
    }

    fn recurrent(&self) -> Option<&dyn Recurrent> {
        Some(self)
    }
}

/// The names of a state_dict of PyTorch.
fn both<T>(forwards: Vec<(String, T)>, backwards: Vec<(String, T)>) -> Vec<(String, T)> {
    let backwards = backwards.into_iter().map(|(name, one)| (format!("{name}_reverse"), one));
    forwards.into_iter().chain(backwards).collect()
}

impl<L: Recurrent> Recurrent for Bidirectional<L> {
    fn cells(&self) -> Vec<&dyn RnnCell> {
        [self.forwards.cells(), self.backwards.cells()].concat()
    }
}
