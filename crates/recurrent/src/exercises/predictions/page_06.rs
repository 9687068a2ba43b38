//! Predictions of page 6.

use super::Prediction;

pub(super) const PREDICTIONS: &[Prediction] = &[];
