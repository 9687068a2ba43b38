//! The operations of the layers: fused forward passes over whole sequences, each beside its backward pass, on the CPU
//! and, with the feature `cuda`, on an NVIDIA GPU.
//!
//! One layer, in one or both directions, processes a batch at once: packing → one product for the input projection of
//! all steps → [the cells' time loop](Cell) → unpacking. Two directions with enough work run on two threads. candle has
//! threads of its own for element-wise operations on 65,536 numbers or more; they wait by spinning and take the cores
//! from ours, so with few cores a program is fastest with `CANDLE_NUM_THREADS=1`.
//!
//! Nothing here depends on layers or parameter names. The numbers are f32 or f64 (`Scalar`).

mod activations;
mod cell;
mod dims;
mod direction;
mod gpu;
mod graph;
mod gru;
mod lstm;
mod matrix;
mod packing;
mod parallel;
mod rnn;
mod scalar;
mod sequence;
mod simd;
mod sum_rows;

pub use cell::Cell;
pub(crate) use dims::RnnDims;
#[cfg(feature = "cuda")]
pub(crate) use gpu::{edit_on_gpu, view};
pub(crate) use graph::{SequenceOutput, is_fused, sequence};
pub(crate) use packing::Packing;
pub(crate) use parallel::{PAR_THRESHOLD, par_for_each};
pub use rnn::Nonlinearity;
pub(crate) use scalar::{Scalar, edit, read, tensor, variable};
pub(crate) use simd::dispatch;
pub(crate) use sum_rows::sum_rows;
