//! What looking costs: recording every gate during a forward pass, and drawing them.
//!
//! ```sh
//! cargo run --release --example view_times                   # RECURRENT_DEVICE=cuda: on a GPU
//! ```

use recurrent::{
    device::describe,
    nn::trace::{Watch, record},
    prelude::*,
};
use std::time::Instant;

/// B, T, E and H of the forward pass.
const SIZES: (usize, usize, usize, usize) = (16, 60, 64, 64);
const ROUNDS: usize = 201;

#[derive(Module)]
struct Reader {
    embedding: Embedding,
    lstm: Lstm,
    linear: Linear,
}

impl Model for Reader {
    fn forward(&self, batch: &Batch) -> Result<Tensor> {
        let x = self.embedding.forward(&batch.input)?;
        self.linear.forward(&self.lstm.forward(&x, None)?.h_n)
    }
}

fn main() -> Result<(), Error> {
    let (rows, steps, input, hidden) = SIZES;
    let device = best_device();
    println!("{}", describe(&device));
    let mut init = Init::keras(0, &device);
    let model = Reader {
        embedding: Embedding::new(1000, input, &mut init)?,
        lstm: Lstm::new(input, hidden, &mut init)?,
        linear: Linear::new(hidden, 4, &mut init)?,
    };
    let ids: Vec<u32> = (0..rows * steps).map(|k| (k * 7919 % 998) as u32 + 2).collect();
    let batch = Batch::new(Tensor::from_vec(ids, (rows, steps), &device)?, vec![steps; rows]);
    let mut times = [const { Vec::new() }; 4];
    let words: Vec<String> = (0..998).map(|word| format!("word{word}")).collect();
    let text = words[..steps].join(" ");
    let vectorizer = TextVectorizer::new(VectorizerConfig::default(), Vocabulary::new(words)?)?;
    // In turns, so that a busy moment of the machine meets all of them.
    for _ in 0..ROUNDS {
        times[0].push(milliseconds(&device, || Ok(model.forward(&batch)?))?);
        times[1].push(milliseconds(&device, || Ok(record(&model, &batch, Watch::default())?))?);
        times[2].push(milliseconds(&device, || {
            let record = record(&model, &batch, Watch::default())?;
            let layer = &record.layers[0];
            let all = layer.symbols().into_iter();
            Ok(all.map(|symbol| layer.get(symbol)).collect::<Result<Vec<_>, _>>()?)
        })?);
        times[3].push(milliseconds(&device, || gates(&model, &vectorizer, &text, "lstm"))?);
    }
    let [plain, recorded, looked_at, figure] = times.map(median);
    let more = |time: f64| 100.0 * (time / plain - 1.0);
    println!("forward, LSTM, B {rows}, T {steps}, E {input}, H {hidden}: {plain:.3} ms");
    println!("with every gate recorded: {recorded:.3} ms, {:+.1} %", more(recorded));
    println!("and each of them looked at, as a tensor: {looked_at:.3} ms, {:+.1} %", more(looked_at));
    println!("the figure of all gates, {hidden} units x {steps} words, trace and drawing: {figure:.1} ms");
    println!("(medians of {ROUNDS})");
    Ok(())
}

/// The time of the second of two calls: the first one finds the cache and the allocator as other work left them.
fn milliseconds<T>(device: &Device, work: impl Fn() -> Result<T, Error>) -> Result<f64, Error> {
    drop(work()?);
    device.synchronize()?;
    let start = Instant::now();
    // What it gives is dropped inside the measured time.
    drop(work()?);
    device.synchronize()?;
    Ok(start.elapsed().as_secs_f64() * 1000.0)
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}
