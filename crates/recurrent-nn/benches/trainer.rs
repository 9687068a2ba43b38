//! What the record, the progress and an observer cost: one epoch of the lesson's first model by `Trainer::fit`, against
//! the bare steps.
//!
//!     cargo bench -p recurrent-nn --bench trainer

use candle_core::{Device, Tensor};
use recurrent_nn::{
    Batch, BatchSource, Embedding, Init, Linear, Model, Module, Optimizer, OptimizerConfig, Recurrent, Result,
    SimpleRnn, Trainer, TrainerConfig,
};
use std::{ops::ControlFlow, time::Instant};

const ROWS: usize = 16 * 2000;

#[derive(Module)]
struct NewsRnn {
    embedding: Embedding,
    rnn: SimpleRnn,
    linear: Linear,
}

impl NewsRnn {
    fn new() -> Result<Self> {
        let mut init = Init::keras(0, &Device::Cpu);
        Ok(Self {
            embedding: Embedding::new(20_000, 64, &mut init)?,
            rnn: SimpleRnn::new(64, 16, &mut init)?,
            linear: Linear::new(16, 4, &mut init)?,
        })
    }
}

impl Model for NewsRnn {
    fn forward(&self, batch: &Batch) -> Result<Tensor> {
        let h = self.rnn.forward(&self.embedding.forward(&batch.input)?, None)?;
        self.linear.forward(&h.h_n)
    }
}

/// Batches of 16 titles of 10 words, as frequent as words are.
struct Titles(Vec<Batch>);

impl Titles {
    fn new() -> Result<Self> {
        let mut state = 1u64;
        let mut word = || {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            let uniform = (state >> 11) as f64 / (1u64 << 53) as f64;
            20_000f64.powf(uniform) as u32 - 1
        };
        let batch = |_| -> Result<Batch> {
            let ids: Vec<u32> = (0..160).map(|_| word()).collect();
            let labels: Vec<u32> = ids.chunks(10).map(|row| row[0] % 4).collect();
            Ok(Batch {
                target: Some(Tensor::from_vec(labels, 16, &Device::Cpu)?),
                training: true,
                ..Batch::new(Tensor::from_vec(ids, (16, 10), &Device::Cpu)?, vec![10; 16])
            })
        };
        Ok(Self((0..ROWS / 16).map(batch).collect::<Result<_>>()?))
    }
}

impl BatchSource for Titles {
    fn rows(&self) -> usize {
        ROWS
    }

    fn epoch(&self, _: usize) -> Box<dyn Iterator<Item = Result<Batch>> + '_> {
        Box::new(self.0.iter().cloned().map(Ok))
    }
}

/// Forward, softmax minus target, backward, Adam, and nothing else.
fn bare(titles: &Titles) -> Result<f64> {
    let model = NewsRnn::new()?;
    let mut optimizer = Optimizer::new(OptimizerConfig::default())?;
    let began = Instant::now();
    for batch in titles.epoch(0) {
        let batch = batch?;
        let logits = model.forward(&batch)?;
        let (Some(labels), scores) = (&batch.target, logits.to_vec2::<f32>()?) else {
            unreachable!("made with labels")
        };
        let labels = labels.to_vec1::<u32>()?;
        let mut d_logits = Vec::with_capacity(64);
        for (z, label) in scores.iter().zip(labels) {
            let sum: f32 = z.iter().map(|z| z.exp()).sum();
            d_logits.extend(z.iter().zip(0..).map(|(z, class)| (z.exp() / sum - f32::from(class == label)) / 16.0));
        }
        let d_logits = Tensor::from_vec(d_logits, (16, 4), &Device::Cpu)?;
        let gradients = (logits * d_logits)?.sum_all()?.backward()?;
        optimizer.step(&model, &gradients, 1e-3)?;
    }
    Ok(began.elapsed().as_secs_f64())
}

fn trained(titles: &Titles) -> Result<f64> {
    let model = NewsRnn::new()?;
    let mut trainer = Trainer::new(TrainerConfig::default())?;
    let mut seen = 0;
    let began = Instant::now();
    trainer.fit_observed(&model, titles, None, &mut |trainer, _| {
        seen += usize::from(!trainer.history().steps.is_empty());
        Ok(ControlFlow::Continue(()))
    })?;
    let seconds = began.elapsed().as_secs_f64();
    assert_eq!(seen, ROWS / 16 + 1);
    Ok(seconds)
}

fn median(mut seconds: Vec<f64>) -> f64 {
    seconds.sort_by(f64::total_cmp);
    seconds[seconds.len() / 2]
}

fn main() -> Result<()> {
    let titles = Titles::new()?;
    let (mut without, mut with) = (Vec::new(), Vec::new());
    for _ in 0..9 {
        without.push(bare(&titles)?);
        with.push(trained(&titles)?);
    }
    let (without, with) = (median(without), median(with));
    println!(
        "{} steps: bare {without:.3} s, Trainer::fit with progress and observer {with:.3} s, {:+.1} %",
        ROWS / 16,
        100.0 * (with / without - 1.0)
    );
    Ok(())
}
