//! What cargo compiled of crates from a registry: the part of the template that does not depend on where it lies.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

/// Libraries, macros and build scripts that a template uses; those of earlier versions lie beside them. Each has a name
/// of its own.
pub fn files(template: &Path) -> Result<Vec<PathBuf>> {
    let target = template.join("target");
    // What cargo said when it compiled the template: it names all that is used.
    let printed = template.join("printed");
    let used = fs::read_to_string(&printed).with_context(|| format!("cannot read {}", printed.display()))?;
    let mut found = Vec::new();
    let mut folders = vec![target.clone()];
    while let Some(folder) = folders.pop() {
        let cannot_read = || format!("cannot read {}", folder.display());
        for entry in fs::read_dir(&folder).with_context(cannot_read)? {
            let path = entry.with_context(cannot_read)?.path();
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            if path.is_dir() && !matches!(name, "incremental" | ".fingerprint" | "out") {
                folders.push(path);
            } else if path.is_file() && hash_of_a_crate(name).is_some_and(|hash| used.contains(hash)) {
                found.push(path);
            }
        }
    }
    found.sort();
    ensure!(!found.is_empty(), "{} holds no compiled crate: `cargo lab clean`, then pack again", target.display());
    Ok(found)
}

/// `libsyn-2f1b6a9cd0e34571.rlib`: cargo's hash stands before the ending. None for the lesson's own crates, which depend
/// on where they lie.
fn hash_of_a_crate(file: &str) -> Option<&str> {
    let stem = file.split('.').next().unwrap_or_default();
    let (name, hash) = stem.rsplit_once('-')?;
    let name = name.strip_prefix("lib").unwrap_or(name);
    let is_hash = hash.len() == 16 && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
    let ends = ["rlib", "rmeta", "d", "so", "dylib", ""].contains(&file[stem.len()..].trim_start_matches('.'));
    (is_hash && ends && name != "ctx" && !name.starts_with("recurrent")).then_some(hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_compiled_crates_of_others_are_packed() {
        for file in [
            "libsyn-2f1b6a9cd0e34571.rlib",
            "libpolars_core-359e65bc4a1c357f.rmeta",
            "libserde_derive-00000000000000aa.so",
            "syn-2f1b6a9cd0e34571.d",
            "build_script_build-359e65bc4a1c357f",
        ] {
            assert!(hash_of_a_crate(file).is_some(), "{file}");
        }
        for file in [
            "librecurrent_nn-359e65bc4a1c357f.rlib",
            "librecurrent.so",
            "libctx-359e65bc4a1c357f.so",
            "build-script-build",
            "output",
            "syn-2f1b6a9cd0e34571.syn.1.rcgu.o",
        ] {
            assert!(hash_of_a_crate(file).is_none(), "{file}");
        }
    }
}
