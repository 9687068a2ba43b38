//! Final states or word vectors in two dimensions, coloured by class.

use plotters::style::Color;

use crate::chart::{Axes, axis_range};
use crate::check::Check;
use crate::error::Result;
use crate::figure::Figure;
use crate::label::shorten;
use crate::mark::{Annotated, Marker, Markers};
use crate::page::Page;
use crate::point_names::PointNames;
use crate::scene::Rect;
use crate::theme::{MARGIN, WIDTH, series};

/// Points of one class.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PointCloud {
    /// The class in the legend.
    pub name: String,
    /// The positions of its rows.
    pub points: Vec<(f64, f64)>,
    /// What stands beside each point, as a word beside its vector; empty: nothing.
    pub names: Vec<String>,
}

/// So many classes differ in colour or shape.
const CLASSES: usize = 32;
/// More than this in all are decimate out evenly: the file stays small and the picture readable.
const POINTS: usize = 1200;
/// Of more points none says its name.
const NOTED: usize = 600;

/// Draws each class's points in its own colour and shape.
///
/// `axes` names the two directions: "component 1 (31 % of the variance)". Of more than 1,200 points
/// an even part is drawn, and the figure says so. A name that would cover another one is left out.
///
/// # Errors
/// No class, more than 32, no point at all, names of another count than the points, or a number
/// that is not finite.
///
/// ```
/// use recurrent_plot::{PointCloud, projection};
/// let class = PointCloud { name: "Sports".into(), points: vec![(0.5, 1.0), (0.7, 0.8)], ..Default::default() };
/// assert!(projection("Final states", ["component 1", "component 2"], &[class])?.svg().contains("Sports"));
/// # Ok::<(), recurrent_plot::PlotError>(())
/// ```
pub fn projection(title: &str, axes: [&str; 2], classes: &[PointCloud]) -> Result<Figure> {
    let check = Check("projection");
    check.some("class", classes)?;
    check.at_most("classes", classes.len(), CLASSES)?;
    let all: Vec<(f64, f64)> = classes.iter().flat_map(|class| &class.points).copied().collect();
    check.some("point", &all)?;
    for class in classes {
        if !class.names.is_empty() {
            check.length(&format!("names of {:?}", class.name), &class.names, class.points.len())?;
        }
        for (axis, pick) in [("x", (|point| point.0) as fn(&(f64, f64)) -> f64), ("y", |point| point.1)] {
            check.finite(&format!("{axis} of {:?}", class.name), &class.points.iter().map(pick).collect::<Vec<_>>())?;
        }
    }
    let every = all.len().div_ceil(POINTS);
    let note = if every > 1 {
        format!("A mark per point; one of every {every} of the {} points is drawn.", all.len())
    } else {
        "A mark per point.".to_owned()
    };
    let mut page = Page::new(title, &note);
    let (x_low, x_high) = axis_range(all.iter().map(|point| point.0), 0.04);
    let (y_low, y_high) = axis_range(all.iter().map(|point| point.1), 0.04);
    page.legend(classes.iter().enumerate().map(|(index, class)| (&*class.name, series(index), mark_of(index))));
    let rect = Rect::new(MARGIN, page.top, WIDTH - 2.0 * MARGIN, 430.0);
    let axes = Axes { x: axes[0], y: axes[1], ..Axes::default() };
    page.chart(rect, x_low..x_high, y_low..y_high, &axes, |chart| {
        // One marker of each class alternately, so that no class covers the others.
        let mut marks: Vec<(usize, usize, (f64, f64))> = Vec::new();
        for (index, class) in classes.iter().enumerate() {
            marks.extend(class.points.iter().enumerate().step_by(every).map(|(place, &point)| (place, index, point)));
        }
        marks.sort_by_key(|(place, index, _)| (*place, *index));
        let stamp = |index: usize, at| Markers {
            points: vec![at],
            mark: mark_of(index),
            half: 4.2,
            color: series(index).mix(0.7),
        };
        if marks.len() > NOTED {
            chart.draw_series(marks.into_iter().map(|(_, index, at)| stamp(index, at)))?;
        } else {
            chart.draw_series(marks.into_iter().map(|(place, index, at)| {
                let class = &classes[index];
                let name = class.names.get(place).map(|name| format!("{name} ({})", class.name));
                Annotated::note(name.unwrap_or_else(|| class.name.clone()), stamp(index, at))
            }))?;
        }
        let named = || classes.iter().filter(|class| !class.names.is_empty());
        let points = named().flat_map(|class| class.points.iter().step_by(every));
        let names = named().flat_map(|class| class.names.iter().step_by(every));
        chart.draw_series([PointNames {
            points: points.copied().collect(),
            names: names.map(|name| shorten(name, 24)).collect(),
            area: rect,
        }])?;
        Ok(())
    })?;
    page.finish(rect.bottom() + 14.0)
}

const MARKS: [Marker; 4] = [Marker::Dot, Marker::Square, Marker::Triangle, Marker::Diamond];

/// Classes that share a colour, every eighth, have different shapes.
fn mark_of(class: usize) -> Marker {
    MARKS[(class + class / 8) % MARKS.len()]
}
