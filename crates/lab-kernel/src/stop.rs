//! A press on stop.
//!
//! It reaches the compiler while a cell is compiled, and the process that runs the cells while it is at work: a training
//! then ends by itself, anything else is ended. A process that only waits for the next cell is left alone, with all
//! variables.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};

use anyhow::{Context, Result};
use rustix::process::{Pid, Signal, kill_process_group};

/// What all parts of the kernel know of it.
#[derive(Clone)]
pub struct Stop(Arc<State>);

struct State {
    folder: PathBuf,
    requested: AtomicBool,
    /// Whether a cell is compiled or runs.
    in_cell: AtomicBool,
    /// The process that runs a cell now; 0 if none does.
    at_work: AtomicI32,
}

impl Stop {
    /// Of the kernel whose build directory this is.
    pub fn new(folder: &Path) -> Self {
        let (requested, in_cell, at_work) = Default::default();
        Self(Arc::new(State { folder: folder.to_owned(), requested, in_cell, at_work }))
    }

    /// A cell begins, compiled or not, and ends when the value is dropped: what was pressed before it is not meant for it.
    pub fn begin_cell(&self) -> Result<InCell> {
        self.0.requested.store(false, Ordering::SeqCst);
        match std::fs::remove_file(file(&self.0.folder)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error).context("cannot forget a stop"),
            _ => {
                self.0.in_cell.store(true, Ordering::SeqCst);
                Ok(InCell(self.clone()))
            }
        }
    }

    /// Somebody pressed stop.
    pub fn press(&self) {
        self.0.requested.store(true, Ordering::SeqCst);
        if !self.0.in_cell.load(Ordering::SeqCst) {
            return; // nothing runs, or the kernel is still starting
        }
        // A compiler that is about to begin finds the file; one that runs is in the list of processes.
        if let Err(error) = std::fs::write(file(&self.0.folder), "") {
            eprintln!("lab-kernel: a stop may not reach the compiler: {error}");
        }
        // An error means that it has just ended: then nothing is left to stop.
        if let Some(process) = self.at_work() {
            // With its children: they write into the same pipes.
            let _ = kill_process_group(process, Signal::INT);
        } else if let Some(compiler) = compiler(&self.0.folder) {
            let _ = kill_process_group(compiler, Signal::KILL);
        }
    }

    /// Whether stop was pressed since the cell was sent.
    pub fn requested(&self) -> bool {
        self.0.requested.load(Ordering::SeqCst)
    }

    /// A process is about to run a cell. Whether it may.
    pub fn begins(&self, process: i32) -> bool {
        // In this order, so that a stop at the same moment is seen by one of the two.
        self.0.at_work.store(process, Ordering::SeqCst);
        let may_run = !self.requested();
        if !may_run {
            self.rests();
        }
        may_run
    }

    /// No cell is at work any more.
    pub fn rests(&self) {
        self.0.at_work.store(0, Ordering::SeqCst);
    }

    /// The process that runs a cell now.
    pub fn at_work(&self) -> Option<Pid> {
        Pid::from_raw(self.0.at_work.load(Ordering::SeqCst))
    }
}

/// A cell that is compiled or runs.
pub struct InCell(Stop);

impl Drop for InCell {
    fn drop(&mut self) {
        self.0.0.in_cell.store(false, Ordering::SeqCst);
    }
}

/// Exists from a stop until the next cell.
pub fn file(folder: &Path) -> PathBuf {
    folder.join("stop")
}

/// Holds the number of the process group that compiles a cell now.
pub fn compiler_file(folder: &Path) -> PathBuf {
    folder.join("compiler.pid")
}

fn compiler(folder: &Path) -> Option<Pid> {
    Pid::from_raw(std::fs::read_to_string(compiler_file(folder)).ok()?.parse().ok()?)
}
