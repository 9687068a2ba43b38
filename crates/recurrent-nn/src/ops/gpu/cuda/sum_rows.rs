//! Sums of rows, by the kernel `sum_rows.cu`.

use super::view;
use crate::ops::gpu::kernels::sum_rows::{SumLaunch, launches, threads};
use candle_core::{
    CudaDevice, CudaStorage, Result, Storage, Tensor,
    cuda_backend::{
        WrapErr,
        cudarc::driver::{LaunchConfig, PushKernelArg},
    },
    op::BackpropOp,
};

/// See [`sum_rows`](crate::ops::sum_rows()); `count` is at least 1.
pub(super) fn sum_rows(device: &CudaDevice, values: &Tensor, index: &[u32], count: usize) -> Result<Tensor> {
    let mut launches = launches(index, count).into_iter();
    let first = launches.next().map(|first| launch(device, values, first));
    let first = first.unwrap_or_else(|| values.zeros_like())?;
    launches.try_fold(first, |sums, next| launch(device, &sums, next))
}

fn launch(device: &CudaDevice, values: &Tensor, SumLaunch { starts, mut rows }: SumLaunch) -> Result<Tensor> {
    let (_, size) = values.dims2()?;
    let count = starts.len() - 1;
    rows.push(0); // copying an empty slice is an error
    let (starts, rows) = (device.clone_htod(&starts)?, device.clone_htod(&rows)?);
    // SAFETY: the kernel fills it.
    let mut sums = unsafe { device.alloc::<f32>(count * size)? };
    {
        let numbers = values.storage_and_layout();
        let (columns, values) = (size as i32, view(&numbers)?);
        let module = ("recurrent_sum_rows", recurrent_kernels::SUM_ROWS);
        let kernel = device.get_or_load_custom_func("sum_rows", module.0, module.1)?;
        let mut builder = kernel.builder();
        builder.arg(&columns).arg(&starts).arg(&rows);
        builder.arg(&values).arg(&mut sums);
        let config =
            LaunchConfig { grid_dim: (count as u32, 1, 1), block_dim: (threads(size), 1, 1), shared_mem_bytes: 0 };
        // SAFETY: the arguments are those of the kernel, in its order and of the sizes that its comments give.
        unsafe { builder.launch(config) }.w()?;
    }
    let sums = Storage::Cuda(CudaStorage::wrap_cuda_slice(sums, device.clone()));
    let shape = (count, size);
    Ok(Tensor::from_storage(sums, shape, BackpropOp::none(), false))
}
