//! What stands in the figure of a long call.

use recurrent_nn::{
    EpochRecord, Stop,
    train::{Progress, ProgressCurve, ProgressEnd},
};
use recurrent_plot::{ProgressBar, compact, thousands};

/// What is at work and how far, or how it ended.
pub(super) fn title(now: &Progress) -> String {
    let work = now.work;
    match now.end {
        None if now.epochs > 0 => format!("{work}: epoch {} of {}", now.epoch + 1, now.epochs),
        None => format!("{work}: {} %", percent(share(now))),
        // A stop is an error of what has no numbers to return by then.
        Some(ProgressEnd::Failed) if matches!(now.curve, ProgressCurve::None) => {
            format!("{work}: ended after {}, with an error or a stop", how_much(now))
        }
        Some(ProgressEnd::Failed) => format!("{work}: ended after {}, with an error", how_much(now)),
        Some(ProgressEnd::Stop(stop)) => match stop {
            Stop::Finished => format!("{work}: finished after {}", how_much(now)),
            Stop::Early => format!("{work}: stopped early after {}, no better for a while", how_much(now)),
            Stop::Interrupted => format!("{work}: stopped by you after {}", how_much(now)),
            Stop::TimeLimit => format!("{work}: stopped by the time limit after {}", how_much(now)),
            Stop::RowLimit => format!("{work}: stopped by the row limit after {}", how_much(now)),
            Stop::Observer => format!("{work}: stopped by its observer after {}", how_much(now)),
        },
    }
}

/// `2 epochs and 310 batches`, `7,600 rows`.
fn how_much(now: &Progress) -> String {
    let ProgressCurve::Training(history) = now.curve else {
        return match now.epochs {
            0 => format!("{} {}", thousands(now.done as u128), now.unit),
            _ => several(epochs_done(now), "epoch", "epochs"),
        };
    };
    let epochs = several(history.epoch(), "epoch", "epochs");
    match history.batch() {
        0 => epochs,
        batches => format!("{epochs} and {}", several(batches, "batch", "batches")),
    }
}

/// The epochs that are done whole.
fn epochs_done(now: &Progress) -> usize {
    let last = usize::from(now.end.is_some() && now.done >= now.total);
    match now.curve {
        ProgressCurve::Training(history) => history.epoch(),
        _ => now.epoch + last,
    }
}

/// The lines below it, as many while it works as in the end.
pub(super) fn notes(now: &Progress) -> Vec<String> {
    let measured = now.metrics.map(|metrics| metrics.to_string().replace("  ", " · "));
    let measured = measured.map(|measured| format!("epoch {}: {measured}", now.epoch + 1));
    let ProgressCurve::Training(history) = now.curve else {
        return Vec::from_iter(measured);
    };
    let mut speed = Vec::from_iter(now.rate.map(|rate| speed(rate, now.unit)));
    if let Some(step) = history.steps.last() {
        speed.push(format!("gradient norm {:.4}", step.gradient_norm));
        speed.push(format!("learning rate {:.2e}", step.learning_rate));
    }
    speed.extend(now.note.map(str::to_owned));
    let mut notes = vec![measured.unwrap_or_else(|| "no step yet".into())];
    notes.extend(now.untrained.map(str::to_owned));
    if now.validates {
        let validated = history.epochs.iter().rev().find_map(validation);
        notes.push(validated.unwrap_or_else(|| "no validation yet".into()));
        notes.push(match (now.best, now.restored) {
            (None, _) => "no best epoch yet".into(),
            (Some(best), false) => format!("the best epoch is {}", best + 1),
            (Some(best), true) => format!("the best epoch is {}: the model has its weights again", best + 1),
        });
    }
    notes.push(speed.join(" · "));
    notes
}

/// `validation after epoch 2: loss 0.4000 · accuracy 0.8500`.
fn validation(epoch: &EpochRecord) -> Option<String> {
    let loss = epoch.validation_loss?;
    let rest = [
        ("accuracy", epoch.validation_accuracy),
        ("macro F1", epoch.validation_macro_f1),
        ("mean absolute error", epoch.validation_mean_absolute_error),
    ];
    let rest = rest.into_iter().filter_map(|(name, number)| Some(format!(" · {name} {:.4}", number?)));
    Some(format!("validation after epoch {}: loss {loss:.4}{}", epoch.epoch + 1, rest.collect::<String>()))
}

/// A bar for the epoch and one for all epochs; in the end, and for work without epochs, one for all of it.
pub(super) fn bars(now: &Progress) -> Vec<ProgressBar> {
    let rate = now.rate.filter(|rate| *rate > 0.0);
    let left = |units: f64| rate.map(|rate| format!("{} left", clock(units / rate)));
    let rest = (now.total - now.done.min(now.total)) as f64;
    let speed = || rate.map(|rate| speed(rate, now.unit));
    let joined = |parts: [Option<String>; 2]| parts.into_iter().flatten().collect::<Vec<_>>().join(" · ");
    let took = Some(took(now.elapsed.as_secs_f64()));
    if now.epochs == 0 {
        let name = format!("{} of {} {}", compact(now.done as u64), compact(now.total as u64), now.unit);
        let note = joined(if now.end.is_some() { [took, speed()] } else { [left(rest), speed()] });
        return vec![ProgressBar { name, share: share(now), note }];
    }
    if now.end.is_some() {
        let whole = epochs_done(now);
        let name = format!("{whole} of {}", several(now.epochs, "epoch", "epochs"));
        // And what is done of the next one.
        let part = if now.done < now.total { share(now) } else { 0.0 };
        let share = ((whole as f64 + part) / now.epochs as f64).min(1.0);
        return vec![ProgressBar { name, share, note: joined([took, speed()]) }];
    }
    let part = match (now.validation, now.batches) {
        (Some((done, rows)), _) => format!("validation {} %", percent(done as f64 / rows.max(1) as f64)),
        (None, Some((done, all))) => format!("batch {} of {}", thousands(done as u128), thousands(all as u128)),
        (None, None) => format!("{} %", percent(share(now))),
    };
    let name = format!("epoch {} of {}", now.epoch + 1, now.epochs);
    let mut bars = vec![ProgressBar { name, share: share(now), note: joined([Some(part), left(rest)]) }];
    if now.epochs > 1 {
        let after = (now.epochs - now.epoch - 1) as f64 * now.total as f64;
        let all = ((now.epoch as f64 + share(now)) / now.epochs as f64).min(1.0);
        let note = joined([Some(format!("{} %", percent(all))), left(rest + after)]);
        bars.push(ProgressBar { name: "all epochs".into(), share: all, note });
    }
    bars
}

/// How much of the epoch, or of the work, is done, 0 to 1.
fn share(now: &Progress) -> f64 {
    (now.done as f64 / now.total.max(1) as f64).min(1.0)
}

fn percent(share: f64) -> usize {
    (100.0 * share) as usize
}

fn speed(rate: f64, unit: &str) -> String {
    format!("{} {unit}/s", thousands(rate.round() as u128))
}

/// `1 epoch`, `2 epochs`.
fn several(count: usize, one: &str, many: &str) -> String {
    format!("{} {}", thousands(count as u128), if count == 1 { one } else { many })
}

/// `1.3 s` or `1:05`.
fn took(seconds: f64) -> String {
    if seconds < 59.95 { format!("{seconds:.1} s") } else { clock(seconds) }
}

/// `1:05` or `2:01:05`.
fn clock(seconds: f64) -> String {
    let seconds = seconds.round() as u64;
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes}:{seconds:02}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use recurrent_nn::{History, Metrics, StepRecord};
    use std::time::Duration;

    fn step(step: u64, epoch: usize, batch: usize) -> StepRecord {
        StepRecord { step, epoch, batch, rows: 16, gradient_norm: 0.5, learning_rate: 1e-3, ..StepRecord::default() }
    }

    fn epoch(epoch: usize, loss: f64) -> EpochRecord {
        EpochRecord { epoch, validation_loss: Some(loss), validation_accuracy: Some(0.75), ..EpochRecord::default() }
    }

    /// In the third epoch of five: one of two batches of 16 rows.
    fn history() -> History {
        let steps = [(0, 0, 1), (1, 0, 2), (2, 1, 1), (3, 1, 2), (4, 2, 1)];
        History {
            steps: steps.map(|(number, epoch, batch)| step(number, epoch, batch)).to_vec(),
            epochs: vec![epoch(0, 0.5), epoch(1, 0.625)],
        }
    }

    fn training(history: &History) -> Progress<'_> {
        Progress {
            work: "Training",
            epoch: 2,
            epochs: 5,
            done: 16,
            total: 32,
            unit: "rows",
            batches: Some((1, 2)),
            rate: Some(4.0),
            elapsed: Duration::from_secs(20),
            metrics: Some(Metrics { loss: 0.25, accuracy: Some(0.875), ..Metrics::default() }),
            curve: ProgressCurve::Training(history),
            best: (!history.epochs.is_empty()).then_some(0),
            validates: true,
            ..Progress::default()
        }
    }

    fn drawn(bars: Vec<ProgressBar>) -> Vec<(String, f64, String)> {
        bars.into_iter().map(|bar| (bar.name, (bar.share * 1000.0).round() / 1000.0, bar.note)).collect()
    }

    #[test]
    fn a_training_says_how_far_it_is() {
        let history = history();
        let now = training(&history);
        assert_eq!(title(&now), "Training: epoch 3 of 5");
        let notes = notes(&now);
        assert_eq!(notes[0], "epoch 3: loss 0.2500 · accuracy 0.8750");
        assert_eq!(notes[1], "validation after epoch 2: loss 0.6250 · accuracy 0.7500");
        assert_eq!(notes[2], "the best epoch is 1");
        assert_eq!(notes[3], "4 rows/s · gradient norm 0.5000 · learning rate 1.00e-3");
        // 16 rows at 4 a second, then two epochs of 32 rows.
        let bars = drawn(bars(&now));
        assert_eq!(bars[0], ("epoch 3 of 5".into(), 0.5, "batch 1 of 2 · 0:04 left".into()));
        assert_eq!(bars[1], ("all epochs".into(), 0.5, "50 % · 0:20 left".into()));
        let now = Progress { validation: Some((3, 12)), ..now };
        assert_eq!(super::bars(&now)[0].note, "validation 25 % · 0:04 left");
    }

    #[test]
    fn the_end_of_a_training_says_why() {
        let history = history();
        let end = |end| title(&Progress { end: Some(end), ..training(&history) });
        let stop = |stop| end(ProgressEnd::Stop(stop));
        assert_eq!(stop(Stop::Interrupted), "Training: stopped by you after 2 epochs and 1 batch");
        assert_eq!(stop(Stop::Observer), "Training: stopped by its observer after 2 epochs and 1 batch");
        assert_eq!(end(ProgressEnd::Failed), "Training: ended after 2 epochs and 1 batch, with an error");
        let stopped = History { steps: history.steps[..4].to_vec(), ..history.clone() };
        let now = Progress { done: 32, restored: true, epoch: 1, ..training(&stopped) };
        let now = Progress { end: Some(ProgressEnd::Stop(Stop::Early)), ..now };
        assert_eq!(title(&now), "Training: stopped early after 2 epochs, no better for a while");
        assert!(notes(&now)[2].ends_with("is 1: the model has its weights again"));
        assert_eq!(drawn(bars(&now)), [("2 of 5 epochs".into(), 0.4, "20.0 s · 4 rows/s".into())]);
    }

    #[test]
    fn the_beginning_and_endless_work_have_words_too() {
        let history = History::default();
        let now = Progress { rate: None, metrics: None, done: 0, epoch: 0, epochs: usize::MAX, ..training(&history) };
        assert_eq!(notes(&now), ["no step yet", "no validation yet", "no best epoch yet", ""]);
        assert_eq!(bars(&now)[1].note, "0 %");
        let now = Progress { work: "Evaluation", done: 7_600, total: 76_000, unit: "rows", ..Progress::default() };
        assert_eq!(title(&now), "Evaluation: 10 %");
        assert_eq!(drawn(bars(&now)), [("7600 of 76k rows".into(), 0.1, String::new())]);
        assert_eq!(
            (thousands(1_234_567), compact(3_400_000), clock(3725.0)),
            ("1,234,567".into(), "3.4M".into(), "1:02:05".into())
        );
    }
}
