//! Predictions of page 1.

use super::Prediction;

pub(super) const PREDICTIONS: &[Prediction] = &[];
