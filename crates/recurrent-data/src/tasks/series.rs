//! A series over time: a trend, a season, and noise.

use crate::{Error, Result};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::StandardNormal;
use std::f64::consts::TAU;

/// What the series is made of: `level + slope * t + amplitude * sin(2 pi t / period) + noise * N(0, 1)`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SeriesConfig {
    /// The value at the start.
    pub level: f64,
    /// How much it grows at each step.
    pub slope: f64,
    /// How far the season goes up and down.
    pub amplitude: f64,
    /// Steps in one season, above 0.
    pub period: f64,
    /// The standard deviation of the noise, 0 or more.
    pub noise: f64,
}

impl Default for SeriesConfig {
    /// Some years of monthly numbers.
    fn default() -> Self {
        Self { level: 10.0, slope: 0.05, amplitude: 3.0, period: 12.0, noise: 0.5 }
    }
}

/// A series and its parts; `values[t] = trend[t] + season[t] + noise[t]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// What can be seen.
    pub values: Vec<f64>,
    /// The straight line.
    pub trend: Vec<f64>,
    /// The wave.
    pub season: Vec<f64>,
    /// What cannot be predicted: its variance is the smallest possible mean squared error.
    pub noise: Vec<f64>,
}

/// `steps` values.
///
/// # Errors
/// A number of the configuration that is not finite, a period that is not above 0, or noise below 0.
pub fn series(steps: usize, config: SeriesConfig, seed: u64) -> Result<Series> {
    let SeriesConfig { level, slope, amplitude, period, noise } = config;
    if ![level, slope, amplitude, period, noise].iter().all(|x| x.is_finite()) || period <= 0.0 || noise < 0.0 {
        return Err(Error::argument(
            "series",
            "finite numbers, a period above 0 and noise of 0 or more",
            format!("{config:?}"),
        ));
    }
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let trend: Vec<f64> = (0..steps).map(|t| level + slope * t as f64).collect();
    let season: Vec<f64> = (0..steps).map(|t| amplitude * (TAU * t as f64 / period).sin()).collect();
    let noise: Vec<f64> = (0..steps).map(|_| noise * rng.sample::<f64, _>(StandardNormal)).collect();
    let values = (0..steps).map(|t| trend[t] + season[t] + noise[t]).collect();
    Ok(Series { values, trend, season, noise })
}
