//! The two kinds of numbers, and how to reach them inside a tensor.

use candle_core::{
    CpuStorage, InplaceOp1, Layout, Result, Shape, Storage, Tensor, bail, op::BackpropOp,
};
use pulp::Simd;
use std::{cell::RefCell, marker::PhantomData};

/// A number that the fused operations compute with: f32, or f64 to check gradients.
pub trait Scalar:
    num_traits::Float + num_traits::NumAssign + Default + Send + Sync + 'static
{
    /// As many numbers as one register of the processor holds.
    type Lanes<S: Simd>: Copy;

    /// What is smaller counts as zero where numbers shrink step after step. Far above the subnormal numbers, with which many processors
    /// compute far slower, and far below what any result shows.
    #[doc(hidden)]
    const TINY: Self;

    /// The number itself, or zero if it is below [`TINY`](Self::TINY).
    #[doc(hidden)]
    #[inline(always)]
    fn flush(self) -> Self {
        if self.abs() < Self::TINY {
            Self::zero()
        } else {
            self
        }
    }

    /// The nearest number of this kind.
    fn of(value: f64) -> Self;
    /// The same number as f64.
    fn wide(self) -> f64;

    #[doc(hidden)]
    fn slice(storage: &CpuStorage) -> Result<&[Self]>;
    #[doc(hidden)]
    fn vec_mut(storage: &mut CpuStorage) -> Option<&mut Vec<Self>>;
    #[doc(hidden)]
    fn storage(values: Vec<Self>) -> CpuStorage;

    #[doc(hidden)]
    fn width<S: Simd>() -> usize;
    #[doc(hidden)]
    fn splat<S: Simd>(simd: S, value: Self) -> Self::Lanes<S>;
    #[doc(hidden)]
    fn load<S: Simd>(simd: S, values: &[Self]) -> Self::Lanes<S>;
    #[doc(hidden)]
    fn store<S: Simd>(simd: S, values: &mut [Self], lanes: Self::Lanes<S>);
    #[doc(hidden)]
    fn add<S: Simd>(simd: S, a: Self::Lanes<S>, b: Self::Lanes<S>) -> Self::Lanes<S>;
    #[doc(hidden)]
    fn sub<S: Simd>(simd: S, a: Self::Lanes<S>, b: Self::Lanes<S>) -> Self::Lanes<S>;
    #[doc(hidden)]
    fn mul<S: Simd>(simd: S, a: Self::Lanes<S>, b: Self::Lanes<S>) -> Self::Lanes<S>;
    #[doc(hidden)]
    fn flush_lanes<S: Simd>(simd: S, x: Self::Lanes<S>) -> Self::Lanes<S>;
    #[doc(hidden)]
    fn tanh_lanes<S: Simd>(simd: S, x: Self::Lanes<S>) -> Self::Lanes<S>;
}

macro_rules! scalar {
    ($number:ty, $variant:ident, $lanes:ident, $width:ident, $splat:ident, $as_simd:ident, $as_mut_simd:ident,
     $load:ident, $store:ident, $add:ident, $sub:ident, $mul:ident, $abs:ident, $less:ident, $select:ident, $tiny:expr, $tanh:path) => {
        impl Scalar for $number {
            type Lanes<S: Simd> = S::$lanes;

            const TINY: Self = $tiny;

            #[inline(always)]
            fn of(value: f64) -> Self {
                value as $number
            }

            #[inline(always)]
            fn wide(self) -> f64 {
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
            fn splat<S: Simd>(simd: S, value: Self) -> S::$lanes {
                simd.$splat(value)
            }

            #[inline(always)]
            fn load<S: Simd>(simd: S, values: &[Self]) -> S::$lanes {
                match S::$as_simd(values).0 {
                    [lanes, ..] => *lanes,
                    [] => simd.$load(values),
                }
            }

            #[inline(always)]
            fn store<S: Simd>(simd: S, values: &mut [Self], lanes: S::$lanes) {
                match S::$as_mut_simd(values).0 {
                    [place, ..] => *place = lanes,
                    [] => simd.$store(values, lanes),
                }
            }

            #[inline(always)]
            fn add<S: Simd>(simd: S, a: S::$lanes, b: S::$lanes) -> S::$lanes {
                simd.$add(a, b)
            }

            #[inline(always)]
            fn sub<S: Simd>(simd: S, a: S::$lanes, b: S::$lanes) -> S::$lanes {
                simd.$sub(a, b)
            }

            #[inline(always)]
            fn mul<S: Simd>(simd: S, a: S::$lanes, b: S::$lanes) -> S::$lanes {
                simd.$mul(a, b)
            }

            #[inline(always)]
            fn flush_lanes<S: Simd>(simd: S, x: S::$lanes) -> S::$lanes {
                let tiny = simd.$less(simd.$abs(x), simd.$splat(Self::TINY));
                simd.$select(tiny, simd.$splat(0.0), x)
            }

            #[inline(always)]
            fn tanh_lanes<S: Simd>(simd: S, x: S::$lanes) -> S::$lanes {
                $tanh(simd, x)
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
    super::tanh::f32_lanes
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
    super::tanh::f64_lanes
);

/// A CPU tensor of these numbers.
pub(crate) fn tensor<T: Scalar>(values: Vec<T>, shape: impl Into<Shape>) -> Tensor {
    Tensor::from_storage(
        Storage::Cpu(T::storage(values)),
        shape,
        BackpropOp::none(),
        false,
    )
}

/// The same as a leaf of the graph.
pub(crate) fn variable<T: Scalar>(values: Vec<T>, shape: impl Into<Shape>) -> Tensor {
    Tensor::from_storage(
        Storage::Cpu(T::storage(values)),
        shape,
        BackpropOp::none(),
        true,
    )
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
    let call = Edit {
        edit: RefCell::new(Some(edit)),
        result: RefCell::new(None),
        number: PhantomData,
    };
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
            _ => bail!(
                "edit: expected a contiguous variable of {}",
                std::any::type_name::<T>()
            ),
        }
    }
}
