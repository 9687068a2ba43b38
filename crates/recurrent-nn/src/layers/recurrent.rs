//! What recurrent layers share: weights, inputs, outputs, and the forward pass through the fused operation.

use super::{
    cell::{CellOutput, RnnCell},
    expect_dtype, expect_sizes, gru, lstm, rnn, step_by_step,
};
use crate::{
    Error, Init, Module, Result,
    init::Scheme,
    ops::{self, Cell, Packing, RnnDims},
    trace::{self, Probe},
};
use candle_core::{CpuStorage, CudaStorage, CustomOp1, Layout, Shape, Tensor, Var, backend::BackendStorage};
use std::{
    cell::RefCell,
    fmt,
    sync::{Arc, OnceLock},
};

/// A layer that reads sequences step by step: [`SimpleRnn`](super::SimpleRnn), [`Lstm`](super::Lstm),
/// [`Gru`](super::Gru), a cell of one's own ([`Rnn`](super::Rnn)), or two of them in both directions
/// ([`Bidirectional`](super::Bidirectional)).
///
/// Shapes below: x (B, T, E), H the hidden size, D the number of directions (1 or 2).
pub trait Recurrent: Module {
    /// The cell of each direction: one, or that of the forward and that of the backward direction.
    fn cells(&self) -> Vec<&dyn RnnCell>;

    /// D·H, the size of the last dimension of its output.
    fn output_size(&self) -> usize {
        self.cells().iter().map(|cell| cell.hidden_size()).sum()
    }

    /// All sequences from a zero state. Without `lengths` every sequence has T steps, so padding takes part; with them
    /// (`mask_zero` in Keras, a packed sequence in PyTorch) the steps after a sequence's end take no part: their output
    /// is zero, they get no gradient, and the final state is that at the sequence's own end.
    ///
    /// Padded steps must hold finite numbers, such as zero: an infinite one spoils gradients where whole tensors are
    /// multiplied, as on a GPU.
    ///
    /// Errors: x is not (B, T, E) or of another dtype than the weights; not B lengths, or one that is not in 1..=T.
    fn forward(&self, x: &Tensor, lengths: Option<&[usize]>) -> Result<Hidden> {
        let options = ForwardOptions { lengths, ..ForwardOptions::default() };
        self.forward_with(x, &options)
    }

    /// [`forward`](Self::forward) with options.
    ///
    /// Errors: as `forward`; an initial state that is not (B, D·H) or of another dtype than the weights, without c for
    /// an LSTM or with c for another cell; `reverse` with two directions.
    fn forward_with(&self, x: &Tensor, options: &ForwardOptions) -> Result<Hidden> {
        let cells = self.cells();
        let weights: Option<Vec<&Weights>> = cells.iter().map(|cell| cell.weights()).collect();
        let initial = options.initial.map(State::linked).transpose()?;
        let options = &ForwardOptions { initial: initial.as_ref(), ..*options };
        let batch_first = if options.time_first && x.rank() > 1 { x.transpose(0, 1)? } else { x.clone() };
        let compute = |options: &ForwardOptions, probes: Option<&mut Vec<Vec<Probe>>>| {
            let packing = check(&cells, &batch_first, options)?;
            match &weights {
                Some(weights) if !options.step_by_step && ops::is_fused(x, weights[0].hidden) => {
                    fused(weights, &batch_first, options, packing)
                }
                _ => step_by_step::forward(&cells, &batch_first, options, &packing, probes),
            }
        };
        let hidden = trace::layer(&cells, &batch_first, options, compute)?;
        trace::output(self, &[&hidden.output, &hidden.h_n]);
        Ok(if options.time_first { hidden.time_first()? } else { hidden })
    }
}

/// Options of a recurrent layer's forward pass.
#[derive(Debug, Clone, Copy, Default)]
pub struct ForwardOptions<'a> {
    /// The length of each sequence, B numbers in 1..=T; none if all have T.
    pub lengths: Option<&'a [usize]>,
    /// The state before the first step; none for zeros.
    pub initial: Option<&'a State>,
    /// Also return the gates of every step.
    pub gates: bool,
    /// Go from each sequence's own end to its beginning (a layer of one direction).
    pub reverse: bool,
    /// x is (T, B, E), and so are output and gates.
    pub time_first: bool,
    /// Compute with candle's own operations, one step after the other. So does a layer for which there is no fused
    /// operation: on a GPU with H above 256 or in f64. The results are the same.
    pub step_by_step: bool,
}

/// A recurrent state. With two directions the forward one comes first in D·H.
#[derive(Debug, Clone)]
pub struct State {
    /// The hidden state, (B, D·H).
    pub h: Tensor,
    /// The cell state of an LSTM, (B, D·H).
    pub c: Option<Tensor>,
}

impl State {
    /// The same numbers without the graph that they were computed by, as
    /// [`torch.Tensor.detach`](https://docs.pytorch.org/docs/stable/generated/torch.Tensor.detach.html): no gradient
    /// goes further back than this state. A state that is carried from run to run keeps the graph of all runs before;
    /// detached, it keeps none, and the memory stays the same however many follow. In training that is truncated
    /// backpropagation through time.
    ///
    /// ```
    /// # use candle_core::{Device, Tensor};
    /// use recurrent_nn::{ForwardOptions, Init, Lstm, Recurrent, State};
    /// # fn main() -> recurrent_nn::Result<()> {
    /// let lstm = Lstm::new(3, 4, &mut Init::keras(0, &Device::Cpu))?;
    /// let x = Tensor::ones((1, 1, 3), candle_core::DType::F32, &Device::Cpu)?; // one step
    /// let mut state: Option<State> = None;
    /// for _ in 0..100 {
    ///     let h = lstm.forward_with(&x, &ForwardOptions { initial: state.as_ref(), ..Default::default() })?;
    ///     state = Some(h.state().detach());
    /// }
    /// assert!(state.is_some_and(|state| !state.h.track_op())); // no graph
    /// # Ok(()) }
    /// ```
    pub fn detach(&self) -> Self {
        Self { h: self.h.detach(), c: self.c.as_ref().map(Tensor::detach) }
    }

    /// The same state behind a node that lets its graph be dropped without recursion, see `link`.
    fn linked(&self) -> Result<Self> {
        Ok(Self { h: link(&self.h)?, c: self.c.as_ref().map(link).transpose()? })
    }
}

/// The outputs of a recurrent layer. A loss that reads `output` as well as a final state goes backward through the layer
/// twice, once for each; h_n and c_n go together.
#[derive(Debug, Clone)]
pub struct Hidden {
    /// The hidden state after every step, (B, T, D·H); zero after a sequence's end.
    pub output: Tensor,
    /// The hidden state at each sequence's own end, (B, D·H); of a backward direction at its beginning.
    pub h_n: Tensor,
    /// The cell state there, (B, D·H), of an LSTM.
    pub c_n: Option<Tensor>,
    /// Every gate at every step, if requested; a simple RNN has none.
    pub gates: Option<Gates>,
}

impl Hidden {
    /// The final state, for a run that goes on from here, e.g. of a decoder. Gradients go back through it; where they
    /// need not, as when a text is written word by word, take [`State::detach`] of it, or it keeps the graph of all
    /// runs before.
    pub fn state(&self) -> State {
        State { h: self.h_n.clone(), c: self.c_n.clone() }
    }

    fn time_first(self) -> Result<Self> {
        Ok(Self { output: self.output.transpose(0, 1)?, gates: self.gates.map(Gates::time_first), ..self })
    }
}

/// The gates of every step: i, f, g, o and the cell state c of an LSTM; r, z, n of a GRU.
///
/// The forward pass saves them for the backward pass anyway, in packed order. So returning them costs next to nothing;
/// each becomes a tensor when it is first read.
#[derive(Clone)]
pub struct Gates {
    saved: Arc<SavedGates>,
    time_first: bool,
}

struct SavedGates {
    symbols: Vec<&'static str>,
    /// Each gate that has been read.
    tensors: Vec<OnceLock<Tensor>>,
    compute: ComputeGate,
}

/// Returns one gate, (B, T, D·H), by its index among the symbols.
type ComputeGate = Box<dyn Fn(usize) -> Result<Tensor> + Send + Sync>;

impl Gates {
    pub(super) fn new(
        symbols: Vec<&'static str>,
        compute: impl Fn(usize) -> Result<Tensor> + Send + Sync + 'static,
    ) -> Self {
        let tensors = symbols.iter().map(|_| OnceLock::new()).collect();
        let compute = Box::new(compute);
        Self { saved: Arc::new(SavedGates { symbols, tensors, compute }), time_first: false }
    }

    /// Their symbols: the gates in the order of the weights' rows, then c.
    pub fn symbols(&self) -> &[&'static str] {
        &self.saved.symbols
    }

    /// One gate, (B, T, D·H), by its symbol; (T, B, D·H) with `time_first`. It carries no gradient.
    ///
    /// Errors: no gate has this symbol.
    pub fn get(&self, symbol: &str) -> Result<Tensor> {
        let SavedGates { symbols, tensors, compute } = &*self.saved;
        let Some(index) = symbols.iter().position(|one| *one == symbol) else {
            return Err(Error::Shape {
                operation: "Gates::get",
                expected: format!("one of {}", symbols.join(", ")),
                got: format!("{symbol:?}"),
            });
        };
        let gate = match tensors[index].get() {
            Some(gate) => gate,
            None => {
                let gate = compute(index)?;
                tensors[index].get_or_init(|| gate)
            }
        };
        Ok(if self.time_first { gate.transpose(0, 1)? } else { gate.clone() })
    }

    pub(super) fn time_first(self) -> Self {
        Self { time_first: true, ..self }
    }
}

impl fmt::Debug for Gates {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.debug_tuple("Gates").field(&self.symbols()).finish()
    }
}

/// The weights of one direction: `weight_ih` (G·H, E), `weight_hh` (G·H, H), `bias_ih` (G·H,) and, with two biases,
/// `bias_hh` (G·H,).
#[derive(Debug, Clone)]
pub struct Weights {
    /// What its steps compute.
    pub cell: Cell,
    /// E.
    pub input: usize,
    /// H.
    pub hidden: usize,
    /// W_ih, (G·H, E): a block of H rows for each gate.
    pub weight_ih: Var,
    /// W_hh, (G·H, H).
    pub weight_hh: Var,
    /// b_ih, (G·H,).
    pub bias_ih: Var,
    /// b_hh, (G·H,), if there are two.
    pub bias_hh: Option<Var>,
}

impl Weights {
    pub(super) fn new(cell: Cell, input: usize, hidden: usize, init: &mut Init) -> Result<Self> {
        let operation = match cell {
            Cell::Rnn(_) => "SimpleRnn::new",
            Cell::Lstm => "Lstm::new",
            Cell::Gru => "Gru::new",
        };
        expect_sizes(operation, &[("input", input), ("hidden", hidden)])?;
        let rows = cell.gates() * hidden;
        let bound = 1.0 / (hidden as f64).sqrt();
        let (weight_ih, weight_hh, bias_ih, bias_hh) = match init.scheme() {
            Scheme::PyTorch => (
                init.uniform(&[rows, input], bound)?,
                init.uniform(&[rows, hidden], bound)?,
                init.uniform(&[rows], bound)?,
                Some(init.uniform(&[rows], bound)?),
            ),
            Scheme::Keras => {
                let forget = hidden..2 * hidden;
                let bias = |row: usize| f64::from(cell == Cell::Lstm && forget.contains(&row));
                (
                    init.glorot(rows, input)?,
                    init.orthogonal(rows, hidden)?,
                    init.var((0..rows).map(bias).collect(), &[rows])?,
                    match cell {
                        Cell::Gru => Some(init.constant(&[rows], 0.0)?),
                        Cell::Rnn(_) | Cell::Lstm => None,
                    },
                )
            }
        };
        Ok(Self { cell, input, hidden, weight_ih, weight_hh, bias_ih, bias_hh })
    }

    /// W_hh h + b_hh for h (B, H).
    pub(super) fn project_hidden(&self, h: &Tensor) -> Result<Tensor> {
        let z = h.matmul(&self.weight_hh.t()?)?;
        Ok(match &self.bias_hh {
            Some(bias) => z.broadcast_add(bias)?,
            None => z,
        })
    }
}

impl Module for Weights {
    fn state_dict(&self) -> Vec<(String, Var)> {
        let mut parameters = vec![
            ("weight_ih_l0".into(), self.weight_ih.clone()),
            ("weight_hh_l0".into(), self.weight_hh.clone()),
            ("bias_ih_l0".into(), self.bias_ih.clone()),
        ];
        parameters.extend(self.bias_hh.iter().map(|bias| ("bias_hh_l0".into(), bias.clone())));
        parameters
    }
}

impl RnnCell for Weights {
    fn hidden_size(&self) -> usize {
        self.hidden
    }

    fn gate_symbols(&self) -> &'static [&'static str] {
        match self.cell {
            Cell::Rnn(_) => &[],
            Cell::Lstm | Cell::Gru => self.cell.symbols(),
        }
    }

    fn has_cell_state(&self) -> bool {
        self.cell == Cell::Lstm
    }

    /// W_ih x + b_ih of all steps, (B, T, G·H) for x (B, T, E), as one product of contiguous rows, which a GPU
    /// requires.
    fn project(&self, x: &Tensor) -> Result<Tensor> {
        let (batch, steps, input) = x.dims3()?;
        let a = x.reshape((batch * steps, input))?.matmul(&self.weight_ih.t()?)?.broadcast_add(&self.bias_ih)?;
        Ok(a.reshape((batch, steps, ()))?)
    }

    fn step(&self, a: &Tensor, state: &State) -> Result<CellOutput> {
        match self.cell {
            Cell::Rnn(act) => rnn::step(self, act, a, state),
            Cell::Lstm => lstm::step(self, a, state),
            Cell::Gru => gru::step(self, a, state),
        }
    }

    fn weights(&self) -> Option<&Weights> {
        Some(self)
    }
}

/// The forward pass through the fused operation.
fn fused(weights: &[&Weights], x: &Tensor, options: &ForwardOptions, packing: Packing) -> Result<Hidden> {
    let Weights { cell, input, hidden, ref bias_hh, .. } = *weights[0];
    let (batch, steps, _) = x.dims3()?;
    let symbols = saved_symbols(weights[0]);
    let dims = RnnDims {
        cell,
        batch,
        steps,
        input,
        hidden,
        directions: weights.len(),
        reverse: options.reverse,
        two_biases: bias_hh.is_some(),
        initial: options.initial.is_some(),
        gates: options.gates && !symbols.is_empty(),
    };
    let mut parameters = Vec::new();
    for direction in weights {
        let biases = [Some(&direction.bias_ih), direction.bias_hh.as_ref()];
        let matrices = [Some(&direction.weight_ih), Some(&direction.weight_hh)];
        let own = matrices.into_iter().chain(biases).flatten();
        parameters.extend(own.map(|var| var.as_tensor().clone()));
    }
    let states = options.initial.map(|state| [Some(&state.h), state.c.as_ref()]).into_iter().flatten();
    let states: Vec<Tensor> = states.flatten().cloned().collect();
    let output = ops::sequence(dims, packing, x, &parameters, &states)?;
    Ok(Hidden {
        output: output.output,
        h_n: output.h_n,
        c_n: output.c_n,
        gates: output.gate.map(|gate| Gates::new(symbols, move |index| Ok(gate(index)?))),
    })
}

/// What two cells must have in common to be the two directions of a layer.
#[derive(Debug, PartialEq)]
pub(super) struct CellSizes {
    kind: String,
    /// What the steps of a cell of this library compute.
    cell: Option<Cell>,
    /// E, where the cell says it.
    pub input: Option<usize>,
    hidden: usize,
    two_biases: bool,
}

impl CellSizes {
    pub(super) fn of(cell: &dyn RnnCell) -> Self {
        let weights = cell.weights();
        Self {
            kind: weights.map_or_else(|| cell.kind(), |own| own.cell.name().into()),
            cell: weights.map(|own| own.cell),
            input: weights.map(|own| own.input),
            hidden: cell.hidden_size(),
            two_biases: weights.is_some_and(|own| own.bias_hh.is_some()),
        }
    }
}

/// Checks shapes, dtypes and options; returns the packed order of the sequences.
fn check(cells: &[&dyn RnnCell], x: &Tensor, options: &ForwardOptions) -> Result<Packing> {
    let sizes: Vec<CellSizes> = cells.iter().map(|cell| CellSizes::of(*cell)).collect();
    let weights = cells.first().and_then(|cell| cell.weights());
    let operation = weights.map_or("Recurrent::forward", |own| own.cell.name());
    if sizes.is_empty() || sizes.len() > 2 || sizes.last() != sizes.first() {
        return Err(Error::Shape {
            operation,
            expected: "the cell of one direction, or two cells of the same kind and sizes".into(),
            got: format!("{} directions", sizes.len()),
        });
    }
    if options.reverse && sizes.len() == 2 {
        return Err(Error::Shape {
            operation,
            expected: "one direction to run in reverse".into(),
            got: "two, of which the second is in reverse already".into(),
        });
    }
    let (input, width) = (sizes[0].input, sizes.len() * sizes[0].hidden);
    let shape =
        |expected: String, got: &Tensor| Error::Shape { operation, expected, got: format!("shape {:?}", got.dims()) };
    let (batch, steps) = match *x.dims() {
        [batch, steps, last] if input.is_none_or(|input| input == last) && batch > 0 && steps > 0 => (batch, steps),
        _ => {
            let features = input.map_or("E".to_string(), |input| input.to_string());
            return Err(shape(format!("x (B, T, {features}), B and T at least 1"), x));
        }
    };
    let states: Vec<&Tensor> =
        options.initial.iter().flat_map(|state| [Some(&state.h), state.c.as_ref()]).flatten().collect();
    for tensor in &states {
        if tensor.dims() != [batch, width] {
            return Err(shape(format!("an initial state ({batch}, {width})"), tensor));
        }
    }
    let dtype = weights.map_or(x.dtype(), |own| own.weight_ih.dtype());
    for tensor in states.into_iter().chain([x]) {
        expect_dtype(operation, tensor, dtype)?;
    }
    if let Some(state) = options.initial
        && state.c.is_some() != cells[0].has_cell_state()
    {
        return Err(Error::Shape {
            operation,
            expected: match weights {
                Some(_) => "an initial cell state c with an LSTM, and only there".into(),
                None => "an initial cell state c with a cell that has one, and only there".into(),
            },
            got: if state.c.is_some() { "one" } else { "none" }.into(),
        });
    }
    Packing::new(operation, batch, steps, options.lengths)
}

/// The symbols of a cell's gates, then that of the cell state, if it has one.
pub(super) fn saved_symbols(cell: &dyn RnnCell) -> Vec<&'static str> {
    let cell_state = cell.has_cell_state().then_some("c");
    cell.gate_symbols().iter().copied().chain(cell_state).collect()
}

// A graph of any number of runs, each of which goes on from the state of the one before, can be dropped.
//
// In candle a tensor owns the tensors that it was computed from, so dropping the last of a long chain drops the one
// before inside it, and so on: some ten thousand levels overflow the stack. A layer therefore reads an initial state
// through a node of its own that owns that state as well. The node goes last, and puts the state on a list that the
// outermost of them empties one by one.
//
// Only a chain through such states is cut into levels. One of candle's own operations alone stays as deep as it is,
// and so does a backward pass, which candle walks by recursion: a long chain that is to be learned from has to be
// detached ([`State::detach`]) now and then.

/// The same numbers, as a node that lets go of `tensor` without recursion; the tensor itself where it has no graph.
fn link(tensor: &Tensor) -> Result<Tensor> {
    match tensor.track_op() {
        true => Ok(tensor.apply_op1(Link(Some(tensor.clone())))?),
        false => Ok(tensor.clone()),
    }
}

/// Owns what it was computed from; none once it is dropped.
struct Link(Option<Tensor>);

thread_local! {
    /// What is to be dropped by the outermost drop at work; none if there is none.
    static DROPPING: RefCell<Option<Vec<Tensor>>> = const { RefCell::new(None) };
}

impl Drop for Link {
    fn drop(&mut self) {
        let Some(tensor) = self.0.take() else { return };
        // The queue of a thread that ends is gone: then the tensor goes here and now.
        let outermost = DROPPING.try_with(|dropping| match &mut *dropping.borrow_mut() {
            Some(queue) => {
                queue.push(tensor);
                false
            }
            none => {
                *none = Some(vec![tensor]);
                true
            }
        });
        let next = || DROPPING.try_with(|dropping| dropping.borrow_mut().as_mut()?.pop());
        if let Ok(true) = outermost {
            while let Ok(Some(tensor)) = next() {
                drop(tensor);
            }
            let _ = DROPPING.try_with(|dropping| dropping.borrow_mut().take());
        }
    }
}

impl CustomOp1 for Link {
    fn name(&self) -> &'static str {
        "initial state"
    }

    fn cpu_fwd(&self, state: &CpuStorage, layout: &Layout) -> candle_core::Result<(CpuStorage, Shape)> {
        copy(state, layout)
    }

    fn cuda_fwd(&self, state: &CudaStorage, layout: &Layout) -> candle_core::Result<(CudaStorage, Shape)> {
        copy(state, layout)
    }

    fn bwd(&self, _: &Tensor, _: &Tensor, gradient: &Tensor) -> candle_core::Result<Option<Tensor>> {
        Ok(Some(gradient.clone()))
    }
}

/// Times 1, plus −0: the same numbers, −0 too.
fn copy<S: BackendStorage>(state: &S, layout: &Layout) -> candle_core::Result<(S, Shape)> {
    Ok((state.affine(layout, 1.0, -0.0)?, layout.shape().clone()))
}
