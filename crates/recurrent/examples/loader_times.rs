//! What a thread that makes the next batches costs and gives: one epoch of the titles of 12,000 AG News rows in
//! batches of 16, with and without [`prefetch`].
//!
//! ```sh
//! cargo run --release --example loader_times
//! ```

use recurrent::data::{PaddedBatch, prefetch};
use recurrent::prelude::*;
use std::time::Instant;

const ROUNDS: usize = 21;

/// Batches that are made as they are asked for (`ahead` 0), or on a thread of their own up to this many batches before.
struct Source<'a> {
    batches: &'a Batches,
    ahead: usize,
}

impl BatchSource for Source<'_> {
    fn rows(&self) -> usize {
        self.batches.rows()
    }

    fn epoch(&self, epoch: usize) -> Box<dyn Iterator<Item = Result<Batch>> + '_> {
        let batches = self.batches.epoch(epoch).map(to_tensors);
        match self.ahead {
            0 => Box::new(batches),
            ahead => Box::new(prefetch(batches, ahead)),
        }
    }
}

fn to_tensors(batch: PaddedBatch) -> Result<Batch> {
    let shape = (batch.len(), batch.steps);
    Ok(Batch {
        target: Some(Tensor::from_vec(batch.labels, shape.0, &Device::Cpu)?),
        ..Batch::new(Tensor::from_vec(batch.ids, shape, &Device::Cpu)?, batch.lengths)
    })
}

#[derive(Module)]
struct Reader {
    embedding: Embedding,
    rnn: SimpleRnn,
    linear: Linear,
}

impl Model for Reader {
    fn forward(&self, batch: &Batch) -> Result<Tensor> {
        let x = self.embedding.forward(&batch.input)?;
        self.linear.forward(&self.rnn.forward(&x, None)?.h_n)
    }
}

fn main() -> Result<(), Error> {
    let rows = AgNews::load()?.train.take(12_000);
    let titles = rows.text(&["title"])?;
    let config = VectorizerConfig { max_tokens: Some(20_000), ..Default::default() };
    let vectorizer = TextVectorizer::adapt(&titles, config)?;
    let config = BatchConfig { shuffle: Some(1), ..Default::default() };
    let batches = Batches::new(vectorizer.encode_all(&titles), rows.labels().to_vec(), config)?;
    let mut init = Init::keras(1, &Device::Cpu);
    let model = Reader {
        embedding: Embedding::new(20_000, 64, &mut init)?,
        rnn: SimpleRnn::new(64, 16, &mut init)?,
        linear: Linear::new(16, 4, &mut init)?,
    };
    let sources = [0, 2, 64].map(|ahead| Source { batches: &batches, ahead });
    let mut times = [const { (Vec::new(), Vec::new()) }; 3];
    // In turns, so that a busy moment of the machine meets all.
    for _ in 0..ROUNDS {
        for (source, (made, learned)) in sources.iter().zip(&mut times) {
            made.push(milliseconds(|| source.epoch(0).try_for_each(|batch| batch.map(drop)))?);
            let mut trainer = Trainer::new(TrainerConfig {
                epochs: 1,
                progress: false,
                optimizer: OptimizerConfig { method: Method::lazy_adam(), ..Default::default() },
                ..Default::default()
            })?;
            learned.push(milliseconds(|| trainer.fit(&model, source, None).map(drop))?);
        }
    }
    println!("{} rows; medians of {ROUNDS} epochs", batches.rows());
    println!("made ahead   all batches   training with them");
    for (source, (made, learned)) in sources.iter().zip(times) {
        let (made, learned) = (median(made), median(learned));
        println!("{:10}   {made:8.2} ms   {learned:15.1} ms", source.ahead);
    }
    Ok(())
}

fn milliseconds(work: impl FnOnce() -> Result<()>) -> Result<f64> {
    let start = Instant::now();
    work()?;
    Ok(start.elapsed().as_secs_f64() * 1000.0)
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}
