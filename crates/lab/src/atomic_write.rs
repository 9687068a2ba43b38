//! Files that are never half-written.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result};

/// Writes under a temporary name and renames: a reader sees the old file or the new one. Makes the folder.
pub fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let temporary = path.with_added_extension("part");
    let write = || {
        fs::create_dir_all(path.with_file_name(""))?;
        let mut file = File::create(&temporary)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&temporary, path)
    };
    write().with_context(|| format!("cannot write {}", path.display()))
}
