//! Exercises that check themselves.
//!
//! A page asks for a few lines, a number or a letter. [`check`] tries the answer and says one of four things: it is
//! right, and why that matters; it is wrong, and which typical mistake it may be; it failed; or nothing was attempted.
//! [`hint`] gives up to three hints, each a step further, and [`solution`] shows the answer. What was solved is kept in
//! a file of the learner's, `exercises.jsonl` in the folder of the pages; [`board()`] shows it.
//!
//! ```
//! # // Nothing is kept of this example.
//! # unsafe { std::env::set_var("RECURRENT_EXERCISES", "") };
//! use recurrent::{exercises::{Outcome, check, gap}, prelude::*};
//! fn gradient_left(f: Vec<f64>) -> Result<f64> {
//!     gap() // your line here
//! }
//! assert_eq!(check("04.5", gradient_left)?.outcome, Outcome::NotAttempted);
//! fn product(f: Vec<f64>) -> Result<f64> {
//!     Ok(f.iter().product())
//! }
//! assert_eq!(check("04.5", product)?.outcome, Outcome::Right);
//! # Ok::<(), recurrent::error::Error>(())
//! ```

use crate::error::{Error, Result};

mod attempt;
mod board;
mod exercise;
mod pages;
mod predictions;
mod progress;
mod value;
mod verdict;

pub use attempt::{Answer, Attempt, Failure};
pub use board::{Attempts, Board, board};
pub use value::{Argument, Output, Value};
pub use verdict::{Outcome, Text, Verdict};

/// Stands where your lines belong: a function that comes to it has not been attempted yet.
///
/// # Errors
/// Always.
pub fn gap<T>() -> std::result::Result<T, recurrent_nn::Error> {
    Err(candle_core::Error::Msg(attempt::GAP.into()).into())
}

/// Checks the answer to an exercise: a function, a number, or a letter.
///
/// # Errors
/// There is no such exercise. (That the file of the solved exercises cannot be written is said beside the verdict.)
pub fn check<Kind>(id: &str, attempt: impl Attempt<Kind>) -> Result<Verdict> {
    let exercise = pages::get(id)?;
    let (outcome, mut text) = exercise.judge(&attempt.into_answer());
    if outcome != Outcome::NotAttempted
        && let Err(error) = progress::note(exercise.id, outcome.name())
    {
        text += &format!(" (This is not kept: {error}.)");
    }
    Ok(Verdict { kind: exercise.kind(), id: exercise.id, title: exercise.title, outcome, text })
}

/// The next hint for an exercise; after the last one the last one again.
///
/// # Errors
/// There is no such exercise; the file of the solved exercises cannot be read or written.
pub fn hint(id: &str) -> Result<Text> {
    let exercise = pages::get(id)?;
    let given = progress::count(exercise.id, HINT)?;
    progress::note(exercise.id, HINT)?;
    let (last, place) = (exercise.hints.len().saturating_sub(1), given.min(exercise.hints.len().saturating_sub(1)));
    let more = if place < last { " (call it again for the next one)" } else { "" };
    let hint = exercise.hints.get(place).copied().unwrap_or("This exercise has no hint.");
    Ok(Text { head: format!("Hint {} of {}{more}", place + 1, last + 1), text: hint.into(), code: false })
}

/// The answer to an exercise, and why it matters.
///
/// # Errors
/// As [`hint`].
pub fn solution(id: &str) -> Result<Text> {
    let exercise = pages::get(id)?;
    progress::note(exercise.id, "solution")?;
    Ok(Text { head: format!("{} {id}: {}", exercise.kind(), exercise.why), text: exercise.solution(), code: true })
}

/// How a hint is noted.
const HINT: &str = "hint";

#[cfg(test)]
mod tests {
    use super::*;
    use std::{collections::BTreeSet, fs, path::Path};

    #[test]
    fn each_solution_is_right_each_gap_open_and_each_mistake_has_its_own_word() {
        // A function is not cloned: each exercise is made twice.
        for (exercise, again) in pages::all().into_iter().zip(pages::all()) {
            let (right, open, mistakes) = again.task.typical();
            let judged = exercise.judge(&right);
            assert_eq!(judged, (Outcome::Right, exercise.why.to_owned()), "{}", exercise.id);
            assert_eq!(exercise.judge(&open).0, Outcome::NotAttempted, "{}", exercise.id);
            assert!(!mistakes.is_empty(), "{} knows no mistake", exercise.id);
            let words: BTreeSet<&str> = mistakes.iter().map(|(_, word)| *word).collect();
            assert_eq!(words.len(), mistakes.len(), "{}: two mistakes get the same word", exercise.id);
            for (mistake, word) in &mistakes {
                assert_eq!(exercise.judge(mistake), (Outcome::Wrong, (*word).to_owned()), "{}", exercise.id);
            }
            assert!((1..=3).contains(&exercise.hints.len()), "{} has {} hints", exercise.id, exercise.hints.len());
        }
    }

    #[test]
    fn each_exercise_stands_on_its_page_and_nothing_else_is_checked_there() {
        let pages = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../notebooks");
        let mut checked: Vec<String> = Vec::new();
        for entry in fs::read_dir(pages).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if !name.ends_with(".ipynb") {
                continue;
            }
            let page: serde_json::Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
            for cell in page["cells"].as_array().unwrap().iter().filter(|cell| cell["cell_type"] == "code") {
                let lines = cell["source"].as_array().unwrap().iter().filter_map(|line| line.as_str());
                for line in lines.filter(|line| line.starts_with("check(")) {
                    let id = line.split('"').nth(1).unwrap();
                    assert_eq!(id.split('.').next(), name.split('-').next(), "{id} on {name}");
                    let tag = &cell["metadata"]["tags"][0];
                    assert_eq!(tag, "exercise", "{id} on {name} has no tag");
                    checked.push(id.to_owned());
                }
            }
        }
        checked.sort();
        let ids: Vec<&str> = pages::all().iter().map(|exercise| exercise.id).collect();
        assert_eq!(checked, ids);
    }

    #[test]
    fn ids_count_up_and_half_of_a_pages_exercises_are_code() {
        let all = pages::all();
        let pages: BTreeSet<&str> = all.iter().map(exercise::Exercise::page).collect();
        for page in pages {
            let on_page: Vec<&exercise::Exercise> =
                all.iter().filter(|one| !one.is_prediction() && one.page() == page).collect();
            let ids: Vec<String> = (1..=on_page.len()).map(|number| format!("{page}.{number}")).collect();
            assert_eq!(on_page.iter().map(|exercise| exercise.id).collect::<Vec<_>>(), ids);
            let code = on_page.iter().filter(|exercise| matches!(exercise.task, exercise::Task::Code(_))).count();
            assert!(on_page.len() >= 4 && 2 * code >= on_page.len(), "page {page}: {code} of {}", on_page.len());
            let predictions = all.iter().filter(|one| one.is_prediction() && one.page() == page);
            let ids: Vec<String> =
                (1..=predictions.clone().count()).map(|number| format!("{page}.P{number}")).collect();
            assert_eq!(predictions.map(|one| one.id).collect::<Vec<_>>(), ids);
        }
    }
}
