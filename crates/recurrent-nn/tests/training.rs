//! The training loop: it learns, it repeats, it goes on, it stops when told.

use crate::support::{CLASSES, Rows, WordBag, bits};
use candle_core::{DType, Device, Tensor};
use recurrent_nn::{
    Batch, BatchSource, CrossEntropy, EarlyStopping, Error, Event, FinderConfig, Init, Linear, Method, Model, Module,
    Monitor, OptimizerConfig, Result, Schedule, Stop, Trainer, TrainerConfig, evaluate, find_learning_rate,
    predict_proba,
};
use std::{ops::ControlFlow, time::Duration};

fn config() -> TrainerConfig {
    TrainerConfig { epochs: 2, learning_rate: 0.02, progress: false, ..Default::default() }
}

fn weighed(loss: CrossEntropy) -> TrainerConfig {
    TrainerConfig { loss: loss.into(), ..config() }
}

#[test]
fn a_model_learns_what_can_be_learned() -> Result<()> {
    let (model, train, valid) = (WordBag::new(1), Rows::new(600, 16, 1), Rows::new(200, 50, 2));
    let before = evaluate(&model, &valid)?;
    let mut trainer = Trainer::new(TrainerConfig { epochs: 8, ..config() })?;
    assert_eq!(trainer.fit(&model, &train, Some(&valid))?, Stop::Finished);

    let after = evaluate(&model, &valid)?;
    assert!(before.accuracy() < 0.6 && after.accuracy() > 0.85, "{} to {}", before.accuracy(), after.accuracy());
    assert_eq!(after.rows(), 200);
    let history = trainer.history();
    assert_eq!((history.epochs.len(), history.steps.len()), (8, 8 * 38));
    assert_eq!(history.epochs[7].validation_loss, Some(after.loss));
    assert_eq!(history.epochs[7].validation_accuracy, Some(after.accuracy()));
    assert_eq!(history.epochs[7].validation_macro_f1, Some(after.macro_f1()));
    assert_ne!(after.macro_f1(), after.accuracy());
    Ok(())
}

#[test]
fn the_record_holds_every_step_and_every_epoch() -> Result<()> {
    let (model, train) = (WordBag::new(1), Rows::new(50, 16, 1));
    let mut trainer = Trainer::new(config())?;
    trainer.fit(&model, &train, None)?;

    let history = trainer.history();
    let rows: Vec<usize> = history.steps.iter().map(|step| step.rows).collect();
    assert_eq!(rows, [16, 16, 16, 2, 16, 16, 16, 2]);
    let place: Vec<_> = history.steps.iter().map(|step| (step.step, step.epoch, step.batch)).collect();
    assert_eq!(place, [(0, 0, 1), (1, 0, 2), (2, 0, 3), (3, 0, 4), (4, 1, 1), (5, 1, 2), (6, 1, 3), (7, 1, 4)]);
    for (epoch, steps) in history.epochs.iter().zip(history.steps.chunks(4)) {
        let mean = |number: &dyn Fn(usize) -> f64| (0..4).map(number).sum::<f64>() / 50.0;
        assert!((epoch.loss - mean(&|i| steps[i].loss * steps[i].rows as f64)).abs() < 1e-12);
        assert!((epoch.accuracy.unwrap() - mean(&|i| steps[i].correct.unwrap() as f64)).abs() < 1e-12);
        assert_eq!((epoch.steps, epoch.rows, epoch.learning_rate, epoch.validation_loss), (4, 50, 0.02, None));
        assert!(steps.iter().all(|step| step.gradient_norm > 0.0 && step.gradient_norm < 10.0));
    }
    Ok(())
}

#[test]
fn the_same_seed_gives_the_same_bits() -> Result<()> {
    let train = |seed| -> Result<_> {
        let model = WordBag::new(seed);
        let mut trainer = Trainer::new(config())?;
        trainer.fit(&model, &Rows::new(100, 8, 1), Some(&Rows::new(50, 8, 2)))?;
        Ok((model.bits(), trainer.history().clone()))
    };
    assert_eq!(train(5)?, train(5)?);
    assert_ne!(train(5)?.0, train(6)?.0);
    Ok(())
}

#[test]
fn a_fit_in_pieces_ends_where_one_fit_ends() -> Result<()> {
    let (train, valid) = (Rows::new(100, 8, 1), Rows::new(50, 8, 2));
    let whole = WordBag::new(1);
    let config = TrainerConfig { epochs: 3, schedule: Schedule::Cosine { eta_min: 1e-4 }, ..config() };
    let mut trainer = Trainer::new(config.clone())?;
    trainer.fit(&whole, &train, Some(&valid))?;

    for pieces in [1, 7, 30, 100, 131] {
        let model = WordBag::new(1);
        let mut piecewise = Trainer::new(TrainerConfig { row_limit: Some(pieces), ..config.clone() })?;
        let mut stops = 0;
        while piecewise.fit(&model, &train, Some(&valid))? == Stop::RowLimit {
            stops += 1;
        }
        assert!(stops >= 300 / (pieces + 7) - 1, "{stops} stops");
        assert_eq!(piecewise.history(), trainer.history());
        assert_eq!(model.bits(), whole.bits());
    }
    Ok(())
}

#[test]
fn fit_after_the_end_adds_epochs() -> Result<()> {
    let (model, train) = (WordBag::new(1), Rows::new(40, 8, 1));
    let mut trainer = Trainer::new(config())?;
    assert!(trainer.is_finished());
    trainer.fit(&model, &train, None)?;
    assert!(trainer.is_finished());
    trainer.fit(&model, &train, None)?;
    let epochs: Vec<usize> = trainer.history().epochs.iter().map(|epoch| epoch.epoch).collect();
    assert_eq!(epochs, [0, 1, 2, 3]);
    assert_eq!(trainer.history().steps.len(), 20);
    Ok(())
}

#[test]
fn accumulated_batches_are_one_large_batch() -> Result<()> {
    // 90 rows: 22 batches of 4 and one of 2 in groups of 4 are 5 batches of 16 and one of 10.
    for class_weights in [None, Some(vec![0.5, 1.0, 3.0])] {
        let (large, small) = (WordBag::without_dropout(1), WordBag::without_dropout(1));
        let loss = CrossEntropy { class_weights, label_smoothing: 0.1, ..Default::default() };
        let config = TrainerConfig { loss: loss.into(), ..config() };
        let mut whole = Trainer::new(config.clone())?;
        whole.fit(&large, &Rows::new(90, 16, 1), None)?;
        let mut parts = Trainer::new(TrainerConfig { accumulate: 4, ..config })?;
        parts.fit(&small, &Rows::new(90, 4, 1), None)?;
        assert_eq!(parts.history().steps.len(), whole.history().steps.len());
        for (part, whole) in parts.history().steps.iter().zip(&whole.history().steps) {
            assert_eq!((part.rows, part.correct), (whole.rows, whole.correct));
            assert!((part.loss - whole.loss).abs() < 1e-5 && (part.gradient_norm - whole.gradient_norm).abs() < 1e-5);
        }
    }
    Ok(())
}

#[test]
fn early_stopping_restores_the_best_weights() -> Result<()> {
    // A rate far too high after a good start: the first epochs are the best.
    let (train, valid) = (Rows::new(60, 8, 1), Rows::new(200, 50, 2));
    let model = WordBag::new(1);
    let early = EarlyStopping { patience: 2, ..Default::default() };
    let mut trainer =
        Trainer::new(TrainerConfig { epochs: 100, learning_rate: 0.3, early_stopping: Some(early), ..config() })?;
    let mut weights = Vec::new();
    let stop = trainer.fit_observed(&model, &train, Some(&valid), &mut |trainer, event| {
        if let Event::Step(step) = event
            && step.batch == 8
        {
            assert_eq!(trainer.history().steps.last(), Some(&step));
            weights.push(model.bits());
        }
        Ok(ControlFlow::Continue(()))
    })?;
    assert_eq!(stop, Stop::Early);
    let losses: Vec<f64> = trainer.history().epochs.iter().filter_map(|epoch| epoch.validation_loss).collect();
    let best = (0..losses.len()).min_by(|&a, &b| losses[a].total_cmp(&losses[b])).unwrap();
    assert_eq!(losses.len(), best + 3, "two epochs after the best: {losses:?}");
    assert_eq!(model.bits(), weights[best]);
    assert_eq!(evaluate(&model, &valid)?.loss, losses[best]);
    assert!(trainer.is_finished());
    Ok(())
}

/// A row is its distance n, a number of tenths, and its label; they are one batch.
struct Distances(Vec<(u32, u32)>);

impl BatchSource for Distances {
    fn rows(&self) -> usize {
        self.0.len()
    }

    fn epoch(&self, _: usize) -> Box<dyn Iterator<Item = Result<Batch>> + '_> {
        let (ids, labels): (Vec<u32>, Vec<u32>) = self.0.iter().copied().unzip();
        let rows = ids.len();
        let batch = || {
            Ok(Batch {
                target: Some(Tensor::from_vec(labels, rows, &Device::Cpu)?),
                ..Batch::new(Tensor::from_vec(ids, (rows, 1), &Device::Cpu)?, vec![1; rows])
            })
        };
        Box::new(std::iter::once(batch()))
    }
}

/// The scores are b_0 and b_1 - n / 10.
struct Threshold(Linear);

impl Threshold {
    fn new() -> Result<Self> {
        let linear = Linear::new(1, 2, &mut Init::keras(0, &Device::Cpu))?;
        for (name, var) in linear.parameters() {
            match name.as_str() {
                "weight" => var.set(&Tensor::new(&[[0f32], [-0.1]], &Device::Cpu)?)?,
                _ => var.set(&var.zeros_like()?)?,
            }
        }
        Ok(Self(linear))
    }

    /// b_1 - b_0: a row is taken for class 1 if this is above n / 10.
    fn margin(&self) -> Result<f64> {
        let at = |n: u32| -> Result<Vec<f32>> {
            let n = Tensor::new(&[[n]], &Device::Cpu)?.to_dtype(DType::F32)?;
            Ok(self.0.forward(&n)?.flatten_all()?.to_vec1()?)
        };
        let scores = at(0)?;
        Ok(f64::from(scores[1] - scores[0]))
    }
}

impl Module for Threshold {
    fn layers(&self) -> Vec<(String, &dyn Module)> {
        vec![("linear".into(), &self.0)]
    }
}

impl Model for Threshold {
    fn forward(&self, batch: &Batch) -> Result<Tensor> {
        self.0.forward(&batch.input.to_dtype(DType::F32)?)
    }
}

#[test]
fn early_stopping_by_accuracy_restores_the_most_accurate_weights() -> Result<()> {
    // One row of class 1 at 0, plain gradient descent at rate 1: the margin m grows by 2 (1 - sigmoid(m)) in each
    // epoch.
    let train = Distances(vec![(0, 1)]);
    let mut margins = vec![0f64];
    for epoch in 0..5 {
        let m = margins[epoch];
        margins.push(m + 2.0 / (1.0 + m.exp()));
    }
    margins.remove(0); // 1.00, 1.54, 1.89, 2.15, 2.36 after the epochs
    // Class 1 at 1.2 and 1.7 comes right, then class 0 at 2.0 and 2.3 wrong. The far row stays wrong, but its loss goes
    // on falling, and with it that of all.
    let valid = Distances(vec![(12, 1), (17, 1), (20, 0), (23, 0), (600, 1)]);
    let fit = |monitor, patience| -> Result<_> {
        let model = Threshold::new()?;
        let mut trainer = Trainer::new(TrainerConfig {
            epochs: 5,
            learning_rate: 1.0,
            optimizer: OptimizerConfig { method: Method::Sgd { momentum: 0.0 }, ..Default::default() },
            early_stopping: Some(EarlyStopping { monitor, patience, ..Default::default() }),
            ..config()
        })?;
        let stop = trainer.fit(&model, &train, Some(&valid))?;
        let epochs = trainer.history().epochs.iter();
        let accuracies: Vec<f64> = epochs.filter_map(|one| one.validation_accuracy).collect();
        Ok((stop, accuracies, model.margin()?))
    };
    let accuracies = [0.4, 0.6, 0.8, 0.6, 0.4];
    for patience in [1, 2] {
        let (stop, found, margin) = fit(Monitor::ValidationAccuracy, patience)?;
        assert_eq!(stop, Stop::Early);
        assert_eq!(found, accuracies[..3 + patience]);
        assert!((margin - margins[2]).abs() < 1e-5, "{margin}, {margins:?}");
    }
    let (stop, found, margin) = fit(Monitor::ValidationLoss, 1)?;
    assert_eq!((stop, found), (Stop::Finished, accuracies.to_vec()));
    assert!((margin - margins[4]).abs() < 1e-5, "{margin}, {margins:?}");
    Ok(())
}

#[test]
fn early_stopping_needs_validation_rows() -> Result<()> {
    let early_stopping = Some(EarlyStopping { monitor: Monitor::ValidationAccuracy, ..Default::default() });
    let mut trainer = Trainer::new(TrainerConfig { early_stopping, ..config() })?;
    let error = trainer.fit(&WordBag::new(1), &Rows::new(8, 8, 1), None).unwrap_err();
    assert_eq!(error.to_string(), "Trainer::fit: there are no validation rows, which early stopping needs");
    Ok(())
}

#[test]
fn limits_end_a_fit() -> Result<()> {
    let (model, train) = (WordBag::new(1), Rows::new(100, 8, 1));
    let mut rows = Trainer::new(TrainerConfig { row_limit: Some(20), ..config() })?;
    assert_eq!(rows.fit(&model, &train, None)?, Stop::RowLimit);
    assert_eq!(rows.history().steps.len(), 3);
    let mut time = Trainer::new(TrainerConfig { time_limit: Some(Duration::ZERO), ..config() })?;
    assert_eq!(time.fit(&model, &train, None)?, Stop::TimeLimit);
    assert_eq!(time.history().steps.len(), 0);
    Ok(())
}

#[test]
fn an_observer_sees_everything_and_may_break_off() -> Result<()> {
    let (model, train) = (WordBag::new(1), Rows::new(40, 8, 1));
    let mut trainer = Trainer::new(config())?;
    let (mut steps, mut epochs) = (0, 0);
    let stop = trainer.fit_observed(&model, &train, None, &mut |trainer, event| {
        match event {
            Event::Step(_) => steps += 1,
            Event::Epoch(_) => epochs += 1,
        }
        assert_eq!((trainer.history().steps.len(), trainer.history().epochs.len()), (steps, epochs));
        Ok(if steps == 7 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
    })?;
    assert_eq!((stop, steps, epochs), (Stop::Observer, 7, 1));
    assert_eq!(trainer.fit(&model, &train, None)?, Stop::Finished);
    assert_eq!(trainer.history().steps.len(), 10);
    Ok(())
}

#[test]
fn a_schedule_sets_the_rate_of_each_step() -> Result<()> {
    let rates = |schedule, epochs| -> Result<Vec<f64>> {
        let (model, train) = (WordBag::new(1), Rows::new(40, 10, 1));
        let mut trainer = Trainer::new(TrainerConfig { schedule, epochs, learning_rate: 0.01, ..config() })?;
        trainer.fit(&model, &train, None)?;
        Ok(trainer.history().steps.iter().map(|step| step.learning_rate).collect())
    };
    let close = |got: Vec<f64>, expected: &[f64]| {
        assert_eq!(got.len(), expected.len());
        got.iter()
            .zip(expected)
            .for_each(|(got, expected)| assert!((got - expected).abs() < 1e-12, "{got} {expected}"));
    };
    close(rates(Schedule::Constant, 1)?, &[0.01; 4]);
    close(
        rates(Schedule::Step { step_size: 1, gamma: 0.5 }, 2)?,
        &[0.01, 0.01, 0.01, 0.01, 0.005, 0.005, 0.005, 0.005],
    );
    // torch.optim.lr_scheduler.CosineAnnealingLR(T_max=4, eta_min=0.001), one step for each batch
    close(rates(Schedule::Cosine { eta_min: 0.001 }, 1)?, &[0.01, 0.008681980515339464, 0.0055, 0.002318019484660536]);
    let one_cycle = Schedule::OneCycle { pct_start: 0.5, div_factor: 10.0, final_div_factor: 100.0 };
    close(rates(one_cycle, 1)?, &[0.001, 0.0055, 0.01, 0.005005]);
    Ok(())
}

#[test]
fn a_plateau_lowers_the_rate() -> Result<()> {
    // A rate of almost nothing: the validation loss does not move by 0.01 % in an epoch.
    let (model, train, valid) = (WordBag::new(1), Rows::new(40, 10, 1), Rows::new(40, 10, 2));
    let schedule = Schedule::Plateau { factor: 0.1, patience: 1 };
    let mut trainer = Trainer::new(TrainerConfig { schedule, epochs: 6, learning_rate: 1e-9, ..config() })?;
    trainer.fit(&model, &train, Some(&valid))?;
    let rates: Vec<f64> = trainer.history().epochs.iter().map(|epoch| epoch.learning_rate / 1e-9).collect();
    let expected = [1.0, 1.0, 1.0, 0.1, 0.1, 0.01];
    rates.iter().zip(expected).for_each(|(got, expected)| assert!((got - expected).abs() < 1e-9, "{rates:?}"));
    Ok(())
}

/// A model whose scores overflow as soon as its weight has grown.
struct Explosive(WordBag);

impl Module for Explosive {
    fn layers(&self) -> Vec<(String, &dyn Module)> {
        self.0.layers()
    }
}

impl Model for Explosive {
    fn forward(&self, batch: &Batch) -> Result<candle_core::Tensor> {
        Ok((self.0.forward(batch)? * 1e30)?.sqr()?)
    }
}

#[test]
fn a_loss_that_is_no_number_is_an_error_before_the_step() -> Result<()> {
    let model = Explosive(WordBag::new(1));
    let before = bits(&model);
    let mut trainer = Trainer::new(config())?;
    let error = trainer.fit(&model, &Rows::new(40, 8, 1), None).unwrap_err();
    let Error::Diverged { step, epoch, batch, loss, parameter, .. } = &error else {
        panic!("{error}");
    };
    assert_eq!((*step, *epoch, *batch), (0, 1, 1));
    assert!(!loss.is_finite() && parameter.contains('.'), "{error}");
    assert_eq!(bits(&model), before);
    Ok(())
}

#[test]
fn labels_outside_the_classes_are_refused() -> Result<()> {
    struct Wrong(Rows);
    impl BatchSource for Wrong {
        fn rows(&self) -> usize {
            self.0.rows()
        }
        fn epoch(&self, epoch: usize) -> Box<dyn Iterator<Item = Result<Batch>> + '_> {
            Box::new(self.0.epoch(epoch).map(|batch| {
                let mut batch = batch?;
                batch.target = Some(candle_core::Tensor::new(&[0u32, 1, 2, 9], &candle_core::Device::Cpu)?);
                Ok(batch)
            }))
        }
    }
    let (model, train) = (WordBag::new(1), Wrong(Rows::new(8, 4, 1)));
    let error = Trainer::new(config())?.fit(&model, &train, None).unwrap_err();
    assert_eq!(error.to_string(), "the label in row 3 of the batch is 9, but the model scores 3 classes, 0 to 2");
    assert!(matches!(evaluate(&model, &train), Err(Error::Label { label: 9, .. })));
    Ok(())
}

#[test]
fn a_number_out_of_range_is_refused_by_name() {
    let error = |config| Trainer::new(config).unwrap_err().to_string();
    let wrong = [
        (TrainerConfig { epochs: 0, ..config() }, "Trainer::new: `epochs` must be at least 1, got 0"),
        (
            TrainerConfig { learning_rate: f64::NAN, ..config() },
            "Trainer::new: `learning_rate` must be a number above 0, got NaN",
        ),
        (TrainerConfig { accumulate: 0, ..config() }, "Trainer::new: `accumulate` must be at least 1, got 0"),
        (
            weighed(CrossEntropy { label_smoothing: 1.0, ..Default::default() }),
            "Trainer::new: `label_smoothing` must be at least 0 and below 1, got 1",
        ),
        (
            weighed(CrossEntropy { class_weights: Some(vec![1.0, -1.0]), ..Default::default() }),
            "Trainer::new: `class_weights` must be numbers above 0, got -1",
        ),
        (
            TrainerConfig { schedule: Schedule::Step { step_size: 0, gamma: 0.1 }, ..config() },
            "Trainer::new: `step_size` must be at least 1, got 0",
        ),
    ];
    for (config, message) in wrong {
        assert_eq!(error(config), message);
    }
}

#[test]
fn class_weights_of_another_count_are_refused() -> Result<()> {
    let config = weighed(CrossEntropy { class_weights: Some(vec![1.0, 2.0]), ..Default::default() });
    let error = Trainer::new(config)?.fit(&WordBag::new(1), &Rows::new(8, 8, 1), None).unwrap_err();
    assert_eq!(error.to_string(), "cross_entropy: expected 3 class weights, one for each class of the model, got 2");
    Ok(())
}

#[test]
fn the_finder_leaves_the_model_as_it_was() -> Result<()> {
    let (model, train) = (WordBag::new(1), Rows::new(400, 16, 1));
    let before = model.bits();
    let seen = find_learning_rate(&model, &train, &config(), FinderConfig { end: 1e3, ..Default::default() })?;
    assert_eq!(model.bits(), before);
    assert_eq!(seen.rates[0], 1e-5);
    assert!(seen.rates.len() < 100, "it ends when the loss explodes");
    assert_eq!((seen.rates.len(), seen.losses.len()), (seen.losses.len(), seen.smoothed.len()));
    let steepest = seen.steepest().unwrap();
    assert!(steepest > 1e-4 && steepest < 3.0, "{steepest}");
    Ok(())
}

#[test]
fn probabilities_are_those_of_the_scores() -> Result<()> {
    let (model, rows) = (WordBag::new(1), Rows::new(5, 5, 1));
    let mut batch = rows.batch(&[0, 1, 2, 3, 4])?;
    batch.training = true; // predict_proba turns dropout off
    let probabilities = predict_proba(&model, &batch)?;
    batch.training = false;
    let scores = model.forward(&batch)?.to_vec2::<f32>()?;
    for (probabilities, scores) in probabilities.iter().zip(scores) {
        assert_eq!(probabilities.len(), CLASSES);
        assert!((probabilities.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        let ratio = probabilities[0] / probabilities[1];
        assert!((ratio.ln() - f64::from(scores[0] - scores[1])).abs() < 1e-5);
    }
    Ok(())
}
