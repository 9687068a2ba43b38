//! A recurrent layer as nodes of candle's graph.
//!
//! A layer reads and gives more tensors than one node can, and candle adds up a whole gradient at every node that a
//! number passes. So the nodes here pass a *ticket* from one to the next, a tensor of three numbers that only orders
//! the graph; what a layer reads and gives lies beside it:
//!
//! ```text
//! weights and initial states → Read → Read → …   ┐
//!                                              x ┴→ Turn ─┬→ Give: output
//!                                                         ├→ Give: h_n
//!                                                         └→ Give: c_n
//! ```
//!
//! On the way back each `Give` that has a gradient leaves it under a new number, its receipt, and returns that as the
//! gradient of its ticket, in its own place. Their sum holds the receipts of all that came, so `Turn` takes just these,
//! computes all gradients, returns that of x and leaves those of the parameters, whose receipt goes from `Read` to
//! `Read`. So any number of ways back may go through the same graph at once.

use super::{
    Scalar,
    cell::Cell,
    dims::RnnDims,
    gpu::{Gpu, GpuOps},
    packing::Packing,
    sequence::{OutputGrads, Sequence},
    tensor,
};
use candle_core::{
    CpuStorage, CustomOp1, CustomOp2, DType, Device, Layout, Result, Shape, Tensor, bail,
};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// What a layer gives.
pub(crate) struct SequenceOutput {
    /// (B, T, D·H)
    pub output: Tensor,
    /// (B, D·H)
    pub h_n: Tensor,
    /// (B, D·H), of an LSTM.
    pub c_n: Option<Tensor>,
    /// If asked for: gives one gate of every step, (B, T, D·H), by its place; after the gates comes c of an LSTM. They
    /// carry no gradient.
    pub gate: Option<GateFn>,
}

/// One gate by its place.
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
    let run = Sequence::<T>::forward(dims, packing, x, weights, states)?;
    let run = Arc::new(Run {
        sequence: run,
        under_way: Mutex::default(),
    });
    let mut ticket = tensor(no_receipt::<T>(), PLACES);
    for (index, parameter) in weights.iter().chain(states).enumerate() {
        let run = run.clone();
        ticket = ticket.apply_op2(parameter, Read { run, index })?;
    }
    let ticket = x.apply_op2(&ticket, Turn(run.clone()))?;
    let every_step = Shape::from((dims.batch, dims.steps, dims.output_width()));
    let give = |part, shape| {
        let run = run.clone();
        ticket.apply_op1(Give { run, part, shape })
    };
    let state = |index| give(Part::State(index), (dims.batch, dims.output_width()).into());
    Ok(SequenceOutput {
        output: give(Part::Output, every_step.clone())?,
        h_n: state(0)?,
        c_n: (dims.cell == Cell::Lstm).then(|| state(1)).transpose()?,
        gate: dims.gates.then(|| -> GateFn {
            Box::new(move |index| Ok(tensor(run.sequence.gate(index), every_step.clone())))
        }),
    })
}

struct Run<T> {
    sequence: Sequence<T>,
    under_way: Mutex<UnderWay>,
}

/// The gradients between two nodes, by their receipt.
#[derive(Default)]
struct UnderWay {
    receipts: usize,
    left: HashMap<usize, Vec<Option<Tensor>>>,
}

impl<T: Scalar> Run<T> {
    fn under_way(&self) -> MutexGuard<'_, UnderWay> {
        let under_way = self.under_way.lock();
        under_way.unwrap_or_else(PoisonError::into_inner)
    }

    /// Leaves some gradients for another node. Gives the gradient of the ticket: their receipt, in this place.
    fn leave(&self, place: usize, gradients: Vec<Option<Tensor>>) -> Tensor {
        let mut under_way = self.under_way();
        under_way.receipts += 1;
        let receipt = under_way.receipts;
        under_way.left.insert(receipt, gradients);
        let mut receipts = no_receipt::<T>();
        receipts[place] = T::from_f64(receipt as f64);
        tensor(receipts, PLACES)
    }
}

/// The places of a ticket, one for each part that a layer gives.
const PLACES: usize = 3;

fn no_receipt<T: Scalar>() -> Vec<T> {
    vec![T::zero(); PLACES]
}

/// The receipts in the gradient of a ticket, 0 where there is none.
fn receipts<T: Scalar>(d_ticket: &Tensor) -> Result<Vec<usize>> {
    super::read(d_ticket, |places: &[T]| {
        places
            .iter()
            .map(|place| Scalar::to_f64(*place) as usize)
            .collect()
    })
}

fn new_ticket<T: Scalar>() -> Result<(CpuStorage, Shape)> {
    Ok((T::storage(no_receipt()), Shape::from(PLACES)))
}

/// Hands out the gradient of one parameter.
struct Read<T> {
    run: Arc<Run<T>>,
    index: usize,
}

impl<T: Scalar> CustomOp2 for Read<T> {
    fn name(&self) -> &'static str {
        "sequence: read"
    }

    fn cpu_fwd(
        &self,
        _: &CpuStorage,
        _: &Layout,
        _: &CpuStorage,
        _: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        new_ticket::<T>()
    }

    fn bwd(
        &self,
        _: &Tensor,
        parameter: &Tensor,
        _: &Tensor,
        d_ticket: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let receipt = receipts::<T>(d_ticket)?[0];
        let mut under_way = self.run.under_way();
        let gradients = under_way.left.get_mut(&receipt);
        let gradient = gradients.and_then(|gradients| gradients.get_mut(self.index)?.take());
        // The first parameter is read last on the way back.
        if self.index == 0 {
            under_way.left.remove(&receipt);
        }
        match gradient {
            Some(gradient) => Ok((
                (self.index > 0).then(|| d_ticket.clone()),
                Some(gradient.reshape(parameter.shape())?),
            )),
            None => bail!("sequence: no gradient of parameter {}", self.index),
        }
    }
}

/// Where the way back turns from what the layer gave to what it read.
struct Turn<T>(Arc<Run<T>>);

impl<T: Scalar> CustomOp2 for Turn<T> {
    fn name(&self) -> &'static str {
        "sequence"
    }

    fn cpu_fwd(
        &self,
        _: &CpuStorage,
        _: &Layout,
        _: &CpuStorage,
        _: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        new_ticket::<T>()
    }

    fn bwd(
        &self,
        x: &Tensor,
        _: &Tensor,
        _: &Tensor,
        d_ticket: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let mut given = [const { None }; PLACES];
        for (given, receipt) in given.iter_mut().zip(receipts::<T>(d_ticket)?) {
            if receipt > 0 {
                let gradients = self.0.under_way().left.remove(&receipt);
                *given = gradients.into_iter().flatten().next().flatten();
                if given.is_none() {
                    bail!("sequence: no gradient under receipt {receipt}");
                }
            }
        }
        let [output, h_n, c_n] = given;
        let input_grads = read_some(output.as_ref(), |output| {
            read_some(h_n.as_ref(), |h_n| {
                read_some(c_n.as_ref(), |c_n| {
                    let states = [h_n, c_n];
                    self.0
                        .sequence
                        .backward(&OutputGrads::<T> { output, states })
                })
            })
        })???;
        let parameters = input_grads.parameters.into_iter();
        let parameters = parameters.map(|values| {
            let count = values.len();
            Some(tensor(values, count))
        });
        let d_ticket = self.0.leave(0, parameters.collect());
        Ok((Some(tensor(input_grads.x, x.shape())), Some(d_ticket)))
    }
}

fn read_some<T: Scalar, R>(
    tensor: Option<&Tensor>,
    read: impl FnOnce(Option<&[T]>) -> R,
) -> Result<R> {
    match tensor {
        Some(tensor) => super::read::<T, _>(tensor, |values| read(Some(values))),
        None => Ok(read(None)),
    }
}

/// One of the tensors that a layer gives.
struct Give<T> {
    run: Arc<Run<T>>,
    part: Part,
    shape: Shape,
}

enum Part {
    Output,
    /// h_n or c_n.
    State(usize),
}

impl Part {
    fn place(&self) -> usize {
        match self {
            Self::Output => 0,
            Self::State(index) => 1 + index,
        }
    }
}

impl<T: Scalar> CustomOp1 for Give<T> {
    fn name(&self) -> &'static str {
        "sequence: give"
    }

    fn cpu_fwd(&self, _: &CpuStorage, _: &Layout) -> Result<(CpuStorage, Shape)> {
        let values = match self.part {
            Part::Output => self.run.sequence.output(),
            Part::State(index) => self.run.sequence.final_state(index),
        };
        Ok((T::storage(values), self.shape.clone()))
    }

    fn bwd(&self, _: &Tensor, _: &Tensor, gradient: &Tensor) -> Result<Option<Tensor>> {
        let gradients = vec![Some(gradient.contiguous()?)];
        Ok(Some(self.run.leave(self.part.place(), gradients)))
    }
}
