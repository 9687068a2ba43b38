//! Short stories and a question about each: who is where, who has what, who gave it to whom (after Weston and others,
//! *Towards AI-Complete Question Answering*, 2015, arXiv 1502.05698).

use super::pick;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// A story, a question, and the answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Story {
    /// As `anna goes to the garden`, `anna takes the key`, `anna gives the key to ben`.
    pub sentences: Vec<String>,
    /// As `where is the key`, `where is ben`, `who has the key`, `who gave the key to ben`.
    pub question: String,
    /// One word: a person or a place.
    pub answer: String,
    /// The sentences that one needs for the answer, counted from 0, in their order.
    pub supporting: Vec<usize>,
}

impl Story {
    /// Sentences between the first one that is needed and the question.
    pub fn distance(&self) -> usize {
        self.supporting.first().map_or(0, |first| self.sentences.len() - 1 - first)
    }

    /// The story and then the question, words separated by spaces.
    pub fn text(&self) -> String {
        format!("{} . {} ?", self.sentences.join(" . "), self.question)
    }
}

/// Who acts.
pub const PEOPLE: [&str; 4] = ["anna", "ben", "clara", "david"];
/// Where they go.
pub const PLACES: [&str; 5] = ["garden", "kitchen", "office", "school", "station"];
const OBJECTS: [&str; 3] = ["book", "key", "ball"];

/// What holds after some sentences; each fact with the number of the sentence that says it.
#[derive(Default)]
struct World {
    places: [Option<(usize, &'static str)>; PEOPLE.len()],
    /// The holder of each object, and who gave it.
    holders: [Option<(usize, usize, Option<usize>)>; OBJECTS.len()],
}

/// `rows` stories of `sentences` sentences each.
///
/// ```
/// let story = &recurrent_data::tasks::stories::stories(1, 6, 0)[0];
/// assert_eq!(story.sentences.len(), 6);
/// assert!(story.supporting.iter().all(|&sentence| sentence < 6));
/// ```
pub fn stories(rows: usize, sentences: usize, seed: u64) -> Vec<Story> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    (0..rows).map(|_| story(sentences.max(1), &mut rng)).collect()
}

fn story(count: usize, rng: &mut ChaCha8Rng) -> Story {
    let mut world = World::default();
    let sentences = (0..count).map(|number| sentence(number, &mut world, rng)).collect();
    let mut questions = Vec::new();
    for (person, place) in PEOPLE.iter().zip(world.places) {
        if let Some((said, place)) = place {
            questions.push((format!("where is {person}"), place, vec![said]));
        }
    }
    for (object, holder) in OBJECTS.iter().zip(world.holders) {
        let Some((said, holder, giver)) = holder else { continue };
        questions.push((format!("who has the {object}"), PEOPLE[holder], vec![said]));
        if let Some((moved, place)) = world.places[holder] {
            questions.push((format!("where is the {object}"), place, vec![said.min(moved), said.max(moved)]));
        }
        if let Some(giver) = giver {
            let question = format!("who gave the {object} to {}", PEOPLE[holder]);
            questions.push((question, PEOPLE[giver], vec![said]));
        }
    }
    let (question, answer, supporting) = questions.swap_remove(rng.random_range(0..questions.len()));
    Story { sentences, question, answer: answer.into(), supporting }
}

/// One more sentence; the world is changed by it.
fn sentence(number: usize, world: &mut World, rng: &mut ChaCha8Rng) -> String {
    let person = rng.random_range(0..PEOPLE.len());
    let object = rng.random_range(0..OBJECTS.len());
    match world.holders[object] {
        // Half of the sentences move somebody, as do those in which nothing else can be done.
        _ if rng.random() => {}
        None => {
            world.holders[object] = Some((number, person, None));
            return format!("{} takes the {}", PEOPLE[person], OBJECTS[object]);
        }
        Some((_, holder, _)) if holder != person => {
            world.holders[object] = Some((number, person, Some(holder)));
            return format!("{} gives the {} to {}", PEOPLE[holder], OBJECTS[object], PEOPLE[person]);
        }
        Some(_) => {}
    }
    let place = pick(rng, &PLACES);
    world.places[person] = Some((number, place));
    format!("{} goes to the {place}", PEOPLE[person])
}
