//! Runs the programs that set-up needs (pip, cargo) and shows their progress.
//!
//! On a terminal each one is a line that moves: time so far and the last line that the program printed. Elsewhere it is
//! a plain line at the start, one every 20 seconds, and one at the end. All that it prints goes to a log file as well;
//! its last lines are shown when it fails.

use std::collections::VecDeque;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, IsTerminal, PipeReader, Write};
use std::path::Path;
use std::process::{Command, ExitStatus};
use std::sync::LazyLock;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow};
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use crate::lock::Lock;

/// How often a line of progress is printed where no line can be rewritten.
const HEARTBEAT: Duration = Duration::from_secs(20);
/// How many of a failed program's last lines are shown.
const SHOWN: usize = 30;

/// Two programs run side by side, so the lines that move are kept together.
static LINES: LazyLock<MultiProgress> = LazyLock::new(MultiProgress::new);

/// Runs `command` to its end. `title` names the work as the learner knows it ("Python packages").
///
/// # Errors
/// When it cannot be started, or fails: with the likely cause, its last lines and the path of the whole log.
pub fn run(lock: &Lock, title: &str, log: &Path, mut command: Command) -> Result<()> {
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

    let line = ProgressLine::start(title);
    let (sender, printed) = mpsc::channel();
    let pump = thread::spawn(move || send_lines(reader, &sender));
    let last = follow(&printed, &line, &mut log_file).with_context(|| format!("cannot write {}", log.display()));
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

/// Reads until the program closes its output, and on when a line is not UTF-8.
fn send_lines(reader: PipeReader, sender: &Sender<String>) {
    let mut reader = BufReader::new(reader);
    let mut bytes = Vec::new();
    while matches!(reader.read_until(b'\n', &mut bytes), Ok(1..)) {
        let text = String::from_utf8_lossy(&bytes).trim_end().to_string();
        bytes.clear();
        if sender.send(text).is_err() {
            return;
        }
    }
}

fn follow(printed: &Receiver<String>, line: &ProgressLine, log: &mut File) -> std::io::Result<VecDeque<String>> {
    let mut last = VecDeque::new();
    let mut next_beat = Instant::now() + HEARTBEAT;
    loop {
        match printed.recv_timeout(next_beat.saturating_duration_since(Instant::now())) {
            Ok(text) => {
                writeln!(log, "{text}")?;
                if !text.is_empty() {
                    line.show(&text);
                    last.push_back(text);
                }
                if last.len() > SHOWN {
                    last.pop_front();
                }
            }
            Err(RecvTimeoutError::Timeout) => {
                line.beat(last.back().map_or("", String::as_str));
                next_beat += HEARTBEAT;
            }
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

/// One program's line on the terminal, or its few plain lines elsewhere.
struct ProgressLine {
    title: String,
    started: Instant,
    bar: Option<ProgressBar>,
}

impl ProgressLine {
    fn start(title: &str) -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let style = ProgressStyle::with_template("{spinner} {prefix} {elapsed:>4}  {wide_msg:.dim}");
            let bar = LINES.add(ProgressBar::new_spinner());
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
            bar.set_prefix(title.to_string());
            bar.enable_steady_tick(Duration::from_millis(120));
            bar
        });
        if bar.is_none() {
            eprintln!("{title} …");
        }
        Self { title: title.to_string(), started: Instant::now(), bar }
    }

    fn show(&self, text: &str) {
        if let Some(bar) = &self.bar {
            bar.set_message(text.to_string());
        }
    }

    fn beat(&self, last: &str) {
        if self.bar.is_none() {
            eprintln!("{} … {} s: {}", self.title, self.started.elapsed().as_secs(), last.trim());
        }
    }

    fn end(&self, outcome: &str) {
        let text = format!("{} {outcome} after {:.0} s", self.title, self.started.elapsed().as_secs_f64());
        match &self.bar {
            Some(bar) => {
                bar.finish_and_clear();
                LINES.suspend(|| eprintln!("{text}"));
            }
            None => eprintln!("{text}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
