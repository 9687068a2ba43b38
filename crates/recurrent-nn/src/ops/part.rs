//! One part of a node's result.

use super::{Scalar, sequence::contiguous};
use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Tensor};
use std::marker::PhantomData;

/// The numbers from `start`, in a shape of their own: a `narrow` and a `reshape`, whose way back goes over the numbers once
/// and not three times.
pub(crate) struct Part<T> {
    start: usize,
    shape: Shape,
    number: PhantomData<T>,
}

impl<T: Scalar> Part<T> {
    pub(crate) fn take(whole: &Tensor, start: usize, shape: impl Into<Shape>) -> Result<Tensor> {
        whole.apply_op1(Self {
            start,
            shape: shape.into(),
            number: PhantomData,
        })
    }
}

impl<T: Scalar> CustomOp1 for Part<T> {
    fn name(&self) -> &'static str {
        "part"
    }

    fn cpu_fwd(&self, whole: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let whole = contiguous::<T>(whole, layout)?;
        let part = whole[self.start..][..self.shape.elem_count()].to_vec();
        Ok((T::storage(part), self.shape.clone()))
    }

    #[cfg(feature = "cuda")]
    fn cuda_fwd(
        &self,
        whole: &candle_core::CudaStorage,
        layout: &Layout,
    ) -> Result<(candle_core::CudaStorage, Shape)> {
        use candle_core::backend::{BackendDevice, BackendStorage};
        let start = layout.start_offset() + self.start;
        let part = Layout::contiguous_with_offset(self.shape.clone(), start);
        // SAFETY: the copy fills it.
        let mut copy = unsafe { whole.device().alloc_uninit(&self.shape, whole.dtype())? };
        whole.copy_strided_src(&mut copy, 0, &part)?;
        Ok((copy, self.shape.clone()))
    }

    fn bwd(&self, whole: &Tensor, _: &Tensor, d_part: &Tensor) -> Result<Option<Tensor>> {
        if !whole.device().is_cpu() {
            let d_whole = whole.zeros_like()?;
            d_whole.slice_set(&d_part.flatten_all()?.contiguous()?, 0, self.start)?;
            return Ok(Some(d_whole));
        }
        let mut d_whole = vec![T::zero(); whole.elem_count()];
        super::read::<T, _>(&d_part.contiguous()?, |d_part| {
            d_whole[self.start..][..d_part.len()].copy_from_slice(d_part);
        })?;
        Ok(Some(super::tensor(d_whole, whole.shape())))
    }
}
