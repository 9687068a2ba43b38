//! The shipped MiniNews is what its generator writes, and no bag of words gets far on it.

#[path = "../examples/mini_news/generator.rs"]
mod generator;
#[path = "../examples/mini_news/words.rs"]
mod words;

use crate::bag_of_words;
use recurrent_data::{MiniNews, News, TextVectorizer, VectorizerConfig};
use std::collections::HashSet;

#[test]
fn the_shipped_files_are_what_the_generator_writes() {
    let news = MiniNews::load().unwrap();
    let (train, test) = generator::corpus();
    for (part, stories) in [("train.csv", train), ("test.csv", test)] {
        let shipped = std::fs::read_to_string(news.source.folder.join(part)).unwrap();
        assert!(
            shipped == generator::csv(&stories),
            "{part} differs; `cargo run -p recurrent-data --example mini_news` writes it"
        );
    }
}

#[test]
fn the_rows_have_the_promised_form() {
    let news = MiniNews::load().unwrap();
    assert!(news.train.len() >= 2000 && news.test.len() >= 400);
    let mut seen = HashSet::new();
    for part in [&news.train, &news.test] {
        let counts = part.class_counts();
        assert_eq!(counts.len(), 4);
        assert!(counts.iter().all(|&count| count == part.len() / 4), "{counts:?}");
        for title in part.text(&["title"]).unwrap() {
            assert!((6..=10).contains(&title.split_whitespace().count()), "{title}");
            assert!(seen.insert(title.clone()), "twice: {title}");
        }
        for description in part.text(&["description"]).unwrap() {
            assert!((15..=40).contains(&description.split_whitespace().count()), "{description}");
        }
    }
}

/// A recurrent network passes 85 % within a few epochs (tested where there is one, in the crate `recurrent`).
#[test]
fn a_bag_of_words_stays_under_85_percent_however_it_is_tuned() {
    let news = MiniNews::load().unwrap();
    for columns in [&["title"][..], &["title", "description"][..]] {
        for decay in [1e-5, 1e-4, 1e-3] {
            let accuracy = test_accuracy(&news, columns, decay);
            println!("{columns:?}, weight decay {decay}: {:.1} %", 100.0 * accuracy);
            assert!(accuracy < 0.85, "{columns:?}, weight decay {decay}: {accuracy}");
            assert!(
                accuracy > 0.65,
                "the baseline itself has not learned: {columns:?}, weight decay {decay}: {accuracy}"
            );
        }
    }
}

fn test_accuracy(news: &News, columns: &[&str], decay: f64) -> f64 {
    let texts = news.train.text(columns).unwrap();
    let vectorizer = TextVectorizer::adapt(&texts, VectorizerConfig::default()).unwrap();
    let train = vectorizer.encode_all(&texts);
    let test = vectorizer.encode_all(&news.test.text(columns).unwrap());
    let model = bag_of_words::fit(&train, news.train.labels(), vectorizer.vocabulary().len(), 4, decay);
    model.accuracy(&test, news.test.labels())
}
