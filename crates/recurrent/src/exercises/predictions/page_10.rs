//! Predictions of page 10.

use super::Prediction;

pub(super) const PREDICTIONS: &[Prediction] = &[];
