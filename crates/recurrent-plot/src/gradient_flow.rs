//! How far back a gradient reaches.

use plotters::coord::combinators::IntoLogRange;
use plotters::series::{DashedLineSeries, LineSeries};

use crate::canvas::px;
use crate::chart::{Axes, line};
use crate::check::Check;
use crate::error::Result;
use crate::figure::Figure;
use crate::label::power;
use crate::page::{Mark, Page};
use crate::scene::Rect;
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
const MOST_STEPS: usize = 2000;
/// Smaller norms, zero too, are drawn here: a logarithm has no place for them.
const FLOOR: f64 = 1e-12;

/// Draws the norm of the gradient against the distance from the last step, on a logarithmic scale.
///
/// # Errors
/// No network, more than twelve, a network without a norm or with more than 2,000, a norm that is negative or not finite.
pub fn gradient_flow(title: &str, networks: &[GradientFlow]) -> Result<Figure> {
    let check = Check("gradient_flow");
    check.some("network", networks)?;
    check.at_most("networks", networks, NETWORKS)?;
    for network in networks {
        let what = format!("norms of {:?}", network.name);
        check.some(&what, &network.norms)?;
        check.at_most(&what, &network.norms, MOST_STEPS)?;
        check.range(&what, &network.norms, "zero or more", |norm| norm >= 0.0)?;
    }
    let all = || {
        networks
            .iter()
            .flat_map(|network| &network.norms)
            .map(|norm| norm.max(FLOOR))
    };
    let (low, high) = all().fold((f64::INFINITY, 0.0f64), |(low, high), norm| {
        (low.min(norm), high.max(norm))
    });
    let note = if all().any(|norm| norm <= FLOOR) {
        "A falling line: early words are not learned from. A rising line: the gradient explodes. Norms below 1e−12 are drawn at 1e−12."
    } else {
        "A falling line: early words are not learned from. A rising line: the gradient explodes."
    };
    let mut page = Page::new(title, note);
    page.legend(networks.iter().map(|network| {
        (
            &*network.name,
            series(network.group),
            if network.dashed {
                Mark::Dashed
            } else {
                Mark::Line
            },
        )
    }));
    let longest = networks
        .iter()
        .map(|network| network.norms.len())
        .max()
        .unwrap_or(1);
    let rect = Rect::new(MARGIN, page.top, WIDTH - 2.0 * MARGIN, 320.0);
    let axes = Axes {
        x: "steps before the last one",
        y: "‖∂loss/∂h‖ (log scale)",
        y_format: &|value| power(*value),
        x_ticks: 10,
        left: 66.0,
        ..Axes::default()
    };
    // At least a decade, so that the axis has numbers.
    let range = (low / 1.6..(high * 1.6).max(low * 10.0)).log_scale();
    page.chart(
        rect,
        0.0..(longest as f64 - 1.0).max(1.0),
        range,
        &axes,
        |chart| {
            for network in networks {
                let places = network
                    .norms
                    .iter()
                    .enumerate()
                    .map(|(step, norm)| (step as f64, norm.max(FLOOR)));
                let color = series(network.group);
                if network.dashed {
                    chart.draw_series(DashedLineSeries::new(
                        places,
                        px(5.0),
                        px(4.0),
                        line(color, 1.8),
                    ))?;
                } else {
                    chart.draw_series(LineSeries::new(places, line(color, 2.2)))?;
                }
            }
            Ok(())
        },
    )?;
    page.finish(rect.bottom() + 14.0)
}
