//! What a press on stop reaches.
//!
//! Jupyter sends the signal to the kernel's process group: the kernel and the compilers it started. The process that runs
//! the cells has a group of its own, so that it is not ended, with all variables, while it only waits. The kernel hands
//! the signal on when that process is at work: a training then ends by itself, anything else is ended.

use anyhow::{Context, Result};
use rustix::process::{Pid, Signal, getpgrp, kill_process, setpgid};
use signal_hook::consts::SIGINT;
use signal_hook::iterator::Signals;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// How often the process that runs the cells looks whether its kernel is still there.
const WATCH: Duration = Duration::from_millis(500);

/// How long a stop looks for a compiler that is about to begin, or for a cell that is about to run. A cell that is started
/// so soon after a stop counts as stopped.
const ABOUT_TO_RUN: Duration = Duration::from_millis(500);

/// How long a cell that may just have begun has until its training listens to a stop.
const BEGINS: Duration = Duration::from_millis(100);

/// Keeps the kernel alive on a stop, and hands the signal on to the process that runs the cells in `folder`.
pub fn survive(folder: &Path) -> Result<()> {
    let folder = folder.to_owned();
    let mut stops = Signals::new([SIGINT])?;
    std::thread::spawn(move || {
        for _ in stops.forever() {
            match process_at_work(&number_of_cells_process(&folder)) {
                // An error means that it has just ended: then nothing is left to stop.
                Some(process) => drop(kill_process(process, Signal::INT)),
                // One that runs by now belongs to a new cell.
                None if compilers().next().is_some() => {}
                None => forget_the_last_compilation(&folder),
            }
        }
    });
    Ok(())
}

/// Called by the process that runs the cells, before it does: its own group, and no life without its kernel.
pub fn follow_kernel() -> Result<()> {
    let folder = std::env::var_os("EVCXR_TMPDIR").context("EVCXR_TMPDIR is not set")?;
    setpgid(None, None).context("cannot leave the kernel's process group")?;
    fs::write(
        number_of_cells_process(Path::new(&folder)),
        std::process::id().to_string(),
    )?;
    let kernel = std::os::unix::process::parent_id();
    std::thread::spawn(move || {
        while std::os::unix::process::parent_id() == kernel {
            std::thread::sleep(WATCH);
        }
        // Not `exit`: a cell may be at work on another thread, and would meet what exit has taken down.
        let _ = kill_process(rustix::process::getpid(), Signal::KILL);
    });
    Ok(())
}

/// The process that runs the cells, once it is at work; none if it waits for the next cell all the while.
fn process_at_work(cells: &Path) -> Option<Pid> {
    let end = Instant::now() + ABOUT_TO_RUN;
    let process = Pid::from_raw(fs::read_to_string(cells).ok()?.parse().ok()?)?;
    while waits_for_a_cell(process) {
        if Instant::now() > end {
            return None;
        }
        // One that began after the signal has not heard it. (An error means that it has just ended.)
        for compiler in compilers() {
            let _ = kill_process(compiler, Signal::INT);
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    std::thread::sleep(BEGINS);
    Some(process).filter(|&process| !waits_for_a_cell(process))
}

/// The compilers of this kernel that run now. (On Linux; elsewhere the system does not tell.)
fn compilers() -> impl Iterator<Item = Pid> {
    let group = getpgrp().as_raw_nonzero().to_string();
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    processes.filter_map(move |process| {
        // Number (name) state parent group …
        let stat = fs::read_to_string(process.path().join("stat")).ok()?;
        let (name, rest) = stat.split_once(" (")?.1.split_once(") ")?;
        let mut rest = rest.split(' ');
        // A compiler that outlived its cargo and has ended too stays in the list until somebody asks how it ended; in a
        // container that may be never.
        let runs = rest.next()? != "Z";
        let ours = ["cargo", "rustc"].contains(&name) && rest.nth(1) == Some(&group);
        let number = process.file_name().to_string_lossy().parse().ok();
        number.and_then(Pid::from_raw).filter(|_| ours && runs)
    })
}

/// Deletes what the compiler noted about the cells. With what a compiler left that was ended while it linked, each cell
/// after it may fail with an undefined symbol; without it the next cell is compiled whole, which takes a moment longer.
fn forget_the_last_compilation(folder: &Path) {
    let notes = |target: fs::DirEntry| fs::read_dir(target.path().join("debug/incremental")).ok();
    let targets = fs::read_dir(folder.join("target")).into_iter().flatten();
    for note in targets.flatten().filter_map(notes).flatten().flatten() {
        if note.file_name().to_string_lossy().starts_with("ctx-")
            && let Err(error) = fs::remove_dir_all(note.path())
        {
            eprintln!(
                "lab-kernel: cannot delete {}: {error}",
                note.path().display()
            );
        }
    }
}

fn number_of_cells_process(folder: &Path) -> PathBuf {
    folder.join("cells.pid")
}

/// Whether the process waits for the next cell: its main thread reads from standard input. Where the system does not
/// tell (it is not Linux), a stop always reaches it.
fn waits_for_a_cell(process: Pid) -> bool {
    const READ: &str = if cfg!(target_arch = "x86_64") {
        "0 0x0 "
    } else {
        "63 0x0 "
    };
    fs::read_to_string(format!("/proc/{}/syscall", process.as_raw_nonzero()))
        .is_ok_and(|call| call.starts_with(READ))
}
