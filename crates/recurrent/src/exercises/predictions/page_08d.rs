//! Predictions of page 8d.

use super::Prediction;

pub(super) const PREDICTIONS: &[Prediction] = &[];
