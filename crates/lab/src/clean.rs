//! Removes what set-up made, and nothing else.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use crate::environment;
use crate::kernelspec;
use crate::layout::Layout;
use crate::lock::Lock;

pub fn clean(layout: &Layout) -> Result<()> {
    if !layout.lab().exists() && !environment::is_ours(&layout.venv()) {
        println!("Nothing to remove: nothing is set up.");
        return Ok(());
    }
    let _lock = Lock::acquire(layout)?;
    for folder in kernelspec::remove_all(layout)? {
        println!("removed {}", folder.display());
    }
    let venv = layout.venv();
    if environment::is_ours(&venv) {
        remove(&venv)?;
    }
    remove(&layout.lab())
}

fn remove(folder: &Path) -> Result<()> {
    fs::remove_dir_all(folder).with_context(|| format!("cannot remove {}", folder.display()))?;
    println!("removed {}", folder.display());
    Ok(())
}
