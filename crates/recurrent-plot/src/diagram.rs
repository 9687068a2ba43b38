//! The pieces that network diagrams are made of.

use plotters::style::{Color, RGBColor};

use crate::scene::{Anchor, PathCommand, Point, Rect, Scene, Stroke, Text};
use crate::theme::{BLUE, GREEN, INK, MUTED, ORANGE, PAPER, PURPLE, SHADE, TEXT_SIZE, VERMILION, solid};

/// The role of a part of the diagram, which its colour shows.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Input,
    State,
    Cell,
    Weights,
    Gate,
    Output,
}

impl Role {
    pub(crate) fn color(self) -> RGBColor {
        match self {
            Self::Input => GREEN,
            Self::State => BLUE,
            Self::Cell => INK,
            Self::Weights => ORANGE,
            Self::Gate => PURPLE,
            Self::Output => VERMILION,
        }
    }
}

/// The line of an arrow.
pub(crate) fn wire(color: RGBColor) -> Stroke {
    Stroke::new(color, 1.6)
}

/// A vector: a pill with its symbol.
pub(crate) fn vector(scene: &mut Scene, center: Point, symbol: &str, role: Role) {
    let text = Text::math(symbol, center).size(15.0).anchor(Anchor::Middle).centered_y();
    let width = (text.width() + 18.0).max(38.0);
    let color = role.color();
    scene.rect(Rect::around(center, width, 30.0), 15.0, solid(PAPER), None);
    scene.rect(Rect::around(center, width, 30.0), 15.0, Some(color.mix(0.14)), Some(Stroke::new(color, 1.5)));
    scene.text(text);
}

/// A computation: a box with its name.
pub(crate) fn block(scene: &mut Scene, rect: Rect, name: &str, role: Role) {
    let color = role.color();
    scene.rect(rect, 6.0, solid(PAPER), None);
    scene.rect(rect, 6.0, Some(color.mix(0.12)), Some(Stroke::new(color, 1.5)));
    scene.text(Text::math(name, rect.center()).size(14.0).bold().anchor(Anchor::Middle).centered_y());
}

/// A layer inside a cell: a box with its name and its function.
pub(crate) fn gate(scene: &mut Scene, center: Point, name: &str, function: &str, role: Role) {
    block(scene, Rect::around(center, 78.0, 46.0), "", role);
    let (x, y) = center;
    let text = |text, y| Text::new(text, (x, y)).anchor(Anchor::Middle).centered_y();
    scene.text(text(name, y - 9.0).bold());
    scene.text(text(function, y + 10.0).size(14.0));
}

/// The border of what belongs to one cell.
pub(crate) fn enclosure(scene: &mut Scene, rect: Rect) {
    scene.rect(rect, 12.0, solid(SHADE), Some(Stroke::new(MUTED, 1.2).dashed()));
}

/// An operation on whole vectors: a circle with `+`, `×` or a function's name.
pub(crate) fn operation(scene: &mut Scene, center: Point, sign: &str) {
    let radius = if sign.chars().count() > 1 { 19.0 } else { 13.0 };
    let size = if sign.chars().count() > 1 { 12.0 } else { 18.0 };
    scene.circle(center, radius, solid(PAPER), Some(Stroke::new(INK, 1.4)));
    scene.text(Text::new(sign, center).size(size).anchor(Anchor::Middle).centered_y());
}

/// A small explanation.
pub(crate) fn note(scene: &mut Scene, at: Point, text: &str, anchor: Anchor) {
    scene.text(Text::math(text, at).size(TEXT_SIZE).color(MUTED).anchor(anchor));
}

/// An arrow along straight lines with rounded corners.
pub(crate) fn route(scene: &mut Scene, points: &[Point], color: RGBColor) {
    scene.arrow_path(rounded(points), wire(color));
}

/// Where a wire splits.
pub(crate) fn junction(scene: &mut Scene, at: Point, color: RGBColor) {
    scene.circle(at, 2.8, solid(color), None);
}

/// Straight lines with rounded corners.
pub(crate) fn rounded(points: &[Point]) -> Vec<PathCommand> {
    let mut steps = Vec::new();
    for (index, &point) in points.iter().enumerate() {
        if index == 0 {
            steps.push(PathCommand::Move(point));
        } else if let Some(&next) = points.get(index + 1) {
            let before = toward(point, points[index - 1], 8.0);
            let after = toward(point, next, 8.0);
            steps.push(PathCommand::Line(before));
            steps.push(PathCommand::Curve(toward(point, before, 3.0), toward(point, after, 3.0), after));
        } else {
            steps.push(PathCommand::Line(point));
        }
    }
    steps
}

/// The point `distance` from `from` on the way to `to`, at most halfway.
fn toward(from: Point, to: Point, distance: f64) -> Point {
    let (dx, dy) = (to.0 - from.0, to.1 - from.1);
    let length = dx.hypot(dy).max(1e-9);
    let share = (distance / length).min(0.5);
    (from.0 + dx * share, from.1 + dy * share)
}

/// The steps of a sentence that are drawn: all of up to four; of a longer one the first three, a
/// gap (`None`) and the last.
pub(crate) fn steps_shown(words: usize) -> Vec<Option<usize>> {
    if words <= 4 { (0..words).map(Some).collect() } else { (0..3).map(Some).chain([None, Some(words - 1)]).collect() }
}

/// A shown step, or a gap, with its horizontal position.
pub(crate) type Column = (f64, Option<usize>);

/// The shown steps of a sentence, evenly spaced from `left` to `right`.
pub(crate) fn columns(words: usize, left: f64, right: f64) -> Vec<Column> {
    let shown = steps_shown(words);
    let pitch = (right - left) / shown.len() as f64;
    let columns = shown.into_iter().enumerate();
    let column = |(place, step)| (left + pitch * (place as f64 + 0.5), step);
    columns.map(column).collect()
}

/// The size of a [`cell`].
pub(crate) const CELL: (f64, f64) = (48.0, 36.0);

/// A recurrent cell.
pub(crate) fn cell(scene: &mut Scene, center: Point) {
    let rect = Rect::around(center, CELL.0, CELL.1);
    block(scene, rect, "cell", Role::Cell);
}

/// Dots in place of the steps that are not shown.
pub(crate) fn gap(scene: &mut Scene, at: Point) {
    let dots = Text::new("…", at).size(20.0).bold();
    scene.text(dots.anchor(Anchor::Middle));
}
