//! The operations in the sizes of the lesson: batch 16, titles of 10 tokens, titles and descriptions of 42.

use crate::{sgemm::Product, spec::CLASSES, spec::VOCABULARY_SIZE};
use anyhow::Result;
use candle_core::{DType, Device, Tensor, Var};
use recurrent_nn::{
    Bidirectional, Embedding, ForwardOptions, Gru, Init, Linear, Lstm, Method, Module, Optimizer, OptimizerConfig,
    Recurrent, SimpleRnn,
};
use std::{
    hint::black_box,
    time::{Duration, Instant},
};

const BATCH: usize = 16;
/// T, E, H
const SIZES: [(usize, usize, usize); 3] = [(10, 64, 16), (42, 64, 32), (42, 128, 64)];
/// E of the embedding.
const EMBEDDING: usize = 64;

/// One operation in one size.
pub struct Case {
    pub op: &'static str,
    pub pass: &'static str,
    pub size: String,
    pub work: Work,
    /// Runs it once and returns the time it took.
    pub run: Box<dyn FnMut() -> Result<Duration>>,
}

/// What an operation does in one run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Work {
    /// In its matrix products.
    Flop(u64),
    /// Where there is no matrix product: the numbers that are looked up, or those of the table that a step updates.
    Numbers(u64),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pass {
    Forward,
    Both,
}

impl Pass {
    const ALL: [Self; 2] = [Self::Forward, Self::Both];

    fn name(self) -> &'static str {
        match self {
            Self::Forward => "forward",
            Self::Both => "forward and backward",
        }
    }

    /// For each matrix product of the forward pass the backward pass has two: for the gradient of the input and for
    /// that of the weights.
    fn flop(self, forward: usize) -> Work {
        Work::Flop(match self {
            Self::Forward => forward as u64,
            Self::Both => 3 * forward as u64,
        })
    }

    fn finish(self, y: &Tensor) -> Result<()> {
        if self == Self::Both {
            black_box(y.sum_all()?.backward()?);
        }
        Ok(())
    }
}

pub fn all(threads: usize) -> Result<Vec<Case>> {
    let mut cases: Vec<Case> = [(672, 256, 128), (16, 256, 64)].map(|(m, n, k)| product(m, n, k, threads)).into();
    for op in ["rnn", "rnn_relu", "lstm", "gru", "bidirectional_lstm"] {
        for size in SIZES {
            for pass in Pass::ALL {
                cases.push(recurrent(op, size, pass, ForwardOptions::default())?);
            }
        }
    }
    for size in SIZES {
        for pass in Pass::ALL {
            let reverse = ForwardOptions { reverse: true, ..ForwardOptions::default() };
            cases.push(recurrent("lstm_in_reverse", size, pass, reverse)?);
        }
    }
    for size in SIZES {
        let gates = ForwardOptions { gates: true, ..ForwardOptions::default() };
        cases.push(recurrent("lstm_with_gates", size, Pass::Forward, gates)?);
    }
    for pass in Pass::ALL {
        cases.push(linear(pass)?);
    }
    for (steps, _, _) in &SIZES[..2] {
        cases.push(embedding(*steps)?);
    }
    for (op, method) in [
        ("adam", Method::adam()),
        ("lazy_adam", Method::lazy_adam()),
        ("adamw", Method::adamw()),
        ("sgd", Method::Sgd { momentum: 0.9 }),
    ] {
        cases.push(optimizer(op, method)?);
    }
    Ok(cases)
}

/// What this machine reaches with products as small as those of a layer.
fn product(m: usize, n: usize, k: usize, threads: usize) -> Case {
    let mut product = Product::new(m, n, k);
    Case {
        op: "product",
        pass: "forward",
        size: format!("{m} × {k} times {k} × {n}"),
        work: Work::Flop(product.flop()),
        run: Box::new(move || Ok(product.time(threads))),
    }
}

fn recurrent(
    op: &'static str,
    (t, e, h): (usize, usize, usize),
    pass: Pass,
    options: ForwardOptions<'static>,
) -> Result<Case> {
    let mut init = init();
    let layer: Box<dyn Recurrent> = match op {
        "rnn" => Box::new(SimpleRnn::new(e, h, &mut init)?),
        "rnn_relu" => Box::new(SimpleRnn::relu(e, h, &mut init)?),
        "gru" => Box::new(Gru::new(e, h, &mut init)?),
        "bidirectional_lstm" => Box::new(Bidirectional::new(Lstm::new(e, h, &mut init)?, Lstm::new(e, h, &mut init)?)?),
        _ => Box::new(Lstm::new(e, h, &mut init)?),
    };
    let matrices: usize =
        layer.parameters().iter().filter(|(_, var)| var.rank() == 2).map(|(_, var)| var.elem_count()).sum();
    let x = variable((BATCH, t, e))?;
    Ok(Case {
        op,
        pass: pass.name(),
        size: format!("B {BATCH} T {t} E {e} H {h}"),
        work: pass.flop(2 * BATCH * t * matrices),
        run: Box::new(move || {
            let start = Instant::now();
            let hidden = black_box(layer.forward_with(&x, &options)?);
            pass.finish(&hidden.output)?;
            Ok(start.elapsed())
        }),
    })
}

fn linear(pass: Pass) -> Result<Case> {
    const INPUTS: usize = 128;
    let linear = Linear::new(INPUTS, CLASSES, &mut init())?;
    let x = variable((BATCH, INPUTS))?;
    Ok(Case {
        op: "linear",
        pass: pass.name(),
        size: format!("B {BATCH} I {INPUTS} O {CLASSES}"),
        work: pass.flop(2 * BATCH * INPUTS * CLASSES),
        run: Box::new(move || {
            let start = Instant::now();
            let y = black_box(linear.forward(&x)?);
            pass.finish(&y)?;
            Ok(start.elapsed())
        }),
    })
}

/// Looks the vectors up and gathers their gradients.
fn embedding(steps: usize) -> Result<Case> {
    let embedding = Embedding::new(VOCABULARY_SIZE, EMBEDDING, &mut init())?;
    let ids = ids(steps)?;
    Ok(Case {
        op: "embedding",
        pass: Pass::Both.name(),
        size: format!("B {BATCH} T {steps} V {VOCABULARY_SIZE} E {EMBEDDING}"),
        work: Work::Numbers((BATCH * steps * EMBEDDING) as u64),
        run: Box::new(move || {
            let start = Instant::now();
            let gradients = embedding.forward(&ids)?.sum_all()?.backward()?;
            black_box(embedding.sparse_gradients(&gradients)?);
            Ok(start.elapsed())
        }),
    })
}

/// One step over an embedding, of which a batch uses some rows. All have been used before, so that exact Adam moves
/// each.
fn optimizer(op: &'static str, method: Method) -> Result<Case> {
    let embedding = Embedding::new(VOCABULARY_SIZE, EMBEDDING, &mut init())?;
    let ids = ids(42)?;
    let mut optimizer = Optimizer::new(OptimizerConfig { method, clip: None })?;
    let all = Tensor::arange(0, VOCABULARY_SIZE as u32, &Device::Cpu)?.unsqueeze(0)?;
    let gradients = embedding.forward(&all)?.sum_all()?.backward()?;
    optimizer.step(&embedding, &gradients, 1e-3)?;
    let rows = match method {
        Method::LazyAdam { .. } => BATCH * 42,
        _ => VOCABULARY_SIZE,
    };
    Ok(Case {
        op,
        pass: "step",
        size: format!("B {BATCH} T 42 V {VOCABULARY_SIZE} E {EMBEDDING}"),
        work: Work::Numbers((rows * EMBEDDING) as u64),
        run: Box::new(move || {
            let gradients = embedding.forward(&ids)?.sum_all()?.backward()?;
            let start = Instant::now();
            optimizer.step(&embedding, &gradients, 1e-3)?;
            Ok(start.elapsed())
        }),
    })
}

fn init() -> Init {
    Init::keras(0, &Device::Cpu)
}

fn variable(shape: impl Into<candle_core::Shape>) -> Result<Var> {
    let x = Tensor::ones(shape, DType::F32, &Device::Cpu)?;
    Ok(Var::from_tensor(&(x * 0.1)?)?)
}

/// (B, T), spread over the vocabulary.
fn ids(steps: usize) -> Result<Tensor> {
    let id = |place| (place * 7919 % VOCABULARY_SIZE) as u32;
    let ids: Vec<u32> = (0..BATCH * steps).map(id).collect();
    Ok(Tensor::from_vec(ids, (BATCH, steps), &Device::Cpu)?)
}
