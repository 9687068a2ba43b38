//! The two number types and their SIMD registers, with operators, so that a cell's equation reads as an equation; tanh
//! and σ of a register; access to the numbers of a tensor.

use candle_core::{CpuStorage, InplaceOp1, Layout, Result, Shape, Storage, Tensor, bail, op::BackpropOp};
use pulp::{Arch, Simd, WithSimd};
use std::{
    cell::RefCell,
    marker::PhantomData,
    ops::{Add, Mul, Range, Sub},
};

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

/// The number type of the fused operations: f32, or f64 to check gradients.
pub(crate) trait Scalar: num_traits::Float + num_traits::NumAssign + Default + Send + Sync + 'static {
    /// One SIMD register of these numbers.
    type Register<S: Simd>: Copy;

    /// What is smaller counts as zero where numbers shrink step after step. Far above the subnormal numbers, with which
    /// many CPUs compute far slower, and far below what any result shows.
    const TINY: Self;

    /// The number itself, or zero if it is below [`TINY`](Self::TINY).
    #[inline(always)]
    fn flush(self) -> Self {
        if self.abs() < Self::TINY { Self::zero() } else { self }
    }

    /// The nearest number of this type.
    fn from_f64(value: f64) -> Self;
    fn to_f64(self) -> f64;

    fn slice(storage: &CpuStorage) -> Result<&[Self]>;
    fn vec_mut(storage: &mut CpuStorage) -> Option<&mut Vec<Self>>;
    fn storage(values: Vec<Self>) -> CpuStorage;

    /// How many numbers a register holds.
    fn width<S: Simd>() -> usize;
    fn splat<S: Simd>(simd: S, value: Self) -> Self::Register<S>;
    fn load<S: Simd>(simd: S, values: &[Self]) -> Self::Register<S>;
    fn store<S: Simd>(simd: S, values: &mut [Self], register: Self::Register<S>);
    fn add<S: Simd>(simd: S, a: Self::Register<S>, b: Self::Register<S>) -> Self::Register<S>;
    fn sub<S: Simd>(simd: S, a: Self::Register<S>, b: Self::Register<S>) -> Self::Register<S>;
    fn mul<S: Simd>(simd: S, a: Self::Register<S>, b: Self::Register<S>) -> Self::Register<S>;
    fn simd_flush<S: Simd>(simd: S, x: Self::Register<S>) -> Self::Register<S>;
    fn simd_tanh<S: Simd>(simd: S, x: Self::Register<S>) -> Self::Register<S>;
    fn simd_sigmoid<S: Simd>(simd: S, x: Self::Register<S>) -> Self::Register<S>;
}

macro_rules! scalar {
    ($number:ty, $variant:ident, $register:ident, $width:ident, $splat:ident, $as_simd:ident, $as_mut_simd:ident,
     $load:ident, $store:ident, $add:ident, $sub:ident, $mul:ident, $abs:ident, $less:ident, $select:ident,
     $tiny:expr, $tanh:path, $sigmoid:path) => {
        impl Scalar for $number {
            type Register<S: Simd> = S::$register;

            const TINY: Self = $tiny;

            #[inline(always)]
            fn from_f64(value: f64) -> Self {
                value as $number
            }

            #[inline(always)]
            fn to_f64(self) -> f64 {
                self as f64
            }

            fn slice(storage: &CpuStorage) -> Result<&[Self]> {
                storage.as_slice()
            }

            fn vec_mut(storage: &mut CpuStorage) -> Option<&mut Vec<Self>> {
                match storage {
                    CpuStorage::$variant(values) => Some(values),
                    _ => None,
                }
            }

            fn storage(values: Vec<Self>) -> CpuStorage {
                CpuStorage::$variant(values)
            }

            #[inline(always)]
            fn width<S: Simd>() -> usize {
                S::$width
            }

            #[inline(always)]
            fn splat<S: Simd>(simd: S, value: Self) -> S::$register {
                simd.$splat(value)
            }

            #[inline(always)]
            fn load<S: Simd>(simd: S, values: &[Self]) -> S::$register {
                match S::$as_simd(values).0 {
                    [register, ..] => *register,
                    [] => simd.$load(values),
                }
            }

            #[inline(always)]
            fn store<S: Simd>(simd: S, values: &mut [Self], register: S::$register) {
                match S::$as_mut_simd(values).0 {
                    [first, ..] => *first = register,
                    [] => simd.$store(values, register),
                }
            }

            #[inline(always)]
            fn add<S: Simd>(simd: S, a: S::$register, b: S::$register) -> S::$register {
                simd.$add(a, b)
            }

            #[inline(always)]
            fn sub<S: Simd>(simd: S, a: S::$register, b: S::$register) -> S::$register {
                simd.$sub(a, b)
            }

            #[inline(always)]
            fn mul<S: Simd>(simd: S, a: S::$register, b: S::$register) -> S::$register {
                simd.$mul(a, b)
            }

            #[inline(always)]
            fn simd_flush<S: Simd>(simd: S, x: S::$register) -> S::$register {
                let tiny = simd.$less(simd.$abs(x), simd.$splat(Self::TINY));
                simd.$select(tiny, simd.$splat(0.0), x)
            }

            #[inline(always)]
            fn simd_tanh<S: Simd>(simd: S, x: S::$register) -> S::$register {
                $tanh(simd, x)
            }

            #[inline(always)]
            fn simd_sigmoid<S: Simd>(simd: S, x: S::$register) -> S::$register {
                $sigmoid(simd, x)
            }
        }
    };
}

scalar!(
    f32,
    F32,
    f32s,
    F32_LANES,
    splat_f32s,
    as_simd_f32s,
    as_mut_simd_f32s,
    partial_load_f32s,
    partial_store_f32s,
    add_f32s,
    sub_f32s,
    mul_f32s,
    abs_f32s,
    less_than_f32s,
    select_f32s,
    1e-30,
    tanh_f32,
    sigmoid_f32
);
scalar!(
    f64,
    F64,
    f64s,
    F64_LANES,
    splat_f64s,
    as_simd_f64s,
    as_mut_simd_f64s,
    partial_load_f64s,
    partial_store_f64s,
    add_f64s,
    sub_f64s,
    mul_f64s,
    abs_f64s,
    less_than_f64s,
    select_f64s,
    1e-300,
    tanh_f64,
    sigmoid_f64
);

// tanh and σ. In f32 both are approximations whose relative error stays below 4e-7, about 3 units in the last place; of
// results below 1e-35 in size the absolute error stays below 1.2e-38. In f64 they are the standard library's, one number
// after the other: there exactness comes before speed.

/// tanh(x) as a quotient of polynomials in x, of degrees 13 and 6, the ones that Eigen uses.
#[inline(always)]
fn tanh_f32<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    const NUMERATOR: [f32; 7] =
        [-2.760_768_5e-16, 2.000_188e-13, -8.604_672e-11, 5.122_297e-8, 1.485_722_4e-5, 6.372_619_3e-4, 4.893_524_6e-3];
    const DENOMINATOR: [f32; 4] = [1.198_258_4e-6, 1.185_347_1e-4, 2.268_434_6e-3, 4.893_525e-3];
    // Beyond this, tanh is 1 in f32.
    let (lower, upper) = (simd.splat_f32s(-7.905_311), simd.splat_f32s(7.905_311));
    let x = if S::F32_LANES == 1 {
        // `f32::min` and `f32::max` lose a NaN; comparisons do not.
        let x = simd.select_f32s(simd.less_than_f32s(x, lower), lower, x);
        simd.select_f32s(simd.less_than_f32s(upper, x), upper, x)
    } else {
        // Faster. `x` comes second because x86's min and max keep a NaN only there.
        simd.max_f32s(lower, simd.min_f32s(upper, x))
    };
    let square = simd.mul_f32s(x, x);
    let numerator = polynomial(simd, square, &NUMERATOR);
    let denominator = polynomial(simd, square, &DENOMINATOR);
    simd.div_f32s(simd.mul_f32s(x, numerator), denominator)
}

/// σ(x) = 1 / (1 + e) for x ≥ 0 and e / (1 + e) for x < 0, with e = exp(−|x|): neither cancels nor overflows.
///
/// Below −87.33, where σ(x) would be subnormal, it is 0.
#[inline(always)]
fn sigmoid_f32<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    // exp(−87.33) is just above the smallest normal number; below, the result of `exp_f32` is not used.
    let lowest = simd.splat_f32s(-87.33);
    let one = simd.splat_f32s(1.0);
    let minus_abs = simd.neg_f32s(simd.abs_f32s(x));
    let e = simd.select_f32s(simd.less_than_f32s(minus_abs, lowest), simd.splat_f32s(0.0), exp_f32(simd, minus_abs));
    let negative = simd.less_than_f32s(x, simd.splat_f32s(0.0));
    simd.div_f32s(simd.select_f32s(negative, e, one), simd.add_f32s(one, e))
}

/// exp(x) for −87.33 ≤ x ≤ 0, as 2ⁿ exp(r) with n the integer nearest to x / ln 2 and exp(r) by the polynomial of
/// Cephes.
#[inline(always)]
fn exp_f32<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    // Added to a small number, 1.5 · 2²³ leaves its nearest integer in the lowest bits; 127 is the bias of the
    // exponent.
    const ROUND: f32 = 12_582_912.0 + 127.0;
    let biased = simd.mul_add_f32s(x, simd.splat_f32s(std::f32::consts::LOG2_E), simd.splat_f32s(ROUND));
    let n = simd.sub_f32s(biased, simd.splat_f32s(ROUND));
    // r = x − n ln 2, with ln 2 in two parts of which the first times n is exact.
    let r = simd.mul_add_f32s(n, simd.splat_f32s(-0.693_359_4), x);
    let r = simd.mul_add_f32s(n, simd.splat_f32s(2.121_944_4e-4), r);
    // exp(r) = 1 + r + r² (a + r² (b + r² c)) with linear a, b and c, so that few operations wait for another.
    let square = simd.mul_f32s(r, r);
    let a = polynomial(simd, r, &[1.666_666_5e-1, 0.5]);
    let b = polynomial(simd, r, &[8.333_452e-3, 4.166_579_6e-2]);
    let c = polynomial(simd, r, &[1.987_569_1e-4, 1.398_199_9e-3]);
    let sum = simd.mul_add_f32s(simd.mul_add_f32s(c, square, b), square, a);
    let exp_r = simd.mul_add_f32s(sum, square, simd.add_f32s(r, simd.splat_f32s(1.0)));
    let exponent = simd.wrapping_dyn_shl_u32s(simd.transmute_u32s_f32s(biased), simd.splat_u32s(23));
    simd.mul_f32s(exp_r, simd.transmute_f32s_u32s(exponent))
}

/// Horner's rule, the factor of the highest power first.
#[inline(always)]
fn polynomial<S: Simd>(simd: S, x: S::f32s, factors: &[f32]) -> S::f32s {
    let mut sum = simd.splat_f32s(factors[0]);
    for &factor in &factors[1..] {
        sum = simd.mul_add_f32s(sum, x, simd.splat_f32s(factor));
    }
    sum
}

#[inline(always)]
fn tanh_f64<S: Simd>(simd: S, x: S::f64s) -> S::f64s {
    each_f64(simd, x, f64::tanh)
}

#[inline(always)]
fn sigmoid_f64<S: Simd>(simd: S, x: S::f64s) -> S::f64s {
    each_f64(simd, x, |x| 1.0 / (1.0 + (-x).exp()))
}

#[inline(always)]
fn each_f64<S: Simd>(simd: S, x: S::f64s, function: impl Fn(f64) -> f64) -> S::f64s {
    let mut values = [0.0; 64];
    let values = &mut values[..S::F64_LANES];
    simd.partial_store_f64s(values, x);
    values.iter_mut().for_each(|value| *value = function(*value));
    simd.partial_load_f64s(values)
}

/// A CPU tensor of these numbers.
pub(crate) fn tensor<T: Scalar>(values: Vec<T>, shape: impl Into<Shape>) -> Tensor {
    Tensor::from_storage(Storage::Cpu(T::storage(values)), shape, BackpropOp::none(), false)
}

/// Calls `read` with the numbers of a contiguous CPU tensor.
pub(crate) fn read<T: Scalar, R>(tensor: &Tensor, read: impl FnOnce(&[T]) -> R) -> Result<R> {
    let (storage, layout) = tensor.storage_and_layout();
    match (&*storage, layout.contiguous_offsets()) {
        (Storage::Cpu(storage), Some((start, end))) => Ok(read(&T::slice(storage)?[start..end])),
        _ => bail!("read: expected a contiguous tensor on the CPU, got {layout:?}"),
    }
}

/// Calls `edit` with the numbers of a contiguous CPU variable, to change them in place.
pub(crate) fn edit<T: Scalar, R>(variable: &Tensor, edit: impl FnOnce(&mut [T]) -> R) -> Result<R> {
    let call = Edit { edit: RefCell::new(Some(edit)), result: RefCell::new(None), number: PhantomData };
    variable.inplace_op1(&call)?;
    match call.result.into_inner() {
        Some(result) => Ok(result),
        None => bail!("edit: the variable's numbers were not reached"),
    }
}

struct Edit<T, F, R> {
    edit: RefCell<Option<F>>,
    result: RefCell<Option<R>>,
    number: PhantomData<T>,
}

impl<T: Scalar, R, F: FnOnce(&mut [T]) -> R> InplaceOp1 for Edit<T, F, R> {
    fn name(&self) -> &'static str {
        "edit"
    }

    fn cpu_fwd(&self, storage: &mut CpuStorage, layout: &Layout) -> Result<()> {
        let edit = self.edit.take();
        match (edit, T::vec_mut(storage), layout.contiguous_offsets()) {
            (Some(edit), Some(values), Some((start, end))) => {
                self.result.replace(Some(edit(&mut values[start..end])));
                Ok(())
            }
            _ => bail!("edit: expected a contiguous variable of {}", std::any::type_name::<T>()),
        }
    }
}

#[cfg(test)]
mod tests;
