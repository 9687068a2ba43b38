//! Numbers that are infinite, not a number, or as large as they can be.

use crate::support::{Rows, Slow, WordBag};
use candle_core::{Device, Tensor};
use recurrent_nn::{
    Batch, BatchSource, Error, FinderConfig, Init, Linear, Model, Module, Result, Stop, Trainer, TrainerConfig,
    find_learning_rate, predict_proba,
};
use std::time::Duration;

/// A linear layer with the bias (0, `bias`, 0).
struct Biased(Linear);

impl Biased {
    fn new(bias: f32) -> Result<Self> {
        let linear = Linear::new(6, 3, &mut Init::keras(0, &Device::Cpu))?;
        let parameters = linear.parameters();
        let (_, var) = parameters.iter().find(|(name, _)| name == "bias").unwrap();
        var.set(&Tensor::new(&[0.0, bias, 0.0], &Device::Cpu)?)?;
        Ok(Self(linear))
    }
}

impl Module for Biased {
    fn layers(&self) -> Vec<(String, &dyn Module)> {
        vec![("linear".into(), &self.0)]
    }
}

impl Model for Biased {
    fn forward(&self, batch: &Batch) -> Result<Tensor> {
        self.0.forward(&batch.input.to_dtype(candle_core::DType::F32)?)
    }
}

#[test]
fn scores_that_are_no_numbers_are_no_probabilities() -> Result<()> {
    let batch = Rows::new(3, 3, 1).batch(&[0, 1, 2])?;
    for (bias, expected) in [(f32::NAN, "row 0 make NaN"), (f32::INFINITY, "row 0 make NaN")] {
        let error = predict_proba(&Biased::new(bias)?, &batch).unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
    }
    // A score of minus infinity is a class that cannot be.
    for row in predict_proba(&Biased::new(f32::NEG_INFINITY)?, &batch)? {
        assert!(row[1] == 0.0 && (row[0] + row[2] - 1.0).abs() < 1e-9, "{row:?}");
    }
    Ok(())
}

/// No rows.
struct Nothing;

impl BatchSource for Nothing {
    fn rows(&self) -> usize {
        0
    }

    fn epoch(&self, _: usize) -> Box<dyn Iterator<Item = Result<Batch>> + '_> {
        Box::new(std::iter::empty())
    }
}

#[test]
fn a_search_for_a_rate_that_sees_nothing_says_why() -> Result<()> {
    let (config, finder) = (TrainerConfig::default(), FinderConfig::default());
    let rows = Rows::new(20, 5, 1);
    let found = find_learning_rate(&Biased::new(f32::NAN)?, &rows, &config, finder);
    assert!(matches!(found, Err(Error::Diverged { step: 0, .. })), "{found:?}");
    let found = find_learning_rate(&WordBag::new(1), &Nothing, &config, finder);
    let error = found.unwrap_err().to_string();
    assert_eq!(error, "find_learning_rate: there are no training rows");
    Ok(())
}

#[test]
fn a_training_may_have_all_epochs_there_are() -> Result<()> {
    // An epoch takes more than a second, so that a line says how much time is left: for steps of one row, and for one
    // step of all rows.
    let rows = Slow(Rows::new(220, 1, 1));
    for (accumulate, steps) in [(1, 220), (usize::MAX, 1)] {
        let model = WordBag::new(1);
        let mut trainer =
            Trainer::new(TrainerConfig { epochs: usize::MAX, accumulate, row_limit: Some(220), ..Default::default() })?;
        for fit in 1..=2 {
            assert_eq!(trainer.fit(&model, &rows, None)?, Stop::RowLimit);
            assert_eq!(trainer.history().steps.len(), fit * steps);
        }
    }
    let model = WordBag::new(1);
    let mut never =
        Trainer::new(TrainerConfig { epochs: usize::MAX, time_limit: Some(Duration::ZERO), ..Default::default() })?;
    assert_eq!(never.fit(&model, &rows, None)?, Stop::TimeLimit);
    Ok(())
}
