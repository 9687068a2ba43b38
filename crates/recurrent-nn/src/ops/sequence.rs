//! A recurrent layer over a batch of sequences: all its directions, forward and backward.

use super::{
    Scalar,
    cell::SavedActivations,
    dims::RnnDims,
    direction::{DirectionGrads, DirectionOp, SavedForBackward},
    packing::{InputView, Packing},
    parallel::par_for_each,
};
use candle_core::{Result, Storage, Tensor, bail};
use std::slice::from_ref;

/// A layer after its forward pass over a batch, with what the backward pass needs.
pub(super) struct Sequence<T> {
    dims: RnnDims,
    packing: Packing,
    /// Those of each direction at the forward pass, packed as [`RnnDims::weights`] reads them.
    weights: Vec<Vec<T>>,
    saved: Vec<SavedForBackward<T>>,
}

/// The gradients of a layer's outputs; none for an output that has none.
pub(super) struct OutputGrads<'a, T> {
    /// Of the output, (B, T, D·H).
    pub output: Option<&'a [T]>,
    /// Of the final states h_n and c_n, (B, D·H) each.
    pub states: [Option<&'a [T]>; 2],
}

/// The gradients of a layer's inputs.
pub(super) struct InputGrads<T> {
    /// Of x, (B, T, E).
    pub x: Vec<T>,
    /// Of each weight of each direction, then of each initial state.
    pub parameters: Vec<Vec<T>>,
}

impl<T: Scalar> Sequence<T> {
    /// `x` (B, T, E) may have any strides with contiguous vectors; `weights` are W_ih, W_hh, b_ih and, with two biases,
    /// b_hh of each direction; `states` are h₀ and, of an LSTM, c₀, (B, D·H) each, or nothing for zeros.
    pub(super) fn forward(
        dims: RnnDims,
        packing: Packing,
        x: &Tensor,
        weights: &[Tensor],
        states: &[Tensor],
    ) -> Result<Self> {
        let (storage, layout) = x.storage_and_layout();
        let (Storage::Cpu(storage), &[row_stride, step_stride, 1]) = (&*storage, layout.stride()) else {
            bail!("sequence: expected contiguous input vectors on the CPU, got {layout:?}");
        };
        let x = InputView {
            values: &T::slice(storage)?[layout.start_offset()..],
            steps: dims.steps,
            row_stride,
            step_stride,
        };
        // Read here and not inside `par_for_each`, whose threads must not wait for a lock.
        let weights =
            weights.chunks_exact(weights.len() / dims.directions).map(concatenated).collect::<Result<Vec<Vec<T>>>>()?;
        let initial = states.iter().map(|state| concatenated(from_ref(state)));
        let initial = initial.collect::<Result<Vec<Vec<T>>>>()?;
        let saved =
            each_direction(&dims, &packing, |direction| direction.forward(x, &weights[direction.index], &initial));
        Ok(Self { dims, packing, weights, saved })
    }

    /// h_t of every step, (B, T, D·H); zero after a sequence's end.
    pub(super) fn output(&self) -> Vec<T> {
        self.padded(|activations, row| &activations.h[row * self.dims.hidden..])
    }

    /// The state at each sequence's own end, (B, D·H): h_n for index 0, c_n for 1.
    pub(super) fn final_state(&self, index: usize) -> Vec<T> {
        let last_rows = self.packing.last_rows();
        let mut state = vec![T::zero(); self.dims.batch * self.dims.output_width()];
        let size = self.dims.hidden;
        for (direction, SavedForBackward { activations, .. }) in self.saved.iter().enumerate() {
            let all = if index == 0 { &activations.h } else { &activations.c };
            let rows = self.dims.direction_rows(direction);
            for (&row, &index) in last_rows.iter().zip(&self.packing.order) {
                rows.scatter(&mut state, &all[row * size..][..size], &[index]);
            }
        }
        state
    }

    /// One gate of every step, (B, T, D·H), in the order of the weights' rows; the next index is c of an LSTM.
    pub(super) fn gate(&self, index: usize) -> Vec<T> {
        let (count, size) = (self.dims.cell.gates(), self.dims.hidden);
        self.padded(|activations, row| {
            if index < count {
                &activations.gates[(row * count + index) * size..]
            } else {
                &activations.c[row * size..]
            }
        })
    }

    /// (B, T, D·H) from the numbers that begin at `start` for each packed row; zero after a sequence's end.
    fn padded<'a>(&'a self, start: impl Fn(&'a SavedActivations<T>, usize) -> &'a [T]) -> Vec<T> {
        let count = self.dims.batch * self.dims.steps;
        let size = self.dims.hidden;
        let mut all = Vec::with_capacity(count * self.dims.output_width());
        for index in 0..count {
            for saved in &self.saved {
                match saved.padded_to_packed[index] {
                    Some(row) => all.extend_from_slice(&start(&saved.activations, row)[..size]),
                    None => all.resize(all.len() + size, T::zero()),
                }
            }
        }
        all
    }

    pub(super) fn backward(&self, output_grads: &OutputGrads<T>) -> InputGrads<T> {
        let gradients = each_direction(&self.dims, &self.packing, |direction| {
            let index = direction.index;
            direction.backward(&self.saved[index], &self.weights[index], output_grads)
        });
        let x = self.d_x(&gradients);
        let mut states = Vec::new();
        if self.dims.initial {
            for index in 0..self.dims.cell.states() {
                let mut state = vec![T::zero(); self.dims.batch * self.dims.output_width()];
                for (direction, gradients) in gradients.iter().enumerate() {
                    let own = &gradients.states[index];
                    self.dims.direction_rows(direction).scatter(&mut state, own, &self.packing.order);
                }
                states.push(state);
            }
        }
        let weights = gradients.into_iter().flat_map(|own| own.weights);
        InputGrads { x, parameters: weights.chain(states).collect() }
    }

    /// The sum over the directions, in the padded order of x.
    fn d_x(&self, gradients: &[DirectionGrads<T>]) -> Vec<T> {
        let count = self.dims.batch * self.dims.steps;
        let size = self.dims.input;
        let row = |direction: usize, index: usize| {
            let row = self.saved[direction].padded_to_packed[index]?;
            Some(&gradients[direction].x[row * size..][..size])
        };
        let mut d_x = Vec::with_capacity(count * size);
        for index in 0..count {
            // Both directions read the same steps.
            match (row(0, index), (gradients.len() == 2).then(|| row(1, index)).flatten()) {
                (Some(forwards), Some(backwards)) => {
                    d_x.extend(forwards.iter().zip(backwards).map(|(&a, &b)| a + b));
                }
                (Some(single), None) => d_x.extend_from_slice(single),
                (None, _) => d_x.resize(d_x.len() + size, T::zero()),
            }
        }
        d_x
    }
}

/// The numbers of some tensors, one after the other.
fn concatenated<T: Scalar>(tensors: &[Tensor]) -> Result<Vec<T>> {
    let mut all = Vec::with_capacity(tensors.iter().map(Tensor::elem_count).sum());
    for tensor in tensors {
        super::read(&tensor.contiguous()?, |numbers: &[T]| {
            all.extend_from_slice(numbers);
        })?;
    }
    Ok(all)
}

/// Calls `work` for each direction; two run in parallel.
fn each_direction<R: Send>(dims: &RnnDims, packing: &Packing, work: impl Fn(DirectionOp) -> R + Sync) -> Vec<R> {
    let mut results: Vec<Option<R>> = (0..dims.directions).map(|_| None).collect();
    let multiply_adds = dims.directions * dims.weight_count() * packing.rows();
    par_for_each(multiply_adds / 40, results.iter_mut().enumerate(), |(index, result)| {
        *result = Some(work(DirectionOp { dims, packing, index }));
    });
    results.into_iter().flatten().collect()
}
