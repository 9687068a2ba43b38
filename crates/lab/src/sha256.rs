//! SHA-256 in hexadecimal.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};

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

/// Counts and hashes what is read from, or written into, `inner`.
pub struct Hashing<T> {
    inner: T,
    bytes: u64,
    sha: Sha256,
}

impl<T> Hashing<T> {
    pub fn new(inner: T) -> Self {
        Self { inner, bytes: 0, sha: Sha256::new() }
    }

    /// What was read or written: how many bytes, and their hash.
    pub fn end(self) -> (T, u64, String) {
        (self.inner, self.bytes, hexadecimal(self.sha))
    }

    fn add(&mut self, bytes: &[u8]) {
        self.bytes += bytes.len() as u64;
        self.sha.update(bytes);
    }
}

impl<T: Read> Read for Hashing<T> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.add(&buffer[..read]);
        Ok(read)
    }
}

impl<T: Write> Write for Hashing<T> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.add(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

fn hexadecimal(sha: Sha256) -> String {
    let bytes = sha.finalize();
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
