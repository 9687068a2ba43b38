//! Where plotters draws: its charts become shapes of a scene.
//!
//! Plotters counts in whole pixels, which makes a smooth curve step. So it gets a canvas of
//! [`GRAIN`] units per pixel, and every size that it is told goes through [`px`].

use std::convert::Infallible;

use plotters::coord::Shift;
use plotters::drawing::{DrawingArea, IntoDrawingArea};
use plotters::style::RGBAColor;
use plotters_backend::text_anchor::{HPos, VPos};
use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind, FontStyle,
    FontTransform,
};

use crate::font::{CAP_HEIGHT, Weight};
use crate::scene::{Anchor, PathCommand, Point, Rect, Scene, Shape, Stroke, Text};

/// Canvas units per pixel.
const GRAIN: f64 = 8.0;

/// A size in pixels as plotters needs it.
pub(crate) fn px(pixels: f64) -> i32 {
    (pixels * GRAIN).round() as i32
}

/// A length of plotters in pixels.
pub(crate) fn pixels(units: i32) -> f64 {
    f64::from(units) / GRAIN
}

/// The part of a figure that a chart is drawn on: a backend of plotters, whose shapes become those of the figure.
pub struct Canvas<'a> {
    pub(crate) scene: &'a mut Scene,
    rect: Rect,
    /// Canvas units per pixel.
    grain: f64,
}

/// A drawing area of plotters over a scene.
pub(crate) type Area<'a> = DrawingArea<Canvas<'a>, Shift>;

impl<'a> Canvas<'a> {
    /// The drawing area that covers `rect` of the scene.
    pub(crate) fn area(scene: &'a mut Scene, rect: Rect) -> Area<'a> {
        Canvas { scene, rect, grain: GRAIN }.into_drawing_area()
    }

    /// One whose units are pixels, as in plotters' own backends.
    pub(crate) fn area_in_pixels(scene: &'a mut Scene, rect: Rect) -> Area<'a> {
        Canvas { scene, rect, grain: 1.0 }.into_drawing_area()
    }

    /// A point of plotters in pixels.
    pub(crate) fn at(&self, (x, y): BackendCoord) -> Point {
        (self.rect.x + f64::from(x) / self.grain, self.rect.y + f64::from(y) / self.grain)
    }

    fn stroke<S: BackendStyle>(&self, style: &S) -> Stroke {
        Stroke { color: color(style.color()), width: f64::from(style.stroke_width()) / self.grain, dash: None }
    }

    /// A shape is either filled or outlined.
    fn fill_or_stroke<S: BackendStyle>(&self, style: &S, fill: bool) -> (Option<RGBAColor>, Option<Stroke>) {
        if fill { (Some(color(style.color())), None) } else { (None, Some(self.stroke(style))) }
    }

    fn push(&mut self, shape: Shape) -> Drawn {
        self.scene.shapes.push(shape);
        Ok(())
    }
}

type Drawn = Result<(), DrawingErrorKind<Infallible>>;

fn color(BackendColor { alpha, rgb: (red, green, blue) }: BackendColor) -> RGBAColor {
    RGBAColor(red, green, blue, alpha)
}

impl DrawingBackend for Canvas<'_> {
    type ErrorType = Infallible;

    fn get_size(&self) -> (u32, u32) {
        ((self.rect.width * self.grain).round() as u32, (self.rect.height * self.grain).round() as u32)
    }

    fn ensure_prepared(&mut self) -> Drawn {
        Ok(())
    }

    fn present(&mut self) -> Drawn {
        Ok(())
    }

    fn draw_pixel(&mut self, point: BackendCoord, style: BackendColor) -> Drawn {
        let (x, y) = self.at(point);
        let rect = Rect::new(x, y, 1.0 / self.grain, 1.0 / self.grain);
        self.push(Shape::Rect { rect, radius: 0.0, fill: Some(color(style)), stroke: None })
    }

    fn draw_line<S: BackendStyle>(&mut self, from: BackendCoord, to: BackendCoord, style: &S) -> Drawn {
        self.draw_path([from, to], style)
    }

    fn draw_rect<S: BackendStyle>(&mut self, from: BackendCoord, to: BackendCoord, style: &S, fill: bool) -> Drawn {
        let ((x, y), (right, bottom)) = (self.at(from), self.at(to));
        let (fill, stroke) = self.fill_or_stroke(style, fill);
        self.push(Shape::Rect { rect: Rect::new(x, y, right - x, bottom - y), radius: 0.0, fill, stroke })
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(&mut self, path: I, style: &S) -> Drawn {
        let steps: Vec<PathCommand> = path
            .into_iter()
            .enumerate()
            .map(
                |(index, point)| {
                    if index == 0 { PathCommand::Move(self.at(point)) } else { PathCommand::Line(self.at(point)) }
                },
            )
            .collect();
        self.push(Shape::Path { steps, fill: None, stroke: Some(self.stroke(style)) })
    }

    fn draw_circle<S: BackendStyle>(&mut self, center: BackendCoord, radius: u32, style: &S, fill: bool) -> Drawn {
        let (center, radius) = (self.at(center), f64::from(radius) / self.grain);
        let (fill, stroke) = self.fill_or_stroke(style, fill);
        self.push(Shape::Circle { center, radius, fill, stroke })
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(&mut self, corners: I, style: &S) -> Drawn {
        let mut steps: Vec<PathCommand> = corners
            .into_iter()
            .enumerate()
            .map(
                |(index, point)| {
                    if index == 0 { PathCommand::Move(self.at(point)) } else { PathCommand::Line(self.at(point)) }
                },
            )
            .collect();
        steps.push(PathCommand::Close);
        self.push(Shape::Path { steps, fill: Some(color(style.color())), stroke: None })
    }

    fn draw_text<S: BackendTextStyle>(&mut self, text: &str, style: &S, pos: BackendCoord) -> Drawn {
        let mut text = Text::new(text, self.at(pos)).size(style.size() / self.grain).color(color(style.color()));
        if matches!(style.style(), FontStyle::Bold) {
            text.weight = Weight::SemiBold;
        }
        text.anchor = match style.anchor().h_pos {
            HPos::Left => Anchor::Start,
            HPos::Center => Anchor::Middle,
            HPos::Right => Anchor::End,
        };
        // How far the baseline lies below the anchor, before the text is turned.
        let drop = text.size
            * match style.anchor().v_pos {
                VPos::Top => CAP_HEIGHT,
                VPos::Center => CAP_HEIGHT / 2.0,
                VPos::Bottom => -0.22,
            };
        let (rotate, (dx, dy)) = match style.transform() {
            FontTransform::None => (0.0, (0.0, drop)),
            FontTransform::Rotate90 => (90.0, (-drop, 0.0)),
            FontTransform::Rotate180 => (180.0, (0.0, -drop)),
            FontTransform::Rotate270 => (-90.0, (drop, 0.0)),
        };
        text.rotate = rotate;
        text.at = (text.at.0 + dx, text.at.1 + dy);
        self.push(Shape::Text(text))
    }

    fn estimate_text_size<S: BackendTextStyle>(
        &self,
        text: &str,
        style: &S,
    ) -> Result<(u32, u32), DrawingErrorKind<Infallible>> {
        let width = Text::new(text, (0.0, 0.0)).size(style.size()).width();
        Ok((width.ceil() as u32, style.size().ceil() as u32))
    }
}
