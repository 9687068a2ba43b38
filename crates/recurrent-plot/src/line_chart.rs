//! How a number changes with another one, for a few series, each measured several times.

use plotters::style::Color;

use crate::chart::{Axes, axis_range, line};
use crate::check::Check;
use crate::error::Result;
use crate::figure::Figure;
use crate::mark::{Annotated, Marker, Markers, series_line};
use crate::page::Page;
use crate::scene::Rect;
use crate::step_lines::StepLine;
use crate::theme::{MARGIN, WIDTH, series};

const LINES: usize = 16;
const POINTS: usize = 2000;

/// Draws a dot for each point, and for each series a line through the means of its points that share an x: five seeds
/// are five dots above each other. `axes` names what stands on the x axis and on the y axis; `note` says below the title
/// what is shown.
///
/// # Errors
/// No series or more than 16, a series without a point, more than 2,000 points in all, or a number that is not finite.
///
/// ```
/// use recurrent_plot::{StepLine, line_chart};
/// let points = vec![(1.0, 0.9), (1.0, 1.0), (5.0, 0.4), (5.0, 0.6)]; // two seeds
/// let rnn = StepLine { name: "RNN".into(), points };
/// let figure = line_chart("Accuracy", "a dot for each seed", ["distance", "accuracy"], &[rnn])?;
/// assert!(figure.svg().contains(">distance</text>"));
/// # Ok::<(), recurrent_plot::PlotError>(())
/// ```
pub fn line_chart(title: &str, note: &str, axes: [&str; 2], lines: &[StepLine]) -> Result<Figure> {
    let check = Check("line_chart");
    check.some("series", lines)?;
    check.at_most("series", lines.len(), LINES)?;
    check.at_most("points", lines.iter().map(|line| line.points.len()).sum(), POINTS)?;
    for one in lines {
        check.some(&format!("point of {:?}", one.name), &one.points)?;
        let (x, y): (Vec<f64>, Vec<f64>) = one.points.iter().copied().unzip();
        check.finite(&format!("x of {:?}", one.name), &x)?;
        check.finite(&format!("y of {:?}", one.name), &y)?;
    }
    let mut page = Page::new(title, note);
    page.legend(lines.iter().enumerate().map(|(index, one)| (&*one.name, series(index), Marker::Line)));
    let points = || lines.iter().flat_map(|one| one.points.iter().copied());
    let (left, right) = axis_range(points().map(|point| point.0), 0.02);
    let (low, high) = axis_range(points().map(|point| point.1), 0.06);
    let rect = Rect::new(MARGIN, page.top, WIDTH - 2.0 * MARGIN, 320.0);
    let axes = Axes { x: axes[0], y: axes[1], x_ticks: 10, ..Axes::default() };
    page.chart(rect, left..right, low..high, &axes, |chart| {
        for (index, one) in lines.iter().enumerate() {
            let dots = Markers::dots(one.points.iter().copied(), 3.2, series(index).mix(0.45));
            chart.draw_series([Annotated::series(&one.name, dots)])?;
        }
        for (index, one) in lines.iter().enumerate() {
            chart.draw_series([series_line(&one.name, means(&one.points), line(series(index), 2.2))])?;
        }
        Ok(())
    })?;
    page.finish(rect.bottom() + 14.0)
}

/// The mean of the points that share an x, by growing x.
fn means(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let mut sorted = points.to_vec();
    sorted.sort_by(|one, next| one.0.total_cmp(&next.0));
    let groups = sorted.chunk_by(|one, next| one.0 == next.0);
    groups.map(|group| (group[0].0, group.iter().map(|point| point.1).sum::<f64>() / group.len() as f64)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_goes_through_the_means() {
        let points = [(2.0, 1.0), (1.0, 0.25), (2.0, 0.5), (1.0, 0.75)];
        assert_eq!(means(&points), [(1.0, 0.5), (2.0, 0.75)]);
    }
}
