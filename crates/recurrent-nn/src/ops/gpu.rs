//! The seam between the fused operations and a GPU: one trait, which `cuda` implements with the feature of that name
//! and `unavailable` without it.

#[cfg(feature = "cuda")]
mod cuda;
// The kernels' launches and source are tested on the CPU too.
#[cfg(any(test, feature = "cuda"))]
mod kernels;
#[cfg(not(feature = "cuda"))]
mod unavailable;

#[cfg(feature = "cuda")]
pub(crate) use cuda::{Gpu, edit_on_gpu, view};
#[cfg(not(feature = "cuda"))]
pub(crate) use unavailable::Gpu;

use super::{ForwardPass, Packing, RnnDims};
use candle_core::{Result, Tensor};
use std::sync::Arc;

/// The operations that have kernels of their own on a GPU.
pub(crate) trait GpuOps {
    /// Whether there is a kernel for a recurrent layer of this hidden size over x.
    fn has_sequence(x: &Tensor, hidden: usize) -> bool;

    /// The forward pass of a layer, where [`has_sequence`](Self::has_sequence) is true. All tensors are contiguous; the
    /// parameters of a direction are its weights and initial states in one row, with one number in place of a second.
    fn sequence(dims: RnnDims, packing: Packing, x: &Tensor, parameters: [&Tensor; 2]) -> Result<Arc<dyn ForwardPass>>;

    /// As [`sum_rows`](super::sum_rows()), for any tensor that is not on the CPU.
    fn sum_rows(values: &Tensor, index: &[u32], count: usize) -> Result<Tensor>;
}
