//! A delimited text file, row by row: in bounded memory, and every error with its line.

use crate::{Error, Result};
use csv::{ReaderBuilder, StringRecord};
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// The longest row that is read, in bytes: a longer one is almost surely a quote that nobody closed.
pub const MAX_ROW_BYTES: usize = 32 << 20;

/// How a delimited text file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RowFormat {
    /// The byte between two fields: `b','` or `b'\t'`.
    pub separator: u8,
    /// Whether the first row names the columns.
    pub header: bool,
}

/// Reads rows of a CSV or TSV file (RFC 4180: fields in double quotes may hold separators, line ends and doubled quotes; a backslash is a backslash).
///
/// Lines may end with `\n` or `\r\n`; a byte order mark is skipped; blank lines are skipped, as RFC 4180 readers do.
/// No row is dropped silently: one that does not fit is an error with its line.
pub struct Rows {
    path: PathBuf,
    reader: csv::Reader<Budget<File>>,
    record: StringRecord,
    /// The line and byte where the last row began.
    last: (u64, u64),
    columns: Option<usize>,
    names: Option<Vec<String>>,
}

/// One row and the line where it begins.
#[derive(Debug, Clone, Copy)]
pub struct RowRef<'a> {
    /// Counted from 1.
    pub line: u64,
    /// The fields, without their quotes.
    pub fields: &'a StringRecord,
}

impl Rows {
    /// Opens `path` and, where the format has a header, reads it.
    pub fn open(path: impl AsRef<Path>, format: RowFormat) -> Result<Self> {
        let path = path.as_ref().to_path_buf();
        let file = File::open(&path).map_err(Error::file(&path, "open"))?;
        let reader = ReaderBuilder::new()
            .delimiter(format.separator)
            .has_headers(false)
            .flexible(true)
            .buffer_capacity(1 << 16)
            .from_reader(Budget {
                inner: file,
                left: 0,
            });
        let mut rows = Self {
            path,
            reader,
            record: StringRecord::new(),
            last: (1, 0),
            columns: None,
            names: None,
        };
        if format.header {
            let names: Vec<String> = match rows.next_row()? {
                Some(row) => row
                    .fields
                    .iter()
                    .map(|name| name.trim().to_string())
                    .collect(),
                None => {
                    return Err(Error::content(
                        &rows.path,
                        "a header and rows",
                        "an empty file",
                    ));
                }
            };
            if let Some(twice) = names
                .iter()
                .enumerate()
                .find(|(i, name)| names[..*i].contains(name))
                .map(|(_, name)| name)
            {
                return Err(Error::line(
                    &rows.path,
                    1,
                    "column names that differ",
                    format!("{twice:?} twice"),
                ));
            }
            rows.names = Some(names);
        }
        Ok(rows)
    }

    /// The names in the header; none where the format has no header.
    pub fn names(&self) -> Option<&[String]> {
        self.names.as_deref()
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The next row, or none at the end of the file.
    pub fn next_row(&mut self) -> Result<Option<RowRef<'_>>> {
        self.reader.get_mut().left = MAX_ROW_BYTES;
        let before = self.reader.position().clone();
        let more = match self.reader.read_record(&mut self.record) {
            Ok(more) => more,
            Err(error) => return Err(self.explain(error, before.line())),
        };
        if !more {
            // The last row came; what it swallowed can be told only now.
            return self.check_quotes(self.last).map(|()| None);
        }
        let start = self.record.position().unwrap_or(&before).clone();
        self.last = (start.line(), start.byte());
        let expected = *self.columns.get_or_insert(self.record.len());
        if self.record.len() != expected {
            self.check_quotes(self.last)?;
            return Err(Error::line(
                &self.path,
                start.line(),
                format!("{expected} fields, as in the first row"),
                format!("{} (is the separator right?)", self.record.len()),
            ));
        }
        if let Some(column) = self.record.iter().position(|field| field.contains('\0')) {
            return Err(Error::line(
                &self.path,
                start.line(),
                "text",
                format!("a NUL byte in field {}", column + 1),
            ));
        }
        Ok(Some(RowRef {
            line: start.line(),
            fields: &self.record,
        }))
    }

    /// A quote that is never closed swallows the rest of the file into its row: from there on the quotes do not come in pairs.
    fn check_quotes(&self, (line, byte): (u64, u64)) -> Result<()> {
        let unreadable = |source| Error::File {
            path: self.path.clone(),
            doing: "read",
            source,
        };
        let mut file = File::open(&self.path).map_err(unreadable)?;
        file.seek(SeekFrom::Start(byte)).map_err(unreadable)?;
        let (mut quotes, mut lines, mut buffer) = (0usize, 0usize, vec![0u8; 1 << 16]);
        loop {
            let read = file.read(&mut buffer).map_err(unreadable)?;
            if read == 0 {
                break;
            }
            quotes += buffer[..read].iter().filter(|&&byte| byte == b'"').count();
            lines += buffer[..read].iter().filter(|&&byte| byte == b'\n').count();
        }
        if quotes % 2 == 1 && lines > 1 {
            return Err(Error::line(
                &self.path,
                line,
                "a closing quote (\")",
                "the end of the file",
            ));
        }
        Ok(())
    }

    fn explain(&self, error: csv::Error, line: u64) -> Error {
        let line = error.position().map_or(line, csv::Position::line);
        match error.into_kind() {
            csv::ErrorKind::Io(source) if source.kind() == io::ErrorKind::FileTooLarge => {
                Error::line(
                    &self.path,
                    line,
                    format!("a row of at most {} MB", MAX_ROW_BYTES >> 20),
                    "a longer one (is a quote left open?)",
                )
            }
            csv::ErrorKind::Io(source) => Error::File {
                path: self.path.clone(),
                doing: "read",
                source,
            },
            csv::ErrorKind::Utf8 { err, .. } => Error::line(
                &self.path,
                line,
                "UTF-8 text",
                format!("other bytes ({err}); save the file as UTF-8"),
            ),
            other => Error::line(&self.path, line, "a row of fields", format!("{other:?}")),
        }
    }
}

/// A reader that fails rather than let one row fill the memory.
struct Budget<R> {
    inner: R,
    left: usize,
}

impl<R: Read> Read for Budget<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        if read > self.left {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.left -= read;
        Ok(read)
    }
}
