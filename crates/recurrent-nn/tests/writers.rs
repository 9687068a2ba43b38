//! Several threads and processes write to one place: what is there is whole, and one of theirs.

use crate::support::{Folder, WordBag, every_state};
use recurrent_nn::{Checkpoint, Result, Trainer, load_weights, save_weights};
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
};

/// Where a child process finds the folder.
const CHILD: &str = "RECURRENT_WRITERS";
const SAVES: usize = 25;

fn save_often(folder: &Path, seed: u64) -> Result<()> {
    let (model, trainer) = (WordBag::new(seed), Trainer::new(every_state())?);
    for number in 0..SAVES {
        // Files of other names in each, as the vocabulary of a caller.
        let name = format!("file-{}", number % 3);
        Checkpoint::save(folder.join("run"), &model, &trainer, &[(&name, b"x")])?;
        save_weights(folder.join("model.safetensors"), &model)?;
    }
    Ok(())
}

#[test]
#[ignore = "the child process of the next test"]
fn child_that_saves() -> Result<()> {
    match std::env::var_os(CHILD).map(PathBuf::from) {
        Some(folder) => save_often(&folder, std::process::id().into()),
        None => Ok(()),
    }
}

fn start_child(folder: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "writers::child_that_saves", "--ignored"])
        .env(CHILD, folder)
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

#[test]
fn threads_and_processes_may_save_to_one_place() -> Result<()> {
    let folder = Folder::new("writers");
    let path = &folder.0;
    save_weights(path.join("model.safetensors"), &WordBag::new(0))?;
    let children: Vec<Child> = (0..2).map(|_| start_child(path)).collect();
    let seeds: Vec<u64> = children.iter().map(|child| child.id().into()).collect();
    thread::scope(|scope| {
        let writers: Vec<_> = (1..4).map(|seed| scope.spawn(move || save_often(path, seed))).collect();
        // Who reads meanwhile finds a whole file.
        let reader = WordBag::new(0);
        while !writers.iter().all(|writer| writer.is_finished()) {
            load_weights(path.join("model.safetensors"), &reader)?;
        }
        writers.into_iter().try_for_each(|writer| writer.join().unwrap())
    })?;
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    let found = WordBag::with_other_weights(1);
    let seeds = [1, 2, 3].into_iter().chain(seeds);
    let saved: Vec<_> = seeds.map(|seed| WordBag::new(seed).bits()).collect();
    Checkpoint::open(path.join("run"))?.load_weights(&found)?;
    assert!(saved.contains(&found.bits()));
    load_weights(path.join("model.safetensors"), &found)?;
    assert!(saved.contains(&found.bits()));
    let left = fs::read_dir(path).unwrap();
    let mut left: Vec<_> = left.map(|entry| entry.unwrap().file_name()).collect();
    left.sort();
    assert_eq!(left, ["model.safetensors", "run"]);
    Ok(())
}

/// Weights of one save and moments of the next would fit together by name and shape.
#[test]
fn a_checkpoint_that_was_replaced_since_it_was_opened_is_refused() -> Result<()> {
    let folder = Folder::new("replaced");
    let save = |seed: u64| {
        let trainer = Trainer::new(every_state())?;
        Checkpoint::save(&folder.0, &WordBag::new(seed), &trainer, &[])
    };
    save(1)?;
    let opened = Checkpoint::open(&folder.0)?;
    let model = WordBag::with_other_weights(1);
    opened.load_weights(&model)?;
    thread::sleep(std::time::Duration::from_millis(50)); // longer than a file system's clock may stand still
    save(2)?;
    let before = model.bits();
    let refused = [opened.load_weights(&model), opened.resume(&model).map(drop)];
    for error in refused {
        let message = error.unwrap_err().to_string();
        assert!(message.contains("has replaced the checkpoint"), "{message}");
    }
    assert_eq!(model.bits(), before);
    Checkpoint::open(&folder.0)?.load_weights(&model)?;
    assert_eq!(model.bits(), WordBag::new(2).bits());
    Ok(())
}
