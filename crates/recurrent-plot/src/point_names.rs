//! Labels of the points of a chart, placed so that they do not overlap.

use std::convert::Infallible;
use std::slice;

use plotters::element::{Drawable, PointCollection};
use plotters_backend::{BackendCoord, DrawingErrorKind};

use crate::canvas::Canvas;
use crate::scene::{Anchor, Point, Rect, Text};
use crate::theme::INK;

/// A name for each point.
pub(crate) struct PointNames {
    pub(crate) points: Vec<(f64, f64)>,
    pub(crate) names: Vec<String>,
    /// Of the chart: no name leaves it.
    pub(crate) area: Rect,
}

const SIZE: f64 = 11.0;
const GAP: f64 = 7.0;

impl<'a> PointCollection<'a, (f64, f64)> for &'a PointNames {
    type Point = &'a (f64, f64);
    type IntoIter = slice::Iter<'a, (f64, f64)>;

    fn point_iter(self) -> Self::IntoIter {
        self.points.iter()
    }
}

impl Drawable<Canvas<'_>> for PointNames {
    fn draw<I: Iterator<Item = BackendCoord>>(
        &self,
        places: I,
        canvas: &mut Canvas,
        _: (u32, u32),
    ) -> Result<(), DrawingErrorKind<Infallible>> {
        let points: Vec<Point> = places.map(|place| canvas.at(place)).collect();
        // No name covers a mark either.
        let mut taken: Vec<Rect> = points.iter().map(|&point| Rect::around(point, 8.0, 8.0)).collect();
        for (&point, name) in points.iter().zip(&self.names) {
            let text = Text::new(name, point).size(SIZE);
            let Some((text, place)) = places_around(point, text)
                .into_iter()
                .find(|(_, place)| self.area.contains(*place) && !taken.iter().any(|other| other.intersects(*place)))
            else {
                // Where points crowd, a marker without its label is better than two labels that overlap.
                continue;
            };
            taken.push(place);
            canvas.scene.text(text.color(INK));
        }
        Ok(())
    }
}

/// Right of the point, left, above, below.
fn places_around((x, y): Point, text: Text) -> [(Text, Rect); 4] {
    let width = text.width();
    let put = |anchor: Anchor, left: f64, at: Point| {
        let text = Text { at, ..text.clone() }.anchor(anchor).centered_y();
        (text, Rect::new(left, at.1 - SIZE / 2.0, width, SIZE))
    };
    [
        put(Anchor::Start, x + GAP, (x + GAP, y)),
        put(Anchor::End, x - GAP - width, (x - GAP, y)),
        put(Anchor::Middle, x - width / 2.0, (x, y - GAP - SIZE / 2.0)),
        put(Anchor::Middle, x - width / 2.0, (x, y + GAP + SIZE / 2.0)),
    ]
}
