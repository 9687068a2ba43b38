//! The operations on an NVIDIA GPU, through the kernels of `recurrent-kernels`.

mod memory;
mod node;
mod part;
mod sequence;
mod sum_rows;

pub(crate) use memory::{edit_on_gpu, view};

use super::{GpuOps, kernels::launch::LARGEST_HIDDEN};
use crate::ops::{Packing, RnnDims, SequenceOutput, sum_rows::sum_rows_by_candle};
use candle_core::{DType, Device, Result, Tensor};

pub(crate) struct Gpu;

impl GpuOps for Gpu {
    fn has_sequence(x: &Tensor, hidden: usize) -> bool {
        x.device().is_cuda() && x.dtype() == DType::F32 && hidden <= LARGEST_HIDDEN
    }

    fn sequence(
        dims: RnnDims,
        packing: Packing,
        x: &Tensor,
        weights: &[Tensor],
        states: &[Tensor],
    ) -> Result<SequenceOutput> {
        sequence::sequence(dims, packing, x, weights, states)
    }

    fn sum_rows(values: &Tensor, index: &[u32], count: usize) -> Result<Tensor> {
        match (values.device(), values.dtype()) {
            (Device::Cuda(device), DType::F32) => sum_rows::sum_rows(device, values, index, count),
            _ => sum_rows_by_candle(values, index, count),
        }
    }
}
