//! A vector for each token of a vocabulary, trained before: by somebody else
//! ([`embedding_files`](crate::embedding_files)) or on a corpus of your own.

use crate::printable::printable;
use crate::vocabulary::{PAD_TOKEN, UNK_TOKEN, Vocabulary};
use crate::{Error, PAD, Result, UNK};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::fmt;

/// No vector in use is longer: a larger number in a broken header is no reason to fill the memory.
pub(crate) const MAX_DIMENSION: usize = 1 << 12;

/// The vectors of a vocabulary's tokens: V rows of E numbers.
///
/// ```
/// use recurrent_data::{PretrainedEmbeddings, Vocabulary};
/// let words = Vocabulary::new(["rain", "snow", "goal"].map(String::from))?;
/// let vectors = vec![0.0, 0.0,  0.0, 0.0,  0.9, 0.1,  0.8, 0.2,  0.1, 0.9]; // padding, unknown, rain, snow, goal
/// let embeddings = PretrainedEmbeddings::new(words, vectors, |_| true, "by hand")?;
/// assert_eq!(embeddings.vector("snow"), Some(&[0.8, 0.2][..]));
/// assert_eq!(embeddings.nearest("rain", 1)?.words[0].0, "snow");
/// assert_eq!(embeddings.to_string(), "3 of 3 tokens have a vector of 2 numbers (100.0 %): by hand");
/// # Ok::<(), recurrent_data::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct PretrainedEmbeddings {
    vocabulary: Vocabulary,
    dimension: usize,
    vectors: Vec<f32>,
    found: Vec<bool>,
    source: String,
}

/// The tokens whose vectors point most nearly in the direction of one token's. It prints as a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Neighbors {
    /// The token that was asked about.
    pub of: String,
    /// The others with their cosine similarity, from -1 to 1, the most similar first.
    pub words: Vec<(String, f32)>,
}

impl PretrainedEmbeddings {
    /// `vectors` holds V*E numbers, a row for each id of `vocabulary`; `found` says which ids, from 2 on, have a vector
    /// that means something; `source` says in words where they are from.
    ///
    /// # Errors
    /// Another number of numbers than a whole number of columns, or one that is not finite.
    pub fn new(
        vocabulary: Vocabulary,
        vectors: Vec<f32>,
        found: impl Fn(u32) -> bool,
        source: impl Into<String>,
    ) -> Result<Self> {
        let rows = vocabulary.len();
        if vectors.is_empty() || !vectors.len().is_multiple_of(rows) {
            return Err(Error::argument(
                "PretrainedEmbeddings::new",
                format!("as many numbers for each of the {rows} ids"),
                format!("{} numbers", vectors.len()),
            ));
        }
        let dimension = vectors.len() / rows;
        if let Some(place) = vectors.iter().position(|value| !value.is_finite()) {
            let (id, value) = (place / dimension, vectors[place]);
            return Err(Error::argument(
                "PretrainedEmbeddings::new",
                "finite numbers",
                format!("{value} for id {id}, {:?}", vocabulary.tokens()[id]),
            ));
        }
        Ok(Self {
            found: (0..rows as u32).map(|id| id > UNK && found(id)).collect(),
            vocabulary,
            dimension,
            vectors,
            source: source.into(),
        })
    }

    /// Rows to be filled: padding is zero, all others are drawn from U(-0.05, 0.05), as Keras `Embedding` does, by the
    /// seed.
    pub(crate) fn random(vocabulary: &Vocabulary, dimension: usize, seed: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut vectors: Vec<f32> = (0..vocabulary.len() * dimension).map(|_| rng.random_range(-0.05..0.05)).collect();
        vectors[PAD as usize * dimension..][..dimension].fill(0.0);
        Self {
            dimension,
            vectors,
            found: vec![false; vocabulary.len()],
            vocabulary: vocabulary.clone(),
            source: String::new(),
        }
    }

    /// Keeps the vector of a word that is in the vocabulary; false if the word has one already. Padding stays zero; the
    /// unknown token may have a vector, but is not counted.
    pub(crate) fn keep(&mut self, word: &str, vector: &[f32]) -> bool {
        let id = self.vocabulary.id(word);
        if word == PAD_TOKEN || (id == UNK && word != UNK_TOKEN) {
            return true;
        }
        self.vectors[id as usize * self.dimension..][..self.dimension].copy_from_slice(vector);
        id == UNK || !std::mem::replace(&mut self.found[id as usize], true)
    }

    pub(crate) fn with_source(self, source: String) -> Self {
        Self { source, ..self }
    }

    /// The tokens and their ids.
    pub fn vocabulary(&self) -> &Vocabulary {
        &self.vocabulary
    }

    /// E, the length of a vector.
    pub fn dimension(&self) -> usize {
        self.dimension
    }

    /// All V*E numbers, one row for each id.
    pub fn vectors(&self) -> &[f32] {
        &self.vectors
    }

    /// Whether an id has a vector that means something: padding, unknown, and tokens that the source does not have,
    /// have none.
    pub fn has(&self, id: u32) -> bool {
        self.found.get(id as usize).is_some_and(|&found| found)
    }

    /// The vector of a token, E numbers; none if the source does not have it.
    pub fn vector(&self, token: &str) -> Option<&[f32]> {
        let id = self.vocabulary.id(token);
        self.has(id).then(|| self.row(id))
    }

    /// How many tokens have a vector.
    pub fn found(&self) -> usize {
        self.found.iter().filter(|&&found| found).count()
    }

    /// The share of the vocabulary, without padding and unknown, that has a vector, from 0 to 1.
    pub fn coverage(&self) -> f64 {
        self.found() as f64 / (self.found.len() - 2).max(1) as f64
    }

    /// Where the vectors are from, in words.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The `n` tokens whose vectors are most similar to that of `token`: cosine similarity `u·v / (|u| |v|)`. Equal
    /// ones come by rising id.
    ///
    /// # Errors
    /// A token without a vector.
    pub fn nearest(&self, token: &str, n: usize) -> Result<Neighbors> {
        let Some(vector) = self.vector(token) else {
            let known = if self.vocabulary.contains(token) {
                "in the vocabulary, but without a vector"
            } else {
                "not in the vocabulary"
            };
            return Err(Error::argument(
                "PretrainedEmbeddings::nearest",
                "a token that has a vector",
                format!("{token:?}, which is {known}"),
            ));
        };
        let own = self.vocabulary.id(token);
        let mut words: Vec<(u32, f32)> = (0..self.found.len() as u32)
            .filter(|&id| id != own && self.has(id))
            .map(|id| (id, cosine(vector, self.row(id))))
            .collect();
        words.sort_by(|(_, a), (_, b)| b.total_cmp(a));
        words.truncate(n);
        let words =
            words.into_iter().map(|(id, similarity)| (self.vocabulary.tokens()[id as usize].clone(), similarity));
        Ok(Neighbors { of: token.to_string(), words: words.collect() })
    }

    fn row(&self, id: u32) -> &[f32] {
        &self.vectors[id as usize * self.dimension..][..self.dimension]
    }
}

/// A vector of zeros has no direction: it is similar to nothing.
fn cosine(a: &[f32], b: &[f32]) -> f32 {
    let dot = |a: &[f32], b: &[f32]| {
        let products = a.iter().zip(b).map(|(&a, &b)| f64::from(a) * f64::from(b));
        products.sum::<f64>()
    };
    let lengths = (dot(a, a) * dot(b, b)).sqrt();
    if lengths == 0.0 {
        return 0.0;
    }
    (dot(a, b) / lengths) as f32
}

impl fmt::Display for PretrainedEmbeddings {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(
            f,
            "{} of {} tokens have a vector of {} numbers ({:.1} %): {}",
            self.found(),
            self.found.len() - 2,
            self.dimension,
            100.0 * self.coverage(),
            self.source
        )
    }
}

impl fmt::Display for Neighbors {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "nearest to {:?}", self.of)?;
        for (word, similarity) in &self.words {
            write!(f, "\n  {similarity:>6.3}  {}", printable(word))?;
        }
        Ok(())
    }
}
