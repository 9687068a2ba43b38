//! Files appear whole or not at all.

use crate::{Error, Result};
use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;

/// Writes `bytes` under a temporary name in the same folder, synchronises, then renames: whoever reads `path` sees the old file or the new one.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(format!(".{}.tmp", std::process::id()));
    let temporary = path.with_file_name(name);
    let written = File::create(&temporary)
        .and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()))
        .and_then(|()| std::fs::rename(&temporary, path));
    written.map_err(|source| {
        // The first error is the one to report; a temporary file that cannot be removed either has the same cause.
        std::fs::remove_file(&temporary).ok();
        Error::File {
            path: path.to_path_buf(),
            doing: "write",
            source,
        }
    })
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
