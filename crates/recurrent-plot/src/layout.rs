//! Whether everything on every sample figure stays on its sheet and apart from its neighbours.

use crate::scene::{Anchor, Rect, Shape, Text};
use crate::*;

#[path = "../examples/gallery/samples.rs"]
mod samples;

/// How much wider than the shipped font a browser's may be.
const WIDER: f64 = 1.08;

/// Corners of a text, from its baseline down to its descenders and up to its capitals.
fn corners(text: &Text) -> [(f64, f64); 4] {
    let width = text.width() * if text.fit { 1.0 } else { WIDER };
    let start = match text.anchor {
        Anchor::Start => 0.0,
        Anchor::Middle => -width / 2.0,
        Anchor::End => -width,
    };
    let (sin, cos) = text.rotate.to_radians().sin_cos();
    [(start, -0.73), (start + width, -0.73), (start + width, 0.2), (start, 0.2)].map(|(x, y)| {
        let y = y * text.size;
        (text.at.0 + x * cos - y * sin, text.at.1 + x * sin + y * cos)
    })
}

fn written(text: &Text) -> String {
    text.spans.iter().map(|span| &*span.text).collect()
}

fn texts(figure: &Figure) -> Vec<&Text> {
    let texts = figure.scene().leaves().into_iter().filter_map(|shape| match shape {
        Shape::Text(text) => Some(text),
        _ => None,
    });
    texts.filter(|text| text.width() > 0.0).collect()
}

fn assert_on_sheet(name: &str, figure: &Figure) {
    let (width, height) = figure.size();
    for text in texts(figure) {
        for (x, y) in corners(text) {
            let inside = (0.0..=width).contains(&x) && (0.0..=height).contains(&y);
            assert!(inside, "{name}: {:?} reaches ({x:.1}, {y:.1}) of {width} x {height}", written(text));
        }
    }
    for shape in figure.scene().leaves() {
        let rect = match shape {
            Shape::Rect { rect, .. } => *rect,
            Shape::Cells(cells) => cells.rect,
            Shape::Circle { center, radius, .. } => Rect::around(*center, radius * 2.0, radius * 2.0),
            Shape::Path { .. } | Shape::Text(_) | Shape::Group { .. } => continue,
        };
        let inside = rect.x >= 0.0 && rect.y >= 0.0 && rect.right() <= width && rect.bottom() <= height;
        assert!(inside && rect.width >= 0.0 && rect.height >= 0.0, "{name}: {shape:?}");
    }
}

/// Whether two convex quadrilaterals overlap: no side of either separates them.
fn overlap(a: &[(f64, f64); 4], b: &[(f64, f64); 4]) -> bool {
    let separates = |from: (f64, f64), to: (f64, f64)| {
        let along = |(x, y): (f64, f64)| (to.0 - from.0) * y - (to.1 - from.1) * x;
        let range = |corners: &[(f64, f64); 4]| chart::min_max(corners.iter().map(|&corner| along(corner)));
        let ((a_low, a_high), (b_low, b_high)) = (range(a), range(b));
        a_high <= b_low || b_high <= a_low
    };
    let sides = |corners: &[(f64, f64); 4]| (0..4).any(|k| separates(corners[k], corners[(k + 1) % 4]));
    !sides(a) && !sides(b)
}

fn assert_apart(name: &str, figure: &Figure) {
    let texts = texts(figure);
    for (index, one) in texts.iter().enumerate() {
        for other in &texts[index + 1..] {
            let touch = overlap(&corners(one), &corners(other));
            assert!(!touch, "{name}: {:?} and {:?} overlap", written(one), written(other));
        }
    }
}

#[test]
fn nothing_is_cut_off_and_no_text_covers_another() {
    for (name, figure) in samples::all().unwrap() {
        assert_on_sheet(name, &figure);
        assert_apart(name, &figure);
    }
}

#[test]
fn long_names_many_words_and_wide_numbers_stay_on_the_sheet() {
    for (name, figure) in samples::largest().unwrap() {
        assert_on_sheet(name, &figure);
        assert_apart(name, &figure);
    }
}
