//! Spoken digits, nearly: each digit is a short melody of a loud band, "spoken" faster or slower, higher or lower, with
//! noise. Synthesised as sound, then cut into frames.

use super::from_0_to_1;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::StandardNormal;
use std::f64::consts::TAU;

/// Samples in a second.
pub const SAMPLE_RATE: usize = 8000;
/// Samples in a frame: 20 ms.
pub const FRAME: usize = 160;
/// Bands in a frame.
pub const BANDS: usize = 16;

/// The band, 0 to 15, at the start, in the middle and at the end of each digit.
pub const MELODIES: [[f64; 3]; 10] = [
    [12.0, 7.0, 3.0],
    [3.0, 3.0, 10.0],
    [9.0, 4.0, 4.0],
    [2.0, 8.0, 13.0],
    [6.0, 6.0, 6.0],
    [13.0, 4.0, 12.0],
    [4.0, 12.0, 4.0],
    [11.0, 11.0, 3.0],
    [3.0, 11.0, 11.0],
    [13.0, 13.0, 13.0],
];

/// One utterance.
#[derive(Debug, Clone, PartialEq)]
pub struct Utterance {
    /// The sound: a wave from -0.8 to 0.8, and the noise.
    pub samples: Vec<f32>,
    /// T*16 numbers, shape (T, bands): the natural logarithm of the energy of each band in each frame.
    pub frames: Vec<f32>,
    /// The digit.
    pub label: u32,
    /// The loudest band as it was meant, T numbers.
    pub melody: Vec<f32>,
}

/// `rows` utterances of 20 to 40 frames, the digits in turn. `noise` is the standard deviation of what is added to the
/// samples, from 0 to 1: a number outside is taken as the nearer of these, and one that is not a number as 0.
pub fn digits(rows: usize, noise: f64, seed: u64) -> Vec<Utterance> {
    let (mut rng, noise) = (ChaCha8Rng::seed_from_u64(seed), from_0_to_1(noise));
    (0..rows).map(|row| utterance(row % MELODIES.len(), noise, &mut rng)).collect()
}

fn utterance(digit: usize, noise: f64, rng: &mut ChaCha8Rng) -> Utterance {
    let steps = rng.random_range(20..=40);
    let voice = rng.random_range(-1.0..1.0);
    let melody: Vec<f64> = (0..steps).map(|t| voice + along(&MELODIES[digit], t as f64 / (steps - 1) as f64)).collect();
    let mut phase = 0.0;
    let mut samples = Vec::with_capacity(steps * FRAME);
    for (t, &band) in melody.iter().enumerate() {
        // Louder in the middle of the word than at its ends.
        let loudness = 0.2 + 0.6 * (std::f64::consts::PI * (t as f64 + 0.5) / steps as f64).sin();
        for _ in 0..FRAME {
            phase += TAU * frequency(band) / SAMPLE_RATE as f64;
            samples.push((loudness * phase.sin() + noise * rng.sample::<f64, _>(StandardNormal)) as f32);
        }
    }
    let frames = samples
        .chunks(FRAME)
        .flat_map(|frame| (0..BANDS).map(|band| energy(frame, frequency(band as f64)).ln() as f32))
        .collect();
    Utterance { samples, frames, label: digit as u32, melody: melody.into_iter().map(|band| band as f32).collect() }
}

/// On straight lines from the start over the middle to the end, x from 0 to 1.
fn along([start, middle, end]: &[f64; 3], x: f64) -> f64 {
    if x < 0.5 { start + (middle - start) * 2.0 * x } else { middle + (end - middle) * (2.0 * x - 1.0) }
}

/// The middle of a band in Hz: 300, 500, … 3300.
fn frequency(band: f64) -> f64 {
    300.0 + 200.0 * band
}

/// The energy of a frame, under a Hann window, in the 200 Hz around one frequency: four coefficients of its Fourier
/// transform.
fn energy(frame: &[f32], middle: f64) -> f64 {
    let energy = [-75.0, -25.0, 25.0, 75.0].map(|offset| {
        let (mut real, mut imaginary) = (0.0, 0.0);
        for (n, &sample) in frame.iter().enumerate() {
            let window = 0.5 - 0.5 * (TAU * n as f64 / frame.len() as f64).cos();
            let angle = TAU * (middle + offset) * n as f64 / SAMPLE_RATE as f64;
            real += window * f64::from(sample) * angle.cos();
            imaginary += window * f64::from(sample) * angle.sin();
        }
        real * real + imaginary * imaginary
    });
    // Silence has a logarithm too.
    energy.iter().sum::<f64>() / frame.len() as f64 + 1e-6
}
