//! A run goes on elsewhere and comes back: with RECURRENT_PYTHON set to a Python that has the packages of
//! environment-dev.yml, else the tests are skipped. On AG News where RECURRENT_DATA_DIR has it.
//!
//! `RECURRENT_PYTHON=python3 cargo test --test facade interop:: -- --nocapture`

use crate::support::{CLASSIFIERS, Classifier, Folder};
use recurrent::nn::{Event, StepRecord};
use recurrent::prelude::*;
use std::{error::Error, ffi::OsString, fs, ops::ControlFlow, path::Path, process::Command};

const COLUMNS: [&str; 2] = ["title", "description"];
/// Probabilities of two frameworks, in f32.
const CLOSE: f64 = 1e-5;

fn python() -> Option<OsString> {
    let python = std::env::var_os("RECURRENT_PYTHON");
    if python.is_none() {
        eprintln!("skipped: set RECURRENT_PYTHON to a Python that has the packages of environment-dev.yml");
    }
    python
}

/// A configuration for each classifier, so that each part of it goes through two processes.
fn config_of(kind: &str) -> TrainerConfig {
    let optimizer = |method, clip| OptimizerConfig { method, clip };
    let smoothed = CrossEntropy { label_smoothing: 0.1, ..Default::default() }.into();
    let adam = TrainerConfig { learning_rate: 3e-3, progress: false, ..Default::default() };
    match kind {
        "rnn_mean" => TrainerConfig {
            learning_rate: 0.1,
            optimizer: optimizer(Method::Sgd { momentum: 0.0 }, Some(Clip::Value(0.1))),
            loss: CrossEntropy { class_weights: Some(vec![0.5, 1.0, 2.0, 1.0]), ..Default::default() }.into(),
            ..adam
        },
        "rnn_masked" => TrainerConfig { schedule: Schedule::Cosine { eta_min: 1e-4 }, loss: smoothed, ..adam },
        "lstm" => TrainerConfig {
            schedule: ONE_CYCLE,
            optimizer: optimizer(Method::adam(), Some(Clip::Norm(1.0))),
            accumulate: 2,
            ..adam
        },
        "gru" => TrainerConfig { optimizer: optimizer(Method::lazy_adam(), None), ..adam },
        "bilstm2" => TrainerConfig { optimizer: optimizer(Method::adamw(), None), accumulate: 3, ..adam },
        _ => adam,
    }
}

const ONE_CYCLE: Schedule = Schedule::OneCycle { pct_start: 0.3, div_factor: 25.0, final_div_factor: 1e4 };

/// Rust trains and saves; PyTorch and ONNX Runtime predict the same; PyTorch goes on in two processes; Rust loads and
/// goes on.
fn there_and_back(kind: usize) -> Result<(), Box<dyn Error>> {
    let kind = CLASSIFIERS[kind];
    let Some(python) = python() else {
        return Ok(());
    };
    let folder = Folder::new(&format!("interop-{}", kind.0));
    let news = AgNews::load()?;
    let classes = news.train.class_names();
    let train = news.train.take(3000);
    let mut texts = news.test.take(200).text(&COLUMNS)?;
    texts.push(String::new());

    let train_texts = train.text(&COLUMNS)?;
    let config = VectorizerConfig { max_tokens: Some(5000), ..Default::default() };
    let vectorizer = TextVectorizer::adapt(&train_texts, config)?;
    let ids = vectorizer.encode_all(&train_texts);
    let config = BatchConfig { shuffle: Some(1), ..Default::default() };
    let loader = DataLoader::new(ids, train.labels().to_vec(), config, &Device::Cpu)?;
    // One kind with PyTorch's two biases; the others have one, whose counterpart has to stay zero.
    let mut init = match kind.0 {
        "lstm" => Init::pytorch(1, &Device::Cpu),
        _ => Init::keras(1, &Device::Cpu),
    };
    let model = Classifier::new(kind, vectorizer.vocabulary().len(), &mut init)?;
    let mut trainer = Trainer::new(config_of(kind.0))?;
    trainer.fit(&model, &loader, None)?;
    RunFolder::save(folder.0.join("run"), &model, &trainer, &vectorizer, classes)?;

    let probabilities = |vectorizer: &TextVectorizer| -> Result<Vec<Vec<f64>>, Box<dyn Error>> {
        let predictions = predict_all(&model, vectorizer, classes, &texts)?;
        Ok(predictions.into_iter().map(|p| p.probabilities).collect())
    };
    let ours = probabilities(&vectorizer)?;
    let expected = serde_json::json!({ "texts": texts, "probabilities": ours });
    fs::write(folder.0.join("expected.json"), expected.to_string())?;
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/interop.py");
    let rows = news.source.folder.join("train.csv");
    let status = Command::new(python).arg(script).arg(&folder.0).arg(rows).arg("1,2").status()?;
    assert!(status.success(), "{kind:?}");

    let run = RunFolder::open(folder.0.join("continued"))?;
    let resumed = run.resume(&model)?;
    let (before, after) = (trainer.history(), resumed.history());
    assert_eq!(before.epochs, after.epochs[..1]);
    assert_eq!(before.steps, after.steps[..before.steps.len()]);
    assert_eq!((after.epochs.len(), after.epochs[1].rows), (2, 640));
    let back = probabilities(run.vectorizer())?;
    let theirs = fs::read(folder.0.join("continued.json"))?;
    let theirs: Vec<Vec<f64>> = serde_json::from_slice(&theirs)?;
    let apart = |a: &[Vec<f64>], b: &[Vec<f64>]| {
        let pairs = a.iter().flatten().zip(b.iter().flatten());
        pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
    };
    assert_eq!(theirs.len(), texts.len());
    println!("back in Rust: {:.1e} apart", apart(&back, &theirs));
    assert!(apart(&back, &theirs) <= CLOSE);
    assert!(apart(&back, &ours) > 1e-3, "PyTorch's training shows");

    // And on in Rust, with the optimizer's state that PyTorch left.
    let mut resumed = resumed;
    assert_eq!(resumed.fit(&model, &loader, None)?, Stop::Finished);
    assert_eq!(resumed.history().epochs.len(), 3);
    Ok(())
}

#[test]
fn rnn_with_padding() -> Result<(), Box<dyn Error>> {
    there_and_back(0)
}

#[test]
fn rnn_mean_of_states() -> Result<(), Box<dyn Error>> {
    there_and_back(1)
}

#[test]
fn rnn_masked() -> Result<(), Box<dyn Error>> {
    there_and_back(2)
}

#[test]
fn lstm() -> Result<(), Box<dyn Error>> {
    there_and_back(3)
}

#[test]
fn gru() -> Result<(), Box<dyn Error>> {
    there_and_back(4)
}

#[test]
fn stacked_bidirectional_lstm() -> Result<(), Box<dyn Error>> {
    there_and_back(5)
}

/// A fit is stopped; Rust goes on, and so does PyTorch in two processes, over as many rows in a step: the rates are
/// the same, and where a step takes all rows, so that their order does not matter, the losses and the weights too. A
/// fit within an epoch stops after so many steps, one of whole epochs at the end of the epoch that has the last of
/// them.
fn as_rust_goes_on(
    kind: usize,
    batch_size: usize,
    stop_after: usize,
    config: TrainerConfig,
) -> Result<(), Box<dyn Error>> {
    const ROWS: usize = 96;
    let Some(python) = python() else {
        return Ok(());
    };
    let kind = CLASSIFIERS[kind];
    let name = format!("{} with {:?}", kind.0, config.schedule);
    let folder = Folder::new(&format!("interop-ddp-{}-{stop_after}", kind.0));
    let news = AgNews::load()?;
    let all_rows = batch_size * config.accumulate == ROWS;
    let train = news.train.take(2 * ROWS);
    let texts = train.text(&COLUMNS)?;
    let vectorizer = TextVectorizer::adapt(&texts, VectorizerConfig::default())?;
    let loader = |rows: usize| {
        let ids = vectorizer.encode_all(&texts[..rows]);
        let batches = BatchConfig { batch_size, shuffle: Some(1), ..Default::default() };
        DataLoader::new(ids, train.labels()[..rows].to_vec(), batches, &Device::Cpu)
    };
    // Epochs of more rows come first: they leave words that no later step has.
    let before = loader(if all_rows { 2 * ROWS } else { ROWS })?;
    let loader = loader(ROWS)?;
    let model = || {
        let mut init = Init::pytorch(1, &Device::Cpu);
        Classifier::new(kind, vectorizer.vocabulary().len(), &mut init)
    };
    let (ours, theirs) = (model()?, model()?);

    let mut trainer = Trainer::new(config)?;
    let stop = trainer.fit_observed(&ours, &before, None, &mut |trainer, event| {
        let here = matches!(event, Event::Epoch(_)) == all_rows;
        Ok(match here && trainer.history().steps.len() >= stop_after {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        })
    })?;
    assert_eq!(stop, Stop::Observer);
    let classes = news.train.class_names();
    RunFolder::save(folder.0.join("run"), &ours, &trainer, &vectorizer, classes)?;
    assert_eq!(trainer.fit(&ours, &loader, None)?, Stop::Finished);

    let status = Command::new(&python)
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join(DDP))
        .args([folder.0.join("run"), folder.0.join("continued")])
        .arg(news.source.folder.join("train.csv"))
        .args(["--rows", &ROWS.to_string()])
        .args(["--batch-size", &(batch_size / 2).to_string()])
        .status()?;
    assert!(status.success(), "{name}");
    let mut resumed = RunFolder::open(folder.0.join("continued"))?.resume(&theirs)?;
    assert!(resumed.is_finished());

    let steps = |trainer: &Trainer| trainer.history().steps.clone();
    assert_eq!(steps(&trainer).len(), steps(&resumed).len());
    let (mut rate, mut loss) = (0f64, 0f64);
    for (ours, theirs) in steps(&trainer).iter().zip(steps(&resumed)) {
        assert_eq!((ours.epoch, ours.rows), (theirs.epoch, theirs.rows));
        rate = rate.max((ours.learning_rate / theirs.learning_rate - 1.0).abs());
        loss = loss.max((ours.loss - theirs.loss).abs());
    }
    println!("{name}, {} steps: rates {rate:.1e} apart", steps(&trainer).len());
    assert!(rate <= 1e-9, "{name}: {rate}");
    let rates = |step: Option<&StepRecord>| step.map(|step| step.learning_rate);
    let steps = steps(&trainer);
    assert_ne!(rates(steps.first()), rates(steps.last()), "{name}");
    if all_rows {
        let apart = weights_apart(&ours, &theirs)?;
        trainer.fit(&ours, &loader, None)?;
        resumed.fit(&theirs, &loader, None)?;
        let later = weights_apart(&ours, &theirs)?;
        println!("losses {loss:.1e}, weights {apart:.1e}, after another fit {later:.1e} apart");
        assert!(loss <= 1e-6 && apart <= CLOSE && later <= CLOSE, "{name}");
    }
    Ok(())
}

const DDP: &str = "../../interop/continue_in_pytorch_ddp.py";

fn weights_apart(a: &Classifier, b: &Classifier) -> Result<f64, Box<dyn Error>> {
    let mut largest = 0f64;
    for ((_, a), (_, b)) in a.parameters().iter().zip(b.parameters()) {
        let apart = (a.as_tensor() - b.as_tensor())?.abs()?.max_all()?;
        largest = largest.max(apart.to_dtype(DType::F64)?.to_scalar()?);
    }
    Ok(largest)
}

/// With steps of all rows.
fn six_epochs(learning_rate: f64, schedule: Schedule, method: Method) -> TrainerConfig {
    TrainerConfig {
        epochs: 6,
        learning_rate,
        schedule,
        optimizer: OptimizerConfig { method, clip: None },
        accumulate: 2,
        progress: false,
        ..Default::default()
    }
}

#[test]
fn cosine_class_weights_smoothing_and_decay_as_rust() -> Result<(), Box<dyn Error>> {
    let mut config = six_epochs(3e-3, Schedule::Cosine { eta_min: 1e-4 }, Method::adamw());
    let class_weights = Some(vec![0.5, 1.0, 2.0, 3.0]);
    config.loss = CrossEntropy { class_weights, label_smoothing: 0.1, ignore_index: None }.into();
    config.optimizer.clip = Some(Clip::Norm(0.05));
    as_rust_goes_on(3, 48, 3, config)
}

#[test]
fn one_cycle_and_momentum_as_rust() -> Result<(), Box<dyn Error>> {
    let config = six_epochs(0.5, ONE_CYCLE, Method::Sgd { momentum: 0.9 });
    as_rust_goes_on(4, 48, 2, config)
}

#[test]
fn steps_and_lazy_adam_as_rust() -> Result<(), Box<dyn Error>> {
    let schedule = Schedule::Step { step_size: 2, gamma: 0.5 };
    let mut config = six_epochs(3e-3, schedule, Method::lazy_adam());
    config.optimizer.clip = Some(Clip::Value(0.01));
    as_rust_goes_on(2, 48, 3, config)
}

#[test]
fn plateau_as_rust() -> Result<(), Box<dyn Error>> {
    // At this rate no fall of the loss counts.
    let schedule = Schedule::Plateau { factor: 0.5, patience: 1 };
    as_rust_goes_on(3, 48, 4, six_epochs(1e-7, schedule, Method::adam()))
}

/// Stopped in the second of six epochs of six steps.
#[test]
fn rates_within_an_epoch_as_rust() -> Result<(), Box<dyn Error>> {
    let mut config = six_epochs(3e-3, ONE_CYCLE, Method::adam());
    config.accumulate = 1;
    as_rust_goes_on(2, 16, 9, config)
}

#[test]
fn what_cannot_be_followed_is_refused_in_one_sentence() -> Result<(), Box<dyn Error>> {
    let Some(python) = python() else {
        return Ok(());
    };
    let folder = Folder::new("interop-refused");
    let vectorizer = TextVectorizer::adapt(&["rain and sun"], VectorizerConfig::default())?;
    let tokens = vectorizer.vocabulary().len();
    let model = Classifier::new(CLASSIFIERS[5], tokens, &mut Init::keras(1, &Device::Cpu))?;
    let plain = || TrainerConfig { progress: false, ..Default::default() };
    let early_stopping = Some(EarlyStopping::default());
    let time_limit = Some(std::time::Duration::from_secs(1));
    let schedule = Schedule::Plateau { factor: 0.5, patience: 1 };
    let loss = CrossEntropy { ignore_index: Some(3), ..Default::default() }.into();
    #[rustfmt::skip]
    let refused = [
        ("knows the cross-entropy of all classes", TrainerConfig { loss, ..plain() }),
        ("does not follow early_stopping", TrainerConfig { early_stopping, ..plain() }),
        ("does not follow time_limit", TrainerConfig { time_limit, ..plain() }),
        ("Plateau follows the loss on validation rows", TrainerConfig { schedule, ..plain() }),
    ];
    for (number, (problem, config)) in refused.into_iter().enumerate() {
        let run = folder.0.join(number.to_string());
        let rows = DataLoader::new(vec![vec![2, 3]], vec![0], BatchConfig::default(), &Device::Cpu)?;
        let mut trainer = Trainer::new(config)?;
        trainer.fit(&model, &rows, Some(&rows))?;
        RunFolder::save(&run, &model, &trainer, &vectorizer, &["a", "b", "c", "d"])?;
        let mut command = Command::new(&python);
        command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join(DDP));
        command.args([&run, &folder.0.join("continued")]).arg("rows.csv");
        let output = command.output()?;
        let error = String::from_utf8(output.stderr)?;
        assert!(!output.status.success() && error.lines().count() == 1, "{error}");
        assert!(error.contains(problem), "{error}");
        println!("{}", error.trim());
    }
    Ok(())
}
