//! Matrix products, each on one thread; the callers decide what runs in parallel.

use super::Scalar;
use gemm::Parallelism;

/// A borrowed matrix, with its strides in numbers.
#[derive(Clone, Copy)]
pub(crate) struct Matrix<'a, T> {
    values: &'a [T],
    rows: usize,
    columns: usize,
    row_stride: usize,
    column_stride: usize,
}

impl<'a, T> Matrix<'a, T> {
    /// In row-major order; the number of rows follows from that of the values.
    pub(crate) fn new(values: &'a [T], columns: usize) -> Self {
        assert_eq!(values.len() % columns, 0, "a matrix of whole rows");
        Self { values, rows: values.len() / columns, columns, row_stride: columns, column_stride: 1 }
    }

    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    /// The transposed matrix, without a copy.
    pub(crate) fn t(self) -> Self {
        Self {
            values: self.values,
            rows: self.columns,
            columns: self.rows,
            row_stride: self.column_stride,
            column_stride: self.row_stride,
        }
    }
}

/// What a product does with the values that its destination holds.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum WriteMode {
    /// y = A B
    Overwrite,
    /// y = y + A B
    Accumulate,
}

/// y = A B or y = y + A B, y in row-major order.
pub(crate) fn multiply<T: Scalar>(y: &mut [T], mode: WriteMode, a: Matrix<T>, b: Matrix<T>) {
    assert_eq!(a.columns, b.rows, "a product's inner sizes");
    assert_eq!(y.len(), a.rows * b.columns, "a product's size");
    let keep = if mode == WriteMode::Accumulate { T::one() } else { T::zero() };
    // SAFETY: the two assertions and `Matrix::new` keep every index that the strides give inside the three slices,
    // and `y` is borrowed mutably, so it overlaps neither.
    unsafe {
        gemm::gemm(
            a.rows,
            b.columns,
            a.columns,
            y.as_mut_ptr(),
            1,
            b.columns as isize,
            mode == WriteMode::Accumulate,
            a.values.as_ptr(),
            a.column_stride as isize,
            a.row_stride as isize,
            b.values.as_ptr(),
            b.column_stride as isize,
            b.row_stride as isize,
            keep,
            T::one(),
            false,
            false,
            false,
            Parallelism::None,
        );
    }
}

/// A copy of a matrix (rows, columns), transposed: (columns, rows).
pub(crate) fn transposed<T: Scalar>(values: &[T], columns: usize) -> Vec<T> {
    /// Rows of a block: few enough that a part of each stays in the L1 cache.
    const BLOCK: usize = 16;
    let rows = values.len() / columns;
    let mut out = vec![T::zero(); values.len()];
    for (block, values) in values.chunks(BLOCK * columns).enumerate() {
        for column in 0..columns {
            let out = &mut out[column * rows + block * BLOCK..];
            for (out, row) in out.iter_mut().zip(values.chunks_exact(columns)) {
                *out = row[column];
            }
        }
    }
    out
}

/// Adds the sum of a matrix's rows to `sums`.
pub(crate) fn add_rows<T: Scalar>(sums: &mut [T], values: &[T]) {
    for row in values.chunks_exact(sums.len()) {
        for (sum, &value) in sums.iter_mut().zip(row) {
            *sum += value;
        }
    }
}
