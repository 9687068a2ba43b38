//! Two files of an archive, a sentence in each line, as one table that the notebooks read.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use anyhow::{Context, Result, bail};
use flate2::read::GzDecoder;
use tar::Archive;

use crate::atomic_write::atomic_write;
use crate::sha256;

/// Which files, each with its hash, and the table.
pub struct Pairs {
    pub english: (&'static str, &'static str),
    pub translation: (&'static str, &'static str),
    pub table: &'static str,
}

/// Writes the table: a line for each pair, with a tab between the two.
pub fn write(archive: &Path, pairs: &Pairs, table: &Path) -> Result<()> {
    let [english, translation] = [member(archive, pairs.english)?, member(archive, pairs.translation)?];
    let text = joined(&english, &translation).with_context(|| format!("{} is not as expected", archive.display()))?;
    atomic_write(table, text.as_bytes())
}

/// A file of the archive, checked.
fn member(archive: &Path, (name, sha256): (&str, &str)) -> Result<String> {
    let cannot_read = || format!("cannot read {}", archive.display());
    let file = File::open(archive).with_context(cannot_read)?;
    for entry in Archive::new(GzDecoder::new(file)).entries().with_context(cannot_read)? {
        let mut entry = entry.with_context(cannot_read)?;
        if entry.path().with_context(cannot_read)?.file_name().is_some_and(|found| found == name) {
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes).with_context(cannot_read)?;
            let found = sha256::of_parts([&bytes]);
            if found != sha256 {
                bail!("{name} in {} has sha256 {found}, expected {sha256}; delete the archive", archive.display());
            }
            return String::from_utf8(bytes).with_context(|| format!("{name} in {} is no UTF-8", archive.display()));
        }
    }
    bail!("{} holds no {name}; delete it and fetch it again", archive.display())
}

/// Line by line. Pairs with an empty side are none.
fn joined(english: &str, translation: &str) -> Result<String> {
    let (english, translation): (Vec<&str>, Vec<&str>) = (english.lines().collect(), translation.lines().collect());
    if english.len() != translation.len() {
        bail!("{} lines stand beside {}", english.len(), translation.len());
    }
    // A table of tabs has no quotes, so a quote at the start of a sentence is doubled and quoted, as its reader expects.
    let field = |sentence: &str| match sentence.replace('\t', " ").trim() {
        plain if !plain.contains('"') => plain.to_owned(),
        quoted => format!("\"{}\"", quoted.replace('"', "\"\"")),
    };
    let pairs = english.iter().zip(&translation).map(|(english, translation)| (field(english), field(translation)));
    let full = pairs.filter(|(english, translation)| !english.is_empty() && !translation.is_empty());
    Ok(full.map(|(english, translation)| format!("{english}\t{translation}\n")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::{Compression, write::GzEncoder};

    fn archive(folder: &Path, files: &[(&str, &str)]) -> std::path::PathBuf {
        let path = folder.join("pairs.tar.gz");
        let mut tar = tar::Builder::new(GzEncoder::new(File::create(&path).unwrap(), Compression::fast()));
        for (name, text) in files {
            let mut header = crate::archive::header(0o644, text.len() as u64);
            tar.append_data(&mut header, name, text.as_bytes()).unwrap();
        }
        tar.into_inner().unwrap().finish().unwrap();
        path
    }

    fn pairs(english: &str, translation: &str) -> Pairs {
        let hash = |text: &str| -> &'static str { sha256::of_parts([text]).leak() };
        Pairs { english: ("a.en", hash(english)), translation: ("a.de", hash(translation)), table: "a.tsv" }
    }

    #[test]
    fn two_files_become_a_table() {
        let folder = tempfile::tempdir().unwrap();
        let (english, german) = ("A dog.\n\nHe says \"no\".\n", "Ein Hund.\nNichts.\nEr sagt\tnein.\n");
        let archive = archive(folder.path(), &[("./a.en", english), ("./a.de", german)]);
        let table = folder.path().join("a.tsv");
        write(&archive, &pairs(english, german), &table).unwrap();
        let written = std::fs::read_to_string(table).unwrap();
        assert_eq!(written, "A dog.\tEin Hund.\n\"He says \"\"no\"\".\"\tEr sagt nein.\n");
    }

    #[test]
    fn nothing_is_written_of_an_archive_that_is_not_the_expected_one() {
        let folder = tempfile::tempdir().unwrap();
        let table = folder.path().join("a.tsv");
        for (files, expected, word) in [
            (&[("a.en", "A dog.\n")][..], pairs("A dog.\n", "Ein Hund.\n"), "holds no a.de"),
            (&[("a.en", "A cat.\n")], pairs("A dog.\n", "Ein Hund.\n"), "a.en in "),
            (&[("a.en", "A dog.\n"), ("a.de", "")], pairs("A dog.\n", ""), "1 lines stand beside 0"),
        ] {
            let archive = archive(folder.path(), files);
            let error = format!("{:#}", write(&archive, &expected, &table).unwrap_err());
            assert!(error.contains(word), "{error}");
            assert!(!table.exists());
        }
        let broken = folder.path().join("broken.tar.gz");
        std::fs::write(&broken, "<html>").unwrap();
        let error = format!("{:#}", write(&broken, &pairs("", ""), &table).unwrap_err());
        assert!(error.contains("cannot read") && error.contains("broken.tar.gz"), "{error}");
    }
}
