//! Word vectors in files: GloVe, word2vec and fastText text, word2vec binary.
//!
//! The crate `finalfusion` 0.18 reads these and fastText's binary files too; it would bring ndarray, rand 0.8 and 60
//! crates more into every start of a notebook, so it is not used. fastText's text file (`.vec`) is read here; its
//! binary file holds the same vectors and those of parts of words, for words that are not in it.

use crate::embeddings::MAX_DIMENSION;
use crate::vocabulary::Vocabulary;
use crate::{Error, PretrainedEmbeddings, Result, files};
use std::fmt::Write;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

/// No word is longer, in bytes, and no line of text, which holds a word and its numbers.
const MAX_WORD: u64 = 1 << 12;
const MAX_LINE: u64 = MAX_WORD + 64 * MAX_DIMENSION as u64;

impl PretrainedEmbeddings {
    /// Reads a GloVe file (`word x_1 … x_E` in each line) or a word2vec or fastText text file (the same after a first
    /// line `N E`), line by line; only the rows of `vocabulary` are kept. Tokens that are not there are drawn from
    /// U(-0.05, 0.05) as Keras `Embedding` does, by the seed. [`PretrainedEmbeddings::found`] says how many were there.
    ///
    /// Sources: Pennington et al. 2014 (GloVe), Mikolov et al. 2013 (word2vec), Bojanowski et al. 2017 (fastText).
    ///
    /// # Errors
    /// A line with another number of values (words with spaces are read where the file has no header and their last
    /// part is no number), a value that is not a finite number, a word of the vocabulary twice, a header whose numbers
    /// do not hold.
    pub fn read_text(path: impl AsRef<Path>, vocabulary: &Vocabulary, seed: u64) -> Result<Self> {
        let path = path.as_ref();
        let mut lines = Lines::open(path)?;
        if !lines.advance()? {
            return Err(Error::content(path, "word vectors", "an empty file"));
        }
        let fields: Vec<&str> = lines.text.trim_end().split(' ').collect();
        let header = match fields[..] {
            [n, dimension] => Some((number(n), number(dimension))),
            _ => None,
        };
        let (dimension, promised) = match header {
            Some((Some(n), Some(dimension @ 1..=MAX_DIMENSION))) => (dimension, Some(n)),
            Some(_) => {
                return Err(lines.unlike("a header with two numbers, or a word and its vector"));
            }
            None if (3..=MAX_DIMENSION + 1).contains(&fields.len()) => (fields.len() - 1, None),
            None => return Err(lines.unlike("a word and its vector")),
        };
        let mut embeddings = Self::random(vocabulary, dimension, seed);
        let mut in_file = 0;
        let mut vector = Vec::with_capacity(dimension);
        let mut more = promised.is_none() || lines.advance()?;
        while more {
            let word = lines.word_and_vector(dimension, promised.is_some(), &mut vector)?;
            if !embeddings.keep(word, &vector) {
                return Err(lines.error("each word once", format!("{word:?} again")));
            }
            in_file += 1;
            more = lines.advance()?;
        }
        match promised {
            Some(n) if n != in_file => {
                Err(Error::content(path, format!("{n} vectors, as its header says"), in_file.to_string()))
            }
            _ => Ok(embeddings.read_from(path, in_file)),
        }
    }

    /// Writes the tokens that have a vector as a word2vec text file, which [`PretrainedEmbeddings::read_text`], gensim
    /// and others read; the numbers read back are the same to the last bit.
    ///
    /// # Errors
    /// A token with white space in it, which that format cannot hold, or a file that cannot be written.
    pub fn save_text(&self, path: impl AsRef<Path>) -> Result<()> {
        let mut text = format!("{} {}\n", self.found(), self.dimension());
        for token in self.vocabulary().tokens() {
            let Some(vector) = self.vector(token) else {
                continue;
            };
            if token.contains(char::is_whitespace) {
                return Err(Error::argument(
                    "PretrainedEmbeddings::save_text",
                    "tokens without white space, as the format separates by spaces",
                    format!("{token:?}"),
                ));
            }
            text.push_str(token);
            for value in vector {
                // Writing to a String cannot fail.
                let _ = write!(text, " {value}");
            }
            text.push('\n');
        }
        files::write(path.as_ref(), text.as_bytes())
    }

    /// Reads a word2vec binary file (`N E`, a line end, then N times a word, a space and E little-endian 32-bit
    /// numbers), vector by vector; otherwise as [`PretrainedEmbeddings::read_text`]. In errors the line is the number
    /// of the vector, the header being 1.
    ///
    /// # Errors
    /// As [`PretrainedEmbeddings::read_text`], and a file that ends too soon or goes on after its last vector.
    pub fn read_word2vec(path: impl AsRef<Path>, vocabulary: &Vocabulary, seed: u64) -> Result<Self> {
        let path = path.as_ref();
        let file = File::open(path).map_err(Error::file(path, "open"))?;
        let mut reader = BufReader::with_capacity(1 << 16, file);
        let header = read_until(&mut reader, b'\n', path, 1)?;
        let (Some(n), Some(dimension @ 1..=MAX_DIMENSION)) =
            header.trim_end().split_once(' ').map(|(n, e)| (number(n), number(e))).unwrap_or_default()
        else {
            let expected = "a header with two numbers";
            return Err(Error::line(path, 1, expected, shortened(&header)));
        };
        let mut embeddings = Self::random(vocabulary, dimension, seed);
        let mut bytes = vec![0; dimension * 4];
        for line in (2..).take(n) {
            let word = read_until(&mut reader, b' ', path, line)?;
            reader.read_exact(&mut bytes).map_err(|source| match source.kind() {
                std::io::ErrorKind::UnexpectedEof => {
                    Error::line(path, line, format!("{n} vectors of {dimension} numbers"), "the end of the file")
                }
                _ => Error::file(path, "read")(source),
            })?;
            embeddings.keep_finite(path, line, word.trim_start_matches('\n'), &numbers(&bytes))?;
        }
        let mut rest = Vec::new();
        let rest = reader.take(2).read_to_end(&mut rest).map(|_| rest);
        match rest.map_err(Error::file(path, "read"))?.as_slice() {
            // The original program ends each vector with a line end, others do not.
            b"" | b"\n" => Ok(embeddings.read_from(path, n)),
            _ => Err(Error::content(path, format!("{n} vectors, as its header says"), "more after them")),
        }
    }

    /// Keeps a vector whose word stands in `line` of `path`.
    fn keep_finite(&mut self, path: &Path, line: u64, word: &str, vector: &[f32]) -> Result<()> {
        if let Some(value) = vector.iter().find(|value| !value.is_finite()) {
            let expected = format!("{} finite numbers for {word:?}", vector.len());
            return Err(Error::line(path, line, expected, value.to_string()));
        }
        if !self.keep(word, vector) {
            return Err(Error::line(path, line, "each word once", format!("{word:?} again")));
        }
        Ok(())
    }

    fn read_from(self, path: &Path, in_file: usize) -> Self {
        self.with_source(format!("{}, {in_file} vectors", path.display()))
    }
}

struct Lines<'a> {
    path: &'a Path,
    reader: BufReader<File>,
    text: String,
    number: u64,
}

impl<'a> Lines<'a> {
    fn open(path: &'a Path) -> Result<Self> {
        let file = File::open(path).map_err(Error::file(path, "open"))?;
        Ok(Self { path, reader: BufReader::with_capacity(1 << 16, file), text: String::new(), number: 0 })
    }

    /// Reads the next line into `text`, without its end; false at the end of the file.
    fn advance(&mut self) -> Result<bool> {
        self.number += 1;
        let mut bytes = std::mem::take(&mut self.text).into_bytes();
        bytes.clear();
        let read = self
            .reader
            .by_ref()
            .take(MAX_LINE)
            .read_until(b'\n', &mut bytes)
            .map_err(Error::file(self.path, "read"))?;
        if read as u64 == MAX_LINE && bytes.last() != Some(&b'\n') {
            let expected = format!("a line of at most {MAX_LINE} bytes");
            return Err(self.error(expected, "a longer one"));
        }
        if self.number == 1 && bytes.starts_with(files::BYTE_ORDER_MARK) {
            bytes.drain(..files::BYTE_ORDER_MARK.len());
        }
        self.text = String::from_utf8(bytes).map_err(|_| self.error("UTF-8 text", files::not_utf_8(self.path, "")))?;
        let end = self.text.trim_end_matches(['\n', '\r']).len();
        self.text.truncate(end);
        Ok(read > 0)
    }

    /// The word of this line; its numbers go to `vector`. A file with a header has no words with spaces in them.
    fn word_and_vector(&self, dimension: usize, header: bool, vector: &mut Vec<f32>) -> Result<&str> {
        // From the right, as some words of GloVe have spaces in them.
        let mut fields = self.text.trim_end().rsplitn(dimension + 1, ' ');
        let values: Vec<&str> = fields.by_ref().take(dimension).collect();
        let Some(word) = fields.next().filter(|word| !word.is_empty()) else {
            return Err(self.unlike(format!("a word and {dimension} values")));
        };
        vector.clear();
        for value in values.iter().rev() {
            match value.parse::<f32>() {
                Ok(number) if number.is_finite() => vector.push(number),
                _ => {
                    let expected = format!("{dimension} finite numbers after the word");
                    return Err(self.error(expected, shortened(value)));
                }
            }
        }
        if word.contains('\0') {
            return Err(self.error("a word", format!("a NUL byte in {}", shortened(word))));
        }
        // A longer row shows as a word that ends with a number, or has spaces where none may be.
        let last = word.rsplit_once(' ').map(|(_, last)| last);
        match last.filter(|last| header || last.parse::<f32>().is_ok()) {
            Some(last) => {
                Err(self
                    .error(format!("a word and {dimension} values"), format!("more: {} before them", shortened(last))))
            }
            None => Ok(word),
        }
    }

    fn unlike(&self, expected: impl Into<String>) -> Error {
        self.error(expected, shortened(&self.text))
    }

    fn error(&self, expected: impl Into<String>, found: impl Into<String>) -> Error {
        Error::line(self.path, self.number, expected, found)
    }
}

/// The text before `end`, which is read too.
fn read_until(reader: &mut BufReader<File>, end: u8, path: &Path, line: u64) -> Result<String> {
    let mut bytes = Vec::new();
    reader.take(MAX_WORD).read_until(end, &mut bytes).map_err(Error::file(path, "read"))?;
    if bytes.pop() != Some(end) {
        return Err(Error::line(
            path,
            line,
            format!("a word and {end:?} after it", end = char::from(end)),
            "the end of the file or a longer word",
        ));
    }
    String::from_utf8(bytes).map_err(|_| Error::line(path, line, "UTF-8 text", files::not_utf_8(path, "")))
}

/// Little-endian 32-bit numbers.
fn numbers(bytes: &[u8]) -> Vec<f32> {
    let four = bytes.as_chunks().0.iter();
    four.map(|four| f32::from_le_bytes(*four)).collect()
}

fn number(text: &str) -> Option<usize> {
    text.parse().ok()
}

fn shortened(text: &str) -> String {
    format!("{:?}", text.chars().take(60).collect::<String>())
}
