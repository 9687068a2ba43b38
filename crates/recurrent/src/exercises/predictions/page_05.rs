//! Predictions of page 5.

use super::Prediction;

pub(super) const PREDICTIONS: &[Prediction] = &[];
