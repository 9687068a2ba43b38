//! Loss and accuracy while a model trained.

use crate::error::Result;
use recurrent_nn::History;
use recurrent_plot::{CurvePoint, Figure, TrainingRun, training_curves};

/// Loss and accuracy against the training step, for one or more named runs.
///
/// # Errors
/// When a run has no step yet, or there are more than eight.
pub fn learning_curves(runs: &[(&str, &History)]) -> Result<Figure> {
    let runs: Vec<TrainingRun> = runs
        .iter()
        .map(|(name, history)| run(name, history))
        .collect();
    Ok(training_curves(&runs)?)
}

fn run(name: &str, history: &History) -> TrainingRun {
    let steps = history.steps.iter().map(|step| CurvePoint {
        step: step.step as f64 + 1.0,
        loss: step.loss,
        accuracy: step.accuracy(),
    });
    let mut run = TrainingRun {
        name: name.to_owned(),
        steps: steps.collect(),
        ..TrainingRun::default()
    };
    for epoch in &history.epochs {
        let step = history
            .steps_of(epoch.epoch)
            .last()
            .map_or(0.0, |last| last.step as f64 + 1.0);
        run.train.push(CurvePoint {
            step,
            loss: epoch.loss,
            accuracy: epoch.accuracy,
        });
        if let (Some(loss), Some(accuracy)) = (epoch.validation_loss, epoch.validation_accuracy) {
            run.validation.push(CurvePoint {
                step,
                loss,
                accuracy,
            });
        }
    }
    run
}
