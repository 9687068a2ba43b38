//! y = x Wᵀ + b, as `torch.nn.functional.linear`, as one node of candle's graph, which has five for it, and a slow sum of
//! rows among their gradients.

use super::{Matrix, Scalar, WriteMode, matrix::add_rows, multiply, par_for_each, read, sequence::InputGrads, tensor};
use candle_core::{CpuStorage, CustomOp3, DType, Layout, Result, Shape, Tensor};

/// Rows that are multiplied at once; more than these are shared between threads.
const ROWS: usize = 256;

/// From x (N, I), W (O, I) and b (O,) to (N, O). On a GPU by candle's operations.
pub(crate) fn linear(x: &Tensor, weight: &Tensor, bias: &Tensor) -> Result<Tensor> {
    if !x.device().is_cpu() {
        return x.matmul(&weight.t()?)?.broadcast_add(bias);
    }
    x.contiguous()?.apply_op3(&weight.contiguous()?, &bias.contiguous()?, Linear)
}

struct Linear;

impl CustomOp3 for Linear {
    fn name(&self) -> &'static str {
        "linear"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        x_layout: &Layout,
        weight: &CpuStorage,
        weight_layout: &Layout,
        bias: &CpuStorage,
        bias_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let (outputs, _) = weight_layout.shape().dims2()?;
        let all = [(x, x_layout), (weight, weight_layout), (bias, bias_layout)];
        let y = if matches!(x, CpuStorage::F64(_)) { forward::<f64>(all)? } else { forward::<f32>(all)? };
        Ok((y, Shape::from((x_layout.dims()[0], outputs))))
    }

    fn bwd(&self, x: &Tensor, weight: &Tensor, bias: &Tensor, _: &Tensor, d_y: &Tensor) -> Result<InputGrads> {
        match x.dtype() {
            DType::F64 => backward::<f64>(x, weight, bias, &d_y.contiguous()?),
            _ => backward::<f32>(x, weight, bias, &d_y.contiguous()?),
        }
    }
}

/// x, the weight and the bias, contiguous.
fn forward<T: Scalar>(all: [(&CpuStorage, &Layout); 3]) -> Result<CpuStorage> {
    let (_, inputs) = all[1].1.shape().dims2()?;
    let mut slices: [&[T]; 3] = [&[]; 3];
    for (slice, (storage, layout)) in slices.iter_mut().zip(all) {
        *slice = &T::slice(storage)?[layout.start_offset()..][..layout.shape().elem_count()];
    }
    let [x, weight, bias] = slices;
    let weight = Matrix::new(weight, inputs).t();
    let mut y = bias.repeat(x.len() / inputs);
    by_rows(&mut y, bias.len(), x, inputs, |y, x| multiply(y, WriteMode::Accumulate, Matrix::new(x, inputs), weight));
    Ok(T::storage(y))
}

fn backward<T: Scalar>(x: &Tensor, weight: &Tensor, bias: &Tensor, d_y: &Tensor) -> Result<InputGrads> {
    let (outputs, inputs) = weight.dims2()?;
    let mut d_x = vec![T::zero(); x.elem_count()];
    let mut d_weight = vec![T::zero(); weight.elem_count()];
    let mut d_bias = vec![T::zero(); outputs];
    read(d_y, |d_y: &[T]| {
        read(x, |x: &[T]| {
            // d_W = d_yᵀ x
            let d_y = Matrix::new(d_y, outputs).t();
            multiply(&mut d_weight, WriteMode::Overwrite, d_y, Matrix::new(x, inputs));
        })?;
        // d_b = Σ d_y
        add_rows(&mut d_bias, d_y);
        read(weight, |weight: &[T]| {
            // d_x = d_y W
            by_rows(&mut d_x, inputs, d_y, outputs, |d_x, d_y| {
                multiply(d_x, WriteMode::Overwrite, Matrix::new(d_y, outputs), Matrix::new(weight, inputs));
            });
        })
    })??;
    Ok((Some(tensor(d_x, x.shape())), Some(tensor(d_weight, weight.shape())), Some(tensor(d_bias, bias.shape()))))
}

/// Calls `work` with blocks of rows of y and of a, in parallel if there is much to do. Each row is a result of its own,
/// so the threads change nothing.
fn by_rows<T: Scalar>(y: &mut [T], y_size: usize, a: &[T], a_size: usize, work: impl Fn(&mut [T], &[T]) + Sync) {
    let nanoseconds = y.len() * a_size / 40;
    let blocks: Vec<_> = y.chunks_mut(ROWS * y_size).zip(a.chunks(ROWS * a_size)).collect();
    par_for_each(nanoseconds, blocks.into_iter(), |(y, a)| work(y, a));
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::{Device, Var};

    /// More rows than a block has, a single one, and a single number in each.
    #[test]
    fn it_is_candles_product_and_sum() -> Result<()> {
        for (rows, inputs, outputs) in [(2 * ROWS + 7, 40, 30), (1, 5, 3), (9, 1, 1)] {
            let noise = |shape: &[usize]| Var::from_tensor(&Tensor::randn(0f64, 1.0, shape, &Device::Cpu)?);
            let (x, weight, bias) = (noise(&[rows, inputs])?, noise(&[outputs, inputs])?, noise(&[outputs])?);
            let factors = noise(&[rows, outputs])?;
            let own = linear(&x, &weight, &bias)?;
            let candle = x.matmul(&weight.t()?)?.broadcast_add(&bias)?;
            let gradients = |y: &Tensor| (y * factors.as_tensor())?.sum_all()?.backward();
            let (of_own, of_candle) = (gradients(&own)?, gradients(&candle)?);
            let mut pairs = vec![(own, candle)];
            for var in [&x, &weight, &bias] {
                let gradient = |all: &candle_core::backprop::GradStore| all.get(var).cloned();
                pairs.extend(gradient(&of_own).zip(gradient(&of_candle)));
            }
            assert_eq!(pairs.len(), 4);
            for (own, candle) in pairs {
                let difference = (own - candle)?.abs()?.max_all()?.to_scalar::<f64>()?;
                assert!(difference < 1e-11, "{rows} rows: {difference}");
            }
        }
        Ok(())
    }
}
