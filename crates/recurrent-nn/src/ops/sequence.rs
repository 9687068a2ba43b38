//! A recurrent layer over a batch of sequences: all its directions, forward and backward.

use super::{
    Scalar,
    cell::Trace,
    direction::{Direction, Gradients, Saved},
    form::Form,
    packing::Packing,
    rows::{Block, Strided},
    side_by_side::side_by_side,
};
use candle_core::{Result, Storage, Tensor, bail};
use std::slice::from_ref;

/// A layer that went forward over a batch, and can go back.
pub(super) struct Sequence<T> {
    form: Form,
    packing: Packing,
    /// Each direction's as they were, packed as [`Form::weights`] reads them.
    weights: Vec<Vec<T>>,
    saved: Vec<Saved<T>>,
}

/// The gradients of what a layer gave; none where there is none.
pub(super) struct Arrived<'a, T> {
    /// Of all outputs, (B, T, D·H).
    pub output: Option<&'a [T]>,
    /// Of the final states h_n and c_n, (B, D·H) each.
    pub states: [Option<&'a [T]>; 2],
}

/// The gradients of what a layer read.
pub(super) struct Leaving<T> {
    /// Of x, (B, T, E).
    pub x: Vec<T>,
    /// Of each weight of each direction, then of each initial state.
    pub parameters: Vec<Vec<T>>,
}

impl<T: Scalar> Sequence<T> {
    /// `x` (B, T, E) may have any strides with E in one piece; `weights` are W_ih, W_hh, b_ih and, if there are two biases, b_hh of each
    /// direction; `states` are h₀ and, of an LSTM, c₀, (B, D·H) each, or nothing for zeros.
    pub(super) fn forward(
        form: Form,
        packing: Packing,
        x: &Tensor,
        weights: &[Tensor],
        states: &[Tensor],
    ) -> Result<Self> {
        let (storage, layout) = x.storage_and_layout();
        let (Storage::Cpu(storage), &[row_stride, step_stride, 1]) = (&*storage, layout.stride())
        else {
            bail!("sequence: expected input vectors in one piece on the CPU, got {layout:?}");
        };
        let x = Strided {
            values: &T::slice(storage)?[layout.start_offset()..],
            steps: form.steps,
            row_stride,
            step_stride,
        };
        // Read here and not by the helpers, which may wait for no lock.
        let weights = weights
            .chunks_exact(weights.len() / form.directions)
            .map(concatenated)
            .collect::<Result<Vec<Vec<T>>>>()?;
        let initial = states.iter().map(|state| concatenated(from_ref(state)));
        let initial = initial.collect::<Result<Vec<Vec<T>>>>()?;
        let saved = each_direction(&form, &packing, |direction| {
            direction.forward(x, &weights[direction.index], &initial)
        });
        Ok(Self {
            form,
            packing,
            weights,
            saved,
        })
    }

    /// h_t of every step, (B, T, D·H); zero after a sequence's end.
    pub(super) fn output(&self) -> Vec<T> {
        self.every_step(|trace, row| &trace.h[row * self.form.hidden..])
    }

    /// The state at each sequence's own end, (B, D·H): h_n for index 0, c_n for 1.
    pub(super) fn final_state(&self, index: usize) -> Vec<T> {
        let last_rows = self.packing.last_rows();
        let alone = Block {
            size: self.form.hidden,
            direction: 0,
            directions: 1,
        };
        let mut state = vec![T::zero(); self.form.batch * self.form.wide()];
        for (direction, Saved { trace, .. }) in self.saved.iter().enumerate() {
            let all = if index == 0 { &trace.h } else { &trace.c };
            let last = alone.gather(all, &last_rows);
            self.form
                .block(direction)
                .scatter(&mut state, &last, self.packing.order());
        }
        state
    }

    /// One gate of every step, (B, T, D·H), in the order of the weights' rows; after the gates c of an LSTM.
    pub(super) fn gate(&self, index: usize) -> Vec<T> {
        let (count, size) = (self.form.cell.gates(), self.form.hidden);
        self.every_step(|trace, row| {
            if index < count {
                &trace.gates[(row * count + index) * size..]
            } else {
                &trace.c[row * size..]
            }
        })
    }

    /// (B, T, D·H) from what `begin` gives for each packed row; zero after a sequence's end.
    fn every_step<'a>(&'a self, begin: impl Fn(&'a Trace<T>, usize) -> &'a [T]) -> Vec<T> {
        let places = self.form.batch * self.form.steps;
        let size = self.form.hidden;
        let mut all = Vec::with_capacity(places * self.form.wide());
        for place in 0..places {
            for saved in &self.saved {
                match saved.row_of_place[place] {
                    Some(row) => all.extend_from_slice(&begin(&saved.trace, row)[..size]),
                    None => all.resize(all.len() + size, T::zero()),
                }
            }
        }
        all
    }

    pub(super) fn backward(&self, arrived: &Arrived<T>) -> Leaving<T> {
        let gradients = each_direction(&self.form, &self.packing, |direction| {
            let index = direction.index;
            direction.backward(&self.saved[index], &self.weights[index], arrived)
        });
        let x = self.d_x(&gradients);
        let mut states = Vec::new();
        if self.form.initial {
            for index in 0..self.form.cell.states() {
                let mut state = vec![T::zero(); self.form.batch * self.form.wide()];
                for (direction, gradients) in gradients.iter().enumerate() {
                    let own = &gradients.states[index];
                    self.form
                        .block(direction)
                        .scatter(&mut state, own, self.packing.order());
                }
                states.push(state);
            }
        }
        let weights = gradients.into_iter().flat_map(|own| own.weights);
        Leaving {
            x,
            parameters: weights.chain(states).collect(),
        }
    }

    /// The sum over the directions, back in the places of x.
    fn d_x(&self, gradients: &[Gradients<T>]) -> Vec<T> {
        let places = self.form.batch * self.form.steps;
        let size = self.form.input;
        let row = |direction: usize, place: usize| {
            let row = self.saved[direction].row_of_place[place]?;
            Some(&gradients[direction].x[row * size..][..size])
        };
        let mut d_x = Vec::with_capacity(places * size);
        for place in 0..places {
            // Both directions read the same steps.
            match (
                row(0, place),
                (gradients.len() == 2).then(|| row(1, place)).flatten(),
            ) {
                (Some(forwards), Some(backwards)) => {
                    d_x.extend(forwards.iter().zip(backwards).map(|(&a, &b)| a + b));
                }
                (Some(alone), None) => d_x.extend_from_slice(alone),
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

/// Calls `work` for each direction; two run side by side.
fn each_direction<R: Send>(
    form: &Form,
    packing: &Packing,
    work: impl Fn(Direction) -> R + Sync,
) -> Vec<R> {
    let mut results: Vec<Option<R>> = (0..form.directions).map(|_| None).collect();
    let multiply_adds = form.directions * form.weight_count() * packing.rows();
    side_by_side(
        multiply_adds / 40,
        results.iter_mut().enumerate(),
        |(index, result)| {
            *result = Some(work(Direction {
                form,
                packing,
                index,
            }));
        },
    );
    results.into_iter().flatten().collect()
}
