//! The two number types, and access to the numbers of a tensor.

use candle_core::{CpuStorage, InplaceOp1, Layout, Result, Shape, Storage, Tensor, bail, op::BackpropOp};
use pulp::Simd;
use std::{cell::RefCell, marker::PhantomData};

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
    super::activations::tanh_f32,
    super::activations::sigmoid_f32
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
    super::activations::tanh_f64,
    super::activations::sigmoid_f64
);

/// A CPU tensor of these numbers.
pub(crate) fn tensor<T: Scalar>(values: Vec<T>, shape: impl Into<Shape>) -> Tensor {
    Tensor::from_storage(Storage::Cpu(T::storage(values)), shape, BackpropOp::none(), false)
}

/// The same as a leaf of the graph, which gets a gradient.
pub(crate) fn variable<T: Scalar>(values: Vec<T>, shape: impl Into<Shape>) -> Tensor {
    Tensor::from_storage(Storage::Cpu(T::storage(values)), shape, BackpropOp::none(), true)
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
