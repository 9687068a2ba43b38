//! Predictions of page 8c.

use super::Prediction;

pub(super) const PREDICTIONS: &[Prediction] = &[];
