//! SIMD registers with operators, so that a cell's equation reads as an equation.

use super::Scalar;
use pulp::{Arch, Simd, WithSimd};
use std::ops::{Add, Mul, Range, Sub};

/// One SIMD register of numbers.
#[derive(Clone, Copy)]
pub(crate) struct Vector<S: Simd, T: Scalar> {
    simd: S,
    register: T::Register<S>,
}

impl<S: Simd, T: Scalar> Vector<S, T> {
    #[inline(always)]
    pub(crate) fn splat(simd: S, value: f64) -> Self {
        let register = T::splat(simd, T::from_f64(value));
        Self { simd, register }
    }

    /// The first numbers of a slice, as many as fit; zeros if it has fewer.
    #[inline(always)]
    pub(crate) fn load(simd: S, values: &[T]) -> Self {
        let register = T::load(simd, values);
        Self { simd, register }
    }

    /// To the first numbers of a slice.
    #[inline(always)]
    pub(crate) fn store(self, values: &mut [T]) {
        T::store(self.simd, values, self.register);
    }

    /// Each number, or zero if it is negligible: [`Scalar::TINY`].
    #[inline(always)]
    pub(crate) fn flush(self) -> Self {
        let register = T::simd_flush(self.simd, self.register);
        Self { register, ..self }
    }

    #[inline(always)]
    pub(crate) fn tanh(self) -> Self {
        let register = T::simd_tanh(self.simd, self.register);
        Self { register, ..self }
    }

    #[inline(always)]
    pub(crate) fn sigmoid(self) -> Self {
        let register = T::simd_sigmoid(self.simd, self.register);
        Self { register, ..self }
    }
}

macro_rules! operator {
    ($trait:ident, $method:ident) => {
        impl<S: Simd, T: Scalar> $trait for Vector<S, T> {
            type Output = Self;

            #[inline(always)]
            fn $method(self, other: Self) -> Self {
                let register = <T as Scalar>::$method(self.simd, self.register, other.register);
                Self { register, ..self }
            }
        }
    };
}

operator!(Add, add);
operator!(Sub, sub);
operator!(Mul, mul);

/// 0..size in chunks of one register; the last one may be shorter.
#[inline(always)]
pub(crate) fn chunks<S: Simd, T: Scalar>(size: usize) -> impl Iterator<Item = Range<usize>> {
    let width = T::width::<S>();
    let chunk = move |index: usize| index * width..size.min((index + 1) * width);
    (0..size.div_ceil(width)).map(chunk)
}

/// Runs a kernel with the widest registers of this CPU.
pub(crate) fn dispatch<K: WithSimd>(kernel: K) -> K::Output {
    Arch::new().dispatch(kernel)
}
