//! Texts to ids.

use crate::tokens::{Split, Standardize, for_each_token};
use crate::vocabulary::{PAD, UNK_TOKEN, Vocabulary};
use crate::{Error, Result};
use rayon::prelude::*;
use std::collections::HashMap;

/// How a [`TextVectorizer`] reads text. The default is Keras `TextVectorization`'s.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct VectorizerConfig {
    /// The largest vocabulary, with padding and unknown; none: as many as there are.
    pub max_tokens: Option<usize>,
    /// What happens to a text before it is split.
    pub standardize: Standardize,
    /// Where a text is cut.
    pub split: Split,
    /// Longer texts are cut to this many ids; [`TextVectorizer::count_truncated`] counts them. (Shorter ones are filled
    /// up in a batch, not here.)
    pub max_length: Option<usize>,
}

impl VectorizerConfig {
    fn check(self) -> Result<Self> {
        if self.max_tokens.is_some_and(|n| n < 3) {
            return Err(Error::argument(
                "VectorizerConfig",
                "max_tokens of 3 or more, as padding and unknown count",
                format!("{:?}", self.max_tokens),
            ));
        }
        if self.max_length == Some(0) {
            return Err(Error::argument("VectorizerConfig", "max_length of 1 or more", "0"));
        }
        Ok(self)
    }

    /// The tokens of `text`.
    pub fn tokenize(&self, text: &str) -> Vec<String> {
        let mut tokens = Vec::new();
        self.for_each(text, &mut String::new(), |token| tokens.push(token.to_string()));
        tokens
    }

    fn for_each(&self, text: &str, buffer: &mut String, each: impl FnMut(&str)) {
        for_each_token(text, self.standardize, self.split, buffer, each);
    }
}

/// Turns texts into sequences of ids, as Keras `TextVectorization` does: pad 0, `[UNK]` 1, then tokens by falling
/// frequency (equal counts: falling order of their bytes).
///
/// ```
/// use recurrent_data::{TextVectorizer, VectorizerConfig};
/// let vectorizer = TextVectorizer::adapt(&["The cat sat.", "The cat ran!"], VectorizerConfig::default())?;
/// assert_eq!(vectorizer.vocabulary().tokens(), ["", "[UNK]", "the", "cat", "sat", "ran"]);
/// assert_eq!(vectorizer.encode("THE DOG SAT"), [2, 1, 4]);
/// # Ok::<(), recurrent_data::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextVectorizer {
    config: VectorizerConfig,
    vocabulary: Vocabulary,
}

impl TextVectorizer {
    /// Learns the vocabulary from `texts`.
    ///
    /// # Errors
    /// An invalid value in `config`, or no texts.
    pub fn adapt<S: AsRef<str> + Sync>(texts: &[S], config: VectorizerConfig) -> Result<Self> {
        let mut counter = TokenCounter::new(config)?;
        if texts.is_empty() {
            return Err(Error::argument("TextVectorizer::adapt", "at least one text", "none"));
        }
        texts.iter().for_each(|text| counter.add(text.as_ref()));
        counter.finish()
    }

    /// A vectorizer with a vocabulary from elsewhere.
    ///
    /// # Errors
    /// An invalid value in `config`.
    pub fn new(config: VectorizerConfig, vocabulary: Vocabulary) -> Result<Self> {
        Ok(Self { config: config.check()?, vocabulary })
    }

    /// The ids of one text.
    pub fn encode(&self, text: &str) -> Vec<u32> {
        self.encode_into(text, &mut String::new())
    }

    /// The ids of many texts, on all processors, in the order of the texts.
    pub fn encode_all<S: AsRef<str> + Sync>(&self, texts: &[S]) -> Vec<Vec<u32>> {
        texts.par_iter().map_init(String::new, |buffer, text| self.encode_into(text.as_ref(), buffer)).collect()
    }

    /// How many of the texts are longer than `max_length`, so that encoding them cuts something off.
    ///
    /// ```
    /// use recurrent_data::{TextVectorizer, VectorizerConfig};
    /// let config = VectorizerConfig { max_length: Some(2), ..Default::default() };
    /// let texts = ["one two", "one two three"];
    /// assert_eq!(TextVectorizer::adapt(&texts, config)?.count_truncated(&texts), 1);
    /// # Ok::<(), recurrent_data::Error>(())
    /// ```
    pub fn count_truncated<S: AsRef<str> + Sync>(&self, texts: &[S]) -> usize {
        let Some(max_length) = self.config.max_length else {
            return 0;
        };
        let is_cut = |buffer: &mut String, text: &S| {
            let mut tokens = 0;
            self.config.for_each(text.as_ref(), buffer, |_| tokens += 1);
            usize::from(tokens > max_length)
        };
        texts.par_iter().map_init(String::new, is_cut).sum()
    }

    /// The tokens of a sequence of ids, joined by a space (nothing for characters); padding is left out.
    pub fn decode(&self, ids: &[u32]) -> String {
        let between = if self.config.split == Split::Characters { "" } else { " " };
        let tokens: Vec<&str> =
            ids.iter().filter(|&&id| id != PAD).map(|&id| self.vocabulary.token(id).unwrap_or(UNK_TOKEN)).collect();
        tokens.join(between)
    }

    /// Tokens and their ids.
    pub fn vocabulary(&self) -> &Vocabulary {
        &self.vocabulary
    }

    /// How text is read.
    pub fn config(&self) -> &VectorizerConfig {
        &self.config
    }

    fn encode_into(&self, text: &str, buffer: &mut String) -> Vec<u32> {
        let mut ids = Vec::new();
        self.config.for_each(text, buffer, |token| ids.push(self.vocabulary.id(token)));
        ids.truncate(self.config.max_length.unwrap_or(usize::MAX));
        ids
    }
}

/// Counts tokens text by text, so that a file larger than memory can give a vocabulary.
#[derive(Debug, Clone)]
pub struct TokenCounter {
    config: VectorizerConfig,
    counts: HashMap<String, u64>,
    buffer: String,
}

impl TokenCounter {
    /// Nothing counted yet.
    ///
    /// # Errors
    /// An invalid value in `config`.
    pub fn new(config: VectorizerConfig) -> Result<Self> {
        Ok(Self { config: config.check()?, counts: HashMap::new(), buffer: String::new() })
    }

    /// Counts the tokens of one text.
    pub fn add(&mut self, text: &str) {
        let counts = &mut self.counts;
        self.config.for_each(text, &mut self.buffer, |token| match counts.get_mut(token) {
            Some(count) => *count += 1,
            None => {
                counts.insert(token.to_string(), 1);
            }
        });
    }

    /// How many different tokens there have been.
    pub fn distinct(&self) -> usize {
        self.counts.len()
    }

    /// The vectorizer with the most frequent tokens.
    ///
    /// # Errors
    /// More than 2^32 tokens.
    pub fn finish(self) -> Result<TextVectorizer> {
        let vocabulary = Vocabulary::from_counts(self.counts, self.config.max_tokens)?;
        TextVectorizer::new(self.config, vocabulary)
    }
}
