//! The figure of a long call: how far it is, drawn a few times in a second.

use super::{INTERVAL, notebook, words};
use crate::display::{HTML, MimeBundle, TEXT, with_picture};
use crate::views;
use recurrent_nn::{
    History,
    train::{Progress, ProgressCurve, ProgressDrawing, draw_progress},
};
use recurrent_plot::{CurvePoint, ProgressCurves, TrainingRun, WorkProgress, work_progress};
use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::{Duration, Instant},
};

/// Work without a record that is done sooner shows nothing.
const QUICK: Duration = Duration::from_millis(500);
/// Drawing takes at most one part in so many of the time.
const SHARE: u32 = 100;

/// A `fit` knows nothing of figures and asks who draws its progress. A notebook may train before it has called anything
/// of this crate, so the answer is given when the program, or a notebook this library, is loaded.
extern "C" fn on_load() {
    draw_progress(begin);
}

// Sound, as the section holds pointers to functions in the C calling convention, which the loader calls once, after the
// libraries that this one needs are ready. `on_load` stores a function pointer: it allocates nothing and cannot panic.
#[used]
#[cfg_attr(target_os = "macos", unsafe(link_section = "__DATA,__mod_init_func"))]
#[cfg_attr(not(target_os = "macos"), unsafe(link_section = ".init_array"))]
static ON_LOAD: extern "C" fn() = on_load;

/// What draws one long call, if a notebook can show it.
fn begin() -> Option<ProgressDrawing> {
    notebook::is_there().then(|| {
        let mut drawing = Drawing { id: None, next: None };
        Box::new(move |now: &Progress| drawing.tell(now)) as ProgressDrawing
    })
}

/// The figure of one long call.
struct Drawing {
    /// Its name, once it is shown.
    id: Option<String>,
    /// When it is drawn again.
    next: Option<Instant>,
}

impl Drawing {
    fn tell(&mut self, now: &Progress) {
        let began = Instant::now();
        // A training is worth a figure however quick it was.
        let training = matches!(now.curve, ProgressCurve::Training(_));
        let next = *self.next.get_or_insert_with(|| {
            let first = if training { INTERVAL } else { QUICK };
            began + first.saturating_sub(now.elapsed)
        });
        let shows = match now.end {
            Some(_) => training || self.id.is_some(),
            None => began >= next,
        };
        if shows {
            let id = self.id.get_or_insert_with(|| id_of(now));
            notebook::show(id, &forms(now));
            let end = Instant::now();
            self.next = Some(end + INTERVAL.max((end - began) * SHARE));
        }
    }
}

/// Each call has a figure of its own, but those without a record share one in a cell.
fn id_of(now: &Progress) -> String {
    static CALLS: AtomicUsize = AtomicUsize::new(1);
    match now.curve {
        ProgressCurve::None => now.work.to_owned(),
        _ => format!("{} {}", now.work, CALLS.fetch_add(1, Ordering::Relaxed)),
    }
}

/// While it works the plain drawing, which a page replaces without a flicker; in the end what other figures are.
fn forms(now: &Progress) -> MimeBundle {
    let mut picture = WorkProgress {
        title: words::title(now),
        notes: words::notes(now),
        bars: words::bars(now),
        curves: curves(now),
    };
    let mut text = vec![picture.title.clone()];
    text.extend(picture.notes.iter().cloned());
    text.extend(picture.bars.iter().map(|bar| format!("{}: {}", bar.name, bar.note)));
    let text = text.join("\n");
    let figure = work_progress(&picture).or_else(|_| {
        picture.curves = ProgressCurves::None;
        work_progress(&picture)
    });
    match (figure, now.end) {
        (Ok(figure), None) => vec![(TEXT, text), (HTML, format!("<div>{}</div>", figure.svg()))],
        (Ok(figure), Some(_)) => with_picture(text, &figure),
        (Err(_), _) => vec![(TEXT, text)],
    }
}

/// A line has two points at least.
fn curves(now: &Progress) -> ProgressCurves {
    match now.curve {
        ProgressCurve::Training(history) if history.steps.len() > 1 => {
            ProgressCurves::Training { run: views::run("training steps", history), errors: errors(history) }
        }
        ProgressCurve::Losses(points) if points.len() > 1 => ProgressCurves::Losses(points.to_vec()),
        // In the end its result is there to be shown.
        ProgressCurve::Rates(found) if found.rates.len() > 1 && now.end.is_none() => {
            ProgressCurves::Rates { rates: found.rates.clone(), losses: found.smoothed.clone() }
        }
        _ => ProgressCurves::None,
    }
}

/// The mean absolute errors of a training whose answers are numbers.
fn errors(history: &History) -> Option<TrainingRun> {
    history.steps.first()?.mean_absolute_error?;
    // The same places, with the error where the loss was.
    let mut run = views::run("training steps", history);
    let put = |points: &mut [CurvePoint], errors: &mut dyn Iterator<Item = Option<f64>>| {
        points.iter_mut().zip(errors).for_each(|(point, error)| point.loss = error.unwrap_or(point.loss));
    };
    put(&mut run.steps, &mut history.steps.iter().map(|step| step.mean_absolute_error));
    put(&mut run.train, &mut history.epochs.iter().map(|epoch| epoch.mean_absolute_error));
    let validated = history.epochs.iter().filter(|epoch| epoch.validation_loss.is_some_and(f64::is_finite));
    put(&mut run.validation, &mut validated.map(|epoch| epoch.validation_mean_absolute_error));
    Some(run)
}
