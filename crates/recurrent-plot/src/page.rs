//! The card that a figure is drawn on: its title and its legend.

use plotters::style::{Color, RGBColor};

use crate::error::Result;
use crate::figure::Figure;
use crate::font::{self, Weight};
use crate::label::{shorten, wrap};
use crate::scene::{Anchor, Image, Point, Rect, Scene, Stroke, Text};
use crate::theme::{BORDER, MARGIN, MUTED, PAPER, TEXT_SIZE, TICK_SIZE, TITLE_SIZE, WIDTH, solid};

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
    Triangle,
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
            Mark::Triangle => {
                let r = 5.5;
                self.scene.polygon(
                    &[
                        (x + 3.0, y - r),
                        (x + 3.0 + r, y + r * 0.75),
                        (x + 3.0 - r, y + r * 0.75),
                    ],
                    color,
                );
            }
            Mark::Diamond => {
                let r = 5.5;
                self.scene
                    .polygon(&[(x, y - r), (x + r, y), (x, y + r), (x - r, y)], color);
            }
        }
    }

    /// A scale of colours in `rect`, between the numbers at its ends.
    pub(crate) fn color_bar(&mut self, rect: Rect, palette: &[[u8; 3]], low: &str, high: &str) {
        let cells = (0..palette.len()).map(|index| index as u8).collect();
        self.scene.image(Image {
            rect,
            columns: palette.len(),
            cells,
            palette: palette.to_vec(),
        });
        self.scene
            .rect(rect, 0.0, None, Some(Stroke::new(BORDER, 1.0)));
        let text = |label, x| {
            Text::new(label, (x, rect.center().1))
                .size(TICK_SIZE)
                .color(MUTED)
                .centered_y()
        };
        self.scene.text(text(low, rect.x - 6.0).anchor(Anchor::End));
        self.scene.text(text(high, rect.right() + 6.0));
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
