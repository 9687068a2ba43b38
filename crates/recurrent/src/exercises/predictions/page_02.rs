//! Predictions of page 2.

use super::Prediction;

pub(super) const PREDICTIONS: &[Prediction] = &[];
