//! The layers a model is made of.

mod bidirectional;
mod cell;
mod dropout;
mod embedding;
pub(crate) mod gru;
mod linear;
pub(crate) mod lstm;
mod recurrent;
pub(crate) mod rnn;
mod stacked;
mod step_by_step;

pub use bidirectional::Bidirectional;
pub use cell::{CellOutput, Rnn, RnnCell};
pub use dropout::{Dropout, DropoutSpec};
pub(crate) use embedding::merge;
pub use embedding::{Embedding, EmbeddingConfig};
pub use gru::Gru;
pub use linear::Linear;
pub use lstm::Lstm;
pub use recurrent::{ForwardOptions, Gates, Hidden, Recurrent, State, Weights};
pub use rnn::SimpleRnn;
pub use stacked::Stacked;

use crate::{Error, Result};
use candle_core::{DType, Tensor};

/// Sizes are at least 1.
fn expect_sizes(operation: &'static str, sizes: &[(&'static str, usize)]) -> Result<()> {
    match sizes.iter().find(|(_, size)| *size == 0) {
        None => Ok(()),
        Some((field, size)) => {
            Err(Error::Config { operation, field, expected: "at least 1".into(), got: size.to_string() })
        }
    }
}

/// x has the last dimension and the dtype of the weights.
fn expect_input(operation: &'static str, x: &Tensor, size: usize, dtype: DType) -> Result<()> {
    match x.dims().last() {
        Some(&last) if last == size => expect_dtype(operation, x, dtype),
        _ => Err(Error::Shape {
            operation,
            expected: format!("a last dimension of {size}"),
            got: format!("shape {:?}", x.dims()),
        }),
    }
}

/// A tensor has the dtype of the weights.
fn expect_dtype(operation: &'static str, tensor: &Tensor, dtype: DType) -> Result<()> {
    if tensor.dtype() == dtype {
        return Ok(());
    }
    Err(Error::DType {
        operation,
        expected: if dtype == DType::F64 { "f64, as the weights" } else { "f32, as the weights" },
        got: tensor.dtype(),
    })
}
