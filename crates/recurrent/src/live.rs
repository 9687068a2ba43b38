//! Figures that move while a cell runs.
//!
//! [`live`] shows a figure, and shows the next one in its place. In the same way `fit`, skip-gram, the learning-rate
//! finder, and long evaluations and predictions show how far they are. Only the kernel of the lesson can do this: it
//! tells the process that runs the cells a secret word, and takes a line that begins with it out of the output. In a
//! terminal nothing of it is printed.

use crate::display::{HTML, MimeBundle, Show, TEXT};
use std::{
    collections::BTreeMap,
    sync::{LazyLock, Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};

mod notebook;
mod progress;
mod words;

/// The least time between two updates of a figure.
const INTERVAL: Duration = Duration::from_millis(250);

/// Shows a value under a name, or in the place of what the cell has shown under this name before: a figure in a loop of
/// your own, that changes while the loop runs.
///
/// At most four updates in a second reach the notebook. What comes sooner waits for its turn, and what comes after it
/// takes its place, so the loop is not held up and its last figure is shown: a quarter of a second later, or when the
/// cell ends with a value or with the loop. A figure costs some milliseconds to draw:
/// in a quick loop draw one every so many steps.
///
/// ```
/// use recurrent::{live::live, prelude::*};
/// # struct Step;
/// let mut points = Vec::new();
/// for step in 0..50 {
///     let loss = 1.0 / f64::from(step + 1); // here a step of a training
///     points.push((f64::from(step), loss));
///     if step % 10 == 9 {
///         let line = StepLine { name: "loss".into(), points: points.clone() };
///         let panel = StepPanel { name: "loss".into(), log_scale: false, lines: vec![line] };
///         live("my loss", &step_lines("My training", &[panel])?);
///     }
/// }
/// # Ok::<(), recurrent::error::Error>(())
/// ```
pub fn live(id: &str, value: &(impl Show + ?Sized)) {
    if !notebook::is_there() {
        return;
    }
    let id = format!("live: {id}");
    let bundle = value.mime_bundle();
    let mut shown = shown();
    let now = Instant::now();
    let state = shown.entry(id.clone()).or_default();
    match state.last.map(|last| last + INTERVAL).filter(|due| *due > now) {
        None => {
            (state.last, state.waiting) = (Some(now), None);
            notebook::show(&id, &bundle);
        }
        Some(due) => {
            // One that waits already has somebody who shows it in time.
            if state.waiting.replace(bundle).is_none() {
                thread::spawn(move || {
                    thread::sleep(due.saturating_duration_since(Instant::now()));
                    show_waiting(|one| one == id);
                });
            }
        }
    }
}

/// Shows at once all that waits for its turn: the cell ends.
pub(crate) fn finish() {
    show_waiting(|_| true);
}

fn show_waiting(which: impl Fn(&str) -> bool) {
    for (id, state) in shown().iter_mut().filter(|(id, _)| which(id)) {
        if let Some(bundle) = state.waiting.take() {
            state.last = Some(Instant::now());
            notebook::show(id, &bundle);
        }
    }
}

/// What [`live`] has shown under a name.
#[derive(Default)]
struct Shown {
    last: Option<Instant>,
    /// What came too soon.
    waiting: Option<MimeBundle>,
}

static SHOWN: LazyLock<Mutex<BTreeMap<String, Shown>>> = LazyLock::new(Mutex::default);

fn shown() -> MutexGuard<'static, BTreeMap<String, Shown>> {
    SHOWN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// HTML of your own, for [`live`] or as the last value of a cell.
///
/// ```
/// use recurrent::{display::Show, live::Html};
/// let forms = Html("<b>7</b> of 10".into()).mime_bundle();
/// assert_eq!(forms[1], ("text/html", "<b>7</b> of 10".to_string()));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Html(pub String);

impl Show for Html {
    fn mime_bundle(&self) -> MimeBundle {
        vec![(TEXT, self.0.clone()), (HTML, self.0.clone())]
    }
}
