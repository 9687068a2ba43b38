//! What is left of each word in the cell state at the end, and in the scores made of it.

use crate::bars::signed_bars;
use crate::check::Check;
use crate::error::Result;
use crate::figure::Figure;
use crate::label::trimmed;
use crate::page::{Mark, Page};
use crate::scene::Text;
use crate::theme::{BLUE, MARGIN, MUTED, PANEL_SIZE, VERMILION};
use crate::word_axis::MOST_WORDS;

/// One sum with its parts: a unit's final cell state, or the score of a class.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ledger {
    /// What the parts add up to: "c_T of unit 12", "score of Sports".
    pub total: String,
    /// Parts that no word brought, each with its name: `c_0`, the bias. May be empty.
    pub before: Vec<(String, f64)>,
    /// What is left of each word (in a layer above the first: of each step).
    pub parts: Vec<f64>,
}

impl Ledger {
    /// The sum of all parts.
    pub fn sum(&self) -> f64 {
        self.before.iter().map(|(_, value)| value).sum::<f64>() + self.parts.iter().sum::<f64>()
    }
}

const LEDGERS: usize = 8;

/// Draws each ledger as bars, one per part, then the sum of them all in grey.
///
/// # Errors
/// No word, more than 120, no ledger, more than eight, not one part per word, or a number that is not finite.
pub fn memory_ledger(title: &str, words: &[String], ledgers: &[Ledger]) -> Result<Figure> {
    let check = Check("memory_ledger");
    check.some("word", words)?;
    check.at_most("words", words, MOST_WORDS)?;
    check.some("ledger", ledgers)?;
    check.at_most("ledgers", ledgers, LEDGERS)?;
    for ledger in ledgers {
        let what = format!("parts of {:?}", ledger.total);
        check.length(&what, &ledger.parts, words.len())?;
        check.finite(&what, &ledger.parts)?;
        let before: Vec<f64> = ledger.before.iter().map(|(_, value)| *value).collect();
        check.finite(&format!("before of {:?}", ledger.total), &before)?;
    }
    let mut page = Page::new(
        title,
        "Each bar is what is left of a word at the end of the sentence. The grey bar is the sum of the others.",
    );
    page.legend([
        ("adds", BLUE, Mark::Square),
        ("takes away", VERMILION, Mark::Square),
        ("sum", MUTED, Mark::Square),
    ]);
    let height = if ledgers.len() == 1 { 260.0 } else { 160.0 };
    for ledger in ledgers {
        let labels: Vec<String> = ledger
            .before
            .iter()
            .map(|(name, _)| name)
            .chain(words)
            .cloned()
            .collect();
        let values: Vec<f64> = ledger
            .before
            .iter()
            .map(|(_, value)| *value)
            .chain(ledger.parts.iter().copied())
            .collect();
        let sum = ledger.sum();
        page.top += PANEL_SIZE + 2.0;
        let heading = format!("{} = {}", ledger.total, trimmed(sum, 4));
        page.scene.text(
            Text::new(heading, (MARGIN, page.top))
                .size(PANEL_SIZE)
                .bold(),
        );
        page.top += 4.0;
        page.top = signed_bars(
            &mut page,
            &labels,
            &values,
            &[("sum", sum)],
            "contribution",
            height,
        )? + 10.0;
    }
    let bottom = page.top + 6.0;
    page.finish(bottom)
}
