//! The same sentence padded, masked and packed: what the padding does to the gates.

use plotters::element::Rectangle;

use crate::chart::{Axes, axis_range, filled, line};
use crate::check::Check;
use crate::error::Result;
use crate::figure::Figure;
use crate::mark::{Annotated, Marker, Markers, series_line};
use crate::page::Page;
use crate::scene::Rect;
use crate::theme::{GRID, MARGIN, WIDTH, quantity};
use crate::unit::{DOTTED, Series};
use crate::word_axis::{self, MOST_WORDS};

/// One treatment of the padding.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AuditPanel {
    /// How the padding was treated: "padded", "masked", "packed".
    pub name: String,
    /// Means over the units of gates and states, one number per step that was computed: packed
    /// stops at the last word.
    pub series: Vec<Series>,
}

const PANELS: usize = 4;
const LINES: usize = 8;

/// Draws one panel per way; the pad steps are shaded.
///
/// `tokens` are the sentence's words, then its pad tokens; `length` is how many of them are words.
/// Every panel has series of the same names in the same order.
///
/// # Errors
/// No token, more than 120, a `length` beyond the tokens, no panel, more than four, no series, more
/// than eight, a series without numbers or longer than the tokens, another number of series than in
/// the first panel, or a number that is not finite.
///
/// ```
/// use recurrent_plot::{AuditPanel, Series, padding_audit};
/// let tokens = ["dogs", "bark", "[PAD]", "[PAD]"].map(String::from);
/// let panel = |name: &str, values: &[f64]| AuditPanel {
///     name: name.into(),
///     series: vec![Series { name: "forget gate".into(), values: values.to_vec() }],
/// };
/// let panels = [panel("padded", &[0.9, 0.8, 0.5, 0.4]), panel("packed", &[0.9, 0.8])];
/// assert!(padding_audit("One sentence", &tokens, 2, &panels)?.svg().contains("packed"));
/// # Ok::<(), recurrent_plot::PlotError>(())
/// ```
pub fn padding_audit(title: &str, tokens: &[String], length: usize, panels: &[AuditPanel]) -> Result<Figure> {
    let check = Check("padding_audit");
    check.some("token", tokens)?;
    check.at_most("tokens", tokens.len(), MOST_WORDS)?;
    let within = (1..=tokens.len()).contains(&length);
    check.fits("length", length as f64, "from 1 to the number of tokens", within)?;
    check.some("panel", panels)?;
    check.at_most("panels", panels.len(), PANELS)?;
    for panel in panels {
        check.some(&format!("series in panel {:?}", panel.name), &panel.series)?;
        check.at_most(&format!("series in panel {:?}", panel.name), panel.series.len(), LINES)?;
        check.length(&format!("panel {:?}", panel.name), &panel.series, panels[0].series.len())?;
        for one in &panel.series {
            let what = format!("series {:?} of panel {:?}", one.name, panel.name);
            check.some(&what, &one.values)?;
            check.at_most(&what, one.values.len(), tokens.len())?;
            check.finite(&what, &one.values)?;
        }
    }
    let mut page = Page::new(title, "Means over the units. The shaded steps are padding: nothing was said there.");
    let lines = panels[0].series.iter().enumerate();
    page.legend(lines.map(|(index, one)| (&*one.name, quantity(&one.name, index), Marker::Line)));
    let numbers = panels.iter().flat_map(|panel| &panel.series).flat_map(|one| one.values.iter().copied());
    let (low, high) = axis_range(numbers, 0.06);
    let mut bottom = page.top;
    for panel in panels {
        let rect = Rect::new(MARGIN, page.top, WIDTH - 2.0 * MARGIN, 165.0);
        let axes =
            Axes { title: &panel.name, x: "step", y: "mean", words: tokens, x_ticks: 0, y_ticks: 6, ..Axes::default() };
        let plot = page.chart(rect, -0.5..tokens.len() as f64 - 0.5, low..high, &axes, |chart| {
            let padding = [(length as f64 - 0.5, high), (tokens.len() as f64 - 0.5, low)];
            chart.draw_series([Rectangle::new(padding, filled(GRID))])?;
            for (index, one) in panel.series.iter().enumerate() {
                let places = || one.values.iter().enumerate().map(|(step, &value)| (step as f64, value));
                chart.draw_series([series_line(&one.name, places(), line(quantity(&one.name, index), 1.8))])?;
                if tokens.len() <= DOTTED {
                    let dots = Markers::dots(places(), 2.4, quantity(&one.name, index));
                    chart.draw_series([Annotated::series(&one.name, dots)])?;
                }
            }
            Ok(())
        })?;
        bottom = plot.bottom();
        page.top = bottom + 12.0;
        if std::ptr::eq(panel, &panels[panels.len() - 1]) {
            bottom += word_axis::draw(&mut page.scene, plot, tokens);
        }
    }
    page.finish(bottom + 14.0)
}
