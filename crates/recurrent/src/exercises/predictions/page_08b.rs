//! Predictions of page 8b.

use super::Prediction;

pub(super) const PREDICTIONS: &[Prediction] = &[];
