//! Our parsers on anything: no panic, and what was written is read again.

use proptest::prelude::*;
use recurrent_data::rows::{RowFormat, Rows};
use recurrent_data::{
    PackedSequence, PretrainedEmbeddings, Split, Standardize, Table, TableConfig, TextVectorizer, VectorizerConfig,
    Vocabulary,
};
use std::path::{Path, PathBuf};

/// A file of this test alone.
fn file(name: &str, bytes: &[u8]) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!(
        "{}-{:?}-{name}",
        std::process::id(),
        std::thread::current().id()
    ));
    std::fs::write(&path, bytes).unwrap();
    path
}

/// Bytes that are like a table more often than chance would have it.
fn table_bytes() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        Just(&b"\""[..]),
        Just(&b","[..]),
        Just(&b"\n"[..]),
        Just(&b"\r\n"[..]),
        Just(&b"\\"[..]),
        Just(&b"\t"[..]),
        Just(&b"1"[..]),
        Just(&b"text"[..]),
        Just(&b"{\"text\": "[..]),
        Just(&b"}"[..]),
        Just(&b"\0"[..]),
        Just(&b"\xe9"[..]),
        Just(&b"\xef\xbb\xbf"[..]),
        Just(&b"2 2\n"[..]),
        Just(&b" 0.5"[..]),
        Just(&b" NaN"[..])
    ];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn any_bytes_are_rows_or_an_error(bytes in table_bytes(), header in any::<bool>()) {
        let path = file("rows.csv", &bytes);
        if let Ok(mut rows) = Rows::open(&path, RowFormat { separator: b',', header }) {
            while let Ok(Some(row)) = rows.next_row() {
                let start = row.start;
                prop_assert!(rows.line_of(start).unwrap() >= 1);
            }
        }
        for ending in ["csv", "tsv", "jsonl", "json", "parquet"] {
            let path = file(&format!("table.{ending}"), &bytes);
            if let Ok(dataset) = Table::load(&path, TableConfig::default()) {
                prop_assert!(dataset.class_names().len() >= 2 && !dataset.is_empty());
            }
        }
    }

    #[test]
    fn written_rows_are_read_again_and_their_lines_reported(
        rows in prop::collection::vec((prop::collection::vec("[^\0\r]{0,12}", 3), 0u64..3), 1..8),
        mark in any::<bool>(),
        end in prop_oneof![Just("\n"), Just("\r\n"), Just("\r")]
    ) {
        let mut text = String::from(if mark { "\u{feff}" } else { "" });
        let mut blank = 0;
        for (row, blank_before) in &rows {
            let fields: Vec<String> = row.iter().map(|field| format!("\"{}\"", field.replace('"', "\"\""))).collect();
            text += &(end.repeat(*blank_before as usize) + &fields.join(",") + end);
            blank += blank_before;
        }
        let mut read = Rows::open(
            file("written.csv", text.as_bytes()),
            RowFormat { separator: b',', header: false },
        ).unwrap();
        let mut line = 1;
        for (row, blank_before) in &rows {
            line += blank_before;
            let found = read.next_row().unwrap().unwrap();
            prop_assert!(found.fields.iter().eq(row));
            let start = found.start;
            prop_assert_eq!(read.line_of(start).unwrap(), line);
            line += 1 + row.iter().map(|field| field.matches('\n').count() as u64).sum::<u64>();
        }
        prop_assert!(read.next_row().unwrap().is_none());
        prop_assert_eq!(read.blank_lines().unwrap(), blank);
    }

    #[test]
    fn any_bytes_are_vectors_or_an_error(bytes in table_bytes()) {
        let vocabulary = Vocabulary::new(["text".to_string()]).unwrap();
        if let Ok(embeddings) = PretrainedEmbeddings::read_text(file("vectors.txt", &bytes), &vocabulary, 1) {
            prop_assert_eq!(embeddings.vectors().len(), 3 * embeddings.dimension());
            prop_assert!(embeddings.vectors().iter().all(|x| x.is_finite()));
        }
    }

    #[test]
    fn any_bytes_are_binary_vectors_or_an_error(
        header in "[0-9]{1,3} [0-9]{1,2}\n|.{0,8}\n",
        rest in prop::collection::vec(any::<u8>(), 0..60)
    ) {
        let vocabulary = Vocabulary::new(["text".to_string()]).unwrap();
        let bytes = [header.as_bytes(), &rest].concat();
        if let Ok(embeddings) = PretrainedEmbeddings::read_word2vec(file("vectors.bin", &bytes), &vocabulary, 1) {
            prop_assert!(embeddings.vectors().iter().all(|x| x.is_finite()));
        }
    }

    #[test]
    fn written_vectors_are_read_again(
        vectors in prop::collection::vec(any::<f32>().prop_filter("finite", |x| x.is_finite()), 6 * 3)
    ) {
        let vocabulary = Vocabulary::new(["rain", "\u{e9}t\u{e9}", "3", "0.5"].map(String::from)).unwrap();
        let path = file("written.txt", b"");
        let embeddings = PretrainedEmbeddings::new(vocabulary.clone(), vectors, |id| id != 4, "by chance").unwrap();
        embeddings.save_text(&path).unwrap();
        let read = PretrainedEmbeddings::read_text(&path, &vocabulary, 1).unwrap();
        prop_assert_eq!((read.found(), read.vector("3")), (3, None));
        for token in vocabulary.tokens() {
            let bits = |embeddings: &PretrainedEmbeddings| -> Option<Vec<u32>> {
                Some(embeddings.vector(token)?.iter().map(|x| x.to_bits()).collect())
            };
            prop_assert_eq!(bits(&read), bits(&embeddings));
        }
    }

    #[test]
    fn any_bytes_are_a_tokenizer_or_an_error(bytes in table_bytes()) {
        let path = file("tokenizer", &bytes);
        prop_assert!(TextVectorizer::load(&path).is_err());
        if let Ok(vocabulary) = Vocabulary::load_text(&path) {
            prop_assert!(vocabulary.len() >= 2);
        }
    }

    #[test]
    fn a_saved_vectorizer_reads_the_same(
        texts in prop::collection::vec("\\PC{0,30}|[a-zA-Z .,'!]{0,40}|(\n|\r|\\\\|a){0,9}", 1..6),
        split in 0..2,
        standardize in 0..6
    ) {
        use Standardize::*;
        let standardizations = [
            LowerAndStripPunctuation,
            UnicodeLowerAndStripPunctuation,
            Lower,
            StripPunctuation,
            BasicEnglish,
            None,
        ];
        let config = VectorizerConfig {
            split: [Split::Whitespace, Split::Characters][split as usize],
            standardize: standardizations[standardize as usize],
            ..Default::default()
        };
        let vectorizer = TextVectorizer::adapt(&texts, config).unwrap();
        let path = file("saved.json", b"");
        vectorizer.save(&path).unwrap();
        prop_assert_eq!(&TextVectorizer::load(&path).unwrap(), &vectorizer);
        vectorizer.vocabulary().save_text(&path).unwrap();
        prop_assert_eq!(&Vocabulary::load_text(&path).unwrap(), vectorizer.vocabulary());
        for (text, ids) in texts.iter().zip(vectorizer.encode_all(&texts)) {
            prop_assert_eq!(&ids, &vectorizer.encode(text));
            let tokens: Vec<&str> = ids.iter().map(|&id| vectorizer.vocabulary().token(id).unwrap()).collect();
            prop_assert_eq!(tokens, vectorizer.config().tokenize(text));
        }
    }

    #[test]
    fn packed_sequences_come_back(lengths in prop::collection::vec(1usize..9, 1..7)) {
        let steps = *lengths.iter().max().unwrap();
        let mut padded = vec![0; lengths.len() * steps];
        for (row, &length) in lengths.iter().enumerate() {
            let tokens = (row * 10 + 1..).map(|token| token as u32);
            padded[row * steps..].iter_mut().zip(tokens).take(length).for_each(|(id, token)| *id = token);
        }
        let packed = PackedSequence::pack(&padded, steps, &lengths).unwrap();
        prop_assert_eq!(packed.unpack(0), padded);
        prop_assert_eq!(packed.lengths(), lengths);
        prop_assert!(packed.batch_sizes.is_sorted_by(|a, b| a >= b));
    }
}
