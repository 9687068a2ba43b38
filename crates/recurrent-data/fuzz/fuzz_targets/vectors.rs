//! `.ci/full fuzz` or `cargo fuzz run --sanitizer none vectors`: any bytes as GloVe and word2vec files are finite numbers
//! or an error.
#![no_main]

use recurrent_data::{PretrainedEmbeddings, Vocabulary};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let path = std::env::temp_dir().join(format!("recurrent-fuzz-{}.vectors", std::process::id()));
    std::fs::write(&path, bytes).unwrap();
    let vocabulary = Vocabulary::new(["a".to_string(), "the".to_string()]).unwrap();
    let text = PretrainedEmbeddings::read_text(&path, &vocabulary, 1);
    let binary = PretrainedEmbeddings::read_word2vec(&path, &vocabulary, 1);
    for embeddings in [text, binary].into_iter().flatten() {
        assert!(embeddings.vectors().iter().all(|value| value.is_finite()));
    }
});
