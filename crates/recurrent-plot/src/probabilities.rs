//! A classifier's answer for one text.

use plotters::style::Color;

use crate::check::Check;
use crate::error::Result;
use crate::figure::Figure;
use crate::label::shorten;
use crate::page::Page;
use crate::scene::{Anchor, Rect, Text};
use crate::theme::{BLUE, GRID, INK, MARGIN, SHADE, TEXT_SIZE, WIDTH};

const CLASSES: usize = 40;

/// Draws the probability of each class for `text` as bars; the most likely one stands out.
///
/// `probabilities[k]` belongs to `classes[k]` and lies between 0 and 1.
///
/// # Errors
/// No class, lists of different length, more than 40 classes, or a number that is not a
/// probability.
///
/// ```
/// let classes = ["World", "Sports"].map(String::from);
/// let figure = recurrent_plot::class_probabilities("Ajax beat Feyenoord", &classes, &[0.1, 0.9])?;
/// assert!(figure.svg().contains("90.0 %"));
/// # Ok::<(), recurrent_plot::PlotError>(())
/// ```
pub fn class_probabilities(text: &str, classes: &[String], probabilities: &[f64]) -> Result<Figure> {
    let check = Check("class_probabilities");
    check.some("class", classes)?;
    check.at_most("classes", classes.len(), CLASSES)?;
    check.length("probabilities", probabilities, classes.len())?;
    check.shares("probabilities", probabilities)?;
    let best = (0..classes.len()).fold(0, |best, k| if probabilities[k] > probabilities[best] { k } else { best });
    let mut page = Page::new("Class probabilities", &format!("“{}”", shorten(text, 220)));
    let names: Vec<String> = classes.iter().map(|name| shorten(name, 24)).collect();
    let label = names.iter().map(|name| Text::new(name, (0.0, 0.0)).bold().width()).fold(40.0, f64::max) * 1.1;
    let (left, right) = (MARGIN + label + 12.0, WIDTH - MARGIN - 64.0);
    for (k, (name, &probability)) in names.iter().zip(probabilities).enumerate() {
        let row = Rect::new(left, page.top, right - left, 20.0);
        let middle = row.y + row.height / 2.0;
        let mut name = Text::new(name, (left - 12.0, middle)).anchor(Anchor::End).centered_y();
        let mut value = Text::new(format!("{:.1} %", probability * 100.0), (right + 10.0, middle)).centered_y();
        if k == best {
            (name, value) = (name.bold(), value.bold());
        }
        let note = format!("{}: {:.2} %", classes[k], probability * 100.0);
        page.scene.text(name);
        page.scene.rect(row, 3.0, Some(SHADE.to_rgba()), Some(crate::scene::Stroke::new(GRID, 1.0)));
        let bar = Rect { width: row.width * probability.min(1.0), ..row };
        let color = if k == best { BLUE.to_rgba() } else { BLUE.mix(0.45) };
        page.scene.noted(note, |scene| {
            scene.rect(bar, 3.0f64.min(bar.width / 2.0), Some(color), None);
            scene.text(value);
        });
        page.top += 28.0;
    }
    for share in [0.0, 0.25, 0.5, 0.75, 1.0] {
        let at = (left + (right - left) * share, page.top + TEXT_SIZE);
        page.scene.text(
            Text::new(format!("{:.0} %", share * 100.0), at).size(11.0).color(INK.mix(0.7)).anchor(Anchor::Middle),
        );
    }
    let bottom = page.top + TEXT_SIZE + 16.0;
    page.finish(bottom)
}
