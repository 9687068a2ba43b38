//! A folder that is always whole: written beside, synced, renamed.
//!
//! For `runs/lstm` the new files go to `runs/.lstm.writing`; then `runs/lstm` becomes `runs/.lstm.previous` and the new
//! folder takes its place. So at each moment `runs/lstm` is whole, or it is not there and `runs/.lstm.previous` is. A
//! lock on `runs/.lstm.lock` lets one thread of one process at a time do so; the operating system releases that of a
//! killed one. Only what a checkpoint wrote is ever removed: by its `trainer.json`, or by its name where a killed save
//! had not come that far.

use super::{BEST, HISTORY, MANIFEST_LIMIT, MODEL, OPTIMIZER, TRAINER};
use crate::{Error, Result};
use serde::Deserialize;
use std::{
    collections::BTreeMap,
    ffi::{OsStr, OsString},
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
    let _lock = Lock::acquire(beside(folder, "lock")?)?;
    let names: Vec<&str> = contents.iter().map(|(name, _)| *name).collect();
    for old in [folder, &previous] {
        expect_replaceable(old, &names)?;
    }
    remove_unfinished(&writing, folder, &names)?;
    if !folder.exists() && previous.exists() {
        rename(&previous, folder)?;
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

/// Writes one file: under a temporary name of its own, synced, renamed. Of several threads and processes that write it,
/// the last one's is there. A writer that is killed leaves `.NAME.….writing` behind.
pub(super) fn write_file(path: &Path, bytes: &[u8]) -> Result<()> {
    let parent = parent(path);
    fs::create_dir_all(parent).map_err(|error| refuse(parent, error))?;
    let write = || -> io::Result<()> {
        let mut temporary = tempfile::Builder::new();
        #[cfg(unix)] // as any new file, and not for its owner alone
        temporary.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        let mut prefix = OsString::from(".");
        prefix.push(path.file_name().unwrap_or_default());
        prefix.push(".");
        let mut file = temporary.prefix(&prefix).suffix(".writing").tempfile_in(parent)?;
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        file.persist(path)?;
        Ok(())
    };
    write().map_err(|error| refuse(path, error))?;
    sync_folder(parent)
}

/// So many saves before us may end while we wait; more, and the file system cannot tell one file from another.
const MOST_LOCKS: usize = 10_000;

/// An exclusive lock between threads and processes, as long as it lives.
struct Lock {
    path: PathBuf,
    /// The lock goes with it.
    _file: File,
}

impl Lock {
    /// Waits until no other save holds it.
    fn acquire(path: PathBuf) -> Result<Self> {
        for _ in 0..MOST_LOCKS {
            let file = File::options().create(true).append(true).open(&path);
            let file = file.map_err(|error| refuse(&path, error))?;
            match file.lock() {
                // The save that held it before has removed the file, and another one may have made a new one.
                Ok(()) if !is_at(&file, &path) => continue,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                // On a file system without locks (an error) saves are not kept apart.
                Ok(()) | Err(_) => return Ok(Self { path, _file: file }),
            }
        }
        Err(refuse(&path, "it cannot be locked"))
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // One that stays is the next save's.
        let _ = fs::remove_file(&self.path);
    }
}

/// Whether an open file is the one of this name.
fn is_at(file: &File, path: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let identity = |metadata: fs::Metadata| (metadata.dev(), metadata.ino());
        let (own, named) = (file.metadata().map(identity), fs::metadata(path).map(identity));
        own.is_ok_and(|own| named.is_ok_and(|named| own == named))
    }
    #[cfg(not(unix))]
    {
        file.metadata().is_ok() && path.exists()
    }
}

/// Reads a file of at most `limit` bytes.
pub(super) fn read(path: &Path, limit: u64) -> Result<Vec<u8>> {
    let file = File::open(path).map_err(|error| refuse(path, error))?;
    let mut bytes = Vec::new();
    file.take(limit.saturating_add(1)).read_to_end(&mut bytes).map_err(|error| refuse(path, error))?;
    if bytes.len() as u64 > limit {
        return Err(refuse(path, format!("it is larger than {limit} bytes, more than fits here")));
    }
    Ok(bytes)
}

/// The error that a file or folder is not as it should be.
pub(super) fn refuse(path: &Path, problem: impl Display) -> Error {
    Error::Checkpoint { path: path.to_path_buf(), problem: problem.to_string() }
}

/// The part of a `trainer.json` that says which files are a checkpoint's, in every format: a folder that another version
/// wrote may be replaced too.
#[derive(Deserialize)]
struct Listing {
    files: BTreeMap<String, u64>,
}

/// The `trainer.json` of a folder; none if it is not the folder of a checkpoint.
fn manifest(folder: &Path) -> Option<Listing> {
    let bytes = read(&folder.join(TRAINER), MANIFEST_LIMIT).ok()?;
    serde_json::from_slice(&bytes).ok()
}

/// The names of what is in a folder, in order; nothing if there is no folder.
fn entries(folder: &Path) -> Result<Vec<OsString>> {
    if !folder.exists() {
        return Ok(Vec::new());
    }
    let names = fs::read_dir(folder).and_then(|entries| entries.map(|entry| Ok(entry?.file_name())).collect());
    let mut names: Vec<OsString> = names.map_err(|error| refuse(folder, error))?;
    names.sort();
    Ok(names)
}

/// Whether one of the names is this one.
fn among<'a>(names: impl IntoIterator<Item = &'a str>, name: &OsStr) -> bool {
    names.into_iter().any(|one| one == name)
}

/// Errors if a folder is there and is neither empty nor a checkpoint, or holds a file of somebody else under one of the
/// names to be written.
fn expect_replaceable(old: &Path, names: &[&str]) -> Result<()> {
    let found = entries(old)?;
    let Some(manifest) = manifest(old) else {
        return match found.is_empty() {
            true => Ok(()),
            false => Err(refuse(old, "it is there and is not a checkpoint; name another folder")),
        };
    };
    let written = || manifest.files.keys().map(String::as_str).chain([TRAINER]);
    let foreign = |name: &&OsString| !among(written(), name);
    match found.iter().filter(foreign).find(|name| among(names.iter().copied(), name)) {
        None => Ok(()),
        Some(name) => Err(refuse(
            &old.join(name),
            "no checkpoint wrote it, and the one to be written has a file of that name; move it away",
        )),
    }
}

/// Removes what a killed save left half written.
fn remove_unfinished(writing: &Path, folder: &Path, names: &[&str]) -> Result<()> {
    let found = entries(writing)?;
    // A killed save of another program may have had other names: those that its folder's `trainer.json` lists, or the
    // present one's.
    let manifests: Vec<Listing> = [writing, folder].into_iter().filter_map(manifest).collect();
    let listed = || manifests.iter().flat_map(|manifest| manifest.files.keys());
    let ours = || {
        [MODEL, OPTIMIZER, HISTORY, BEST, TRAINER]
            .into_iter()
            .chain(names.iter().copied())
            .chain(listed().map(String::as_str))
    };
    let foreign = |name: &&OsString| !among(ours(), name);
    if let Some(name) = found.iter().find(foreign) {
        return Err(refuse(
            &writing.join(name),
            "no save wrote it, and its folder is where the next one is to be written; move it away",
        ));
    }
    let failed = |error: io::Error| refuse(writing, error);
    for name in found {
        fs::remove_file(writing.join(name)).map_err(failed)?;
    }
    match writing.exists() {
        true => fs::remove_dir(writing).map_err(failed),
        false => Ok(()),
    }
}

/// Removes the files that a checkpoint wrote, its `trainer.json` last; others move to the checkpoint that replaced it.
fn remove_checkpoint(old: &Path, new: &Path) -> Result<()> {
    let manifest = manifest(old);
    let failed = |error: io::Error| refuse(old, error);
    for name in entries(old)?.iter().filter(|name| *name != TRAINER) {
        let (from, to) = (old.join(name), new.join(name));
        let files = manifest.iter().flat_map(|manifest| manifest.files.keys());
        if among(files.map(String::as_str), name) {
            fs::remove_file(from).map_err(failed)?;
        } else if to.exists() {
            let problem = format!("it is in {} too; move one of them away", new.display());
            return Err(refuse(&from, problem));
        } else {
            rename(&from, &to)?;
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
    fs::rename(from, to).map_err(|error| refuse(from, format!("cannot become {}: {error}", to.display())))
}

/// Only after this a new or renamed entry of the folder survives a power cut.
fn sync_folder(folder: &Path) -> Result<()> {
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(|error| refuse(folder, error))
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
