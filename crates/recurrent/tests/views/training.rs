use crate::networks::{message, remembers_a_until_b, writes};
use recurrent::prelude::*;

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
    assert!(writes(
        &weight_histograms(&model, "layer")?,
        "forget gate f, from x"
    ));
    assert_eq!(
        message(weight_histograms(&model, "linear")),
        "no recurrent layer is named \"linear\"; this model has layer"
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
        correct: 4,
        loss: 0.7,
        learning_rate: 0.01,
        gradient_norm,
    };
    let history = History {
        steps: vec![step(0, 2.0), step(1, 0.5), step(2, 0.0)],
        epochs: Vec::new(),
    };
    let figure = gradient_norms(&history)?;
    assert!(writes(&figure, "gradient norm") && writes(&figure, "learning rate"));
    assert!(gradient_norms(&History::default()).is_err());

    let rates = LearningRates {
        rates: vec![1e-4, 1e-3, 1e-2, 1e-1],
        losses: vec![1.0, 0.9, 0.4, 0.5],
        smoothed: vec![1.0, 0.95, 0.5, 0.5],
    };
    assert!(writes(&learning_rate_curve(&rates)?, "suggested: 1e−3"));

    let evaluation = Evaluation {
        loss: 0.5,
        confusion: vec![vec![3, 1], vec![0, 4]],
    };
    let figure = confusion(&evaluation, &["no", "yes"])?;
    assert!(figure.svg().contains("87.50 % are right"));
    assert_eq!(
        message(confusion(&evaluation, &["no"])),
        "confusion: the model has 2 classes, but 1 class names were given"
    );
    Ok(())
}
