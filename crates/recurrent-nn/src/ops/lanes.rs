//! Registers of several numbers, so that a cell's equation reads as an equation.

use super::Scalar;
use pulp::{Arch, Simd, WithSimd};
use std::ops::{Add, Mul, Range, Sub};

/// One register of numbers.
#[derive(Clone, Copy)]
pub(crate) struct Vector<S: Simd, T: Scalar> {
    simd: S,
    lanes: T::Lanes<S>,
}

impl<S: Simd, T: Scalar> Vector<S, T> {
    #[inline(always)]
    pub(crate) fn splat(simd: S, value: f64) -> Self {
        let lanes = T::splat(simd, T::of(value));
        Self { simd, lanes }
    }

    /// The first numbers of a slice, as many as fit; zeros if it has fewer.
    #[inline(always)]
    pub(crate) fn load(simd: S, values: &[T]) -> Self {
        let lanes = T::load(simd, values);
        Self { simd, lanes }
    }

    /// To the first numbers of a slice.
    #[inline(always)]
    pub(crate) fn store(self, values: &mut [T]) {
        T::store(self.simd, values, self.lanes);
    }

    /// Each number, or zero if it is almost nothing: [`Scalar::TINY`].
    #[inline(always)]
    pub(crate) fn flush(self) -> Self {
        let lanes = T::flush_lanes(self.simd, self.lanes);
        Self { lanes, ..self }
    }

    #[inline(always)]
    pub(crate) fn tanh(self) -> Self {
        let lanes = T::tanh_lanes(self.simd, self.lanes);
        Self { lanes, ..self }
    }

    /// σ(x) = ½ + ½ tanh(x/2)
    #[inline(always)]
    pub(crate) fn sigmoid(self) -> Self {
        let half = Self::splat(self.simd, 0.5);
        half + half * (half * self).tanh()
    }
}

macro_rules! operator {
    ($trait:ident, $method:ident) => {
        impl<S: Simd, T: Scalar> $trait for Vector<S, T> {
            type Output = Self;

            #[inline(always)]
            fn $method(self, other: Self) -> Self {
                let lanes = <T as Scalar>::$method(self.simd, self.lanes, other.lanes);
                Self { lanes, ..self }
            }
        }
    };
}

operator!(Add, add);
operator!(Sub, sub);
operator!(Mul, mul);

/// 0..size in pieces of one register; the last one may be shorter.
#[inline(always)]
pub(crate) fn pieces<S: Simd, T: Scalar>(size: usize) -> impl Iterator<Item = Range<usize>> {
    let width = T::width::<S>();
    let piece = move |piece: usize| piece * width..size.min((piece + 1) * width);
    (0..size.div_ceil(width)).map(piece)
}

/// Runs a kernel with the widest registers that this processor has.
pub(crate) fn dispatch<K: WithSimd>(kernel: K) -> K::Output {
    Arch::new().dispatch(kernel)
}
