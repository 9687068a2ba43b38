//! The sizes of gradients on an NVIDIA GPU, by `measure.cu`: a launch for each, and one copy back for all.

use super::Size;

pub(super) const THREADS: u32 = 256;
/// Two numbers of f64 for each thread.
pub(super) const SHARED_BYTES: u32 = THREADS * 16;

/// How many blocks share the numbers: each thread has some to add, and the CPU few sums to put together.
pub(super) fn blocks(count: u32) -> u32 {
    count.div_ceil(16 * THREADS).min(128)
}

/// From what the blocks give, two numbers each, to the size of all.
pub(super) fn together(of_blocks: &[f64]) -> Size {
    let sizes = of_blocks.as_chunks::<2>().0.iter();
    sizes.fold(Size::default(), |all, &[squares, largest]| all.and(Size { squares, largest }))
}

#[cfg(feature = "cuda")]
pub(super) use driver::sizes;

#[cfg(feature = "cuda")]
mod driver {
    use super::{SHARED_BYTES, Size, THREADS, blocks, together};
    use crate::ops::view;
    use candle_core::{
        DType, Device, Result, Tensor,
        cuda_backend::{
            WrapErr,
            cudarc::driver::{LaunchConfig, PushKernelArg},
        },
    };

    /// None unless all are contiguous tensors of f32 on a GPU.
    pub(in super::super) fn sizes(values: &[&Tensor]) -> Result<Option<Vec<Size>>> {
        let Some(Device::Cuda(gpu)) = values.first().map(|values| values.device()) else {
            return Ok(None);
        };
        let mut counts = Vec::with_capacity(values.len());
        for values in values {
            let fits = values.device().is_cuda() && values.is_contiguous();
            match i32::try_from(values.elem_count()) {
                Ok(count) if fits && values.dtype() == DType::F32 => counts.push(count as u32),
                _ => return Ok(None),
            }
        }
        let kernel = gpu.get_or_load_custom_func("measure", "recurrent_measure", recurrent_kernels::MEASURE)?;
        let all_blocks: u32 = counts.iter().map(|&count| blocks(count)).sum();
        let mut of_blocks = gpu.alloc_zeros::<f64>(2 * all_blocks.max(1) as usize)?;
        let mut start = 0;
        let mut ends = Vec::with_capacity(values.len());
        for (values, &count) in values.iter().zip(&counts) {
            let end = start + 2 * blocks(count) as usize;
            if count > 0 {
                let numbers = values.storage_and_layout();
                let (values, mut sizes) = (view(&numbers)?, of_blocks.slice_mut(start..end));
                let config = LaunchConfig {
                    grid_dim: (blocks(count), 1, 1),
                    block_dim: (THREADS, 1, 1),
                    shared_mem_bytes: SHARED_BYTES,
                };
                let mut builder = kernel.builder();
                builder.arg(&count).arg(&values).arg(&mut sizes);
                // SAFETY: the arguments are those of the kernel, in its order and of the sizes that its comments give.
                unsafe { builder.launch(config) }.w()?;
            }
            ends.push(start..end);
            start = end;
        }
        let of_blocks = gpu.clone_dtoh(&of_blocks)?;
        let sizes = ends.into_iter().map(|range| together(&of_blocks[range]));
        Ok(Some(sizes.collect()))
    }
}
