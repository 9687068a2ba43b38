//! A recurrent layer as nodes of candle's graph.
//!
//! A layer reads and gives more tensors than one node can, and candle adds up a whole gradient at every node that a number passes. So the
//! nodes here pass a *ticket* from one to the next, a tensor of one number that only orders the graph; what a layer reads and gives lies
//! beside it:
//!
//! ```text
//! weights and initial states → Read → Read → …   ┐
//!                                              x ┴→ Turn ─┬→ Give: output
//!                                                         ├→ Give: h_n
//!                                                         └→ Give: c_n
//! ```
//!
//! On the way back each `Give` that has a gradient leaves it for `Turn`, with a power of two as the gradient of its ticket. Their sum tells
//! `Turn` which have come. It computes all gradients, returns that of x and leaves those of the parameters for the `Read`s. Each is stored
//! by thread, as candle goes back through a graph on one: two threads may go back through the same graph.

use super::{
    Scalar,
    cell::Cell,
    form::Form,
    packing::Packing,
    sequence::{Arrived, Sequence},
    tensor,
};
use candle_core::{CpuStorage, CustomOp1, CustomOp2, Layout, Result, Shape, Tensor, bail};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    thread::{self, ThreadId},
};

/// What a layer gives.
pub(crate) struct Given {
    /// (B, T, D·H)
    pub output: Tensor,
    /// (B, D·H)
    pub h_n: Tensor,
    /// (B, D·H), of an LSTM.
    pub c_n: Option<Tensor>,
    /// If asked for: the gates and, of an LSTM, c, (B, T, D·H) each. They carry no gradient.
    pub gates: Vec<Tensor>,
}

/// One layer over a batch on the CPU; the arguments are those of [`Sequence::forward`].
pub(crate) fn sequence<T: Scalar>(
    form: Form,
    packing: Packing,
    x: &Tensor,
    weights: &[Tensor],
    states: &[Tensor],
) -> Result<Given> {
    let run = Sequence::<T>::forward(form, packing, x, weights, states)?;
    let run = Arc::new(Run {
        sequence: run,
        under_way: Mutex::default(),
    });
    let mut ticket = tensor(vec![T::zero()], 1);
    for (index, parameter) in weights.iter().chain(states).enumerate() {
        let run = run.clone();
        ticket = ticket.apply_op2(parameter, Read { run, index })?;
    }
    let ticket = x.apply_op2(&ticket, Turn(run.clone()))?;
    let every_step = Shape::from((form.batch, form.steps, form.wide()));
    let give = |part, shape| {
        let run = run.clone();
        ticket.apply_op1(Give { run, part, shape })
    };
    let state = |index| give(Part::State(index), (form.batch, form.wide()).into());
    let gates = match form.gates {
        true => run.sequence.gates(),
        false => Vec::new(),
    };
    Ok(Given {
        output: give(Part::Output, every_step.clone())?,
        h_n: state(0)?,
        c_n: (form.cell == Cell::Lstm).then(|| state(1)).transpose()?,
        gates: gates
            .into_iter()
            .map(|gate| tensor(gate, every_step.clone()))
            .collect(),
    })
}

struct Run<T> {
    sequence: Sequence<T>,
    under_way: Mutex<HashMap<ThreadId, UnderWay>>,
}

/// The gradients between two nodes, of one thread.
#[derive(Default)]
struct UnderWay {
    /// To `Turn`, by [`Part::place`].
    arrived: [Option<Tensor>; 3],
    /// To each `Read`.
    leaving: Vec<Option<Tensor>>,
}

impl<T> Run<T> {
    fn under_way<R>(&self, change: impl FnOnce(&mut UnderWay) -> R) -> R {
        let mut all = self
            .under_way
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        change(all.entry(thread::current().id()).or_default())
    }
}

/// A ticket, or its gradient.
fn ticket<T: Scalar>(value: f64) -> Tensor {
    tensor(vec![T::of(value)], 1)
}

fn no_ticket<T: Scalar>() -> Result<(CpuStorage, Shape)> {
    Ok((T::storage(vec![T::zero()]), Shape::from(1)))
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
        no_ticket::<T>()
    }

    fn bwd(
        &self,
        _: &Tensor,
        parameter: &Tensor,
        _: &Tensor,
        _: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let take = |under_way: &mut UnderWay| under_way.leaving.get_mut(self.index)?.take();
        match self.run.under_way(take) {
            Some(gradient) => Ok((
                Some(ticket::<T>(0.0)),
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
        no_ticket::<T>()
    }

    fn bwd(
        &self,
        x: &Tensor,
        _: &Tensor,
        _: &Tensor,
        d_ticket: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let come = super::read::<T, _>(d_ticket, |sum| sum[0].wide())? as usize;
        let arrived = self
            .0
            .under_way(|under_way| std::mem::take(&mut under_way.arrived));
        let mut given = [None; 3];
        for (place, given) in given.iter_mut().enumerate() {
            if come & (1 << place) != 0 {
                *given = arrived[place].as_ref();
                if given.is_none() {
                    bail!(
                        "sequence: two ways back crossed on one thread, as in a pool's task that runs another one"
                    );
                }
            }
        }
        let [output, h_n, c_n] = given;
        let leaving = read_some(output, |output| {
            read_some(h_n, |h_n| {
                read_some(c_n, |c_n| {
                    let states = [h_n, c_n];
                    self.0.sequence.backward(&Arrived::<T> { output, states })
                })
            })
        })???;
        let parameters = leaving.parameters.into_iter();
        let parameters = parameters.map(|values| {
            let count = values.len();
            Some(tensor(values, count))
        });
        self.0
            .under_way(|under_way| under_way.leaving = parameters.collect());
        Ok((Some(tensor(leaving.x, x.shape())), Some(ticket::<T>(0.0))))
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
        let (gradient, place) = (gradient.contiguous()?, self.part.place());
        self.run
            .under_way(|under_way| under_way.arrived[place] = Some(gradient));
        Ok(Some(ticket::<T>((1 << place) as f64)))
    }
}
