//! Checkpoints: a resumed training ends where an uninterrupted one ends, and a broken folder changes nothing.

mod support;

use candle_core::{Device, Tensor};
use recurrent_nn::{
    Checkpoint, Clip, EarlyStopping, Event, OptimizerConfig, Result, Schedule, Stop, Trainer,
    TrainerConfig, load_weights, save_weights,
};
use std::{
    collections::HashMap,
    fs,
    ops::ControlFlow,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};
use support::{Folder, Random, Rows, WordBag};

/// Everything that has a state: a schedule, clipping, early stopping with the best weights, dropout, groups of batches.
fn config() -> TrainerConfig {
    TrainerConfig {
        epochs: 4,
        learning_rate: 0.03,
        schedule: Schedule::Cosine { eta_min: 1e-3 },
        optimizer: OptimizerConfig {
            clip: Some(Clip::Norm(0.4)),
            ..Default::default()
        },
        accumulate: 3,
        class_weights: Some(vec![1.0, 2.0, 0.7]),
        label_smoothing: 0.05,
        early_stopping: Some(EarlyStopping {
            patience: 9,
            ..Default::default()
        }),
        ticks: false,
        ..Default::default()
    }
}

fn rows() -> (Rows, Rows) {
    (Rows::new(100, 4, 1), Rows::new(60, 20, 2))
}

/// The bits of the weights and the record of a training that was never stopped.
fn uninterrupted() -> Result<(Vec<u32>, Trainer)> {
    let (train, valid) = rows();
    let model = WordBag::new(1);
    let mut trainer = Trainer::new(config())?;
    trainer.fit(&model, &train, Some(&valid))?;
    Ok((model.bits(), trainer))
}

#[test]
fn a_training_saved_at_any_step_ends_with_the_same_bits() -> Result<()> {
    let folder = Folder::new("any-step");
    let (train, valid) = rows();
    let (bits, whole) = uninterrupted()?;
    let steps = whole.history().steps.len();
    assert_eq!(steps, 4 * 9);

    let mut random = Random(7);
    for round in 0..12 {
        let path = folder.0.join(format!("run-{round}"));
        // Some break off in the middle of an epoch, some after its validation.
        let (at, after_epoch) = (random.below(steps), round % 3 == 0);
        let model = WordBag::new(1);
        let mut trainer = Trainer::new(config())?;
        trainer.fit_observed(&model, &train, Some(&valid), &mut |trainer, event| {
            let reached = trainer.history().steps.len() > at
                && (matches!(event, Event::Epoch(_)) || !after_epoch);
            if reached {
                Checkpoint::save(&path, &model, trainer, &[])?;
            }
            Ok(if reached {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            })
        })?;

        let other = WordBag::with_other_weights(1);
        let mut resumed = Checkpoint::open(&path)?.resume(&other)?;
        assert_eq!(resumed.history(), trainer.history());
        assert_eq!(resumed.is_finished(), resumed.history().epochs.len() == 4);
        if !resumed.is_finished() {
            assert_eq!(resumed.fit(&other, &train, Some(&valid))?, Stop::Finished);
        }
        assert_eq!(resumed.history(), whole.history(), "saved after step {at}");
        assert_eq!(other.bits(), bits, "saved after step {at}");
    }
    Ok(())
}

#[test]
fn the_callers_files_are_kept_and_foreign_ones_survive() -> Result<()> {
    let folder = Folder::new("files");
    let path = folder.0.join("deep/run");
    let (model, trainer) = (WordBag::new(1), Trainer::new(config())?);
    Checkpoint::save(
        &path,
        &model,
        &trainer,
        &[("vocabulary.txt", b"a\nb"), ("old.txt", b"1")],
    )?;
    fs::write(path.join("notes.txt"), "mine").unwrap();
    fs::create_dir(path.join("figures")).unwrap();
    fs::write(path.join("figures/loss.svg"), "<svg/>").unwrap();
    Checkpoint::save(&path, &model, &trainer, &[("vocabulary.txt", b"a\nb\nc")])?;

    let checkpoint = Checkpoint::open(&path)?;
    assert_eq!(checkpoint.file("vocabulary.txt")?, b"a\nb\nc");
    let error = checkpoint.file("old.txt").unwrap_err().to_string();
    assert!(
        error.ends_with("deep/run/old.txt: the checkpoint has no such file"),
        "{error}"
    );
    assert_eq!(fs::read_to_string(path.join("notes.txt")).unwrap(), "mine");
    assert_eq!(
        fs::read_to_string(path.join("figures/loss.svg")).unwrap(),
        "<svg/>"
    );
    let left: Vec<_> = fs::read_dir(folder.0.join("deep"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(left, ["run"]);
    for name in ["trainer.json", "model.safetensors", "../x", "a/b", "", ".."] {
        let error = Checkpoint::save(&path, &model, &trainer, &[(name, b"")])
            .unwrap_err()
            .to_string();
        assert!(
            error.ends_with("cannot be the name of a file of yours in a checkpoint"),
            "{error}"
        );
    }
    Ok(())
}

#[test]
fn a_folder_that_is_no_checkpoint_is_left_alone() -> Result<()> {
    let folder = Folder::new("foreign");
    fs::write(folder.0.join("thesis.txt"), "years").unwrap();
    let error = Checkpoint::save(&folder.0, &WordBag::new(1), &Trainer::new(config())?, &[])
        .unwrap_err()
        .to_string();
    assert!(
        error.ends_with("it is there and is not a checkpoint; name another folder"),
        "{error}"
    );
    assert_eq!(
        fs::read_to_string(folder.0.join("thesis.txt")).unwrap(),
        "years"
    );
    Ok(())
}

#[test]
fn no_file_of_somebody_else_is_removed_or_replaced() -> Result<()> {
    let folder = Folder::new("somebody-else");
    let (path, previous) = (folder.0.join("run"), folder.0.join(".run.previous"));
    let writing = folder.0.join(".run.writing");
    let (model, trainer) = (WordBag::new(1), Trainer::new(config())?);
    let refused = |problem: &str, file: &Path| {
        let saved = Checkpoint::save(&path, &model, &trainer, &[("notes.txt", b"ours")]);
        assert_eq!(
            saved.unwrap_err().to_string(),
            format!("{}: {problem}", file.display())
        );
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
    refused(
        "no save wrote it, and its folder is where the next one is to be written; move it away",
        &file,
    );
    untouched(&file);
    untouched(&half);
    fs::remove_dir_all(&writing).unwrap();

    // In our checkpoint, under a name that the next one writes.
    Checkpoint::save(&path, &model, &trainer, &[])?;
    let file = theirs(path.join("notes.txt"));
    refused(
        "no checkpoint wrote it, and this one has a file of that name; move it away",
        &file,
    );
    untouched(&file);
    Checkpoint::open(&path)?.load_weights(&model)?;

    // Killed while the old one is removed, and written again in the new one before the next save.
    Checkpoint::save(&previous, &model, &trainer, &[])?;
    let older = theirs(previous.join("notes.txt"));
    let saved = Checkpoint::save(&path, &model, &trainer, &[]);
    assert_eq!(
        saved.unwrap_err().to_string(),
        format!(
            "{}: it is in {} too; move one of them away",
            older.display(),
            path.display()
        )
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
    let trainer = Trainer::new(config())?;
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
    let (train, valid) = rows();
    let model = WordBag::new(1);
    let mut trainer = Trainer::new(config())?;
    trainer.fit_observed(&model, &train, Some(&valid), &mut |trainer, event| {
        let two = trainer.history().epochs.len() == 2;
        if let (true, Event::Epoch(_)) = (two, event) {
            Checkpoint::save(&path, &model, trainer, &[])?;
        }
        Ok(if two {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        })
    })?;
    let sound: HashMap<String, Vec<u8>> = fs::read_dir(&path)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| {
            (
                path.file_name().unwrap().to_str().unwrap().to_string(),
                fs::read(&path).unwrap(),
            )
        })
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
        let error = Checkpoint::open(&path)
            .and_then(|checkpoint| checkpoint.resume(&other))
            .unwrap_err()
            .to_string();
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
        assert!(
            Checkpoint::open(&path)
                .and_then(|checkpoint| checkpoint.resume(&other))
                .is_err()
        );
        fs::write(path.join(name), bytes).unwrap();
        fs::remove_file(path.join(name)).unwrap();
        assert!(
            Checkpoint::open(&path)
                .and_then(|checkpoint| checkpoint.resume(&other))
                .is_err()
        );
        fs::write(path.join(name), bytes).unwrap();
    }
    // A header of 2^63 bytes, of 90 MB that are not there, of no JSON.
    for header in [1u64 << 63, 90_000_000, 4] {
        let mut bytes = header.to_le_bytes().to_vec();
        bytes.extend([b'x'; 100]);
        for name in [
            "model.safetensors",
            "optimizer.safetensors",
            "history.safetensors",
            "best.safetensors",
        ] {
            assert!(refused(name, &bytes).contains("not a safetensors file"));
        }
    }
    // Megabytes where kilobytes fit.
    let error = refused("model.safetensors", &vec![b' '; 1 << 22]);
    assert!(error.contains("more than fits here"), "{error}");
    // Other names, shapes, types; numbers that are none.
    let edited = |name: &str, edit: Edit| {
        let mut tensors =
            candle_core::safetensors::load_buffer(&sound[name], &Device::Cpu).unwrap();
        edit(&mut tensors);
        safetensors::serialize(tensors, None).unwrap()
    };
    let zeros =
        |shape: &[usize]| Tensor::zeros(shape, candle_core::DType::F32, &Device::Cpu).unwrap();
    let cases: [(&str, Edit, &str); 11] = [
        (
            "model.safetensors",
            &|t| drop(t.remove("linear.bias")),
            "`linear.bias` of the model is not in it",
        ),
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
            &|t| {
                drop(t.insert(
                    "linear.bias".into(),
                    zeros(&[3]).to_dtype(candle_core::DType::F64).unwrap(),
                ))
            },
            "`linear.bias` is [3] of F64, the model's is [3] of F32",
        ),
        (
            "model.safetensors",
            &|t| {
                drop(t.insert(
                    "linear.bias".into(),
                    Tensor::new(&[0f32, f32::NAN, 1.0], &Device::Cpu).unwrap(),
                ))
            },
            "`linear.bias` holds NaN at position 1",
        ),
        (
            "best.safetensors",
            &|t| {
                drop(t.insert(
                    "linear.bias".into(),
                    Tensor::new(&[f32::INFINITY, 0.0, 1.0], &Device::Cpu).unwrap(),
                ))
            },
            "`linear.bias` holds inf at position 0",
        ),
        (
            "optimizer.safetensors",
            &|t| drop(t.insert("linear.bias.exp_avg".into(), zeros(&[4]))),
            "`linear.bias.exp_avg` is [4] of F32, the model's is [3] of F32",
        ),
        (
            "optimizer.safetensors",
            &|t| {
                drop(t.insert(
                    "linear.bias.step".into(),
                    Tensor::new(-1f64, &Device::Cpu).unwrap(),
                ))
            },
            "`linear.bias.step` is [-1.0], expected a number of steps",
        ),
        (
            "optimizer.safetensors",
            &|t| {
                drop(t.insert(
                    "linear.bias.exp_avg_sq".into(),
                    Tensor::new(&[0f32, 1.0, -0.5], &Device::Cpu).unwrap(),
                ))
            },
            "`linear.bias.exp_avg_sq` holds -0.5 at position 2, expected a mean of squares",
        ),
        (
            "history.safetensors",
            &|t| {
                let mut losses = t["steps.loss"].to_vec1::<f64>().unwrap();
                losses[1] = f64::NAN;
                drop(t.insert(
                    "steps.loss".into(),
                    Tensor::new(losses, &Device::Cpu).unwrap(),
                ))
            },
            "`steps.loss` holds NaN at position 1",
        ),
        (
            "history.safetensors",
            &|t| drop(t.remove("steps.loss")),
            "`steps.loss` is not in it",
        ),
    ];
    for (name, edit, message) in cases {
        let error = refused(name, &edited(name, edit));
        assert_eq!(error, format!("{}: {message}", path.join(name).display()));
    }
    let manifest = String::from_utf8(sound["trainer.json"].clone()).unwrap();
    for (from, to, message) in [
        (
            "\"format\": 1",
            "\"format\": 2",
            "its format is 2, this program reads format 1",
        ),
        (
            "\"dropout\": [",
            "\"dropout\": [7, ",
            "make it with the same seed",
        ),
        (
            "\"epochs\": 4",
            "\"epochs\": 0",
            "Trainer::new: `epochs` must be at least 1, got 0",
        ),
        (
            "\"epochs\": 4",
            "\"epochs\": 4, \"epoch\": 3",
            "unknown field `epoch`",
        ),
    ] {
        fs::write(path.join("trainer.json"), manifest.replace(from, to)).unwrap();
        let error = Checkpoint::open(&path)
            .and_then(|checkpoint| checkpoint.resume(&other))
            .unwrap_err()
            .to_string();
        assert!(error.contains(message), "{error}");
    }
    fs::write(path.join("trainer.json"), &manifest).unwrap();
    assert_eq!(other.bits(), before);
    Checkpoint::open(&path)?.resume(&other)?;
    assert_ne!(other.bits(), before);
    Ok(())
}

#[test]
fn a_record_of_before_macro_f1_goes_on_without_it() -> Result<()> {
    let folder = Folder::new("no-f1");
    let (path, model) = (folder.0.join("run"), WordBag::new(1));
    let (train, valid) = rows();
    let mut trainer = Trainer::new(TrainerConfig {
        epochs: 1,
        ..config()
    })?;
    trainer.fit(&model, &train, Some(&valid))?;
    Checkpoint::save(&path, &model, &trainer, &[])?;
    let (file, manifest) = (path.join("history.safetensors"), path.join("trainer.json"));
    let mut columns = candle_core::safetensors::load(&file, &Device::Cpu)?;
    assert!(columns.remove("epochs.validation_macro_f1").is_some());
    let size = |file: &Path| {
        format!(
            "\"history.safetensors\": {}",
            fs::metadata(file).unwrap().len()
        )
    };
    let with = size(&file);
    candle_core::safetensors::save(&columns, &file)?;
    let written = fs::read_to_string(&manifest).unwrap();
    fs::write(&manifest, written.replace(&with, &size(&file))).unwrap();

    // Read, gone on with, saved and read again.
    let mut resumed = Checkpoint::open(&path)?.resume(&model)?;
    resumed.fit(&model, &train, Some(&valid))?;
    Checkpoint::save(&path, &model, &resumed, &[])?;
    let read = Checkpoint::open(&path)?.resume(&model)?;
    assert_eq!(read.history(), resumed.history());
    let [before, after] = &read.history().epochs[..] else {
        panic!("{:?}", read.history().epochs)
    };
    assert_eq!(
        before.validation_loss,
        trainer.history().epochs[0].validation_loss
    );
    assert_eq!(before.validation_macro_f1, None);
    assert!(after.validation_macro_f1.is_some_and(|f1| f1 > 0.0));
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
    let error = load_weights(folder.0.join("none"), &other)
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("none: ") && error.contains("No such file"),
        "{error}"
    );
    Ok(())
}

// --- kills --------------------------------------------------------------------------------------------------------------

/// Where the child finds its folder.
const CHILD: &str = "RECURRENT_KILLED_RUN";

#[test]
#[ignore = "the child process of the next test"]
fn child_that_is_killed() -> Result<()> {
    let Some(path) = std::env::var_os(CHILD).map(PathBuf::from) else {
        return Ok(());
    };
    let (train, valid) = rows();
    let model = WordBag::new(1);
    let mut trainer = match path.exists() || path.with_file_name(".run.previous").exists() {
        true => Checkpoint::open(&path)?.resume(&model)?,
        false => Trainer::new(TrainerConfig {
            epochs: 12,
            ..config()
        })?,
    };
    if trainer.history().steps.is_empty() || !trainer.is_finished() {
        trainer.fit_observed(&model, &train, Some(&valid), &mut |trainer, _| {
            Checkpoint::save(&path, &model, trainer, &[("classes.txt", b"a\nb\nc")])?;
            Ok(ControlFlow::Continue(()))
        })?;
    }
    Ok(())
}

fn start_child(path: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child_that_is_killed", "--ignored"])
        .env(CHILD, path)
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

/// SIGKILL at random moments, every second one inside the writing of a checkpoint. RECURRENT_KILLS sets how many.
#[test]
fn a_training_killed_at_random_moments_ends_with_the_same_bits() -> Result<()> {
    let kills: usize = std::env::var("RECURRENT_KILLS").map_or(10, |kills| kills.parse().unwrap());
    let folder = Folder::new("kills");
    let path = folder.0.join("run");
    let writing = folder.0.join(".run.writing");
    let previous = folder.0.join(".run.previous");

    let (train, valid) = rows();
    let model = WordBag::new(1);
    let mut whole = Trainer::new(TrainerConfig {
        epochs: 12,
        ..config()
    })?;
    whole.fit(&model, &train, Some(&valid))?;

    let mut random = Random(kills as u64);
    let (mut killed, mut inside, mut runs) = (0, 0, 0);
    while killed < kills || !finished(&path) {
        // What a killed child left behind is no writing of the next one.
        let stale = [identity(&writing), identity(&previous)];
        let writes = || identity(&writing).is_some_and(|now| Some(now) != stale[0]);
        let resumes = path.exists() || previous.exists();
        let mut child = start_child(&path);
        if killed < kills {
            let limit = Instant::now() + Duration::from_secs(60);
            let mut wait_for = |reached: &mut dyn FnMut() -> bool| {
                while !reached() && child.try_wait().unwrap().is_none() && Instant::now() < limit {
                    std::thread::sleep(Duration::from_micros(50));
                }
            };
            // The child is up once it writes; then it is killed there, or some time later.
            wait_for(&mut || writes());
            if killed % 2 == 1 {
                std::thread::sleep(Duration::from_micros(random.below(60_000) as u64));
                if random.below(2) == 0 {
                    wait_for(&mut || !writes());
                }
            } else {
                std::thread::sleep(Duration::from_micros(random.below(1500) as u64));
            }
            child.kill().unwrap();
        }
        let status = child.wait().unwrap();
        if status.success() {
            // It came to its end first: once more from the start.
            runs += 1;
            check(&path, &model, &whole)?;
            if killed < kills {
                fs::remove_dir_all(&path).unwrap();
            }
        } else {
            use std::os::unix::process::ExitStatusExt;
            assert_eq!(
                status.signal(),
                Some(9),
                "the child failed by itself: {status}"
            );
            // Only one that went on from a checkpoint counts: each is a kill and, with the next child, a resume.
            killed += usize::from(resumes);
            let replaces = identity(&previous).is_some_and(|now| Some(now) != stale[1]);
            inside += usize::from(resumes && (writes() || replaces));
            if path.exists() || previous.exists() {
                Checkpoint::open(&path)?.resume(&WordBag::with_other_weights(1))?;
            }
        }
    }
    check(&path, &model, &whole)?;
    println!(
        "{killed} kills of a resumed training, {inside} of them inside the writing of a checkpoint, {runs} ends, 0 differences"
    );
    assert!(
        inside * 3 >= killed,
        "{inside} of {killed} kills inside the writing"
    );
    Ok(())
}

/// Tells a folder from one that was there before under the same name.
fn identity(path: &Path) -> Option<(u64, i64, i64)> {
    use std::os::unix::fs::MetadataExt;
    let folder = fs::metadata(path).ok()?;
    Some((folder.ino(), folder.ctime(), folder.ctime_nsec()))
}

fn finished(path: &Path) -> bool {
    Checkpoint::open(path)
        .and_then(|checkpoint| checkpoint.resume(&WordBag::with_other_weights(1)))
        .is_ok_and(|trainer| trainer.is_finished())
}

fn check(path: &Path, model: &WordBag, whole: &Trainer) -> Result<()> {
    let found = WordBag::with_other_weights(1);
    let trainer = Checkpoint::open(path)?.resume(&found)?;
    assert_eq!(trainer.history(), whole.history());
    assert_eq!(found.bits(), model.bits());
    Ok(())
}
