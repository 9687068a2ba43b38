//! How far back a gradient reaches.

use crate::chart::{Axes, decimate, line, min_max};
use crate::check::Check;
use crate::error::Result;
use crate::figure::Figure;
use crate::mark::{Annotated, DashedLine, Marker, series_line};
use crate::page::Page;
use crate::scene::{Numbers, Rect, Stroke};
use crate::theme::{MARGIN, WIDTH, series};

/// The gradients of one network.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct GradientFlow {
    /// Its name in the legend: "LSTM, trained".
    pub name: String,
    /// `norms[d]` is |d loss / d h_t| at the step that lies `d` steps before the last one.
    pub norms: Vec<f64>,
    /// Its colour: networks of one group share it.
    pub group: usize,
    /// Drawn with dashes, for instance before training.
    pub dashed: bool,
}

const NETWORKS: usize = 12;
const MOST_STEPS: usize = 100_000;
/// Longer lines are decimate out evenly.
const POINTS: usize = 400;
/// Smaller norms, zero too, are drawn here: a logarithm has no place for them.
const FLOOR: f64 = 1e-30;

/// Draws the norm of the gradient against the distance from the last step, on a logarithmic scale.
///
/// # Errors
/// No network, more than twelve, a network without a norm or with more than 100,000, a norm that is
/// negative or not finite.
///
/// ```
/// use recurrent_plot::{GradientFlow, gradient_flow};
/// let norms = (0..50).map(|step| 0.8f64.powi(step)).collect();
/// let network = GradientFlow { name: "RNN, untrained".into(), norms, group: 0, dashed: true };
/// assert!(gradient_flow("Gradients", &[network])?.svg().contains("RNN, untrained"));
/// # Ok::<(), recurrent_plot::PlotError>(())
/// ```
pub fn gradient_flow(title: &str, networks: &[GradientFlow]) -> Result<Figure> {
    let check = Check("gradient_flow");
    check.some("network", networks)?;
    check.at_most("networks", networks.len(), NETWORKS)?;
    for network in networks {
        let what = format!("norms of {:?}", network.name);
        check.some(&what, &network.norms)?;
        check.at_most(&what, network.norms.len(), MOST_STEPS)?;
        check.range(&what, &network.norms, "zero or more", |norm| norm >= 0.0)?;
    }
    let all = || networks.iter().flat_map(|network| &network.norms).map(|norm| norm.max(FLOOR));
    let (low, high) = min_max(all());
    let note = if all().any(|norm| norm <= FLOOR) {
        "A falling line vanishes, a rising one explodes. Norms below 1e−30 are drawn at 1e−30."
    } else {
        "A falling line vanishes: early words are not learned from. A rising line explodes."
    };
    let mut page = Page::new(title, note);
    page.legend(networks.iter().map(|network| {
        (&*network.name, series(network.group), if network.dashed { Marker::Dashed } else { Marker::Line })
    }));
    let longest = networks.iter().map(|network| network.norms.len()).max().unwrap_or(1);
    let rect = Rect::new(MARGIN, page.top, WIDTH - 2.0 * MARGIN, 320.0);
    let axes = Axes {
        x: "steps before the last one",
        y: "‖∂loss/∂state‖ (log scale)",
        y_numbers: Numbers::Exponent,
        x_ticks: 10,
        y_ticks: 12,
        left: 66.0,
        ..Axes::default()
    };
    // At least a decade, so that the axis has numbers.
    let range = (low / 1.6).log10()..(high * 1.6).max(low * 10.0).log10();
    page.chart(rect, 0.0..(longest as f64 - 1.0).max(1.0), range, &axes, |chart| {
        for network in networks {
            let norms = network.norms.iter().map(|norm| norm.max(FLOOR).log10());
            let points: Vec<(f64, f64)> = norms.enumerate().map(|(d, norm)| (d as f64, norm)).collect();
            let (points, color) = (decimate(&points, POINTS), series(network.group));
            if network.dashed {
                let dashed = DashedLine { points, stroke: Stroke::new(color, 1.8) };
                chart.draw_series([Annotated::series(&network.name, dashed)])?;
            } else {
                chart.draw_series([series_line(&network.name, points, line(color, 2.2))])?;
            }
        }
        Ok(())
    })?;
    page.finish(rect.bottom() + 14.0)
}
