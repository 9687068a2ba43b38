//! Marks of a legend, and the same marks in a chart.

use std::convert::Infallible;
use std::{iter, slice};

use plotters::element::{Drawable, PointCollection};
use plotters::style::{Color, RGBAColor};
use plotters_backend::{BackendCoord, DrawingErrorKind};

use crate::canvas::Canvas;
use crate::scene::{Point, Rect, Scene, Stroke};
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
            Self::Dot => scene.circle((x, y), 0.85 * half, Some(color), None),
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

/// A marker at a point of a chart.
pub(crate) struct Stamp {
    pub(crate) at: (f64, f64),
    pub(crate) mark: Marker,
    pub(crate) half: f64,
    pub(crate) color: RGBAColor,
}

impl<'a> PointCollection<'a, (f64, f64)> for &'a Stamp {
    type Point = &'a (f64, f64);
    type IntoIter = iter::Once<&'a (f64, f64)>;

    fn point_iter(self) -> Self::IntoIter {
        iter::once(&self.at)
    }
}

impl Drawable<Canvas<'_>> for Stamp {
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
