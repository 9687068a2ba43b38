//! How large some numbers are, on the CPU or on a card.

#[cfg(any(test, feature = "cuda"))]
mod card;
#[cfg(test)]
mod on_host;

use crate::{
    Error, Result,
    ops::{self, Scalar},
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
        Self {
            squares: self.squares + other.squares,
            largest: larger(self.largest, other.largest),
        }
    }
}

/// A NaN is kept once it is there.
fn larger(a: f64, b: f64) -> f64 {
    if b.is_nan() || b.abs() > a.abs() {
        b
    } else {
        a
    }
}

/// The size of each. Errors if one is neither f32 nor f64.
pub(super) fn sizes(values: &[&Tensor]) -> Result<Vec<Size>> {
    #[cfg(feature = "cuda")]
    if let Some(sizes) = card::sizes(values)? {
        return Ok(sizes);
    }
    values.iter().map(|values| size(values)).collect()
}

fn size(values: &Tensor) -> Result<Size> {
    let on_cpu = values.to_device(&candle_core::Device::Cpu)?;
    Ok(match values.dtype() {
        DType::F32 => ops::read::<f32, _>(&on_cpu, measure)?,
        DType::F64 => ops::read::<f64, _>(&on_cpu, measure)?,
        got => {
            return Err(Error::DType {
                operation: "Optimizer::step",
                expected: "f32 or f64",
                got,
            });
        }
    })
}

/// Sums in f64, over lanes of a fixed number so that the compiler may use vectors.
fn measure<T: Scalar>(values: &[T]) -> Size {
    const LANES: usize = 8;
    let mut squares = [0.0; LANES];
    let mut largest = [T::zero(); LANES];
    let add = |squares: &mut [f64], largest: &mut [T], values: &[T]| {
        for ((sum, largest), &value) in squares.iter_mut().zip(largest).zip(values) {
            let wide = value.wide();
            *sum += wide * wide;
            // A NaN is kept once it is there.
            if value.abs() > largest.abs() || value.is_nan() {
                *largest = value;
            }
        }
    };
    let chunks = values.chunks_exact(LANES);
    let rest = chunks.remainder();
    for chunk in chunks {
        add(&mut squares, &mut largest, chunk);
    }
    add(&mut squares, &mut largest, rest);
    let largest = largest.into_iter().map(Scalar::wide);
    Size {
        squares: squares.iter().sum(),
        largest: largest.fold(0.0, larger),
    }
}
