//! Pairs for translation: a small grammar of English and Spanish. Articles and adjectives agree with their noun,
//! adjectives change place, the negation moves before the verb.

use super::pick;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// The same sentence twice, words separated by spaces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair {
    /// As `the small dog does not see a red house`.
    pub english: String,
    /// As `el perro pequeño no ve una casa roja`.
    pub spanish: String,
}

/// A noun in both languages, and whether it is feminine in Spanish.
const NOUNS: [(&str, &str, bool); 12] = [
    ("dog", "perro", false),
    ("cat", "gato", false),
    ("book", "libro", false),
    ("tree", "árbol", false),
    ("boy", "niño", false),
    ("horse", "caballo", false),
    ("house", "casa", true),
    ("girl", "niña", true),
    ("table", "mesa", true),
    ("moon", "luna", true),
    ("woman", "mujer", true),
    ("flower", "flor", true),
];
/// An adjective, masculine and feminine.
const ADJECTIVES: [(&str, &str, &str); 8] = [
    ("red", "rojo", "roja"),
    ("small", "pequeño", "pequeña"),
    ("white", "blanco", "blanca"),
    ("old", "viejo", "vieja"),
    ("new", "nuevo", "nueva"),
    ("big", "grande", "grande"),
    ("green", "verde", "verde"),
    ("black", "negro", "negra"),
];
/// A verb: `sees`, `see`, `ve`.
const VERBS: [(&str, &str, &str); 8] = [
    ("sees", "see", "ve"),
    ("wants", "want", "quiere"),
    ("finds", "find", "encuentra"),
    ("draws", "draw", "dibuja"),
    ("loves", "love", "adora"),
    ("has", "have", "tiene"),
    ("looks for", "look for", "busca"),
    ("remembers", "remember", "recuerda"),
];

/// `rows` pairs.
pub fn translation(rows: usize, seed: u64) -> Vec<Pair> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    (0..rows).map(|_| sentence(&mut rng)).collect()
}

fn sentence(rng: &mut ChaCha8Rng) -> Pair {
    let ((subject_en, subject_es), (object_en, object_es)) = (noun_phrase(rng), noun_phrase(rng));
    let (sees, see, ve) = pick(rng, &VERBS);
    let (verb_en, verb_es) = if rng.random_ratio(1, 3) {
        (format!("does not {see}"), format!("no {ve}"))
    } else {
        (sees.to_string(), ve.to_string())
    };
    Pair {
        english: format!("{subject_en} {verb_en} {object_en}"),
        spanish: format!("{subject_es} {verb_es} {object_es}"),
    }
}

fn noun_phrase(rng: &mut ChaCha8Rng) -> (String, String) {
    let (noun, sustantivo, feminine) = pick(rng, &NOUNS);
    let (the, el) = match (rng.random::<bool>(), feminine) {
        (true, false) => ("the", "el"),
        (true, true) => ("the", "la"),
        (false, false) => ("a", "un"),
        (false, true) => ("a", "una"),
    };
    if rng.random_ratio(1, 3) {
        return (format!("{the} {noun}"), format!("{el} {sustantivo}"));
    }
    let (red, rojo, roja) = pick(rng, &ADJECTIVES);
    // "an old dog"
    let the = if the == "a" && red.starts_with('o') { "an" } else { the };
    (format!("{the} {red} {noun}"), format!("{el} {sustantivo} {}", if feminine { roja } else { rojo }))
}
