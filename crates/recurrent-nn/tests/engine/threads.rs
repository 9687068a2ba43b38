//! Training gives the same bits for any number of threads: rayon's, and those that candle's operations take from the
//! environment.

use crate::batch;
use candle_core::{Device, Tensor};
use recurrent_nn::{
    Batch, Bidirectional, Clip, Embedding, ForwardOptions, Init, Linear, Lstm, Model, Module, Optimizer,
    OptimizerConfig, Result, Stacked,
};
use std::process::Command;

const THREADS: [usize; 4] = [1, 2, 3, 8];
const VOCABULARY: usize = 500;
const BATCH: usize = 64;
const STEPS: usize = 20;
const EMBEDDING: usize = 64;
const HIDDEN: usize = 64;

#[derive(Module)]
struct Network {
    embedding: Embedding,
    lstm: Stacked<Bidirectional<Lstm>>,
    linear: Linear,
    step_by_step: bool,
}

impl Network {
    fn new(step_by_step: bool) -> Result<Self> {
        let mut init = Init::keras(5, &Device::Cpu);
        let embedding = Embedding::new(VOCABULARY, EMBEDDING, &mut init)?;
        let mut pair =
            |input| Bidirectional::new(Lstm::new(input, HIDDEN, &mut init)?, Lstm::new(input, HIDDEN, &mut init)?);
        let layers = vec![pair(EMBEDDING)?, pair(2 * HIDDEN)?];
        Ok(Self {
            embedding,
            lstm: Stacked::new(layers, 0.3, &mut init)?,
            linear: Linear::new(2 * HIDDEN, 4, &mut init)?,
            step_by_step,
        })
    }
}

impl Model for Network {
    fn forward(&self, batch: &Batch) -> Result<Tensor> {
        let x = self.embedding.forward(&batch.input)?;
        let options = ForwardOptions {
            lengths: Some(&batch.lengths),
            step_by_step: self.step_by_step,
            ..ForwardOptions::default()
        };
        let layers = self.lstm.forward_with(&x, &[options, options], batch)?;
        self.linear.forward(&layers[1].h_n)
    }
}

fn rows(training: bool, step: u32) -> Result<Batch> {
    let id = |place| (place * 7 + step * 31 + 1) % VOCABULARY as u32;
    let ids: Vec<u32> = (0..(BATCH * STEPS) as u32).map(id).collect();
    Ok(Batch {
        input: Tensor::from_vec(ids, (BATCH, STEPS), &Device::Cpu)?,
        lengths: (0..BATCH).map(|row| 1 + (row * 11) % STEPS).collect(),
        ..batch(training, u64::from(step))
    })
}

/// The bits of every loss of a few steps, of the predictions after them, and of all weights.
fn train(step_by_step: bool) -> Result<Vec<u32>> {
    let network = Network::new(step_by_step)?;
    let labels: Vec<u32> = (0..BATCH as u32).map(|row| row % 4).collect();
    let labels = Tensor::new(labels, &Device::Cpu)?;
    let mut optimizer = Optimizer::new(OptimizerConfig { clip: Some(Clip::Norm(0.1)), ..OptimizerConfig::default() })?;
    let mut numbers = Vec::new();
    for step in 0..3 {
        let logits = network.forward(&rows(true, step)?)?;
        let loss = candle_nn::loss::cross_entropy(&logits, &labels)?;
        optimizer.step(&network, &loss.backward()?, 0.01)?;
        numbers.push(loss.to_scalar::<f32>()?);
    }
    let predictions = network.forward(&rows(false, 3)?)?;
    numbers.extend(predictions.flatten_all()?.to_vec1::<f32>()?);
    for (_, var) in network.parameters() {
        numbers.extend(var.flatten_all()?.to_vec1::<f32>()?);
    }
    assert!(numbers.iter().all(|number| number.is_finite()));
    Ok(numbers.into_iter().map(f32::to_bits).collect())
}

/// Set in the processes that the next test starts.
const CHILD: &str = "RECURRENT_TEST_OF_THREADS";

/// candle asks the environment how many threads share a matrix product and an operation on many numbers, so each number
/// of threads is a process: this test, started anew.
#[test]
fn training_gives_the_same_bits_in_a_process_of_any_number_of_threads() {
    if let Ok(threads) = std::env::var(CHILD) {
        return print_bits(threads.parse().unwrap());
    }
    let with_threads = |threads: usize| {
        let name = "threads::training_gives_the_same_bits_in_a_process_of_any_number_of_threads";
        let output = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", name, "--nocapture"])
            .env(CHILD, threads.to_string())
            .env("RAYON_NUM_THREADS", threads.to_string())
            .env("CANDLE_NUM_THREADS", threads.to_string())
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        let lines = text.lines().filter(|line| line.starts_with("bits "));
        let lines: Vec<String> = lines.map(str::to_string).collect();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && lines.len() == 2, "{errors}");
        lines
    };
    let one = with_threads(1);
    assert_ne!(one[0], one[1], "fused and step by step round differently");
    for threads in THREADS {
        assert_eq!(one, with_threads(threads), "{threads} threads");
    }
}

/// Trains with the fused operations and with candle's, and prints a hash of each one's bits.
fn print_bits(threads: usize) {
    assert_eq!(rayon::current_num_threads(), threads);
    assert_eq!(candle_core::utils::get_num_threads(), threads);
    // The smallest product of a step, W_hh h, is large enough to be shared between threads.
    assert!(BATCH * HIDDEN * 4 * HIDDEN >= gemm::get_threading_threshold());
    for step_by_step in [false, true] {
        let bits = train(step_by_step).unwrap();
        // FNV-1a
        let hash = bits
            .iter()
            .fold(0xcbf2_9ce4_8422_2325u64, |hash, &bits| (hash ^ u64::from(bits)).wrapping_mul(0x0100_0000_01b3));
        println!("\nbits step_by_step={step_by_step} {hash:016x}");
    }
}
