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

/// Reads a whole file that must be UTF-8.
pub(crate) fn read_text(path: &Path) -> Result<String> {
    let bytes = std::fs::read(path).map_err(Error::file(path, "read"))?;
    String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        let line = 1 + error.as_bytes()[..valid]
            .iter()
            .filter(|&&byte| byte == b'\n')
            .count() as u64;
        Error::line(path, line, "UTF-8 text", "other bytes")
    })
}

/// The name of the encoding, for a file that begins with UTF-16's byte order mark.
pub(crate) fn utf_16(path: &Path) -> Option<&'static str> {
    let mut start = [0; 2];
    File::open(path).ok()?.read_exact(&mut start).ok()?;
    matches!(start, [0xff, 0xfe] | [0xfe, 0xff]).then_some("UTF-16")
}
