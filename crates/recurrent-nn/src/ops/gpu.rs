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

use super::{Packing, RnnDims, SequenceOutput};
use candle_core::{Result, Tensor};

/// The operations that have kernels of their own on a GPU.
pub(crate) trait GpuOps {
    /// Whether there is a kernel for a recurrent layer of this hidden size over x.
    fn has_sequence(x: &Tensor, hidden: usize) -> bool;

    /// As [`sequence`](super::sequence()), where [`has_sequence`](Self::has_sequence) is true.
    fn sequence(
        dims: RnnDims,
        packing: Packing,
        x: &Tensor,
        weights: &[Tensor],
        states: &[Tensor],
    ) -> Result<SequenceOutput>;

    /// As [`sum_rows`](super::sum_rows()), for any tensor that is not on the CPU.
    fn sum_rows(values: &Tensor, index: &[u32], count: usize) -> Result<Tensor>;
}
