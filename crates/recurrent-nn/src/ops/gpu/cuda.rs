//! The operations on an NVIDIA GPU, through the kernels of `recurrent-kernels`.

mod memory;
mod sequence;
mod sum_rows;

pub(crate) use memory::{edit_on_gpu, view};

use super::{GpuOps, kernels::launch::LARGEST_HIDDEN};
use crate::ops::{ForwardPass, Packing, RnnDims, sum_rows::sum_rows_by_candle};
use candle_core::{DType, Device, Result, Tensor, bail};
use sequence::CudaSequence;
use std::sync::Arc;

pub(crate) struct Gpu;

impl GpuOps for Gpu {
    fn has_sequence(x: &Tensor, hidden: usize) -> bool {
        x.device().is_cuda() && x.dtype() == DType::F32 && hidden <= LARGEST_HIDDEN
    }

    fn sequence(dims: RnnDims, packing: Packing, x: &Tensor, parameters: [&Tensor; 2]) -> Result<Arc<dyn ForwardPass>> {
        match x.device() {
            Device::Cuda(device) => Ok(Arc::new(CudaSequence::forward(dims, &packing, device, x, parameters)?)),
            _ => bail!("sequence: expected tensors on a GPU"),
        }
    }

    fn sum_rows(values: &Tensor, index: &[u32], count: usize) -> Result<Tensor> {
        match (values.device(), values.dtype()) {
            (Device::Cuda(device), DType::F32) => sum_rows::sum_rows(device, values, index, count),
            _ => sum_rows_by_candle(values, index, count),
        }
    }
}
