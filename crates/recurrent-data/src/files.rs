//! Files appear whole or not at all.

use crate::{Error, Result};
use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;
use tempfile::Builder;

/// Writes a temporary file beside `path`, synchronises, then renames it: a reader sees the old file or the new one,
/// whatever other threads and processes write at the same time.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let write = || -> std::io::Result<File> {
        // With the permissions of any new file: by itself tempfile makes files that only their owner can read.
        let mut file = Builder::new().make_in(path.with_file_name(""), |path| File::create_new(path))?;
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        Ok(file.persist(path)?)
    };
    write().map(drop).map_err(Error::file(path, "write"))
}

/// How some programs begin a UTF-8 file.
pub(crate) const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// The beginning of a file without its byte order mark.
pub(crate) fn without_mark(start: &[u8]) -> &[u8] {
    start.strip_prefix(BYTE_ORDER_MARK).unwrap_or(start)
}

/// Reads a whole file that must be UTF-8; a byte order mark is passed over.
pub(crate) fn read_text(path: &Path) -> Result<String> {
    let bytes = std::fs::read(path).map_err(Error::file(path, "read"))?;
    String::from_utf8(without_mark(&bytes).to_vec()).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        let line = 1 + error.as_bytes()[..valid].iter().filter(|&&byte| byte == b'\n').count() as u64;
        Error::line(path, line, "UTF-8 text", not_utf_8(path, ""))
    })
}

/// Whether a file begins with UTF-16's byte order mark.
pub(crate) fn is_utf_16(path: &Path) -> bool {
    let mut start = [0; 2];
    let read = File::open(path).and_then(|mut file| file.read_exact(&mut start));
    read.is_ok() && matches!(start, [0xff, 0xfe] | [0xfe, 0xff])
}

/// What a file holds that is not UTF-8, `at` saying where, and what to do.
pub(crate) fn not_utf_8(path: &Path, at: &str) -> String {
    match is_utf_16(path) {
        true => "UTF-16; save the file as UTF-8".into(),
        false => format!("other bytes{at}; save the file as UTF-8"),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn threads_that_write_one_file_do_not_collide() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("vocabulary.txt");
        std::thread::scope(|scope| {
            for letter in b'a'..b'e' {
                let path = &path;
                scope.spawn(move || {
                    for _ in 0..30 {
                        super::write(path, &[letter; 20_000]).unwrap();
                        let there = std::fs::read(path).unwrap();
                        assert_eq!(there, [there[0]; 20_000], "two writers are mixed");
                    }
                });
            }
        });
        assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1, "no temporary file stays");
    }
}
