//! Processes that train the same model, one epoch each, alternately (A B C A B C), so that noise of the machine
//! affects all alike.

use crate::report::Report;
use anyhow::{Context, Result, anyhow, bail};
use std::{
    io::{BufRead, BufReader, Read, Write},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    thread::JoinHandle,
};

/// A process that speaks the protocol of `runner.rs` and of `peers/lesson.py`.
pub struct PeerProcess {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
    errors: Option<JoinHandle<String>>,
    /// Its latest report.
    pub report: Report,
}

impl PeerProcess {
    /// Starts it and waits until it is ready to train.
    pub fn start(mut command: Command) -> Result<Self> {
        let program = command.get_program().to_string_lossy().into_owned();
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start {program}"))?;
        let pipe = || anyhow!("{program} has no pipe");
        let mut stderr = child.stderr.take().ok_or_else(pipe)?;
        let errors = std::thread::spawn(move || {
            let mut text = Vec::new();
            // What was read before a broken pipe is still worth showing.
            let _ = stderr.read_to_end(&mut text);
            String::from_utf8_lossy(&text).into_owned()
        });
        let input = Some(child.stdin.take().ok_or_else(pipe)?);
        let mut output = BufReader::new(child.stdout.take().ok_or_else(pipe)?);
        let mut errors = Some(errors);
        let report = match next_report(&mut output) {
            Ok(Some(report)) => report,
            Ok(None) => bail!(last_error_line(&mut child, &mut errors)),
            Err(error) => return Err(error),
        };
        Ok(Self { child, input, output, errors, report })
    }

    /// Lets it train one epoch.
    pub fn epoch(&mut self) -> Result<&Report> {
        let asked = self.input.as_mut().is_some_and(|input| writeln!(input).and_then(|()| input.flush()).is_ok());
        match if asked { next_report(&mut self.output)? } else { None } {
            Some(report) => self.report = report,
            None => bail!("{}: {}", self.report.peer, last_error_line(&mut self.child, &mut self.errors)),
        }
        Ok(&self.report)
    }
}

impl Drop for PeerProcess {
    /// The end of its input ends it.
    fn drop(&mut self) {
        self.input = None;
        // It may have ended already.
        let _ = self.child.wait();
    }
}

/// The next line that is a report; a library may print other lines. None at the end.
fn next_report(output: &mut impl BufRead) -> Result<Option<Report>> {
    let mut line = String::new();
    while output.read_line(&mut line)? > 0 {
        if line.starts_with('{') {
            return serde_json::from_str(&line).map(Some).with_context(|| format!("not a report: {line}"));
        }
        line.clear();
    }
    Ok(None)
}

/// The last line on the standard error of a process that ended too early.
fn last_error_line(child: &mut Child, errors: &mut Option<JoinHandle<String>>) -> String {
    let status = child.wait().map_or_else(|error| error.to_string(), |status| status.to_string());
    let text = errors.take().and_then(|thread| thread.join().ok()).unwrap_or_default();
    let line = text.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("it said nothing").trim();
    format!("it ended with {status}: {line}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    const REPORT: &str = r#"{"peer":"p 1","model":"gru","rows":1,"threads":1,"batch":1,"seed":0,
        "epoch_s":[],"rows_per_s":0,
        "val_acc":[],
        "params":1,"peak_rss_mb":1,"start_rss_mb":1,"vectorise_s":0,"optimizer":"Adam","init":"keras"}"#;

    #[test]
    fn a_peer_trains_when_it_is_asked() -> Result<()> {
        let ready = REPORT.replace('\n', "");
        let trained = ready.replace("[]", "[0.5]");
        let mut runner =
            PeerProcess::start(shell(&format!("echo hello; echo '{ready}'; read line; echo '{trained}'")))?;
        assert!(runner.report.epoch_s.is_empty());
        assert_eq!(runner.epoch()?.epoch_s, [0.5]);
        let ended = runner.epoch().err().map(|error| error.to_string());
        assert_eq!(ended.as_deref(), Some("p 1: it ended with exit status: 0: it said nothing"));
        Ok(())
    }

    #[test]
    fn one_that_cannot_start_says_why() {
        let error = PeerProcess::start(shell("echo first >&2; echo No module named torch >&2; exit 3"))
            .err()
            .map(|error| error.to_string());
        assert_eq!(error.as_deref(), Some("it ended with exit status: 3: No module named torch"));
        let missing = PeerProcess::start(Command::new("/no/such/python")).err().map(|error| error.to_string());
        assert_eq!(missing.as_deref(), Some("cannot start /no/such/python"));
    }
}
