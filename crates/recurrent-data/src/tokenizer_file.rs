//! A vectorizer on disk: as a Hugging Face `tokenizer.json`, and its vocabulary as plain text.

use crate::vocabulary::{UNK_TOKEN, Vocabulary};
use crate::{Error, Result, Split, Standardize, TextVectorizer, VectorizerConfig, files};
use serde_json::{Value, json};
use std::collections::HashSet;
use std::path::Path;

const STANDARDIZE: [Standardize; 6] = [
    Standardize::LowerAndStripPunctuation,
    Standardize::UnicodeLowerAndStripPunctuation,
    Standardize::Lower,
    Standardize::StripPunctuation,
    Standardize::BasicEnglish,
    Standardize::None,
];
const SPLIT: [Split; 2] = [Split::Whitespace, Split::Characters];

impl TextVectorizer {
    /// Writes a `tokenizer.json` that the `tokenizers` library reads to the same ids.
    ///
    /// # Errors
    /// n-grams, which that format does not know, or a file that cannot be written.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        files::write(path.as_ref(), self.to_tokenizer_json().as_bytes())
    }

    /// The text of the file that [`TextVectorizer::save`] writes.
    pub fn to_tokenizer_json(&self) -> String {
        format!("{:#}\n", self.tokenizer())
    }

    fn tokenizer(&self) -> Value {
        let config = self.config();
        let ids: serde_json::Map<String, Value> =
            (0u32..).zip(self.vocabulary().tokens()).map(|(id, token)| (token.clone(), id.into())).collect();
        let truncation = config
            .max_length
            .map(|n| json!({ "direction": "Right", "max_length": n, "strategy": "LongestFirst", "stride": 0 }));
        json!({
            "version": "1.0",
            "truncation": truncation,
            "padding": null,
            "added_tokens": [],
            "normalizer": normalizer(config.standardize),
            "pre_tokenizer": pre_tokenizer(config.standardize, config.split),
            "post_processor": null,
            "decoder": null,
            "model": { "type": "WordLevel", "vocab": ids, "unk_token": UNK_TOKEN },
        })
    }

    /// Reads a `tokenizer.json` that [`TextVectorizer::save`] wrote. `max_tokens` is not in it: the vocabulary has been
    /// cut already.
    ///
    /// # Errors
    /// A file that cannot be read, that is not JSON, or that says anything else than [`TextVectorizer::save`] would: it
    /// might mean other ids.
    pub fn load(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        Self::from_tokenizer_json(path, files::read_text(path)?.as_bytes())
    }

    /// The vectorizer of a `tokenizer.json` that has been read already; errors name `path`.
    ///
    /// # Errors
    /// As [`TextVectorizer::load`].
    pub fn from_tokenizer_json(path: &Path, bytes: &[u8]) -> Result<Self> {
        let file: Value = serde_json::from_slice(files::without_mark(bytes))
            .map_err(|error| Error::line(path, error.line() as u64, "JSON", error.to_string()))?;
        let unlike = |what: &str, found: &Value| {
            let found: String = found.to_string().chars().take(80).collect();
            Error::content(path, format!("{what}, as TextVectorizer::save writes it"), found)
        };
        let choices = STANDARDIZE.into_iter().flat_map(|standardize| SPLIT.map(|split| (standardize, split)));
        let Some((standardize, split)) = choices.into_iter().find(|&(standardize, split)| {
            file["normalizer"] == normalizer(standardize) && file["pre_tokenizer"] == pre_tokenizer(standardize, split)
        }) else {
            return Err(unlike("a normalizer and pre_tokenizer", &file["normalizer"]));
        };
        let Some(ids) = file["model"]["vocab"].as_object() else {
            return Err(unlike("a model with a vocab", &file["model"]));
        };
        let mut tokens = vec![None; ids.len()];
        for (token, id) in ids {
            match id.as_u64().and_then(|id| tokens.get_mut(usize::try_from(id).ok()?)) {
                Some(place @ None) => *place = Some(token.clone()),
                _ => {
                    return Err(unlike("ids from 0 to the number of tokens, each once", &json!({ token: id })));
                }
            }
        }
        let max_length = match &file["truncation"]["max_length"] {
            Value::Null => None,
            n => Some(
                n.as_u64()
                    .and_then(|n| usize::try_from(n).ok())
                    .filter(|&n| n > 0)
                    .ok_or_else(|| unlike("a max_length of 1 or more", n))?,
            ),
        };
        let config = VectorizerConfig { standardize, split, max_length, ..Default::default() };
        let vocabulary = Vocabulary::from_all(path, tokens.into_iter().flatten().collect())?;
        let vectorizer = Self::new(config, vocabulary)?;
        match difference(&vectorizer.tokenizer(), &file) {
            Some((key, expected, found)) => Err(unlike(&format!("{expected} as {key}"), &found)),
            None => Ok(vectorizer),
        }
    }
}

/// The first key whose values differ, with both; a key that is not there is null.
fn difference(expected: &Value, found: &Value) -> Option<(String, Value, Value)> {
    let (Value::Object(wanted), Value::Object(there)) = (expected, found) else {
        let both = || (String::new(), expected.clone(), found.clone());
        return (expected != found).then(both);
    };
    wanted.keys().chain(there.keys()).find_map(|key| {
        let (key_there, expected, found) = difference(&expected[key], &found[key])?;
        let dot = if key_there.is_empty() { "" } else { "." };
        Some((format!("{key}{dot}{key_there}"), expected, found))
    })
}

impl Vocabulary {
    /// Writes one token per line, in the order of their ids from 0; `\n`, `\r` and `\\` stand for a line end, a
    /// carriage return and a backslash.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn save_text(&self, path: impl AsRef<Path>) -> Result<()> {
        let escaped = |token: &String| token.replace('\\', r"\\").replace('\n', r"\n").replace('\r', r"\r") + "\n";
        files::write(path.as_ref(), self.tokens().iter().map(escaped).collect::<String>().as_bytes())
    }

    /// Reads what [`Vocabulary::save_text`] wrote.
    ///
    /// # Errors
    /// A file that cannot be read, that is not UTF-8 or does not begin with the two special tokens, an unknown escape,
    /// a token twice.
    pub fn load_text(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let text = files::read_text(path)?;
        let tokens = text.lines().zip(1..).map(|(line, number)| {
            unescape(line)
                .ok_or_else(|| Error::line(path, number, r"\n, \r or \\ after a backslash", format!("{line:?}")))
        });
        let tokens = tokens.collect::<Result<Vec<String>>>()?;
        let mut seen = HashSet::new();
        match tokens.iter().zip(1..).find(|(token, _)| !seen.insert(*token)) {
            Some((token, line)) => Err(Error::line(path, line, "each token once", format!("{token:?} again"))),
            None => Self::from_all(path, tokens),
        }
    }

    /// From all tokens, those with ids 0 and 1 included.
    fn from_all(path: &Path, mut tokens: Vec<String>) -> Result<Self> {
        let special = [crate::vocabulary::PAD_TOKEN, UNK_TOKEN];
        if tokens.len() < 2 || tokens[..2] != special {
            return Err(Error::content(
                path,
                format!("{special:?} as tokens 0 and 1"),
                format!("{:?}", &tokens[..tokens.len().min(2)]),
            ));
        }
        Self::new(tokens.split_off(2))
    }
}

/// A line as [`Vocabulary::save_text`] writes it, back to its token; none if it has another escape.
fn unescape(line: &str) -> Option<String> {
    let mut token = String::with_capacity(line.len());
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        token.push(match c {
            '\\' => match chars.next()? {
                'n' => '\n',
                'r' => '\r',
                '\\' => '\\',
                _ => return None,
            },
            c => c,
        });
    }
    Some(token)
}

/// The same as [`Standardize`] in the words of the `tokenizers` library.
fn normalizer(standardize: Standardize) -> Value {
    let replace = |pattern: &str, content: &str| {
        json!({
            "type": "Replace", "pattern": { "String": pattern }, "content": content
        })
    };
    // `Lowercase` there is that of all of Unicode, so ASCII is spelled out.
    let ascii_lower =
        || ('A'..='Z').map(|c| replace(&c.to_string(), &c.to_ascii_lowercase().to_string())).collect::<Vec<_>>();
    let strip = || json!({ "type": "Replace", "pattern": { "Regex": r"[!-/:-@\[-`{-~]" }, "content": "" });
    let lowercase = || json!({ "type": "Lowercase" });
    let steps = match standardize {
        Standardize::LowerAndStripPunctuation => [ascii_lower(), vec![strip()]].concat(),
        Standardize::UnicodeLowerAndStripPunctuation => vec![lowercase(), strip()],
        Standardize::Lower => ascii_lower(),
        Standardize::StripPunctuation => vec![strip()],
        Standardize::BasicEnglish => {
            let mut steps = vec![lowercase(), replace("\"", ""), replace("<br />", " "), replace("'", " '  ")];
            steps.extend([".", ",", "(", ")", "!", "?"].map(|c| replace(c, &format!(" {c} "))));
            steps.extend([";", ":"].map(|c| replace(c, " ")));
            steps
        }
        Standardize::None => return Value::Null,
    };
    json!({ "type": "Sequence", "normalizers": steps })
}

/// The same as [`Split`] in the words of the `tokenizers` library.
fn pre_tokenizer(standardize: Standardize, split: Split) -> Value {
    let cut = |regex: &str, behavior: &str| {
        json!({
            "type": "Split", "pattern": { "Regex": regex }, "behavior": behavior, "invert": false
        })
    };
    match (split, standardize) {
        (Split::Characters, _) => cut(r"[\s\S]", "Isolated"),
        (Split::Whitespace, Standardize::BasicEnglish) => cut(r"[\s\x1c-\x1f]+", "Removed"),
        (Split::Whitespace, _) => cut(r"[ \t-\r]+", "Removed"),
    }
}
