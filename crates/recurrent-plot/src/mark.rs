//! Marks of a legend, and the same marks in a chart.

use std::borrow::Borrow;
use std::convert::Infallible;
use std::slice;

use plotters::element::{Drawable, PathElement, PointCollection};
use plotters::style::{Color, RGBAColor, ShapeStyle};
use plotters_backend::{BackendCoord, DrawingErrorKind};

use crate::canvas::Canvas;
use crate::scene::{Annotation, Point, Rect, Scene, Shape, Stroke};
use crate::theme::{PAPER, solid};

/// How a series is drawn.
#[derive(Clone, Copy)]
pub(crate) enum Marker {
    Line,
    Dashed,
    Square,
    Dot,
    Ring,
    Triangle,
    Diamond,
}

impl Marker {
    /// Half the width that the mark takes in a legend.
    pub(crate) fn half(self) -> f64 {
        match self {
            Self::Line | Self::Dashed => 10.0,
            Self::Square | Self::Dot | Self::Ring | Self::Triangle | Self::Diamond => 6.0,
        }
    }

    /// Draws the mark around a point, `2 * half` pixels wide.
    pub(crate) fn draw(self, scene: &mut Scene, (x, y): Point, half: f64, color: impl Color) {
        let color = color.to_rgba();
        let ends = [(x - half, y), (x + half, y)];
        match self {
            Self::Line => scene.line(&ends, Stroke::new(color, 2.5)),
            Self::Dashed => scene.line(&ends, Stroke::new(color, 2.0).dashed()),
            Self::Square => {
                let side = 1.7 * half;
                scene.rect(Rect::around((x, y), side, side), 1.0, Some(color), None);
            }
            Self::Dot => scene.circle((x, y), DOT * half, Some(color), None),
            Self::Ring => {
                scene.circle((x, y), 0.7 * half, solid(PAPER), Some(Stroke::new(color, 1.8)));
            }
            Self::Triangle => {
                scene.polygon(&[(x, y - half), (x + half, y + 0.75 * half), (x - half, y + 0.75 * half)], color);
            }
            Self::Diamond => scene.polygon(&[(x, y - half), (x + half, y), (x, y + half), (x - half, y)], color),
        }
    }
}

/// The same marker at points of a chart.
pub(crate) struct Markers {
    pub(crate) points: Vec<(f64, f64)>,
    pub(crate) mark: Marker,
    pub(crate) half: f64,
    pub(crate) color: RGBAColor,
}

impl Markers {
    /// Dots of this radius.
    pub(crate) fn dots(points: impl IntoIterator<Item = (f64, f64)>, radius: f64, color: impl Color) -> Self {
        Self { points: points.into_iter().collect(), mark: Marker::Dot, half: radius / DOT, color: color.to_rgba() }
    }
}

/// The radius of a dot beside half of a mark's width.
const DOT: f64 = 0.85;

impl<'a> PointCollection<'a, (f64, f64)> for &'a Markers {
    type Point = &'a (f64, f64);
    type IntoIter = slice::Iter<'a, (f64, f64)>;

    fn point_iter(self) -> Self::IntoIter {
        self.points.iter()
    }
}

impl Drawable<Canvas<'_>> for Markers {
    fn draw<I: Iterator<Item = BackendCoord>>(
        &self,
        places: I,
        canvas: &mut Canvas,
        _: (u32, u32),
    ) -> Result<(), DrawingErrorKind<Infallible>> {
        for place in places {
            let at = canvas.at(place);
            self.mark.draw(canvas.scene, at, self.half, self.color);
        }
        Ok(())
    }
}

/// An element of a chart, and what it means to a reader who points at it.
pub(crate) struct Annotated<E> {
    annotation: Annotation,
    /// Those of the element.
    points: Vec<(f64, f64)>,
    element: E,
}

impl<E> Annotated<E>
where
    for<'a> &'a E: PointCollection<'a, (f64, f64)>,
{
    fn new(annotation: Annotation, element: E) -> Self {
        let points = element.point_iter().into_iter().map(|point| *point.borrow()).collect();
        Self { annotation, points, element }
    }

    /// One that says `note`.
    pub(crate) fn note(note: String, element: E) -> Self {
        Self::new(Annotation::Note(note), element)
    }

    /// A part of the series `name`.
    pub(crate) fn series(name: &str, element: E) -> Self {
        Self::new(Annotation::Series(name.to_owned()), element)
    }
}

/// The line of the series `name`.
pub(crate) fn series_line(
    name: &str,
    points: impl IntoIterator<Item = (f64, f64)>,
    style: ShapeStyle,
) -> Annotated<PathElement<(f64, f64)>> {
    Annotated::series(name, PathElement::new(points.into_iter().collect::<Vec<_>>(), style))
}

impl<'a, E> PointCollection<'a, (f64, f64)> for &'a Annotated<E> {
    type Point = &'a (f64, f64);
    type IntoIter = slice::Iter<'a, (f64, f64)>;

    fn point_iter(self) -> Self::IntoIter {
        self.points.iter()
    }
}

impl<'c, E: Drawable<Canvas<'c>>> Drawable<Canvas<'c>> for Annotated<E> {
    fn draw<I: Iterator<Item = BackendCoord>>(
        &self,
        places: I,
        canvas: &mut Canvas<'c>,
        size: (u32, u32),
    ) -> Result<(), DrawingErrorKind<Infallible>> {
        let first = canvas.scene.shapes.len();
        self.element.draw(places, canvas, size)?;
        let shapes = canvas.scene.shapes.split_off(first);
        canvas.scene.shapes.push(Shape::Group { annotation: self.annotation.clone(), shapes });
        Ok(())
    }
}

/// A dashed line of a chart, as one path: plotters would make a path of every dash.
pub(crate) struct DashedLine {
    pub(crate) points: Vec<(f64, f64)>,
    pub(crate) stroke: Stroke,
}

impl<'a> PointCollection<'a, (f64, f64)> for &'a DashedLine {
    type Point = &'a (f64, f64);
    type IntoIter = slice::Iter<'a, (f64, f64)>;

    fn point_iter(self) -> Self::IntoIter {
        self.points.iter()
    }
}

impl Drawable<Canvas<'_>> for DashedLine {
    fn draw<I: Iterator<Item = BackendCoord>>(
        &self,
        places: I,
        canvas: &mut Canvas,
        _: (u32, u32),
    ) -> Result<(), DrawingErrorKind<Infallible>> {
        let points: Vec<Point> = places.map(|place| canvas.at(place)).collect();
        canvas.scene.line(&points, self.stroke.dashed());
        Ok(())
    }
}
