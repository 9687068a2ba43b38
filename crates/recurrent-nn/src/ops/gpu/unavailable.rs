//! Built without support for a GPU.

use super::GpuOps;
use crate::ops::{ForwardPass, Packing, RnnDims, sum_rows::sum_rows_by_candle};
use candle_core::{Result, Tensor, bail};
use std::sync::Arc;

pub(crate) struct Gpu;

impl GpuOps for Gpu {
    fn has_sequence(_: &Tensor, _: usize) -> bool {
        false
    }

    fn sequence(_: RnnDims, _: Packing, _: &Tensor, _: [&Tensor; 2]) -> Result<Arc<dyn ForwardPass>> {
        bail!("sequence: built without the feature `cuda`")
    }

    fn sum_rows(values: &Tensor, index: &[u32], count: usize) -> Result<Tensor> {
        sum_rows_by_candle(values, index, count)
    }
}
