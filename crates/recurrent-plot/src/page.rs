//! The card that a figure is drawn on: its title, its legend, its axes.

use plotters::chart::{ChartBuilder, ChartContext, LabelAreaPosition};
use plotters::coord::cartesian::Cartesian2d;
use plotters::coord::ranged1d::{AsRangedCoord, Ranged, ValueFormatter};
use plotters::drawing::DrawingAreaErrorKind;
use plotters::style::{Color, IntoFont, RGBAColor, RGBColor, ShapeStyle, TextStyle};

use crate::canvas::{Canvas, px};
use crate::error::{PlotError, Result};
use crate::figure::Figure;
use crate::font::{self, Weight};
use crate::scene::{Anchor, Point, Rect, Scene, Stroke, Text};
use crate::theme::{
    BORDER, GRID, INK, MARGIN, MUTED, PANEL_SIZE, PAPER, TEXT_SIZE, TICK_SIZE, TITLE_SIZE, WIDTH,
};

/// A figure that is being drawn.
pub(crate) struct Page {
    pub(crate) scene: Scene,
    title: String,
    /// Where the next thing goes: everything above is taken.
    pub(crate) top: f64,
}

/// What stands in front of a name in a legend.
#[derive(Clone, Copy)]
pub(crate) enum Mark {
    Line,
    Dashed,
    Square,
    Dot,
    Ring,
    Diamond,
}

impl Page {
    /// An empty card with its title and, below it, a line that says how to read the figure.
    pub(crate) fn new(title: impl Into<String>, note: &str) -> Self {
        let title = title.into();
        let mut page = Self {
            scene: Scene::new(WIDTH, 0.0),
            title: title.clone(),
            top: MARGIN,
        };
        for line in wrap(&title, WIDTH - 2.0 * MARGIN, TITLE_SIZE, Weight::SemiBold) {
            page.top += TITLE_SIZE;
            page.scene.text(
                Text::new(line, (MARGIN, page.top - 3.0))
                    .size(TITLE_SIZE)
                    .bold(),
            );
            page.top += 4.0;
        }
        for line in wrap(note, WIDTH - 2.0 * MARGIN, TEXT_SIZE, Weight::Regular) {
            page.top += TEXT_SIZE + 4.0;
            page.scene
                .text(Text::new(line, (MARGIN, page.top - 3.0)).color(MUTED));
        }
        page.top += 10.0;
        page
    }

    /// Names with their colours, in as many rows as they need.
    pub(crate) fn legend<S: AsRef<str>>(
        &mut self,
        entries: impl IntoIterator<Item = (S, RGBColor, Mark)>,
    ) {
        let row = TEXT_SIZE + 7.0;
        let (mut x, mut y) = (MARGIN, self.top + row / 2.0);
        for (name, color, mark) in entries {
            let name = shorten(name.as_ref(), 60);
            // A browser's font may be an eighth wider than the shipped one.
            let width = 26.0 + font::width(&name, TEXT_SIZE, Weight::Regular) * 1.12 + 18.0;
            if x > MARGIN && x + width > WIDTH - MARGIN {
                (x, y) = (MARGIN, y + row);
            }
            self.mark((x + 10.0, y), color, mark);
            self.scene.text(Text::new(name, (x + 26.0, y)).centered_y());
            x += width;
        }
        self.top = y + row / 2.0 + 6.0;
    }

    fn mark(&mut self, (x, y): Point, color: RGBColor, mark: Mark) {
        match mark {
            Mark::Line => self
                .scene
                .line(&[(x - 10.0, y), (x + 10.0, y)], Stroke::new(color, 2.5)),
            Mark::Dashed => self.scene.line(
                &[(x - 10.0, y), (x + 10.0, y)],
                Stroke::new(color, 2.0).dashed(),
            ),
            Mark::Square => self.scene.rect(
                Rect::around((x + 2.0, y), 12.0, 12.0),
                2.0,
                Some(color.to_rgba()),
                None,
            ),
            Mark::Dot => self
                .scene
                .circle((x + 3.0, y), 4.5, Some(color.to_rgba()), None),
            Mark::Ring => self.scene.circle(
                (x + 3.0, y),
                4.0,
                solid(PAPER),
                Some(Stroke::new(color, 1.8)),
            ),
            Mark::Diamond => {
                let r = 5.5;
                self.scene
                    .polygon(&[(x, y - r), (x + r, y), (x, y + r), (x - r, y)], color);
            }
        }
    }

    /// A scale from low to high colours with its two or three numbers, right of everything else in its row.
    pub(crate) fn color_bar(&mut self, rect: Rect, palette: &[[u8; 3]], labels: &[(f64, String)]) {
        self.scene.image(crate::scene::Image {
            rect,
            columns: palette.len(),
            cells: (0..palette.len()).map(|index| index as u8).collect(),
            palette: palette.to_vec(),
        });
        self.scene
            .rect(rect, 0.0, None, Some(Stroke::new(BORDER, 1.0)));
        for (position, label) in labels {
            let at = (
                rect.x + rect.width * position,
                rect.bottom() + TICK_SIZE + 1.0,
            );
            self.scene.text(
                Text::new(label, at)
                    .size(TICK_SIZE)
                    .color(MUTED)
                    .anchor(Anchor::Middle),
            );
        }
    }

    /// A chart in `rect`: plotters draws its axes, then `draw` adds the series.
    pub(crate) fn chart<X, Y, D>(
        &mut self,
        rect: Rect,
        x: X,
        y: Y,
        axes: &Axes,
        draw: D,
    ) -> Result<()>
    where
        X: AsRangedCoord<Value = f64>,
        Y: AsRangedCoord<Value = f64>,
        X::CoordDescType: Ranged<ValueType = f64> + ValueFormatter<f64>,
        Y::CoordDescType: Ranged<ValueType = f64> + ValueFormatter<f64>,
        D: FnOnce(&mut Chart<X::CoordDescType, Y::CoordDescType>) -> Drawn,
    {
        let mut inner = rect;
        if !axes.title.is_empty() {
            let at = (rect.x + axes.left, rect.y + PANEL_SIZE);
            self.scene
                .text(Text::new(axes.title, at).size(PANEL_SIZE).bold());
            inner.y += PANEL_SIZE + 10.0;
            inner.height -= PANEL_SIZE + 10.0;
        }
        let area = Canvas::area(&mut self.scene, inner);
        let ticks =
            || TextStyle::from(("sans-serif", f64::from(px(TICK_SIZE))).into_font()).color(&MUTED);
        let names =
            || TextStyle::from(("sans-serif", f64::from(px(TEXT_SIZE))).into_font()).color(&INK);
        let mut chart = ChartBuilder::on(&area)
            .margin_right(px(8.0))
            .margin_top(px(6.0))
            .set_label_area_size(LabelAreaPosition::Left, px(axes.left))
            .set_label_area_size(
                LabelAreaPosition::Bottom,
                px(if axes.x.is_empty() { 24.0 } else { 40.0 }),
            )
            .build_cartesian_2d(x, y)
            .map_err(chart_error)?;
        chart
            .configure_mesh()
            .light_line_style(RGBColor(255, 255, 255).mix(0.0))
            .bold_line_style(line(GRID, 1.0))
            .axis_style(line(BORDER, 1.0))
            .set_all_tick_mark_size(px(4.0))
            .x_labels(axes.x_ticks)
            .y_labels(axes.y_ticks)
            .x_label_style(ticks())
            .y_label_style(ticks())
            .x_label_formatter(axes.x_format)
            .y_label_formatter(axes.y_format)
            .axis_desc_style(names())
            .x_desc(axes.x)
            .y_desc(axes.y)
            .max_light_lines(0)
            .draw()
            .map_err(chart_error)?;
        draw(&mut chart).map_err(chart_error)
    }

    /// Draws the card behind everything and closes the figure, `bottom` pixels high.
    pub(crate) fn finish(mut self, bottom: f64) -> Result<Figure> {
        self.scene.height = bottom.ceil();
        let card = Rect::new(0.0, 0.0, self.scene.width, self.scene.height);
        let frame = Rect::new(0.5, 0.5, card.width - 1.0, card.height - 1.0);
        let mut background = Scene::new(card.width, card.height);
        background.rect(card, 0.0, Some(PAPER.to_rgba()), None);
        background.rect(frame, 0.0, None, Some(Stroke::new(BORDER, 1.0)));
        self.scene.shapes.splice(0..0, background.shapes);
        Figure::new(self.title, self.scene)
    }
}

/// A chart of plotters on a page.
pub(crate) type Chart<'a, 'b, X, Y> = ChartContext<'a, Canvas<'b>, Cartesian2d<X, Y>>;

/// What a drawing call of plotters returns.
pub(crate) type Drawn = std::result::Result<(), DrawingAreaErrorKind<std::convert::Infallible>>;

/// What stands beside the axes of one chart.
#[derive(Clone, Copy)]
pub(crate) struct Axes<'a> {
    pub(crate) title: &'a str,
    pub(crate) x: &'a str,
    pub(crate) y: &'a str,
    pub(crate) x_format: &'a dyn Fn(&f64) -> String,
    pub(crate) y_format: &'a dyn Fn(&f64) -> String,
    pub(crate) x_ticks: usize,
    pub(crate) y_ticks: usize,
    /// Room for the y axis and its name.
    pub(crate) left: f64,
}

impl Default for Axes<'_> {
    fn default() -> Self {
        Self {
            title: "",
            x: "",
            y: "",
            x_format: &tick,
            y_format: &tick,
            x_ticks: 6,
            y_ticks: 6,
            left: 56.0,
        }
    }
}

pub(crate) fn chart_error(error: DrawingAreaErrorKind<std::convert::Infallible>) -> PlotError {
    PlotError::Chart(error.to_string())
}

/// A line of `width` pixels for plotters.
pub(crate) fn line(color: impl Color, width: f64) -> ShapeStyle {
    ShapeStyle {
        color: color.to_rgba(),
        filled: false,
        stroke_width: px(width) as u32,
    }
}

/// A filled shape for plotters.
pub(crate) fn filled(color: impl Color) -> ShapeStyle {
    ShapeStyle {
        color: color.to_rgba(),
        filled: true,
        stroke_width: 0,
    }
}

/// A number beside an axis: up to four digits, thousands as "k".
pub(crate) fn tick(value: &f64) -> String {
    let value = *value;
    let size = value.abs();
    if size < 1e-12 {
        "0".to_owned()
    } else if size >= 10_000.0 {
        format!("{}k", trimmed(value / 1000.0, 1))
    } else if size < 0.001 {
        power(value)
    } else {
        trimmed(value, if size >= 100.0 { 0 } else { 3 })
    }
}

/// A share as a percentage beside an axis.
pub(crate) fn percent_tick(value: &f64) -> String {
    format!("{} %", trimmed(value * 100.0, 1))
}

/// A number on a logarithmic axis: 0.001 and smaller as 1e-3.
pub(crate) fn power(value: f64) -> String {
    format!("{value:.0e}")
}

/// A number with at most `decimals` decimals and no trailing zeros.
pub(crate) fn trimmed(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    let text = if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.')
    } else {
        &text
    };
    if text == "-0" {
        "0".to_owned()
    } else {
        text.replace('-', "−")
    }
}

/// The first letters of a text that is longer than `limit` letters, with an ellipsis.
pub(crate) fn shorten(text: &str, limit: usize) -> String {
    if text.chars().count() <= limit {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(limit.saturating_sub(1)).collect();
    short.truncate(short.trim_end().len());
    short.push('…');
    short
}

/// Lines of at most `width` pixels; a single longer word is shortened. A browser's font may be wider, so a tenth is kept free.
pub(crate) fn wrap(text: &str, width: f64, size: f64, weight: Weight) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        let word = shorten(word, (width / size) as usize);
        match lines.last_mut() {
            Some(line) if font::width(&format!("{line} {word}"), size, weight) <= width * 0.9 => {
                line.push(' ');
                line.push_str(&word);
            }
            _ => lines.push(word),
        }
    }
    lines
}

/// The smallest and the largest of some numbers, widened by a share on both sides so that nothing touches the frame.
pub(crate) fn span(numbers: impl IntoIterator<Item = f64>, widen: f64) -> (f64, f64) {
    let (low, high) = numbers
        .into_iter()
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), number| {
            (low.min(number), high.max(number))
        });
    if low > high {
        return (0.0, 1.0);
    }
    let room = if high > low {
        (high - low) * widen
    } else {
        high.abs().max(1.0) * 0.5
    };
    (low - room, high + room)
}

/// Colours of a heatmap's picture: 255 steps, so that the middle of a diverging scale is a step of its own.
pub(crate) fn palette(map: crate::theme::ColorMap) -> Vec<[u8; 3]> {
    (0..255)
        .map(|step| map.at(f64::from(step) / 254.0))
        .map(|RGBColor(red, green, blue)| [red, green, blue])
        .collect()
}

/// A plain colour for shapes.
pub(crate) fn solid(color: RGBColor) -> Option<RGBAColor> {
    Some(color.to_rgba())
}
