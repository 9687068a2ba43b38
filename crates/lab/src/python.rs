//! Finds a Python to make the environment with.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Result, bail};

const NAMES: [&str; 6] = ["python3", "python3.14", "python3.13", "python3.12", "python3.11", "python3.10"];

/// Prints: major minor, whether an environment can be made with it, and where it is.
const PROBE: &str = "import sys, importlib.util as u; \
    print(*sys.version_info[:2], all(u.find_spec(m) for m in ('venv', 'ensurepip')), sys.executable, sep='\\n')";

#[derive(Debug, Clone)]
pub struct Python {
    pub path: PathBuf,
    pub version: (u32, u32),
    makes_environments: bool,
}

/// The first Python on the PATH that is new enough and has `venv`.
pub fn find(oldest: (u32, u32)) -> Result<Python> {
    let found: Vec<Python> = NAMES.iter().filter_map(|name| probe(Path::new(name))).collect();
    let mut new_enough = found.iter().filter(|python| python.version >= oldest);
    if let Some(python) = new_enough.clone().find(|python| python.makes_environments) {
        return Ok(python.clone());
    }
    if let Some(python) = new_enough.next() {
        let (major, minor) = python.version;
        bail!(
            "Python {major}.{minor} ({}) has no `venv` module. Install it (Debian, Ubuntu: \
             `sudo apt install python{major}.{minor}-venv`; Fedora: `sudo dnf install python3`; macOS: \
             `brew install python`), then run `cargo lab` again.",
            python.path.display()
        );
    }
    let what = match found.first() {
        Some(Python { path, version: (major, minor), .. }) => {
            format!("Python {major}.{minor} ({}) is too old", path.display())
        }
        None => "Python was not found".to_string(),
    };
    let (major, minor) = oldest;
    bail!(
        "{what}; the notebooks need {major}.{minor} or newer. Install it (Debian, Ubuntu: \
         `sudo apt install python3 python3-venv`; Fedora: `sudo dnf install python3`; macOS: `brew install python`), \
         then run `cargo lab` again."
    );
}

/// The first Python of exactly this version that has `venv`: the packages that came in an archive are for no other.
pub fn find_exactly((major, minor): (u32, u32)) -> Result<Python> {
    let found: Vec<Python> = NAMES.iter().filter_map(|name| probe(Path::new(name))).collect();
    let fits = |python: &&Python| python.version == (major, minor) && python.makes_environments;
    if let Some(python) = found.iter().find(fits) {
        return Ok(python.clone());
    }
    let there: Vec<String> = found
        .iter()
        .map(|Python { path, version: (major, minor), makes_environments }| {
            let lack = if *makes_environments { "" } else { ", without `venv`" };
            format!("{major}.{minor} ({}{lack})", path.display())
        })
        .collect();
    let there = if there.is_empty() { "no Python".to_string() } else { there.join(", ") };
    bail!(
        "it needs Python {major}.{minor} with `venv`, and this machine has {there}: install it (Debian, Ubuntu: \
         `sudo apt install python{major}.{minor}-venv`), or pack it on a machine with this one's Python"
    );
}

/// None when the program is not there or does not work, as a pyenv name without a version behind it.
fn probe(program: &Path) -> Option<Python> {
    let output = Command::new(program).args(["-c", PROBE]).stdin(Stdio::null()).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let mut lines = text.lines();
    let version = (lines.next()?.parse().ok()?, lines.next()?.parse().ok()?);
    let makes_environments = lines.next()? == "True";
    Some(Python { path: lines.next()?.into(), version, makes_environments })
}
