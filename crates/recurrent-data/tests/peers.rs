//! The same ids as Keras and the `tokenizers` library, row by row; the same tokens as torchtext's `basic_english`.
//!
//! The first two run where `RECURRENT_PYTHON` names a Python that has `keras` and `tokenizers`, on AG News if
//! `RECURRENT_DATA_DIR` has it: `RECURRENT_PYTHON=python3 cargo test --test data peers:: -- --nocapture`.

use recurrent_data::{AgNews, News, Split, Standardize, TextVectorizer, VectorizerConfig};
use std::path::Path;
use std::process::Command;

const COLUMNS: [(&str, &[&str]); 2] = [("1", &["title"]), ("1,2", &["title", "description"])];

fn rows(news: &News, columns: &[&str]) -> Vec<String> {
    println!("corpus: {}", news.source.corpus);
    [news.train.text(columns).unwrap(), news.test.text(columns).unwrap()].concat()
}

/// The lines that `peers.py` prints; none where no Python is named.
fn python(arguments: &[&str]) -> Option<Vec<String>> {
    let Some(python) = std::env::var_os("RECURRENT_PYTHON") else {
        eprintln!("skipped: RECURRENT_PYTHON names no Python with keras and tokenizers");
        return None;
    };
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/peers.py");
    let output = Command::new(python).arg(script).args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8(output.stdout).unwrap().lines().map(String::from).collect())
}

fn ids_of(line: &str) -> Vec<u32> {
    line.split(' ').filter(|id| !id.is_empty()).map(|id| id.parse().unwrap()).collect()
}

#[test]
fn the_same_ids_as_keras_for_every_row() {
    let news = AgNews::load().unwrap();
    let folder = news.source.folder.to_str().unwrap();
    // As the lesson has it, and each of the other options.
    let lesson = (2000, 20_000, "whitespace", Split::Whitespace);
    for (adapt, max_tokens, name, split) in [
        lesson,
        (0, 0, "whitespace", Split::Whitespace),
        (0, 5000, "whitespace", Split::Whitespace),
        (0, 0, "character", Split::Characters),
    ] {
        for (numbers, columns) in COLUMNS {
            let Some(lines) = python(&["keras", folder, numbers, &adapt.to_string(), &max_tokens.to_string(), name])
            else {
                return;
            };
            let texts = rows(&news, columns);
            let config =
                VectorizerConfig { max_tokens: (max_tokens > 0).then_some(max_tokens), split, ..Default::default() };
            let vectorizer =
                TextVectorizer::adapt(&texts[..if adapt > 0 { adapt } else { texts.len() }], config).unwrap();
            let vocabulary: Vec<String> = serde_json::from_str(&lines[0]).unwrap();
            assert_eq!(vectorizer.vocabulary().tokens(), vocabulary);
            assert_eq!(lines.len() - 1, texts.len());
            for ((line, ids), text) in lines[1..].iter().zip(vectorizer.encode_all(&texts)).zip(&texts) {
                assert_eq!(ids, ids_of(line), "{text}");
            }
            println!("{columns:?}, {name}: {} rows and {} tokens as in Keras", texts.len(), vocabulary.len());
        }
    }
}

#[test]
fn the_same_ids_as_the_tokenizers_library_for_every_row() {
    use Standardize::*;
    let news = AgNews::load().unwrap();
    let folder = news.source.folder.to_str().unwrap();
    let texts = rows(&news, &["title", "description"]);
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("recurrent-tokenizer-{}.json", std::process::id()));
    for standardize in
        [LowerAndStripPunctuation, UnicodeLowerAndStripPunctuation, Lower, StripPunctuation, BasicEnglish, None]
    {
        for split in [Split::Whitespace, Split::Characters] {
            let vectorizer = TextVectorizer::adapt(
                &texts[..2000],
                VectorizerConfig { standardize, split, max_length: Some(30), ..Default::default() },
            )
            .unwrap();
            vectorizer.save(&file).unwrap();
            assert_eq!(TextVectorizer::load(&file).unwrap(), vectorizer);
            let Some(lines) = python(&["tokenizers", folder, "1,2", file.to_str().unwrap()]) else {
                return;
            };
            assert_eq!(lines.len(), texts.len());
            for ((line, ids), text) in lines.iter().zip(vectorizer.encode_all(&texts)).zip(&texts) {
                assert_eq!(ids, ids_of(line), "{standardize:?} {split:?} {text}");
            }
            println!("{standardize:?}, {split:?}: {} rows as in tokenizers", texts.len());
        }
    }
    std::fs::remove_file(&file).unwrap();
}
