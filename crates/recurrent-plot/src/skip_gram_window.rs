//! The window of skip-gram: which neighbours of a word are asked for.

use plotters::style::Color;

use crate::check::Check;
use crate::error::Result;
use crate::figure::Figure;
use crate::label::shorten;
use crate::page::Page;
use crate::scene::{Anchor, PathCommand, Rect, Stroke, Text};
use crate::theme::{BLUE, BORDER, GREEN, INK, MARGIN, MUTED, SHADE, WIDTH};

const WORDS: usize = 12;

/// Draws a sentence with the word at `centre` marked, and an arrow to each of the up to `window` words on each side of
/// it, which skip-gram learns to tell from others; below it their pairs. The window is cut at an end of the sentence.
///
/// # Errors
/// No word or more than 12; a `centre` that is no place of a word; a window of 0.
///
/// ```
/// use recurrent_plot::skip_gram_window;
/// let words = ["the", "home", "team", "wins", "the", "cup"].map(String::from);
/// let figure = skip_gram_window(&words, 2, 2)?;
/// assert!(figure.svg().contains("(team, wins)"));
/// # Ok::<(), recurrent_plot::PlotError>(())
/// ```
pub fn skip_gram_window(words: &[String], centre: usize, window: usize) -> Result<Figure> {
    let check = Check("skip_gram_window");
    check.some("word", words)?;
    check.at_most("words", words.len(), WORDS)?;
    check.fits("centre", centre as f64, "the place of a word, from 0", centre < words.len())?;
    check.fits("window", window as f64, "1 or more", window > 0)?;
    let (first, last) = (centre.saturating_sub(window), centre.saturating_add(window).min(words.len() - 1));
    let mut page = Page::new(
        "The window of skip-gram",
        &format!("The word in the middle asks for its neighbours, up to {window} on each side."),
    );
    let pitch = (WIDTH - 2.0 * MARGIN) / words.len() as f64;
    let middle = |place: usize| MARGIN + pitch * (place as f64 + 0.5);
    let far = (centre - first).max(last - centre);
    let y = page.top + 40.0 + 10.5 * far.max(4) as f64;
    let scene = &mut page.scene;
    let around = Rect::new(middle(first) - pitch / 2.0, y - 30.0, pitch * (last - first + 1) as f64, 60.0);
    scene.rect(around, 8.0, Some(SHADE.to_rgba()), Some(Stroke::new(MUTED, 1.2).dashed()));
    for (place, word) in words.iter().enumerate() {
        let x = middle(place);
        let color = match place {
            place if place == centre => BLUE,
            place if (first..=last).contains(&place) => GREEN,
            _ => BORDER,
        };
        let chip = Rect::around((x, y), pitch - 8.0, 32.0);
        scene.rect(chip, 6.0, Some(color.mix(0.16)), Some(Stroke::new(color, 1.5)));
        let ink = if (first..=last).contains(&place) { INK } else { MUTED };
        let word = Text::new(shorten(word, (pitch / 8.5) as usize), (x, y)).color(ink).anchor(Anchor::Middle);
        scene.text(if place == centre { word.bold() } else { word }.centered_y());
        if place != centre && (first..=last).contains(&place) {
            // Higher arches for words that are further away.
            let top = y - 34.0 - 14.0 * place.abs_diff(centre) as f64;
            let arch = PathCommand::Curve((middle(centre), top), (x, top), (x, y - 18.0));
            scene.arrow_path(vec![PathCommand::Move((middle(centre), y - 18.0)), arch], Stroke::new(GREEN, 1.6));
        }
    }
    let pairs = (first..=last).filter(|place| *place != centre);
    let pairs: Vec<String> = pairs.map(|place| format!("({}, {})", words[centre], words[place])).collect();
    let pairs = shorten(&format!("pairs: {}", pairs.join("  ")), 110);
    page.scene.text(Text::new(pairs, (MARGIN, y + 58.0)));
    page.finish(y + 76.0)
}
