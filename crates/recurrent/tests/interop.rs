//! A run goes on elsewhere and comes back: with RECURRENT_PYTHON set to a Python that has the packages of environment-dev.yml. Without it
//! the tests are skipped. On AG News where RECURRENT_DATA_DIR has it.
//!
//! `RECURRENT_PYTHON=python3 cargo test --test interop -- --nocapture`

mod support;

use recurrent::prelude::*;
use std::{error::Error, fs, path::Path, process::Command};
use support::{CLASSIFIERS, Classifier, Folder};

const COLUMNS: [&str; 2] = ["title", "description"];
/// Probabilities of two frameworks, in f32.
const CLOSE: f64 = 1e-5;

/// Rust trains and saves; PyTorch and ONNX Runtime predict the same; PyTorch goes on in two processes; Rust loads and goes on.
fn there_and_back(kind: usize) -> Result<(), Box<dyn Error>> {
    let kind = CLASSIFIERS[kind];
    let Some(python) = std::env::var_os("RECURRENT_PYTHON") else {
        eprintln!(
            "skipped: RECURRENT_PYTHON names no Python with the packages of environment-dev.yml"
        );
        return Ok(());
    };
    let folder = Folder::new(&format!("interop-{}", kind.0));
    let news = AgNews::load()?;
    let classes = news.train.class_names();
    let train = news.train.take(3000);
    let mut texts = news.test.take(200).text(&COLUMNS)?;
    texts.push(String::new());

    let train_texts = train.text(&COLUMNS)?;
    let config = VectorizerConfig {
        max_tokens: Some(5000),
        ..Default::default()
    };
    let vectorizer = TextVectorizer::adapt(&train_texts, config)?;
    let ids = vectorizer.encode_all(&train_texts);
    let config = BatchConfig {
        shuffle: Some(1),
        ..Default::default()
    };
    let loader = DataLoader::new(ids, train.labels().to_vec(), config, &Device::Cpu)?;
    // One kind with PyTorch's two biases; the others have one, whose counterpart has to stay zero.
    let mut init = match kind.0 {
        "lstm" => Init::pytorch(1, &Device::Cpu),
        _ => Init::keras(1, &Device::Cpu),
    };
    let model = Classifier::new(kind, vectorizer.vocabulary().len(), &mut init)?;
    let mut trainer = Trainer::new(TrainerConfig {
        learning_rate: 3e-3,
        ticks: false,
        ..Default::default()
    })?;
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
    let status = Command::new(python)
        .arg(script)
        .arg(&folder.0)
        .arg(rows)
        .arg("1,2")
        .status()?;
    assert!(status.success(), "{kind:?}");

    let run = RunFolder::open(folder.0.join("continued"))?;
    let resumed = run.resume(&model)?;
    assert_eq!(resumed.history(), trainer.history());
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
    assert_eq!(resumed.history().epochs.len(), 2);
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
