//! Charts: plotters draws the axes and the series.

use std::convert::Infallible;
use std::ops::Range;

use plotters::chart::{ChartBuilder, ChartContext, LabelAreaPosition};
use plotters::coord::cartesian::Cartesian2d;
use plotters::coord::ranged1d::{AsRangedCoord, Ranged, ValueFormatter};
use plotters::drawing::DrawingAreaErrorKind;
use plotters::style::{Color, IntoFont, RGBColor, ShapeStyle, TextStyle};

use crate::canvas::{Canvas, pixels, px};
use crate::error::{PlotError, Result};
use crate::font::Weight;
use crate::label::{fit, percent_tick, power, shorten, tick};
use crate::page::Page;
use crate::scene::{Annotation, Numbers, Rect, Scale, Shape, Text};
use crate::theme::{BORDER, GRID, INK, MUTED, PANEL_SIZE, TEXT_SIZE, TICK_SIZE};

impl Page {
    /// A chart in `rect`: plotters draws its axes, then `draw` adds the series. Returns the
    /// rectangle between the axes.
    pub(crate) fn chart<X, Y, D>(&mut self, rect: Rect, x: X, y: Y, axes: &Axes, draw: D) -> Result<Rect>
    where
        X: AsRangedCoord<Value = f64>,
        Y: AsRangedCoord<Value = f64>,
        X::CoordDescType: Ranged<ValueType = f64> + ValueFormatter<f64>,
        Y::CoordDescType: Ranged<ValueType = f64> + ValueFormatter<f64>,
        D: FnOnce(&mut Chart<X::CoordDescType, Y::CoordDescType>) -> Drawn,
    {
        let mut inner = rect;
        if !axes.title.is_empty() {
            let title = fit(axes.title, rect.width, PANEL_SIZE, Weight::SemiBold);
            let title = Text::new(title, (0.0, 0.0)).size(PANEL_SIZE).bold();
            // Above the axis, further to the left where that leaves too little room.
            let left = axes.left.min((rect.width - 1.1 * title.width()).max(0.0));
            self.scene.text(Text { at: (rect.x + left, rect.y + PANEL_SIZE), ..title });
            inner.y += PANEL_SIZE + 10.0;
            inner.height -= PANEL_SIZE + 10.0;
        }
        let first = self.scene.shapes.len();
        let area = Canvas::area(&mut self.scene, inner);
        let ticks = || TextStyle::from(("sans-serif", f64::from(px(TICK_SIZE))).into_font()).color(&MUTED);
        let names = || TextStyle::from(("sans-serif", f64::from(px(TEXT_SIZE))).into_font()).color(&INK);
        let mut chart = ChartBuilder::on(&area)
            .margin_right(px(8.0))
            .margin_top(px(6.0))
            .set_label_area_size(LabelAreaPosition::Left, px(axes.left))
            .set_label_area_size(
                LabelAreaPosition::Bottom,
                px(match (axes.x_ticks, axes.x) {
                    (0, _) => 0.0,
                    (_, "") => 24.0,
                    _ => 40.0,
                }),
            )
            .build_cartesian_2d(x, y)
            .map_err(chart_error)?;
        // Plotters adds up steps: what should be zero is then only close to it. (A logarithmic axis
        // has no zero, and small numbers that mean something.)
        let (x_range, y_range) = (chart.x_range(), chart.y_range());
        let near_zero =
            |value: f64, range: &Range<f64>| range.start <= 0.0 && value.abs() < (range.end - range.start) * 1e-9;
        let label = |value: f64, range: &Range<f64>, numbers: Numbers| {
            let value = if near_zero(value, range) { 0.0 } else { value };
            match numbers {
                Numbers::Plain => tick(value),
                Numbers::Percent => percent_tick(value),
                Numbers::Log => power(value),
                Numbers::Exponent => power(10f64.powf(value)),
            }
        };
        let x_format = |x: &f64| label(*x, &x_range, axes.x_numbers);
        let y_format = |y: &f64| label(*y, &y_range, axes.y_numbers);
        let mut mesh = chart.configure_mesh();
        if axes.x_ticks == 0 {
            mesh.disable_x_mesh();
        }
        mesh.light_line_style(RGBColor(255, 255, 255).mix(0.0))
            .bold_line_style(line(GRID, 1.0))
            .axis_style(line(BORDER, 1.0))
            .set_all_tick_mark_size(px(4.0))
            .x_labels(axes.x_ticks)
            .y_labels(axes.y_ticks)
            .x_label_style(ticks())
            .y_label_style(ticks())
            .x_label_formatter(&x_format)
            .y_label_formatter(&y_format)
            .axis_desc_style(names())
            .x_desc(shorten(axes.x, (inner.width / 9.0) as usize))
            .y_desc(shorten(axes.y, (inner.height / 7.0) as usize))
            .max_light_lines(0)
            .draw()
            .map_err(chart_error)?;
        draw(&mut chart).map_err(chart_error)?;
        let (x, y) = chart.plotting_area().get_pixel_range();
        let (left, top) = (inner.x + pixels(x.start), inner.y + pixels(y.start));
        let plot = Rect::new(left, top, pixels(x.end - x.start), pixels(y.end - y.start));
        drop(chart);
        drop(area);
        let scale = |name: &str, ends: Range<f64>, numbers| Scale {
            name: name.to_owned(),
            ends: (ends.start, ends.end),
            numbers,
            words: Vec::new(),
        };
        let x = Scale { words: axes.words.to_vec(), ..scale(axes.x, x_range, axes.x_numbers) };
        let annotation = Annotation::Chart { rect: plot, x, y: scale(axes.y, y_range, axes.y_numbers) };
        let shapes = self.scene.shapes.split_off(first);
        self.scene.shapes.push(Shape::Group { annotation, shapes });
        Ok(plot)
    }
}

/// A chart of plotters on a page.
pub(crate) type Chart<'a, 'b, X, Y> = ChartContext<'a, Canvas<'b>, Cartesian2d<X, Y>>;

/// What a drawing call of plotters returns.
pub(crate) type Drawn = std::result::Result<(), DrawingAreaErrorKind<Infallible>>;

/// What stands beside the axes of one chart.
#[derive(Clone, Copy)]
pub(crate) struct Axes<'a> {
    pub(crate) title: &'a str,
    pub(crate) x: &'a str,
    pub(crate) y: &'a str,
    pub(crate) x_numbers: Numbers,
    pub(crate) y_numbers: Numbers,
    /// What stands at 0, 1, 2, … of the x axis instead of numbers.
    pub(crate) words: &'a [String],
    /// About how many numbers stand below the chart; 0 leaves the place to something else.
    pub(crate) x_ticks: usize,
    pub(crate) y_ticks: usize,
    /// Room for the y axis and its name.
    pub(crate) left: f64,
}

impl Default for Axes<'_> {
    fn default() -> Self {
        Self {
            title: "",
            x: "",
            y: "",
            x_numbers: Numbers::Plain,
            y_numbers: Numbers::Plain,
            words: &[],
            x_ticks: 6,
            y_ticks: 6,
            left: 56.0,
        }
    }
}

pub(crate) fn chart_error(error: DrawingAreaErrorKind<Infallible>) -> PlotError {
    PlotError::Chart(error.to_string())
}

/// A line of `width` pixels for plotters.
pub(crate) fn line(color: impl Color, width: f64) -> ShapeStyle {
    ShapeStyle { color: color.to_rgba(), filled: false, stroke_width: px(width) as u32 }
}

/// A filled shape for plotters.
pub(crate) fn filled(color: impl Color) -> ShapeStyle {
    ShapeStyle { color: color.to_rgba(), filled: true, stroke_width: 0 }
}

/// The smallest and the largest of some numbers; of none, infinities the wrong way round.
pub(crate) fn min_max(numbers: impl IntoIterator<Item = f64>) -> (f64, f64) {
    let none = (f64::INFINITY, f64::NEG_INFINITY);
    numbers.into_iter().fold(none, |(low, high), number| (low.min(number), high.max(number)))
}

/// The range of an axis for some numbers: widened by a share on both sides so that nothing touches
/// the frame, and never empty.
pub(crate) fn axis_range(numbers: impl IntoIterator<Item = f64>, widen: f64) -> (f64, f64) {
    let (low, high) = min_max(numbers);
    if low > high {
        return (0.0, 1.0);
    }
    // Numbers that differ by rounding errors only are one number: an axis between them has no
    // ticks.
    let size = low.abs().max(high.abs());
    let room = if high - low > size * 1e-9 && size > 1e-100 {
        (high - low) * widen
    } else if size > 1e-100 {
        size * 0.5
    } else {
        0.5
    };
    (low - room, high + room)
}

/// At most `limit` of the points: of each stretch of a line its lowest and its highest, so that no peak is lost.
pub(crate) fn decimate_minmax(points: &[(f64, f64)], limit: usize) -> Vec<(f64, f64)> {
    if points.len() <= limit {
        return points.to_vec();
    }
    let stretches = points.chunks((2 * points.len()).div_ceil(limit));
    let both = |stretch: &[(f64, f64)]| {
        let by_value = |&a: &usize, &b: &usize| stretch[a].1.total_cmp(&stretch[b].1);
        let low = (0..stretch.len()).min_by(by_value).unwrap_or(0);
        let high = (0..stretch.len()).max_by(by_value).unwrap_or(0);
        [stretch[low.min(high)], stretch[low.max(high)]]
    };
    stretches.flat_map(both).collect()
}

/// At most `limit` of the points, evenly spaced, with the first and the last one.
pub(crate) fn decimate<T: Copy>(points: &[T], limit: usize) -> Vec<T> {
    if points.len() <= limit {
        return points.to_vec();
    }
    let place = |index: usize| index * (points.len() - 1) / (limit - 1);
    (0..limit).map(|index| points[place(index)]).collect()
}

#[cfg(test)]
mod tests {
    use super::decimate_minmax;

    #[test]
    fn a_long_line_keeps_its_peaks() {
        let mut line: Vec<(f64, f64)> = (0..10_007).map(|step| (step as f64, 1.0)).collect();
        line[7_777].1 = 960.0;
        line[1_234].1 = -5.0;
        let drawn = decimate_minmax(&line, 250);
        assert!(drawn.len() <= 250, "{}", drawn.len());
        assert!(drawn.contains(&(7_777.0, 960.0)) && drawn.contains(&(1_234.0, -5.0)));
        assert!(drawn.is_sorted_by(|one, next| one.0 <= next.0));
        assert_eq!(decimate_minmax(&line[..250], 250), line[..250]);
    }
}
