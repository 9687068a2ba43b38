//! The operations of the layers: fused forward passes over whole sequences, each beside its backward pass, on the CPU
//! and, with the feature `cuda`, on an NVIDIA GPU.
//!
//! One layer, in one or both directions, processes a batch at once: packing → one product for the input projection of
//! all steps → [the cells' time loop](Cell) → unpacking. With enough work a batch is cut into parts, and the parts of both
//! directions run on as many threads as there are. candle has threads of its own for element-wise operations on 65,536
//! numbers or more; they wait by spinning and take the cores from ours, so with few cores a program is fastest with
//! `CANDLE_NUM_THREADS=1`. Without `RAYON_NUM_THREADS` candle on Linux reads /proc/cpuinfo at every matrix product of its
//! own. A notebook's kernel sets both.
//!
//! File by file, a forward pass is: `layers/recurrent.rs`, options and checks; `trace.rs`, who records; `packing.rs`,
//! sizes and order; `sequence.rs`, the nodes of candle's graph and the parts of all directions, on threads of `parallel.rs`;
//! `direction.rs`, what surrounds the time loop; `layers/lstm.rs`, the time loop; `matrix.rs` and `simd.rs`, arithmetic.
//!
//! The equations of a cell stand in the file of its layer; nothing else here depends on layers, and nothing on parameter
//! names. The numbers are f32 or f64 (`Scalar`).

mod direction;
mod gpu;
mod linear;
mod matrix;
mod packing;
mod parallel;
mod sequence;
mod simd;
mod sum_rows;

pub use direction::{Cell, Nonlinearity};
pub(crate) use direction::{CellGrads, CellInputs, SavedActivations};
#[cfg(feature = "cuda")]
pub(crate) use gpu::{edit_on_gpu, view};
pub(crate) use linear::linear;
pub(crate) use matrix::{Matrix, WriteMode, multiply};
pub(crate) use packing::{Packing, RnnDims};
pub(crate) use parallel::{PAR_THRESHOLD, par_for_each};
#[cfg(feature = "cuda")]
pub(crate) use sequence::InputGrads;
pub(crate) use sequence::{ForwardPass, NodeResult, is_fused, sequence};
pub(crate) use simd::{Scalar, Vector, chunks, dispatch, edit, read, tensor};
pub(crate) use sum_rows::sum_rows;
