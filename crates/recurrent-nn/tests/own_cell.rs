//! A cell of one's own is a layer as those of the library are. The cell here is an LSTM again, so its numbers are known.

use candle_core::{DType, Device, Tensor, Var};
use candle_nn::ops::sigmoid;
use recurrent_nn::{
    Batch, BatchSource, Bidirectional, CellOutput, Checkpoint, Embedding, ForwardOptions, Gru, Hidden, Init, Linear,
    Lstm, Model, Module, Recurrent, Result, Rnn, RnnCell, SimpleRnn, Stacked, State, Trainer, TrainerConfig,
    trace::{Watch, directions, record},
};
use std::iter::once;

#[derive(Module, Clone, Debug)]
struct OwnLstm {
    w_ih: Var,
    w_hh: Var,
    bias: Var,
}

impl OwnLstm {
    /// With the weights of a layer.
    fn of(lstm: &Lstm) -> Result<Self> {
        let weights = lstm.cells()[0].weights().cloned();
        let Some(weights) = weights else { unreachable!("an LSTM has weights") };
        let copy = |var: &Var| Var::from_tensor(&var.as_tensor().copy()?);
        Ok(Self { w_ih: copy(&weights.weight_ih)?, w_hh: copy(&weights.weight_hh)?, bias: copy(&weights.bias_ih)? })
    }
}

impl RnnCell for OwnLstm {
    fn hidden_size(&self) -> usize {
        self.w_hh.dims()[1]
    }

    fn gate_symbols(&self) -> &'static [&'static str] {
        &["i", "f", "g", "o"]
    }

    fn has_cell_state(&self) -> bool {
        true
    }

    fn step(&self, x: &Tensor, state: &State) -> Result<CellOutput> {
        let z = (x.matmul(&self.w_ih.t()?)? + state.h.matmul(&self.w_hh.t()?)?)?.broadcast_add(&self.bias)?;
        let z = z.chunk(4, 1)?;
        let (i, f, g, o) = (sigmoid(&z[0])?, sigmoid(&z[1])?, z[2].tanh()?, sigmoid(&z[3])?);
        let c = match &state.c {
            Some(c) => ((&f * c)? + (&i * &g)?)?,
            None => (&i * &g)?,
        };
        Ok(CellOutput { state: State { h: (&o * c.tanh()?)?, c: Some(c) }, gates: vec![i, f, g, o] })
    }
}

fn init() -> Init {
    Init::keras(1, &Device::Cpu)
}

fn close(name: &str, a: &Tensor, b: &Tensor) -> Result<()> {
    let difference = (a - b)?.abs()?.max_all()?.to_scalar::<f32>()?;
    assert!(difference < 1e-6, "{name}: {difference:e}");
    Ok(())
}

#[test]
fn outputs_gates_and_gradients_are_those_of_the_layer() -> Result<()> {
    let mut lstm = {
        let mut init = init();
        move || Lstm::new(3, 4, &mut init)
    };
    let (a, b) = (lstm()?, lstm()?);
    let own = Bidirectional::new(Rnn::new(OwnLstm::of(&a)?), Rnn::new(OwnLstm::of(&b)?))?;
    let layer = Bidirectional::new(a, b)?;
    let x = Var::from_tensor(&Tensor::randn(0f32, 1.0, (2, 5, 3), &Device::Cpu)?)?;
    let state =
        State { h: Tensor::full(0.3f32, (2, 8), &Device::Cpu)?, c: Some(Tensor::full(-0.2f32, (2, 8), &Device::Cpu)?) };
    let options = ForwardOptions { lengths: Some(&[5, 3]), initial: Some(&state), gates: true, ..Default::default() };
    let run = |layer: &dyn Recurrent| -> Result<(Hidden, Tensor)> {
        let hidden = layer.forward_with(&x, &options)?;
        let loss = (hidden.output.sqr()?.sum_all()? + hidden.h_n.sum_all()?)?;
        let gradient = loss.backward()?.get(&x).cloned();
        let Some(gradient) = gradient else { unreachable!("the loss reads x") };
        Ok((hidden, gradient))
    };
    let ((h, d_x), (expected, expected_d_x)) = (run(&own)?, run(&layer)?);
    close("output", &h.output, &expected.output)?;
    close("h_n", &h.h_n, &expected.h_n)?;
    close("d_x", &d_x, &expected_d_x)?;
    let (Some(c), Some(expected_c)) = (&h.c_n, &expected.c_n) else { unreachable!("both have a cell state") };
    close("c_n", c, expected_c)?;
    let (Some(gates), Some(expected_gates)) = (&h.gates, &expected.gates) else { unreachable!("both have gates") };
    for symbol in ["i", "f", "g", "o", "c"] {
        close(symbol, &gates.get(symbol)?, &expected_gates.get(symbol)?)?;
    }
    Ok(())
}

#[derive(Module)]
struct Reader {
    embedding: Embedding,
    lstm: Stacked<Bidirectional<Rnn<OwnLstm>>>,
    linear: Linear,
}

impl Reader {
    fn new() -> Result<Self> {
        let mut init = init();
        let mut both = |input| {
            let mut own = || Ok::<_, recurrent_nn::Error>(Rnn::new(OwnLstm::of(&Lstm::new(input, 4, &mut init)?)?));
            Bidirectional::new(own()?, own()?)
        };
        let layers = vec![both(3)?, both(8)?];
        Ok(Self {
            lstm: Stacked::new(layers, 0.0, &mut init)?,
            embedding: Embedding::new(9, 3, &mut init)?,
            linear: Linear::new(8, 2, &mut init)?,
        })
    }
}

impl Model for Reader {
    fn forward(&self, batch: &Batch) -> Result<Tensor> {
        let x = self.embedding.forward(&batch.input)?;
        self.linear.forward(&self.lstm.forward(&x, Some(&batch.lengths), batch)?.h_n)
    }
}

fn batch() -> Result<Batch> {
    let target = Some(Tensor::new(&[0u32, 1], &Device::Cpu)?);
    Ok(Batch { target, ..Batch::new(Tensor::new(&[[2u32, 3, 4], [5, 6, 0]], &Device::Cpu)?, vec![3, 2]) })
}

struct One(Batch);

impl BatchSource for One {
    fn rows(&self) -> usize {
        2
    }

    fn epoch(&self, _: usize) -> Box<dyn Iterator<Item = Result<Batch>> + '_> {
        Box::new(once(Ok(self.0.clone())))
    }
}

#[test]
fn it_has_names_a_summary_and_a_trace() -> Result<()> {
    let model = Reader::new()?;
    let names: Vec<String> = model.parameters().into_iter().map(|(name, _)| name).collect();
    for name in ["lstm.0.cell.w_ih", "lstm.0.cell.bias_reverse", "lstm.1.cell.w_hh_reverse"] {
        assert!(names.iter().any(|own| own == name), "{names:?}");
    }
    let found: Vec<(String, String)> = directions(&model).into_iter().map(|one| (one.name, one.kind)).collect();
    let expected = ["lstm.0", "lstm.0.reverse", "lstm.1", "lstm.1.reverse"].map(|name| (name.into(), "OwnLstm".into()));
    assert_eq!(found, expected);
    let summary = model.summary(&batch()?)?;
    assert_eq!(summary.layers[1].kind, "Stacked(Bidirectional(Rnn(OwnLstm)))");
    assert_eq!(summary.layers[1].output_shape, Some(vec![None, Some(8)]));

    let record = record(&model, &batch()?, Watch { probes: true, ..Watch::default() })?;
    let [below, _, above, back] = &record.layers[..] else { panic!("{} layers", record.layers.len()) };
    assert_eq!((below.symbols(), &*back.name), (vec!["i", "f", "g", "o", "c", "h"], "lstm.1.reverse"));
    assert_eq!(above.get("f")?.dims(), [2, 3, 4]);
    assert!(above.probes.iter().all(|probe| probe.c.is_some()) && above.probes.len() == 3);
    Ok(())
}

#[test]
fn it_trains_and_comes_back_from_a_checkpoint() -> Result<()> {
    let folder = std::env::temp_dir().join(format!("recurrent-own-cell-{}", std::process::id()));
    let (model, other) = (Reader::new()?, Reader::new()?);
    let config = TrainerConfig { epochs: 5, learning_rate: 0.05, progress: false, ..Default::default() };
    let mut trainer = Trainer::new(config)?;
    trainer.fit(&model, &One(batch()?), None)?;
    let losses: Vec<f64> = trainer.history().steps.iter().map(|step| step.loss).collect();
    assert!(losses[4] < 0.8 * losses[0], "{losses:?}");
    Checkpoint::save(&folder, &model, &trainer, &[])?;
    Checkpoint::open(&folder)?.resume(&other)?;
    let logits = |model: &Reader| Ok::<_, recurrent_nn::Error>(model.forward(&batch()?)?.to_vec2::<f32>()?);
    assert_eq!(logits(&model)?, logits(&other)?);
    std::fs::remove_dir_all(&folder).ok();
    Ok(())
}

#[test]
fn the_nonlinearities_of_both_directions_must_be_one() -> Result<()> {
    let mut init = init();
    let (tanh, relu) = (SimpleRnn::new(3, 4, &mut init)?, SimpleRnn::relu(3, 4, &mut init)?);
    assert!(Bidirectional::new(tanh.clone(), relu).is_err());
    Bidirectional::new(tanh.clone(), tanh)?;
    Ok(())
}

/// h' = (h + the first H numbers of x) / 2, without a parameter.
#[derive(Module)]
struct Decay {
    hidden: usize,
}

impl RnnCell for Decay {
    fn hidden_size(&self) -> usize {
        self.hidden
    }

    fn step(&self, x: &Tensor, state: &State) -> Result<CellOutput> {
        let h = ((&state.h + x.narrow(1, 0, self.hidden)?)? / 2.0)?;
        Ok(CellOutput { state: State { h, c: None }, gates: Vec::new() })
    }
}

/// Calls a layer of the library at every step.
#[derive(Module)]
struct Outer {
    inner: Gru,
}

impl RnnCell for Outer {
    fn hidden_size(&self) -> usize {
        3
    }

    fn step(&self, x: &Tensor, state: &State) -> Result<CellOutput> {
        let h = self.inner.forward(&(x + &state.h)?.unsqueeze(1)?, None)?.h_n;
        Ok(CellOutput { state: State { h, c: None }, gates: Vec::new() })
    }
}

#[derive(Module)]
struct Odd {
    embedding: Embedding,
    outer: Rnn<Outer>,
    three: Rnn<Decay>,
    tied: Bidirectional<Gru>,
    two: Rnn<Decay>,
    linear: Linear,
}

impl Model for Odd {
    fn forward(&self, batch: &Batch) -> Result<Tensor> {
        let x = self.outer.forward(&self.embedding.forward(&batch.input)?, None)?.output;
        let x = self.tied.forward(&self.three.forward(&x, None)?.output, None)?.output;
        self.linear.forward(&self.two.forward(&x, None)?.h_n)
    }
}

#[test]
fn layers_that_look_alike_are_told_apart_in_a_trace() -> Result<()> {
    let mut init = init();
    let gru = Gru::new(3, 2, &mut init)?;
    let model = Odd {
        embedding: Embedding::new(9, 3, &mut init)?,
        outer: Rnn::new(Outer { inner: Gru::new(3, 3, &mut init)? }),
        three: Rnn::new(Decay { hidden: 3 }),
        tied: Bidirectional::new(gru.clone(), gru)?,
        two: Rnn::new(Decay { hidden: 2 }),
        linear: Linear::new(2, 2, &mut init)?,
    };
    let record = record(&model, &batch()?, Watch::default())?;
    let found = record.layers.iter().map(|one| (one.name.as_str(), one.direction.units, one.direction.reverse));
    let expected =
        [("outer", 3, false), ("three", 3, false), ("tied", 2, false), ("tied.reverse", 2, true), ("two", 2, false)];
    assert_eq!(found.collect::<Vec<_>>(), expected);
    Ok(())
}

/// Says what it has, and gives what it is told to.
#[derive(Module)]
struct Careless {
    has_c: bool,
    gives_c: bool,
    width: usize,
}

impl RnnCell for Careless {
    fn hidden_size(&self) -> usize {
        2
    }

    fn has_cell_state(&self) -> bool {
        self.has_c
    }

    fn step(&self, _: &Tensor, state: &State) -> Result<CellOutput> {
        let h = Tensor::zeros((state.h.dim(0)?, self.width), DType::F32, &Device::Cpu)?;
        Ok(CellOutput { state: State { c: self.gives_c.then(|| h.clone()), h }, gates: Vec::new() })
    }
}

#[test]
fn a_step_gives_what_its_cell_says() -> Result<()> {
    let x = Tensor::zeros((1, 2, 3), DType::F32, &Device::Cpu)?;
    for (cell, expected) in [
        (
            Careless { has_c: true, gives_c: false, width: 2 },
            "expected a cell state c, as `has_cell_state` says, got none",
        ),
        (
            Careless { has_c: false, gives_c: true, width: 2 },
            "expected no cell state c, as `has_cell_state` says, got one",
        ),
        (Careless { has_c: false, gives_c: false, width: 1 }, "expected states and gates [1, 2], got shape [1, 1]"),
    ] {
        let error = Rnn::new(cell).forward(&x, None).map(|_| ()).unwrap_err().to_string();
        assert_eq!(error, format!("RnnCell::step: {expected}"));
    }
    Ok(())
}

#[derive(Module)]
struct Forgetful;

impl RnnCell for Forgetful {
    fn hidden_size(&self) -> usize {
        2
    }

    fn gate_symbols(&self) -> &'static [&'static str] {
        &["z"]
    }

    fn step(&self, _: &Tensor, state: &State) -> Result<CellOutput> {
        Ok(CellOutput { state: state.clone(), gates: Vec::new() })
    }
}

#[test]
fn a_gate_that_a_step_does_not_return_is_named() -> Result<()> {
    let x = Tensor::zeros((1, 2, 3), DType::F32, &Device::Cpu)?;
    let error = Rnn::new(Forgetful).forward(&x, None).map(|_| ()).unwrap_err().to_string();
    assert!(error.contains("the gates [\"z\"]") && error.contains("0 gates"), "{error}");
    Ok(())
}
