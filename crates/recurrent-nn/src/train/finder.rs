//! The learning-rate range test: one short training with a rate that grows at each step.

use super::{
    config::TrainerConfig,
    interrupt::Interrupt,
    progress::{Progress, ProgressCurve, ProgressEnd, ProgressOutput},
    trainer::{Stop, Trainer, copy_weights, restore_weights},
};
use crate::{BatchSource, Error, Model, Result};
use std::time::Instant;

/// The configuration of [`find_learning_rate`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FinderConfig {
    /// The first rate. Default: 1e-5.
    pub start: f64,
    /// The last rate. Default: 1.
    pub end: f64,
    /// Steps from the first to the last, at least 2. Default: 100.
    pub steps: usize,
}

impl Default for FinderConfig {
    fn default() -> Self {
        Self { start: 1e-5, end: 1.0, steps: 100 }
    }
}

/// The result of [`find_learning_rate`], one number per step.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LearningRates {
    /// The learning rates, growing by the same factor each time.
    pub rates: Vec<f64>,
    /// The mean loss before the step with each rate.
    pub losses: Vec<f64>,
    /// The losses as a moving average over about ten steps.
    pub smoothed: Vec<f64>,
}

impl LearningRates {
    /// The rate at which the smoothed loss falls fastest; none if it never falls.
    pub fn steepest(&self) -> Option<f64> {
        let falls = self.smoothed.windows(2).map(|pair| pair[0] - pair[1]);
        falls
            .zip(&self.rates)
            .filter(|(fall, _)| *fall > 0.0)
            .max_by(|(a, _), (b, _)| a.total_cmp(b))
            .map(|(_, rate)| *rate)
    }
}

/// Trains for some steps with a rate that grows from `start` to `end`, and gives the loss at each rate
/// ([Smith, 2017](https://arxiv.org/abs/1506.01186)). The model has its weights back afterwards.
///
/// `trainer` is the configuration (loss, optimizer, clipping); its rate, schedule and accumulation are not
/// used. It ends early when the loss is above its lowest by three times its size, when it is not finite any more, and at a stop (SIGINT).
///
/// Errors: [`Error::Config`] for numbers out of their range; [`Error::Diverged`] at the first rate; [`Error::NoRows`];
/// those of [`Trainer::fit`].
///
/// ```
#[doc = include_str!("../doc_net.rs.in")]
/// # fn main() -> Result<()> {
/// # let model = net(2, 3, 0)?;
/// # let batch = labelled(&[[2, 3], [4, 5]], &[0, 2])?;
/// # let rows = Batches(vec![batch]);
/// let config = FinderConfig { start: 1e-4, end: 1e-1, steps: 20 };
/// let found = find_learning_rate(&model, &rows, &TrainerConfig::default(), config)?;
/// assert_eq!((found.rates[0], found.losses.len()), (1e-4, 20));
/// # Ok(()) }
/// ```
pub fn find_learning_rate(
    model: &dyn Model,
    train: &dyn BatchSource,
    trainer: &TrainerConfig,
    config: FinderConfig,
) -> Result<LearningRates> {
    if !(config.start > 0.0 && config.start < config.end && config.end.is_finite()) {
        return Err(Error::Config {
            operation: "find_learning_rate",
            field: "start",
            expected: "above 0 and below `end`".to_string(),
            got: format!("{} with end {}", config.start, config.end),
        });
    }
    if config.steps < 2 {
        return Err(Error::Config {
            operation: "find_learning_rate",
            field: "steps",
            expected: "at least 2".to_string(),
            got: config.steps.to_string(),
        });
    }
    let interrupt = Interrupt::listen()?;
    let weights = copy_weights(model)?;
    let found = sweep(model, train, trainer, config, &interrupt);
    restore_weights(model, &weights)?;
    found
}

fn sweep(
    model: &dyn Model,
    train: &dyn BatchSource,
    trainer: &TrainerConfig,
    config: FinderConfig,
    interrupt: &Interrupt,
) -> Result<LearningRates> {
    let trainer = Trainer::new(trainer.clone())?;
    let mut output = ProgressOutput::open(trainer.config.progress);
    let began = Instant::now();
    let mut found = LearningRates::default();
    let mut tell = |found: &LearningRates, end| {
        let (done, elapsed) = (found.rates.len(), began.elapsed());
        output.draw(&Progress {
            work: "Learning-rate finder",
            done,
            total: config.steps,
            unit: "steps",
            rate: (done > 0).then(|| done as f64 / elapsed.as_secs_f64()),
            elapsed,
            curve: ProgressCurve::Rates(found),
            end,
            ..Progress::default()
        });
    };
    let result = try_rates(model, train, trainer, config, interrupt, &mut found, &mut |found| tell(found, None));
    let stop = if interrupt.requested() { Stop::Interrupted } else { Stop::Finished };
    tell(&found, Some(if result.is_ok() { ProgressEnd::Stop(stop) } else { ProgressEnd::Failed }));
    result?;
    if found.rates.is_empty() && !interrupt.requested() {
        return Err(Error::NoRows { operation: "find_learning_rate", rows: "training rows" });
    }
    Ok(found)
}

/// Adds the loss at each rate to what is `found`, and tells it.
fn try_rates(
    model: &dyn Model,
    train: &dyn BatchSource,
    mut trainer: Trainer,
    config: FinderConfig,
    interrupt: &Interrupt,
    found: &mut LearningRates,
    tell: &mut dyn FnMut(&LearningRates),
) -> Result<()> {
    let (mut average, mut lowest) = (0.0, f64::INFINITY);
    let growth = (config.end / config.start).powf(1.0 / (config.steps - 1) as f64);
    let mut batches = (0..config.steps).flat_map(|epoch| train.epoch(epoch));
    let parameters = model.state_dict();
    for step in 0..config.steps {
        if interrupt.requested() {
            break;
        }
        let Some(batch) = batches.next() else { break };
        let rate = config.start * growth.powi(step as i32);
        let record = match trainer.step(model, &parameters, vec![batch?], rate, &mut |_| true) {
            Ok(Some(record)) => record,
            Ok(None) => break,
            // The rate has become too large; at the first rate there is nothing to show yet.
            Err(Error::Diverged { .. }) if step > 0 => break,
            Err(error) => return Err(error),
        };
        trainer.history.steps.push(record);
        // A moving average that starts without a bias towards 0.
        average = 0.9 * average + 0.1 * record.loss;
        let smoothed = average / (1.0 - 0.9f64.powi(step as i32 + 1));
        lowest = smoothed.min(lowest);
        found.rates.push(rate);
        found.losses.push(record.loss);
        found.smoothed.push(smoothed);
        tell(found);
        if smoothed - lowest > 3.0 * lowest.abs() {
            break;
        }
    }
    Ok(())
}
