//! Questions to other programs.

use std::ffi::OsStr;
use std::process::{Command, Stdio};

/// What a program prints, if it is there and succeeds.
pub fn command_output(program: impl AsRef<OsStr>, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .ok()
        .filter(|output| output.status.success())?;
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}
