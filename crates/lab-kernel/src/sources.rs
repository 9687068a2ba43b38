//! Whether the lesson's crates have changed on disk since the kernel started.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Watches the sources of the crates that a template holds.
pub struct Sources {
    crates: PathBuf,
    since: SystemTime,
    said: bool,
}

impl Sources {
    /// From now on.
    pub fn watch(facade: &Path) -> Self {
        let crates = facade.parent().unwrap_or(facade).to_owned();
        Self { crates, since: SystemTime::now(), said: false }
    }

    /// What to say of a change; nothing where there is none, or where it was said.
    pub fn change(&mut self) -> Option<String> {
        if self.said {
            return None;
        }
        let folders = std::fs::read_dir(&self.crates).into_iter().flatten().flatten();
        let libraries = folders.filter(|folder| folder.file_name().to_string_lossy().starts_with("recurrent"));
        let changed = libraries.filter_map(|folder| newer(&folder.path().join("src"), self.since)).next()?;
        self.said = true;
        Some(format!(
            "{} has changed since this kernel started, which goes on with the lesson's crates as they were. To use the \
             change: `cargo lab setup`, then Kernel > Restart.\n",
            changed.display()
        ))
    }
}

/// A file below a folder that was changed later.
fn newer(folder: &Path, since: SystemTime) -> Option<PathBuf> {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let Ok(about) = entry.metadata() else { continue };
        if about.is_dir() {
            if let Some(found) = newer(&path, since) {
                return Some(found);
            }
        } else if about.modified().is_ok_and(|modified| modified > since) {
            return Some(path);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_change_is_said_once() {
        let root = std::env::temp_dir().join(format!("sources-{}", std::process::id()));
        let file = root.join("recurrent-nn/src/deep/file.rs");
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, "").unwrap();
        let later = SystemTime::now() + Duration::from_secs(1);
        let mut sources = Sources { since: later, ..Sources::watch(&root.join("recurrent")) };
        assert_eq!(sources.change(), None);
        std::fs::File::open(&file).unwrap().set_modified(later + Duration::from_secs(1)).unwrap();
        assert!(sources.change().unwrap().contains("file.rs has changed"));
        assert_eq!(sources.change(), None);
        std::fs::remove_dir_all(root).unwrap();
    }
}
