//! Predictions of page 11.

use super::Prediction;

pub(super) const PREDICTIONS: &[Prediction] = &[];
