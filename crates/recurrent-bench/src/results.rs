//! Result files: JSON lines, each with its date, processor and command.

use crate::{ops::OpReport, process, ratio::Ratio, report::Report};
use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use std::{
    fs::{self, File},
    io::{Write, stdout},
    path::Path,
};
use tempfile::Builder;

/// Which command measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bench {
    Lesson,
    Scaling,
    Threads,
    Accuracy,
}

/// The command that measures operations instead of models.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OpsBench {
    Ops,
}

/// Any line that is printed or saved.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(untagged)]
pub enum Entry {
    Report(Box<Line>),
    Ratio(Box<Line<Ratio>>),
    Op(Box<Line<OpReport, OpsBench>>),
}

/// A report with what is needed to judge and to repeat it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Line<T = Report, B = Bench> {
    pub bench: B,
    #[serde(flatten)]
    pub origin: Origin,
    #[serde(flatten)]
    pub report: T,
}

impl<T: Clone, B: Copy> Line<T, B> {
    /// A line for each report of one call.
    pub fn all(bench: B, origin: &Origin, reports: &[T]) -> Vec<Self> {
        let line = |report: &T| Self { bench, origin: origin.clone(), report: report.clone() };
        reports.iter().map(line).collect()
    }
}

/// Where and when; the same for all lines of one call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// UTC, e.g. `2026-11-22T14:03:05Z`.
    pub date: String,
    pub processor: String,
    /// The version of NVIDIA's driver, where a GPU trained.
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

/// Prints lines to standard output.
pub fn print(lines: &[impl Serialize]) -> Result<()> {
    for line in lines {
        writeln!(stdout(), "{}", serde_json::to_string(line)?)?;
    }
    Ok(())
}

/// Adds lines to a file, which is written to a temporary file and renamed, so it is never incomplete.
pub fn append(path: &Path, lines: &[impl Serialize]) -> Result<()> {
    let mut text = if path.exists() {
        fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?
    } else {
        String::new()
    };
    for line in lines {
        text += &serde_json::to_string(line)?;
        text.push('\n');
    }
    let write = || -> std::io::Result<()> {
        let folder = path.with_file_name("");
        fs::create_dir_all(&folder)?;
        // With the permissions of any new file: by itself tempfile makes files that only their owner can read.
        let mut file = Builder::new().make_in(folder, |path| File::create_new(path))?;
        file.write_all(text.as_bytes())?;
        file.as_file().sync_all()?;
        file.persist(path)?;
        Ok(())
    };
    write().with_context(|| format!("cannot write {}", path.display()))
}

/// The lines of a file.
pub fn read(path: &Path) -> Result<Vec<Entry>> {
    let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let parse = |(number, line)| {
        serde_json::from_str(line).with_context(|| format!("{}, line {}: not a result", path.display(), number + 1))
    };
    text.lines().enumerate().map(parse).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ratio, report::example};

    /// What --json printed, sent to a file, is a file of results.
    #[test]
    fn ratios_stand_beside_the_reports_they_come_from() -> Result<()> {
        let file = tempfile::NamedTempFile::new()?;
        let reports = [example("recurrent 0.1.0", &[2.0]), example("keras 3", &[8.0])];
        let ratios = Line::all(Bench::Lesson, &Origin::now(), &ratio::ratios(&reports));
        append(file.path(), &Line::all(Bench::Lesson, &Origin::now(), &reports))?;
        append(file.path(), &ratios)?;
        let text = fs::read_to_string(file.path())?;
        assert!(text.contains(r#""ratio":{"fastest":4.0,"median":4.0}"#), "{text}");
        let entries = read(file.path())?;
        assert!(
            matches!(&entries[..], [Entry::Report(_), Entry::Report(_), Entry::Ratio(ratio)] if **ratio == ratios[0]),
            "{entries:?}"
        );
        Ok(())
    }

    #[test]
    fn what_was_saved_is_read_again() -> Result<()> {
        let folder = tempfile::tempdir()?;
        let file = folder.path().join("results/lesson.jsonl");
        let report = crate::report::example("recurrent 0.1.0", &[1.5, 0.1 + 0.2]);
        let line = Line { bench: Bench::Lesson, origin: Origin::now(), report };
        append(&file, std::slice::from_ref(&line))?;
        append(&file, std::slice::from_ref(&line))?;
        let entry = Entry::Report(Box::new(line));
        assert_eq!(read(&file)?, [entry.clone(), entry]);
        fs::write(&file, "{}\n")?;
        let error = read(&file).err().map(|error| error.to_string()).unwrap_or_default();
        assert!(error.ends_with("lesson.jsonl, line 1: not a result"), "{error}");
        Ok(())
    }
}
