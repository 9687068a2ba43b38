//! One part of a node's result on a GPU.

use candle_core::{
    CpuStorage, CudaStorage, CustomOp1, Layout, Result, Shape, Tensor, backend::BackendDevice, backend::BackendStorage,
    bail,
};

/// The numbers from `start` on, in a shape of their own: a `narrow` and a `reshape`, with a backward pass that goes
/// over the numbers once and not three times.
pub(super) struct Part {
    start: usize,
    shape: Shape,
}

impl Part {
    pub(super) fn take(whole: &Tensor, start: usize, shape: impl Into<Shape>) -> Result<Tensor> {
        let shape = shape.into();
        whole.apply_op1(Self { start, shape })
    }
}

impl CustomOp1 for Part {
    fn name(&self) -> &'static str {
        "part"
    }

    fn cpu_fwd(&self, _: &CpuStorage, _: &Layout) -> Result<(CpuStorage, Shape)> {
        bail!("part: expected a tensor on a GPU")
    }

    fn cuda_fwd(&self, whole: &CudaStorage, layout: &Layout) -> Result<(CudaStorage, Shape)> {
        let start = layout.start_offset() + self.start;
        let part = Layout::contiguous_with_offset(self.shape.clone(), start);
        // SAFETY: the copy fills it.
        let mut copy = unsafe { whole.device().alloc_uninit(&self.shape, whole.dtype())? };
        whole.copy_strided_src(&mut copy, 0, &part)?;
        Ok((copy, self.shape.clone()))
    }

    fn bwd(&self, whole: &Tensor, _: &Tensor, d_part: &Tensor) -> Result<Option<Tensor>> {
        let d_whole = whole.zeros_like()?;
        d_whole.slice_set(&d_part.flatten_all()?.contiguous()?, 0, self.start)?;
        Ok(Some(d_whole))
    }
}
