//! A figure before it is a file: a list of shapes, in pixels from the top left corner.

use plotters::style::{Color, RGBAColor};

use crate::font::{self, CAP_HEIGHT, Weight};
use crate::theme;

/// Everything that is drawn, in drawing order.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Scene {
    pub(crate) width: f64,
    pub(crate) height: f64,
    pub(crate) shapes: Vec<Shape>,
}

/// One thing that is drawn.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Shape {
    Rect {
        rect: Rect,
        radius: f64,
        fill: Option<RGBAColor>,
        stroke: Option<Stroke>,
    },
    Circle {
        center: Point,
        radius: f64,
        fill: Option<RGBAColor>,
        stroke: Option<Stroke>,
    },
    Path {
        steps: Vec<PathCommand>,
        fill: Option<RGBAColor>,
        stroke: Option<Stroke>,
    },
    Text(Text),
    Cells(Cells),
    /// Shapes that belong together, and what they mean to a reader who points at them.
    Group {
        annotation: Annotation,
        shapes: Vec<Shape>,
    },
}

/// What a part of a figure says when a reader points at it, or to one who cannot see it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Annotation {
    /// A sentence of its own: "Ajax: +0.25".
    Note(String),
    /// A line of a chart, by the name that it has in the legend.
    Series(String),
    /// An entry of a legend: it switches the series of this name.
    Switch(String),
    /// The inside of a chart: its lines are read off its axes.
    Chart { rect: Rect, x: Scale, y: Scale },
    /// A map of cells: its numbers are read off the colours.
    Map(Map),
}

/// The numbers along one side of a chart.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Scale {
    pub(crate) name: String,
    /// The numbers at both ends.
    pub(crate) ends: (f64, f64),
    pub(crate) numbers: Numbers,
    /// What stands at 0, 1, 2, … instead of numbers: the words of a sentence.
    pub(crate) words: Vec<String>,
}

/// How the numbers of a scale are spaced and said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Numbers {
    #[default]
    Plain,
    /// Shares, said in percent.
    Percent,
    /// On a logarithmic scale, said as powers of ten.
    Log,
    /// Logarithms to the base of ten, said as what they are the logarithms of. (On a logarithmic scale plotters has no
    /// numbers below 2e−16.)
    Exponent,
}

/// How the cells below it are read.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Map {
    pub(crate) name: String,
    /// What a column and a row are: "word", "unit".
    pub(crate) axes: [String; 2],
    /// The name of each column.
    pub(crate) columns: Vec<String>,
    /// The numbers of the first and of the last colour.
    pub(crate) ends: (f64, f64),
}

/// A point in pixels: x to the right, y down.
pub(crate) type Point = (f64, f64);

/// A rectangle with sides along the axes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Rect {
    pub(crate) x: f64,
    pub(crate) y: f64,
    pub(crate) width: f64,
    pub(crate) height: f64,
}

impl Rect {
    pub(crate) fn new(x: f64, y: f64, width: f64, height: f64) -> Self {
        Self { x, y, width, height }
    }

    pub(crate) fn around((x, y): Point, width: f64, height: f64) -> Self {
        Self::new(x - width / 2.0, y - height / 2.0, width, height)
    }

    pub(crate) fn right(self) -> f64 {
        self.x + self.width
    }

    pub(crate) fn bottom(self) -> f64 {
        self.y + self.height
    }

    /// Whether `other` lies inside.
    pub(crate) fn contains(self, other: Self) -> bool {
        self.x <= other.x && self.y <= other.y && other.right() <= self.right() && other.bottom() <= self.bottom()
    }

    /// Whether the two overlap.
    pub(crate) fn intersects(self, other: Self) -> bool {
        self.x < other.right() && other.x < self.right() && self.y < other.bottom() && other.y < self.bottom()
    }

    pub(crate) fn center(self) -> Point {
        (self.x + self.width / 2.0, self.y + self.height / 2.0)
    }
}

/// How a line is drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Stroke {
    pub(crate) color: RGBAColor,
    pub(crate) width: f64,
    /// Length of a dash and of the gap after it.
    pub(crate) dash: Option<(f64, f64)>,
}

impl Stroke {
    pub(crate) fn new(color: impl Color, width: f64) -> Self {
        Self { color: color.to_rgba(), width, dash: None }
    }

    pub(crate) fn dashed(self) -> Self {
        Self { dash: Some((4.0, 3.0)), ..self }
    }
}

/// One step of a path.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum PathCommand {
    Move(Point),
    Line(Point),
    /// Two control points, then the end.
    Curve(Point, Point, Point),
    Close,
}

/// Which part of a text is at its point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Anchor {
    Start,
    Middle,
    End,
}

/// One line of text; (x, y) is on the baseline.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Text {
    pub(crate) spans: Vec<Span>,
    pub(crate) at: Point,
    pub(crate) size: f64,
    pub(crate) weight: Weight,
    pub(crate) color: RGBAColor,
    pub(crate) anchor: Anchor,
    /// Degrees, clockwise, around `at`.
    pub(crate) rotate: f64,
    /// Take exactly the measured width, in whatever font a browser has.
    pub(crate) fit: bool,
}

/// A run of letters on the baseline, below it or above it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Span {
    pub(crate) text: String,
    pub(crate) level: Level,
}

/// Where a span stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Level {
    Base,
    Sub,
    Super,
}

impl Level {
    /// Letter size relative to the text's.
    pub(crate) fn scale(self) -> f64 {
        if self == Self::Base { 1.0 } else { 0.72 }
    }

    /// Distance below the baseline relative to the text's size.
    pub(crate) fn drop(self) -> f64 {
        match self {
            Self::Base => 0.0,
            Self::Sub => 0.22,
            Self::Super => -0.38,
        }
    }
}

impl Text {
    /// A text exactly as written: for words, names and whatever else a caller passes.
    pub(crate) fn new(text: impl Into<String>, at: Point) -> Self {
        Self {
            spans: vec![Span { text: text.into(), level: Level::Base }],
            at,
            size: theme::TEXT_SIZE,
            weight: Weight::Regular,
            color: theme::INK.to_rgba(),
            anchor: Anchor::Start,
            rotate: 0.0,
            fit: false,
        }
    }

    /// A formula of our own: `S_{i+1}` has a subscript, `x^{2}` a superscript.
    pub(crate) fn math(formula: &str, at: Point) -> Self {
        let mut spans = Vec::new();
        let mut rest = formula;
        while let Some(start) = rest.find("_{").into_iter().chain(rest.find("^{")).min() {
            let level = if rest[start..].starts_with('_') { Level::Sub } else { Level::Super };
            let end = rest[start..].find('}').map_or(rest.len(), |offset| start + offset);
            if start > 0 {
                spans.push(Span { text: rest[..start].to_owned(), level: Level::Base });
            }
            spans.push(Span { text: rest[start + 2..end].to_owned(), level });
            rest = rest.get(end + 1..).unwrap_or("");
        }
        if !rest.is_empty() {
            spans.push(Span { text: rest.to_owned(), level: Level::Base });
        }
        Self { spans, ..Self::new("", at) }
    }

    pub(crate) fn size(self, size: f64) -> Self {
        Self { size, ..self }
    }

    pub(crate) fn bold(self) -> Self {
        Self { weight: Weight::SemiBold, ..self }
    }

    pub(crate) fn color(self, color: impl Color) -> Self {
        Self { color: color.to_rgba(), ..self }
    }

    pub(crate) fn anchor(self, anchor: Anchor) -> Self {
        Self { anchor, ..self }
    }

    pub(crate) fn rotate(self, degrees: f64) -> Self {
        Self { rotate: degrees, ..self }
    }

    pub(crate) fn fit(self) -> Self {
        Self { fit: true, ..self }
    }

    /// Puts the middle of the capital letters, not the baseline, at the point's height.
    pub(crate) fn centered_y(mut self) -> Self {
        self.at.1 += self.size * CAP_HEIGHT / 2.0;
        self
    }

    /// Width in pixels, before any rotation.
    pub(crate) fn width(&self) -> f64 {
        self.spans.iter().map(|span| font::width(&span.text, self.size * span.level.scale(), self.weight)).sum()
    }
}

/// A grid of cells: row-major palette indices, stretched over `rect`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Cells {
    pub(crate) rect: Rect,
    pub(crate) columns: usize,
    pub(crate) cells: Vec<u8>,
    pub(crate) palette: Vec<[u8; 3]>,
}

impl Cells {
    pub(crate) fn rows(&self) -> usize {
        self.cells.len() / self.columns.max(1)
    }

    /// Width and height of a cell.
    pub(crate) fn cell_size(&self) -> (f64, f64) {
        (self.rect.width / self.columns as f64, self.rect.height / self.rows() as f64)
    }
}

impl Scene {
    pub(crate) fn new(width: f64, height: f64) -> Self {
        Self { width, height, shapes: Vec::new() }
    }

    pub(crate) fn rect(&mut self, rect: Rect, radius: f64, fill: Option<RGBAColor>, stroke: Option<Stroke>) {
        self.shapes.push(Shape::Rect { rect, radius, fill, stroke });
    }

    pub(crate) fn circle(&mut self, center: Point, radius: f64, fill: Option<RGBAColor>, stroke: Option<Stroke>) {
        self.shapes.push(Shape::Circle { center, radius, fill, stroke });
    }

    pub(crate) fn path(&mut self, steps: Vec<PathCommand>, fill: Option<RGBAColor>, stroke: Option<Stroke>) {
        self.shapes.push(Shape::Path { steps, fill, stroke });
    }

    pub(crate) fn line(&mut self, points: &[Point], stroke: Stroke) {
        self.path(joined(points), None, Some(stroke));
    }

    pub(crate) fn polygon(&mut self, points: &[Point], fill: impl Color) {
        let mut steps = joined(points);
        steps.push(PathCommand::Close);
        self.path(steps, Some(fill.to_rgba()), None);
    }

    pub(crate) fn text(&mut self, text: Text) {
        self.shapes.push(Shape::Text(text));
    }

    pub(crate) fn cells(&mut self, cells: Cells) {
        self.shapes.push(Shape::Cells(cells));
    }

    /// All shapes outside of groups and inside of them, in drawing order.
    #[cfg(test)]
    pub(crate) fn leaves(&self) -> Vec<&Shape> {
        fn below(shapes: &[Shape]) -> Vec<&Shape> {
            let mut leaves = Vec::new();
            for shape in shapes {
                match shape {
                    Shape::Group { shapes, .. } => leaves.extend(below(shapes)),
                    leaf => leaves.push(leaf),
                }
            }
            leaves
        }
        below(&self.shapes)
    }

    /// What `draw` adds to the scene has an annotation.
    pub(crate) fn group<T>(&mut self, annotation: Annotation, draw: impl FnOnce(&mut Self) -> T) -> T {
        let first = self.shapes.len();
        let drawn = draw(self);
        let shapes = self.shapes.split_off(first);
        self.shapes.push(Shape::Group { annotation, shapes });
        drawn
    }

    /// What `draw` adds to the scene says `note`.
    pub(crate) fn noted(&mut self, note: impl Into<String>, draw: impl FnOnce(&mut Self)) {
        self.group(Annotation::Note(note.into()), draw);
    }

    /// A path with an arrow head at its last point.
    pub(crate) fn arrow_path(&mut self, mut steps: Vec<PathCommand>, stroke: Stroke) {
        let count = steps.len();
        let Some((from, to)) = (count >= 2).then(|| (end_of(steps[count - 2]), &mut steps[count - 1])) else {
            return;
        };
        let (before, tip) = match to {
            PathCommand::Curve(_, control, end) => (*control, end),
            PathCommand::Move(end) | PathCommand::Line(end) => (from, end),
            PathCommand::Close => return,
        };
        let (dx, dy) = (tip.0 - before.0, tip.1 - before.1);
        let length = dx.hypot(dy);
        if length == 0.0 {
            return;
        }
        let (ux, uy) = (dx / length, dy / length);
        let (head, half) = (6.0 + stroke.width, 2.6 + stroke.width * 0.7);
        let point = *tip;
        let base = (point.0 - ux * head, point.1 - uy * head);
        // The line ends inside its head, so no blunt end shows at the tip.
        *tip = (point.0 - ux * head * 0.7, point.1 - uy * head * 0.7);
        self.path(steps, None, Some(stroke));
        self.polygon(
            &[point, (base.0 - uy * half, base.1 + ux * half), (base.0 + uy * half, base.1 - ux * half)],
            stroke.color,
        );
    }
}

fn joined(points: &[Point]) -> Vec<PathCommand> {
    points
        .iter()
        .enumerate()
        .map(|(index, &point)| if index == 0 { PathCommand::Move(point) } else { PathCommand::Line(point) })
        .collect()
}

fn end_of(step: PathCommand) -> Point {
    match step {
        PathCommand::Move(point) | PathCommand::Line(point) | PathCommand::Curve(_, _, point) => point,
        PathCommand::Close => (0.0, 0.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(formula: &str) -> Vec<(String, Level)> {
        Text::math(formula, (0.0, 0.0)).spans.into_iter().map(|span| (span.text, span.level)).collect()
    }

    #[test]
    fn a_formula_is_split_into_levels() {
        assert_eq!(
            parts("S_{i+1} = x^{2}"),
            [
                ("S".to_owned(), Level::Base),
                ("i+1".to_owned(), Level::Sub),
                (" = x".to_owned(), Level::Base),
                ("2".to_owned(), Level::Super),
            ]
        );
        assert_eq!(parts("plain"), [("plain".to_owned(), Level::Base)]);
        assert_eq!(parts("open_{end"), [("open".to_owned(), Level::Base), ("end".to_owned(), Level::Sub)]);
    }

    #[test]
    fn a_callers_word_is_never_read_as_a_formula() {
        let text = Text::new("a_{b}", (0.0, 0.0));
        assert_eq!(text.spans.len(), 1);
    }
}
