//! How far cargo is with what a cell adds to the notebook.

use std::fs;
use std::io::{BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use anyhow::Result;
use serde_json::json;

use crate::outputs::Outputs;

/// How often it is looked.
const LOOK: Duration = Duration::from_millis(500);

/// Where cargo's progress is noted.
fn file(folder: &Path) -> PathBuf {
    folder.join("progress")
}

/// Copies what cargo prints, and notes its progress bar: `Building [==>  ] 12/140: syn, quote`.
pub fn follow(from: impl Read, mut to: impl Write, folder: &Path) -> Result<()> {
    let (mut from, mut line) = (BufReader::new(from), Vec::new());
    let mut byte = [0];
    while from.read(&mut byte)? > 0 {
        line.push(byte[0]);
        if !matches!(byte[0], b'\n' | b'\r') {
            continue;
        }
        match bar(&String::from_utf8_lossy(&line)) {
            Some(bar) => fs::write(file(folder), bar)?,
            None => to.write_all(&line)?,
        }
        line.clear();
    }
    Ok(to.write_all(&line)?)
}

/// What is noted of a bar: `12/140: syn, quote`.
fn bar(line: &str) -> Option<String> {
    let (_, after) = line.split_once("Building [")?;
    let (_, counts) = after.split_once("] ")?;
    let (counts, names) = counts.trim_end().split_once(": ").unwrap_or((counts.trim_end(), ""));
    let (done, all) = counts.split_once('/')?;
    let (done, all): (usize, usize) = (done.trim().parse().ok()?, all.trim().parse().ok()?);
    let names = names.trim_end_matches("...").trim_end_matches([' ', ',']);
    Some(format!("{done}/{all}: {names}"))
}

/// The same for a learner.
fn in_words(bar: &str) -> String {
    let (counts, names) = bar.split_once(": ").unwrap_or((bar, ""));
    format!("{} packages ({names})", counts.replace('/', " of "))
}

/// Nothing is compiled any more.
pub fn end(folder: &Path) -> Result<()> {
    match fs::remove_file(file(folder)) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}

/// Prints the progress as cargo would, until it is told to end.
pub fn print(folder: &Path, ended: &Receiver<()>) {
    let mut printed = String::new();
    while let Err(RecvTimeoutError::Timeout) = ended.recv_timeout(LOOK) {
        let Ok(bar) = fs::read_to_string(file(folder)) else { continue };
        if !bar.is_empty() && bar != printed {
            eprintln!("    Building [] {bar}");
            printed = bar;
        }
    }
}

/// Shows the progress under the cell that waits, until it is told to end.
pub fn show(outputs: &Outputs, folder: &Path, ended: &Receiver<()>) {
    let (start, mut shown) = (Instant::now(), false);
    while let Err(RecvTimeoutError::Timeout) = ended.recv_timeout(LOOK) {
        if let Ok(bar) = fs::read_to_string(file(folder))
            && !bar.is_empty()
        {
            let text = format!("Compiling: {}, {} s so far", in_words(&bar), start.elapsed().as_secs());
            outputs.show_live(json!({ "live": "compiling", "data": { "text/plain": text } }));
            shown = true;
        }
    }
    if shown {
        let text = format!("Compiled in {} s.", start.elapsed().as_secs());
        outputs.show_live(json!({ "live": "compiling", "data": { "text/plain": text } }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_noted_and_all_else_is_copied() {
        let folder = std::env::temp_dir().join(format!("progress-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let printed = "   Compiling syn v3\n    Building [=>   ] 12/140: syn, quote...  \r{\"a\":1}\nend";
        let mut copied = Vec::new();
        follow(printed.as_bytes(), &mut copied, &folder).unwrap();
        assert_eq!(String::from_utf8(copied).unwrap(), "   Compiling syn v3\n{\"a\":1}\nend");
        let noted = fs::read_to_string(file(&folder)).unwrap();
        assert_eq!(noted, "12/140: syn, quote");
        assert_eq!(in_words(&noted), "12 of 140 packages (syn, quote)");
        fs::remove_dir_all(folder).unwrap();
    }
}
