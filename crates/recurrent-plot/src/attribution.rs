//! What each word adds to an answer.

use crate::bars::signed_bars;
use crate::check::Check;
use crate::error::Result;
use crate::figure::Figure;
use crate::mark::Marker;
use crate::page::Page;
use crate::theme::{BLUE, VERMILION};
use crate::word_axis::{self, MOST_WORDS};

/// Draws a signed bar per word, and the check that the bars add up.
///
/// `values[i]` is the share of word `i`; they should add up to `expected`, the change of the output
/// that they explain. Both the sum and `expected` are written below the title, so a reader sees how
/// complete the attribution is.
///
/// # Errors
/// No word, more than 120, not one number per word, or a number that is not finite.
///
/// ```
/// let words = ["dogs", "bark"].map(String::from);
/// let figure = recurrent_plot::word_attributions("Score of pets", &words, &[0.75, 0.25], 1.0)?;
/// assert!(figure.svg().contains("add up to +1.0000"));
/// # Ok::<(), recurrent_plot::PlotError>(())
/// ```
pub fn word_attributions(title: &str, words: &[String], values: &[f64], expected: f64) -> Result<Figure> {
    let check = Check("word_attributions");
    check.some("word", words)?;
    check.at_most("words", words.len(), MOST_WORDS)?;
    check.length("values", values, words.len())?;
    check.finite("values", values)?;
    check.number("expected", expected)?;
    let sum: f64 = values.iter().sum();
    let note = format!(
        "The words add up to {sum:+.4}; the output changed by {expected:+.4}. Difference {:.1e}.",
        (sum - expected).abs()
    );
    let mut page = Page::new(title, &note.replace('-', "−"));
    page.legend([("speaks for", BLUE, Marker::Square), ("speaks against", VERMILION, Marker::Square)]);
    let plot = signed_bars(&mut page, words, values, None, "attribution", 250.0)?;
    let bottom = plot.bottom() + word_axis::draw(&mut page.scene, plot, words);
    page.finish(bottom + 14.0)
}
