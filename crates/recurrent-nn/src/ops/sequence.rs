//! A recurrent layer over a batch of sequences, as one node of candle's graph.

use super::{
    Scalar,
    cell::{Cell, Deltas, Pass, Trace},
    matrix::{Matrix, Onto, add_rows, multiply},
    packing::Packing,
};
use candle_core::{CpuStorage, CustomOp3, Layout, Result, Shape, Tensor, bail};
use std::sync::OnceLock;

/// The node. It reads three tensors and gives one, so weights, states and results are each packed into one row of numbers:
///
/// - x (B, T, E), any strides with E contiguous
/// - weights: for each direction W_ih (G·H, E), W_hh (G·H, H), b_ih (G·H), and b_hh (G·H) if there are two biases
/// - states: for each direction h₀ (B, H) and, for the LSTM, c₀ (B, H); one unused number if `initial` is false
/// - result: [`Parts`]
pub(crate) struct Sequence<T> {
    pub cell: Cell,
    pub packing: Packing,
    /// E and H.
    pub input: usize,
    pub hidden: usize,
    /// 1, or 2: forwards, and backwards from each sequence's own end.
    pub directions: usize,
    /// Whether a single direction runs backwards.
    pub reverse: bool,
    pub two_biases: bool,
    /// Whether there is an initial state; else it is zero.
    pub initial: bool,
    /// Whether the result holds the gates.
    pub gates: bool,
    /// What the forward pass keeps for the backward pass.
    pub saved: OnceLock<Vec<Saved<T>>>,
}

/// Of one direction.
pub(crate) struct Saved<T> {
    /// x in packed order, (N, E).
    x: Vec<T>,
    /// The place b·T + t of each packed row.
    places: Vec<usize>,
    trace: Trace<T>,
}

/// Where the parts of a result lie: output (B, T, D·H), h_n (B, D·H), c_n (B, D·H) of an LSTM, then, if asked for,
/// gates (B, T, D, G·H) and the cell states c (B, T, D·H) of an LSTM.
pub(crate) struct Parts {
    pub output: usize,
    pub state: usize,
    pub states: usize,
    pub gates: usize,
    pub cells: usize,
}

impl Parts {
    pub(crate) fn of(cell: Cell, batch: usize, steps: usize, wide: usize, gates: bool) -> Self {
        let asked = usize::from(gates);
        Self {
            output: batch * steps * wide,
            state: batch * wide,
            states: cell.states(),
            gates: asked * batch * steps * cell.gates() * wide,
            cells: asked * batch * steps * wide * (cell.states() - 1),
        }
    }

    fn total(&self) -> usize {
        self.output + self.states * self.state + self.gates + self.cells
    }
}

/// One direction's weights.
struct Weights<'a, T> {
    w_ih: &'a [T],
    w_hh: &'a [T],
    b_ih: &'a [T],
    b_hh: Option<&'a [T]>,
}

impl<T: Scalar> Sequence<T> {
    fn rows(&self) -> usize {
        self.cell.gates() * self.hidden
    }

    /// How many numbers one direction's weights are.
    fn weight_count(&self) -> usize {
        self.rows() * (self.input + self.hidden + 1 + usize::from(self.two_biases))
    }

    fn weights<'a>(&self, packed: &'a [T], direction: usize) -> Weights<'a, T> {
        let own = &packed[direction * self.weight_count()..][..self.weight_count()];
        let (w_ih, rest) = own.split_at(self.rows() * self.input);
        let (w_hh, rest) = rest.split_at(self.rows() * self.hidden);
        let (b_ih, b_hh) = rest.split_at(self.rows());
        let b_hh = self.two_biases.then_some(b_hh);
        Weights {
            w_ih,
            w_hh,
            b_ih,
            b_hh,
        }
    }

    /// One direction's initial states h₀ and c₀ in packed order.
    fn initial_states(&self, states: &[T], direction: usize) -> (Vec<T>, Vec<T>) {
        let count = self.packing.order().len() * self.hidden;
        let state = |index: usize| match self.initial {
            true => self.sorted(
                &states[(direction * self.cell.states() + index) * count..][..count],
                0,
                1,
            ),
            false => vec![T::zero(); count],
        };
        match self.cell.states() {
            1 => (state(0), Vec::new()),
            _ => (state(0), state(1)),
        }
    }

    /// Rows of (B, directions·H) in packed order, of one direction: (B, H).
    fn sorted(&self, rows: &[T], direction: usize, directions: usize) -> Vec<T> {
        let mut sorted = Vec::with_capacity(rows.len() / directions);
        for &row in self.packing.order() {
            let start = (row * directions + direction) * self.hidden;
            sorted.extend_from_slice(&rows[start..start + self.hidden]);
        }
        sorted
    }

    fn backwards(&self, direction: usize) -> bool {
        self.reverse || direction == 1
    }

    /// Calls `work` for each direction, two at once if there are two.
    fn each_direction<R: Send>(&self, work: impl Fn(usize) -> R + Sync) -> Vec<R> {
        match self.directions {
            1 => vec![work(0)],
            _ => {
                let (forwards, backwards) = rayon::join(|| work(0), || work(1));
                vec![forwards, backwards]
            }
        }
    }

    fn forward_direction(
        &self,
        x: Strided<T>,
        weights: &[T],
        states: &[T],
        direction: usize,
    ) -> Saved<T> {
        let Weights {
            w_ih,
            w_hh,
            b_ih,
            b_hh,
        } = self.weights(weights, direction);
        let places = self.packing.places(self.backwards(direction));
        let x = x.rows(&places, self.input);
        // The bias outside the time loop. In a GRU the reset gate acts on b_hh, so it stays inside.
        let mut bias = b_ih.to_vec();
        let inner_bias = b_hh.filter(|_| self.cell == Cell::Gru);
        if let (Some(b_hh), None) = (b_hh, inner_bias) {
            bias.iter_mut()
                .zip(b_hh)
                .for_each(|(sum, &bias)| *sum += bias);
        }
        // z = x W_ihᵀ + b, of all steps at once
        let mut z = bias.repeat(self.packing.rows());
        multiply(
            &mut z,
            Onto::Sum,
            Matrix::new(&x, self.input),
            Matrix::new(w_ih, self.input).t(),
        );
        let (h0, c0) = self.initial_states(states, direction);
        let pass = self.pass(w_hh, inner_bias, &h0, &c0);
        let trace = self.cell.forward(&pass, z);
        Saved { x, places, trace }
    }

    fn pass<'a>(
        &'a self,
        w_hh: &'a [T],
        b_hh: Option<&'a [T]>,
        h0: &'a [T],
        c0: &'a [T],
    ) -> Pass<'a, T> {
        Pass {
            packing: &self.packing,
            hidden: self.hidden,
            w_hh,
            b_hh,
            h0,
            c0,
        }
    }

    /// The result of all directions, as [`Parts`] says.
    fn unpack(&self, saved: &[Saved<T>], steps: usize) -> Vec<T> {
        let (h, wide, batch) = (
            self.hidden,
            self.directions * self.hidden,
            self.packing.order().len(),
        );
        let parts = Parts::of(self.cell, batch, steps, wide, self.gates);
        let mut result = vec![T::zero(); parts.total()];
        let (output, rest) = result.split_at_mut(parts.output);
        let (states, rest) = rest.split_at_mut(parts.states * parts.state);
        let (gates, cells) = rest.split_at_mut(parts.gates);
        for (direction, Saved { places, trace, .. }) in saved.iter().enumerate() {
            scatter(output, &trace.h, places, h, direction, self.directions);
            let (h_n, c_n) = states.split_at_mut(parts.state);
            for (packed, &row) in self.packing.last_rows().zip(self.packing.order()) {
                let place = (row * self.directions + direction) * h
                    ..(row * self.directions + direction + 1) * h;
                h_n[place.clone()].copy_from_slice(&trace.h[packed * h..(packed + 1) * h]);
                if self.cell == Cell::Lstm {
                    c_n[place].copy_from_slice(&trace.c[packed * h..(packed + 1) * h]);
                }
            }
            if self.gates {
                let activated = if trace.gates.is_empty() {
                    &trace.h
                } else {
                    &trace.gates
                };
                scatter(
                    gates,
                    activated,
                    places,
                    self.rows(),
                    direction,
                    self.directions,
                );
                scatter(cells, &trace.c, places, h, direction, self.directions);
            }
        }
        result
    }

    /// One direction's gradients: of x in packed order, of the weights, of the initial states in packed order.
    fn backward_direction(
        &self,
        saved: &Saved<T>,
        weights: &[T],
        states: &[T],
        d_result: &[T],
        steps: usize,
        direction: usize,
    ) -> Gradients<T> {
        let Weights {
            w_ih, w_hh, b_hh, ..
        } = self.weights(weights, direction);
        let (h0, c0) = self.initial_states(states, direction);
        let pass = self.pass(w_hh, b_hh.filter(|_| self.cell == Cell::Gru), &h0, &c0);
        let wide = self.directions * self.hidden;
        let parts = Parts::of(
            self.cell,
            self.packing.order().len(),
            steps,
            wide,
            self.gates,
        );
        let (d_output, d_states) = d_result.split_at(parts.output);
        let d_h = gather(
            d_output,
            &saved.places,
            self.hidden,
            direction,
            self.directions,
        );
        let d_h_n = self.sorted(&d_states[..parts.state], direction, self.directions);
        let d_c_n = match self.cell {
            Cell::Lstm => self.sorted(
                &d_states[parts.state..2 * parts.state],
                direction,
                self.directions,
            ),
            _ => Vec::new(),
        };
        let Deltas {
            z: d_z,
            z_hh,
            h0: d_h0,
            c0: d_c0,
        } = self.cell.backward(&pass, &saved.trace, d_h, d_h_n, d_c_n);
        let d_z_hh = z_hh.as_ref().unwrap_or(&d_z);

        let mut d_weights = vec![T::zero(); self.weight_count()];
        let (d_w_ih, rest) = d_weights.split_at_mut(self.rows() * self.input);
        let (d_w_hh, rest) = rest.split_at_mut(self.rows() * self.hidden);
        let (d_b_ih, d_b_hh) = rest.split_at_mut(self.rows());
        let by_row = |values| Matrix::new(values, self.rows());
        // d_W_ih = d_zᵀ x
        multiply(
            d_w_ih,
            Onto::Nothing,
            by_row(&d_z).t(),
            Matrix::new(&saved.x, self.input),
        );
        // d_W_hh = d_zᵀ h_prev
        let h_prev = self.previous_states(&saved.trace.h, &h0);
        multiply(
            d_w_hh,
            Onto::Nothing,
            by_row(d_z_hh).t(),
            Matrix::new(&h_prev, self.hidden),
        );
        // d_b = Σ d_z
        add_rows(d_b_ih, &d_z);
        if self.two_biases {
            add_rows(d_b_hh, d_z_hh);
        }
        // d_x = d_z W_ih
        let mut d_x = vec![T::zero(); saved.x.len()];
        multiply(
            &mut d_x,
            Onto::Nothing,
            by_row(&d_z),
            Matrix::new(w_ih, self.input),
        );
        Gradients {
            x: d_x,
            weights: d_weights,
            states: [d_h0, d_c0],
        }
    }

    /// h_{t−1} for each packed row.
    fn previous_states(&self, h: &[T], h0: &[T]) -> Vec<T> {
        let mut previous = Vec::with_capacity(h.len());
        for step in self.packing.steps() {
            let from = step.before.map_or(h0, |before| &h[before * self.hidden..]);
            previous.extend_from_slice(&from[..step.rows() * self.hidden]);
        }
        previous
    }
}

struct Gradients<T> {
    x: Vec<T>,
    weights: Vec<T>,
    states: [Vec<T>; 2],
}

/// x (B, T, E) inside a storage.
#[derive(Clone, Copy)]
struct Strided<'a, T> {
    values: &'a [T],
    steps: usize,
    row_stride: usize,
    step_stride: usize,
}

impl<T: Scalar> Strided<'_, T> {
    fn rows(&self, places: &[usize], size: usize) -> Vec<T> {
        let mut rows = Vec::with_capacity(places.len() * size);
        for place in places {
            let start =
                place / self.steps * self.row_stride + place % self.steps * self.step_stride;
            rows.extend_from_slice(&self.values[start..start + size]);
        }
        rows
    }
}

/// Packed rows into their places of a (B·T, directions, size) block.
fn scatter<T: Copy>(
    to: &mut [T],
    rows: &[T],
    places: &[usize],
    size: usize,
    direction: usize,
    directions: usize,
) {
    for (row, place) in rows.chunks_exact(size).zip(places) {
        let start = (place * directions + direction) * size;
        to[start..start + size].copy_from_slice(row);
    }
}

/// The other way.
fn gather<T: Copy>(
    from: &[T],
    places: &[usize],
    size: usize,
    direction: usize,
    directions: usize,
) -> Vec<T> {
    let mut rows = Vec::with_capacity(places.len() * size);
    for place in places {
        let start = (place * directions + direction) * size;
        rows.extend_from_slice(&from[start..start + size]);
    }
    rows
}

/// The numbers of a contiguous storage.
fn contiguous<'a, T: Scalar>(storage: &'a CpuStorage, layout: &Layout) -> Result<&'a [T]> {
    match layout.contiguous_offsets() {
        Some((start, end)) => Ok(&T::slice(storage)?[start..end]),
        None => bail!("sequence: expected contiguous weights and states, got {layout:?}"),
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
        let (_, steps, _) = x_layout.shape().dims3()?;
        let (row_stride, step_stride) = match x_layout.stride() {
            [row, step, 1] => (*row, *step),
            stride => bail!("sequence: expected contiguous input vectors, got strides {stride:?}"),
        };
        let x = Strided {
            values: &T::slice(x)?[x_layout.start_offset()..],
            steps,
            row_stride,
            step_stride,
        };
        let weights = contiguous(weights, weights_layout)?;
        let states = contiguous(states, states_layout)?;
        let saved =
            self.each_direction(|direction| self.forward_direction(x, weights, states, direction));
        let result = self.unpack(&saved, steps);
        let shape = Shape::from(result.len());
        let _ = self.saved.set(saved);
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
        let (batch, steps, _) = x.dims3()?;
        let Some(saved) = self.saved.get() else {
            bail!("sequence: backward before forward");
        };
        let gradients = super::read::<T, _>(&d_result.contiguous()?, |d_result| {
            super::read::<T, _>(weights, |weights| {
                super::read::<T, _>(states, |states| {
                    self.each_direction(|direction| {
                        self.backward_direction(
                            &saved[direction],
                            weights,
                            states,
                            d_result,
                            steps,
                            direction,
                        )
                    })
                })
            })
        })???;

        let mut d_x = vec![T::zero(); batch * steps * self.input];
        for (Saved { places, .. }, gradients) in saved.iter().zip(&gradients) {
            for (row, place) in gradients.x.chunks_exact(self.input).zip(places) {
                let sums = &mut d_x[place * self.input..(place + 1) * self.input];
                sums.iter_mut()
                    .zip(row)
                    .for_each(|(sum, &value)| *sum += value);
            }
        }
        let mut d_states = Vec::new();
        if self.initial {
            d_states = vec![T::zero(); states.elem_count()];
            let blocks = d_states.chunks_exact_mut(batch * self.hidden);
            let sorted = gradients
                .iter()
                .flat_map(|gradients| &gradients.states[..self.cell.states()]);
            for (block, sorted) in blocks.zip(sorted) {
                scatter(block, sorted, self.packing.order(), self.hidden, 0, 1);
            }
        }
        let d_weights = gradients
            .into_iter()
            .flat_map(|gradients| gradients.weights)
            .collect();
        let tensor = |values: Vec<T>, like: &Tensor| {
            let storage = candle_core::Storage::Cpu(T::storage(values));
            Tensor::from_storage(
                storage,
                like.shape().clone(),
                candle_core::op::BackpropOp::none(),
                false,
            )
        };
        Ok((
            Some(tensor(d_x, x)),
            Some(tensor(d_weights, weights)),
            self.initial.then(|| tensor(d_states, states)),
        ))
    }
}
