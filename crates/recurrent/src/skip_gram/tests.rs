use super::{SkipGramVectors, dot, skip_gram};
use crate::prelude::*;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use recurrent_nn::train::with_progress;

/// J of one word and its targets, in 64 bits, straight from the formula.
fn loss(input: &[f64], output: &[f64], size: usize, word: u32, targets: &[u32]) -> f64 {
    let row = |table: &[f64], id: u32| table[id as usize * size..][..size].to_vec();
    let v = row(input, word);
    let term = |(place, &target): (usize, &u32)| {
        let x: f64 = row(output, target).iter().zip(&v).map(|(u, v)| u * v).sum();
        let x = if place == 0 { x } else { -x };
        -(1.0 / (1.0 + (-x).exp())).ln()
    };
    targets.iter().enumerate().map(term).sum()
}

#[test]
fn a_step_follows_the_gradient_of_the_formula() {
    const SIZE: usize = 11;
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    let mut draw = || -> Vec<f32> { (0..6 * SIZE).map(|_| rng.random_range(-0.8..0.8)).collect() };
    let (input, output) = (draw(), draw());
    let (word, targets) = (2, [5, 3, 0, 4]);
    let mut weights =
        SkipGramVectors { dimension: SIZE, input: input.clone(), output: output.clone(), d_input: vec![0.0; SIZE] };
    let wide = |values: &[f32]| -> Vec<f64> { values.iter().map(|&x| f64::from(x)).collect() };
    let tables = [wide(&input), wide(&output)];
    let j = |tables: &[Vec<f64>; 2]| loss(&tables[0], &tables[1], SIZE, word, &targets);

    let found = weights.update(word, &targets, 1.0);
    assert!((f64::from(found) - j(&tables)).abs() < 1e-5);
    for (table, after) in [wide(&weights.input), wide(&weights.output)].iter().enumerate() {
        for (place, &after) in after.iter().enumerate() {
            const H: f64 = 1e-5;
            let moved = |by: f64| {
                let mut moved = tables.clone();
                moved[table][place] += by;
                j(&moved)
            };
            let expected = (moved(H) - moved(-H)) / (2.0 * H);
            let gradient = tables[table][place] - after;
            assert!((gradient - expected).abs() < 1e-6, "table {table}, number {place}: {gradient} against {expected}");
        }
    }
}

#[test]
fn a_dot_product_counts_every_number_once() {
    for length in 0..20 {
        let a: Vec<f32> = (0..length).map(|i| (i + 1) as f32).collect();
        let b = vec![2.0; length];
        assert_eq!(dot(&a, &b), (length * (length + 1)) as f32);
    }
}

const ANIMALS: [&str; 6] = ["cat", "dog", "horse", "sheep", "goat", "cow"];
const TOOLS: [&str; 6] = ["hammer", "saw", "drill", "plane", "chisel", "file"];

/// Sentences in which any animal can stand for any other, and any tool for any other; what stands around them differs.
fn two_groups(seed: u64) -> (Vec<Vec<u32>>, Vocabulary) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let about = [
        (ANIMALS, ["hungry", "farm", "eats", "grass", "sleeps", "field"]),
        (TOOLS, ["rusty", "workshop", "needs", "oil", "lies", "bench"]),
    ];
    let texts: Vec<String> = (0..2000)
        .map(|row| {
            let (group, around) = about[row % 2];
            let mut pick = |from: &[&'static str]| from[rng.random_range(0..from.len())];
            let words = ["the", pick(&around), pick(&group), pick(&around), "and", pick(&around)];
            words.join(" ")
        })
        .collect();
    let vectorizer = TextVectorizer::adapt(&texts, VectorizerConfig::default()).unwrap();
    (vectorizer.encode_all(&texts), vectorizer.vocabulary().clone())
}

fn small(seed: u64) -> SkipGramConfig {
    SkipGramConfig { dimension: 16, window: 1, subsample: None, seed, progress: false, ..Default::default() }
}

#[test]
fn neighbors_come_from_the_same_group() -> Result<(), Error> {
    for seed in 0..3 {
        let (sequences, vocabulary) = two_groups(seed);
        let vectors = skip_gram(&sequences, &vocabulary, small(seed))?;
        for group in [ANIMALS, TOOLS] {
            for word in group {
                let nearest = vectors.nearest(word, group.len() - 1)?;
                assert!(nearest.words.iter().all(|(word, _)| group.contains(&word.as_str())), "seed {seed}: {nearest}");
            }
        }
    }
    Ok(())
}

#[test]
fn the_seed_fixes_every_bit() -> Result<(), Error> {
    let (sequences, vocabulary) = two_groups(1);
    let bits = |seed| -> Result<Vec<u32>, Error> {
        let vectors = skip_gram(&sequences[..200], &vocabulary, small(seed))?;
        Ok(vectors.vectors().iter().map(|x| x.to_bits()).collect())
    };
    assert_eq!(bits(1)?, bits(1)?);
    assert_ne!(bits(1)?, bits(2)?);
    Ok(())
}

#[test]
fn progress_goes_where_a_caller_wants_it() -> Result<(), Error> {
    let (sequences, vocabulary) = two_groups(1);
    let config = SkipGramConfig { epochs: 2, progress: true, ..small(1) };
    let (sender, lines) = std::sync::mpsc::channel();
    let sink = move |line: &str| sender.send(line.to_string()).unwrap_or_default();
    with_progress(sink, || skip_gram(&sequences[..200], &vocabulary, config))?;
    let lines: Vec<String> = lines.iter().filter(|line| line.contains("  done   loss ")).collect();
    assert!(lines.len() == 2 && lines[1].starts_with("skip-gram, epoch 2/2"), "{lines:?}");
    Ok(())
}

#[test]
fn unknown_words_and_padding_are_passed_over() -> Result<(), Error> {
    let vocabulary = Vocabulary::new(["a", "b", "never"].map(String::from))?;
    let vectors = skip_gram(&[vec![2, 1, 1, 3, 0, 0], vec![1]], &vocabulary, small(1))?;
    let plain = skip_gram(&[vec![2, 3], vec![]], &vocabulary, small(1))?;
    assert_eq!(vectors, plain);
    assert!(vectors.has(2) && vectors.has(3) && !vectors.has(4) && !vectors.has(1));
    assert_eq!(vectors.vectors()[..16], [0.0; 16]);
    assert_eq!(
        vectors.to_string(),
        "2 of 3 tokens have a vector of 16 numbers (66.7 %): skip-gram, 10 epochs over 2 words"
    );
    Ok(())
}

#[test]
fn what_makes_no_sense_is_refused() -> Result<(), Error> {
    let (sequences, vocabulary) = two_groups(1);
    let refused = |sequences: &[Vec<u32>], config| {
        let answer = skip_gram(sequences, &vocabulary, config);
        answer.expect_err("this should be refused").to_string()
    };
    let none = SkipGramConfig { window: 0, ..small(1) };
    assert_eq!(refused(&sequences, none), "skip_gram: `window` must be at least 1, got 0");
    let rate = SkipGramConfig { learning_rate: f32::NAN, ..small(1) };
    assert_eq!(refused(&sequences, rate), "skip_gram: `learning_rate` must be a number above 0, got NaN");
    let subsample = SkipGramConfig { subsample: Some(0.0), ..small(1) };
    assert_eq!(refused(&sequences, subsample), "skip_gram: `subsample` must be a number above 0, or None, got 0");
    assert_eq!(
        refused(&[vec![2, 3], vec![4, 999]], small(1)),
        format!("skip_gram: expected ids below {}, the vocabulary's size, got 999 in sequence 1", vocabulary.len())
    );
    assert_eq!(
        refused(&[vec![2], vec![1, 3]], small(1)),
        "skip_gram: expected a text with at least two known words, got 2 texts without"
    );
    let wild = SkipGramConfig { learning_rate: 1e30, ..small(1) };
    assert!(refused(&sequences, wild).starts_with("skip_gram diverged in epoch 1: the loss is "));
    Ok(())
}

/// A stop that a real process gets while it learns for an hour.
#[cfg(unix)]
mod stop {
    use super::{skip_gram, small, two_groups};
    use crate::prelude::*;
    use std::io::{BufRead, BufReader};
    use std::process::{Command, Stdio};

    /// Set in the process that the test starts: itself, anew.
    const CHILD: &str = "RECURRENT_TEST_OF_A_STOP";

    /// Learns until it is stopped.
    fn learn() -> Result<(), Error> {
        let (sequences, vocabulary) = two_groups(1);
        let config = SkipGramConfig { epochs: 1_000_000, progress: true, ..small(1) };
        let vectors = skip_gram(&sequences, &vocabulary, config)?;
        println!("returned {vectors}");
        Ok(())
    }

    #[test]
    fn a_stop_ends_it_with_the_vectors_so_far() {
        if std::env::var_os(CHILD).is_some() {
            return learn().unwrap();
        }
        let name = "skip_gram::tests::stop::a_stop_ends_it_with_the_vectors_so_far";
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", name, "--nocapture"])
            .env(CHILD, "1")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let mut line_with = |word: &str| lines.find(|line| line.contains(word));
        assert!(line_with("skip-gram, epoch 2/").is_some());
        let id = child.id().to_string();
        assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
        let returned = line_with("returned ").expect("a line that says what came back");
        assert!(returned.contains("26 of 26 tokens") && returned.ends_with("over 12000 words, stopped"), "{returned}");
        assert_eq!(child.wait().unwrap().code(), Some(0));
    }
}
