//! The file that `cargo lab pack` writes: a tar archive of three members.
//!
//! - `lab`: this program, so that `tar -xf FILE lab` gives a machine without a network what unpacks the rest
//! - `pack.json`: the machine it was packed on, and length and hash of the rest
//! - `lesson.tar.gz`: the lesson's folder, made ready

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;

use anyhow::{Context, Result, bail};
use flate2::read::GzDecoder;
use serde::{Deserialize, Serialize};
use tar::{Builder, EntryType, Header};
use tempfile::NamedTempFile;

use crate::machine::Machine;
use crate::sha256::Hashing;

const PROGRAM: &str = "lab";
const DESCRIPTION: &str = "pack.json";
const LESSON: &str = "lesson.tar.gz";

/// 2000-01-01: cargo takes what it compiles for newer.
const LONG_AGO: u64 = 946_684_800;

/// Changes whenever an older program would misread the archive.
const FORMAT: u32 = 1;

#[derive(Debug, Serialize, Deserialize)]
struct Description {
    format: u32,
    machine: Machine,
    bytes: u64,
    sha256: String,
}

/// Writes the archive at `path`, or nothing. `lesson` writes the compressed lesson.
pub fn write(
    path: &Path,
    program: &[u8],
    machine: &Machine,
    lesson: impl FnOnce(&mut dyn Write) -> Result<()>,
) -> Result<()> {
    let folder = match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    };
    let cannot_write = || format!("cannot write {}", path.display());
    // The description stands before the lesson, so the lesson is written aside first.
    let aside = tempfile::tempfile_in(folder).with_context(cannot_write)?;
    let mut hashing = Hashing::new(aside);
    lesson(&mut hashing)?;
    let (mut aside, bytes, sha256) = hashing.end();
    io::Seek::rewind(&mut aside)?;

    let machine = machine.clone();
    let description = serde_json::to_vec_pretty(&Description { format: FORMAT, machine, bytes, sha256 })?;
    // With the permissions of any new file.
    let fresh = tempfile::Builder::new().prefix(".pack-").make_in(folder, |path| File::create_new(path));
    let fresh: NamedTempFile = fresh.with_context(cannot_write)?;
    let mut archive = Builder::new(fresh);
    let mut append = |name: &str, mode: u32, bytes: u64, content: &mut dyn Read| {
        archive.append_data(&mut header(mode, bytes), name, content).with_context(cannot_write)
    };
    append(PROGRAM, 0o755, program.len() as u64, &mut &program[..])?;
    append(DESCRIPTION, 0o644, description.len() as u64, &mut &description[..])?;
    append(LESSON, 0o644, bytes, &mut aside)?;
    let fresh = archive.into_inner().with_context(cannot_write)?;
    fresh.as_file().sync_all().with_context(cannot_write)?;
    fresh.persist(path).with_context(cannot_write)?;
    Ok(())
}

/// The header of a file that says nothing of who packed it, and when.
pub fn header(mode: u32, bytes: u64) -> Header {
    let mut header = Header::new_gnu();
    header.set_entry_type(EntryType::Regular);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mode(mode);
    header.set_size(bytes);
    header.set_mtime(LONG_AGO);
    header
}

/// An archive that is whole in length, and made for a machine like this one.
pub struct Archive {
    file: File,
    machine: Machine,
    bytes: u64,
    sha256: String,
}

impl Archive {
    /// Opens it.
    ///
    /// # Errors
    /// When it is none, is cut off, or was packed for another machine.
    pub fn open(path: &Path) -> Result<Self> {
        let file = File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
        Self::examine(file).with_context(|| format!("{} cannot be unpacked", path.display()))
    }

    fn examine(file: File) -> Result<Self> {
        let length = file.metadata()?.len();
        let not_ours = "it is no archive of `cargo lab pack`, or its beginning is damaged: copy it again";
        let mut archive = tar::Archive::new(file);
        let mut members = archive.entries_with_seek().context(not_ours)?;
        let mut next = |name: &str| {
            let member = members.next().and_then(Result::ok).context(not_ours)?;
            anyhow::ensure!(&*member.path_bytes() == name.as_bytes(), not_ours);
            Ok(member)
        };
        next(PROGRAM)?;
        let description: serde_json::Value = serde_json::from_reader(next(DESCRIPTION)?).context(not_ours)?;
        if description["format"] != FORMAT {
            bail!(
                "it has the format {}, and this program reads {FORMAT}: use the `{PROGRAM}` inside it \
                 (`tar -xf FILE {PROGRAM}`)",
                description["format"]
            );
        }
        let Description { machine, bytes, sha256, .. } = serde_json::from_value(description).context(not_ours)?;
        let starts = next(LESSON)?.raw_file_position();
        if length < starts + bytes {
            bail!("it is cut off after {length} of {} bytes: copy it again", starts + bytes);
        }
        machine.fits()?;
        let mut file = archive.into_inner();
        io::Seek::seek(&mut file, io::SeekFrom::Start(starts))?;
        Ok(Self { file, machine, bytes, sha256 })
    }

    /// The machine it was packed on.
    pub fn machine(&self) -> &Machine {
        &self.machine
    }

    /// Unpacks the lesson into a folder, and compares its hash.
    ///
    /// # Errors
    /// When the archive is damaged: then what is in the folder is worth nothing.
    pub fn unpack_into(self, folder: &Path) -> Result<()> {
        let mut lesson = Hashing::new(self.file.take(self.bytes));
        let unpacked = tar::Archive::new(GzDecoder::new(&mut lesson)).unpack(folder);
        io::copy(&mut lesson, &mut io::sink()).context("cannot read the archive")?;
        let (_, _, sha256) = lesson.end();
        if sha256 != self.sha256 {
            bail!("the archive is damaged: its lesson has the hash {sha256}, not {}: copy it again", self.sha256);
        }
        unpacked.with_context(|| format!("cannot unpack into {}", folder.display()))
    }
}
