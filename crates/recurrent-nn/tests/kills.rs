//! A training that is killed again and again ends with the same bits: schedule, clipping, early stopping, groups of
//! batches, and the masks of dropout in and above two LSTM layers.
//!
//! `RECURRENT_KILLS=100 cargo test --test models kills:: -- --nocapture`

use crate::support::{Folder, Random, WordLstm, bits, every_state, train_and_valid};
use recurrent_nn::{Checkpoint, Result, Trainer, TrainerConfig};
use std::{
    fs,
    ops::ControlFlow,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

/// Where the child finds its folder.
const CHILD: &str = "RECURRENT_KILLED_RUN";

#[test]
#[ignore = "the child process of the next test"]
fn child_that_is_killed() -> Result<()> {
    let Some(path) = std::env::var_os(CHILD).map(PathBuf::from) else {
        return Ok(());
    };
    let (train, valid) = train_and_valid();
    let model = WordLstm::new(1);
    let mut trainer = match path.exists() || path.with_file_name(".run.previous").exists() {
        true => Checkpoint::open(&path)?.resume(&model)?,
        false => Trainer::new(TrainerConfig { epochs: 12, ..every_state() })?,
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
        .args(["--exact", "kills::child_that_is_killed", "--ignored"])
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

    let (train, valid) = train_and_valid();
    let model = WordLstm::new(1);
    let mut whole = Trainer::new(TrainerConfig { epochs: 12, ..every_state() })?;
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
            assert_eq!(status.signal(), Some(9), "the child failed by itself: {status}");
            // Only one that went on from a checkpoint counts: each is a kill and, with the next child, a resume.
            killed += usize::from(resumes);
            let replaces = identity(&previous).is_some_and(|now| Some(now) != stale[1]);
            inside += usize::from(resumes && (writes() || replaces));
            if path.exists() || previous.exists() {
                Checkpoint::open(&path)?.resume(&WordLstm::with_other_weights(1))?;
            }
        }
    }
    check(&path, &model, &whole)?;
    println!(
        "{killed} kills of a resumed training, {inside} of them inside the writing of a checkpoint, {runs} ends, \
         0 differences"
    );
    assert!(inside * 3 >= killed, "{inside} of {killed} kills inside the writing");
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
        .and_then(|checkpoint| checkpoint.resume(&WordLstm::with_other_weights(1)))
        .is_ok_and(|trainer| trainer.is_finished())
}

fn check(path: &Path, model: &WordLstm, whole: &Trainer) -> Result<()> {
    let found = WordLstm::with_other_weights(1);
    let trainer = Checkpoint::open(path)?.resume(&found)?;
    assert_eq!(trainer.history(), whole.history());
    assert_eq!(bits(&found), bits(model));
    Ok(())
}
