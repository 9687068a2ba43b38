//! Runs the programs that set-up needs (pip, cargo) and shows their progress. All that they print but the progress goes
//! to a log file as well; the last lines are shown when one fails.

use std::collections::VecDeque;
use std::fs::{self, File};
use std::io::{BufReader, Read, Write};
use std::path::Path;
use std::process::{Command, ExitStatus};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::Instant;

use anyhow::{Context, Result, anyhow};

use crate::lock::Lock;
use crate::pace::{Pace, TimeShares};
use crate::progress_line::ProgressLine;

/// How many of a failed program's last lines are shown.
const SHOWN: usize = 30;

/// Runs `command` to its end. `title` names the work as the learner knows it ("Python packages").
///
/// # Errors
/// When it cannot be started, or fails: with the likely cause, its last lines and the path of the whole log.
pub fn run(lock: &Lock, title: &str, log: &Path, command: Command) -> Result<()> {
    run_with(lock, title, log, command, None)
}

/// The same for a program that prints cargo's progress bar; `shares` says how its time is spread over its packages, if
/// that is known.
pub fn compile(
    lock: &Lock,
    title: &str,
    log: &Path,
    mut command: Command,
    shares: Option<&'static TimeShares>,
) -> Result<()> {
    command.env("CARGO_TERM_PROGRESS_WHEN", "always").env("CARGO_TERM_PROGRESS_WIDTH", "100");
    run_with(lock, title, log, command, shares.map(Pace::new))
}

fn run_with(lock: &Lock, title: &str, log: &Path, mut command: Command, pace: Option<Pace>) -> Result<()> {
    let folder = log.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder).with_context(|| format!("cannot make the folder {}", folder.display()))?;
    let mut log_file = File::create(log).with_context(|| format!("cannot write {}", log.display()))?;

    let program = command.get_program().to_string_lossy().into_owned();
    let (reader, writer) = std::io::pipe().context("cannot open a pipe")?;
    command.stdin(lock.stdin()?);
    command.stdout(writer.try_clone().context("cannot open a pipe")?);
    command.stderr(writer);
    let mut child = command.spawn().with_context(|| format!("{title}: cannot start {program}"))?;
    drop(command); // with it our ends of the pipe: reading ends when the child's do

    let mut line = ProgressLine::start(title, pace);
    let (sender, printed) = mpsc::channel();
    let pump = thread::spawn(move || send_lines(reader, &sender));
    let last = follow(&printed, &mut line, &mut log_file).with_context(|| format!("cannot write {}", log.display()));
    let status = child.wait().with_context(|| format!("{title}: cannot wait for {program}"))?;
    drop(pump.join());
    let last = last?;

    if status.success() {
        line.end("done");
        return Ok(());
    }
    line.end("failed");
    Err(failure(title, status, &last, log))
}

/// Reads until the program closes its output, and on when a line is not UTF-8. A line that the program is going to
/// rewrite ends with a carriage return.
fn send_lines(reader: impl Read, sender: &Sender<String>) {
    let mut line = Vec::new();
    for byte in BufReader::new(reader).bytes() {
        match byte {
            Ok(b'\n' | b'\r') => {
                if sender.send(String::from_utf8_lossy(&line).trim_end().into()).is_err() {
                    return;
                }
                line.clear();
            }
            Ok(byte) => line.push(byte),
            Err(_) => break,
        }
    }
    let _ = sender.send(String::from_utf8_lossy(&line).trim_end().into());
}

fn follow(printed: &Receiver<String>, line: &mut ProgressLine, log: &mut File) -> std::io::Result<VecDeque<String>> {
    let mut last = VecDeque::new();
    loop {
        match printed.recv_timeout(line.next_look().saturating_duration_since(Instant::now())) {
            Ok(text) if text.is_empty() => {}
            Ok(text) => {
                if line.take(&text) {
                    continue;
                }
                writeln!(log, "{text}")?;
                last.push_back(text);
                if last.len() > SHOWN {
                    last.pop_front();
                }
            }
            Err(RecvTimeoutError::Timeout) => line.look(),
            Err(RecvTimeoutError::Disconnected) => return Ok(last),
        }
    }
}

fn failure(title: &str, status: ExitStatus, last: &VecDeque<String>, log: &Path) -> anyhow::Error {
    let reason = last.iter().find_map(|line| cause(line)).map_or(String::new(), |cause| format!(" {cause}"));
    let frame: String = last.iter().map(|line| format!("  | {line}\n")).collect();
    anyhow!("{title} failed ({status}).{reason}\n{frame}  All that was printed: {}", log.display())
}

/// What a line of pip or cargo means for the learner, where it is not the project's fault.
fn cause(line: &str) -> Option<&'static str> {
    const NETWORK: [&str; 8] = [
        "could not resolve host",
        "failed to resolve",
        "name resolution",
        "name or service not known",
        "newconnectionerror",
        "couldn't connect to server",
        "network is unreachable",
        "connection refused",
    ];
    let line = line.to_lowercase();
    if line.contains("no space left on device") || line.contains("disk quota exceeded") {
        return Some("The disk is full: free some space (set-up needs about 3 GB), then run `cargo lab setup` again.");
    }
    if NETWORK.iter().any(|sign| line.contains(sign)) {
        return Some(
            "The network was not reached: the first set-up needs it. Connect (or set HTTPS_PROXY), then run `cargo \
             lab setup` again.",
        );
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_is_rewritten_arrives_at_once() {
        let (reader, mut writer) = std::io::pipe().unwrap();
        let (sender, printed) = mpsc::channel();
        let pump = thread::spawn(move || send_lines(reader, &sender));
        writer.write_all(b"    Building [=> ] 1/2: syn\r").unwrap();
        assert_eq!(printed.recv().unwrap(), "    Building [=> ] 1/2: syn");
        writer.write_all(b"   Compiling \xff\nend").unwrap();
        drop(writer);
        assert_eq!(printed.iter().collect::<Vec<_>>(), ["   Compiling \u{fffd}", "end"]);
        pump.join().unwrap();
    }

    #[test]
    fn what_pip_and_cargo_say_without_network_or_disk_is_understood() {
        for line in [
            "  [6] Could not resolve hostname (Could not resolve host: index.crates.io)",
            "WARNING: Retrying (...) after connection broken by 'NewConnectionError(...: [Errno 111] Connection \
             refused')': /simple/jupyterlab/",
            "urllib3.exceptions.NameResolutionError: Failed to resolve 'pypi.org' ([Errno -3] Temporary failure in \
             name resolution)",
        ] {
            assert!(cause(line).is_some_and(|cause| cause.contains("network")), "{line}");
        }
        for line in [
            "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device",
            "error: failed to write target/x.rlib: No space left on device (os error 28)",
        ] {
            assert!(cause(line).is_some_and(|cause| cause.contains("disk is full")), "{line}");
        }
        assert!(cause("error[E0308]: mismatched types").is_none());
    }
}
