//! Which units hold their gates open or shut most of the time (Karpathy, Johnson and Fei-Fei 2015,
//! figure 3).

use plotters::element::PathElement;
use plotters::style::Color;

use crate::chart::{Axes, line};
use crate::check::Check;
use crate::error::Result;
use crate::figure::Figure;
use crate::label::percent_tick;
use crate::mark::{Annotated, Markers};
use crate::page::Page;
use crate::scene::{Numbers, Rect};
use crate::theme::{BLUE, BORDER, MARGIN, WIDTH};

/// How often the units of one gate are saturated.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct GateSaturation {
    /// The gate's name.
    pub name: String,
    /// Per unit: the share of steps at which the gate is above 0.9, open.
    pub open: Vec<f64>,
    /// Per unit: the share of steps at which the gate is below 0.1, shut.
    pub shut: Vec<f64>,
}

const GATES: usize = 9;
/// Together; more would make the file larger than 200 kB and the picture a blot.
const DOTS: usize = 1500;
/// Of more dots none says which unit it is.
const NOTED: usize = 600;

/// Draws a dot per unit and a panel per gate: across the share of steps at which it is open, up the
/// share at which it is shut.
///
/// # Errors
/// No gate, more than nine, more than 1,500 units in all, lists of different length, a number that
/// is not a share, or two shares of a unit that add up to more than one.
///
/// ```
/// use recurrent_plot::{GateSaturation, gate_saturation};
/// let gate = GateSaturation { name: "forget gate".into(), open: vec![0.9, 0.1], shut: vec![0.0, 0.6] };
/// assert!(gate_saturation("Saturation", &[gate])?.svg().contains("forget gate"));
/// # Ok::<(), recurrent_plot::PlotError>(())
/// ```
pub fn gate_saturation(title: &str, gates: &[GateSaturation]) -> Result<Figure> {
    let check = Check("gate_saturation");
    check.some("gate", gates)?;
    check.at_most("gates", gates.len(), GATES)?;
    for gate in gates {
        let (open, shut) = (format!("open of {:?}", gate.name), format!("shut of {:?}", gate.name));
        check.some(&open, &gate.open)?;
        check.length(&shut, &gate.shut, gate.open.len())?;
        check.shares(&open, &gate.open)?;
        check.shares(&shut, &gate.shut)?;
        let sums: Vec<f64> = gate.open.iter().zip(&gate.shut).map(|(open, shut)| open + shut).collect();
        check.shares(&format!("open + shut of {:?}", gate.name), &sums)?;
    }
    let units: usize = gates.iter().map(|gate| gate.open.len()).sum();
    check.at_most("units", units, DOTS)?;
    let mut page = Page::new(
        title,
        "A dot per unit. Open: the gate is above 0.9. Shut: it is below 0.1. Near 0, 0: rarely saturated.",
    );
    let columns = gates.len().min(3);
    let gap = 10.0;
    let width = ((WIDTH - 2.0 * MARGIN - gap * (columns - 1) as f64) / columns as f64).min(380.0);
    let height = width + 4.0;
    let mut bottom = page.top;
    for (index, gate) in gates.iter().enumerate() {
        let (column, row) = (index % columns, index / columns);
        let rect =
            Rect::new(MARGIN + column as f64 * (width + gap), page.top + row as f64 * (height + 12.0), width, height);
        bottom = rect.bottom();
        let axes = Axes {
            title: &gate.name,
            x: "steps open",
            y: "steps shut",
            x_numbers: Numbers::Percent,
            y_numbers: Numbers::Percent,
            x_ticks: 4,
            y_ticks: 5,
            ..Axes::default()
        };
        page.chart(rect, -0.03..1.03, -0.03..1.03, &axes, |chart| {
            chart.draw_series([PathElement::new([(0.0, 1.0), (1.0, 0.0)], line(BORDER, 1.2))])?;
            let dots = gate.open.iter().zip(&gate.shut).map(|(&open, &shut)| (open, shut));
            let color = BLUE.mix(0.55);
            if units > NOTED {
                return chart.draw_series([Markers::dots(dots, 3.6, color)]).map(drop);
            }
            chart.draw_series(dots.enumerate().map(|(unit, dot)| {
                let note = format!("unit {unit}: open {}, shut {}", percent_tick(dot.0), percent_tick(dot.1));
                Annotated::note(note, Markers::dots([dot], 3.6, color))
            }))?;
            Ok(())
        })?;
    }
    page.finish(bottom + 14.0)
}
