//! Rows of numbers between a padded batch and the packed order.

use super::Scalar;

/// A block (places, directions, size) of one row for each place and direction; here that of one direction.
#[derive(Clone, Copy)]
pub(super) struct Block {
    pub size: usize,
    pub direction: usize,
    pub directions: usize,
}

impl Block {
    fn range(&self, place: usize) -> std::ops::Range<usize> {
        let start = (place * self.directions + self.direction) * self.size;
        start..start + self.size
    }

    /// Rows in order, each to its place.
    pub(super) fn scatter<T: Copy>(&self, to: &mut [T], rows: &[T], places: &[usize]) {
        for (row, &place) in rows.chunks_exact(self.size).zip(places) {
            to[self.range(place)].copy_from_slice(row);
        }
    }

    /// The rows of some places, in their order.
    pub(super) fn gather<T: Copy>(&self, from: &[T], places: &[usize]) -> Vec<T> {
        let mut rows = Vec::with_capacity(places.len() * self.size);
        for &place in places {
            rows.extend_from_slice(&from[self.range(place)]);
        }
        rows
    }
}

/// An input x (B, T, E) inside a tensor's storage, each vector in one piece.
#[derive(Clone, Copy)]
pub(super) struct Strided<'a, T> {
    pub values: &'a [T],
    pub steps: usize,
    pub row_stride: usize,
    pub step_stride: usize,
}

impl<T: Scalar> Strided<'_, T> {
    /// The vectors of some places b·T + t, in their order.
    pub(super) fn gather(&self, places: &[usize], size: usize) -> Vec<T> {
        let mut rows = Vec::with_capacity(places.len() * size);
        for place in places {
            let (row, step) = (place / self.steps, place % self.steps);
            let start = row * self.row_stride + step * self.step_stride;
            rows.extend_from_slice(&self.values[start..start + size]);
        }
        rows
    }
}
