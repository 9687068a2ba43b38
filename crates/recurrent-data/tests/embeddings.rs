//! Vectors for a vocabulary: neighbours, coverage, what is refused.

use recurrent_data::{PretrainedEmbeddings, Vocabulary};

fn words() -> Vocabulary {
    Vocabulary::new(["east", "north", "north-east", "west", "nowhere", "missing"].map(String::from)).unwrap()
}

/// Directions on a map; the last word has no vector.
fn directions() -> PretrainedEmbeddings {
    #[rustfmt::skip]
    let vectors = vec![0.0, 0.0,  9.0, 9.0,  2.0, 0.0,  0.0, 0.5,  3.0, 3.0,  -1.0, 0.0,  0.0, 0.0,  1.0, 0.0];
    PretrainedEmbeddings::new(words(), vectors, |id| id != 7, "a map").unwrap()
}

#[test]
fn neighbors_are_those_of_the_cosine() {
    let nearest = directions().nearest("east", 9).unwrap();
    assert_eq!(nearest.of, "east");
    let half = 0.5f32.sqrt();
    let expected = [("north-east", half), ("north", 0.0), ("nowhere", 0.0), ("west", -1.0)];
    assert_eq!(nearest.words.len(), expected.len());
    for ((word, similarity), (expected, cosine)) in nearest.words.iter().zip(expected) {
        assert_eq!(word, expected);
        assert!((similarity - cosine).abs() < 1e-6, "{word} {similarity}");
    }
    assert_eq!(
        directions().nearest("east", 2).unwrap().to_string(),
        "nearest to \"east\"\n   0.707  north-east\n   0.000  north"
    );
}

#[test]
fn a_word_without_a_vector_has_no_neighbors() {
    let refused = |word: &str| directions().nearest(word, 3).unwrap_err().to_string();
    let expected = "PretrainedEmbeddings::nearest: expected a token that has a vector, got";
    assert_eq!(refused("missing"), format!("{expected} \"missing\", which is in the vocabulary, but without a vector"));
    assert_eq!(refused("up"), format!("{expected} \"up\", which is not in the vocabulary"));
    for special in ["", "[UNK]"] {
        assert!(directions().nearest(special, 3).is_err());
    }
}

#[test]
fn coverage_counts_neither_padding_nor_unknown() {
    let directions = directions();
    assert_eq!((directions.found(), directions.coverage()), (5, 5.0 / 6.0));
    assert_eq!(directions.vector("missing"), None);
    assert_eq!(directions.vector("[UNK]"), None);
    assert_eq!(directions.to_string(), "5 of 6 tokens have a vector of 2 numbers (83.3 %): a map");
    let nothing = Vocabulary::new([]).unwrap();
    let nothing = PretrainedEmbeddings::new(nothing, vec![0.0, 0.0], |_| true, "nowhere").unwrap();
    assert_eq!((nothing.found(), nothing.coverage()), (0, 0.0));
}

#[test]
fn tables_that_do_not_fit_are_refused() {
    let refused =
        |vectors: Vec<f32>| PretrainedEmbeddings::new(words(), vectors, |_| true, "nowhere").unwrap_err().to_string();
    for count in [0, 7, 12] {
        assert_eq!(
            refused(vec![0.5; count]),
            format!("PretrainedEmbeddings::new: expected as many numbers for each of the 8 ids, got {count} numbers")
        );
    }
    let mut vectors = vec![0.5; 16];
    vectors[5] = f32::NAN;
    assert_eq!(refused(vectors), "PretrainedEmbeddings::new: expected finite numbers, got NaN for id 2, \"east\"");
}

#[test]
fn tokens_with_spaces_do_not_go_into_a_text_file() {
    let vocabulary = Vocabulary::new(["new york".to_string()]).unwrap();
    let vectors = PretrainedEmbeddings::new(vocabulary, vec![0.0; 3], |_| true, "nowhere").unwrap();
    assert_eq!(
        vectors.save_text("never-written.txt").unwrap_err().to_string(),
        "PretrainedEmbeddings::save_text: expected tokens without white space, as the format separates by spaces, got \
         \"new york\""
    );
}

#[test]
fn what_the_file_does_not_have_is_drawn_by_the_seed() {
    let path =
        std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("recurrent-vectors-{}.txt", std::process::id()));
    std::fs::write(&path, "east 1 0\n[UNK] 7 7\n").unwrap();
    let read = |seed| PretrainedEmbeddings::read_text(&path, &words(), seed).unwrap();
    let (first, again, other) = (read(1), read(1), read(2));
    std::fs::remove_file(&path).unwrap();
    assert_eq!(first, again);
    assert_ne!(first, other);
    // Padding is zero, the unknown token may be in the file, "east" is; the rest is small.
    assert_eq!(first.vectors()[..6], [0.0, 0.0, 7.0, 7.0, 1.0, 0.0]);
    let rest = &first.vectors()[6..];
    assert!(rest.iter().all(|x| x.abs() <= 0.05) && rest.iter().any(|&x| x != 0.0));
    assert_eq!((first.found(), first.dimension()), (1, 2));
}
