//! Files appear whole or not at all.

use crate::{Error, Result};
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;

/// Writes `bytes` under a temporary name of its own in the same folder, synchronises, then renames: whoever reads
/// `path` sees the old file or the new one, and several threads and processes may write it.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let write = || -> io::Result<()> {
        let mut temporary = tempfile::Builder::new();
        #[cfg(unix)] // as any new file, and not for its owner alone
        temporary.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        let mut file = temporary.prefix(".").tempfile_in(folder)?;
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        file.persist(path)?;
        Ok(())
    };
    write().map_err(Error::file(path, "write"))
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
        let line = 1 + error.as_bytes()[..valid]
            .iter()
            .filter(|&&byte| byte == b'\n')
            .count() as u64;
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
    use super::*;
    use std::{fs, thread};

    /// Each write has a temporary name of its own, so none takes away another one's, and a reader finds one whole.
    #[test]
    fn several_threads_may_write_one_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.txt");
        let contents = [b'a', b'b', b'c', b'd'].map(|letter| vec![letter; 10_000]);
        write(&path, &contents[0]).unwrap();
        thread::scope(|scope| {
            let writers = contents.each_ref().map(|bytes| {
                let path = &path;
                scope.spawn(move || (0..30).try_for_each(|_| write(path, bytes)))
            });
            while !writers.iter().all(|writer| writer.is_finished()) {
                assert!(contents.contains(&fs::read(&path).unwrap()));
            }
            for writer in writers {
                writer.join().unwrap().unwrap();
            }
        });
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
