//! The frame of a figure: background, title and legend.

use plotters::style::{Color, RGBColor};

use crate::error::Result;
use crate::figure::Figure;
use crate::font::{self, Weight};
use crate::label::{shorten, wrap};
use crate::mark::Marker;
use crate::scene::{Anchor, Annotation, Cells, Rect, Scene, Stroke, Text};
use crate::theme::{BORDER, MARGIN, MUTED, PAPER, TEXT_SIZE, TICK_SIZE, TITLE_SIZE, WIDTH};

/// A figure that is being drawn.
pub(crate) struct Page {
    pub(crate) scene: Scene,
    title: String,
    note: String,
    /// Where the next thing goes: everything above is taken.
    pub(crate) top: f64,
}

impl Page {
    /// An empty figure with its title and, below it, a line that explains how to read the figure.
    pub(crate) fn new(title: impl Into<String>, note: &str) -> Self {
        let title = shorten(&title.into(), 200);
        let mut page = Self { scene: Scene::new(WIDTH, 0.0), title: title.clone(), note: note.to_owned(), top: MARGIN };
        for line in wrap(&title, WIDTH - 2.0 * MARGIN, TITLE_SIZE, Weight::SemiBold) {
            page.top += TITLE_SIZE;
            page.scene.text(Text::new(line, (MARGIN, page.top - 3.0)).size(TITLE_SIZE).bold());
            page.top += 4.0;
        }
        for line in wrap(note, WIDTH - 2.0 * MARGIN, TEXT_SIZE, Weight::Regular) {
            page.top += TEXT_SIZE + 4.0;
            page.scene.text(Text::new(line, (MARGIN, page.top - 3.0)).color(MUTED));
        }
        page.top += 10.0;
        page
    }

    /// Names with their colours, in as many rows as they need.
    pub(crate) fn legend<S: AsRef<str>>(&mut self, entries: impl IntoIterator<Item = (S, RGBColor, Marker)>) {
        let row = TEXT_SIZE + 7.0;
        let (mut x, mut y) = (MARGIN, self.top + row / 2.0);
        for (name, color, mark) in entries {
            let whole = name.as_ref().to_owned();
            let name = shorten(&whole, 60);
            let half = mark.half();
            // A browser's font may be an eighth wider than the shipped one.
            let letters = font::width(&name, TEXT_SIZE, Weight::Regular) * 1.12;
            let width = 2.0 * half + 6.0 + letters + 18.0;
            if x > MARGIN && x + width > WIDTH - MARGIN {
                (x, y) = (MARGIN, y + row);
            }
            let text = Text::new(&*name, (x + 2.0 * half + 6.0, y)).centered_y();
            self.scene.group(Annotation::Switch(whole), |scene| {
                mark.draw(scene, (x + half, y), half, color);
                scene.text(text);
            });
            x += width;
        }
        self.top = y + row / 2.0 + 6.0;
    }

    /// A scale of colours in `rect`, between the numbers at its ends.
    pub(crate) fn color_bar(&mut self, rect: Rect, palette: &[[u8; 3]], low: &str, high: &str) {
        self.scene.cells(Cells { rect, columns: STEPS, cells: color_steps(palette), palette: palette.to_vec() });
        self.scene.rect(rect, 0.0, None, Some(Stroke::new(BORDER, 1.0)));
        let text = |label, x| Text::new(label, (x, rect.center().1)).size(TICK_SIZE).color(MUTED).centered_y();
        self.scene.text(text(low, rect.x - 6.0).anchor(Anchor::End));
        self.scene.text(text(high, rect.right() + 6.0));
    }

    /// Draws the background behind everything and closes the figure, `bottom` pixels high.
    pub(crate) fn finish(mut self, bottom: f64) -> Result<Figure> {
        self.scene.height = bottom.ceil();
        let sheet = Rect::new(0.0, 0.0, self.scene.width, self.scene.height);
        let frame = Rect::new(0.5, 0.5, sheet.width - 1.0, sheet.height - 1.0);
        let mut background = Scene::new(sheet.width, sheet.height);
        background.rect(sheet, 0.0, Some(PAPER.to_rgba()), None);
        background.rect(frame, 0.0, None, Some(Stroke::new(BORDER, 1.0)));
        self.scene.shapes.splice(0..0, background.shapes);
        Figure::new(self.title, &self.note, self.scene)
    }
}

/// The colours that a scale shows of its palette.
const STEPS: usize = 32;

/// The places of [`STEPS`] colours in a palette, from the first to the last; fewer where it has fewer.
pub(crate) fn color_steps(palette: &[[u8; 3]]) -> Vec<u8> {
    (0..STEPS).map(|step| (step * (palette.len() - 1) / (STEPS - 1)) as u8).collect()
}
