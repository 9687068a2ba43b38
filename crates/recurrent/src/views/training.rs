//! Figures of a training's history.

use crate::error::Result;
use recurrent_nn::{History, LearningRates, StepRecord};
use recurrent_plot::{
    CurvePoint, Figure, StepLine, StepPanel, TrainingRun, learning_rate_finder, step_lines, training_curves,
};

/// Loss and accuracy against the training step, for one or more named runs; the loss alone where the answers of a run
/// are numbers. A validation loss that is infinite or not a number is left out; the name of its run says how many there
/// are.
///
/// # Errors
/// When a run has no step yet, or there are more than eight.
pub fn learning_curves(runs: &[(&str, &History)]) -> Result<Figure> {
    let runs: Vec<TrainingRun> = runs.iter().map(|(name, history)| run(name, history)).collect();
    Ok(training_curves(&runs)?)
}

/// The norm of the gradients before each update, and its learning rate, over the training steps.
///
/// # Errors
/// When there is no step yet.
pub fn gradient_norms(history: &History) -> Result<Figure> {
    let line = |name: &str, value: fn(&StepRecord) -> f64| {
        let points = history.steps.iter();
        StepPanel {
            name: name.to_owned(),
            log_scale: false,
            lines: vec![StepLine {
                name: name.to_owned(),
                points: points.map(|step| (step.step as f64 + 1.0, value(step))).collect(),
            }],
        }
    };
    let mut norms = line("gradient norm", |step| step.gradient_norm);
    // A gradient norm of 0 has no logarithm.
    norms.log_scale = history.steps.iter().all(|step| step.gradient_norm > 0.0);
    let panels = [norms, line("learning rate", |step| step.learning_rate)];
    Ok(step_lines("Gradients over the training", &panels)?)
}

/// The loss at each learning rate that was tried, smoothed, with the rate at which it fell fastest.
///
/// # Errors
/// When no rate was tried.
pub fn learning_rate_curve(rates: &LearningRates) -> Result<Figure> {
    Ok(learning_rate_finder(&rates.rates, &rates.smoothed, rates.steepest())?)
}

/// A history as the numbers of its curves.
pub(crate) fn run(name: &str, history: &History) -> TrainingRun {
    let steps = history.steps.iter().map(|step| CurvePoint {
        step: step.step as f64 + 1.0,
        loss: step.loss,
        accuracy: step.accuracy(),
    });
    let mut run = TrainingRun { name: name.to_owned(), steps: steps.collect(), ..TrainingRun::default() };
    let mut lost = 0;
    for epoch in &history.epochs {
        let steps = history.steps_of(epoch.epoch);
        let number = |step: Option<&StepRecord>| step.map_or(0.0, |step| step.step as f64 + 1.0);
        let (first, step) = (number(steps.first()), number(steps.last()));
        run.train.push(CurvePoint { step: (first + step) / 2.0, loss: epoch.loss, accuracy: epoch.accuracy });
        match epoch.validation_loss {
            Some(loss) if loss.is_finite() => {
                run.validation.push(CurvePoint { step, loss, accuracy: epoch.validation_accuracy })
            }
            Some(_) => lost += 1,
            None => (),
        }
    }
    if lost > 0 {
        run.name += &format!(" ({lost} validations not finite)");
    }
    run
}

#[cfg(test)]
mod tests {
    use super::*;
    use recurrent_nn::EpochRecord;

    #[test]
    fn curves_count_steps_from_one_and_validate_after_an_epoch() {
        let step = |(step, epoch): (u64, usize)| StepRecord {
            step,
            epoch,
            batch: 1,
            rows: 8,
            answers: 8,
            correct: Some(step as usize),
            loss: 3.0 - step as f64,
            learning_rate: 0.1,
            gradient_norm: 1.0,
            ..StepRecord::default()
        };
        let epoch = |epoch, validation_loss: Option<f64>| EpochRecord {
            epoch,
            steps: 2,
            rows: 16,
            loss: 2.0,
            accuracy: Some(0.125),
            learning_rate: 0.1,
            gradient_norm: 1.0,
            validation_loss,
            validation_accuracy: validation_loss.map(|loss| loss / 2.0),
            ..EpochRecord::default()
        };
        // Three steps, two steps, and one of an epoch that was stopped.
        let steps = [(0, 0), (1, 0), (2, 0), (3, 1), (4, 1), (5, 2)];
        let history =
            History { steps: steps.into_iter().map(step).collect(), epochs: vec![epoch(0, None), epoch(1, Some(1.5))] };
        let point = |step: f64, loss: f64, accuracy: f64| CurvePoint { step, loss, accuracy: Some(accuracy) };
        let drawn = run("lstm", &history);
        assert_eq!(drawn.name, "lstm");
        assert_eq!(drawn.steps.len(), 6);
        assert_eq!(drawn.steps[0], point(1.0, 3.0, 0.0));
        assert_eq!(drawn.steps[5], point(6.0, -2.0, 0.625));
        // An epoch's mean is in its middle: of the steps 1 to 3, of 4 and 5. The validation comes after its last step.
        assert_eq!(drawn.train, [point(2.0, 2.0, 0.125), point(4.5, 2.0, 0.125)]);
        assert_eq!(drawn.validation, [point(5.0, 1.5, 0.75)]);
        let figure = learning_curves(&[("lstm", &history)]).expect("a figure");
        assert!(figure.svg().contains("training step"));

        // A validation without a finite loss is left out, and said.
        let history = History { epochs: vec![epoch(0, Some(f64::INFINITY)), epoch(1, Some(1.5))], ..history };
        let drawn = run("lstm", &history);
        assert_eq!(drawn.name, "lstm (1 validations not finite)");
        assert_eq!(drawn.validation, [point(5.0, 1.5, 0.75)]);
        learning_curves(&[("lstm", &history)]).expect("a figure");

        // Answers that are numbers have no accuracy.
        let mut history = history;
        history.steps.iter_mut().for_each(|step| step.correct = None);
        history.epochs.iter_mut().for_each(|epoch| (epoch.accuracy, epoch.validation_accuracy) = (None, None));
        let figure = learning_curves(&[("gru", &history)]).expect("a figure");
        assert!(figure.svg().contains(">Loss<") && !figure.svg().contains(">Accuracy<"));
    }
}
