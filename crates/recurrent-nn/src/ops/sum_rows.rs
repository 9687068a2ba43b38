//! Rows of a matrix summed in groups: an embedding's gradient.

use super::{
    Scalar,
    gpu::{Gpu, GpuOps},
    read, tensor,
};
use candle_core::{DType, Device, Result, Tensor};

/// From `values` (N, E) to (count, E): row r is the sum of all rows i with `index[i]` = r, zero without one.
///
/// The same values give the same bits each time, on every device: the order of the terms is fixed.
/// Errors if `values` is not a contiguous matrix.
pub(crate) fn sum_rows(values: &Tensor, index: &[u32], count: usize) -> Result<Tensor> {
    match (values.device(), values.dtype()) {
        (Device::Cpu, DType::F32) => on_cpu::<f32>(values, index, count),
        (Device::Cpu, DType::F64) => on_cpu::<f64>(values, index, count),
        _ => Gpu::sum_rows(values, index, count),
    }
}

fn on_cpu<T: Scalar>(values: &Tensor, index: &[u32], count: usize) -> Result<Tensor> {
    let (_, size) = values.dims2()?;
    let mut sums = vec![T::zero(); count * size];
    read::<T, _>(values, |values| {
        for (&row, value) in index.iter().zip(values.chunks_exact(size)) {
            let sums = &mut sums[row as usize * size..][..size];
            sums.iter_mut().zip(value).for_each(|(sum, &x)| *sum += x);
        }
    })?;
    Ok(tensor(sums, (count, size)))
}

/// The same for any device and dtype. On a GPU candle adds all rows one after the other.
pub(super) fn sum_rows_by_candle(values: &Tensor, index: &[u32], count: usize) -> Result<Tensor> {
    let sums = Tensor::zeros((count, values.dim(1)?), values.dtype(), values.device())?;
    sums.index_add(&Tensor::new(index, values.device())?, values, 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_implementations_give_the_same_sums() -> Result<()> {
        let values = Tensor::randn(0.0, 1.0, (6, 3), &Device::Cpu)?;
        let index = [0, 1, 0, 3, 1, 0];
        let (own, candle) = (sum_rows(&values, &index, 4)?, sum_rows_by_candle(&values, &index, 4)?);
        let difference = (&own - candle)?.abs()?.max_all()?.to_scalar::<f64>()?;
        assert!(difference < 1e-14, "{difference}");
        assert_eq!(own.get(2)?.to_vec1::<f64>()?, [0.0; 3]);
        Ok(())
    }
}
