//! Signed bars over the words of a sentence: what each of them adds to a sum.

use plotters::element::{PathElement, Rectangle};

use crate::chart::{Axes, axis_range, filled, line};
use crate::error::Result;
use crate::label::signed;
use crate::mark::Annotated;
use crate::page::Page;
use crate::scene::Rect;
use crate::theme::{BLUE, INK, MARGIN, MUTED, VERMILION, WIDTH};

/// Draws a bar per value, then the `total` in grey; `words` has a name for each bar. Returns the rectangle between the axes, under
/// which the labels belong.
pub(crate) fn signed_bars(
    page: &mut Page,
    words: &[String],
    values: &[f64],
    total: Option<f64>,
    y: &str,
    height: f64,
) -> Result<Rect> {
    let all: Vec<f64> = values.iter().copied().chain(total).collect();
    let (low, high) = axis_range(all.iter().copied().chain([0.0]), 0.08);
    let end = all.len() as f64 - 0.5;
    let rect = Rect::new(MARGIN, page.top, WIDTH - 2.0 * MARGIN, height);
    let axes = Axes { y, x_ticks: 0, y_ticks: (height / 26.0) as usize, ..Axes::default() };
    page.chart(rect, -0.5..end, low..high, &axes, |chart| {
        chart.draw_series(all.iter().enumerate().map(|(index, &value)| {
            let color = match value {
                _ if index >= values.len() => MUTED,
                value if value < 0.0 => VERMILION,
                _ => BLUE,
            };
            let x = index as f64;
            let corners = [(x - 0.36, value.max(0.0)), (x + 0.36, value.min(0.0))];
            let word = words.get(index).map_or("", String::as_str);
            Annotated::note(format!("{word}: {}", signed(value)), Rectangle::new(corners, filled(color)))
        }))?;
        chart.draw_series([PathElement::new([(-0.5, 0.0), (end, 0.0)], line(INK, 1.0))])?;
        Ok(())
    })
}
