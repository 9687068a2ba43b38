//! Predictions of page 9.

use super::Prediction;

pub(super) const PREDICTIONS: &[Prediction] = &[];
