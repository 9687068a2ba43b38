//! `.ci/full fuzz` or `cargo fuzz run --sanitizer none tokenizer`: any bytes as tokenizer.json and as a vocabulary are
//! read or an error.
#![no_main]

use recurrent_data::{TextVectorizer, Vocabulary};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let path = std::env::temp_dir().join(format!("recurrent-fuzz-{}.tokens", std::process::id()));
    std::fs::write(&path, bytes).unwrap();
    if let Ok(vectorizer) = TextVectorizer::load(&path) {
        let text = String::from_utf8_lossy(bytes);
        let largest = vectorizer.encode(&text).into_iter().max().unwrap_or(0);
        assert!((largest as usize) < vectorizer.vocabulary().len());
    }
    if let Ok(vocabulary) = Vocabulary::load_text(&path) {
        assert!(vocabulary.len() >= 2);
    }
});
