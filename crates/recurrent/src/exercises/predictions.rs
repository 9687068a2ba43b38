//! Predictions: what a learner expects of a cell before it shows its result. Each numbered section of a page has one.

use super::exercise::{Exercise, Task};

mod page_01;
mod page_02;
mod page_03;
mod page_04;
mod page_05;
mod page_06;
mod page_07;
mod page_08;
mod page_08b;
mod page_08c;
mod page_08d;
mod page_09;
mod page_10;
mod page_11;
mod page_12;

/// All, in the order of the pages.
pub(super) fn all() -> Vec<Exercise> {
    [
        page_01::PREDICTIONS,
        page_02::PREDICTIONS,
        page_03::PREDICTIONS,
        page_04::PREDICTIONS,
        page_05::PREDICTIONS,
        page_06::PREDICTIONS,
        page_07::PREDICTIONS,
        page_08::PREDICTIONS,
        page_08b::PREDICTIONS,
        page_08c::PREDICTIONS,
        page_08d::PREDICTIONS,
        page_09::PREDICTIONS,
        page_10::PREDICTIONS,
        page_11::PREDICTIONS,
        page_12::PREDICTIONS,
    ]
    .into_iter()
    .flatten()
    .map(Prediction::exercise)
    .collect()
}

/// A question with a few answers, asked before the cell shows the result.
struct Prediction {
    /// Page and number: "04.P2".
    id: &'static str,
    /// What is asked, in a few words.
    title: &'static str,
    /// What to think of.
    hint: &'static str,
    /// The letter of the right answer.
    right: &'static str,
    /// Why it comes so.
    why: &'static str,
    /// The other letters, each with what is said of it.
    wrong: &'static [(&'static str, &'static str)],
}

impl Prediction {
    fn exercise(&'static self) -> Exercise {
        let Self { id, title, why, right, wrong, .. } = *self;
        Exercise { id, title, hints: std::slice::from_ref(&self.hint), why, task: Task::Choice { right, wrong } }
    }
}
