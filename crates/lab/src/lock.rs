//! One set-up at a time.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::Stdio;

use anyhow::{Context, Result};

use crate::layout::Layout;

/// The right to change what set-up makes. The system releases it when this process and every child that [`Lock::stdin`]
/// was given to have ended: a `pip` that outlives a killed set-up keeps the next one waiting.
#[derive(Debug)]
pub struct Lock {
    file: File,
}

impl Lock {
    /// Waits until no other set-up of this checkout is at work.
    pub fn acquire(layout: &Layout) -> Result<Self> {
        let path = layout.lock();
        loop {
            fs::create_dir_all(layout.lab())
                .with_context(|| format!("cannot make the folder {}", layout.lab().display()))?;
            let file = OpenOptions::new()
                .create(true)
                .append(true)
                .open(&path)
                .with_context(|| format!("cannot write {}", path.display()))?;
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => {
                    eprintln!("Another `cargo lab` sets this checkout up; waiting for it to end.");
                    file.lock().with_context(|| format!("cannot lock {}", path.display()))?;
                }
                Err(TryLockError::Error(error)) => {
                    return Err(error).with_context(|| format!("cannot lock {}", path.display()));
                }
            }
            // `cargo lab clean` may have removed the file while we waited: then the lock is worth nothing.
            if same_file(&file, &path) {
                return Ok(Self { file });
            }
        }
    }

    /// An empty standard input that carries the lock into a child.
    pub fn stdin(&self) -> Result<Stdio> {
        Ok(self.file.try_clone().context("cannot hand the lock to a child program")?.into())
    }
}

/// Whether an open file is the one that has this name now.
pub fn same_file(file: &File, path: &Path) -> bool {
    match (file.metadata(), fs::metadata(path)) {
        (Ok(ours), Ok(there)) => ours.dev() == there.dev() && ours.ino() == there.ino(),
        _ => false,
    }
}
