//! A file with one JSON object in each line.

use crate::rows::MAX_ROW_BYTES;
use crate::{Error, Result, files};
use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, Visitor};
use serde_json::Value;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fmt;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

/// Reads objects line by line, in bounded memory.
pub(crate) struct JsonLines {
    path: PathBuf,
    reader: BufReader<File>,
    line: u64,
    bytes: Vec<u8>,
    /// How many lines were blank.
    pub blank: u64,
    /// How many values were null.
    pub nulls: u64,
}

impl JsonLines {
    pub fn open(path: &Path) -> Result<Self> {
        let file = File::open(path).map_err(Error::file(path, "open"))?;
        Ok(Self {
            path: path.to_path_buf(),
            reader: BufReader::with_capacity(1 << 16, file),
            line: 0,
            bytes: Vec::new(),
            blank: 0,
            nulls: 0,
        })
    }

    /// The next object with its line, its values as text; blank lines are passed over and counted, as is null, which
    /// becomes an empty text. None at the end of the file.
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
                return Err(self.error(format!("a line of at most {} MB", MAX_ROW_BYTES >> 20), "a longer one"));
            }
            let bytes = match self.line {
                1 => files::without_mark(&self.bytes),
                _ => &self.bytes,
            };
            if bytes.trim_ascii().is_empty() {
                self.blank += 1;
                continue;
            }
            let Fields(row) = serde_json::from_slice(bytes).map_err(|error| self.unlike(error))?;
            self.nulls += row.values().filter(|value| value.is_null()).count() as u64;
            let row = row.into_iter().map(|(name, value)| self.text(&name, value).map(|text| (name, text)));
            return Ok(Some((self.line, row.collect::<Result<_>>()?)));
        }
    }

    fn text(&self, name: &str, value: Value) -> Result<String> {
        match value {
            Value::Null => Ok(String::new()),
            Value::String(text) if text.contains('\0') => {
                Err(self.error(format!("text as {name:?}"), "a NUL character in it"))
            }
            Value::String(text) => Ok(text),
            Value::Bool(_) | Value::Number(_) => Ok(value.to_string()),
            Value::Array(_) | Value::Object(_) => {
                Err(self.error(format!("text or a number as {name:?}"), "a list or an object"))
            }
        }
    }

    /// The parser saw one line, so the line it counts says nothing.
    fn unlike(&self, error: serde_json::Error) -> Error {
        let expected = "a JSON object in each line";
        match files::is_utf_16(&self.path) {
            true => self.error("UTF-8 text", files::not_utf_8(&self.path, "")),
            false => self.error(expected, error.to_string().replace(" at line 1 column", " at column")),
        }
    }

    fn error(&self, expected: impl Into<String>, found: impl Into<String>) -> Error {
        Error::line(&self.path, self.line, expected, found)
    }
}

/// An object whose fields differ; a map alone would keep the last of two.
struct Fields(BTreeMap<String, Value>);

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(from: D) -> std::result::Result<Self, D::Error> {
        from.deserialize_map(FieldsVisitor)
    }
}

struct FieldsVisitor;

impl<'de> Visitor<'de> for FieldsVisitor {
    type Value = Fields;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> std::result::Result<Self::Value, M::Error> {
        let mut fields = BTreeMap::new();
        while let Some((name, value)) = map.next_entry::<String, Value>()? {
            match fields.entry(name) {
                Entry::Vacant(place) => place.insert(value),
                Entry::Occupied(first) => {
                    return Err(M::Error::custom(format!("the field {:?} twice", first.key())));
                }
            };
        }
        Ok(Fields(fields))
    }
}
