//! How much of the work goes into padding.

use crate::check::Check;
use crate::error::Result;
use crate::figure::Figure;
use crate::label::{shorten, thousands, trimmed};
use crate::mark::Marker;
use crate::page::Page;
use crate::scene::{Anchor, Rect, Text};
use crate::theme::{BLUE, INK, MARGIN, MUTED, ORANGE, TEXT_SIZE, WIDTH, ink_on, solid};

/// One way to put rows into batches.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PaddingCount {
    /// Its name: "shuffled", "bucketed by length", "packed".
    pub name: String,
    /// Tokens of the rows, over an epoch.
    pub tokens: u64,
    /// Pad tokens that were added to make the rows of each batch equally long.
    pub padding: u64,
}

impl PaddingCount {
    /// Steps that are computed in an epoch.
    fn steps(&self) -> f64 {
        self.tokens as f64 + self.padding as f64
    }
}

const WAYS: usize = 12;

/// Draws the steps that each way of batching computes in an epoch: those on tokens and those on padding.
///
/// # Errors
/// No count, or more than twelve.
///
/// ```
/// use recurrent_plot::{PaddingCount, padding_share};
/// let figure = padding_share(&[PaddingCount { name: "shuffled".into(), tokens: 300, padding: 100 }])?;
/// assert!(figure.svg().contains("25 % padding"));
/// # Ok::<(), recurrent_plot::PlotError>(())
/// ```
pub fn padding_share(counts: &[PaddingCount]) -> Result<Figure> {
    let check = Check("padding_share");
    check.some("padding count", counts)?;
    check.at_most("padding counts", counts.len(), WAYS)?;
    let mut page = Page::new(
        "Padding in each batching",
        "Steps computed in one epoch. A step on a pad token costs as much as one on a word.",
    );
    page.legend([("tokens", BLUE, Marker::Square), ("padding", ORANGE, Marker::Square)]);
    let names: Vec<String> = counts.iter().map(|one| shorten(&one.name, 26)).collect();
    let label = names.iter().map(|name| Text::new(name, (0.0, 0.0)).width() * 1.1).fold(40.0, f64::max);
    let left = MARGIN + label + 12.0;
    let width = WIDTH - MARGIN - 150.0 - left;
    let largest = counts.iter().map(PaddingCount::steps).fold(1.0, f64::max);
    for (name, one) in names.iter().zip(counts) {
        let steps = one.steps();
        let share = if steps == 0.0 { 0.0 } else { one.padding as f64 / steps };
        let row = Rect::new(left, page.top, width * one.tokens as f64 / largest, 26.0);
        let middle = row.center().1;
        page.scene.text(Text::new(name, (left - 12.0, middle)).anchor(Anchor::End).centered_y());
        let note = format!("{}: {} tokens, {} of padding", one.name, one.tokens, one.padding);
        let padding = Rect { x: row.right(), width: width * one.padding as f64 / largest, ..row };
        page.scene.noted(note, |scene| {
            scene.rect(row, 0.0, solid(BLUE), None);
            scene.rect(padding, 0.0, solid(ORANGE), None);
        });
        if row.width > 70.0 {
            let inside = Text::new(thousands(one.tokens.into()), (row.x + 8.0, middle)).size(11.5);
            page.scene.text(inside.color(ink_on(BLUE)).centered_y());
        }
        let percent = Text::new(format!("{} % padding", trimmed(share * 100.0, 1)), (padding.right() + 8.0, middle));
        page.scene.text(percent.color(INK).bold().centered_y());
        page.top += 36.0;
    }
    let axis = Text::new("steps per epoch (width of a bar)", (left, page.top + TEXT_SIZE)).size(11.5).color(MUTED);
    page.scene.text(axis);
    let bottom = page.top + TEXT_SIZE + 16.0;
    page.finish(bottom)
}
