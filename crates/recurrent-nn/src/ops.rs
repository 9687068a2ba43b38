//! What the layers compute with: fused forward passes over whole sequences, each with its backward pass beside it, on the CPU and,
//! with the feature `cuda`, on an NVIDIA card.
//!
//! One layer, in one or both directions, goes through a batch at once:
//! packing → one product for the input projection of all steps → [the cells' time loop](Cell) → unpacking; and back.
//! Two directions of more than a little work run on two threads. candle has threads of its own for element-wise operations on 65,536 numbers or more;
//! they wait by spinning and take the processor from ours, so on few cores a program is fastest with `CANDLE_NUM_THREADS=1`.
//!
//! Nothing here knows a layer or a parameter's name. A number is f32 or f64 ([`Scalar`]).

#[cfg(feature = "cuda")]
mod card;
mod cell;
// Its kernels are tested on the processor too.
#[cfg(any(test, feature = "cuda"))]
mod cuda;
mod direction;
mod form;
mod graph;
mod gru;
mod lanes;
mod lstm;
mod matrix;
mod packing;
mod rnn;
mod rows;
mod scalar;
mod sequence;
mod side_by_side;
mod sum_rows;
mod tanh;

pub(crate) use lanes::dispatch;

#[cfg(feature = "cuda")]
pub(crate) use card::{edit_on_card, view};
pub use cell::Cell;
#[cfg(feature = "cuda")]
pub(crate) use cuda::cuda_sequence;
pub(crate) use form::Form;
pub(crate) use graph::sequence;
#[cfg(feature = "cuda")]
pub(crate) use graph::{GateOf, Given};
pub(crate) use packing::Packing;
pub use rnn::Nonlinearity;
pub use scalar::Scalar;
pub(crate) use scalar::{edit, read, tensor, variable};
pub(crate) use side_by_side::{ENOUGH, side_by_side};
pub(crate) use sum_rows::sum_rows;
