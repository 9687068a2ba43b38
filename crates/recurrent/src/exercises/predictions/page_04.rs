//! Predictions of page 4.

use super::Prediction;

pub(super) const PREDICTIONS: &[Prediction] = &[];
