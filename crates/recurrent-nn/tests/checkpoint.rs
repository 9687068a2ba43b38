//! Checkpoints: a resumed training ends where an uninterrupted one ends, and a broken folder changes nothing.

use crate::support::{Folder, Random, Rows, WordBag, WordLstm, bits, every_state, train_and_valid};
use candle_core::{Device, Tensor};
use recurrent_nn::{
    Checkpoint, EarlyStopping, Event, Method, OptimizerConfig, Result, Schedule, Stop, Trainer, TrainerConfig,
    load_weights, save_weights,
};
use std::{
    collections::HashMap,
    fs,
    ops::ControlFlow,
    path::{Path, PathBuf},
};

/// A training for each rule, each schedule, groups of batches, and early stopping.
fn configurations() -> Vec<(&'static str, TrainerConfig)> {
    let adam = TrainerConfig { epochs: 3, learning_rate: 0.03, progress: false, ..Default::default() };
    let method = |method| TrainerConfig { optimizer: OptimizerConfig { method, clip: None }, ..adam.clone() };
    let schedule = |schedule| TrainerConfig { schedule, ..adam.clone() };
    let plateau = Schedule::Plateau { factor: 0.5, patience: 0 };
    let one_cycle = Schedule::OneCycle { pct_start: 0.3, div_factor: 25.0, final_div_factor: 1e4 };
    let step = Schedule::Step { step_size: 1, gamma: 0.5 };
    let early_stopping = EarlyStopping { patience: 2, ..Default::default() };
    vec![
        ("all at once", every_state()),
        ("momentum", method(Method::Sgd { momentum: 0.9 })),
        ("lazy Adam", method(Method::lazy_adam())),
        ("AdamW", method(Method::adamw())),
        (
            // So fast that the loss goes up.
            "plateau",
            TrainerConfig { epochs: 5, learning_rate: 0.5, ..schedule(plateau) },
        ),
        ("one cycle", schedule(one_cycle)),
        ("step", schedule(step)),
        ("groups of batches", TrainerConfig { accumulate: 3, ..adam.clone() }),
        (
            "early stopping",
            TrainerConfig { epochs: 50, learning_rate: 0.3, early_stopping: Some(early_stopping), ..adam },
        ),
    ]
}

#[test]
fn a_training_saved_at_any_step_ends_with_the_same_bits() -> Result<()> {
    let (train, valid) = (Rows::new(26, 4, 1), Rows::new(20, 20, 2));
    let mut ends = Vec::new();
    for (name, config) in configurations() {
        let folder = Folder::new(&format!("any-step-{}", name.replace(' ', "-")));
        let whole = WordLstm::new(1);
        let mut never_saved = Trainer::new(config.clone())?;
        let stop = never_saved.fit(&whole, &train, Some(&valid))?;

        // Saved after every step and every validation.
        let model = WordLstm::new(1);
        let mut trainer = Trainer::new(config.clone())?;
        let mut saved = Vec::new();
        trainer.fit_observed(&model, &train, Some(&valid), &mut |trainer, _| {
            let path = folder.0.join(format!("run-{}", saved.len()));
            Checkpoint::save(&path, &model, trainer, &[])?;
            saved.push((path, trainer.history().clone(), trainer.is_finished()));
            Ok(ControlFlow::Continue(()))
        })?;
        assert_eq!(trainer.history(), never_saved.history(), "{name}");
        let history = never_saved.history();
        assert_eq!(saved.len(), history.steps.len() + history.epochs.len());

        for (path, history, finished) in &saved {
            let after = format!("{name}, saved after step {}", history.steps.len());
            let other = WordLstm::with_other_weights(1);
            let mut resumed = Checkpoint::open(path)?.resume(&other)?;
            assert_eq!(resumed.history(), history, "{after}");
            assert_eq!(resumed.is_finished(), *finished, "{after}");
            if !finished {
                assert_eq!(resumed.fit(&other, &train, Some(&valid))?, stop, "{after}");
            }
            assert_eq!(resumed.history(), never_saved.history(), "{after}");
            assert_eq!(bits(&other), bits(&whole), "{after}");
        }

        // What the configuration is there for has happened.
        let rates: Vec<f64> = history.steps.iter().map(|one| one.learning_rate).collect();
        let changes = rates.iter().any(|rate| *rate != rates[0]);
        assert_eq!(changes, config.schedule != Schedule::Constant, "{name}");
        let expected = match name {
            "early stopping" => Stop::Early,
            _ => Stop::Finished,
        };
        assert_eq!(stop, expected, "{name}");
        assert!(!ends.contains(&bits(&whole)), "{name} is as another one");
        ends.push(bits(&whole));
    }
    Ok(())
}

#[test]
fn the_callers_files_are_kept_and_foreign_ones_survive() -> Result<()> {
    let folder = Folder::new("files");
    let path = folder.0.join("deep/run");
    let (model, trainer) = (WordBag::new(1), Trainer::new(every_state())?);
    Checkpoint::save(&path, &model, &trainer, &[("vocabulary.txt", b"a\nb"), ("old.txt", b"1")])?;
    fs::write(path.join("notes.txt"), "mine").unwrap();
    fs::create_dir(path.join("figures")).unwrap();
    fs::write(path.join("figures/loss.svg"), "<svg/>").unwrap();
    Checkpoint::save(&path, &model, &trainer, &[("vocabulary.txt", b"a\nb\nc")])?;

    let checkpoint = Checkpoint::open(&path)?;
    assert_eq!(checkpoint.file("vocabulary.txt")?, b"a\nb\nc");
    let error = checkpoint.file("old.txt").unwrap_err().to_string();
    assert!(error.ends_with("deep/run/old.txt: the checkpoint has no such file"), "{error}");
    assert_eq!(fs::read_to_string(path.join("notes.txt")).unwrap(), "mine");
    assert_eq!(fs::read_to_string(path.join("figures/loss.svg")).unwrap(), "<svg/>");
    let left: Vec<_> = fs::read_dir(folder.0.join("deep")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["run"]);
    for name in ["trainer.json", "model.safetensors", "../x", "a/b", "", ".."] {
        let error = Checkpoint::save(&path, &model, &trainer, &[(name, b"")]).unwrap_err().to_string();
        assert!(error.ends_with("cannot be the name of a file of yours in a checkpoint"), "{error}");
    }
    Ok(())
}

#[test]
fn a_folder_that_is_no_checkpoint_is_left_alone() -> Result<()> {
    let folder = Folder::new("foreign");
    fs::write(folder.0.join("thesis.txt"), "years").unwrap();
    let error =
        Checkpoint::save(&folder.0, &WordBag::new(1), &Trainer::new(every_state())?, &[]).unwrap_err().to_string();
    assert!(error.ends_with("it is there and is not a checkpoint; name another folder"), "{error}");
    assert_eq!(fs::read_to_string(folder.0.join("thesis.txt")).unwrap(), "years");
    Ok(())
}

#[test]
fn no_file_of_somebody_else_is_removed_or_replaced() -> Result<()> {
    let folder = Folder::new("somebody-else");
    let (path, previous) = (folder.0.join("run"), folder.0.join(".run.previous"));
    let writing = folder.0.join(".run.writing");
    let (model, trainer) = (WordBag::new(1), Trainer::new(every_state())?);
    let refused = |problem: &str, file: &Path| {
        let saved = Checkpoint::save(&path, &model, &trainer, &[("notes.txt", b"ours")]);
        assert_eq!(saved.unwrap_err().to_string(), format!("{}: {problem}", file.display()));
    };
    let theirs = |file: PathBuf| {
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(&file, "theirs").unwrap();
        file
    };
    let untouched = |file: &Path| assert_eq!(fs::read_to_string(file).unwrap(), "theirs");
    let no_checkpoint = "it is there and is not a checkpoint; name another folder";

    // Another program's folder, whose files have the names of ours; in our place, and beside it.
    for place in [&path, &previous] {
        let files = ["trainer.json", "model.safetensors"].map(|name| theirs(place.join(name)));
        refused(no_checkpoint, place);
        files.iter().for_each(|file| untouched(file));
        assert!(!writing.exists());
        fs::remove_dir_all(place).unwrap();
    }
    let file = theirs(writing.join("thesis.txt"));
    let half = theirs(writing.join("model.safetensors"));
    refused("no save wrote it, and its folder is where the next one is to be written; move it away", &file);
    untouched(&file);
    untouched(&half);
    fs::remove_dir_all(&writing).unwrap();

    // In our checkpoint, under a name that the next one writes.
    Checkpoint::save(&path, &model, &trainer, &[])?;
    let file = theirs(path.join("notes.txt"));
    refused("no checkpoint wrote it, and the one to be written has a file of that name; move it away", &file);
    untouched(&file);
    Checkpoint::open(&path)?.load_weights(&model)?;

    // Killed while the old one is removed, and written again in the new one before the next save.
    Checkpoint::save(&previous, &model, &trainer, &[])?;
    let older = theirs(previous.join("notes.txt"));
    let saved = Checkpoint::save(&path, &model, &trainer, &[]);
    assert_eq!(
        saved.unwrap_err().to_string(),
        format!("{}: it is in {} too; move one of them away", older.display(), path.display())
    );
    untouched(&file);
    untouched(&older);
    fs::rename(&older, folder.0.join("older.txt")).unwrap();
    Checkpoint::save(&path, &model, &trainer, &[])?;
    untouched(&file);
    assert!(!previous.exists() && !writing.exists());
    Ok(())
}

#[test]
fn each_moment_of_a_replacement_leaves_a_whole_checkpoint() -> Result<()> {
    // The states of the folder between the renames, made by hand.
    let folder = Folder::new("moments");
    let (path, previous) = (folder.0.join("run"), folder.0.join(".run.previous"));
    let (first, second) = (WordBag::new(1), WordBag::new(2));
    let trainer = Trainer::new(every_state())?;
    let weights = |expected: &WordBag| -> Result<()> {
        let model = WordBag::with_other_weights(1);
        Checkpoint::open(&path)?.load_weights(&model)?;
        assert_eq!(model.bits(), expected.bits());
        Ok(())
    };
    Checkpoint::save(&path, &first, &trainer, &[])?;
    // Killed while it writes: half a folder beside.
    fs::create_dir(folder.0.join(".run.writing")).unwrap();
    fs::write(folder.0.join(".run.writing/model.safetensors"), "half").unwrap();
    weights(&first)?;
    // Killed between the renames.
    fs::rename(&path, &previous).unwrap();
    weights(&first)?;
    Checkpoint::save(&path, &second, &trainer, &[])?;
    weights(&second)?;
    assert!(!previous.exists() && !folder.0.join(".run.writing").exists());
    // Killed while the old one is removed.
    Checkpoint::save(&previous, &first, &trainer, &[])?;
    fs::remove_file(previous.join("optimizer.safetensors")).unwrap();
    weights(&second)?;
    Checkpoint::save(&path, &first, &trainer, &[])?;
    weights(&first)?;
    assert!(!previous.exists());
    Ok(())
}

/// What a hostile hand does to the tensors of a file.
type Edit<'a> = &'a dyn Fn(&mut HashMap<String, Tensor>);

#[test]
fn broken_files_are_refused_and_change_nothing() -> Result<()> {
    let folder = Folder::new("broken");
    let path = folder.0.join("run");
    let (train, valid) = train_and_valid();
    let model = WordBag::new(1);
    let mut trainer = Trainer::new(every_state())?;
    trainer.fit_observed(&model, &train, Some(&valid), &mut |trainer, event| {
        let two = trainer.history().epochs.len() == 2;
        if let (true, Event::Epoch(_)) = (two, event) {
            Checkpoint::save(&path, &model, trainer, &[])?;
        }
        Ok(if two { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
    })?;
    let sound: HashMap<String, Vec<u8>> = fs::read_dir(&path)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.file_name().unwrap().to_str().unwrap().to_string(), fs::read(&path).unwrap()))
        .collect();
    assert_eq!(sound.len(), 5);

    let other = WordBag::with_other_weights(1);
    let before = other.bits();
    let refused = |name: &str, bytes: &[u8]| -> String {
        // A hostile file comes with a `trainer.json` that fits its size.
        let manifest = String::from_utf8(sound["trainer.json"].clone()).unwrap();
        let size = |bytes: &[u8]| format!("\"{name}\": {}", bytes.len());
        let manifest = manifest.replace(&size(&sound[name]), &size(bytes));
        fs::write(path.join("trainer.json"), manifest).unwrap();
        fs::write(path.join(name), bytes).unwrap();
        let error = Checkpoint::open(&path).and_then(|checkpoint| checkpoint.resume(&other)).unwrap_err().to_string();
        fs::write(path.join(name), &sound[name]).unwrap();
        fs::write(path.join("trainer.json"), &sound["trainer.json"]).unwrap();
        assert_eq!(other.bits(), before, "{error}");
        assert!(error.starts_with(path.to_str().unwrap()), "{error}");
        error
    };

    // Cut at any place.
    let mut random = Random(3);
    for (name, bytes) in &sound {
        for _ in 0..20 {
            refused(name, &bytes[..random.below(bytes.len())]);
        }
        fs::write(path.join(name), &bytes[..bytes.len() / 2]).unwrap();
        assert!(Checkpoint::open(&path).and_then(|checkpoint| checkpoint.resume(&other)).is_err());
        fs::write(path.join(name), bytes).unwrap();
        fs::remove_file(path.join(name)).unwrap();
        assert!(Checkpoint::open(&path).and_then(|checkpoint| checkpoint.resume(&other)).is_err());
        fs::write(path.join(name), bytes).unwrap();
    }
    // A header of 2^63 bytes, of 90 MB that are not there, of no JSON.
    for header in [1u64 << 63, 90_000_000, 4] {
        let mut bytes = header.to_le_bytes().to_vec();
        bytes.extend([b'x'; 100]);
        for name in ["model.safetensors", "optimizer.safetensors", "history.safetensors", "best.safetensors"] {
            assert!(refused(name, &bytes).contains("not a safetensors file"));
        }
    }
    // Megabytes where kilobytes fit.
    let error = refused("model.safetensors", &vec![b' '; 1 << 22]);
    assert!(error.contains("more than fits here"), "{error}");
    // Other names, shapes, types; numbers that are none.
    let edited = |name: &str, edit: Edit| {
        let mut tensors = candle_core::safetensors::load_buffer(&sound[name], &Device::Cpu).unwrap();
        edit(&mut tensors);
        safetensors::serialize(tensors, None).unwrap()
    };
    let zeros = |shape: &[usize]| Tensor::zeros(shape, candle_core::DType::F32, &Device::Cpu).unwrap();
    let cases: [(&str, Edit, &str); 12] = [
        ("model.safetensors", &|t| drop(t.remove("linear.bias")), "`linear.bias` of the model is not in it"),
        (
            "model.safetensors",
            &|t| drop(t.insert("x".into(), zeros(&[2]))),
            "it holds `x`, which the model does not have",
        ),
        (
            "model.safetensors",
            &|t| drop(t.insert("linear.weight".into(), zeros(&[8, 3]))),
            "`linear.weight` is [8, 3] of F32, the model's is [3, 8] of F32",
        ),
        (
            "model.safetensors",
            &|t| drop(t.insert("linear.bias".into(), zeros(&[3]).to_dtype(candle_core::DType::F64).unwrap())),
            "`linear.bias` is [3] of F64, the model's is [3] of F32",
        ),
        (
            "model.safetensors",
            &|t| drop(t.insert("linear.bias".into(), Tensor::new(&[0f32, f32::NAN, 1.0], &Device::Cpu).unwrap())),
            "`linear.bias` holds NaN at position 1",
        ),
        (
            "best.safetensors",
            &|t| drop(t.insert("linear.bias".into(), Tensor::new(&[f32::INFINITY, 0.0, 1.0], &Device::Cpu).unwrap())),
            "`linear.bias` holds inf at position 0",
        ),
        (
            "optimizer.safetensors",
            &|t| drop(t.insert("linear.bias.exp_avg".into(), zeros(&[4]))),
            "`linear.bias.exp_avg` is [4] of F32, the model's is [3] of F32",
        ),
        (
            "optimizer.safetensors",
            &|t| drop(t.insert("linear.bias.step".into(), Tensor::new(-1f64, &Device::Cpu).unwrap())),
            "optimizer state `linear.bias.step`: expected one number of steps, got [-1.0]",
        ),
        (
            "optimizer.safetensors",
            &|t| {
                drop(t.insert("linear.bias.exp_avg_sq".into(), Tensor::new(&[0f32, 1.0, -0.5], &Device::Cpu).unwrap()))
            },
            "optimizer state `linear.bias.exp_avg_sq`: expected means of squares, got -0.5 at position 2",
        ),
        (
            "optimizer.safetensors",
            &|t| drop(t.insert("linear.bias.step".into(), Tensor::new(0f64, &Device::Cpu).unwrap())),
            "optimizer state `linear.bias.exp_avg`: expected zeros before the first step, got FIRST at position 0",
        ),
        (
            "history.safetensors",
            &|t| {
                let mut losses = t["steps.loss"].to_vec1::<f64>().unwrap();
                losses[1] = f64::NAN;
                drop(t.insert("steps.loss".into(), Tensor::new(losses, &Device::Cpu).unwrap()))
            },
            "`steps.loss` holds NaN at position 1",
        ),
        ("history.safetensors", &|t| drop(t.remove("steps.loss")), "`steps.loss` is not in it"),
    ];
    let state = candle_core::safetensors::load_buffer(&sound["optimizer.safetensors"], &Device::Cpu);
    let first = state.unwrap()["linear.bias.exp_avg"].to_vec1::<f32>().unwrap()[0];
    for (name, edit, message) in cases {
        let message = message.replace("FIRST", &f64::from(first).to_string());
        let error = refused(name, &edited(name, edit));
        assert_eq!(error, format!("{}: {message}", path.join(name).display()));
    }
    let manifest = String::from_utf8(sound["trainer.json"].clone()).unwrap();
    for (from, to, message) in [
        ("\"format\": 4", "\"format\": 3", "its format is 3, this program reads format 4"),
        ("\"p\": 0.2", "\"p\": 0.5", "the saved model has the dropout dropout 0.5 (seed "),
        ("\"dropout\": {", "\"dropout\": {}, \"unused\": {", "unknown field `unused`"),
        ("\"epochs\": 4", "\"epochs\": 0", "Trainer::new: `epochs` must be at least 1, got 0"),
        ("\"epochs\": 4", "\"epochs\": 4, \"epoch\": 3", "unknown field `epoch`"),
    ] {
        fs::write(path.join("trainer.json"), manifest.replace(from, to)).unwrap();
        let error = Checkpoint::open(&path).and_then(|checkpoint| checkpoint.resume(&other)).unwrap_err().to_string();
        assert!(error.contains(message), "{error}");
    }
    fs::write(path.join("trainer.json"), &manifest).unwrap();
    assert_eq!(other.bits(), before);
    let trainer = Checkpoint::open(&path)?.resume(&other)?;
    assert_ne!(other.bits(), before);

    // What another version wrote is a checkpoint too: a new one may take its place.
    let older = manifest.replace("\"format\": 4", "\"format\": 3").replace("\"epochs\": 4", "\"passes\": 4");
    fs::write(path.join("trainer.json"), older).unwrap();
    Checkpoint::save(&path, &other, &trainer, &[])?;
    Checkpoint::open(&path)?;
    Ok(())
}

#[test]
fn weights_alone_go_through_one_file() -> Result<()> {
    let folder = Folder::new("weights");
    let path = folder.0.join("model.safetensors");
    let (model, other) = (WordBag::new(1), WordBag::with_other_weights(1));
    save_weights(&path, &model)?;
    load_weights(&path, &other)?;
    assert_eq!(other.bits(), model.bits());
    let error = load_weights(folder.0.join("none"), &other).unwrap_err().to_string();
    assert!(error.contains("none: ") && error.contains("No such file"), "{error}");
    Ok(())
}
