//! Predictions of page 8.

use super::Prediction;

pub(super) const PREDICTIONS: &[Prediction] = &[];
