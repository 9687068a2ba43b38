//! A delimited text file, row by row: in bounded memory, and every error with its line.

use crate::{Error, Result, files, row_scan};
use csv::{ReaderBuilder, StringRecord};
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// The longest row that is read, in bytes: a longer one is almost surely a quote that nobody closed.
pub const MAX_ROW_BYTES: usize = 32 << 20;

/// How a delimited text file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RowFormat {
    /// The byte between two fields: `b','` or `b'\t'`; any of ASCII but a quote, a line end or NUL.
    pub separator: u8,
    /// Whether the first row names the columns.
    pub header: bool,
}

/// Reads rows of a CSV or TSV file (RFC 4180: fields in double quotes may hold separators, line ends and doubled
/// quotes; a backslash is a backslash).
///
/// Lines may end with `\n` or `\r\n`; a byte order mark is skipped; blank lines are skipped, as RFC 4180 readers do,
/// and [`Rows::blank_lines`] counts them. No row is dropped silently: one that does not fit is an error with its line.
pub struct Rows {
    path: PathBuf,
    reader: csv::Reader<Budget<File>>,
    separator: u8,
    record: StringRecord,
    /// The byte where the last row began.
    last: u64,
    columns: Option<usize>,
    names: Option<Vec<String>>,
}

/// One row and where it begins.
#[derive(Debug, Clone, Copy)]
pub struct RowRef<'a> {
    /// The byte of the file from which it was read, line ends before it included; [`Rows::line_of`] makes a line of it.
    pub start: u64,
    /// The fields, without their quotes.
    pub fields: &'a StringRecord,
}

impl Rows {
    /// Opens `path` and, where the format has a header, reads it.
    ///
    /// # Errors
    /// A separator that cannot be one, a file that cannot be opened, and where there is a header: an empty file, a name
    /// twice, what [`Rows::next_row`] finds wrong.
    pub fn open(path: impl AsRef<Path>, format: RowFormat) -> Result<Self> {
        let path = path.as_ref().to_path_buf();
        if !format.separator.is_ascii() || b"\"\n\r\0".contains(&format.separator) {
            return Err(Error::argument(
                "RowFormat",
                "a separator of ASCII that is no quote, line end or NUL",
                format!("b'{}'", format.separator.escape_ascii()),
            ));
        }
        let file = File::open(&path).map_err(Error::file(&path, "open"))?;
        let reader = ReaderBuilder::new()
            .delimiter(format.separator)
            .has_headers(false)
            .flexible(true)
            .buffer_capacity(1 << 16)
            .from_reader(Budget { inner: file, left: 0 });
        let mut rows = Self {
            path,
            reader,
            separator: format.separator,
            record: StringRecord::new(),
            last: 0,
            columns: None,
            names: None,
        };
        if format.header {
            let names: Vec<String> = match rows.next_row()? {
                Some(row) => row.fields.iter().map(|name| name.trim().to_string()).collect(),
                None => {
                    return Err(Error::content(&rows.path, "a header and rows", "an empty file"));
                }
            };
            if let Some(twice) =
                names.iter().enumerate().find(|(i, name)| names[..*i].contains(name)).map(|(_, name)| name)
            {
                let found = format!("{twice:?} twice (if the first row is data, the file has no header)");
                return Err(rows.error(rows.last, "column names that differ", found));
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
    ///
    /// # Errors
    /// A row with another number of fields than the first, one in which a quote is never closed, one that is too long,
    /// bytes that are not UTF-8, a NUL byte, a file that cannot be read.
    pub fn next_row(&mut self) -> Result<Option<RowRef<'_>>> {
        self.reader.get_mut().left = MAX_ROW_BYTES;
        let start = self.reader.position().byte();
        match self.reader.read_record(&mut self.record) {
            Ok(true) => self.last = start,
            // Whether the quotes of the last row are closed is known only now.
            Ok(false) => return self.check_quotes(self.last).map(|()| None),
            Err(error) => return Err(self.explain(error, start)),
        }
        let expected = *self.columns.get_or_insert(self.record.len());
        if self.record.len() != expected {
            self.check_quotes(start)?;
            let found = format!("{} (is the separator right?)", self.record.len());
            let expected = format!("{expected} fields, as in the first row");
            return Err(self.error(start, expected, found));
        }
        if let Some(column) = self.record.iter().position(|field| field.contains('\0')) {
            let found = format!("a NUL byte in {} (is the file UTF-16?)", self.column(column));
            return Err(self.error(start, "text", found));
        }
        Ok(Some(RowRef { start, fields: &self.record }))
    }

    /// The line, counted from 1, on which a row begins whose [`RowRef::start`] this is. The file is read once more, up
    /// to there: it is meant for errors.
    ///
    /// # Errors
    /// A file that cannot be read again.
    pub fn line_of(&self, start: u64) -> Result<u64> {
        row_scan::line_of(&self.path, start)
    }

    /// How many blank lines the file has, which are not rows. The whole file is read once more.
    ///
    /// # Errors
    /// A file that cannot be read again.
    pub fn blank_lines(&self) -> Result<u64> {
        row_scan::blank_lines(&self.path, self.separator)
    }

    /// A quote that is never closed swallows the rest of the file into its row.
    fn check_quotes(&self, start: u64) -> Result<()> {
        match row_scan::ends_in_quotes(&self.path, self.separator, start) {
            Ok(true) => Err(self.error(start, "a closing quote (\")", "the end of the file")),
            other => other.map(|_| ()),
        }
    }

    /// A column in words: its name, or else its number from 1.
    fn column(&self, index: usize) -> String {
        match self.names.as_ref().and_then(|names| names.get(index)) {
            Some(name) => format!("column {name:?}"),
            None => format!("field {}", index + 1),
        }
    }

    /// An error in the row from `start`; where the file cannot be read again for its line, that error.
    fn error(&self, start: u64, expected: impl Into<String>, found: impl Into<String>) -> Error {
        match self.line_of(start) {
            Ok(line) => Error::line(&self.path, line, expected, found),
            Err(unreadable) => unreadable,
        }
    }

    fn explain(&self, error: csv::Error, start: u64) -> Error {
        match error.into_kind() {
            csv::ErrorKind::Io(source) if source.kind() == io::ErrorKind::FileTooLarge => {
                let expected = format!("a row of at most {} MB", MAX_ROW_BYTES >> 20);
                self.error(start, expected, "a longer one (is a quote left open?)")
            }
            csv::ErrorKind::Io(source) => Error::file(&self.path, "read")(source),
            csv::ErrorKind::Utf8 { err, .. } => {
                let at = format!(" in {}", self.column(err.field()));
                self.error(start, "UTF-8 text", files::not_utf_8(&self.path, &at))
            }
            other => self.error(start, "a row of fields", format!("{other:?}")),
        }
    }
}

/// A reader that fails before one row fills the memory.
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
