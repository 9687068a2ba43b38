//! Makes a ready lesson of an archive, without a network. Nothing that is there is overwritten: the lesson gets a
//! folder of its own, whole or not at all, in which set-up then goes on as in a checkout.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::archive::Archive;
use crate::args::UnpackArgs;
use crate::layout::Layout;
use crate::lock::Lock;

pub fn unpack(args: &UnpackArgs) -> Result<()> {
    let folder = std::path::absolute(&args.folder)?;
    must_be_free(&folder)?;
    let archive = Archive::open(&args.file)?;
    eprintln!("Unpacking {}, packed for {} …", args.file.display(), archive.machine().kind);
    extract(archive, &folder)?;
    let folder = folder.canonicalize()?;
    // The program that was packed with it, and the compiler that its rust-toolchain.toml names.
    let mut setup = Command::new(Layout::at(folder.clone()).packed().join("lab"));
    setup.arg("setup").current_dir(&folder).env("RECURRENT_ROOT", &folder).env_remove("RUSTUP_TOOLCHAIN");
    let status = setup.status().with_context(|| format!("cannot start {:?}", setup.get_program()))?;
    if !status.success() {
        bail!("{} is unpacked, but not ready: `cargo lab setup` in that folder goes on", folder.display());
    }
    println!("The lesson is ready: cd {} && cargo lab", folder.display());
    Ok(())
}

fn must_be_free(folder: &Path) -> Result<()> {
    match fs::read_dir(folder).map(|mut entries| entries.next().is_none()) {
        Ok(true) => Ok(()),
        Ok(false) if Layout::at(folder.into()).packed().exists() => bail!(
            "{} holds a lesson that was unpacked before, perhaps with pages that were changed: `cargo lab` in that \
             folder opens it; to unpack another one, name another folder",
            folder.display()
        ),
        Ok(false) => bail!("{} is not empty: name a folder that does not exist yet", folder.display()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error).with_context(|| format!("cannot look into {}", folder.display())),
    }
}

/// Unpacks beside the folder, and renames when all is there.
fn extract(archive: Archive, folder: &Path) -> Result<()> {
    let beside = beside(folder)?;
    let layout = Layout::at(beside.clone());
    if beside.exists() && !layout.lock().exists() {
        bail!("{} is in the way: move it elsewhere", beside.display());
    }
    let _lock = Lock::acquire(&layout)?;
    let extracted = remove_half_unpacked(&layout)
        .and_then(|()| archive.unpack_into(&beside))
        .and_then(|()| must_be_free(folder))
        .and_then(|()| fs::rename(&beside, folder).with_context(|| format!("cannot write {}", folder.display())));
    if extracted.is_err() {
        // The error says more than that this fails, too; the next call tries again.
        let _ = fs::remove_dir_all(&beside);
    }
    extracted
}

/// What a killed call left; its lock is held by now.
fn remove_half_unpacked(layout: &Layout) -> Result<()> {
    let lock = layout.lock();
    for folder in [layout.root(), &layout.lab()] {
        let cannot_remove = || format!("cannot remove what is left in {}", folder.display());
        for entry in fs::read_dir(folder).with_context(cannot_remove)? {
            let path = entry.with_context(cannot_remove)?.path();
            if path == lock || path == layout.lab() {
                continue;
            }
            let removed = if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
            removed.with_context(cannot_remove)?;
        }
    }
    Ok(())
}

fn beside(folder: &Path) -> Result<PathBuf> {
    let mut name = folder.file_name().with_context(|| format!("{} has no name", folder.display()))?.to_owned();
    name.push(".unpacking");
    Ok(folder.with_file_name(name))
}
