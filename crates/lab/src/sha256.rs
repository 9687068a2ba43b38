//! SHA-256 in hexadecimal.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};

use sha2::{Digest, Sha256};

/// Of a whole file.
pub fn of_file(file: &mut File) -> std::io::Result<String> {
    file.seek(SeekFrom::Start(0))?;
    let mut sha = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(hexadecimal(sha)),
            read => sha.update(&buffer[..read]),
        }
    }
}

/// Of several texts or files, each with its length, so that no two lists have one hash.
pub fn of_parts(parts: impl IntoIterator<Item = impl AsRef<[u8]>>) -> String {
    let mut sha = Sha256::new();
    for part in parts {
        sha.update((part.as_ref().len() as u64).to_le_bytes());
        sha.update(part);
    }
    hexadecimal(sha)
}

fn hexadecimal(sha: Sha256) -> String {
    let bytes = sha.finalize();
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
