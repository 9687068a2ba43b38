//! Small synthetic tasks with known answers, for what recurrent networks do besides classification. Generated; the same
//! seed gives the same data.
//!
//! | module | a network has to | what a test checks |
//! | --- | --- | --- |
//! | [`agreement`] | remember the subject of the sentence | the pronoun follows the subject alone |
//! | [`copying`] | remember over many steps | the symbols |
//! | [`characters`] | generate the next letter | every line is a sentence of the grammar |
//! | [`translation`] | turn one sentence into another | each word agrees with its noun |
//! | [`series`] | predict the next value | trend, season and noise add up |
//! | [`digits`] | recognise a digit in frames of sound | the loudest band follows the digit's melody |
//! | [`shapes`] | describe an image, read row by row | the shape is where the caption says |
//! | [`stories`] | answer a question about a story | the answer follows from the supporting sentences |

pub mod agreement;
pub mod characters;
pub mod copying;
pub mod digits;
pub mod series;
pub mod shapes;
pub mod stories;
pub mod translation;

use rand::Rng;
use rand_chacha::ChaCha8Rng;

fn pick<T: Copy>(rng: &mut ChaCha8Rng, from: &[T]) -> T {
    from[rng.random_range(0..from.len())]
}

/// `noise` where it is from 0 to 1; otherwise the nearer of these, and 0 for what is not a number.
fn from_0_to_1(noise: f64) -> f64 {
    if noise.is_nan() { 0.0 } else { noise.clamp(0.0, 1.0) }
}
