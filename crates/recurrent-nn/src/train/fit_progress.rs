//! The progress of a training: its lines, or the numbers for a figure.

use super::{
    config::{EarlyStopping, TrainerConfig},
    history::{EpochRecord, History, StepRecord, Sums},
    metrics::Metrics,
    progress::{Progress, ProgressCurve, ProgressEnd, ProgressOutput},
    sink::print_line,
    trainer::Stop,
};
use crate::{Result, device};
use candle_core::Device;
use std::{
    ops::Range,
    time::{Duration, Instant},
};

/// A little less than a second, so that at least one line comes in each second.
const INTERVAL: Duration = Duration::from_millis(900);

/// Prints a line for each second and for each epoch of one fit, or tells each step to what draws it.
pub(super) struct FitProgress {
    output: ProgressOutput,
    /// The epochs of this fit.
    epochs: Range<usize>,
    /// Rows in an epoch.
    rows: usize,
    fit_began: Instant,
    fit_rows: usize,
    last: Instant,
    epoch: Running,
    /// How many batches the epoch has, where that is known.
    batches: Option<usize>,
    /// The best epoch so far.
    best: Option<usize>,
    /// Where the model computes.
    device: Device,
    validates: bool,
    /// What decides which epoch is the best.
    early: EarlyStopping,
    restored: bool,
    /// What tensors held on the GPU after the last epoch.
    memory: Option<String>,
    /// The parameters that no step trains, in words.
    untrained: Option<String>,
}

/// The epoch so far: its number, batches, and sums over them.
#[derive(Default)]
struct Running {
    number: usize,
    batches: usize,
    sums: Sums,
}

impl FitProgress {
    pub(super) fn new(
        config: &TrainerConfig,
        epochs: Range<usize>,
        rows: usize,
        validates: bool,
        device: Device,
    ) -> Self {
        let now = Instant::now();
        Self {
            output: ProgressOutput::open(config.progress),
            epochs,
            rows,
            fit_began: now,
            fit_rows: 0,
            last: now,
            epoch: Running::default(),
            batches: None,
            best: None,
            device,
            validates,
            early: config.early_stopping.unwrap_or_default(),
            restored: false,
            memory: None,
            untrained: None,
        }
    }

    /// Begins an epoch, or goes on with one.
    pub(super) fn begin_epoch(&mut self, history: &History) {
        let epoch = history.epoch();
        self.epoch = Running { number: epoch, ..Running::default() };
        history.steps_of(epoch).iter().for_each(|step| self.epoch.add(step));
        // As many batches as the epoch before, if that had as many rows.
        let before = history.epochs.last().filter(|before| before.rows == self.rows);
        self.batches = before.and_then(|before| history.steps_of(before.epoch).last()).map(|step| step.batch);
    }

    pub(super) fn step(&mut self, step: &StepRecord, history: &History) {
        self.epoch.add(step);
        self.fit_rows += step.rows;
        self.draw(history, step.epoch, None, None);
        if self.due() {
            self.print(step.epoch, self.epoch.batches);
        }
    }

    /// Within a step that learns from several batches, of which some are done.
    pub(super) fn part(&mut self, epoch: usize, done: usize) {
        if self.due() {
            self.print(epoch, self.epoch.batches + done);
        }
    }

    /// The numbers are those of the steps that are done.
    fn print(&self, epoch: usize, batches: usize) {
        let name = self.epoch_name(epoch);
        let (rows, fit_rows) = (self.epoch.sums.rows, self.fit_rows);
        if rows == 0 || fit_rows == 0 {
            return print_line(format_args!("{name}  batch {batches:>5}"));
        }
        let rate = fit_rows as f64 / self.fit_began.elapsed().as_secs_f64();
        let left = (self.epochs.end - epoch).saturating_mul(self.rows) - rows.min(self.rows);
        print_line(format_args!(
            "{name}  {:>3} %  batch {batches:>5}  {}  {rate:.0} rows/s  {} left",
            percent(rows, self.rows),
            self.epoch.sums.metrics(),
            clock(left as f64 / rate),
        ));
    }

    pub(super) fn validation(&mut self, history: &History, done: usize, rows: usize) {
        let epoch = history.epoch();
        self.draw(history, epoch, Some((done, rows)), None);
        if self.due() {
            print_line(format_args!("{}  validation {:>3} %", self.epoch_name(epoch), percent(done, rows)));
        }
    }

    /// The epoch's numbers; on a GPU also the memory that this process holds there.
    pub(super) fn end_epoch(&mut self, record: &EpochRecord, validation: Option<&Metrics>, history: &History) {
        if !self.output.is_open() {
            return;
        }
        // Only reported: a GPU that does not answer here does not end a training.
        self.memory = match device::memory(&self.device) {
            Ok(memory) => memory.and_then(|memory| memory.held).map(|held| format!("{} MiB on the GPU", held >> 20)),
            Err(error) => {
                Some(format!("its memory on the GPU is not known: {}", device::first_line(&error.to_string())))
            }
        };
        let best = self.early.best(&history.epochs[self.epochs.start..]);
        self.best = best.map(|best| self.epochs.start + best);
        self.draw(history, record.epoch, None, None);
        if !self.output.prints() {
            return;
        }
        let validation = validation.map(|metrics| format!("  validation: {metrics}"));
        let memory = self.memory.as_ref().map(|memory| format!("  {memory}"));
        print_line(format_args!(
            "{}  done  {}{}  after {}{}",
            self.epoch_name(record.epoch),
            self.epoch.sums.metrics(),
            validation.unwrap_or_default(),
            clock(self.fit_began.elapsed().as_secs_f64()),
            memory.unwrap_or_default(),
        ));
        self.last = Instant::now();
    }

    /// Reports why a fit ends before its last epoch, and returns the reason.
    pub(super) fn stopped(&self, stop: Stop, history: &History) -> Stop {
        let reason = match stop {
            Stop::Finished => return stop,
            Stop::Early => "no better for a while: stopped early",
            Stop::Interrupted => "stopped",
            Stop::TimeLimit => "time limit reached: stopped",
            Stop::RowLimit => "row limit reached: stopped",
            Stop::Observer => "stopped by its observer",
        };
        if self.output.prints() {
            let (epoch, batch) = (history.epoch(), history.batch());
            let batches = match batch {
                0 => String::new(),
                batch => format!(" and {batch} batches"),
            };
            print_line(format_args!("{reason} after {epoch} epochs{batches}"));
        }
        stop
    }

    /// Reports once which parameters have no gradient.
    pub(super) fn without_gradient(&mut self, names: &[String]) {
        if names.is_empty() || self.untrained.is_some() {
            return;
        }
        let (shown, more) = names.split_at(names.len().min(4));
        let more = if more.is_empty() { String::new() } else { format!(" and {} more", more.len()) };
        let text = format!("not trained, as no gradient reaches it: {}{more}", shown.join(", "));
        if self.output.prints() {
            print_line(format_args!("{text}"));
        }
        self.untrained = Some(text);
    }

    /// Reports that the model has the weights of an earlier epoch again.
    pub(super) fn restored(&mut self, epoch: usize) {
        self.restored = true;
        if self.output.prints() {
            print_line(format_args!("the weights are those of the best epoch, {}", epoch + 1));
        }
    }

    /// Reports how the fit ended.
    pub(super) fn end(&mut self, result: &Result<Stop>, history: &History) {
        let end = result.as_ref().map_or(ProgressEnd::Failed, |stop| ProgressEnd::Stop(*stop));
        self.draw(history, self.epoch.number, None, Some(end));
    }

    /// Tells the numbers of the present epoch to what draws them.
    fn draw(&mut self, history: &History, epoch: usize, validation: Option<(usize, usize)>, end: Option<ProgressEnd>) {
        let running = &self.epoch;
        let (elapsed, rows) = (self.fit_began.elapsed(), running.sums.rows);
        let batches = self.batches.or_else(|| (rows > 0).then(|| (self.rows * running.batches).div_ceil(rows)));
        let now = Progress {
            work: "Training",
            epoch,
            epochs: self.epochs.end,
            done: rows.min(self.rows),
            total: self.rows,
            unit: "rows",
            batches: batches.map(|all| (running.batches, all.max(running.batches))),
            validates: self.validates,
            validation,
            rate: (self.fit_rows > 0).then(|| self.fit_rows as f64 / elapsed.as_secs_f64()),
            elapsed,
            metrics: (rows > 0).then(|| running.sums.metrics()),
            curve: ProgressCurve::Training(history),
            best: self.best,
            restored: self.restored,
            untrained: self.untrained.as_deref(),
            note: self.memory.as_deref(),
            end,
        };
        self.output.draw(&now);
    }

    fn epoch_name(&self, epoch: usize) -> String {
        format!("epoch {}/{}", epoch + 1, self.epochs.end)
    }

    /// Whether a line is due now; the next one is then due an interval later.
    fn due(&mut self) -> bool {
        let due = self.output.prints() && self.last.elapsed() >= INTERVAL;
        if due {
            self.last = Instant::now();
        }
        due
    }
}

impl Running {
    fn add(&mut self, step: &StepRecord) {
        self.batches = step.batch;
        self.sums.add(step);
    }
}

fn percent(part: usize, whole: usize) -> usize {
    (100 * part / whole.max(1)).min(100)
}

/// `1:05` or `2:01:05`.
fn clock(seconds: f64) -> String {
    let seconds = seconds.round() as u64;
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes}:{seconds:02}") }
}
