//! One number for each of a few names: what a question to a table gives.

use plotters::style::Color;

use crate::chart::min_max;
use crate::check::Check;
use crate::error::Result;
use crate::figure::Figure;
use crate::font::Weight;
use crate::label::{fit, signed, trimmed};
use crate::page::Page;
use crate::scene::{Anchor, Rect, Stroke, Text};
use crate::theme::{BLUE, BORDER, MARGIN, MUTED, TEXT_SIZE, VERMILION, WIDTH};

const BARS: usize = 60;
/// The height of a bar with the space below it, and the widest name, in pixels.
const ROW: f64 = 24.0;
const NAME: f64 = 240.0;

/// Draws a bar for each name, in the order given, from 0 to its value: positive ones blue, negative ones orange. `note`
/// says below the title what the numbers are.
///
/// # Errors
/// No name, lists of different length, more than 60 bars, or a number that is not finite.
///
/// ```
/// let words = ["and", "who"].map(String::from);
/// let figure = recurrent_plot::bar_chart("The forget gate", "mean over all units", &words, &[0.41, 0.87])?;
/// assert!(figure.svg().contains(">0.87</text>"));
/// # Ok::<(), recurrent_plot::PlotError>(())
/// ```
pub fn bar_chart(title: &str, note: &str, names: &[String], values: &[f64]) -> Result<Figure> {
    let check = Check("bar_chart");
    check.some("name", names)?;
    check.at_most("bars", names.len(), BARS)?;
    check.length("values", values, names.len())?;
    check.finite("values", values)?;
    let mut page = Page::new(title, note);
    let shortened: Vec<String> = names.iter().map(|name| fit(name, NAME, TEXT_SIZE, Weight::Regular)).collect();
    let (low, high) = min_max(values.iter().copied().chain([0.0]));
    let shown: Vec<String> = values.iter().map(|&value| number(value, high.max(-low))).collect();
    // A browser's font may be wider than the shipped one.
    let widest =
        |texts: &[String]| texts.iter().map(|text| Text::new(text, (0.0, 0.0)).width()).fold(0.0, f64::max) * 1.12;
    let (label, numbers) = (widest(&shortened), widest(&shown) + 8.0);
    let left = MARGIN + label + 12.0 + if low < 0.0 { numbers } else { 0.0 };
    let room = WIDTH - MARGIN - numbers - left;
    let scale = if high > low { room / (high - low).max(1e-300) } else { 0.0 };
    let zero = left - low * scale;
    let top = page.top;
    for ((name, &value), (short, shown)) in names.iter().zip(values).zip(shortened.into_iter().zip(shown)) {
        let middle = page.top + ROW / 2.0;
        let length = value.abs() * scale;
        let bar = Rect::new(zero - if value < 0.0 { length } else { 0.0 }, page.top + 3.0, length, ROW - 6.0);
        let color = if value < 0.0 { VERMILION } else { BLUE };
        let title = Text::new(short, (MARGIN + label, middle)).anchor(Anchor::End).centered_y();
        let number = Text::new(shown, (bar.right() + 6.0, middle)).color(MUTED).centered_y();
        page.scene.noted(format!("{name}: {}", signed(value)), |scene| {
            scene.rect(bar, 0.0, Some(color.to_rgba()), None);
            scene.text(title);
            scene.text(if value < 0.0 {
                Text { at: (bar.x - 6.0, number.at.1), ..number }.anchor(Anchor::End)
            } else {
                number
            });
        });
        page.top += ROW;
    }
    page.scene.line(&[(zero, top), (zero, page.top)], Stroke::new(BORDER, 1.0));
    let bottom = page.top + 14.0;
    page.finish(bottom)
}

/// Three significant digits of the largest of all values; with an exponent where that would be long.
fn number(value: f64, largest: f64) -> String {
    if value != 0.0 && !(1e-3..1e7).contains(&largest) {
        return format!("{value:.2e}").replace('-', "−");
    }
    let decimals = 2 - largest.max(1e-3).log10().floor() as i32;
    trimmed(value, decimals.max(0) as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_number_has_a_bar_on_the_sheet() -> Result<()> {
        for values in [[0.0, 0.0], [3e-14, 1e-14], [1e60, 1.0], [-1e100, 1e100], [5e-320, 0.0]] {
            let figure = bar_chart("t", "n", &["a".to_owned(), "b".to_owned()], &values)?;
            let svg = figure.svg();
            assert!(!svg.contains("NaN") && !svg.contains("inf") && !svg.contains("width=\"-"), "{values:?}: {svg}");
        }
        assert_eq!(number(3e-14, 3e-14), "3.00e−14");
        assert_eq!(
            (number(0.5, 0.5), number(-12.0, 341.0), number(0.0, 0.0)),
            ("0.5".into(), "−12".into(), "0".into())
        );
        Ok(())
    }
}
