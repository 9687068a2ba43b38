use super::networks::{assert_close, message, remembers_a_until_b, set, vectorizer, writes};
use recurrent::nn::{LearningRates, StepRecord};
use recurrent::prelude::*;
use recurrent::views::*;

#[test]
fn weights_are_taken_apart_by_gate() -> Result<(), Error> {
    let model = remembers_a_until_b()?;
    let weights = gate_weights(&model, "layer")?;
    let names: Vec<&str> = weights.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "input gate i, from x",
            "forget gate f, from x",
            "candidate g, from x",
            "output gate o, from x",
            "input gate i, from h",
            "forget gate f, from h",
            "candidate g, from h",
            "output gate o, from h",
        ]
    );
    assert_eq!(weights[0].values.len(), 2 * 6);
    assert_eq!(weights[0].values[2], 60.0);
    assert_eq!(weights[1].values[3], -60.0);
    assert_eq!(weights[4].values, [0.0; 4]);
    assert!(writes(&weight_histograms(&model, "layer")?, "forget gate f, from x"));
    assert_eq!(
        message(weight_histograms(&model, "linear")),
        "no recurrent layer is named \"linear\"; this model has layer"
    );
    Ok(())
}

#[test]
fn gradients_are_taken_apart_by_gate() -> Result<(), Error> {
    // "a" alone: i = sigmoid(1), o = sigmoid(0), g = 1, so c = i; the score of class 1 is h = o tanh(c). Only the
    // column of "a" counts.
    let (model, words) = (remembers_a_until_b()?, vectorizer());
    let bias = [-59.0, -30.0, 30.0, 30.0, 30.0, 30.0, 0.0, 30.0];
    set(&model, "layer.bias_ih_l0", &bias)?;
    let found = gate_gradients(&model, &words, "a", 1, "layer")?;
    let weights = gate_weights(&model, "layer")?;
    assert_eq!(found.len(), weights.len());
    for (gradient, weight) in found.iter().zip(&weights) {
        assert_eq!(gradient.name, weight.name);
        assert_eq!(gradient.values.len(), weight.values.len());
    }
    // d score = -p_0, d o = d score tanh(c), d i = d score o (1 - tanh(c)²) g, times the slopes of the gates.
    let p = trace(&model, &words, "a")?.probabilities[0];
    let i = 1.0 / (1.0 + (-1f64).exp());
    let mut expected = [0.0; 12];
    expected[2] = -p * 0.5 * (1.0 - i.tanh().powi(2)) * i * (1.0 - i);
    assert_close(&found[0].values, &expected);
    expected[2] = -p * i.tanh() * 0.25;
    assert_close(&found[3].values, &expected);
    // h_0 is 0.
    assert_close(&found[7].values, &[0.0; 4]);
    let figure = gradient_histograms(&model, &words, "a", 1, "layer")?;
    assert!(writes(&figure, "output gate o, from x"));
    assert_eq!(
        message(gradient_histograms(&model, &words, "a", 2, "layer")),
        "gradient_histograms: label 2, but the model scores 2 classes"
    );
    Ok(())
}

#[test]
fn a_training_is_drawn() -> Result<(), Error> {
    let step = |step: u64, gradient_norm: f64| StepRecord {
        step,
        epoch: 0,
        batch: step as usize + 1,
        rows: 8,
        answers: 8,
        correct: Some(4),
        loss: 0.7,
        learning_rate: 0.01 * (step + 1) as f64,
        gradient_norm,
        ..StepRecord::default()
    };
    let history = History { steps: vec![step(0, 2.0), step(1, 0.5), step(2, 0.0)], epochs: Vec::new() };
    // The logarithm has no place for the 0 of the third step.
    for (steps, log_scale) in [(3, false), (2, true)] {
        let mut history = history.clone();
        history.steps.truncate(steps);
        let panel = |name: &str, log_scale, values: [f64; 3]| StepPanel {
            name: name.into(),
            log_scale,
            lines: vec![StepLine {
                name: name.into(),
                points: [1.0, 2.0, 3.0].into_iter().zip(values).take(steps).collect(),
            }],
        };
        let panels =
            [panel("gradient norm", log_scale, [2.0, 0.5, 0.0]), panel("learning rate", false, [0.01, 0.02, 0.03])];
        let expected = step_lines("Gradients over the training", &panels)?;
        assert_eq!(gradient_norms(&history)?.svg(), expected.svg());
    }
    assert!(gradient_norms(&History::default()).is_err());

    let rates = LearningRates {
        rates: vec![1e-4, 1e-3, 1e-2, 1e-1],
        losses: vec![1.0, 0.9, 0.4, 0.5],
        smoothed: vec![1.0, 0.95, 0.5, 0.5],
    };
    assert!(writes(&learning_rate_curve(&rates)?, "falls fastest at 1e−3"));

    let evaluation = Evaluation { loss: 0.5, confusion: vec![vec![3, 1], vec![0, 4]] };
    let figure = confusion(&evaluation, &["no", "yes"])?;
    assert!(figure.svg().contains("87.50 % are right"));
    assert_eq!(
        message(confusion(&evaluation, &["no"])),
        "confusion: the model has 2 classes, but 1 class names were given"
    );
    Ok(())
}

#[test]
fn the_norms_of_the_weights_are_followed() -> Result<(), Error> {
    let model = remembers_a_until_b()?;
    let mut norms = WeightNorms::default();
    assert!(weight_norms(&norms).is_err());
    norms.record(&model, 1)?;
    set(&model, "linear.weight", &[0.0, 3.0, 4.0, 0.0])?;
    set(&model, "linear.bias", &[0.0, 0.0])?;
    norms.record(&model, 2)?;
    let names: Vec<&str> = norms.layers.iter().map(|line| line.name.as_str()).collect();
    assert_eq!(names, ["embedding", "layer", "linear"]);
    // Six words with one 1 each; a weight of 1 and a bias of 1/4, then 3 and 4.
    assert_close(&[norms.layers[0].points[0].1], &[6f64.sqrt()]);
    let (before, after) = (norms.layers[2].points[0], norms.layers[2].points[1]);
    assert_close(&[before.0, before.1], &[1.0, 1.0625f64.sqrt()]);
    assert_close(&[after.0, after.1], &[2.0, 5.0]);
    // Two weights of 60 and eight biases of 30.
    assert_close(&[norms.layers[1].points[1].1], &[120.0]);
    let expected = step_lines(
        "Weights over the training",
        &[StepPanel { name: "norm of the weights".into(), log_scale: false, lines: norms.layers.clone() }],
    )?;
    assert_eq!(weight_norms(&norms)?.svg(), expected.svg());
    Ok(())
}
