//! The process that runs the cells, as the kernel starts it.

use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};
use evcxr::{CommandContext, Error, EvalContext};
use rustix::io::{FdFlags, fcntl_setfd};

use crate::{cargo_answers, library};

/// The variable in which the process finds the numbers of its pipes.
const PIPES: &str = "RECURRENT_PIPES";

/// The pipes' other ends. They stay open here, as evcxr starts the process again when it has ended.
pub struct CellsProcess {
    pipes: [OwnedFd; 3],
}

impl CellsProcess {
    /// Opens the pipes. The kernel's ends are: the cells' standard output, standard error, and a way to talk to the
    /// process.
    pub fn open() -> Result<(Self, [OwnedFd; 3])> {
        let (output, from_output) = std::io::pipe()?;
        let (errors, from_errors) = std::io::pipe()?;
        let (kernel, cells) = UnixStream::pair()?;
        let theirs = [from_output.into(), from_errors.into(), cells.into()];
        Ok((Self { pipes: theirs }, [output.into(), errors.into(), kernel.into()]))
    }

    /// A context whose cells run in a process with these pipes.
    pub fn context(&self) -> Result<CommandContext, Error> {
        let mut command = Command::new(std::env::current_exe()?);
        let pipes = [0, 1, 2].map(|pipe: usize| self.pipes[pipe].as_raw_fd());
        command.env(PIPES, pipes.map(|pipe| pipe.to_string()).join(","));
        command.env_remove(library::SOURCES);
        // SAFETY: only system calls that a signal handler may make, on descriptors that stay open as long as `self`.
        unsafe {
            command.pre_exec(move || {
                for pipe in pipes {
                    let pipe = rustix::fd::BorrowedFd::borrow_raw(pipe);
                    fcntl_setfd(pipe, FdFlags::empty())?;
                }
                Ok(())
            });
        }
        let (context, outputs) = EvalContext::with_subprocess_command(command)?;
        // Only what the process says before it has taken its pipes, such as a library that is missing.
        std::thread::spawn(move || outputs.stderr.iter().for_each(|line| eprintln!("{line}")));
        std::thread::spawn(move || outputs.stdout.iter().for_each(drop));
        Ok(CommandContext::with_eval_context(context))
    }
}

/// Whether this program was started to be the process that runs the cells.
pub fn is_wanted() -> bool {
    std::env::var_os(PIPES).is_some()
}

/// Becomes it. Returns only if that fails.
pub fn become_it() -> Result<std::convert::Infallible> {
    cargo_answers::restore_path();
    let program = std::env::current_exe()?.with_file_name("lab-cells");
    let error = Command::new(&program).exec();
    Err(error).with_context(|| format!("cannot run {}", program.display()))
}

/// The variables that the process finds: the mark of what only it may say, and where it reads input from.
pub fn set_variables(mark: &str, input: &Path) {
    // SAFETY: called while there is one thread only.
    unsafe {
        std::env::set_var("RECURRENT_DISPLAY_MARK", mark);
        std::env::set_var("RECURRENT_INPUT", input);
    }
}
