//! Predictions of page 12.

use super::Prediction;

pub(super) const PREDICTIONS: &[Prediction] = &[];
