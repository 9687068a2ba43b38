//! A vectorizer on disk: as a Hugging Face `tokenizer.json`, and its vocabulary as plain text.

use crate::vocabulary::{UNK_TOKEN, Vocabulary};
use crate::{Error, Result, Split, Standardize, TextVectorizer, VectorizerConfig, files};
use serde_json::{Value, json};
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
        files::write(path.as_ref(), self.to_tokenizer_json()?.as_bytes())
    }

    /// The text of the file that [`TextVectorizer::save`] writes.
    ///
    /// # Errors
    /// n-grams, which that format does not know.
    pub fn to_tokenizer_json(&self) -> Result<String> {
        let config = self.config();
        if config.ngrams > 1 {
            return Err(Error::argument(
                "TextVectorizer::to_tokenizer_json",
                "ngrams of 1, as tokenizer.json has no others",
                config.ngrams.to_string(),
            ));
        }
        let ids: serde_json::Map<String, Value> = (0u32..)
            .zip(self.vocabulary().tokens())
            .map(|(id, token)| (token.clone(), id.into()))
            .collect();
        let truncation = config.max_length.map(|n| json!({ "direction": "Right", "max_length": n, "strategy": "LongestFirst", "stride": 0 }));
        let file = json!({
            "version": "1.0",
            "truncation": truncation,
            "padding": null,
            "added_tokens": [],
            "normalizer": normalizer(config.standardize),
            "pre_tokenizer": pre_tokenizer(config.standardize, config.split),
            "post_processor": null,
            "decoder": null,
            "model": { "type": "WordLevel", "vocab": ids, "unk_token": UNK_TOKEN },
        });
        Ok(format!("{file:#}\n"))
    }

    /// Reads a `tokenizer.json` that [`TextVectorizer::save`] wrote. `max_tokens` is not in it: the vocabulary has been cut already.
    pub fn load(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        Self::from_tokenizer_json(path, files::read_text(path)?.as_bytes())
    }

    /// The vectorizer of a `tokenizer.json` that has been read already; errors name `path`.
    pub fn from_tokenizer_json(path: &Path, bytes: &[u8]) -> Result<Self> {
        let file: Value = serde_json::from_slice(bytes)
            .map_err(|error| Error::line(path, error.line() as u64, "JSON", error.to_string()))?;
        let unlike = |what: &str, found: &Value| {
            let found: String = found.to_string().chars().take(80).collect();
            Error::content(
                path,
                format!("{what}, as TextVectorizer::save writes it"),
                found,
            )
        };
        let choices = STANDARDIZE
            .into_iter()
            .flat_map(|standardize| SPLIT.map(|split| (standardize, split)));
        let Some((standardize, split)) = choices.into_iter().find(|&(standardize, split)| {
            file["normalizer"] == normalizer(standardize)
                && file["pre_tokenizer"] == pre_tokenizer(standardize, split)
        }) else {
            return Err(unlike(
                "a normalizer and pre_tokenizer",
                &file["normalizer"],
            ));
        };
        let Some(ids) = file["model"]["vocab"].as_object() else {
            return Err(unlike("a model with a vocab", &file["model"]));
        };
        let mut tokens = vec![None; ids.len()];
        for (token, id) in ids {
            match id
                .as_u64()
                .and_then(|id| tokens.get_mut(usize::try_from(id).ok()?))
            {
                Some(place @ None) => *place = Some(token.clone()),
                _ => {
                    return Err(unlike(
                        "ids from 0 to the number of tokens, each once",
                        &json!({ token: id }),
                    ));
                }
            }
        }
        let max_length = match &file["truncation"]["max_length"] {
            Value::Null => None,
            n => Some(
                n.as_u64()
                    .and_then(|n| usize::try_from(n).ok())
                    .ok_or_else(|| unlike("a truncation", n))?,
            ),
        };
        let config = VectorizerConfig {
            standardize,
            split,
            max_length,
            ..Default::default()
        };
        Self::new(
            config,
            Vocabulary::from_all(path, tokens.into_iter().flatten().collect())?,
        )
    }
}

impl Vocabulary {
    /// Writes one token per line, in the order of their ids from 0; `\n`, `\r` and `\\` stand for a line end, a carriage return and a backslash.
    pub fn save_text(&self, path: impl AsRef<Path>) -> Result<()> {
        let escaped = |token: &String| {
            token
                .replace('\\', r"\\")
                .replace('\n', r"\n")
                .replace('\r', r"\r")
                + "\n"
        };
        files::write(
            path.as_ref(),
            self.tokens()
                .iter()
                .map(escaped)
                .collect::<String>()
                .as_bytes(),
        )
    }

    /// Reads what [`Vocabulary::save_text`] wrote.
    pub fn load_text(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let text = files::read_text(path)?;
        let tokens = text.lines().zip(1..).map(|(line, number)| {
            unescape(line).ok_or_else(|| {
                Error::line(
                    path,
                    number,
                    r"\n, \r or \\ after a backslash",
                    format!("{line:?}"),
                )
            })
        });
        Self::from_all(path, tokens.collect::<Result<_>>()?)
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
pub(crate) fn unescape(line: &str) -> Option<String> {
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
    let replace = |pattern: &str, content: &str| json!({ "type": "Replace", "pattern": { "String": pattern }, "content": content });
    // `Lowercase` there is that of all of Unicode, so ASCII is spelled out.
    let ascii_lower = || {
        ('A'..='Z')
            .map(|c| replace(&c.to_string(), &c.to_ascii_lowercase().to_string()))
            .collect::<Vec<_>>()
    };
    let strip =
        || json!({ "type": "Replace", "pattern": { "Regex": r"[!-/:-@\[-`{-~]" }, "content": "" });
    let lowercase = || json!({ "type": "Lowercase" });
    let steps = match standardize {
        Standardize::LowerAndStripPunctuation => [ascii_lower(), vec![strip()]].concat(),
        Standardize::UnicodeLowerAndStripPunctuation => vec![lowercase(), strip()],
        Standardize::Lower => ascii_lower(),
        Standardize::StripPunctuation => vec![strip()],
        Standardize::BasicEnglish => {
            let mut steps = vec![
                lowercase(),
                replace("\"", ""),
                replace("<br />", " "),
                replace("'", " '  "),
            ];
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
    let cut = |regex: &str, behavior: &str| json!({ "type": "Split", "pattern": { "Regex": regex }, "behavior": behavior, "invert": false });
    match (split, standardize) {
        (Split::Characters, _) => cut(r"[\s\S]", "Isolated"),
        (Split::Whitespace, Standardize::BasicEnglish) => json!({ "type": "WhitespaceSplit" }),
        (Split::Whitespace, _) => cut(r"[ \t-\r]+", "Removed"),
    }
}
