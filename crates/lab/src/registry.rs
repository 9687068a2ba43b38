//! The part of cargo's registry that a lesson needs: each crate that the template's lock file names, those of other
//! systems too, of which cargo reads the manifests.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::layout::Layout;

/// Name below the registry, and place, of each file.
pub fn files(layout: &Layout) -> Result<BTreeMap<String, PathBuf>> {
    let registry = layout.registry();
    let mut files = BTreeMap::new();
    let mut add = |file: String| {
        let path = registry.join(&file);
        path.exists().then(|| files.insert(file, path)).is_some()
    };
    let mut indexes = BTreeSet::new();
    for (name, version) in locked(&layout.template().join("Cargo.lock"))? {
        let Some(index) = index_with(&registry, &format!("{name}-{version}.crate"))? else {
            bail!("{} has no crate {name} {version}: `cargo lab clean`, then pack again", registry.display());
        };
        add(format!("cache/{index}/{name}-{version}.crate"));
        add(format!("index/{index}/.cache/{}", place_in_index(&name)));
        indexes.insert(index);
    }
    for index in indexes {
        add(format!("index/{index}/config.json"));
    }
    Ok(files)
}

/// Name and version of each crate in a lock file that comes from a registry.
fn locked(lock: &Path) -> Result<Vec<(String, String)>> {
    let text = fs::read_to_string(lock).with_context(|| format!("cannot read {}", lock.display()))?;
    let value = |package: &str, key: &str| {
        let line = package.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(" = "))?;
        Some(line.trim_matches('"').to_owned())
    };
    let packages = text.split("[[package]]").skip(1);
    let from_a_registry = packages.filter(|package| package.contains("\nsource = \"registry+"));
    Ok(from_a_registry.filter_map(|package| Some((value(package, "name")?, value(package, "version")?))).collect())
}

/// The folder of the registry (there may be mirrors) that has this file.
fn index_with(registry: &Path, file: &str) -> Result<Option<String>> {
    let cache = registry.join("cache");
    let entries = fs::read_dir(&cache).with_context(|| format!("cannot read {}", cache.display()))?;
    let mut folders = entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned());
    Ok(folders.find(|folder| cache.join(folder).join(file).exists()))
}

/// cargo's way to spread names over folders.
fn place_in_index(name: &str) -> String {
    let name = name.to_lowercase();
    match name.len() {
        1 => format!("1/{name}"),
        2 => format!("2/{name}"),
        3 => format!("3/{}/{name}", &name[..1]),
        _ => format!("{}/{}/{name}", &name[..2], &name[2..4]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_projects_lock_file_is_read() {
        let lock = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../Cargo.lock");
        let locked = locked(&lock).unwrap();
        assert!(locked.contains(&("candle-core".into(), "0.11.1".into())));
        assert!(!locked.iter().any(|(name, _)| name == "recurrent"), "our own crates are no part of a registry");
    }

    #[test]
    fn cargos_index_has_short_names_apart() {
        let places = ["a", "cc", "Syn", "rayon"].map(place_in_index);
        assert_eq!(places, ["1/a", "2/cc", "3/s/syn", "ra/yo/rayon"]);
    }
}
