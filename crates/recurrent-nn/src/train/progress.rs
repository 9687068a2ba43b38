//! The lines of progress of a training. A notebook shows each line when it ends.

use super::{
    history::{EpochRecord, History, StepRecord, Sums},
    metrics::Metrics,
    sink::print_line,
    trainer::Stop,
};
use crate::device;
use candle_core::Device;
use std::time::{Duration, Instant};

/// A little less than a second, so that at least one line comes in each second.
const INTERVAL: Duration = Duration::from_millis(900);

/// Prints a line for each second and for each epoch of one fit.
pub(super) struct Progress {
    enabled: bool,
    /// The number of epochs after this fit.
    goal: usize,
    /// Rows in an epoch.
    rows: usize,
    fit_began: Instant,
    fit_rows: usize,
    last: Instant,
    epoch: Running,
    /// Where the model computes.
    device: Device,
}

/// The epoch so far: batches, and sums over them.
#[derive(Default)]
struct Running {
    batches: usize,
    sums: Sums,
}

impl Progress {
    pub(super) fn new(enabled: bool, goal: usize, rows: usize, device: Device) -> Self {
        let now = Instant::now();
        Self { enabled, goal, rows, fit_began: now, fit_rows: 0, last: now, epoch: Running::default(), device }
    }

    /// Resumes an epoch of which `steps` are done.
    pub(super) fn begin_epoch(&mut self, steps: &[StepRecord]) {
        self.epoch = Running::default();
        steps.iter().for_each(|step| self.epoch.add(step));
    }

    pub(super) fn step(&mut self, step: &StepRecord) {
        self.epoch.add(step);
        self.fit_rows += step.rows;
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
        let left = (self.goal - epoch).saturating_mul(self.rows) - rows.min(self.rows);
        print_line(format_args!(
            "{name}  {:>3} %  batch {batches:>5}  {}  {rate:.0} rows/s  {} left",
            percent(rows, self.rows),
            self.epoch.sums.metrics(),
            clock(left as f64 / rate),
        ));
    }

    pub(super) fn validation(&mut self, epoch: usize, done: usize, rows: usize) {
        if self.due() {
            print_line(format_args!("{}  validation {:>3} %", self.epoch_name(epoch), percent(done, rows)));
        }
    }

    /// The epoch's numbers; on a GPU also the memory that this process holds there.
    pub(super) fn end_epoch(&mut self, record: &EpochRecord, validation: Option<&Metrics>) {
        if !self.enabled {
            return;
        }
        let validation = validation.map(|metrics| format!("  validation: {metrics}"));
        // Only reported: a GPU that does not answer here does not end a training.
        let memory = match device::memory(&self.device) {
            Ok(memory) => memory.and_then(|memory| memory.held).map(|held| format!("  {} MiB on the GPU", held >> 20)),
            Err(error) => {
                Some(format!("  its memory on the GPU is not known: {}", device::first_line(&error.to_string())))
            }
        };
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
        if self.enabled {
            let (epoch, batch) = (history.epoch(), history.batch());
            let batches = match batch {
                0 => String::new(),
                batch => format!(" and {batch} batches"),
            };
            print_line(format_args!("{reason} after {epoch} epochs{batches}"));
        }
        stop
    }

    /// Reports that the model has the weights of an earlier epoch again.
    pub(super) fn restored(&self, epoch: usize) {
        if self.enabled {
            print_line(format_args!("the weights are those of the best epoch, {}", epoch + 1));
        }
    }

    fn epoch_name(&self, epoch: usize) -> String {
        format!("epoch {}/{}", epoch + 1, self.goal)
    }

    /// Whether a line is due now; the next one is then due an interval later.
    fn due(&mut self) -> bool {
        let due = self.enabled && self.last.elapsed() >= INTERVAL;
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
