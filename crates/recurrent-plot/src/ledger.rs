//! What is left of each word in the cell state at the end, and in the scores made of it.

use crate::bars::signed_bars;
use crate::check::Check;
use crate::error::Result;
use crate::figure::Figure;
use crate::label::{shorten, trimmed};
use crate::mark::Marker;
use crate::page::Page;
use crate::scene::Text;
use crate::theme::{BLUE, MARGIN, MUTED, PANEL_SIZE, VERMILION};
use crate::word_axis::{self, MOST_WORDS};

/// One sum with its parts: a unit's final cell state, or the score of a class.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ledger {
    /// What the parts add up to: "cell state of unit 12", "score of Sports".
    pub total: String,
    /// The parts, in the order of the figure's labels.
    pub parts: Vec<f64>,
}

impl Ledger {
    /// The sum of all parts, which is the grey bar.
    pub fn sum(&self) -> f64 {
        self.parts.iter().sum()
    }
}

const LEDGERS: usize = 8;

/// Draws each ledger as bars, one per part, then the sum of them all in grey.
///
/// `labels` names the parts: first what no word brought (the start, the bias), if anything, then the
/// words; in a layer above the first these are steps, not words.
///
/// # Errors
/// No label, more than 119, no ledger, more than eight, not one part per label, or a number that is
/// not finite.
///
/// ```
/// use recurrent_plot::{Ledger, memory_ledger};
/// let labels = ["start", "dogs", "bark"].map(String::from);
/// let ledger = Ledger { total: "cell state of unit 3".into(), parts: vec![0.0, 0.75, -0.5] };
/// assert_eq!(ledger.sum(), 0.25);
/// assert!(memory_ledger("What is left", &labels, &[ledger])?.svg().contains("= 0.25"));
/// # Ok::<(), recurrent_plot::PlotError>(())
/// ```
pub fn memory_ledger(title: &str, labels: &[String], ledgers: &[Ledger]) -> Result<Figure> {
    let check = Check("memory_ledger");
    check.some("label", labels)?;
    // The sum has a place on the axis too.
    check.at_most("labels", labels.len(), MOST_WORDS - 1)?;
    check.some("ledger", ledgers)?;
    check.at_most("ledgers", ledgers.len(), LEDGERS)?;
    for ledger in ledgers {
        let what = format!("parts of {:?}", ledger.total);
        check.length(&what, &ledger.parts, labels.len())?;
        check.finite(&what, &ledger.parts)?;
    }
    let mut page = Page::new(title, "Each bar is what is left at the end. The grey bar is the sum of the others.");
    page.legend([
        ("adds", BLUE, Marker::Square),
        ("takes away", VERMILION, Marker::Square),
        ("sum", MUTED, Marker::Square),
    ]);
    let height = if ledgers.len() == 1 { 260.0 } else { 130.0 };
    let mut labels = labels.to_vec();
    labels.push("sum".to_owned());
    let mut bottom = page.top;
    for (index, ledger) in ledgers.iter().enumerate() {
        let sum = ledger.sum();
        let heading = format!("{} = {}", shorten(&ledger.total, 70), trimmed(sum, 4));
        let at = (MARGIN, page.top + PANEL_SIZE);
        page.scene.text(Text::new(heading, at).size(PANEL_SIZE).bold());
        page.top += PANEL_SIZE + 6.0;
        let plot = signed_bars(&mut page, &labels, &ledger.parts, Some(sum), "contribution", height)?;
        bottom = plot.bottom();
        // The labels stand once, under the last ledger.
        if index + 1 == ledgers.len() {
            bottom += word_axis::draw(&mut page.scene, plot, &labels);
        }
        page.top = bottom + 14.0;
    }
    page.finish(bottom + 14.0)
}
