//! The shipped font (Inter, SIL Open Font Licence, see `fonts/OFL.txt`): how wide a text is, and
//! the outlines of its letters.

use std::sync::LazyLock;

use ttf_parser::{Face, GlyphId, OutlineBuilder};

/// Regular text or headings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Weight {
    Regular,
    SemiBold,
}

/// The names tried by a browser, best first. What it finds may be a little wider than Inter:
/// layouts leave room for that.
pub(crate) const CSS_FAMILY: &str = "Inter,Helvetica Neue,Arial,Liberation Sans,DejaVu Sans,sans-serif";
/// Height of a capital letter, as a share of the font size.
pub(crate) const CAP_HEIGHT: f64 = 0.727;

// Without a face (a broken font file, caught by the tests) letters count as 0.6 em wide and a PNG
// has no text.
static REGULAR: LazyLock<Option<Face>> =
    LazyLock::new(|| Face::parse(include_bytes!("../fonts/Inter-Regular.otf"), 0).ok());
static SEMI_BOLD: LazyLock<Option<Face>> =
    LazyLock::new(|| Face::parse(include_bytes!("../fonts/Inter-SemiBold.otf"), 0).ok());

fn face(weight: Weight) -> Option<&'static Face<'static>> {
    match weight {
        Weight::Regular => REGULAR.as_ref(),
        Weight::SemiBold => SEMI_BOLD.as_ref(),
    }
}

/// The width of `text` in pixels.
pub(crate) fn width(text: &str, size: f64, weight: Weight) -> f64 {
    text.chars().map(|letter| advance(letter, size, weight)).sum()
}

fn advance(letter: char, size: f64, weight: Weight) -> f64 {
    let em = face(weight).and_then(|face| {
        let advance = face.glyph_hor_advance(glyph(face, letter))?;
        Some(f64::from(advance) / f64::from(face.units_per_em()))
    });
    em.unwrap_or(0.6) * size
}

/// The letter's picture; for a letter that the font lacks its first one, an empty box.
fn glyph(face: &Face, letter: char) -> GlyphId {
    face.glyph_index(letter).unwrap_or_default()
}

/// Draws the letters of `text` from the baseline point (x, y) into `builder`, which gets pixels.
pub(crate) fn outline(text: &str, (x, y): (f64, f64), size: f64, weight: Weight, builder: &mut dyn OutlineBuilder) {
    let Some(face) = face(weight) else { return };
    let scale = (size / f64::from(face.units_per_em())) as f32;
    let mut pen = x;
    for letter in text.chars() {
        let mut placed = Placed { builder, scale, x: pen as f32, y: y as f32 };
        face.outline_glyph(glyph(face, letter), &mut placed);
        pen += advance(letter, size, weight);
    }
}

/// Moves font units, whose y axis points up, to a place on the page.
struct Placed<'a> {
    builder: &'a mut dyn OutlineBuilder,
    scale: f32,
    x: f32,
    y: f32,
}

impl Placed<'_> {
    fn at(&self, x: f32, y: f32) -> (f32, f32) {
        (self.x + x * self.scale, self.y - y * self.scale)
    }
}

impl OutlineBuilder for Placed<'_> {
    fn move_to(&mut self, x: f32, y: f32) {
        let (x, y) = self.at(x, y);
        self.builder.move_to(x, y);
    }

    fn line_to(&mut self, x: f32, y: f32) {
        let (x, y) = self.at(x, y);
        self.builder.line_to(x, y);
    }

    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        let ((x1, y1), (x, y)) = (self.at(x1, y1), self.at(x, y));
        self.builder.quad_to(x1, y1, x, y);
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        let ((x1, y1), (x2, y2), (x, y)) = (self.at(x1, y1), self.at(x2, y2), self.at(x, y));
        self.builder.curve_to(x1, y1, x2, y2, x, y);
    }

    fn close(&mut self) {
        self.builder.close();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_faces_are_readable_and_wide_letters_are_wider() {
        for weight in [Weight::Regular, Weight::SemiBold] {
            assert!(face(weight).is_some());
            assert!(width("m", 10.0, weight) > 1.5 * width("l", 10.0, weight));
        }
        assert!(width("gate", 12.0, Weight::SemiBold) > width("gate", 12.0, Weight::Regular));
    }

    #[test]
    fn the_font_has_the_signs_that_the_figures_use() {
        for weight in [Weight::Regular, Weight::SemiBold] {
            for sign in "σΣΠ∂×·−→≈≤…–—‖∑∏√ßé°µ←".chars() {
                assert!(face(weight).and_then(|face| face.glyph_index(sign)).is_some(), "{sign}");
            }
        }
    }
}
