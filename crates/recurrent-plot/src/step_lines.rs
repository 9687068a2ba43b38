//! Lines over steps: what is followed over a training (norms of weights and gradients, the learning
//! rate), or a series over time.

use plotters::coord::combinators::IntoLogRange;
use plotters::coord::ranged1d::Ranged;
use plotters::coord::types::RangedCoordf64;

use crate::chart::{Axes, Chart, Drawn, axis_range, decimate_minmax, line};
use crate::check::Check;
use crate::error::Result;
use crate::figure::Figure;
use crate::mark::{Marker, series_line};
use crate::page::Page;
use crate::scene::{Numbers, Rect};
use crate::theme::{MARGIN, WIDTH, series};

/// A chart over the steps.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StepPanel {
    /// The name above it and on its axis: "gradient norm".
    pub name: String,
    /// Whether the axis is logarithmic; then every value must be positive.
    pub log_scale: bool,
    /// Its lines.
    pub lines: Vec<StepLine>,
}

/// A line over the steps.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StepLine {
    /// The name in the legend; lines of the same name in several panels share a colour.
    pub name: String,
    /// Step and value, by growing step.
    pub points: Vec<(f64, f64)>,
}

const PANELS: usize = 6;
const LINES: usize = 8;
/// Of longer lines every stretch shows its lowest and its highest point.
const POINTS: usize = 250;

/// Draws each panel over the training steps, one below the other.
///
/// # Errors
/// No panel, more than six, a panel without lines or with more than eight, a line without points, a
/// number that is not finite, or one that is not positive on a logarithmic axis.
///
/// ```
/// use recurrent_plot::{StepLine, StepPanel, step_lines};
/// let line = StepLine { name: "LSTM".into(), points: vec![(1.0, 0.5), (2.0, 0.3)] };
/// let panel = StepPanel { name: "gradient norm".into(), log_scale: true, lines: vec![line] };
/// assert!(step_lines("Gradients", &[panel])?.svg().contains("gradient norm"));
/// # Ok::<(), recurrent_plot::PlotError>(())
/// ```
pub fn step_lines(title: &str, panels: &[StepPanel]) -> Result<Figure> {
    draw_panels(Check("step_lines"), title, "training step", panels)
}

/// Draws each panel over time, one below the other: a series and its forecasts.
///
/// # Errors
/// As [`step_lines`].
///
/// ```
/// use recurrent_plot::{StepLine, StepPanel, time_lines};
/// let line = |name: &str, points: &[(f64, f64)]| StepLine { name: name.into(), points: points.to_vec() };
/// let lines = vec![line("measured", &[(0.0, 2.0), (1.0, 2.5)]), line("forecast", &[(1.0, 2.4), (2.0, 2.9)])];
/// let panel = StepPanel { name: "sales".into(), lines, ..StepPanel::default() };
/// assert!(time_lines("Sales", &[panel])?.svg().contains("forecast"));
/// # Ok::<(), recurrent_plot::PlotError>(())
/// ```
pub fn time_lines(title: &str, panels: &[StepPanel]) -> Result<Figure> {
    draw_panels(Check("time_lines"), title, "time step", panels)
}

fn draw_panels(check: Check, title: &str, steps_name: &str, panels: &[StepPanel]) -> Result<Figure> {
    check.some("panel", panels)?;
    check.at_most("panels", panels.len(), PANELS)?;
    for panel in panels {
        check.some(&format!("line in panel {:?}", panel.name), &panel.lines)?;
        check.at_most(&format!("lines in panel {:?}", panel.name), panel.lines.len(), LINES)?;
        for one in &panel.lines {
            let what = format!("points of {:?} in panel {:?}", one.name, panel.name);
            check.some(&what, &one.points)?;
            let (steps, values): (Vec<f64>, Vec<f64>) = one.points.iter().copied().unzip();
            check.finite(&format!("step of {what}"), &steps)?;
            if panel.log_scale {
                check.positive(&what, &values)?;
            } else {
                check.finite(&what, &values)?;
            }
        }
    }
    let mut names: Vec<&str> = Vec::new();
    for one in panels.iter().flat_map(|panel| &panel.lines) {
        if !names.contains(&&*one.name) {
            names.push(&one.name);
        }
    }
    let mut page = Page::new(title, "");
    page.legend(names.iter().enumerate().map(|(index, name)| (*name, series(index), Marker::Line)));
    let steps = panels.iter().flat_map(|panel| &panel.lines).flat_map(|one| &one.points).map(|point| point.0);
    let (first, last) = axis_range(steps, 0.0);
    for panel in panels {
        let rect = Rect::new(MARGIN, page.top, WIDTH - 2.0 * MARGIN, 210.0);
        let values = panel.lines.iter().flat_map(|one| &one.points).map(|point| point.1);
        let axes = Axes { x: steps_name, y: &panel.name, left: 64.0, ..Axes::default() };
        if panel.log_scale {
            let (low, high) = axis_range(values, 0.0);
            let range = (low / 1.3..(high * 1.3).max(low * 10.0)).log_scale();
            let axes = Axes { y_numbers: Numbers::Log, ..axes };
            page.chart(rect, first..last, range, &axes, |chart| draw_lines(chart, panel, &names))?;
        } else {
            let (low, high) = axis_range(values, 0.06);
            page.chart(rect, first..last, low..high, &axes, |chart| draw_lines(chart, panel, &names))?;
        }
        page.top = rect.bottom() + 10.0;
    }
    let bottom = page.top + 4.0;
    page.finish(bottom)
}

fn draw_lines<Y>(chart: &mut Chart<RangedCoordf64, Y>, panel: &StepPanel, names: &[&str]) -> Drawn
where
    Y: Ranged<ValueType = f64>,
{
    for one in &panel.lines {
        let color = series(names.iter().position(|name| *name == one.name).unwrap_or(0));
        let points = decimate_minmax(&one.points, POINTS);
        chart.draw_series([series_line(&one.name, points, line(color, 2.0))])?;
    }
    Ok(())
}
