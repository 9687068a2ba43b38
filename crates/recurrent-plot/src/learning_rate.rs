//! The learning-rate finder: the loss while the rate grows step by step.

use plotters::coord::combinators::IntoLogRange;

use crate::chart::{Axes, axis_range, line, min_max};
use crate::check::Check;
use crate::error::Result;
use crate::figure::Figure;
use crate::label::power;
use crate::mark::{DashedLine, Marker, series_line};
use crate::page::Page;
use crate::scene::{Numbers, Rect, Stroke};
use crate::theme::{BLUE, MARGIN, VERMILION, WIDTH};

const POINTS: usize = 2000;

/// Draws the loss against the learning rate, on a logarithmic scale, with the rate at which it falls fastest.
///
/// `losses[k]` was measured with `rates[k]`; rates grow. Where the loss explodes the curve is cut
/// off, three times its start above its lowest point, so that the interesting part stays readable.
///
/// # Errors
/// No rate, more than 2,000, lists of different length, a rate that is not positive, or a number
/// that is not finite.
///
/// ```
/// let figure = recurrent_plot::learning_rate_finder(&[1e-4, 1e-3, 1e-2], &[1.4, 1.1, 2.0], Some(1e-3))?;
/// assert!(figure.svg().contains("falls fastest at 1e−3"));
/// # Ok::<(), recurrent_plot::PlotError>(())
/// ```
pub fn learning_rate_finder(rates: &[f64], losses: &[f64], steepest: Option<f64>) -> Result<Figure> {
    let check = Check("learning_rate_finder");
    self::check(check, rates, losses)?;
    check.positive("steepest", steepest.as_slice())?;
    let mut page = Page::new(
        "Learning-rate finder",
        "One training step per rate. A good rate lies left of the steepest fall: a whole training wants a smaller one than a step.",
    );
    let mut legend = vec![("loss".to_owned(), BLUE, Marker::Line)];
    legend.extend(steepest.map(|rate| (format!("falls fastest at {}", power(rate)), VERMILION, Marker::Dashed)));
    page.legend(legend);
    let rect = Rect::new(MARGIN, page.top, WIDTH - 2.0 * MARGIN, 300.0);
    curve(&mut page, rect, rates, losses, steepest)?;
    page.finish(rect.bottom() + 14.0)
}

pub(crate) fn check(check: Check, rates: &[f64], losses: &[f64]) -> Result<()> {
    check.some("rate", rates)?;
    check.at_most("rates", rates.len(), POINTS)?;
    check.length("losses", losses, rates.len())?;
    check.positive("rates", rates)?;
    check.finite("losses", losses)
}

/// The loss over the learning rate.
pub(crate) fn curve(page: &mut Page, rect: Rect, rates: &[f64], losses: &[f64], steepest: Option<f64>) -> Result<()> {
    let (lowest, _) = min_max(losses.iter().copied());
    let ceiling = lowest + 3.0 * (losses[0] - lowest).abs().max(0.1);
    let (low, high) = axis_range(losses.iter().map(|loss| loss.min(ceiling)), 0.06);
    let curve = rates.iter().zip(losses).map(|(&rate, &loss)| (rate, loss));
    let kept: Vec<_> = curve.take_while(|(_, loss)| *loss <= ceiling).collect();
    let shown = kept.iter().map(|(rate, _)| *rate).chain(steepest);
    let (first, last) = min_max(shown);
    let rates_shown = (first..last.max(first * 10.0)).log_scale();
    let axes = Axes { x: "learning rate (log scale)", y: "loss", x_numbers: Numbers::Log, ..Axes::default() };
    page.chart(rect, rates_shown, low..high, &axes, |chart| {
        chart.draw_series([series_line("loss", kept, line(BLUE, 2.2))])?;
        if let Some(rate) = steepest {
            let ends = [(rate, low), (rate, high)];
            let stroke = Stroke::new(VERMILION, 1.8);
            chart.draw_series([DashedLine { points: ends.to_vec(), stroke }])?;
        }
        Ok(())
    })?;
    Ok(())
}
