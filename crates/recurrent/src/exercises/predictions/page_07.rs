//! Predictions of page 7.

use super::Prediction;

pub(super) const PREDICTIONS: &[Prediction] = &[];
