//! What each word adds to an answer.

use crate::bars::signed_bars;
use crate::check::Check;
use crate::error::Result;
use crate::figure::Figure;
use crate::page::{Mark, Page};
use crate::theme::{BLUE, VERMILION};
use crate::word_axis::MOST_WORDS;

/// Draws a signed bar per word, and the check that the bars add up.
///
/// `values[i]` is the share of word `i`; they should add up to `expected`, the change of the output that they explain. Both
/// the sum and `expected` are written below the title, so a reader sees how complete the attribution is.
///
/// # Errors
/// No word, more than 120, not one number per word, or a number that is not finite.
pub fn word_attributions(
    title: &str,
    words: &[String],
    values: &[f64],
    expected: f64,
) -> Result<Figure> {
    let check = Check("word_attributions");
    check.some("word", words)?;
    check.at_most("words", words, MOST_WORDS)?;
    check.length("values", values, words.len())?;
    check.finite("values", values)?;
    check.finite("expected", &[expected])?;
    let sum: f64 = values.iter().sum();
    let note = format!(
        "The words add up to {sum:+.4}; the output changed by {expected:+.4}. Difference {:.1e}.",
        (sum - expected).abs()
    );
    let mut page = Page::new(title, &note.replace('-', "−"));
    page.legend([
        ("speaks for", BLUE, Mark::Square),
        ("speaks against", VERMILION, Mark::Square),
    ]);
    let bottom = signed_bars(&mut page, words, values, &[], "attribution", 250.0)?;
    page.finish(bottom + 14.0)
}
