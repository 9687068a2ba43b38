//! The same tokens as torchtext's `basic_english`, whose answers `basic_english.json` holds (written by
//! `basic_english.py`).

use recurrent_data::{AgNews, Dataset, MiniNews, Standardize, VectorizerConfig};
use serde_json::Value;

fn tokenize(text: &str) -> Vec<String> {
    VectorizerConfig { standardize: Standardize::BasicEnglish, ..Default::default() }.tokenize(text)
}

fn answers() -> Value {
    serde_json::from_str(include_str!("basic_english.json")).unwrap()
}

/// A hash for each hundred rows, as `basic_english.py` makes it (FNV-1a, 64 bits).
fn hashes(dataset: &Dataset) -> Vec<String> {
    let hash = |texts: &[String]| {
        let tokens = texts.iter().flat_map(|text| tokenize(text)).flat_map(|token| (token + "\n").into_bytes());
        tokens.fold(0xcbf2_9ce4_8422_2325u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3))
    };
    dataset.text(&["title", "description"]).unwrap().chunks(100).map(|texts| format!("{:016x}", hash(texts))).collect()
}

#[test]
fn hard_cases_are_cut_as_torchtext_cuts_them() {
    let answers = answers();
    let cases = answers["cases"].as_array().unwrap();
    assert!(cases.len() > 5);
    for case in cases {
        let tokens: Vec<&str> = case[1].as_array().unwrap().iter().map(|token| token.as_str().unwrap()).collect();
        assert_eq!(tokenize(case[0].as_str().unwrap()), tokens, "{}", case[0]);
    }
}

#[test]
fn the_separators_of_ascii_are_white_space_as_in_python() {
    assert_eq!(tokenize("a\u{1c}b\u{1d}c\u{1e}d\u{1f}e\u{85}f\u{3000}g"), ["a", "b", "c", "d", "e", "f", "g"]);
}

#[test]
fn every_row_is_cut_as_torchtext_cuts_it() {
    let answers = answers();
    let mini = MiniNews::load().unwrap();
    assert_eq!(Value::from(hashes(&mini.train)), answers["mini_news"]["train"]);
    assert_eq!(Value::from(hashes(&mini.test)), answers["mini_news"]["test"]);
    let news = AgNews::load().unwrap();
    println!("compared: MiniNews, {}", news.source.corpus);
    if news.source.corpus == "AG News" {
        assert_eq!(Value::from(hashes(&news.test)), answers["ag_news"]["test"]);
        // The stored answers are those of a part of the training file.
        if news.train.len() == 100 * answers["ag_news"]["train"].as_array().unwrap().len() {
            assert_eq!(Value::from(hashes(&news.train)), answers["ag_news"]["train"]);
        }
    }
}
