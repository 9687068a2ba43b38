//! What another `:dep` would do to the crates that a notebook already uses.
//!
//! cargo gives a crate all features that anyone asks for. So a new dependency may have the crates that are loaded
//! already compiled a second time, and for Rust the types of the second copy are other types: every variable of the
//! notebook would be lost.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

/// Exists while the notebook has variables.
pub fn variables_file(folder: &Path) -> PathBuf {
    folder.join("variables")
}

/// Why the dependencies may not change now from those that these crates are; none if they may.
pub fn refusal(folder: &Path, before: &str, now: &str) -> Option<String> {
    if !variables_file(folder).exists() {
        return None;
    }
    let now: BTreeSet<&str> = now.lines().collect();
    // A crate that is no longer asked for does not change.
    let name = |line: &str| line.split(' ').next().unwrap_or_default().to_owned();
    let asked: BTreeSet<String> = now.iter().map(|line| name(line)).collect();
    let changed = before.lines().find(|line| asked.contains(&name(line)) && !now.contains(line))?;
    Some(format!(
        "This `:dep` changes how `{}` is compiled, which the crates in use are built on: they would be compiled again, \
         and every variable of this notebook would be lost. Put the `:dep` line into the first cell of the page, then \
         Kernel > Restart and run the page again. Nothing was changed.",
        name(changed)
    ))
}

/// Name, version and features of each crate that the notebook asks for now, one a line.
pub fn crates(folder: &Path, cargo: &Path) -> Result<String> {
    let arguments = ["tree", "--edges", "normal,build", "--no-dedupe", "--prefix", "none", "--format", "{p} {f}"];
    let output = Command::new(cargo).args(arguments).current_dir(folder).output().context("cannot run cargo tree")?;
    let text = String::from_utf8_lossy(&output.stdout);
    let lines: BTreeSet<&str> = text.lines().filter(|line| !line.starts_with("ctx ")).collect();
    Ok(lines.into_iter().map(|line| format!("{line}\n")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_compiled_again_is_refused() {
        let folder = std::env::temp_dir().join(format!("dependencies-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let before = "memchr v2 std\nsyn v3 full\n";
        assert_eq!(refusal(&folder, before, "memchr v2 alloc,std\n"), None, "nothing is lost without variables");
        std::fs::write(variables_file(&folder), "").unwrap();
        assert_eq!(refusal(&folder, before, "memchr v2 std\nregex v1\n"), None);
        assert!(refusal(&folder, before, "memchr v2 alloc,std\n").unwrap().contains("`memchr`"));
        std::fs::remove_dir_all(folder).unwrap();
    }
}
