//! A recurrent layer over a batch of sequences: all its directions, forward and backward, and its nodes in candle's
//! graph.
//!
//! A node of the graph has at most three inputs and one output, and candle adds up whole gradients at each node. So the
//! nodes of a layer pass on a *handle*, a tensor of three numbers that only orders them; what the layer computes is
//! kept beside the graph:
//!
//! ```text
//! weights and initial states → ParameterNode → ParameterNode → … ┐
//!                                                              x ┴→ SequenceNode ─┬→ OutputNode: output
//!                                                                                 ├→ OutputNode: h_n
//!                                                                                 └→ OutputNode: c_n
//! ```
//!
//! In the backward pass each `OutputNode` that has a gradient stores it under a new key and returns that key, at its
//! own index, as the gradient of the handle. The sum of these holds the keys of all gradients of this backward pass.
//! `SequenceNode` takes these gradients, returns the gradient of x, and stores those of the parameters under one key,
//! with which each `ParameterNode` finds its own. So any number of backward passes can go through one graph, also at
//! the same time.
//!
//! One packed tensor for the parameters and one for the outputs would need a single node, as on a GPU, but candle then
//! sums zeros and gradients of that whole size: training steps of small models took up to 4 % longer.

use super::{
    Cell, InputView, Packing, RnnDims, Scalar,
    direction::{DirectionGrads, DirectionOp, SavedActivations, SavedForBackward},
    gpu::{Gpu, GpuOps},
    par_for_each, tensor,
};
use candle_core::{CpuStorage, CustomOp1, CustomOp2, DType, Device, Layout, Result, Shape, Storage, Tensor, bail};
use std::{
    collections::HashMap,
    slice::from_ref,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

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

/// One layer over a batch, where [`is_fused`]; the arguments are those of [`Sequence::forward`].
pub(crate) fn sequence(
    dims: RnnDims,
    packing: Packing,
    x: &Tensor,
    weights: &[Tensor],
    states: &[Tensor],
) -> Result<SequenceOutput> {
    // Not `contiguous`: to candle a dimension of size 1 is contiguous whatever its stride.
    let x = match x.stride() {
        [.., 1] => x.clone(),
        _ => x.force_contiguous()?,
    };
    match (x.device(), x.dtype()) {
        (Device::Cpu, DType::F64) => sequence_on_cpu::<f64>(dims, packing, &x, weights, states),
        (Device::Cpu, _) => sequence_on_cpu::<f32>(dims, packing, &x, weights, states),
        _ => Gpu::sequence(dims, packing, &x, weights, states),
    }
}

fn sequence_on_cpu<T: Scalar>(
    dims: RnnDims,
    packing: Packing,
    x: &Tensor,
    weights: &[Tensor],
    states: &[Tensor],
) -> Result<SequenceOutput> {
    let pass = Arc::new(ForwardPass {
        sequence: Sequence::<T>::forward(dims, packing, x, weights, states)?,
        stored: Mutex::default(),
    });
    let mut handle = tensor(new_handle::<T>(), OUTPUTS);
    for (index, parameter) in weights.iter().chain(states).enumerate() {
        let pass = pass.clone();
        handle = handle.apply_op2(parameter, ParameterNode { pass, index })?;
    }
    let handle = x.apply_op2(&handle, SequenceNode(pass.clone()))?;
    let output_shape = Shape::from((dims.batch, dims.steps, dims.output_width()));
    let state_shape = Shape::from((dims.batch, dims.output_width()));
    let output = |output: Output, shape: &Shape| {
        handle.apply_op1(OutputNode { pass: pass.clone(), output, shape: shape.clone() })
    };
    Ok(SequenceOutput {
        output: output(Output::EveryStep, &output_shape)?,
        h_n: output(Output::State(0), &state_shape)?,
        c_n: (dims.cell == Cell::Lstm).then(|| output(Output::State(1), &state_shape)).transpose()?,
        gate: dims
            .gates
            .then(|| -> GateFn { Box::new(move |index| Ok(tensor(pass.sequence.gate(index), output_shape.clone()))) }),
    })
}

/// A forward pass, and the gradients that are on their way between two nodes.
struct ForwardPass<T> {
    sequence: Sequence<T>,
    stored: Mutex<StoredGrads>,
}

/// Gradients by their key. Keys begin at 1.
#[derive(Default)]
struct StoredGrads {
    last_key: usize,
    by_key: HashMap<usize, Vec<Option<Tensor>>>,
}

impl<T: Scalar> ForwardPass<T> {
    fn stored(&self) -> MutexGuard<'_, StoredGrads> {
        self.stored.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Stores gradients for another node. Returns the gradient of the handle: their key, at this index.
    fn store(&self, index: usize, gradients: Vec<Option<Tensor>>) -> Tensor {
        let mut stored = self.stored();
        stored.last_key += 1;
        let key = stored.last_key;
        stored.by_key.insert(key, gradients);
        let mut d_handle = new_handle::<T>();
        d_handle[index] = T::from_f64(key as f64);
        tensor(d_handle, OUTPUTS)
    }
}

/// The numbers of a handle: one for each output.
const OUTPUTS: usize = 3;

fn new_handle<T: Scalar>() -> Vec<T> {
    vec![T::zero(); OUTPUTS]
}

/// The keys in the gradient of a handle, 0 where there is none.
fn keys<T: Scalar>(d_handle: &Tensor) -> Result<Vec<usize>> {
    super::read(d_handle, |keys: &[T]| {
        let keys = keys.iter().map(|&key| Scalar::to_f64(key) as usize);
        keys.collect()
    })
}

/// Returns the gradient of one parameter.
struct ParameterNode<T> {
    pass: Arc<ForwardPass<T>>,
    index: usize,
}

impl<T: Scalar> CustomOp2 for ParameterNode<T> {
    fn name(&self) -> &'static str {
        "sequence parameter"
    }

    fn cpu_fwd(&self, _: &CpuStorage, _: &Layout, _: &CpuStorage, _: &Layout) -> Result<(CpuStorage, Shape)> {
        Ok((T::storage(new_handle()), Shape::from(OUTPUTS)))
    }

    fn bwd(
        &self,
        _: &Tensor,
        parameter: &Tensor,
        _: &Tensor,
        d_handle: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let key = keys::<T>(d_handle)?[0];
        let mut stored = self.pass.stored();
        let gradients = stored.by_key.get_mut(&key);
        let gradient = gradients.and_then(|gradients| gradients.get_mut(self.index)?.take());
        // The first parameter is the last one in the backward pass.
        if self.index == 0 {
            stored.by_key.remove(&key);
        }
        match gradient {
            Some(gradient) => {
                Ok(((self.index > 0).then(|| d_handle.clone()), Some(gradient.reshape(parameter.shape())?)))
            }
            None => bail!("sequence: no gradient of parameter {}", self.index),
        }
    }
}

/// From the gradients of the outputs to those of the inputs.
struct SequenceNode<T>(Arc<ForwardPass<T>>);

impl<T: Scalar> CustomOp2 for SequenceNode<T> {
    fn name(&self) -> &'static str {
        "sequence"
    }

    fn cpu_fwd(&self, _: &CpuStorage, _: &Layout, _: &CpuStorage, _: &Layout) -> Result<(CpuStorage, Shape)> {
        Ok((T::storage(new_handle()), Shape::from(OUTPUTS)))
    }

    fn bwd(&self, x: &Tensor, _: &Tensor, _: &Tensor, d_handle: &Tensor) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let mut gradients = [const { None }; OUTPUTS];
        for (gradient, key) in gradients.iter_mut().zip(keys::<T>(d_handle)?) {
            if key > 0 {
                let stored = self.0.stored().by_key.remove(&key);
                *gradient = stored.into_iter().flatten().next().flatten();
                if gradient.is_none() {
                    bail!("sequence: no gradient under key {key}");
                }
            }
        }
        let [output, h_n, c_n] = gradients;
        let input_grads = read_optional(output.as_ref(), |output| {
            read_optional(h_n.as_ref(), |h_n| {
                read_optional(c_n.as_ref(), |c_n| {
                    let states = [h_n, c_n];
                    self.0.sequence.backward(&OutputGrads::<T> { output, states })
                })
            })
        })???;
        let parameters = input_grads.parameters.into_iter();
        let parameters = parameters.map(|values| {
            let count = values.len();
            Some(tensor(values, count))
        });
        let d_handle = self.0.store(0, parameters.collect());
        Ok((Some(tensor(input_grads.x, x.shape())), Some(d_handle)))
    }
}

fn read_optional<T: Scalar, R>(tensor: Option<&Tensor>, read: impl FnOnce(Option<&[T]>) -> R) -> Result<R> {
    match tensor {
        Some(tensor) => super::read::<T, _>(tensor, |values| read(Some(values))),
        None => Ok(read(None)),
    }
}

/// One output of a layer.
struct OutputNode<T> {
    pass: Arc<ForwardPass<T>>,
    output: Output,
    shape: Shape,
}

enum Output {
    /// h of every step.
    EveryStep,
    /// h_n or c_n.
    State(usize),
}

impl Output {
    /// Its index in a handle.
    fn index(&self) -> usize {
        match self {
            Self::EveryStep => 0,
            Self::State(index) => 1 + index,
        }
    }
}

impl<T: Scalar> CustomOp1 for OutputNode<T> {
    fn name(&self) -> &'static str {
        "sequence output"
    }

    fn cpu_fwd(&self, _: &CpuStorage, _: &Layout) -> Result<(CpuStorage, Shape)> {
        let values = match self.output {
            Output::EveryStep => self.pass.sequence.output(),
            Output::State(index) => self.pass.sequence.final_state(index),
        };
        Ok((T::storage(values), self.shape.clone()))
    }

    fn bwd(&self, _: &Tensor, _: &Tensor, gradient: &Tensor) -> Result<Option<Tensor>> {
        let gradients = vec![Some(gradient.contiguous()?)];
        Ok(Some(self.pass.store(self.output.index(), gradients)))
    }
}

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
