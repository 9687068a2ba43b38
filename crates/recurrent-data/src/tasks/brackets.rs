//! Is every bracket closed by its partner? A task that needs a stack.

use super::pick;
use crate::{Error, Result};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

const OPEN: [char; 3] = ['(', '[', '{'];
const CLOSE: [char; 3] = [')', ']', '}'];

/// A sequence of brackets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BracketSequence {
    /// The brackets.
    pub text: String,
    /// Whether each is closed by its partner, in the right order, and none is left open.
    pub balanced: bool,
    /// How many brackets are open after each step; the count goes on as if all partners fitted, so it can be below 0
    /// where a sequence is not balanced.
    pub depth: Vec<i32>,
}

/// `rows` sequences of 2 to `longest` brackets of `kinds` kinds (1 to 3), half of them balanced; the others are
/// balanced ones in which one bracket was changed.
///
/// # Errors
/// If `kinds` is not 1, 2 or 3, or `longest` is below 2.
pub fn brackets(
    rows: usize,
    longest: usize,
    kinds: usize,
    seed: u64,
) -> Result<Vec<BracketSequence>> {
    if !(1..=OPEN.len()).contains(&kinds) || longest < 2 {
        return Err(Error::argument(
            "brackets",
            "longest of 2 or more, kinds of 1 to 3",
            format!("longest {longest}, kinds {kinds}"),
        ));
    }
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let sequence = |row| {
        let mut text = balanced(2 * rng.random_range(1..=longest / 2), kinds, &mut rng);
        if row % 2 == 1 {
            let place = rng.random_range(0..text.len());
            let others: Vec<char> = OPEN[..kinds]
                .iter()
                .chain(&CLOSE[..kinds])
                .copied()
                .filter(|&c| c != text[place])
                .collect();
            text[place] = pick(&mut rng, &others);
        }
        let text: String = text.into_iter().collect();
        BracketSequence {
            balanced: is_balanced(&text),
            depth: depth(&text),
            text,
        }
    };
    Ok((0..rows).map(sequence).collect())
}

/// Whether every bracket is closed by its partner.
pub fn is_balanced(text: &str) -> bool {
    let mut open = Vec::new();
    for c in text.chars() {
        if let Some(kind) = OPEN.iter().position(|&o| o == c) {
            open.push(kind);
        } else if CLOSE.iter().position(|&o| o == c) != open.pop() {
            return false;
        }
    }
    open.is_empty()
}

fn depth(text: &str) -> Vec<i32> {
    text.chars()
        .scan(0, |depth, c| {
            *depth += if OPEN.contains(&c) { 1 } else { -1 };
            Some(*depth)
        })
        .collect()
}

fn balanced(length: usize, kinds: usize, rng: &mut ChaCha8Rng) -> Vec<char> {
    let (mut text, mut open) = (Vec::with_capacity(length), Vec::new());
    while text.len() < length {
        let must_close = open.len() == length - text.len();
        if !must_close && (open.is_empty() || rng.random()) {
            let kind = rng.random_range(0..kinds);
            open.push(kind);
            text.push(OPEN[kind]);
        } else if let Some(kind) = open.pop() {
            text.push(CLOSE[kind]);
        }
    }
    text
}
