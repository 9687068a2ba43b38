//! One training of the writer (page 8) or of the listener (page 8c), with PyTorch's rules for initial weights:
//! `writer_and_vowels writer|vowels SEED`. Prints one JSON line. `peers/writer_and_vowels.py` compares it with PyTorch.

use anyhow::{Context, Result, bail};
use candle_core::{Device, Tensor};
use recurrent_data::datasets::{japanese_vowels, shakespeare};
use recurrent_nn::{
    Batch, Bidirectional, Clip, Dropout, Embedding, ForwardOptions, GeneratedBatches, Gru, Init, Linear, Lstm, Model,
    Module, OptimizerConfig, Recurrent, Schedule, State, TensorBatches, Trainer, TrainerConfig, evaluate,
};
use std::{cell::RefCell, time::Instant};

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, task, seed] = &arguments[..] else { bail!("usage: writer_and_vowels writer|vowels SEED") };
    let seed = seed.parse().with_context(|| format!("{seed:?} is no seed"))?;
    let (result, seconds) = match task.as_str() {
        "writer" => writer(seed)?,
        "vowels" => vowels(seed)?,
        other => bail!("{other:?} is none of writer, vowels"),
    };
    let line = serde_json::json!({
        "library": "recurrent", "task": task, "seed": seed, "result": result, "seconds": seconds
    });
    println!("{line}");
    Ok(())
}

fn config(epochs: usize, learning_rate: f64) -> TrainerConfig {
    let optimizer = OptimizerConfig { clip: Some(Clip::Norm(1.0)), ..Default::default() };
    let schedule = Schedule::Cosine { eta_min: 0.0 };
    TrainerConfig { epochs, learning_rate, schedule, optimizer, progress: false, ..Default::default() }
}

/// Scores of the next letter at each step; each piece starts from the state that the piece before left.
#[derive(Module)]
struct Writer {
    embedding: Embedding,
    lstm: Lstm,
    linear: Linear,
    #[module(skip)]
    state: RefCell<Option<State>>,
}

impl Model for Writer {
    fn forward(&self, batch: &Batch) -> recurrent_nn::Result<Tensor> {
        let before = self.state.take();
        let options = ForwardOptions { initial: before.as_ref(), ..Default::default() };
        let h = self.lstm.forward_with(&self.embedding.forward(&batch.input)?, &options)?;
        self.state.replace(Some(h.state().detach()));
        self.linear.forward(&h.output)
    }
}

const STREAMS: usize = 32;
const PIECE: usize = 64;

/// Pieces of parallel streams of the text, in their order; the state is cleared before the first.
fn pieces<'a>(ids: &'a [u32], model: &'a Writer) -> GeneratedBatches<'a> {
    let count = (ids.len() / STREAMS - 1) / PIECE;
    GeneratedBatches::new(count, STREAMS, move |_, number| -> recurrent_nn::Result<Batch> {
        if number == 0 {
            model.state.take();
        }
        let starts = (0..STREAMS).map(|row| row * (ids.len() / STREAMS) + number * PIECE);
        let rows: Vec<u32> = starts.flat_map(|at| ids[at..=at + PIECE].to_vec()).collect();
        let rows = Tensor::from_vec(rows, (STREAMS, PIECE + 1), &Device::Cpu)?;
        let target = Some(rows.narrow(1, 1, PIECE)?);
        Ok(Batch { target, ..Batch::new(rows.narrow(1, 0, PIECE)?, vec![PIECE; STREAMS]) })
    })
}

/// Bits for each letter of the last tenth, and seconds of one epoch.
fn writer(seed: u64) -> Result<(f64, f64)> {
    let text = shakespeare::load()?;
    let mut letters: Vec<char> = text.chars().collect();
    let all = letters.clone();
    letters.sort_unstable();
    letters.dedup();
    let ids: Vec<u32> = all.iter().map(|one| letters.binary_search(one).map_or(0, |id| id as u32)).collect();
    let (train, test) = ids.split_at(ids.len() / 10 * 9);
    let mut init = Init::pytorch(seed, &Device::Cpu);
    let model = Writer {
        embedding: Embedding::new(letters.len(), 32, &mut init)?,
        lstm: Lstm::new(32, 128, &mut init)?,
        linear: Linear::new(128, letters.len(), &mut init)?,
        state: RefCell::new(None),
    };
    let begin = Instant::now();
    let mut trainer = Trainer::new(config(1, 4e-3))?;
    trainer.fit(&model, &pieces(train, &model), None)?;
    let seconds = begin.elapsed().as_secs_f64();
    let measured = trainer.evaluate(&model, &pieces(test, &model))?;
    Ok((measured.bits().context("the loss has no bits")?, seconds))
}

/// Both directions, dropout on the last states.
#[derive(Module)]
struct Listener {
    gru: Bidirectional<Gru>,
    dropout: Dropout,
    linear: Linear,
}

impl Model for Listener {
    fn forward(&self, batch: &Batch) -> recurrent_nn::Result<Tensor> {
        let h = self.gru.forward(&batch.input, Some(&batch.lengths))?.h_n;
        self.linear.forward(&self.dropout.forward(&h, batch)?)
    }
}

/// The recordings, padded with zeros.
fn batch(recordings: &[japanese_vowels::Recording]) -> Result<Batch> {
    let lengths: Vec<usize> = recordings.iter().map(|one| one.frames.len()).collect();
    let longest = lengths.iter().copied().max().context("no recording")?;
    let mut x: Vec<f32> = Vec::new();
    for (row, one) in recordings.iter().enumerate() {
        x.extend(one.frames.iter().flatten());
        x.resize((row + 1) * longest * japanese_vowels::COEFFICIENTS, 0.0);
    }
    let x = Tensor::from_vec(x, (recordings.len(), longest, japanese_vowels::COEFFICIENTS), &Device::Cpu)?;
    let speakers: Vec<u32> = recordings.iter().map(|one| one.speaker).collect();
    Ok(Batch { target: Some(Tensor::new(speakers, &Device::Cpu)?), ..Batch::new(x, lengths) })
}

/// Accuracy on the test recordings in percent, and seconds of the training.
fn vowels(seed: u64) -> Result<(f64, f64)> {
    let vowels = japanese_vowels::load()?;
    let (train, test) = (batch(&vowels.train)?, batch(&vowels.test)?);
    let mut init = Init::pytorch(seed, &Device::Cpu);
    let [forwards, backwards] = [Gru::new(12, 64, &mut init)?, Gru::new(12, 64, &mut init)?];
    let model = Listener {
        gru: Bidirectional::new(forwards, backwards)?,
        dropout: Dropout::new(0.5, &mut init)?,
        linear: Linear::new(128, 9, &mut init)?,
    };
    let begin = Instant::now();
    Trainer::new(config(60, 0.01))?.fit(&model, &TensorBatches::new(train, 32, Some(seed))?, None)?;
    let seconds = begin.elapsed().as_secs_f64();
    Ok((100.0 * evaluate(&model, &TensorBatches::new(test, 370, None)?)?.accuracy(), seconds))
}
