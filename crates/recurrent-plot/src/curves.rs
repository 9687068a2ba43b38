//! Loss and accuracy while training, for one run or several compared.

use plotters::element::Polygon;
use plotters::style::{Color, RGBColor};

use crate::chart::{Axes, axis_range, decimate, filled, line, min_max};
use crate::check::Check;
use crate::error::Result;
use crate::figure::Figure;
use crate::mark::{Annotated, DashedLine, Marker, Markers, series_line};
use crate::page::Page;
use crate::scene::{Numbers, Rect, Stroke};
use crate::theme::{MARGIN, MUTED, VERMILION, WIDTH, series};

/// One training run, as numbers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TrainingRun {
    /// Its name in the legend.
    pub name: String,
    /// One point per training step: loss and accuracy of that step's batch.
    pub steps: Vec<CurvePoint>,
    /// One point per epoch: the mean over the training batches of the epoch, in the middle of its
    /// steps.
    pub train: Vec<CurvePoint>,
    /// One point per validation.
    pub validation: Vec<CurvePoint>,
}

/// Loss and accuracy at one moment of a training.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CurvePoint {
    /// Training steps (batches) done so far.
    pub step: f64,
    /// Mean loss per answer.
    pub loss: f64,
    /// Share of answers that are right, 0 to 1, if they are classes.
    pub accuracy: Option<f64>,
}

/// Two of the names in the legend.
const EPOCHS: &str = "mean of an epoch";
const VALIDATION: &str = "validation";

const RUNS: usize = 8;
/// A curve has at most this many points; more steps are averaged, so a long training is no larger
/// than a short one.
const POINTS: usize = 250;
/// And at most this many epochs and validations are marked.
const CHECKS: usize = 20;

/// Draws loss and accuracy against the training step, side by side; the loss alone where a point has no accuracy.
///
/// A line is the smoothed training value per step; a ring is the mean of an epoch; a diamond,
/// joined by a dashed line, is a validation. With one run the spread of its steps is shown behind
/// the line.
///
/// # Errors
/// No run, more than eight, a run without any point, or a number that is not finite.
///
/// ```
/// use recurrent_plot::{CurvePoint, TrainingRun, training_curves};
/// let point = |step: u32| CurvePoint { step: f64::from(step), loss: 1.4 / f64::from(step), accuracy: Some(0.5) };
/// let run = TrainingRun { name: "rnn".into(), steps: (1..100).map(point).collect(), ..Default::default() };
/// assert_eq!(training_curves(&[run])?.title(), "Training");
/// # Ok::<(), recurrent_plot::PlotError>(())
/// ```
pub fn training_curves(runs: &[TrainingRun]) -> Result<Figure> {
    let check = Check("training_curves");
    check.some("run", runs)?;
    check.at_most("runs", runs.len(), RUNS)?;
    runs.iter().try_for_each(|run| self::check(check, run))?;
    let alone = runs.len() == 1;
    let (title, note) = if alone {
        (
            "Training",
            "The line is smoothed over the training steps, the band behind it is the spread of single batches.",
        )
    } else {
        ("Training, runs compared", "The lines are smoothed over the training steps.")
    };
    let mut page = Page::new(title, note);
    legend(&mut page, runs);
    let accurate = runs.iter().flat_map(points).all(|point| point.accuracy.is_some());
    let whole = WIDTH - 2.0 * MARGIN;
    let width = if accurate { (whole - 16.0) / 2.0 } else { whole };
    let top = page.top;
    let loss = Rect::new(MARGIN, top, width, 300.0);
    let accuracy = Rect { x: MARGIN + width + 16.0, ..loss };
    panel(&mut page, loss, runs, LOSS, &LOSS_AXES)?;
    if accurate {
        panel(&mut page, accuracy, runs, ACCURACY, &ACCURACY_AXES)?;
    }
    page.finish(loss.bottom() + 14.0)
}

const DEFAULT: Axes = Axes {
    title: "",
    x: "training step",
    y: "",
    x_numbers: Numbers::Plain,
    y_numbers: Numbers::Plain,
    words: &[],
    x_ticks: 5,
    y_ticks: 6,
    left: 56.0,
};
pub(crate) const LOSS_AXES: Axes = Axes { title: "Loss", y: "loss", ..DEFAULT };
pub(crate) const ACCURACY_AXES: Axes =
    Axes { title: "Accuracy", y: "accuracy", y_numbers: Numbers::Percent, ..DEFAULT };
pub(crate) const ERROR_AXES: Axes = Axes { title: "Mean absolute error", y: "error", ..DEFAULT };

/// A run has points, and each of them finite numbers.
pub(crate) fn check(check: Check, run: &TrainingRun) -> Result<()> {
    let all: Vec<CurvePoint> = points(run).collect();
    check.some(&format!("point in run {:?}", run.name), &all)?;
    for (name, value) in [("step", STEP), ("loss", LOSS), ("accuracy", ACCURACY)] {
        let numbers: Vec<f64> = all.iter().map(value).collect();
        let what = format!("{name} of run {:?}", run.name);
        check.finite(&what, &numbers)?;
        if name == "step" {
            check.range(&what, &numbers, "zero or more", |step| step >= 0.0)?;
        }
    }
    Ok(())
}

/// What the marks of some runs mean.
pub(crate) fn legend(page: &mut Page, runs: &[TrainingRun]) {
    let alone = runs.len() == 1;
    let mut legend: Vec<_> =
        runs.iter().enumerate().map(|(index, run)| (&*run.name, series(index), Marker::Line)).collect();
    let checked = if alone { VERMILION } else { MUTED };
    legend.extend(runs.iter().any(|run| !run.train.is_empty()).then_some((
        EPOCHS,
        if alone { series(0) } else { MUTED },
        Marker::Ring,
    )));
    legend.extend(runs.iter().any(|run| !run.validation.is_empty()).then_some((VALIDATION, checked, Marker::Diamond)));
    page.legend(legend);
}

pub(crate) type Value = fn(&CurvePoint) -> f64;
const STEP: Value = |point| point.step;
pub(crate) const LOSS: Value = |point| point.loss;
pub(crate) const ACCURACY: Value = |point| point.accuracy.unwrap_or_default();

pub(crate) fn points(run: &TrainingRun) -> impl Iterator<Item = CurvePoint> {
    run.steps.iter().chain(&run.train).chain(&run.validation).copied()
}

/// One number of the runs over the training steps.
pub(crate) fn panel(page: &mut Page, rect: Rect, runs: &[TrainingRun], value: Value, axes: &Axes) -> Result<()> {
    let alone = runs.len() == 1;
    let curves: Vec<Vec<Bucket>> = runs.iter().map(|run| buckets(&run.steps, value)).collect();
    let checks = runs.iter().flat_map(|run| run.train.iter().chain(&run.validation)).map(value);
    let spread = |bucket: &Bucket| {
        if alone { [bucket.low, bucket.high] } else { [bucket.mean; 2] }
    };
    let drawn: Vec<f64> = curves.iter().flatten().flat_map(spread).chain(checks).collect();
    let (lowest, highest) = min_max(drawn.iter().copied());
    let (low, high) = axis_range(drawn, 0.05);
    // The axis starts at zero unless the curves are far above it.
    let low = if (0.0..0.35 * highest).contains(&lowest) { 0.0 } else { low };
    let (_, last) = axis_range(runs.iter().flat_map(points).map(|point| point.step), 0.0);
    page.chart(rect, 0.0..last.max(1.0) * 1.02, low..high, axes, |chart| {
        for (index, (run, curve)) in runs.iter().zip(&curves).enumerate() {
            let color = series(index);
            if alone && curve.len() > 1 {
                let upper = curve.iter().map(|bucket| (bucket.step, bucket.high));
                let lower = curve.iter().rev().map(|bucket| (bucket.step, bucket.low));
                let band: Vec<_> = upper.chain(lower).collect();
                chart.draw_series([Annotated::series(&run.name, Polygon::new(band, filled(color.mix(0.16))))])?;
            }
            let means = curve.iter().map(|bucket| (bucket.step, bucket.mean));
            chart.draw_series([series_line(&run.name, means, line(color, 2.2))])?;
            let places = |points: &[CurvePoint]| -> Vec<(f64, f64)> {
                decimate(points, CHECKS).iter().map(|point| (point.step, value(point))).collect()
            };
            let name = |part: &str| if alone { part.to_owned() } else { format!("{}: {part}", run.name) };
            let (epochs, validation) = (name(EPOCHS), name(VALIDATION));
            let stamps = |name: &str, points: &[CurvePoint], mark, color: RGBColor| {
                let stamps = Markers { points: places(points), mark, half: 5.5, color: color.to_rgba() };
                (!points.is_empty()).then(|| Annotated::series(name, stamps))
            };
            let checked = if alone { VERMILION } else { color };
            let stroke = Stroke::new(checked, 1.6);
            let dashed = DashedLine { points: places(&run.validation), stroke };
            chart.draw_series((!dashed.points.is_empty()).then(|| Annotated::series(&validation, dashed)))?;
            chart.draw_series(stamps(&epochs, &run.train, Marker::Ring, color))?;
            chart.draw_series(stamps(&validation, &run.validation, Marker::Diamond, checked))?;
        }
        Ok(())
    })?;
    Ok(())
}

/// A few neighbouring steps drawn as one point.
struct Bucket {
    step: f64,
    mean: f64,
    low: f64,
    high: f64,
}

/// At most [`POINTS`] points: each one's mean is smoothed over its neighbours, and its spread is of
/// the steps inside it.
fn buckets(steps: &[CurvePoint], value: Value) -> Vec<Bucket> {
    let size = steps.len().div_ceil(POINTS).max(1);
    let means: Vec<f64> =
        steps.chunks(size).map(|chunk| chunk.iter().map(value).sum::<f64>() / chunk.len() as f64).collect();
    let reach = means.len() / 40;
    steps
        .chunks(size)
        .enumerate()
        .map(|(index, chunk)| {
            // As many neighbours after it as before, so that the steep beginning is not shifted; the flat end has
            // fewer after.
            let before = reach.min(index);
            let after = before.min(means.len() - 1 - index);
            let window = &means[index - before..=index + after];
            let (low, high) = min_max(chunk.iter().map(value));
            Bucket {
                step: (chunk[0].step + chunk[chunk.len() - 1].step) / 2.0,
                mean: window.iter().sum::<f64>() / window.len() as f64,
                low,
                high,
            }
        })
        .collect()
}
