//! Signed bars over the words of a sentence: what each of them adds to a sum.

use plotters::element::Rectangle;
use plotters::style::RGBColor;

use crate::chart::{Axes, filled, span};
use crate::error::Result;
use crate::page::Page;
use crate::scene::Rect;
use crate::theme::{BLUE, INK, MARGIN, MUTED, VERMILION, WIDTH};
use crate::word_axis;

/// Draws a bar per label, and behind the last one the `totals` in dark. Returns the lowest pixel.
pub(crate) fn signed_bars(
    page: &mut Page,
    labels: &[String],
    values: &[f64],
    totals: &[(&str, f64)],
    y: &str,
    height: f64,
) -> Result<f64> {
    let (low, high) = span(
        values
            .iter()
            .copied()
            .chain(totals.iter().map(|(_, value)| *value))
            .chain([0.0]),
        0.08,
    );
    let count = labels.len() + totals.len();
    let color = |value: f64| if value < 0.0 { VERMILION } else { BLUE };
    let bars: Vec<(f64, RGBColor)> = values
        .iter()
        .map(|&value| (value, color(value)))
        .chain(totals.iter().map(|(_, value)| (*value, MUTED)))
        .collect();
    let rect = Rect::new(MARGIN, page.top, WIDTH - 2.0 * MARGIN, height);
    let axes = Axes {
        y,
        x_ticks: 0,
        ..Axes::default()
    };
    let end = count as f64 - 0.5;
    let plot = page.chart(rect, -0.5..end, low..high, &axes, |chart| {
        chart.draw_series(bars.iter().enumerate().map(|(index, (value, color))| {
            let x = index as f64;
            Rectangle::new(
                [(x - 0.36, value.max(0.0)), (x + 0.36, value.min(0.0))],
                filled(*color),
            )
        }))?;
        let zero = plotters::element::PathElement::new(
            [(-0.5, 0.0), (end, 0.0)],
            crate::chart::line(INK, 1.0),
        );
        chart.draw_series([zero])?;
        Ok(())
    })?;
    let labels: Vec<String> = labels
        .iter()
        .cloned()
        .chain(totals.iter().map(|(name, _)| (*name).to_owned()))
        .collect();
    Ok(plot.bottom() + word_axis::draw(&mut page.scene, plot, &labels))
}
