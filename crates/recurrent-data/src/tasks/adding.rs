//! The adding problem: the sum of the two marked numbers of a long sequence (Hochreiter and Schmidhuber, Long
//! Short-Term Memory, 1997, experiment 4; with one mark in each half as in Le, Jaitly and Hinton, 2015, arXiv
//! 1504.00941).

use crate::{Error, Result};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Sequences of pairs (number, mark).
#[derive(Debug, Clone, PartialEq)]
pub struct Adding {
    /// B*T*2 numbers, shape (B, T, 2): a number from U(0, 1), then 1 where it is marked and 0 elsewhere.
    pub inputs: Vec<f32>,
    /// The sum of the two marked numbers, B numbers. Who always says 1 has a mean squared error of 1/6.
    pub targets: Vec<f32>,
    /// T.
    pub steps: usize,
}

/// `rows` sequences of `steps` pairs.
///
/// # Errors
/// Below 2 steps: two numbers are marked.
pub fn adding(rows: usize, steps: usize, seed: u64) -> Result<Adding> {
    if steps < 2 {
        return Err(Error::argument(
            "adding",
            "2 or more steps, as two numbers are marked",
            steps.to_string(),
        ));
    }
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut task = Adding {
        inputs: Vec::with_capacity(rows * steps * 2),
        targets: Vec::with_capacity(rows),
        steps,
    };
    for _ in 0..rows {
        let marks = [
            rng.random_range(0..steps / 2),
            rng.random_range(steps / 2..steps),
        ];
        let mut sum = 0.0;
        for t in 0..steps {
            let number: f32 = rng.random();
            let mark = f32::from(u8::from(marks.contains(&t)));
            sum += mark * number;
            task.inputs.extend([number, mark]);
        }
        task.targets.push(sum);
    }
    Ok(task)
}
