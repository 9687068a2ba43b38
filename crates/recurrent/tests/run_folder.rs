//! A run folder gives back what was saved, and refuses what is broken before anything is changed.

use crate::support::{CLASSIFIERS, Classifier, Folder, bits};
use recurrent::nn::TensorBatches;
use recurrent::prelude::*;
use std::{collections::BTreeMap, fs};

const CLASSES: [&str; 4] = ["World", "Sports", "Business", "Sci/Tech"];

/// Titles of MiniNews as ids, in batches.
fn titles() -> Result<(TextVectorizer, DataLoader, Vec<String>), Error> {
    titles_shuffled(3)
}

fn titles_shuffled(seed: u64) -> Result<(TextVectorizer, DataLoader, Vec<String>), Error> {
    let news = MiniNews::load()?;
    let texts = news.train.take(200).text(&["title"])?;
    let vectorizer = TextVectorizer::adapt(&texts, VectorizerConfig::default())?;
    let labels = news.train.labels()[..200].to_vec();
    let config = BatchConfig { shuffle: Some(seed), ..Default::default() };
    let loader = DataLoader::new(vectorizer.encode_all(&texts), labels, config, &Device::Cpu)?;
    Ok((vectorizer, loader, news.test.take(60).text(&["title"])?))
}

fn trainer(row_limit: Option<usize>) -> Result<Trainer, Error> {
    Ok(Trainer::new(TrainerConfig {
        epochs: 2,
        learning_rate: 0.01,
        row_limit,
        progress: false,
        ..Default::default()
    })?)
}

#[test]
fn texts_together_get_what_each_gets_alone() -> Result<(), Error> {
    let (vectorizer, loader, mut texts) = titles()?;
    texts.extend(["".into(), "zebra".into()]);
    for kind in CLASSIFIERS {
        let tokens = vectorizer.vocabulary().len();
        let model = Classifier::new(kind, tokens, &mut Init::keras(1, &Device::Cpu))?;
        trainer(None)?.fit(&model, &loader, None)?;
        let together = predict_all(&model, &vectorizer, &CLASSES, &texts)?;
        assert_eq!(together.len(), texts.len());
        let mut seen = Vec::new();
        for (text, one) in texts.iter().zip(&together) {
            let alone = predict(&model, &vectorizer, &CLASSES, text)?;
            assert_eq!(one.text, alone.text);
            for (p, q) in one.probabilities.iter().zip(&alone.probabilities) {
                assert!((p - q).abs() < 1e-6, "{kind:?} {text:?}: {p} and {q}");
            }
            seen.push(one.best());
        }
        assert!(seen.iter().any(|&class| class != seen[0]), "{kind:?}");
    }
    Ok(())
}

#[test]
fn a_saved_run_predicts_and_goes_on_as_if_it_had_never_stopped() -> Result<(), Error> {
    let folder = Folder::new("goes-on");
    let (vectorizer, loader, texts) = titles()?;
    for kind in CLASSIFIERS {
        let path = folder.0.join(kind.0);
        let model = |seed| {
            let tokens = vectorizer.vocabulary().len();
            Classifier::new(kind, tokens, &mut Init::keras(seed, &Device::Cpu))
        };
        let whole = model(1)?;
        trainer(None)?.fit(&whole, &loader, None)?;

        // Stopped in the second epoch.
        let first = model(1)?;
        let mut stopped = trainer(Some(250))?;
        assert_eq!(stopped.fit(&first, &loader, None)?, Stop::RowLimit);
        RunFolder::save(&path, &first, &stopped, &vectorizer, &CLASSES)?;

        let run = RunFolder::open(&path)?;
        assert_eq!(run.vectorizer(), &vectorizer);
        assert_eq!(run.classes(), CLASSES);
        assert_eq!(run.layers()[1].name, "rnn");
        let loaded = model(2)?;
        run.load_into(&loaded)?;
        assert_eq!(bits(&loaded), bits(&first));
        let predicted = predict_all(&loaded, run.vectorizer(), run.classes(), &texts)?;
        assert_eq!(predicted, predict_all(&first, &vectorizer, &CLASSES, &texts)?);

        // The dropout of the stack draws its masks from the seed of the model, so that has to be the same.
        let other = model(1)?;
        let mut resumed = run.resume(&other)?;
        assert_eq!(resumed.history(), stopped.history());
        let (_, shuffled_otherwise, _) = titles_shuffled(4)?;
        let error = resumed.fit(&other, &shuffled_otherwise, None);
        let error = error.expect_err("the second epoch began in another order").to_string();
        assert!(
            error.starts_with("epoch 2 began with other batches (200 rows") && error.contains("shuffled with seed 4"),
            "{error}"
        );
        resumed.fit(&other, &loader, None)?;
        while !resumed.is_finished() {
            resumed.fit(&other, &loader, None)?;
        }
        assert_eq!(bits(&other), bits(&whole), "{kind:?}");
    }
    Ok(())
}

#[test]
fn what_does_not_belong_together_is_not_saved() -> Result<(), Error> {
    let folder = Folder::new("not-saved");
    let path = folder.0.join("run");
    let (vectorizer, _, _) = titles()?;
    let tokens = vectorizer.vocabulary().len();
    let classifier = |tokens| Classifier::new(CLASSIFIERS[3], tokens, &mut Init::keras(1, &Device::Cpu));
    let save = |model: &Classifier, vectorizer: &TextVectorizer, classes: &[&str]| {
        RunFolder::save(&path, model, &trainer(None)?, vectorizer, classes)
    };
    let message = |result: Result<(), Error>| result.expect_err("refused").to_string();

    let model = classifier(tokens)?;
    let error = message(save(&model, &vectorizer, &CLASSES[..3]));
    assert_eq!(error, "RunFolder::save: the model has 4 classes, but 3 class names were given");
    // A vocabulary that is larger than the table of word vectors.
    let error = message(save(&classifier(tokens / 2)?, &vectorizer, &CLASSES));
    assert!(error.contains("the vocabulary size"), "{error}");
    let bias = model.parameters().pop().expect("a bias").1;
    bias.set(&Tensor::new(&[f32::NAN, 0., 0., 0.], &Device::Cpu)?)?;
    let error = message(save(&model, &vectorizer, &CLASSES));
    assert!(error.contains("not written, as the model scores [NaN"), "{error}");
    assert!(!path.exists());
    Ok(())
}

#[test]
fn another_network_with_the_same_weights_is_refused() -> Result<(), Error> {
    let folder = Folder::new("another");
    let path = folder.0.join("run");
    let (vectorizer, loader, _) = titles()?;
    let tokens = vectorizer.vocabulary().len();
    let classifier =
        |kind: usize, seed| Classifier::new(CLASSIFIERS[kind], tokens, &mut Init::keras(seed, &Device::Cpu));
    let model = classifier(2, 1)?;
    let mut trainer = trainer(None)?;
    trainer.fit(&model, &loader, None)?;
    RunFolder::save(&path, &model, &trainer, &vectorizer, &CLASSES)?;
    let run = RunFolder::open(&path)?;
    // The same parameters, but padding takes part, or the mean is read.
    for kind in [0, 1] {
        let other = classifier(kind, 2)?;
        let before = bits(&other);
        for result in [run.load_into(&other), run.resume(&other).map(drop)] {
            let error = result.expect_err("another network").to_string();
            assert!(error.contains("has to be that of the saved model"), "{error}");
            assert_eq!(bits(&other), before);
        }
    }
    // Other parameters.
    let error = run.load_into(&classifier(3, 2)?).expect_err("an LSTM").to_string();
    assert!(error.contains("`rnn.weight_ih_l0` is [8, 12]"), "{error}");
    Ok(())
}

#[test]
fn broken_folders_are_refused_and_change_nothing() -> Result<(), Error> {
    let folder = Folder::new("broken");
    let path = folder.0.join("run");
    let (vectorizer, loader, _) = titles()?;
    let tokens = vectorizer.vocabulary().len();
    let model = Classifier::new(CLASSIFIERS[4], tokens, &mut Init::keras(1, &Device::Cpu))?;
    let mut trainer = trainer(None)?;
    trainer.fit(&model, &loader, None)?;
    RunFolder::save(&path, &model, &trainer, &vectorizer, &CLASSES)?;

    let files = fs::read_dir(&path).unwrap().map(|entry| {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_string();
        (name, fs::read(path).unwrap())
    });
    let sound: BTreeMap<String, Vec<u8>> = files.collect();
    let names: Vec<&str> = sound.keys().map(String::as_str).collect();
    let expected = [
        "history.safetensors",
        "model.safetensors",
        "optimizer.safetensors",
        "run.json",
        "tokenizer.json",
        "trainer.json",
    ];
    assert_eq!(names, expected);

    let other = Classifier::new(CLASSIFIERS[4], tokens, &mut Init::keras(2, &Device::Cpu))?;
    let before = bits(&other);
    let refused = |what: &str| {
        let resumed = RunFolder::open(&path).and_then(|run| run.resume(&other).map(drop));
        let error = resumed.expect_err(what).to_string();
        assert_eq!(bits(&other), before, "{what}");
        assert!(error.starts_with(path.to_str().unwrap()), "{what}: {error}");
        assert!(!error.contains('\n'), "{what}: {error}");
        error
    };
    // One file missing, empty, cut, or followed by something.
    for (name, bytes) in &sound {
        fs::remove_file(path.join(name)).unwrap();
        refused(&format!("{name} missing"));
        for cut in [0, 1, bytes.len() / 2, bytes.len() - 1] {
            fs::write(path.join(name), &bytes[..cut]).unwrap();
            refused(&format!("{name} cut at {cut}"));
        }
        fs::write(path.join(name), [&bytes[..], b"x"].concat()).unwrap();
        refused(&format!("{name} with a byte more"));
        fs::write(path.join(name), bytes).unwrap();
    }
    // One file with other contents of the size that `trainer.json` names.
    let text = |name: &str| String::from_utf8(sound[name].clone()).unwrap();
    let with = |name: &str, bytes: &[u8]| {
        let size = |bytes: &[u8]| format!("\"{name}\": {}", bytes.len());
        let manifest = text("trainer.json");
        let resized = manifest.replace(&size(&sound[name]), &size(bytes));
        assert_eq!(resized == manifest, bytes.len() == sound[name].len());
        fs::write(path.join("trainer.json"), resized).unwrap();
        fs::write(path.join(name), bytes).unwrap();
        let error = refused(name);
        fs::write(path.join(name), &sound[name]).unwrap();
        fs::write(path.join("trainer.json"), &manifest).unwrap();
        error
    };
    let first_class = "\"World\"";
    for (name, from, to, message) in [
        ("run.json", "\"format\": 1", "\"format\": 9", "its format is 9"),
        ("run.json", "\"layers\"", "\"strata\"", "unknown field `strata`"),
        ("run.json", first_class, "7", "expected a string"),
        ("run.json", "\"World\",", "", "a logit for each class"),
        ("run.json", "\"ids\": [", "\"ids\": [4000000000, ", "ids of the vocabulary"),
        ("run.json", "\"ids\": [", "\"ids\": [-1, ", "invalid value"),
        ("run.json", "\"logits\": [", "\"logits\": [0.5, ", "a logit for each class"),
        ("run.json", "\"probe\": [", "\"probe\": [], \"x\": [", "unknown field `x`"),
        ("tokenizer.json", "\"\": 0", "\"\": 1", "each once"),
        ("tokenizer.json", "\"Sequence\"", "\"Bert\"", "a normalizer"),
    ] {
        let changed = text(name).replacen(from, to, 1);
        assert_ne!(changed, text(name), "{from}");
        let error = with(name, changed.as_bytes());
        assert!(error.contains(message), "{name}, {to}: {error}");
    }
    // JSON that nests without end, and a header of safetensors that claims 2^63 bytes.
    let error = with("run.json", &[b'['; 100_000]);
    assert!(error.contains("not the record of a run"), "{error}");
    with("tokenizer.json", &[b'['; 100_000]);
    let mut huge = (1u64 << 63).to_le_bytes().to_vec();
    huge.extend([b'x'; 100]);
    let error = with("model.safetensors", &huge);
    assert!(error.contains("not a safetensors file"), "{error}");
    // A weight that is no number.
    let mut weights = sound["model.safetensors"].clone();
    let end = weights.len();
    weights[end - 4..].copy_from_slice(&f32::NAN.to_le_bytes());
    let error = with("model.safetensors", &weights);
    assert!(error.contains("holds NaN at position"), "{error}");

    RunFolder::open(&path)?.resume(&other)?;
    assert_eq!(bits(&other), bits(&model));
    Ok(())
}

#[test]
fn a_run_that_is_not_there_is_told_from_one_that_is_broken() -> Result<(), Error> {
    let folder = Folder::new("find");
    let path = folder.0.join("news");
    assert!(RunFolder::find(&path)?.is_none());
    let (vectorizer, _, _) = titles()?;
    let tokens = vectorizer.vocabulary().len();
    let model = Classifier::new(CLASSIFIERS[0], tokens, &mut Init::keras(1, &Device::Cpu))?;
    RunFolder::save(&path, &model, &trainer(None)?, &vectorizer, &CLASSES)?;
    assert!(RunFolder::find(&path)?.is_some());
    // A crash between the two renames of a save leaves the run under another name.
    let previous = folder.0.join(".news.previous");
    fs::rename(&path, &previous).unwrap();
    assert!(!path.exists() && RunFolder::find(&path)?.is_some());
    for file in ["tokenizer.json", "trainer.json"] {
        fs::write(previous.join(file), "{").unwrap();
        assert!(RunFolder::find(&path).is_err(), "{file}");
    }
    fs::create_dir(&path).unwrap();
    assert!(RunFolder::find(&path).is_err());
    Ok(())
}

/// Scores for each step, of the id that it reads.
#[derive(Module)]
struct Tagger {
    embedding: Embedding,
    linear: Linear,
}

impl Tagger {
    fn new(tokens: usize, seed: u64) -> Result<Self> {
        let mut init = Init::keras(seed, &Device::Cpu);
        Ok(Self { embedding: Embedding::new(tokens, 4, &mut init)?, linear: Linear::new(4, 3, &mut init)? })
    }
}

impl Model for Tagger {
    fn forward(&self, batch: &Batch) -> Result<Tensor> {
        self.linear.forward(&self.embedding.forward(&batch.input)?)
    }
}

#[test]
fn a_model_that_answers_at_every_step_goes_on_with_a_loss_of_its_own() -> Result<(), Error> {
    let loss = || {
        Loss::own("improbability", |scores: &Tensor, target: &Tensor| {
            let right = softmax(scores)?.log()?.gather(&target.unsqueeze(2)?, 2)?;
            Ok(right.sum_all()?.neg()?)
        })
    };
    let vectorizer = TextVectorizer::adapt(&["rain and sun and snow"], VectorizerConfig::default())?;
    let ids = Tensor::new(&[[2u32, 3, 4], [5, 2, 4]], &Device::Cpu)?;
    let target = Some(Tensor::new(&[[0u32, 1, 2], [1, 0, 2]], &Device::Cpu)?);
    let rows = TensorBatches::new(Batch { target, ..Batch::new(ids, vec![3; 2]) }, 2, None)?;
    let tokens = vectorizer.vocabulary().len();
    let [model, other] = [Tagger::new(tokens, 1)?, Tagger::new(tokens, 2)?];
    let mut trainer = Trainer::new(TrainerConfig { loss: loss(), epochs: 3, progress: false, ..Default::default() })?;
    trainer.fit(&model, &rows, None)?;

    let folder = Folder::new("run-tagger");
    let path = folder.0.join("run");
    let error = RunFolder::save(&path, &model, &trainer, &vectorizer, &["a", "b"]).unwrap_err();
    assert_eq!(error.to_string(), "RunFolder::save: the model has 3 classes, but 2 class names were given");
    RunFolder::save(&path, &model, &trainer, &vectorizer, &["a", "b", "c"])?;
    let run = RunFolder::open(&path)?;
    assert!(run.resume(&other).unwrap_err().to_string().starts_with("the loss `improbability` is a function"));
    let mut resumed = run.resume_with(&other, loss())?;
    trainer.fit(&model, &rows, None)?;
    resumed.fit(&other, &rows, None)?;
    assert_eq!(resumed.history(), trainer.history());
    assert_eq!(bits(&other), bits(&model));
    Ok(())
}
