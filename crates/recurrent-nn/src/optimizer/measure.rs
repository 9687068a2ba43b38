//! How large some numbers are, on the CPU or on a GPU.

#[cfg(test)]
mod cpu_emulation;
#[cfg(any(test, feature = "cuda"))]
mod gpu;

use crate::{
    Error, Result,
    ops::{self, Scalar, dispatch, par_for_each},
};
use candle_core::{DType, Tensor};

/// Of some numbers the sum of squares, and the number with the largest absolute value; not a number if any is.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Size {
    pub squares: f64,
    pub largest: f64,
}

impl Size {
    #[cfg(any(test, feature = "cuda"))]
    fn and(self, other: Self) -> Self {
        Self { squares: self.squares + other.squares, largest: larger(self.largest, other.largest) }
    }
}

/// A NaN is kept once it is there.
fn larger(a: f64, b: f64) -> f64 {
    if b.is_nan() || b.abs() > a.abs() { b } else { a }
}

/// The size of each. Errors if one is neither f32 nor f64.
pub(super) fn sizes(values: &[&Tensor]) -> Result<Vec<Size>> {
    #[cfg(feature = "cuda")]
    if let Some(sizes) = gpu::sizes(values)? {
        return Ok(sizes);
    }
    let mut sizes: Vec<_> = values.iter().map(|_| Ok(Size::default())).collect();
    let numbers: usize = values.iter().map(|values| values.elem_count()).sum();
    par_for_each(numbers / 4, sizes.iter_mut().zip(values), |(result, values)| {
        *result = size(values);
    });
    sizes.into_iter().collect()
}

fn size(values: &Tensor) -> Result<Size> {
    let on_cpu = values.to_device(&candle_core::Device::Cpu)?;
    Ok(match values.dtype() {
        DType::F32 => ops::read::<f32, _>(&on_cpu, measure)?,
        DType::F64 => ops::read::<f64, _>(&on_cpu, measure)?,
        got => {
            return Err(Error::DType { operation: "Optimizer::step", expected: "f32 or f64", got });
        }
    })
}

/// Sums in f64, over lanes of a fixed number so that the compiler may use vectors.
fn measure<T: Scalar>(values: &[T]) -> Size {
    dispatch(|| measure_lanes(values))
}

#[inline(always)]
fn measure_lanes<T: Scalar>(values: &[T]) -> Size {
    const LANES: usize = 16;
    let mut squares = [0.0; LANES];
    let (mut highest, mut lowest) = ([T::zero(); LANES], [T::zero(); LANES]);
    let (chunks, rest) = values.as_chunks::<LANES>();
    for chunk in chunks {
        for lane in 0..LANES {
            let value = chunk[lane];
            squares[lane] += value.to_f64() * value.to_f64();
            // A NaN is neither; the sum of squares has it.
            highest[lane] = if value > highest[lane] { value } else { highest[lane] };
            lowest[lane] = if value < lowest[lane] { value } else { lowest[lane] };
        }
    }
    let squares: f64 = squares.iter().sum();
    let rest = rest.iter().copied();
    let squares = rest.clone().map(Scalar::to_f64).fold(squares, |sum, x| sum + x * x);
    let largest = highest.into_iter().chain(lowest).chain(rest);
    Size {
        squares,
        largest: match squares.is_nan() {
            true => f64::NAN,
            false => largest.map(Scalar::to_f64).fold(0.0, larger),
        },
    }
}
