//! A recurrent layer over a batch of sequences, as nodes of candle's graph that are the same on every device.
//!
//! ```text
//! x ──────────────────────────────────┬→ SequenceNode: output
//! weights, initial states → Pack, of  │
//! each direction ─────────────────────┴→ SequenceNode: h_n and c_n
//! ```
//!
//! A node of candle's has at most three inputs and one result, so the parameters of a direction are one tensor. The
//! output and the final states are results of two nodes over one forward pass. A loss that reads only one of them, as
//! nearly all do, costs one backward pass; a loss that reads both goes backward through the layer once for each.

use super::{
    Cell, PAR_THRESHOLD, Packing, RnnDims, Scalar,
    direction::{DirectionGrads, DirectionOp, SavedActivations, SavedForBackward},
    gpu::{Gpu, GpuOps},
    packing::{DirectionRows, InputView},
    par_for_each, read, tensor,
};
use candle_core::{
    CpuStorage, CudaStorage, CustomOp2, CustomOp3, DType, Device, Layout, Result, Shape, Storage, Tensor,
    backend::{BackendDevice, BackendStorage},
    bail,
};
use std::sync::Arc;

/// The outputs of a layer.
pub(crate) struct SequenceOutput {
    /// (B, T, D·H)
    pub output: Tensor,
    /// (B, D·H)
    pub h_n: Tensor,
    /// (B, D·H), of an LSTM.
    pub c_n: Option<Tensor>,
    /// If requested: returns one gate of every step, (B, T, D·H), by its index; after the gates comes c of an LSTM.
    /// They carry no gradient.
    pub gate: Option<GateFn>,
}

/// Returns one gate by its index.
pub(crate) type GateFn = Box<dyn Fn(usize) -> Result<Tensor> + Send + Sync>;

/// Whether there is a fused operation for a recurrent layer of this hidden size over x, on x's device.
pub(crate) fn is_fused(x: &Tensor, hidden: usize) -> bool {
    x.device().is_cpu() || Gpu::has_sequence(x, hidden)
}

/// One layer over a batch, where [`is_fused`]. `weights` are W_ih, W_hh, b_ih and, with two biases, b_hh of each
/// direction; `states` are h₀ and, of an LSTM, c₀, (B, D·H) each, or nothing for zeros.
pub(crate) fn sequence(
    dims: RnnDims,
    packing: Packing,
    x: &Tensor,
    weights: &[Tensor],
    states: &[Tensor],
) -> Result<SequenceOutput> {
    let x = match (x.device(), x.stride()) {
        (Device::Cpu, [.., 1]) => x.clone(),
        // Not `contiguous`: to candle a dimension of size 1 is contiguous whatever its stride.
        (Device::Cpu, _) => x.force_contiguous()?,
        _ => x.contiguous()?,
    };
    let mut parameters = Vec::with_capacity(2);
    for (direction, own) in weights.chunks_exact(weights.len() / dims.directions).enumerate() {
        let states = states.iter().map(|state| state.narrow(1, direction * dims.hidden, dims.hidden)?.contiguous());
        let own = own.iter().cloned().map(Ok).chain(states);
        parameters.push(pack(&own.collect::<Result<Vec<_>>>()?)?);
    }
    let first = &parameters[0];
    let second = match parameters.get(1) {
        Some(second) => second,
        None => &Tensor::zeros(1, x.dtype(), x.device())?,
    };
    let pass: Arc<dyn ForwardPass> = match (x.device(), x.dtype()) {
        (Device::Cpu, DType::F64) => Arc::new(Sequence::<f64>::forward(dims, packing, &x, [first, second])?),
        (Device::Cpu, _) => Arc::new(Sequence::<f32>::forward(dims, packing, &x, [first, second])?),
        _ => Gpu::sequence(dims, packing, &x, [first, second])?,
    };
    let node = |result: NodeResult, shape: &[usize]| {
        x.apply_op3(first, second, SequenceNode { pass: pass.clone(), result, shape: Shape::from(shape) })
    };
    let (batch, width) = (dims.batch, dims.output_width());
    let output = node(NodeResult::Output, &[batch, dims.steps, width])?;
    let (h_n, c_n) = match dims.cell {
        Cell::Lstm => {
            let states = node(NodeResult::States, &[2, batch, width])?;
            (states.get(0)?, Some(states.get(1)?))
        }
        Cell::Rnn(_) | Cell::Gru => (node(NodeResult::States, &[batch, width])?, None),
    };
    Ok(SequenceOutput {
        output,
        h_n,
        c_n,
        gate: dims.gates.then(|| -> GateFn { Box::new(move |index| pass.gate(index)) }),
    })
}

/// The numbers of some tensors as one row of numbers, one tensor after the other.
fn pack(tensors: &[Tensor]) -> Result<Tensor> {
    match tensors {
        [one] => one.flatten_all(),
        [a, b] => a.apply_op2(b, Pack),
        [a, b, c] => a.apply_op3(b, c, Pack),
        more => pack(&more.chunks(3).map(pack).collect::<Result<Vec<_>>>()?),
    }
}

/// As `Tensor::cat`, of two or three tensors of any shape: candle's own needs a node more for each, and as many sums.
struct Pack;

fn packed<S>(tensors: &[(&S, &Layout)]) -> Result<(S, Shape)>
where
    S: BackendStorage<Device: BackendDevice<Storage = S>>,
{
    let (first, _) = tensors[0];
    let shape = Shape::from(tensors.iter().map(|(_, layout)| layout.shape().elem_count()).sum::<usize>());
    // SAFETY: the copies fill it.
    let mut all = unsafe { first.device().alloc_uninit(&shape, first.dtype())? };
    let mut start = 0;
    for (numbers, layout) in tensors {
        numbers.copy_strided_src(&mut all, start, layout)?;
        start += layout.shape().elem_count();
    }
    Ok((all, shape))
}

/// The part of a gradient that is that of one tensor, from `start` on.
fn unpacked(gradient: &Tensor, start: usize, tensor: &Tensor) -> Result<Option<Tensor>> {
    gradient.narrow(0, start, tensor.elem_count())?.reshape(tensor.shape()).map(Some)
}

impl CustomOp2 for Pack {
    fn name(&self) -> &'static str {
        "pack"
    }

    fn cpu_fwd(&self, a: &CpuStorage, l: &Layout, b: &CpuStorage, m: &Layout) -> Result<(CpuStorage, Shape)> {
        packed(&[(a, l), (b, m)])
    }

    fn cuda_fwd(&self, a: &CudaStorage, l: &Layout, b: &CudaStorage, m: &Layout) -> Result<(CudaStorage, Shape)> {
        packed(&[(a, l), (b, m)])
    }

    fn bwd(&self, a: &Tensor, b: &Tensor, _: &Tensor, gradient: &Tensor) -> Result<(Option<Tensor>, Option<Tensor>)> {
        Ok((unpacked(gradient, 0, a)?, unpacked(gradient, a.elem_count(), b)?))
    }
}

impl CustomOp3 for Pack {
    fn name(&self) -> &'static str {
        "pack"
    }

    fn cpu_fwd(
        &self,
        a: &CpuStorage,
        l: &Layout,
        b: &CpuStorage,
        m: &Layout,
        c: &CpuStorage,
        n: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        packed(&[(a, l), (b, m), (c, n)])
    }

    fn cuda_fwd(
        &self,
        a: &CudaStorage,
        l: &Layout,
        b: &CudaStorage,
        m: &Layout,
        c: &CudaStorage,
        n: &Layout,
    ) -> Result<(CudaStorage, Shape)> {
        packed(&[(a, l), (b, m), (c, n)])
    }

    fn bwd(&self, a: &Tensor, b: &Tensor, c: &Tensor, _: &Tensor, gradient: &Tensor) -> Result<InputGrads> {
        let (second, third) = (a.elem_count(), a.elem_count() + b.elem_count());
        Ok((unpacked(gradient, 0, a)?, unpacked(gradient, second, b)?, unpacked(gradient, third, c)?))
    }
}

/// A layer after its forward pass on one device, with what the backward pass needs.
pub(crate) trait ForwardPass: Send + Sync {
    /// The numbers of one result.
    fn result(&self, result: NodeResult) -> Result<Storage>;

    /// One gate of every step, (B, T, D·H), in the order of the weights' rows; the next index is c of an LSTM.
    fn gate(&self, index: usize) -> Result<Tensor>;

    /// From the gradient of one result, contiguous, to those of the node's inputs.
    fn backward(
        &self,
        x: &Tensor,
        parameters: [&Tensor; 2],
        result: NodeResult,
        gradient: &Tensor,
    ) -> Result<InputGrads>;
}

/// What a node returns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NodeResult {
    /// h_t of every step, (B, T, D·H); zero after a sequence's end.
    Output,
    /// h and, of an LSTM, c at each sequence's own end, (S, B, D·H).
    States,
}

/// The gradients of a node's inputs: x (B, T, E), and the parameters of each direction.
pub(crate) type InputGrads = (Option<Tensor>, Option<Tensor>, Option<Tensor>);

/// From x and the parameters of each direction, its weights and initial states, to one result of a layer.
struct SequenceNode {
    pass: Arc<dyn ForwardPass>,
    result: NodeResult,
    shape: Shape,
}

impl CustomOp3 for SequenceNode {
    fn name(&self) -> &'static str {
        "sequence"
    }

    fn cpu_fwd(
        &self,
        _: &CpuStorage,
        _: &Layout,
        _: &CpuStorage,
        _: &Layout,
        _: &CpuStorage,
        _: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        match self.pass.result(self.result)? {
            Storage::Cpu(numbers) => Ok((numbers, self.shape.clone())),
            _ => bail!("sequence: expected tensors on the CPU"),
        }
    }

    fn cuda_fwd(
        &self,
        _: &CudaStorage,
        _: &Layout,
        _: &CudaStorage,
        _: &Layout,
        _: &CudaStorage,
        _: &Layout,
    ) -> Result<(CudaStorage, Shape)> {
        match self.pass.result(self.result)? {
            Storage::Cuda(numbers) => Ok((numbers, self.shape.clone())),
            _ => bail!("sequence: expected tensors on a GPU"),
        }
    }

    fn bwd(&self, x: &Tensor, first: &Tensor, second: &Tensor, _: &Tensor, gradient: &Tensor) -> Result<InputGrads> {
        self.pass.backward(x, [first, second], self.result, &gradient.contiguous()?)
    }
}

/// A layer after its forward pass on the CPU. Each direction processes the parts of a batch one by one, in parallel if
/// they are worth it.
struct Sequence<T> {
    dims: RnnDims,
    /// The parts of the batch.
    parts: Vec<Packing>,
    /// Of each part in the first direction, then in the second.
    saved: Vec<SavedForBackward<T>>,
}

/// Into how many parts a batch is cut. It depends on the batch alone, and the parts' gradients are added in their order:
/// the number of threads changes no result.
fn part_count(dims: &RnnDims, packing: &Packing) -> usize {
    /// Fewer rows are slower to multiply with.
    const ROWS: usize = 8;
    /// More parts than most machines have cores.
    const MOST: usize = 8;
    let worth_it = nanoseconds(dims, packing) / PAR_THRESHOLD;
    worth_it.min(dims.batch / ROWS).clamp(1, MOST)
}

/// How long one direction takes, roughly: a nanosecond for 40 multiply-adds.
fn nanoseconds(dims: &RnnDims, packing: &Packing) -> usize {
    dims.weight_count() * packing.rows() / 40
}

impl<T: Scalar> Sequence<T> {
    /// `x` (B, T, E) may have any strides with contiguous vectors; the parameters of a direction are its weights as
    /// [`RnnDims::weights`] reads them, then its initial states, (B, H) each.
    fn forward(dims: RnnDims, packing: Packing, x: &Tensor, parameters: [&Tensor; 2]) -> Result<Self> {
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
        let parts = packing.parts(part_count(&dims, &packing));
        // Read here and not inside `par_for_each`, whose threads must not wait for a lock.
        let saved = read_both(parameters, |parameters: [&[T]; 2]| {
            each_part(&dims, &parts, |_, op| op.forward(x, parameters[op.index]))
        })?;
        Ok(Self { dims, parts, saved })
    }

    /// What each part has saved, with its direction and its sequences.
    fn saved(&self) -> impl Iterator<Item = (usize, &Packing, &SavedForBackward<T>)> {
        let places =
            (0..self.dims.directions).flat_map(|direction| self.parts.iter().map(move |part| (direction, part)));
        places.zip(&self.saved).map(|((direction, part), saved)| (direction, part, saved))
    }

    /// (S, B, D·H)
    fn final_states(&self) -> Vec<T> {
        let size = self.dims.batch * self.dims.output_width();
        let mut states = vec![T::zero(); self.dims.cell.states() * size];
        let own = DirectionRows { size: self.dims.hidden, direction: 0, directions: 1 };
        for (direction, part, SavedForBackward { activations, .. }) in self.saved() {
            let (rows, last_rows) = (self.dims.direction_rows(direction), part.last_rows());
            for (state, all) in states.chunks_exact_mut(size).zip([&activations.h, &activations.c]) {
                rows.scatter(state, &own.gather(all, &last_rows), &part.order);
            }
        }
        states
    }

    /// (B, T, D·H) from the first H of every `stride` numbers, for each packed row; zero after a sequence's end.
    fn padded<'a>(&'a self, numbers: impl Fn(&'a SavedActivations<T>) -> &'a [T], stride: usize) -> Vec<T> {
        let mut all = vec![T::zero(); self.dims.batch * self.dims.steps * self.dims.output_width()];
        for (direction, _, saved) in self.saved() {
            let rows = self.dims.direction_rows(direction);
            rows.scatter_parts(&mut all, numbers(&saved.activations), stride, &saved.padded_index);
        }
        all
    }

    /// The sum over the directions, in the padded order of x.
    fn d_x(&self, gradients: &[DirectionGrads<T>]) -> Vec<T> {
        let size = self.dims.input;
        let mut d_x = vec![T::zero(); self.dims.batch * self.dims.steps * size];
        for ((direction, _, saved), own) in self.saved().zip(gradients) {
            for (own, &index) in own.x.chunks_exact(size).zip(&saved.padded_index) {
                let d_x = &mut d_x[index * size..][..size];
                match direction {
                    0 => d_x.copy_from_slice(own),
                    _ => d_x.iter_mut().zip(own).for_each(|(sum, &x)| *sum += x),
                }
            }
        }
        d_x
    }
}

impl<T: Scalar> ForwardPass for Sequence<T> {
    fn result(&self, result: NodeResult) -> Result<Storage> {
        let numbers = match result {
            NodeResult::Output => self.padded(|activations| &activations.h, self.dims.hidden),
            NodeResult::States => self.final_states(),
        };
        Ok(Storage::Cpu(T::storage(numbers)))
    }

    fn gate(&self, index: usize) -> Result<Tensor> {
        let (count, size) = (self.dims.cell.gates(), self.dims.hidden);
        let gate = match index < count {
            true => self.padded(|activations| &activations.gates[index * size..], count * size),
            false => self.padded(|activations| &activations.c, size),
        };
        Ok(tensor(gate, (self.dims.batch, self.dims.steps, self.dims.output_width())))
    }

    fn backward(
        &self,
        x: &Tensor,
        parameters: [&Tensor; 2],
        result: NodeResult,
        gradient: &Tensor,
    ) -> Result<InputGrads> {
        let gradients = read(gradient, |gradient: &[T]| {
            read_both(parameters, |parameters: [&[T]; 2]| {
                each_part(&self.dims, &self.parts, |item, op| {
                    op.backward(&self.saved[item], parameters[op.index], result, gradient)
                })
            })
        })??;
        let d_x = tensor(self.d_x(&gradients), x.shape());
        let mut own = gradients.chunks(self.parts.len()).map(|parts| {
            let mut sum = parts[0].parameters.clone();
            for part in &parts[1..] {
                sum.iter_mut().zip(&part.parameters).for_each(|(sum, &d)| *sum += d);
            }
            let count = sum.len();
            tensor(sum, count)
        });
        Ok((Some(d_x), own.next(), own.next()))
    }
}

/// Calls `work` with the numbers of two tensors.
fn read_both<T: Scalar, R>([a, b]: [&Tensor; 2], work: impl FnOnce([&[T]; 2]) -> R) -> Result<R> {
    read(a, |a| read(b, |b| work([a, b])))?
}

/// Calls `work` for each part in each direction, with its number; they run in parallel.
fn each_part<R: Send>(dims: &RnnDims, parts: &[Packing], work: impl Fn(usize, DirectionOp) -> R + Sync) -> Vec<R> {
    let mut results: Vec<Option<R>> = (0..dims.directions * parts.len()).map(|_| None).collect();
    let alone: usize = parts.iter().map(|part| dims.directions * nanoseconds(dims, part)).sum();
    par_for_each(alone, results.iter_mut().enumerate(), |(item, result)| {
        let op = DirectionOp { dims, packing: &parts[item % parts.len()], index: item / parts.len() };
        *result = Some(work(item, op));
    });
    results.into_iter().flatten().collect()
}
