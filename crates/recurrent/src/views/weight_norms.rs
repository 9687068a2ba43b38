//! The norm of each layer's weights during a training.

use crate::error::Result;
use recurrent_nn::Model;
use recurrent_plot::{Figure, StepLine, StepPanel, step_lines};

/// The Euclidean norm of each layer's parameters together, recorded during a training.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct WeightNorms {
    /// For each layer that has parameters, by its name in the model, the steps done and the norm after them.
    pub layers: Vec<StepLine>,
}

impl WeightNorms {
    /// Records the norms of the weights after so many steps: in an observer of
    /// [`Trainer::fit_observed`](recurrent_nn::Trainer::fit_observed), after each step or only after each epoch.
    ///
    /// # Errors
    /// When candle fails.
    pub fn record(&mut self, model: &dyn Model, steps: usize) -> recurrent_nn::Result<()> {
        for (name, layer) in model.layers() {
            let mut squares = 0.0;
            let parameters = layer.parameters();
            for (_, weight) in &parameters {
                let weight = weight.to_dtype(candle_core::DType::F64)?;
                squares += weight.sqr()?.sum_all()?.to_scalar::<f64>()?;
            }
            if parameters.is_empty() {
                continue;
            }
            let point = (steps as f64, f64::sqrt(squares));
            match self.layers.iter_mut().find(|line| line.name == name) {
                Some(line) => line.points.push(point),
                None => self.layers.push(StepLine { name, points: vec![point] }),
            }
        }
        Ok(())
    }
}

/// The norm of each layer's weights over the training steps.
///
/// # Errors
/// When nothing is recorded yet, or there are more than eight layers.
pub fn weight_norms(norms: &WeightNorms) -> Result<Figure> {
    let panel = StepPanel { name: "norm of the weights".into(), log_scale: false, lines: norms.layers.clone() };
    Ok(step_lines("Weights over the training", &[panel])?)
}
