//! The lock file of a build directory. `cargo lab` puts the lesson's own one there: pages run with the versions that the
//! tests ran with.
//!
//! cargo takes every version out of the file that nobody asks for, and evcxr compiles a first cell, or asks a question,
//! before the notebook asks for anything. So the file is given back then.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// What it holds at one moment.
pub struct LockFile {
    path: PathBuf,
    /// None as long as there is no such file.
    text: Option<String>,
}

impl LockFile {
    /// Reads it.
    pub fn read(folder: &Path) -> Result<Self> {
        let path = folder.join("Cargo.lock");
        let text = match fs::read_to_string(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            other => Some(other.with_context(|| format!("cannot read {}", path.display()))?),
        };
        Ok(Self { path, text })
    }

    /// Gives it back what it held.
    pub fn restore(&self) -> Result<()> {
        let Some(text) = &self.text else { return Ok(()) };
        if fs::read_to_string(&self.path).is_ok_and(|there| there == *text) {
            return Ok(());
        }
        fs::write(&self.path, text).with_context(|| format!("cannot write {}", self.path.display()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cargo_takes_out_comes_back() {
        let folder = std::env::temp_dir().join(format!("lock-file-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let none = LockFile::read(&folder).unwrap();
        fs::write(folder.join("Cargo.lock"), "all versions").unwrap();
        none.restore().unwrap();
        let all = LockFile::read(&folder).unwrap();
        fs::write(folder.join("Cargo.lock"), "none").unwrap();
        all.restore().unwrap();
        assert_eq!(fs::read_to_string(folder.join("Cargo.lock")).unwrap(), "all versions");
        fs::remove_dir_all(folder).unwrap();
    }
}
