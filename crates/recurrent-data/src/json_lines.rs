//! A file with one JSON object in each line.

use crate::rows::MAX_ROW_BYTES;
use crate::{Error, Result};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

/// Reads objects line by line, in bounded memory.
pub(crate) struct JsonLines {
    path: PathBuf,
    reader: BufReader<File>,
    line: u64,
    bytes: Vec<u8>,
}

impl JsonLines {
    pub fn open(path: &Path) -> Result<Self> {
        let file = File::open(path).map_err(Error::file(path, "open"))?;
        Ok(Self {
            path: path.to_path_buf(),
            reader: BufReader::with_capacity(1 << 16, file),
            line: 0,
            bytes: Vec::new(),
        })
    }

    /// The next object with its line, its values as text; blank lines are passed over. None at the end of the file.
    pub fn next_row(&mut self) -> Result<Option<(u64, BTreeMap<String, String>)>> {
        loop {
            self.line += 1;
            self.bytes.clear();
            let limit = MAX_ROW_BYTES as u64 + 1;
            let read = self
                .reader
                .by_ref()
                .take(limit)
                .read_until(b'\n', &mut self.bytes)
                .map_err(Error::file(&self.path, "read"))?;
            if read == 0 {
                return Ok(None);
            }
            if read > MAX_ROW_BYTES {
                return Err(self.error(
                    format!("a line of at most {} MB", MAX_ROW_BYTES >> 20),
                    "a longer one",
                ));
            }
            if !self.bytes.trim_ascii().is_empty() {
                let bytes = self
                    .bytes
                    .strip_prefix(b"\xEF\xBB\xBF")
                    .unwrap_or(&self.bytes);
                let row: BTreeMap<String, Value> = serde_json::from_slice(bytes)
                    .map_err(|error| self.error("a JSON object", error.to_string()))?;
                let row = row
                    .into_iter()
                    .map(|(name, value)| self.text(&name, value).map(|text| (name, text)));
                return Ok(Some((self.line, row.collect::<Result<_>>()?)));
            }
        }
    }

    fn text(&self, name: &str, value: Value) -> Result<String> {
        match value {
            Value::Null => Ok(String::new()),
            Value::String(text) => Ok(text),
            Value::Bool(_) | Value::Number(_) => Ok(value.to_string()),
            Value::Array(_) | Value::Object(_) => Err(self.error(
                format!("text or a number as {name:?}"),
                "a list or an object",
            )),
        }
    }

    fn error(&self, expected: impl Into<String>, found: impl Into<String>) -> Error {
        Error::line(&self.path, self.line, expected, found)
    }
}
