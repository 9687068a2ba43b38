//! Standard input of the cells: an input box in the notebook.
//!
//! A cell that reads from standard input waits in a named pipe. The kernel sees that it waits, asks whoever runs the
//! notebook, and writes the answer into the pipe. (On Linux; elsewhere standard input is empty.)

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::Result;
use jupyter_protocol::messaging::{InputRequest, JupyterMessage};
use rustix::process::Pid;

/// A process that has just been given a line still seems to wait for it for a moment.
const READS: Duration = Duration::from_millis(300);

/// Where a question to one client goes.
pub type Ask = tokio::sync::mpsc::UnboundedSender<JupyterMessage>;

/// The kernel's end.
pub struct Input {
    path: PathBuf,
    pipe: Option<File>,
    asked: bool,
    answered: Option<Instant>,
    ask: Ask,
}

impl Input {
    /// Makes the pipe in a folder.
    pub fn make(folder: &Path, ask: Ask) -> Result<Self> {
        let path = if cfg!(target_os = "linux") { folder.join("input") } else { PathBuf::from("/dev/null") };
        #[cfg(target_os = "linux")]
        {
            use rustix::fs::{CWD, FileType, Mode, mknodat};
            mknodat(CWD, &path, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0)?;
        }
        Ok(Self { path, pipe: None, asked: false, answered: None, ask })
    }

    /// What the cells read from.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A cell begins: nothing was asked yet, and its reads wait.
    pub fn open(&mut self) {
        self.asked = false;
        self.answered = None;
        if cfg!(target_os = "linux") && self.pipe.is_none() {
            // Without it reads find the end of the input.
            self.pipe = File::options().write(true).open(&self.path).ok();
        }
    }

    /// A cell that reads finds the end of the input.
    pub fn close(&mut self) {
        self.pipe = None;
    }

    /// Whether the process waits for input that nobody was asked for yet.
    pub fn is_awaited(&self, process: Pid) -> bool {
        let just_answered = self.answered.is_some_and(|answered| answered.elapsed() < READS);
        self.pipe.is_some() && !self.asked && !just_answered && reads_from_input(process)
    }

    /// Asks whoever sent the request.
    pub fn ask(&mut self, request: &JupyterMessage, prompt: String, password: bool) {
        self.asked = true;
        let question = JupyterMessage::new(InputRequest { prompt, password }, Some(request));
        let _ = self.ask.send(question); // the sockets live as long as the kernel
    }

    /// Gives the cell a line.
    pub fn give(&mut self, line: &str) {
        self.asked = false;
        self.answered = Some(Instant::now());
        if let Some(pipe) = &mut self.pipe {
            // An error means that the cell's process has just ended.
            let _ = writeln!(pipe, "{line}");
        }
    }
}

/// Whether the main thread of a process is inside a read from standard input. Where the system does not tell, no.
fn reads_from_input(process: Pid) -> bool {
    const READ: &str = if cfg!(target_arch = "x86_64") { "0 0x0 " } else { "63 0x0 " };
    let call = std::fs::read_to_string(format!("/proc/{}/syscall", process.as_raw_nonzero()));
    call.is_ok_and(|call| call.starts_with(READ))
}
