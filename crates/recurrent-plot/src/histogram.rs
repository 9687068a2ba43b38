//! How weights, gradients or activations are spread.

use plotters::element::{PathElement, Rectangle};
use plotters::style::Color;

use crate::chart::{Axes, axis_range, filled, line};
use crate::check::Check;
use crate::error::Result;
use crate::figure::Figure;
use crate::label::{percent_tick, short, trimmed};
use crate::mark::Annotated;
use crate::page::Page;
use crate::scene::{Anchor, Numbers, Rect, Text};
use crate::theme::{BLUE, MARGIN, MUTED, WIDTH};
use crate::unit::Series;

const PANELS: usize = 16;
const BINS: usize = 40;

/// Draws a histogram per list, all on one scale, so that gates or layers can be compared. `unit`
/// names the numbers ("weight").
///
/// # Errors
/// No list, more than sixteen, an empty list, or a number that is not finite.
///
/// ```
/// use recurrent_plot::{Series, histograms};
/// let weights = Series { name: "W_hh".into(), values: vec![-0.1, 0.0, 0.2, 0.1] };
/// assert!(histograms("Weights", "weight", &[weights])?.svg().contains("W_hh"));
/// # Ok::<(), recurrent_plot::PlotError>(())
/// ```
pub fn histograms(title: &str, unit: &str, lists: &[Series]) -> Result<Figure> {
    let check = Check("histograms");
    check.some("list", lists)?;
    check.at_most("lists", lists.len(), PANELS)?;
    for list in lists {
        check.some(&format!("number in {:?}", list.name), &list.values)?;
        check.finite(&format!("list {:?}", list.name), &list.values)?;
    }
    let (low, high) = axis_range(lists.iter().flat_map(|list| list.values.iter().copied()), 1e-9);
    let counts: Vec<Vec<f64>> = lists.iter().map(|list| shares(&list.values, low, high)).collect();
    let (_, tallest) = axis_range(counts.iter().flatten().copied(), 0.0);
    let mut page = Page::new(title, "Share of the numbers in each of 40 equal bins, with mean ± standard deviation.");
    // Full rows where that is possible: the four gates of an LSTM beside each other.
    let columns = match lists.len() {
        1 => 1,
        2 | 4 => 2,
        3 | 5 | 6 | 9 => 3,
        _ => 4,
    };
    let gap = 10.0;
    let width = (WIDTH - 2.0 * MARGIN - gap * (columns - 1) as f64) / columns as f64;
    let height = if columns == 1 { 300.0 } else { 190.0 };
    let mut bottom = page.top;
    for (index, (list, bins)) in lists.iter().zip(&counts).enumerate() {
        let (column, row) = (index % columns, index / columns);
        let place = (MARGIN + column as f64 * (width + gap), page.top + row as f64 * (height + 12.0));
        let rect = Rect::new(place.0, place.1, width, height);
        bottom = rect.bottom();
        let axes = Axes {
            title: &list.name,
            x: unit,
            y: if columns == 4 { "" } else { "share" },
            y_numbers: Numbers::Percent,
            x_ticks: 5,
            y_ticks: 4,
            left: if columns == 4 { 38.0 } else { 56.0 },
            ..Axes::default()
        };
        let plot = page.chart(rect, low..high, 0.0..tallest * 1.2, &axes, |chart| {
            let step = (high - low) / BINS as f64;
            chart.draw_series(bins.iter().enumerate().filter(|(_, share)| **share > 0.0).map(|(bin, &share)| {
                let left = low + step * bin as f64;
                let bar = Rectangle::new([(left, share), (left + step, 0.0)], filled(BLUE.mix(0.8)));
                let note = format!("{} to {}: {}", short(left), short(left + step), percent_tick(share));
                Annotated::note(note, bar)
            }))?;
            let zero = [(0.0, 0.0), (0.0, tallest)];
            if low < 0.0 && high > 0.0 {
                chart.draw_series([PathElement::new(zero, line(MUTED.mix(0.5), 1.0))])?;
            }
            Ok(())
        })?;
        let (mean, deviation) = moments(&list.values);
        let note =
            Text::new(format!("{} ± {}", like(deviation, mean), short(deviation)), (plot.right() - 4.0, plot.y + 12.0));
        page.scene.text(note.size(11.0).color(MUTED).anchor(Anchor::End));
    }
    page.finish(bottom + 14.0)
}

fn shares(values: &[f64], low: f64, high: f64) -> Vec<f64> {
    let mut bins = vec![0.0; BINS];
    for value in values {
        let bin = ((value - low) / (high - low) * BINS as f64) as usize;
        bins[bin.min(BINS - 1)] += 1.0 / values.len() as f64;
    }
    bins
}

/// A mean with no more decimals than its deviation has.
fn like(deviation: f64, mean: f64) -> String {
    if (0.01..10_000.0).contains(&deviation) && mean.abs() < 10_000.0 { trimmed(mean, 2) } else { short(mean) }
}

/// Mean and standard deviation.
fn moments(values: &[f64]) -> (f64, f64) {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / count;
    (mean, variance.sqrt())
}
