//! A folder that is always whole: written beside, synced, renamed.
//!
//! For `runs/lstm` the new files go to `runs/.lstm.writing`; then `runs/lstm` becomes `runs/.lstm.previous` and the new folder
//! takes its place. So at each moment `runs/lstm` is whole, or it is not there and `runs/.lstm.previous` is.

use super::{Manifest, TRAINER};
use crate::{Error, Result};
use std::{
    ffi::OsString,
    fmt::Display,
    fs::{self, File},
    io::{self, Read, Write},
    path::{Path, PathBuf},
};

/// Puts these files in the place of the checkpoint in `folder`. The last one says that the folder is a checkpoint.
pub(super) fn replace(folder: &Path, contents: &[(&str, Vec<u8>)]) -> Result<()> {
    let (writing, previous) = (beside(folder, "writing")?, beside(folder, "previous")?);
    let parent = parent(folder);
    fs::create_dir_all(parent).map_err(|error| refuse(parent, error))?;
    if !folder.exists() && previous.exists() {
        rename(&previous, folder)?;
    }
    if folder.exists() && !folder.join(TRAINER).exists() && !is_empty(folder)? {
        return Err(refuse(
            folder,
            "it is there and is not a checkpoint; name another folder",
        ));
    }
    if writing.exists() {
        fs::remove_dir_all(&writing).map_err(|error| refuse(&writing, error))?;
    }
    fs::create_dir(&writing).map_err(|error| refuse(&writing, error))?;
    for (name, bytes) in contents {
        write_synced(&writing.join(name), bytes)?;
    }
    sync_folder(&writing)?;

    if previous.exists() {
        remove_checkpoint(&previous, folder)?;
    }
    if folder.exists() {
        rename(folder, &previous)?;
    }
    rename(&writing, folder)?;
    sync_folder(parent)?;
    if previous.exists() {
        remove_checkpoint(&previous, folder)?;
    }
    Ok(())
}

/// Where the last whole checkpoint of `folder` is.
pub(super) fn whole(folder: &Path) -> PathBuf {
    match beside(folder, "previous") {
        Ok(previous) if !folder.exists() && previous.exists() => previous,
        _ => folder.to_path_buf(),
    }
}

/// Writes one file: beside, synced, renamed.
pub(super) fn write_file(path: &Path, bytes: &[u8]) -> Result<()> {
    let parent = parent(path);
    fs::create_dir_all(parent).map_err(|error| refuse(parent, error))?;
    let writing = beside(path, "writing")?;
    write_synced(&writing, bytes)?;
    rename(&writing, path)?;
    sync_folder(parent)
}

/// Reads a file of at most `limit` bytes.
pub(super) fn read(path: &Path, limit: u64) -> Result<Vec<u8>> {
    let file = File::open(path).map_err(|error| refuse(path, error))?;
    let mut bytes = Vec::new();
    file.take(limit.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(|error| refuse(path, error))?;
    if bytes.len() as u64 > limit {
        return Err(refuse(
            path,
            format!("it is larger than {limit} bytes, more than fits here"),
        ));
    }
    Ok(bytes)
}

/// The error that a file or folder is not as it should be.
pub(super) fn refuse(path: &Path, problem: impl Display) -> Error {
    Error::Checkpoint {
        path: path.to_path_buf(),
        problem: problem.to_string(),
    }
}

/// Removes the files that a checkpoint wrote, its `trainer.json` last; others move to the checkpoint that replaced it.
fn remove_checkpoint(old: &Path, new: &Path) -> Result<()> {
    let manifest = fs::read(old.join(TRAINER))
        .ok()
        .and_then(|bytes| serde_json::from_slice::<Manifest>(&bytes).ok());
    let written = |name: &OsString| {
        manifest.as_ref().is_some_and(|manifest| {
            name.to_str()
                .is_some_and(|name| manifest.files.contains_key(name))
        })
    };
    let failed = |error: io::Error| refuse(old, error);
    for entry in fs::read_dir(old).map_err(failed)? {
        let name = entry.map_err(failed)?.file_name();
        if name == TRAINER {
            continue;
        }
        if written(&name) || new.join(&name).exists() {
            fs::remove_file(old.join(&name)).map_err(failed)?;
        } else {
            rename(&old.join(&name), &new.join(&name))?;
        }
    }
    if manifest.is_some() {
        fs::remove_file(old.join(TRAINER)).map_err(failed)?;
    }
    fs::remove_dir(old).map_err(failed)
}

fn write_synced(path: &Path, bytes: &[u8]) -> Result<()> {
    let write = || -> io::Result<()> {
        let mut file = File::create(path)?;
        file.write_all(bytes)?;
        file.sync_all()
    };
    write().map_err(|error| refuse(path, error))
}

fn rename(from: &Path, to: &Path) -> Result<()> {
    fs::rename(from, to)
        .map_err(|error| refuse(from, format!("cannot become {}: {error}", to.display())))
}

/// Only after this a new or renamed entry of the folder survives a power cut.
fn sync_folder(folder: &Path) -> Result<()> {
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(|error| refuse(folder, error))
}

fn is_empty(folder: &Path) -> Result<bool> {
    Ok(fs::read_dir(folder)
        .map_err(|error| refuse(folder, error))?
        .next()
        .is_none())
}

fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if parent.as_os_str().is_empty() => Path::new("."),
        Some(parent) => parent,
        None => path,
    }
}

/// `runs/.lstm.writing` for `runs/lstm`.
fn beside(path: &Path, suffix: &str) -> Result<PathBuf> {
    let Some(name) = path.file_name() else {
        return Err(refuse(path, "the path has no name at its end"));
    };
    let mut hidden = OsString::from(".");
    hidden.push(name);
    hidden.push(".");
    hidden.push(suffix);
    Ok(path.with_file_name(hidden))
}
