//! Tokens and their ids.

use crate::{Error, Result};
use std::collections::HashMap;

/// The id that fills a shorter sequence up.
pub const PAD: u32 = 0;
/// The id of every token that is not in the vocabulary.
pub const UNK: u32 = 1;
/// How [`PAD`] is written in a vocabulary, as in Keras.
pub const PAD_TOKEN: &str = "";
/// How [`UNK`] is written in a vocabulary, as in Keras.
pub const UNK_TOKEN: &str = "[UNK]";

/// A list of tokens; a token's id is its place in the list. Ids 0 and 1 are padding and unknown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vocabulary {
    tokens: Vec<String>,
    ids: HashMap<String, u32>,
}

impl Vocabulary {
    /// The vocabulary whose ids 2, 3, … are `tokens`.
    ///
    /// # Errors
    /// A token that comes twice, or that is one of the two special ones.
    pub fn new(tokens: impl IntoIterator<Item = String>) -> Result<Self> {
        let mut vocabulary = Self { tokens: Vec::new(), ids: HashMap::new() };
        for token in [PAD_TOKEN, UNK_TOKEN].map(String::from).into_iter().chain(tokens) {
            let id = u32::try_from(vocabulary.tokens.len())
                .map_err(|_| Error::argument("Vocabulary::new", "at most 2^32 tokens", "more"))?;
            if let Some(first) = vocabulary.ids.insert(token.clone(), id) {
                return Err(Error::argument(
                    "Vocabulary::new",
                    "tokens that differ",
                    format!("{token:?} as ids {first} and {id}"),
                ));
            }
            vocabulary.tokens.push(token);
        }
        Ok(vocabulary)
    }

    /// From counts: the most frequent first, equal counts in falling order of their bytes, as Keras does; at most
    /// `max_tokens` with padding and unknown.
    pub(crate) fn from_counts(counts: HashMap<String, u64>, max_tokens: Option<usize>) -> Result<Self> {
        let mut counts: Vec<(String, u64)> =
            counts.into_iter().filter(|(token, _)| token != PAD_TOKEN && token != UNK_TOKEN).collect();
        counts.sort_unstable_by(|(a, count_a), (b, count_b)| count_b.cmp(count_a).then_with(|| b.cmp(a)));
        counts.truncate(max_tokens.map_or(usize::MAX, |n| n.saturating_sub(2)));
        Self::new(counts.into_iter().map(|(token, _)| token))
    }

    /// The id of `token`; [`UNK`] if it is not there.
    pub fn id(&self, token: &str) -> u32 {
        self.ids.get(token).copied().unwrap_or(UNK)
    }

    /// The token with this id; none if the vocabulary is shorter.
    pub fn token(&self, id: u32) -> Option<&str> {
        self.tokens.get(id as usize).map(String::as_str)
    }

    /// Whether `token` has an id of its own.
    pub fn contains(&self, token: &str) -> bool {
        self.ids.contains_key(token)
    }

    /// How many ids there are, with padding and unknown.
    pub fn len(&self) -> usize {
        self.tokens.len()
    }

    /// Never: padding and unknown are always there.
    pub fn is_empty(&self) -> bool {
        false
    }

    /// One row of V numbers for each id, all 0 but a 1 at its place: with few tokens, as characters, a model can read
    /// this instead of an embedding.
    ///
    /// # Errors
    /// An id that is not in the vocabulary.
    pub fn one_hot(&self, ids: &[u32]) -> Result<Vec<f32>> {
        let mut rows = vec![0.0; ids.len() * self.len()];
        for (row, &id) in rows.chunks_mut(self.len()).zip(ids) {
            let expected =
                || Error::argument("Vocabulary::one_hot", format!("ids below {}", self.tokens.len()), id.to_string());
            *row.get_mut(id as usize).ok_or_else(expected)? = 1.0;
        }
        Ok(rows)
    }

    /// All tokens, by id.
    pub fn tokens(&self) -> &[String] {
        &self.tokens
    }
}
