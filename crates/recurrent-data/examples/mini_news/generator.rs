//! Writes MiniNews: headlines with descriptions for four desks of an invented newspaper.
//!
//! About half of the rows are about one desk only, and their words give the desk away. The others name two desks, and
//! the order of the words decides: the news belongs to the one who acts (`Striker Holt sues lender Dorn` is sport,
//! `Lender Dorn sues striker Holt` is business, `Striker Holt sued by lender Dorn` is business too), to what is the
//! case rather than what is denied (`Cup final, not rate cut, grips Tarn`), and to what someone has become rather than
//! what they were (`Once a striker, Holt is now a banker`). In these rows both desks come from the same lists, each as
//! likely on either side, so their bag of words says nothing about which of the two it is.

use super::words::{CLOSINGS, CONTRASTS, DAYS, DEEDS, DESKS, Desk, GRIPS, MONTHS, NAMES, PLACES, TAILS, VERBS};
use rand::{Rng, SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;
use std::collections::HashSet;

/// One line of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Story {
    /// 1 to 4: World, Sports, Business, Sci/Tech.
    pub class: usize,
    /// 6 to 10 words.
    pub title: String,
    /// 15 to 40 words.
    pub description: String,
}

/// Of 100 stories, those in which the order of the words decides.
const TWO_DESKS_PERCENT: u32 = 45;

/// The shipped corpus: a training and a test part.
pub fn corpus() -> (Vec<Story>, Vec<Story>) {
    let mut seen = HashSet::new();
    let train = stories(6000, 1, &mut seen);
    let test = stories(1200, 2, &mut seen);
    (train, test)
}

/// `rows` stories, the classes in turn and in random order, no title twice and none that is in `seen`.
fn stories(rows: usize, seed: u64, seen: &mut HashSet<String>) -> Vec<Story> {
    let mut writer = Writer(ChaCha8Rng::seed_from_u64(seed));
    let mut stories = Vec::with_capacity(rows);
    while stories.len() < rows {
        let story = writer.story(stories.len() % DESKS.len());
        let lengths_fit = (6..=10).contains(&words(&story.title)) && (15..=40).contains(&words(&story.description));
        if lengths_fit && seen.insert(story.title.clone()) {
            stories.push(story);
        }
    }
    stories.shuffle(&mut writer.0);
    stories
}

/// The stories as AG News writes its rows: every field in quotes, a quote doubled, no header.
pub fn csv(stories: &[Story]) -> String {
    let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
    stories
        .iter()
        .map(|s| format!("{},{},{}\n", quoted(&s.class.to_string()), quoted(&s.title), quoted(&s.description)))
        .collect()
}

fn words(text: &str) -> usize {
    text.split_whitespace().count()
}

struct Writer(ChaCha8Rng);

impl Writer {
    fn story(&mut self, desk: usize) -> Story {
        let other = &DESKS[(desk + self.0.random_range(1..DESKS.len())) % DESKS.len()];
        let (titles, openings) = if self.0.random_ratio(TWO_DESKS_PERCENT, 100) {
            let contrast = &CONTRASTS[self.0.random_range(0..CONTRASTS.len())];
            (contrast.titles, contrast.openings)
        } else {
            (DESKS[desk].titles, DESKS[desk].openings)
        };
        let slots = self.slots(&DESKS[desk], other);
        let title = fill(self.pick(titles), &slots);
        let description = format!("{}. {}", fill(self.pick(openings), &slots), fill(self.pick(CLOSINGS), &slots));
        Story { class: desk + 1, title: sentence(&title), description: sentence(&description) }
    }

    /// Who, where and when: the same in a headline and in its description.
    fn slots(&mut self, desk: &Desk, other: &Desk) -> Vec<(&'static str, String)> {
        let (verb, verb_past) = VERBS[self.0.random_range(0..VERBS.len())];
        let [person, other_person] = [desk, other].map(|d| self.pick(d.people));
        let [body, other_body] = [desk, other].map(|d| self.pick(d.bodies));
        // Of four that act, one is a body.
        let [role, other_role] =
            [(person, body), (other_person, other_body)].map(|(p, b)| if self.0.random_ratio(1, 4) { b } else { p });
        let [name, other_name, name2] = self.different(NAMES);
        let [place, place2] = self.different(PLACES);
        let [n, m] = self.different(&[
            "3", "4", "5", "6", "7", "8", "9", "11", "12", "14", "17", "19", "21", "24", "28", "30", "35", "40", "52",
            "60",
        ]);
        let event = self.pick(desk.events);
        let mut slots: Vec<(&'static str, String)> = vec![
            ("an_event", with_article(event)),
            ("a_person", with_article(person)),
            ("an_other_person", with_article(other_person)),
        ];
        let words = [
            ("role", role),
            ("other_role", other_role),
            ("person", person),
            ("other_person", other_person),
            ("event", event),
            ("other_event", self.pick(other.events)),
            ("name", name),
            ("other_name", other_name),
            ("name2", name2),
            ("place", place),
            ("place2", place2),
            ("n", n),
            ("m", m),
            ("day", self.pick(DAYS)),
            ("month", self.pick(MONTHS)),
            ("nth", self.pick(&["second", "third", "fourth", "fifth", "sixth"])),
            ("verb", verb),
            ("verb_past", verb_past),
            ("tail", self.pick(TAILS)),
            ("grip", self.pick(GRIPS)),
            ("deed", self.pick(DEEDS)),
        ];
        slots.extend(words.map(|(slot, word)| (slot, word.to_string())));
        slots
    }

    fn pick(&mut self, from: &[&'static str]) -> &'static str {
        from[self.0.random_range(0..from.len())]
    }

    fn different<const N: usize>(&mut self, from: &[&'static str]) -> [&'static str; N] {
        let chosen = rand::seq::index::sample(&mut self.0, from.len(), N);
        std::array::from_fn(|i| from[chosen.index(i)])
    }
}

/// Puts the words in their slots, also where a word has slots itself.
fn fill(template: &str, slots: &[(&'static str, String)]) -> String {
    let mut text = template.to_string();
    while text.contains('{') {
        for (slot, word) in slots {
            text = text.replace(&format!("{{{slot}}}"), word);
        }
    }
    text
}

fn with_article(noun: &str) -> String {
    let article = if noun.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
    format!("{article} {noun}")
}

/// Begins with a capital, also after a full stop.
fn sentence(text: &str) -> String {
    let mut first = text.chars();
    first.next().map(|c| c.to_uppercase().chain(first).collect()).unwrap_or_default()
}
