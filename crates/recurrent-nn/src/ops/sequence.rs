//! A recurrent layer over a batch of sequences, as one node of candle's graph.

use super::{
    Scalar,
    cell::Cell,
    direction::{Direction, Saved},
    form::Form,
    packing::Packing,
    rows::{Block, Strided},
    side_by_side::side_by_side,
};
use candle_core::{CpuStorage, CustomOp3, Layout, Result, Shape, Tensor, bail};
use std::sync::OnceLock;

/// The node. candle gives a node three tensors and takes one, so [`Form`] says how each is packed into a row of numbers:
/// x (B, T, E), of any strides with E in one piece; the weights of all directions; the initial states of all directions, or one unused
/// number if there are none. The result is [`Form::parts`].
pub(crate) struct Sequence<T> {
    form: Form,
    packing: Packing,
    /// What the forward pass keeps for the backward pass, of each direction.
    saved: OnceLock<Vec<Saved<T>>>,
}

impl<T: Scalar> Sequence<T> {
    pub(crate) fn new(form: Form, packing: Packing) -> Self {
        Self {
            form,
            packing,
            saved: OnceLock::new(),
        }
    }

    fn direction(&self, index: usize) -> Direction<'_> {
        Direction {
            form: &self.form,
            packing: &self.packing,
            index,
        }
    }

    /// Calls `work` for each direction; two run side by side.
    fn each_direction<R: Send>(&self, work: impl Fn(Direction) -> R + Sync) -> Vec<R> {
        let mut results: Vec<Option<R>> = (0..self.form.directions).map(|_| None).collect();
        side_by_side(results.iter_mut().enumerate(), |(index, result)| {
            *result = Some(work(self.direction(index)));
        });
        results.into_iter().flatten().collect()
    }

    /// The result of all directions.
    fn unpack(&self, saved: &[Saved<T>]) -> Vec<T> {
        let parts = self.form.parts();
        let mut result = vec![T::zero(); parts.total()];
        let (output, rest) = result.split_at_mut(parts.output);
        let (states, rest) = rest.split_at_mut(parts.states);
        let (gates, cells) = rest.split_at_mut(parts.gates);
        for (index, Saved { places, trace, .. }) in saved.iter().enumerate() {
            let direction = self.direction(index);
            let block = direction.block(self.form.hidden);
            block.scatter(output, &trace.h, places);
            let finals = states.chunks_exact_mut(self.form.batch * self.form.wide());
            for (state, all) in finals.zip([&trace.h, &trace.c]) {
                let last = Block {
                    direction: 0,
                    directions: 1,
                    ..block
                };
                let last = last.gather(all, &self.packing.last_rows());
                block.scatter(state, &last, self.packing.order());
            }
            if self.form.gates {
                let count = self.form.cell.gates();
                for (gate, to) in gates.chunks_exact_mut(parts.output).enumerate() {
                    block.scatter_part(to, &trace.gates, gate, count, places);
                }
                if self.form.cell == Cell::Lstm {
                    block.scatter(cells, &trace.c, places);
                }
            }
        }
        result
    }
}

/// The numbers of a contiguous storage.
pub(super) fn contiguous<'a, T: Scalar>(
    storage: &'a CpuStorage,
    layout: &Layout,
) -> Result<&'a [T]> {
    match layout.contiguous_offsets() {
        Some((start, end)) => Ok(&T::slice(storage)?[start..end]),
        None => bail!("expected contiguous numbers, got {layout:?}"),
    }
}

impl<T: Scalar> CustomOp3 for Sequence<T> {
    fn name(&self) -> &'static str {
        "sequence"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        x_layout: &Layout,
        weights: &CpuStorage,
        weights_layout: &Layout,
        states: &CpuStorage,
        states_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let [row_stride, step_stride, 1] = *x_layout.stride() else {
            bail!("sequence: expected input vectors in one piece, got {x_layout:?}");
        };
        let x = Strided {
            values: &T::slice(x)?[x_layout.start_offset()..],
            steps: self.form.steps,
            row_stride,
            step_stride,
        };
        let weights = contiguous(weights, weights_layout)?;
        let states = contiguous(states, states_layout)?;
        let saved = self.each_direction(|direction| direction.forward(x, weights, states));
        let result = self.unpack(&saved);
        if self.saved.set(saved).is_err() {
            bail!("sequence: a node runs forward once");
        }
        let shape = Shape::from(result.len());
        Ok((T::storage(result), shape))
    }

    fn bwd(
        &self,
        x: &Tensor,
        weights: &Tensor,
        states: &Tensor,
        _result: &Tensor,
        d_result: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let Some(saved) = self.saved.get() else {
            bail!("sequence: backward before forward");
        };
        let gradients = super::read::<T, _>(&d_result.contiguous()?, |d_result| {
            let parts = self.form.parts();
            let (d_output, rest) = d_result.split_at(parts.output);
            let d_states = &rest[..parts.states];
            super::read::<T, _>(weights, |weights| {
                super::read::<T, _>(states, |states| {
                    self.each_direction(|direction| {
                        let saved = &saved[direction.index];
                        direction.backward(saved, weights, states, d_output, d_states)
                    })
                })
            })
        })???;

        // d_x is the sum over the directions.
        let size = self.form.input;
        let mut d_x = vec![T::zero(); self.form.batch * self.form.steps * size];
        for (Saved { places, .. }, gradients) in saved.iter().zip(&gradients) {
            for (row, place) in gradients.x.chunks_exact(size).zip(places) {
                let sums = &mut d_x[place * size..][..size];
                sums.iter_mut().zip(row).for_each(|(sum, &d)| *sum += d);
            }
        }
        let mut d_states = Vec::new();
        if self.form.initial {
            d_states = vec![T::zero(); states.elem_count()];
            let block = Block {
                size: self.form.hidden,
                direction: 0,
                directions: 1,
            };
            let sorted = gradients.iter().flat_map(|gradients| &gradients.states);
            let given = d_states.chunks_exact_mut(self.form.batch * self.form.hidden);
            for (given, sorted) in given.zip(sorted.filter(|sorted| !sorted.is_empty())) {
                block.scatter(given, sorted, self.packing.order());
            }
        }
        let d_weights: Vec<&[T]> = gradients
            .iter()
            .map(|gradients| &gradients.weights[..])
            .collect();
        Ok((
            Some(super::tensor(d_x, x.shape())),
            Some(super::tensor(d_weights.concat(), weights.shape())),
            self.form
                .initial
                .then(|| super::tensor(d_states, states.shape())),
        ))
    }
}
