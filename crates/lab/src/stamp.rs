//! What set-up makes is stamped with what it was made from. A stamp is written last, so what has none is not used.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::atomic_write::atomic_write;
use crate::layout::Layout;
use crate::sha256;
use crate::toolchain;

/// What set-up has made so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Nothing yet, or a half-made one that nobody uses.
    Missing,
    /// Made from other sources, another lock file or another compiler.
    Stale,
    /// Ready.
    Ready,
}

pub fn state_of(made: &Path, made_from: &str) -> State {
    match fs::read_to_string(stamp_of(made)) {
        Ok(stamp) if made.exists() && stamp == made_from => State::Ready,
        Ok(_) if made.exists() => State::Stale,
        _ => State::Missing,
    }
}

pub fn stamp(made: &Path, made_from: &str) -> Result<()> {
    atomic_write(&stamp_of(made), made_from.as_bytes())
}

pub fn unstamp(made: &Path) -> Result<()> {
    match fs::remove_file(stamp_of(made)) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error).context("cannot remove a stamp"),
        _ => Ok(()),
    }
}

/// A hash of the files below these parts of the checkout, and of the compiler.
pub fn digest(layout: &Layout, parts: &[&str]) -> Result<String> {
    let mut hashed = vec![toolchain::rustc_verbose_version(layout)?.into_bytes()];
    for part in parts {
        for file in files_below(&layout.root().join(part))? {
            let name = file.strip_prefix(layout.root()).unwrap_or(&file);
            hashed.push(name.as_os_str().as_encoded_bytes().to_vec());
            hashed.push(fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?);
        }
    }
    Ok(sha256::of_parts(hashed))
}

fn files_below(path: &Path) -> Result<Vec<PathBuf>> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let entries = fs::read_dir(path).with_context(|| format!("cannot read {}", path.display()))?;
    let mut entries = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    entries.sort();
    let nested = entries.iter().map(|entry| files_below(entry)).collect::<Result<Vec<_>>>()?;
    Ok(nested.concat())
}

fn stamp_of(made: &Path) -> PathBuf {
    made.with_extension("stamp")
}
