//! Small synthetic tasks with known answers, for what recurrent networks do besides classification. Generated; the same
//! seed gives the same data.
//!
//! | module | a network has to | what a test checks |
//! | --- | --- | --- |
//! | [`agreement`] | remember the subject of the sentence | the pronoun follows the subject alone |
//! | [`copying`] | remember over many steps | the symbols |
//! | [`translation`] | turn one sentence into another | each word agrees with its noun |
//! | [`shapes`] | describe an image, read row by row | the shape is where the caption says |
//! | [`stories`] | answer a question about a story | the answer follows from the supporting sentences |

pub mod agreement;
pub mod copying;
pub mod shapes;
pub mod stories;
pub mod translation;

use rand::Rng;
use rand_chacha::ChaCha8Rng;

fn pick<T: Copy>(rng: &mut ChaCha8Rng, from: &[T]) -> T {
    from[rng.random_range(0..from.len())]
}
