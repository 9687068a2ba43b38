//! What set-up makes is stamped with what it was made from. A stamp is written last, so what has none is not used.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::layout::Layout;
use crate::toolchain;
use crate::whole_file;

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
    whole_file::write(&stamp_of(made), made_from.as_bytes())
}

pub fn unstamp(made: &Path) -> Result<()> {
    match fs::remove_file(stamp_of(made)) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(error).context("cannot remove a stamp")
        }
        _ => Ok(()),
    }
}

/// The contents of files and folders below the root, and the compiler, as one short text.
pub fn digest(layout: &Layout, parts: &[&str]) -> Result<String> {
    let mut hash = DefaultHasher::new();
    for part in parts {
        for file in files_below(&layout.root().join(part))? {
            file.strip_prefix(layout.root())
                .unwrap_or(&file)
                .hash(&mut hash);
            fs::read(&file)
                .with_context(|| format!("cannot read {}", file.display()))?
                .hash(&mut hash);
        }
    }
    toolchain::rustc_in_full(layout)?.hash(&mut hash);
    Ok(format!("{:016x}", hash.finish()))
}

fn files_below(path: &Path) -> Result<Vec<PathBuf>> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let entries = fs::read_dir(path).with_context(|| format!("cannot read {}", path.display()))?;
    let mut entries = entries
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<Vec<_>>>()?;
    entries.sort();
    let nested = entries
        .iter()
        .map(|entry| files_below(entry))
        .collect::<Result<Vec<_>>>()?;
    Ok(nested.concat())
}

fn stamp_of(made: &Path) -> PathBuf {
    made.with_extension("stamp")
}
