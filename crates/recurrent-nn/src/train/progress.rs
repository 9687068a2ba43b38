//! How far a long call is: told to a figure where the process has one, else printed as lines.

use super::{finder::LearningRates, history::History, metrics::Metrics, sink, trainer::Stop};
use std::{
    cell::Cell,
    sync::OnceLock,
    time::{Duration, Instant},
};

/// How far a long call is, as plain numbers: what a figure of its progress is drawn from.
///
/// Rows, words and rates are its units. Work with epochs counts the units of the present epoch.
#[derive(Debug, Clone, Copy, Default)]
pub struct Progress<'a> {
    /// What is at work: "Training", "Skip-gram", "Learning-rate finder", "Evaluation", "Prediction".
    pub work: &'static str,
    /// The present epoch, from 0.
    pub epoch: usize,
    /// How many epochs there are; 0 for work without epochs.
    pub epochs: usize,
    /// Units that are done.
    pub done: usize,
    /// Units that there are.
    pub total: usize,
    /// What is counted: "rows", "words".
    pub unit: &'static str,
    /// Batches of the epoch that are done, and of about how many, where there are batches.
    pub batches: Option<(usize, usize)>,
    /// Whether there is a validation after each epoch.
    pub validates: bool,
    /// Validation rows that are done, and of how many, while there is a validation.
    pub validation: Option<(usize, usize)>,
    /// Units in a second.
    pub rate: Option<f64>,
    /// Since the call began.
    pub elapsed: Duration,
    /// What has been measured of the present epoch.
    pub metrics: Option<Metrics>,
    /// The numbers so far.
    pub curve: ProgressCurve<'a>,
    /// The best epoch so far, from 0, by what early stopping monitors, else by the validation loss.
    pub best: Option<usize>,
    /// Whether the model has the weights of that epoch again.
    pub restored: bool,
    /// What else there is to say, as the memory on a GPU.
    pub note: Option<&'a str>,
    /// The parameters that no gradient reaches, in words; none where all are trained.
    pub untrained: Option<&'a str>,
    /// How the call ended; none while it works.
    pub end: Option<ProgressEnd>,
}

/// The numbers of a long call so far.
#[derive(Debug, Clone, Copy, Default)]
pub enum ProgressCurve<'a> {
    /// The work has none.
    #[default]
    None,
    /// The record of a training.
    Training(&'a History),
    /// What the learning-rate finder has tried.
    Rates(&'a LearningRates),
    /// Epochs that are done, a fraction of one too, and the mean loss there.
    Losses(&'a [(f64, f64)]),
}

/// How a long call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProgressEnd {
    /// It returned, for this reason.
    Stop(Stop),
    /// It returned an error.
    Failed,
}

/// What is called with the progress of one call, often: it decides itself what it draws.
pub type ProgressDrawing = Box<dyn FnMut(&Progress)>;

static DRAWING: OnceLock<fn() -> Option<ProgressDrawing>> = OnceLock::new();

thread_local! {
    /// Long calls of this thread that are within each other.
    static DEPTH: Cell<usize> = const { Cell::new(0) };
}

/// Chooses for the whole process what draws the progress of long calls in the place of lines: `begin` is asked when one
/// begins, and gives what draws this call, or none where nothing can be drawn. The first choice stays.
///
/// [`with_progress`](super::with_progress) goes before it, and a call within another one is not drawn.
pub fn draw_progress(begin: fn() -> Option<ProgressDrawing>) {
    let _ = DRAWING.set(begin);
}

/// Where the progress of one long call goes, until it is dropped.
///
/// ```
/// use recurrent_nn::train::{Progress, ProgressOutput, print_line};
/// let mut output = ProgressOutput::open(true);
/// for done in 1..=3 {
///     // ... the work
///     if output.prints() {
///         print_line(format_args!("{done} of 3"));
///     }
///     output.draw(&Progress { work: "Counting", done, total: 3, unit: "steps", ..Default::default() });
/// }
/// ```
pub struct ProgressOutput {
    enabled: bool,
    drawing: Option<ProgressDrawing>,
}

impl ProgressOutput {
    /// Asks whether there is something that draws; a call that is not `enabled` tells nothing.
    pub fn open(enabled: bool) -> Self {
        let depth = DEPTH.replace(DEPTH.get() + 1);
        let draws = enabled && depth == 0 && !sink::is_caught();
        let drawing = if draws { DRAWING.get().and_then(|begin| begin()) } else { None };
        Self { enabled, drawing }
    }

    /// Whether anything is told at all.
    pub fn is_open(&self) -> bool {
        self.enabled
    }

    /// Whether lines are to be printed, by [`print_line`](super::print_line).
    pub fn prints(&self) -> bool {
        self.enabled && self.drawing.is_none()
    }

    /// Tells the numbers to what draws, if there is something.
    pub fn draw(&mut self, now: &Progress) {
        if let Some(drawing) = &mut self.drawing {
            drawing(now);
        }
    }
}

impl Drop for ProgressOutput {
    fn drop(&mut self) {
        DEPTH.set(DEPTH.get() - 1);
    }
}

/// The progress of work that goes through its units once and prints no lines. Dropped before its end, it has failed.
pub struct CountedProgress {
    output: ProgressOutput,
    now: Progress<'static>,
    began: Instant,
}

impl CountedProgress {
    /// Begins: `total` units of work.
    pub fn begin(work: &'static str, total: usize, unit: &'static str) -> Self {
        let now = Progress { work, total, unit, ..Progress::default() };
        Self { output: ProgressOutput::open(true), now, began: Instant::now() }
    }

    /// So many units are done.
    pub fn tell(&mut self, done: usize) {
        let elapsed = self.began.elapsed();
        let rate = (done > 0).then(|| done as f64 / elapsed.as_secs_f64());
        self.now = Progress { done, rate, elapsed, ..self.now };
        self.output.draw(&self.now);
    }

    /// All of them are done.
    pub fn end(mut self) {
        self.now.end = Some(ProgressEnd::Stop(Stop::Finished));
        self.tell(self.now.total);
    }
}

impl Drop for CountedProgress {
    fn drop(&mut self) {
        if self.now.end.is_none() {
            self.now.end = Some(ProgressEnd::Failed);
            self.tell(self.now.done);
        }
    }
}
