//! Word vectors that somebody else trained: GloVe and word2vec files.

use crate::vocabulary::Vocabulary;
use crate::{Error, PAD, Result};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::fmt;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

/// No vector in use is longer: a larger number in a header is a broken file, not a reason to fill the memory.
const MAX_DIMENSION: usize = 1 << 16;
/// No word in a binary file is longer, in bytes.
const MAX_WORD: u64 = 1 << 12;

/// The vectors of a vocabulary's tokens.
#[derive(Debug, Clone, PartialEq)]
pub struct PretrainedEmbeddings {
    /// E, the length of a vector.
    pub dimension: usize,
    /// V*E numbers, one row for each id. The row of padding is zero; a token that is not in the file has small random numbers.
    pub vectors: Vec<f32>,
    /// For each id whether the file has it.
    pub found: Vec<bool>,
    /// How many vectors the file has.
    pub in_file: usize,
}

impl PretrainedEmbeddings {
    /// Reads a GloVe file (`word x_1 … x_E` in each line) or a word2vec text file (the same after a first line `N E`), line by line; only the rows of `vocabulary` are kept.
    /// Tokens that are not there are drawn from U(-0.05, 0.05) as Keras `Embedding` does, by the seed.
    ///
    /// Sources: Pennington et al. 2014 (GloVe), Mikolov et al. 2013 (word2vec).
    ///
    /// # Errors
    /// A line with another number of values, a value that is not a finite number, a word of the vocabulary twice, a header whose numbers do not hold.
    pub fn read_text(path: impl AsRef<Path>, vocabulary: &Vocabulary, seed: u64) -> Result<Self> {
        let path = path.as_ref();
        let file = File::open(path).map_err(Error::file(path, "open"))?;
        let mut lines = Lines {
            path,
            reader: BufReader::with_capacity(1 << 16, file),
            text: String::new(),
            number: 0,
        };
        if !lines.advance()? {
            return Err(Error::content(path, "word vectors", "an empty file"));
        }
        let first = lines.text.as_str();
        let fields: Vec<&str> = first.trim_end().split(' ').collect();
        let header = match fields[..] {
            [n, dimension] => Some((number(n), number(dimension))),
            _ => None,
        };
        let (dimension, promised) = match header {
            Some((Some(n), Some(dimension @ 1..=MAX_DIMENSION))) => (dimension, Some(n)),
            Some(_) => {
                return Err(Error::line(
                    path,
                    1,
                    "a header with two numbers, or a word and its vector",
                    format!("{first:?}"),
                ));
            }
            None if fields.len() > 2 => (fields.len() - 1, None),
            None => {
                return Err(Error::line(
                    path,
                    1,
                    "a word and its vector",
                    shortened(first),
                ));
            }
        };
        let mut embeddings = Self::random(vocabulary.len(), dimension, seed);
        if promised.is_none() {
            embeddings.add(path, 1, &lines.text, vocabulary)?;
        }
        while lines.advance()? {
            embeddings.add(path, lines.number, &lines.text, vocabulary)?;
        }
        match promised {
            Some(n) if n != embeddings.in_file => Err(Error::content(
                path,
                format!("{n} vectors, as its header says"),
                embeddings.in_file.to_string(),
            )),
            _ => Ok(embeddings),
        }
    }

    /// Reads a word2vec binary file (`N E`, a line end, then N times a word, a space and E little-endian 32-bit numbers), vector by vector; otherwise as [`PretrainedEmbeddings::read_text`].
    /// In errors the line is the number of the vector, the header being 1.
    pub fn read_word2vec(
        path: impl AsRef<Path>,
        vocabulary: &Vocabulary,
        seed: u64,
    ) -> Result<Self> {
        let path = path.as_ref();
        let mut reader = BufReader::with_capacity(
            1 << 16,
            File::open(path).map_err(Error::file(path, "open"))?,
        );
        let header = read_until(&mut reader, b'\n', path, 1)?;
        let (Some(n), Some(dimension @ 1..=MAX_DIMENSION)) = header
            .split_once(' ')
            .map(|(n, e)| (number(n), number(e)))
            .unwrap_or_default()
        else {
            return Err(Error::line(
                path,
                1,
                "a header with two numbers",
                shortened(&header),
            ));
        };
        let mut embeddings = Self::random(vocabulary.len(), dimension, seed);
        let mut bytes = vec![0; dimension * 4];
        for line in (2..).take(n) {
            let word = read_until(&mut reader, b' ', path, line)?;
            reader
                .read_exact(&mut bytes)
                .map_err(|source| match source.kind() {
                    std::io::ErrorKind::UnexpectedEof => Error::line(
                        path,
                        line,
                        format!("{n} vectors of {dimension} numbers"),
                        "the end of the file",
                    ),
                    _ => Error::File {
                        path: path.to_path_buf(),
                        doing: "read",
                        source,
                    },
                })?;
            let row: Vec<f32> = bytes
                .as_chunks()
                .0
                .iter()
                .map(|four| f32::from_le_bytes(*four))
                .collect();
            if let Some(value) = row.iter().find(|value| !value.is_finite()) {
                return Err(Error::line(
                    path,
                    line,
                    format!("{dimension} finite numbers after the word"),
                    value.to_string(),
                ));
            }
            embeddings.in_file += 1;
            embeddings.keep(path, line, word.trim_start_matches('\n'), &row, vocabulary)?;
        }
        Ok(embeddings)
    }

    /// The share of the vocabulary, without padding and unknown, that the file has.
    pub fn coverage(&self) -> f64 {
        let tokens = self.found.len().saturating_sub(2).max(1);
        self.found.iter().filter(|&&found| found).count() as f64 / tokens as f64
    }

    /// The vector of one id, E numbers.
    pub fn vector(&self, id: u32) -> &[f32] {
        &self.vectors[id as usize * self.dimension..][..self.dimension]
    }

    fn random(tokens: usize, dimension: usize, seed: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut vectors: Vec<f32> = (0..tokens * dimension)
            .map(|_| rng.random_range(-0.05..0.05))
            .collect();
        vectors[PAD as usize * dimension..][..dimension].fill(0.0);
        Self {
            dimension,
            vectors,
            found: vec![false; tokens],
            in_file: 0,
        }
    }

    fn add(&mut self, path: &Path, line: u64, text: &str, vocabulary: &Vocabulary) -> Result<()> {
        self.in_file += 1;
        // From the right, as some words of GloVe have spaces in them.
        let mut values = text.trim_end().rsplitn(self.dimension + 1, ' ');
        let numbers: Vec<&str> = values.by_ref().take(self.dimension).collect();
        let Some(word) = values.next().filter(|word| !word.is_empty()) else {
            return Err(Error::line(
                path,
                line,
                format!("a word and {} values", self.dimension),
                shortened(text),
            ));
        };
        let row = numbers
            .iter()
            .rev()
            .map(|value| match value.parse::<f32>() {
                Ok(number) if number.is_finite() => Ok(number),
                _ => Err(Error::line(
                    path,
                    line,
                    format!("{} finite numbers after the word", self.dimension),
                    format!("{value:?}"),
                )),
            });
        let row: Vec<f32> = row.collect::<Result<_>>()?;
        // A longer row shows as a word that ends with a number.
        if let Some((_, last)) = word
            .rsplit_once(' ')
            .filter(|(_, last)| last.parse::<f32>().is_ok_and(|_| last.contains('.')))
        {
            return Err(Error::line(
                path,
                line,
                format!("{} values", self.dimension),
                format!("more: {last:?} before them"),
            ));
        }
        self.keep(path, line, word, &row, vocabulary)
    }

    /// Keeps the vector of a word that is in the vocabulary.
    fn keep(
        &mut self,
        path: &Path,
        line: u64,
        word: &str,
        row: &[f32],
        vocabulary: &Vocabulary,
    ) -> Result<()> {
        if vocabulary.contains(word) {
            let id = vocabulary.id(word);
            if std::mem::replace(&mut self.found[id as usize], true) {
                return Err(Error::line(
                    path,
                    line,
                    "each word once",
                    format!("{word:?} again"),
                ));
            }
            self.vectors[id as usize * self.dimension..][..self.dimension].copy_from_slice(row);
        }
        Ok(())
    }
}

impl fmt::Display for PretrainedEmbeddings {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let found = self.found.iter().filter(|&&found| found).count();
        let tokens = self.found.len().saturating_sub(2);
        write!(
            f,
            "{found} of {tokens} tokens have a vector ({:.1} %); the file has {} vectors of {} numbers",
            100.0 * self.coverage(),
            self.in_file,
            self.dimension
        )
    }
}

struct Lines<'a> {
    path: &'a Path,
    reader: BufReader<File>,
    text: String,
    number: u64,
}

impl Lines<'_> {
    /// Reads the next line into `text`; false at the end of the file.
    fn advance(&mut self) -> Result<bool> {
        self.text.clear();
        self.number += 1;
        let read = self
            .reader
            .read_line(&mut self.text)
            .map_err(|source| match source.kind() {
                std::io::ErrorKind::InvalidData => {
                    Error::line(self.path, self.number, "UTF-8 text", "other bytes")
                }
                _ => Error::File {
                    path: self.path.to_path_buf(),
                    doing: "read",
                    source,
                },
            })?;
        self.text
            .truncate(self.text.trim_end_matches(['\n', '\r']).len());
        Ok(read > 0)
    }
}

/// The text before `end`, which is read too.
fn read_until(reader: &mut BufReader<File>, end: u8, path: &Path, line: u64) -> Result<String> {
    let mut bytes = Vec::new();
    reader
        .take(MAX_WORD)
        .read_until(end, &mut bytes)
        .map_err(Error::file(path, "read"))?;
    if bytes.pop() != Some(end) {
        return Err(Error::line(
            path,
            line,
            format!("a word and {end:?} after it", end = char::from(end)),
            "the end of the file or a longer word",
        ));
    }
    String::from_utf8(bytes).map_err(|_| Error::line(path, line, "UTF-8 text", "other bytes"))
}

fn number(text: &str) -> Option<usize> {
    text.parse().ok()
}

fn shortened(text: &str) -> String {
    format!("{:?}", text.chars().take(60).collect::<String>())
}
