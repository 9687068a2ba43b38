//! Removes what set-up made, and nothing else.

use std::fs::{self, File, TryLockError};
use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::environment;
use crate::kernelspec;
use crate::layout::Layout;
use crate::lock::Lock;

pub fn clean(layout: &Layout) -> Result<()> {
    if layout.packed().exists() {
        bail!(
            "{} was unpacked, and cannot be set up again without the archive: remove the folder itself, or unpack the \
             archive into another one",
            layout.root().display()
        );
    }
    if !layout.lab().exists() && !environment::is_ours(&layout.venv()) {
        println!("Nothing to remove: nothing is set up.");
        return Ok(());
    }
    let _lock = Lock::acquire(layout)?;
    if kernel_is_running(layout) {
        bail!("a notebook's kernel is running: shut its notebook down, then run `cargo lab clean` again");
    }
    for folder in kernelspec::remove_all(layout)? {
        println!("removed {}", folder.display());
    }
    let venv = layout.venv();
    if environment::is_ours(&venv) {
        remove(&venv)?;
    }
    remove(&layout.lab())
}

/// A kernel holds the lock file beside its copy of the template as long as it lives.
fn kernel_is_running(layout: &Layout) -> bool {
    let entries = layout.template().parent().and_then(|kernels| fs::read_dir(kernels).ok());
    let mut files = entries.into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path()));
    files.any(|file| {
        file.extension().is_some_and(|extension| extension == "lock")
            && File::open(&file).is_ok_and(|lock| matches!(lock.try_lock(), Err(TryLockError::WouldBlock)))
    })
}

fn remove(folder: &Path) -> Result<()> {
    fs::remove_dir_all(folder).with_context(|| format!("cannot remove {}", folder.display()))?;
    println!("removed {}", folder.display());
    Ok(())
}
