//! Where the corpora lie.

use crate::{Error, Result};
use std::path::{Path, PathBuf};

/// The environment variable that names a folder with corpora in it, such as `ag_news/`.
pub const DATA_DIR_VARIABLE: &str = "RECURRENT_DATA_DIR";

/// The folders that may hold corpora: `$RECURRENT_DATA_DIR`, then `data` here or in a folder above, then `data` of the
/// checkout this was compiled in.
pub(crate) fn all() -> Result<Vec<PathBuf>> {
    let mut folders = Vec::new();
    if let Some(named) = std::env::var_os(DATA_DIR_VARIABLE).filter(|value| !value.is_empty()) {
        let named = PathBuf::from(named);
        if !named.is_dir() {
            return Err(Error::content(named, format!("a folder, as {DATA_DIR_VARIABLE} names it"), "no such folder"));
        }
        folders.push(named);
    }
    let here = std::env::current_dir().map_err(Error::file(".", "find"))?;
    let is_ours = |data: &PathBuf| data.join("mini_news").is_dir() || data.join("ag_news").is_dir();
    folders.extend(here.ancestors().map(|folder| folder.join("data")).find(is_ours));
    let compiled = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data");
    folders.push(compiled.canonicalize().unwrap_or(compiled));
    Ok(folders)
}

/// The first of `folders` that holds the folder `name`, with that name.
pub(crate) fn find(folders: &[PathBuf], name: &str) -> Result<PathBuf> {
    let here: Vec<PathBuf> = folders.iter().map(|folder| folder.join(name)).collect();
    here.iter().find(|folder| folder.is_dir()).cloned().ok_or_else(|| {
        Error::content(
            here.last().cloned().unwrap_or_default(),
            format!("the folder {name} of the project (set {DATA_DIR_VARIABLE} to the folder that holds it)"),
            "no such folder",
        )
    })
}

/// A file of a shipped corpus, such as `digits/digits.csv`.
pub(crate) fn file(folder: &str, name: &str) -> Result<PathBuf> {
    Ok(find(&all()?, folder)?.join(name))
}
