//! A horizontal axis whose ticks are the words of a sentence.

use crate::label::shorten;
use crate::scene::{Anchor, Rect, Scene, Text};
use crate::theme::{INK, TICK_SIZE};

/// More words than this cannot be told apart at the width of a notebook.
pub(crate) const MOST_WORDS: usize = 120;
const LETTERS: usize = 13;

/// The middle of word `index` of `count` in `rect`.
pub(crate) fn middle(rect: Rect, count: usize, index: usize) -> f64 {
    rect.x + rect.width * (index as f64 + 0.5) / count as f64
}

/// Writes the words below `rect`, slanted, and upright where there are many. Where even upright
/// words would touch, some are left out. Returns the height that they take.
pub(crate) fn draw(scene: &mut Scene, rect: Rect, words: &[String]) -> f64 {
    let pitch = rect.width / words.len() as f64;
    let words: Vec<String> = words.iter().map(|word| shorten(word, LETTERS)).collect();
    let size = TICK_SIZE.min(pitch.max(9.0));
    let every = (size / pitch).ceil().max(1.0) as usize;
    let width = |word: &String| Text::new(word, (0.0, 0.0)).size(size).width() * 1.1;
    let longest = words.iter().map(width).fold(0.0, f64::max);
    let level = longest + 6.0 <= pitch;
    let angle: f64 = if pitch >= 22.0 { -40.0 } else { -90.0 };
    for (index, word) in words.iter().enumerate().step_by(every) {
        let x = middle(rect, words.len(), index);
        let text = Text::new(word, (x, rect.bottom() + 8.0)).size(size).color(INK);
        scene.text(if level {
            Text { at: (x, rect.bottom() + 8.0 + size * 0.75), ..text.anchor(Anchor::Middle) }
        } else {
            // The text's end, at half the height of its letters, stands under the word's middle.
            let (sin, cos) = angle.to_radians().sin_cos();
            let half = size * 0.36;
            let at = (x - sin * half, rect.bottom() + 8.0 + cos * half);
            Text { at, ..text.anchor(Anchor::End).rotate(angle) }
        });
    }
    if level { 8.0 + size } else { 10.0 + longest * angle.to_radians().sin().abs() + size * 0.5 }
}
