//! "Alice … she", "Alice and Tom … they": a task on which a memory cell can be seen at work.

use super::pick;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Names that `she` stands for.
pub const FEMININE: [&str; 8] = ["Alice", "Clara", "Emma", "Grace", "Ines", "Maria", "Nora", "Ruth"];
/// Names that `he` stands for.
pub const MASCULINE: [&str; 8] = ["Ben", "David", "Felix", "Hugo", "Jonas", "Oscar", "Paul", "Tom"];
/// The three answers; a label is an index into them.
pub const PRONOUNS: [&str; 3] = ["she", "he", "they"];

/// A beginning of a sentence whose next word is a pronoun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sentence {
    /// Its words, a comma is one.
    pub words: Vec<String>,
    /// The pronoun that comes next, an index into [`PRONOUNS`].
    pub label: u32,
    /// How many words the subject has: one name, or `Alice and Tom`. All that comes after them only distracts.
    pub subject_words: usize,
}

/// `rows` sentences whose subject is followed by up to `distractors` side clauses with other names in them.
///
/// ```
/// use recurrent_data::tasks::agreement::{PRONOUNS, agreement};
/// let sentence = &agreement(1, 2, 7)[0];
/// println!("{} … {}", sentence.words.join(" "), PRONOUNS[sentence.label as usize]);
/// ```
pub fn agreement(rows: usize, distractors: usize, seed: u64) -> Vec<Sentence> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    (0..rows).map(|row| sentence(row % PRONOUNS.len(), distractors, &mut rng)).collect()
}

fn sentence(label: usize, distractors: usize, rng: &mut ChaCha8Rng) -> Sentence {
    let mut words = match label {
        0 => vec![pick(rng, &FEMININE)],
        1 => vec![pick(rng, &MASCULINE)],
        _ => two_people(rng),
    };
    let subject_words = words.len();
    for _ in 0..rng.random_range(0..=distractors) {
        words.extend([",", "who", pick(rng, &["met", "thanked", "had", "heard", "knew", "called"])]);
        match rng.random_range(0..3) {
            0 => words.push(pick(rng, &FEMININE)),
            1 => words.push(pick(rng, &MASCULINE)),
            _ => words.extend(two_people(rng)),
        }
        words.extend([
            pick(rng, &["at", "before", "after"]),
            pick(rng, &["lunch", "school", "work", "dinner", "noon"]),
            ",",
        ]);
    }
    words.extend([pick(rng, &["said", "wrote", "thought", "knew"]), "that"]);
    Sentence { words: words.into_iter().map(String::from).collect(), label: label as u32, subject_words }
}

fn two_people(rng: &mut ChaCha8Rng) -> Vec<&'static str> {
    let (first, second) = (pick(rng, &FEMININE), pick(rng, &MASCULINE));
    if rng.random() { vec![first, "and", second] } else { vec![second, "and", first] }
}
