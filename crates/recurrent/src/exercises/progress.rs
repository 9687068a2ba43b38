//! What a learner has solved, kept in a file of theirs: a line for each attempt, so that two kernels may write at once.

use super::{Error, Result};
use serde_json::{Value, json};
use std::{
    fs::{self, OpenOptions},
    io::{ErrorKind, Write},
    path::PathBuf,
};

/// Names another file; empty: nothing is kept.
const FILE: &str = "RECURRENT_EXERCISES";

/// The file, if one is kept.
fn file() -> Option<PathBuf> {
    match std::env::var_os(FILE) {
        Some(name) => (!name.is_empty()).then(|| name.into()),
        None => Some("exercises.jsonl".into()),
    }
}

/// Adds what happened to an exercise.
pub(super) fn note(id: &str, what: &str) -> Result<()> {
    let Some(path) = file() else { return Ok(()) };
    let line = format!("{}\n", json!({ "exercise": id, "what": what }));
    let write = || OpenOptions::new().append(true).create(true).open(&path)?.write_all(line.as_bytes());
    write().map_err(|error: std::io::Error| problem(&path, &format!("cannot be written: {error}")))
}

/// Exercise and what happened to it, in order.
pub(super) fn all() -> Result<Vec<(String, String)>> {
    let Some(path) = file() else { return Ok(Vec::new()) };
    let text = match fs::read_to_string(&path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        read => read.map_err(|error| problem(&path, &format!("cannot be read: {error}")))?,
    };
    let entry = |(number, line): (usize, &str)| {
        let entry = serde_json::from_str::<Value>(line).ok();
        let field = |name: &str| Some(entry.as_ref()?.get(name)?.as_str()?.to_owned());
        let expected = || format!("line {} is {line:?}, expected an exercise and what happened; delete it", number + 1);
        Ok((
            field("exercise").ok_or_else(|| problem(&path, &expected()))?,
            field("what").ok_or_else(|| problem(&path, &expected()))?,
        ))
    };
    text.lines().enumerate().filter(|(_, line)| !line.is_empty()).map(entry).collect()
}

/// How often this happened to an exercise.
pub(super) fn count(id: &str, what: &str) -> Result<usize> {
    Ok(all()?.iter().filter(|(exercise, one)| exercise == id && one == what).count())
}

fn problem(path: &std::path::Path, problem: &str) -> Error {
    Error::View { operation: "exercises", problem: format!("{} {problem}", path.display()) }
}
