//! The two kinds of numbers, and how to reach them inside a tensor.

use candle_core::{CpuStorage, InplaceOp1, Layout, Result, Tensor, bail};
use std::{cell::RefCell, marker::PhantomData};

/// A number that the fused operations compute with: f32, or f64 to check gradients.
pub trait Scalar: num_traits::Float + num_traits::NumAssign + Send + Sync + 'static {
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
}

macro_rules! scalar {
    ($number:ty, $variant:ident) => {
        impl Scalar for $number {
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
        }
    };
}

scalar!(f32, F32);
scalar!(f64, F64);

/// Calls `read` with the numbers of a contiguous CPU tensor.
pub(crate) fn read<T: Scalar, R>(tensor: &Tensor, read: impl FnOnce(&[T]) -> R) -> Result<R> {
    let (storage, layout) = tensor.storage_and_layout();
    match (&*storage, layout.contiguous_offsets()) {
        (candle_core::Storage::Cpu(storage), Some((start, end))) => {
            Ok(read(&T::slice(storage)?[start..end]))
        }
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
