//! How far long work is: bars, numbers, and the curves so far.

use std::slice;

use plotters::style::Color;

use crate::chart::{Axes, axis_range, line};
use crate::check::Check;
use crate::curves::{self, ACCURACY, ACCURACY_AXES, ERROR_AXES, LOSS, LOSS_AXES, TrainingRun};
use crate::error::Result;
use crate::figure::Figure;
use crate::font::Weight;
use crate::label::fit;
use crate::learning_rate;
use crate::mark::series_line;
use crate::page::Page;
use crate::scene::{Rect, Text};
use crate::theme::{BLUE, GREEN, GRID, MARGIN, MUTED, TEXT_SIZE, WIDTH, series};

/// How far long work is, as words and numbers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WorkProgress {
    /// What is at work, and how far: the heading.
    pub title: String,
    /// Lines below it, each cut where it is too long.
    pub notes: Vec<String>,
    /// A bar for the present epoch, one for all of them.
    pub bars: Vec<ProgressBar>,
    /// The numbers so far.
    pub curves: ProgressCurves,
}

/// A bar that fills.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ProgressBar {
    /// What it counts, on its left.
    pub name: String,
    /// How much of it is full, 0 to 1.
    pub share: f64,
    /// What stands on its right, as the time that is left.
    pub note: String,
}

/// What is drawn below the bars.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum ProgressCurves {
    /// Nothing.
    #[default]
    None,
    /// A training over its steps.
    Training {
        /// Its loss, and its accuracy where there is one.
        run: TrainingRun,
        /// The mean absolute error, as the loss of a run, where the answers are numbers.
        errors: Option<TrainingRun>,
    },
    /// The loss over the epochs, a fraction of one too.
    Losses(Vec<(f64, f64)>),
    /// The loss at each learning rate that was tried.
    Rates {
        /// Growing learning rates.
        rates: Vec<f64>,
        /// The loss at each.
        losses: Vec<f64>,
    },
}

const NOTES: usize = 6;
const BARS: usize = 6;
const LOSSES: usize = 2000;
const CHART: f64 = 210.0;

/// Draws how far long work is. The same heading, notes and bars give a figure of the same size, so that one can take
/// another's place without a page that moves.
///
/// # Errors
/// More than six notes or bars, a share that is not from 0 to 1, or a number of a curve that cannot be drawn: see
/// [`training_curves`](crate::training_curves) and [`learning_rate_finder`](crate::learning_rate_finder).
///
/// ```
/// use recurrent_plot::{ProgressBar, WorkProgress, work_progress};
/// let bar = ProgressBar { name: "epoch 1 of 2".into(), share: 0.4, note: "0:03 left".into() };
/// let now = WorkProgress { title: "Training: epoch 1 of 2".into(), bars: vec![bar], ..Default::default() };
/// assert!(work_progress(&now)?.svg().contains("0:03 left"));
/// # Ok::<(), recurrent_plot::PlotError>(())
/// ```
pub fn work_progress(now: &WorkProgress) -> Result<Figure> {
    let check = Check("work_progress");
    check.at_most("notes", now.notes.len(), NOTES)?;
    check.at_most("bars", now.bars.len(), BARS)?;
    let shares: Vec<f64> = now.bars.iter().map(|bar| bar.share).collect();
    check.shares("share", &shares)?;
    let whole = WIDTH - 2.0 * MARGIN;
    let mut page = Page::new(&*now.title, "");
    page.top -= 6.0;
    for note in &now.notes {
        page.top += TEXT_SIZE + 5.0;
        let note = fit(note, whole, TEXT_SIZE, Weight::Regular);
        page.scene.text(Text::new(note, (MARGIN, page.top - 3.0)).color(MUTED));
    }
    page.top += 8.0;
    now.bars.iter().for_each(|bar| draw_bar(&mut page, bar));
    page.top += 4.0;
    let below = |page: &Page| Rect::new(MARGIN, page.top, whole, CHART);
    match &now.curves {
        ProgressCurves::None => {}
        ProgressCurves::Training { run, errors } => {
            [Some(run), errors.as_ref()].into_iter().flatten().try_for_each(|run| curves::check(check, run))?;
            training(&mut page, run, errors.as_ref())?;
        }
        ProgressCurves::Losses(points) => {
            check.at_most("losses", points.len(), LOSSES)?;
            let (x, y): (Vec<f64>, Vec<f64>) = points.iter().copied().unzip();
            check.finite("epochs", &x)?;
            check.finite("losses", &y)?;
            if !points.is_empty() {
                let rect = below(&page);
                losses(&mut page, rect, points)?;
            }
        }
        ProgressCurves::Rates { rates, losses } => {
            learning_rate::check(check, rates, losses)?;
            let rect = below(&page);
            learning_rate::curve(&mut page, rect, rates, losses, None)?;
            page.top = rect.bottom();
        }
    }
    let bottom = page.top + 12.0;
    page.finish(bottom)
}

/// The loss and, where there is one, what belongs to it.
fn training(page: &mut Page, run: &TrainingRun, errors: Option<&TrainingRun>) -> Result<()> {
    let run = slice::from_ref(run);
    curves::legend(page, run);
    let accurate = curves::points(&run[0]).all(|point| point.accuracy.is_some());
    let beside = match errors {
        Some(errors) => Some((slice::from_ref(errors), LOSS, ERROR_AXES)),
        None => accurate.then_some((run, ACCURACY, ACCURACY_AXES)),
    };
    let whole = WIDTH - 2.0 * MARGIN;
    let width = if beside.is_some() { (whole - 16.0) / 2.0 } else { whole };
    let rect = Rect::new(MARGIN, page.top, width, CHART);
    curves::panel(page, rect, run, LOSS, &Axes { y_ticks: 5, ..LOSS_AXES })?;
    if let Some((run, value, axes)) = beside {
        let rect = Rect { x: MARGIN + width + 16.0, ..rect };
        curves::panel(page, rect, run, value, &Axes { y_ticks: 5, ..axes })?;
    }
    page.top = rect.bottom();
    Ok(())
}

fn losses(page: &mut Page, rect: Rect, points: &[(f64, f64)]) -> Result<()> {
    let (low, high) = axis_range(points.iter().map(|point| point.1), 0.06);
    let (_, last) = axis_range(points.iter().map(|point| point.0), 0.0);
    let axes = Axes { x: "epochs", y: "loss", y_ticks: 5, ..Axes::default() };
    page.chart(rect, 0.0..last * 1.02, low..high, &axes, |chart| {
        chart.draw_series([series_line("loss", points.iter().copied(), line(series(0), 2.2))])?;
        Ok(())
    })?;
    page.top = rect.bottom();
    Ok(())
}

fn draw_bar(page: &mut Page, bar: &ProgressBar) {
    let (left, width, height) = (MARGIN + 120.0, 380.0, 12.0);
    let middle = page.top + height / 2.0 + 2.0;
    let text = |text: &str, x: f64, room: f64| {
        Text::new(fit(text, room, TEXT_SIZE, Weight::Regular), (x, middle)).centered_y()
    };
    page.scene.text(text(&bar.name, MARGIN, left - MARGIN));
    let whole = Rect::new(left, middle - height / 2.0, width, height);
    page.scene.rect(whole, 3.0, Some(GRID.to_rgba()), None);
    let share = bar.share.min(1.0);
    if share > 0.0 {
        let color = if share < 1.0 { BLUE } else { GREEN };
        page.scene.rect(Rect { width: width * share, ..whole }, 3.0, Some(color.to_rgba()), None);
    }
    let right = whole.right() + 12.0;
    page.scene.text(text(&bar.note, right, WIDTH - MARGIN - right).color(MUTED));
    page.top += height + 9.0;
}
