//! What a press on stop reaches.
//!
//! Jupyter sends the signal to the kernel's process group: the kernel and the compilers it started. The process that
//! runs the cells has a group of its own, so that it is not ended, with all variables, while it only waits. The kernel
//! hands the signal on when that process is at work: a training then ends by itself, anything else is ended.

use anyhow::{Context, Result};
use rustix::process::{Pid, Signal, getpgrp, kill_process, setpgid};
use signal_hook::consts::SIGINT;
use signal_hook::iterator::Signals;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// How often the process that runs the cells looks whether its kernel is still there.
const WATCH: Duration = Duration::from_millis(500);

/// How long a stop looks for a compiler that is about to begin, or for a cell that is about to run. A cell that is
/// started so soon after a stop counts as stopped.
const ABOUT_TO_RUN: Duration = Duration::from_millis(500);

/// How long a cell that may just have begun has until its training listens to a stop.
const BEGINS: Duration = Duration::from_millis(100);

/// A process that runs uses the processor in any stretch of time this long; the system counts in hundredths of a
/// second.
const AT_REST: Duration = Duration::from_millis(100);

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
    fs::write(number_of_cells_process(Path::new(&folder)), std::process::id().to_string())?;
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

/// The process that runs the cells, once it is at work; none if it waits for the next cell all the while, or has ended.
fn process_at_work(cells: &Path) -> Option<Pid> {
    let end = Instant::now() + ABOUT_TO_RUN;
    let process = Pid::from_raw(fs::read_to_string(cells).ok()?.parse().ok()?)?;
    if !is_child(process) {
        return None; // it has ended, and another program may have its number by now
    }
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

/// What Linux says of a process.
#[derive(Debug, PartialEq)]
struct Status {
    name: String,
    ended: bool,
    parent: i32,
    group: i32,
    /// Processor time so far, in hundredths of a second.
    ticks: u64,
}

impl Status {
    /// None if there is no such process, or if the system is not Linux.
    fn of(process: Pid) -> Option<Self> {
        let file = format!("/proc/{}/stat", process.as_raw_nonzero());
        Self::parse(&fs::read_to_string(file).ok()?)
    }

    /// Number (name) state parent group …, see proc_pid_stat(5).
    fn parse(stat: &str) -> Option<Self> {
        let (before, after) = stat.rsplit_once(") ")?;
        let fields: Vec<&str> = after.split(' ').collect();
        let ticks = |field: usize| fields.get(field)?.parse::<u64>().ok();
        Some(Self {
            name: before.split_once(" (")?.1.to_owned(),
            // A process that has ended stays in the list until its parent asks how; in a container that may be never.
            ended: *fields.first()? == "Z",
            parent: fields.get(1)?.parse().ok()?,
            group: fields.get(2)?.parse().ok()?,
            ticks: ticks(11)? + ticks(12)?,
        })
    }
}

/// Whether this process started that one, and it has not ended. (Where the system does not tell, yes.)
fn is_child(process: Pid) -> bool {
    let parent = rustix::process::getpid().as_raw_nonzero().get();
    !cfg!(target_os = "linux") || Status::of(process).is_some_and(|status| status.parent == parent && !status.ended)
}

/// The compilers of this kernel that run now. (On Linux; elsewhere the system does not tell.)
fn compilers() -> impl Iterator<Item = Pid> {
    let group = getpgrp().as_raw_nonzero().get();
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let processes = processes.filter_map(|process| Pid::from_raw(process.file_name().to_str()?.parse().ok()?));
    processes.filter(move |&process| {
        Status::of(process).is_some_and(|status| {
            ["cargo", "rustc"].contains(&status.name.as_str()) && status.group == group && !status.ended
        })
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
            eprintln!("lab-kernel: cannot delete {}: {error}", note.path().display());
        }
    }
}

fn number_of_cells_process(folder: &Path) -> PathBuf {
    folder.join("cells.pid")
}

/// Whether the process waits for the next cell: its main thread reads from standard input. Where the system does not
/// tell (it is not Linux), a stop always reaches it.
fn waits_for_a_cell(process: Pid) -> bool {
    const READ: &str = if cfg!(target_arch = "x86_64") { "0 0x0 " } else { "63 0x0 " };
    match fs::read_to_string(format!("/proc/{}/syscall", process.as_raw_nonzero())) {
        Ok(call) => call.starts_with(READ),
        Err(_) => is_at_rest(process),
    }
}

/// Whether the process uses no processor time. This decides where a hardened system (`kernel.yama.ptrace_scope` from 2
/// on) does not tell the system call: an idle session keeps its variables, but a cell that only sleeps cannot be
/// stopped.
fn is_at_rest(process: Pid) -> bool {
    let ticks = || Status::of(process).map(|status| status.ticks);
    let before = ticks();
    std::thread::sleep(AT_REST);
    before.is_some() && ticks() == before
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use std::process::{Child, Command, Stdio};

    /// Runs a shell script, whose standard input stays open, for the length of a test.
    struct Script(Child);

    impl Script {
        fn start(script: &str) -> Self {
            let mut shell = Command::new("sh");
            let script = Self(shell.args(["-c", script]).stdin(Stdio::piped()).spawn().unwrap());
            std::thread::sleep(Duration::from_millis(200));
            script
        }

        fn pid(&self) -> Pid {
            Pid::from_child(&self.0)
        }
    }

    impl Drop for Script {
        fn drop(&mut self) {
            let _ = self.0.kill();
            let _ = self.0.wait();
        }
    }

    fn at_work(process: Pid) -> Option<Pid> {
        let file = std::env::temp_dir().join(format!("cells-{}", process.as_raw_nonzero()));
        fs::write(&file, process.as_raw_nonzero().to_string()).unwrap();
        let found = process_at_work(&file);
        fs::remove_file(file).unwrap();
        found
    }

    #[test]
    fn only_a_child_at_work_is_found() {
        // A group of its own: the compilers of this one's group are stopped on the way, and cargo may have started us.
        setpgid(None, None).unwrap();
        let works = Script::start("while :; do :; done");
        assert_eq!(at_work(works.pid()), Some(works.pid()));
        let waits = Script::start("read line");
        assert_eq!(at_work(waits.pid()), None);
        // Its shell works as well, but it is the child of another process.
        let stranger = Script::start("sh -c 'while :; do :; done' & wait");
        let processes = fs::read_dir("/proc").unwrap().flatten();
        let mut processes = processes.filter_map(|entry| Pid::from_raw(entry.file_name().to_str()?.parse().ok()?));
        let parent = stranger.pid().as_raw_nonzero().get();
        let grandchild = processes.find(|&process| Status::of(process).is_some_and(|status| status.parent == parent));
        let found = at_work(grandchild.unwrap());
        kill_process(grandchild.unwrap(), Signal::KILL).unwrap();
        assert_eq!(found, None);
    }

    #[test]
    fn processor_time_tells_rest_from_work() {
        assert!(is_at_rest(Script::start("read line").pid()));
        assert!(!is_at_rest(Script::start("while :; do :; done").pid()));
    }

    #[test]
    fn a_name_with_brackets_is_read() {
        let status = Status::parse("7 (a) (b) c) Z 3 4 5 0 -1 4 0 0 0 0 20 22 0 0 20").unwrap();
        let name = "a) (b) c".to_owned();
        assert_eq!(status, Status { name, ended: true, parent: 3, group: 4, ticks: 42 });
        assert_eq!(Status::parse("7 (short) S 3"), None);
    }
}
