//! Access to the numbers of f32 tensors on a GPU.

use candle_core::{
    CpuStorage, CudaStorage, InplaceOp1, Layout, Result, Storage, Tensor, bail,
    cuda_backend::cudarc::driver::{CudaView, CudaViewMut},
};
use std::{cell::RefCell, ops::Deref};

/// The numbers of a contiguous tensor.
pub(crate) fn view<'a>((storage, layout): &'a (impl Deref<Target = Storage>, &Layout)) -> Result<CudaView<'a, f32>> {
    match (&**storage, layout.contiguous_offsets()) {
        (Storage::Cuda(storage), Some((start, end))) => Ok(storage.as_cuda_slice::<f32>()?.slice(start..end)),
        _ => bail!("view: expected a contiguous f32 tensor on a GPU, got {layout:?}"),
    }
}

/// Calls `edit` with the numbers of a contiguous variable, to change them in place.
pub(crate) fn edit_on_gpu(variable: &Tensor, edit: impl FnOnce(CudaViewMut<f32>) -> Result<()>) -> Result<()> {
    variable.inplace_op1(&Edit(RefCell::new(Some(edit))))
}

struct Edit<F>(RefCell<Option<F>>);

impl<F: FnOnce(CudaViewMut<f32>) -> Result<()>> InplaceOp1 for Edit<F> {
    fn name(&self) -> &'static str {
        "edit on a GPU"
    }

    fn cpu_fwd(&self, _: &mut CpuStorage, _: &Layout) -> Result<()> {
        bail!("edit: expected a variable on a GPU")
    }

    fn cuda_fwd(&self, storage: &mut CudaStorage, layout: &Layout) -> Result<()> {
        match (self.0.take(), layout.contiguous_offsets()) {
            (Some(edit), Some((start, end))) => edit(storage.as_cuda_slice_mut::<f32>()?.slice_mut(start..end)),
            _ => bail!("edit: expected a contiguous variable, got {layout:?}"),
        }
    }
}
