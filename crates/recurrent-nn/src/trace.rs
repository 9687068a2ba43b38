//! Inputs, states and gates of every layer in one forward pass of any model: the idea of [forward
//! hooks](https://docs.pytorch.org/docs/stable/generated/torch.nn.modules.module.register_module_forward_hook.html).
//!
//! While [`record`] runs a model's `forward`, each recurrent layer records its inputs and outputs; the gates come from
//! the same pass. The records are named as in [`Module::layers`], where a layer is identified by its weights.

use crate::{
    Batch, DropoutSpec, Error, ForwardOptions, Gates, Hidden, Model, Module, Recurrent, Result, RnnCell, State,
    layers::Weights,
};
use candle_core::{D, Tensor, TensorId, Var};
use std::{cell::RefCell, collections::HashSet};

/// Options of [`record`].
#[derive(Debug, Clone, Default)]
pub struct Watch {
    /// Put a [`Probe`] on every state; for this the layers run step by step.
    pub probes: bool,
    /// Whether the recurrent layers mask the padding by the batch's lengths; none: as `forward` says.
    pub mask: Option<bool>,
    /// Multiply the word vectors of sequence b by `scales[b]`, in every embedding.
    pub scales: Option<Vec<f64>>,
}

/// The record of a forward pass.
#[derive(Debug)]
pub struct Record {
    /// The result of `forward`.
    pub logits: Tensor,
    /// The recurrent layers in the order in which they ran, one entry for each direction.
    pub layers: Vec<LayerRecord>,
    /// The word vectors of each embedding, with [`Watch::scales`].
    pub embedded: Vec<Embedded>,
}

/// One direction of a recurrent layer in a forward pass.
#[derive(Debug, Clone)]
pub struct LayerRecord {
    /// [`Direction::name`]; " (2)", " (3)", … follows it where a layer runs again in the same pass.
    pub name: String,
    /// The layer's direction, with its weights.
    pub direction: Direction,
    /// Its input, (B, T, E).
    pub input: Tensor,
    /// How many of the T steps it computed for each sequence.
    pub lengths: Vec<usize>,
    /// The state before its first step, (B, H); none for zeros.
    pub initial: Option<State>,
    /// With [`Watch::probes`], a probe for each step, in the order of reading.
    pub probes: Vec<Probe>,
    /// The outputs of all directions, of which this is the one at `index`.
    hidden: Hidden,
    index: usize,
}

/// Zeros (B, H) that were added to the states after one step, for the gradients on them.
#[derive(Debug, Clone)]
pub struct Probe {
    /// The loss's gradient on it is the total derivative d loss / d h_t, through all later steps and all readers of
    /// h_t.
    pub h: Var,
    /// Of an LSTM. The gradient on it is what reaches c_t from the next cell state. What reaches c_t through
    /// h_t = o tanh(c_t) is in addition: the gradient on h times o (1 − tanh(c_t)²).
    pub c: Option<Var>,
}

/// One direction of a recurrent layer of a model.
#[derive(Debug, Clone)]
pub struct Direction {
    /// The layer's name in the model, e.g. `lstm`; the layers of a stack are `lstm.0`, `lstm.1`; that of a backward
    /// direction ends with `.reverse`.
    pub name: String,
    /// Whether it reads from each sequence's end: the second direction of two, and in a [`LayerRecord`] also one with
    /// `reverse`.
    pub reverse: bool,
    /// The type of its cell, for people to read: `SimpleRnn`, `Lstm`, `Gru` or that of a cell of one's own.
    pub kind: String,
    /// H, the number of its units.
    pub units: usize,
    /// Whether it has a cell state c.
    pub has_cell_state: bool,
    /// Its cell and weights; none of a cell of one's own.
    pub weights: Option<Weights>,
    /// The variables of its cell, by which it is known in a forward pass.
    variables: Vec<TensorId>,
}

/// The word vectors of an embedding, for a gradient on them.
#[derive(Debug, Clone)]
pub struct Embedded {
    /// The unscaled vectors, (B, T, E).
    pub vectors: Tensor,
    /// The model's input instead of them, vectors times scale, (B, T, E): a leaf of candle's graph.
    pub scaled: Var,
}

/// Runs the model's `forward` on a batch and records its layers.
///
/// Errors: those of `forward`; a recurrent layer that is no layer of the model.
///
/// ```
/// # use candle_core::{Device, Tensor};
/// use recurrent_nn::{trace::{Watch, record}, *};
/// # #[derive(Module)]
/// # struct Tagger { embedding: Embedding, lstm: Lstm, linear: Linear }
/// # impl Model for Tagger {
/// #     fn forward(&self, batch: &Batch) -> Result<Tensor> {
/// #         let h = self.lstm.forward(&self.embedding.forward(&batch.input)?, None)?;
/// #         self.linear.forward(&h.h_n)
/// #     }
/// # }
/// # fn main() -> Result<()> {
/// # let mut init = Init::keras(0, &Device::Cpu);
/// # let model = Tagger {
/// #     embedding: Embedding::new(10, 6, &mut init)?,
/// #     lstm: Lstm::new(6, 4, &mut init)?,
/// #     linear: Linear::new(4, 2, &mut init)?,
/// # };
/// let ids = Tensor::new(&[[3u32, 5, 2]], &Device::Cpu)?;
/// let batch = Batch::new(ids, vec![3]);
/// let record = record(&model, &batch, Watch::default())?;
/// assert_eq!(record.layers[0].name, "lstm");
/// assert_eq!(record.layers[0].get("f")?.dims(), [1, 3, 4]); // (B, T, H)
/// # Ok(()) }
/// ```
pub fn record(model: &dyn Model, batch: &Batch, watch: Watch) -> Result<Record> {
    let recorder = Recorder { watch, lengths: batch.lengths.clone(), ..Recorder::default() };
    let (logits, Recorder { passes, embedded, .. }) = observe(model, batch, recorder)?;
    let listed = directions(model);
    let mut layers: Vec<LayerRecord> = Vec::new();
    for pass in passes {
        for (index, cell) in pass.cells.iter().enumerate() {
            let direction = listed.iter().find(|direction| cell.is(direction, index)).ok_or_else(|| Error::Shape {
                operation: "record",
                expected: "every recurrent layer of `forward` among the layers of the model".into(),
                got: format!("a {} that is not listed", cell.kind),
            })?;
            let record = pass.direction(index, direction)?;
            let again = |one: &&LayerRecord| one.direction.name == direction.name;
            let name = match layers.iter().filter(again).count() {
                0 => direction.name.clone(),
                earlier => format!("{} ({})", direction.name, earlier + 1),
            };
            layers.push(LayerRecord { name, ..record });
        }
    }
    Ok(Record { logits, layers, embedded })
}

/// Runs `forward` and returns its result with what the layers recorded.
fn observe(model: &dyn Model, batch: &Batch, recorder: Recorder) -> Result<(Tensor, Recorder)> {
    let recording = Recording::start(recorder);
    let result = model.forward(batch)?;
    let recorder = RECORDER.take().unwrap_or_default();
    drop(recording);
    Ok((result, recorder))
}

/// What a layer is known by, as it has no address of its own: its type, its variables, its dropout.
#[derive(Debug, PartialEq)]
struct Identity(String, Vec<TensorId>, Vec<DropoutSpec>);

impl Identity {
    fn of<M: Module + ?Sized>(layer: &M) -> Self {
        let variables = layer.state_dict().iter().map(|(_, var)| var.id()).collect();
        Self(layer.kind(), variables, layer.dropout_specs())
    }
}

/// Says what a layer gave. A layer of one's own calls it at the end of its `forward`, as those of this library do, to be
/// a row of its own in a [`Summary`](crate::Summary). Of several outputs the summary shows the first that the model's
/// result is computed from. Costs nothing outside of a summary.
///
/// ```
/// # use candle_core::{Device, Tensor};
/// use recurrent_nn::{trace, *};
///
/// #[derive(Module)]
/// struct Feedforward { inner: Linear, outer: Linear }
///
/// impl Feedforward {
///     fn forward(&self, x: &Tensor) -> Result<Tensor> {
///         let y = self.outer.forward(&self.inner.forward(x)?.relu()?)?;
///         trace::output(self, &[&y]);
///         Ok(y)
///     }
/// }
///
/// #[derive(Module)]
/// struct Net { feedforward: Feedforward }
///
/// impl Model for Net {
///     fn forward(&self, batch: &Batch) -> Result<Tensor> { self.feedforward.forward(&batch.input) }
/// }
/// # fn main() -> Result<()> {
/// # let mut init = Init::keras(0, &Device::Cpu);
/// # let feedforward =
/// #     Feedforward { inner: Linear::new(3, 5, &mut init)?, outer: Linear::new(5, 2, &mut init)? };
/// let model = Net { feedforward };
/// let summary = model.summary(&Batch::new(Tensor::ones((7, 3), candle_core::DType::F32, &Device::Cpu)?, vec![3; 7]))?;
/// assert_eq!((summary.layers.len(), &*summary.layers[0].kind), (1, "Feedforward"));
/// assert_eq!(summary.layers[0].output_shape, Some(vec![None, Some(2)])); // (B, 2)
/// # Ok(()) }
/// ```
pub fn output<M: Module + ?Sized>(layer: &M, outputs: &[&Tensor]) {
    RECORDER.with_borrow_mut(|recorder| {
        if let Some(Recorder { outputs: Some(all), .. }) = recorder {
            all.push((Identity::of(layer), outputs.iter().copied().cloned().collect()));
        }
    });
}

/// The shapes of the layers' outputs in a forward pass.
#[derive(Default)]
pub(crate) struct Shapes(Vec<(Identity, Vec<usize>)>);

impl Shapes {
    /// That of a layer's first run that is left; none if it did not run, or did not say. Layers that nothing tells
    /// apart take their runs in turn.
    pub(crate) fn take(&mut self, layer: &dyn Module) -> Option<Vec<usize>> {
        let identity = Identity::of(layer);
        let run = self.0.iter().position(|(other, _)| *other == identity)?;
        Some(self.0.remove(run).1)
    }
}

/// The shapes in one forward pass of a batch.
pub(crate) fn shapes(model: &dyn Model, batch: &Batch) -> Result<Shapes> {
    let batch = Batch { training: false, ..batch.clone() };
    let (result, recorder) = observe(model, &batch, Recorder { outputs: Some(Vec::new()), ..Recorder::default() })?;
    let used: HashSet<TensorId> = result.sorted_nodes().into_iter().map(Tensor::id).collect();
    let shape = |(identity, outputs): (Identity, Vec<Tensor>)| {
        let first = outputs.iter().find(|output| used.contains(&output.id())).or(outputs.first())?;
        Some((identity, first.dims().to_vec()))
    };
    Ok(Shapes(recorder.outputs.into_iter().flatten().filter_map(shape).collect()))
}

impl Probe {
    pub(crate) fn on(state: &mut State) -> Result<Self> {
        let add = |tensor: &mut Tensor| -> Result<Var> {
            let zero = Var::from_tensor(&tensor.zeros_like()?)?;
            *tensor = (&*tensor + zero.as_tensor())?;
            Ok(zero)
        };
        Ok(Self { h: add(&mut state.h)?, c: state.c.as_mut().map(add).transpose()? })
    }
}

impl LayerRecord {
    /// The symbols of its gates and states: i, f, g, o, c, h of an LSTM; r, z, n, h of a GRU; h of a simple RNN.
    pub fn symbols(&self) -> Vec<&'static str> {
        let gates = self.hidden.gates.iter().flat_map(Gates::symbols);
        gates.copied().chain(["h"]).collect()
    }

    /// One gate or state at every step, (B, T, H), by its symbol.
    ///
    /// Errors: it has no gate or state of this symbol.
    pub fn get(&self, symbol: &str) -> Result<Tensor> {
        let all = match &self.hidden.gates {
            Some(gates) if symbol != "h" => gates.get(symbol)?,
            _ if symbol == "h" => self.hidden.output.clone(),
            _ => {
                return Err(Error::Shape {
                    operation: "LayerRecord::get",
                    expected: "h, the only state of a simple RNN".into(),
                    got: format!("{symbol:?}"),
                });
            }
        };
        direction_slice(&all, self.index, self.direction.units)
    }
}

/// The recurrent layers of a model, one entry for each direction, in the order of [`Module::layers`], inside of layers
/// too.
pub fn directions(model: &dyn Module) -> Vec<Direction> {
    let mut found = Vec::new();
    for (name, layer) in model.layers() {
        match layer.recurrent() {
            Some(recurrent) => found.extend(directions_of(&name, recurrent)),
            None => found.extend(
                directions(layer)
                    .into_iter()
                    .map(|inner| Direction { name: format!("{name}.{}", inner.name), ..inner }),
            ),
        }
    }
    found
}

/// The first direction has the layer's name.
fn directions_of(name: &str, layer: &dyn Recurrent) -> Vec<Direction> {
    let directions = layer.cells().into_iter().enumerate();
    let named = directions.map(|(index, cell)| Direction {
        name: if index == 0 { name.to_string() } else { format!("{name}.reverse") },
        reverse: index > 0,
        kind: kind(cell),
        units: cell.hidden_size(),
        has_cell_state: cell.has_cell_state(),
        weights: cell.weights().cloned(),
        variables: variables(cell),
    });
    named.collect()
}

/// What the cell of one direction is known by in a forward pass.
struct CellIdentity {
    kind: String,
    units: usize,
    variables: Vec<TensorId>,
}

impl CellIdentity {
    fn of(cell: &dyn RnnCell) -> Self {
        Self { kind: kind(cell), units: cell.hidden_size(), variables: variables(cell) }
    }

    /// Whether it is that of a listed direction, as the one at `index` of its layer.
    fn is(&self, listed: &Direction, index: usize) -> bool {
        listed.reverse == (index > 0)
            && listed.kind == self.kind
            && listed.units == self.units
            && listed.variables == self.variables
    }
}

fn kind(cell: &dyn RnnCell) -> String {
    cell.weights().map_or_else(|| cell.kind(), |own| own.cell.name().into())
}

fn variables(cell: &dyn RnnCell) -> Vec<TensorId> {
    cell.state_dict().iter().map(|(_, var)| var.id()).collect()
}

thread_local! {
    /// The recording of this thread, where the layers that `forward` calls find it.
    static RECORDER: RefCell<Option<Recorder>> = const { RefCell::new(None) };
}

#[derive(Default)]
struct Recorder {
    watch: Watch,
    lengths: Vec<usize>,
    passes: Vec<LayerPass>,
    embedded: Vec<Embedded>,
    /// The outputs of every layer that ran, if they are wanted.
    outputs: Option<Vec<(Identity, Vec<Tensor>)>>,
}

/// While it lives, layers add to the recorder. Dropping it restores the previous recorder, after an error too.
struct Recording(Option<Recorder>);

impl Recording {
    fn start(recorder: Recorder) -> Self {
        Self(RECORDER.replace(Some(recorder)))
    }
}

impl Drop for Recording {
    fn drop(&mut self) {
        RECORDER.replace(self.0.take());
    }
}

/// One forward pass of a recurrent layer with all its directions.
struct LayerPass {
    /// Of each direction.
    cells: Vec<CellIdentity>,
    input: Tensor,
    lengths: Vec<usize>,
    initial: Option<State>,
    reverse: bool,
    hidden: Hidden,
    /// Of each direction.
    probes: Vec<Vec<Probe>>,
}

impl LayerPass {
    fn direction(&self, index: usize, direction: &Direction) -> Result<LayerRecord> {
        let own = |all: &Tensor| direction_slice(all, index, direction.units);
        let initial = self
            .initial
            .as_ref()
            .map(|state| Ok::<_, Error>(State { h: own(&state.h)?, c: state.c.as_ref().map(own).transpose()? }));
        Ok(LayerRecord {
            name: direction.name.clone(),
            direction: Direction { reverse: direction.reverse || self.reverse, ..direction.clone() },
            input: self.input.clone(),
            lengths: self.lengths.clone(),
            initial: initial.transpose()?,
            probes: self.probes.get(index).cloned().unwrap_or_default(),
            hidden: self.hidden.clone(),
            index,
        })
    }
}

/// The columns of one direction of (…, D·H).
fn direction_slice(all: &Tensor, direction: usize, hidden: usize) -> Result<Tensor> {
    Ok(all.narrow(D::Minus1, direction * hidden, hidden)?)
}

/// Every forward pass of a recurrent layer goes through here. `compute` does it with these options, and with probes if
/// there is a list for them.
pub(crate) fn layer(
    cells: &[&dyn RnnCell],
    x: &Tensor,
    options: &ForwardOptions,
    compute: impl FnOnce(&ForwardOptions, Option<&mut Vec<Vec<Probe>>>) -> Result<Hidden>,
) -> Result<Hidden> {
    // What a cell of one's own runs inside of its layer is no layer of the model.
    let paused = Recording(RECORDER.take());
    let Some(Recorder { watch, lengths: batch_lengths, .. }) = &paused.0 else {
        return compute(options, None);
    };
    let watched = ForwardOptions {
        lengths: match watch.mask {
            None => options.lengths,
            Some(true) => Some(batch_lengths),
            Some(false) => None,
        },
        gates: true,
        step_by_step: options.step_by_step || watch.probes,
        ..*options
    };
    let mut probes = vec![Vec::new(); cells.len()];
    let hidden = compute(&watched, watch.probes.then_some(&mut probes))?;
    let lengths = match watched.lengths {
        Some(lengths) => lengths.to_vec(),
        None => {
            let (batch, steps, _) = x.dims3()?;
            vec![steps; batch]
        }
    };
    drop(paused);
    RECORDER.with_borrow_mut(|recorder| {
        recorder.iter_mut().for_each(|recorder| {
            recorder.passes.push(LayerPass {
                cells: cells.iter().map(|cell| CellIdentity::of(*cell)).collect(),
                input: x.clone(),
                lengths: lengths.clone(),
                initial: options.initial.cloned(),
                reverse: options.reverse,
                hidden: hidden.clone(),
                probes: std::mem::take(&mut probes),
            });
        });
    });
    Ok(Hidden { gates: hidden.gates.filter(|_| options.gates), ..hidden })
}

/// The vectors (B, T, E) of every embedding go through here.
pub(crate) fn embedding(vectors: Tensor) -> Result<Tensor> {
    RECORDER.with_borrow_mut(|recorder| {
        let Some(Recorder { watch, embedded, .. }) = recorder else {
            return Ok(vectors);
        };
        let Some(scales) = &watch.scales else {
            return Ok(vectors);
        };
        let scales = Tensor::new(scales.as_slice(), vectors.device())?.to_dtype(vectors.dtype())?.reshape((
            scales.len(),
            1,
            1,
        ))?;
        let vectors = vectors.detach();
        let scaled = Var::from_tensor(&vectors.broadcast_mul(&scales)?)?;
        let read = scaled.as_tensor().clone();
        embedded.push(Embedded { vectors, scaled });
        Ok(read)
    })
}
