//! Text to learn letter by letter: sentences in which number and verb agree, so that what a network writes can be
//! judged.

use super::pick;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

const NUMBERS: [&str; 6] = ["one", "two", "three", "four", "five", "nine"];
const COLOURS: [&str; 6] = ["red", "grey", "young", "old", "quiet", "hungry"];
const ANIMALS: [(&str, &str); 8] = [
    ("cat", "cats"),
    ("wolf", "wolves"),
    ("mouse", "mice"),
    ("fish", "fish"),
    ("goose", "geese"),
    ("fox", "foxes"),
    ("pony", "ponies"),
    ("owl", "owls"),
];
const VERBS: [(&str, &str); 8] = [
    ("sleeps", "sleep"),
    ("waits", "wait"),
    ("sings", "sing"),
    ("hides", "hide"),
    ("dreams", "dream"),
    ("watches", "watch"),
    ("eats", "eat"),
    ("plays", "play"),
];
const PLACES: [&str; 6] =
    ["under the bridge", "in the garden", "near the old mill", "on the hill", "behind the barn", "by the river"];

/// `lines` sentences, one in each line, as `two grey wolves wait near the old mill.`
pub fn characters(lines: usize, seed: u64) -> String {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    (0..lines).map(|_| line(&mut rng)).collect()
}

fn line(rng: &mut ChaCha8Rng) -> String {
    let number = pick(rng, &NUMBERS);
    let form = |(one, many): (&'static str, &'static str)| if number == "one" { one } else { many };
    let colour = if rng.random() { format!("{} ", pick(rng, &COLOURS)) } else { String::new() };
    format!("{number} {colour}{} {} {}.\n", form(pick(rng, &ANIMALS)), form(pick(rng, &VERBS)), pick(rng, &PLACES))
}

/// Whether `line` (without its line end) is a sentence of this grammar: what a network writes can be counted.
///
/// ```
/// use recurrent_data::tasks::characters::is_sentence;
/// assert!(is_sentence("two grey wolves wait near the old mill."));
/// assert!(!is_sentence("two grey wolf waits near the old mill."));
/// ```
pub fn is_sentence(line: &str) -> bool {
    let Some((number, rest)) = line.split_once(' ') else {
        return false;
    };
    let rest = COLOURS.iter().find_map(|colour| rest.strip_prefix(colour)?.strip_prefix(' ')).unwrap_or(rest);
    let form = |(one, many): &(&'static str, &'static str)| if number == "one" { *one } else { *many };
    let after = |rest: &str, words: &[(&'static str, &'static str)]| {
        words.iter().find_map(|word| Some(rest.strip_prefix(form(word))?.strip_prefix(' ')?.to_string()))
    };
    let place = after(rest, &ANIMALS).and_then(|rest| after(&rest, &VERBS));
    NUMBERS.contains(&number)
        && place.is_some_and(|place| place.strip_suffix('.').is_some_and(|place| PLACES.contains(&place)))
}
