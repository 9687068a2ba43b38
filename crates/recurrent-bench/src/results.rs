//! Result files: JSON lines, each with its date, processor and command.

use crate::{process, report::Report};
use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use std::{fs, io::Write, path::Path};

/// Which command measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bench {
    Lesson,
    Scaling,
    Threads,
    Accuracy,
}

/// A report with what is needed to judge and to repeat it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Line {
    pub bench: Bench,
    #[serde(flatten)]
    pub origin: Origin,
    #[serde(flatten)]
    pub report: Report,
}

/// Where and when; the same for all lines of one call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// UTC, e.g. `2026-11-22T14:03:05Z`.
    pub date: String,
    pub processor: String,
    /// The version of NVIDIA's driver, where a card trained.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub driver: Option<String>,
    /// What was typed.
    pub command: String,
}

impl Origin {
    pub fn now() -> Self {
        let arguments: Vec<String> = std::env::args().skip(1).collect();
        Self {
            date: chrono::Utc::now().format("%Y-%m-%dT%H:%M:%SZ").to_string(),
            processor: process::processor(),
            driver: None,
            command: format!("cargo lab bench {}", arguments.join(" ")),
        }
    }
}

/// Adds lines to a file. It is written anew beside its place and then renamed, so it is never half there.
pub fn append(path: &Path, lines: &[Line]) -> Result<()> {
    let mut text = if path.exists() {
        fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?
    } else {
        String::new()
    };
    for line in lines {
        text += &serde_json::to_string(line)?;
        text.push('\n');
    }
    let new = path.with_extension("new");
    let write = || -> std::io::Result<()> {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        let mut file = fs::File::create(&new)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&new, path)
    };
    write().with_context(|| format!("cannot write {}", path.display()))
}

/// The lines of a file.
pub fn read(path: &Path) -> Result<Vec<Line>> {
    let text =
        fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let parse = |(number, line)| {
        serde_json::from_str(line)
            .with_context(|| format!("{}, line {}: not a result", path.display(), number + 1))
    };
    text.lines().enumerate().map(parse).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_saved_is_read_again() -> Result<()> {
        let folder = tempfile::tempdir()?;
        let file = folder.path().join("results/lesson.jsonl");
        let report = crate::report::example("recurrent 0.1.0", &[1.5, 0.1 + 0.2]);
        let line = Line {
            bench: Bench::Lesson,
            origin: Origin::now(),
            report,
        };
        append(&file, std::slice::from_ref(&line))?;
        append(&file, std::slice::from_ref(&line))?;
        assert_eq!(read(&file)?, [line.clone(), line]);
        fs::write(&file, "{}\n")?;
        let error = read(&file)
            .err()
            .map(|error| error.to_string())
            .unwrap_or_default();
        assert!(
            error.ends_with("lesson.jsonl, line 1: not a result"),
            "{error}"
        );
        Ok(())
    }
}
