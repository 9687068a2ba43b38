//! Delimited text byte by byte, as the `csv` crate cuts it: what a reader of rows cannot tell, found by reading the
//! file once more.

use crate::files::BYTE_ORDER_MARK;
use crate::{Error, Result};
use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::Path;

/// Where in its row a byte is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    RowStart,
    FieldStart,
    Field,
    Quoted,
    /// After a quote in quotes: the first half of a doubled one, or the end.
    QuoteSeen,
}

impl State {
    fn after(self, byte: u8, separator: u8) -> Self {
        use State::*;
        match (self, byte) {
            (Quoted, b'"') => QuoteSeen,
            (Quoted, _) | (RowStart | FieldStart | QuoteSeen, b'"') => Quoted,
            (_, b'\n' | b'\r') => RowStart,
            (_, byte) if byte == separator => FieldStart,
            // A quote elsewhere is text.
            _ => Field,
        }
    }
}

/// The line, counted from 1, of the row that the reader says begins at `start`: it means the line ends before it too.
/// `\n`, `\r\n` and a `\r` alone end a line, as they end a row.
pub(crate) fn line_of(path: &Path, start: u64) -> Result<u64> {
    let (mut line, mut after_return) = (1, false);
    let (first, bytes) = bytes(path, 0)?;
    for (byte, at) in bytes.zip(first..) {
        let byte = byte.map_err(Error::file(path, "read"))?;
        if at >= start && !matches!(byte, b'\n' | b'\r') {
            break;
        }
        line += u64::from(byte == b'\r' || byte == b'\n' && !after_return);
        after_return = byte == b'\r';
    }
    Ok(line)
}

/// Whether the row that begins at `start` is still in quotes where the file ends.
pub(crate) fn ends_in_quotes(path: &Path, separator: u8, start: u64) -> Result<bool> {
    let mut state = State::RowStart;
    for byte in bytes(path, start)?.1 {
        let byte = byte.map_err(Error::file(path, "read"))?;
        let next = state.after(byte, separator);
        if next == State::RowStart && state != State::RowStart {
            return Ok(false);
        }
        state = next;
    }
    Ok(state == State::Quoted)
}

/// How many lines hold nothing, those in quotes apart.
pub(crate) fn blank_lines(path: &Path, separator: u8) -> Result<u64> {
    let (mut blank, mut state, mut after_return) = (0, State::RowStart, false);
    for byte in bytes(path, 0)?.1 {
        let byte = byte.map_err(Error::file(path, "read"))?;
        let line_end = byte == b'\r' || byte == b'\n' && !after_return;
        blank += u64::from(line_end && state == State::RowStart);
        after_return = byte == b'\r';
        state = state.after(byte, separator);
    }
    Ok(blank)
}

/// The bytes of a file from `start` on, without a byte order mark, and the state of the first.
fn bytes(path: &Path, start: u64) -> Result<(u64, impl Iterator<Item = std::io::Result<u8>>)> {
    let mut first = start;
    let mut file = File::open(path).map_err(Error::file(path, "open"))?;
    file.seek(SeekFrom::Start(start)).map_err(Error::file(path, "read"))?;
    let mut reader = BufReader::with_capacity(1 << 16, file);
    if start == 0 {
        let mut mark = Vec::new();
        reader.by_ref().take(BYTE_ORDER_MARK.len() as u64).read_to_end(&mut mark).map_err(Error::file(path, "read"))?;
        if mark == BYTE_ORDER_MARK {
            first = mark.len() as u64;
        } else {
            reader.seek(SeekFrom::Start(0)).map_err(Error::file(path, "read"))?;
        }
    }
    Ok((first, reader.bytes()))
}

#[cfg(test)]
mod tests {
    use super::State;

    fn end_of(text: &str) -> State {
        text.bytes().fold(State::RowStart, |state, byte| state.after(byte, b','))
    }

    #[test]
    fn a_quote_opens_only_at_the_start_of_a_field() {
        for open in ["\"", "a,\"b", "a,\"b\"\"", "\"a\n\n", "a\n\"b"] {
            assert!(end_of(open) == State::Quoted, "{open}");
        }
        for closed in ["", "5\" disk,2\n\n\n", "\"a\"\"b\"", "a\"", "\"a\"b\"c"] {
            assert!(end_of(closed) != State::Quoted, "{closed}");
        }
    }
}
