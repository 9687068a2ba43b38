//! Predictions of page 3.

use super::Prediction;

pub(super) const PREDICTIONS: &[Prediction] = &[];
