//! Words on coloured ground: what one unit, or one attribution, makes of each of them.

use std::ops::Range;

use plotters::style::RGBColor;

use crate::check::Check;
use crate::error::Result;
use crate::figure::Figure;
use crate::font::Weight;
use crate::heatmap::GateScale;
use crate::label::{fit, short, shorten, signed};
use crate::page::Page;
use crate::scene::{Anchor, Rect, Stroke, Text};
use crate::theme::{BORDER, DIVERGING, INK, MARGIN, PANEL_SIZE, TEXT_SIZE, TICK_SIZE, WIDTH, ink_on, palette, solid};

/// A sentence with a number per word.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ColoredSentence {
    /// What stands above it: "unit 12", "Sports, 93 %". May be empty.
    pub label: String,
    /// Its words.
    pub words: Vec<String>,
    /// One number per word.
    pub values: Vec<f64>,
    /// Words that are framed, for instance the ones that a search matched.
    pub marked: Option<Range<usize>>,
}

const SENTENCES: usize = 40;
/// Together.
const WORDS: usize = 500;
const SIZE: f64 = 14.0;
const ROW: f64 = 30.0;

/// Writes sentences with each word on a ground coloured by its number. All sentences share one
/// `scale`.
///
/// # Errors
/// No sentence, a sentence without words, more than 40 sentences or 500 words in all, not one
/// number per word, a mark outside the sentence, or a number that is not finite or not on the scale.
///
/// ```
/// use recurrent_plot::{ColoredSentence, GateScale, colored_words};
/// let words = ["not", "bad"].map(String::from).to_vec();
/// let sentence = ColoredSentence { label: "unit 12".into(), words, values: vec![-0.7, 0.4], marked: None };
/// assert!(colored_words("Cell state", GateScale::Symmetric, &[sentence])?.svg().contains("unit 12"));
/// # Ok::<(), recurrent_plot::PlotError>(())
/// ```
pub fn colored_words(title: &str, scale: GateScale, sentences: &[ColoredSentence]) -> Result<Figure> {
    let check = Check("colored_words");
    check.some("sentence", sentences)?;
    check.at_most("sentences", sentences.len(), SENTENCES)?;
    for (index, sentence) in sentences.iter().enumerate() {
        check.some(&format!("word in sentence {index}"), &sentence.words)?;
        check.length(&format!("values of sentence {index}"), &sentence.values, sentence.words.len())?;
        scale.check(check, &format!("values of sentence {index}"), &sentence.values)?;
        let end = sentence.marked.as_ref().map_or(0, |marked| marked.end);
        check.fits(
            &format!("end of marked in sentence {index}"),
            end as f64,
            "at most the number of words",
            end <= sentence.words.len(),
        )?;
    }
    let words: usize = sentences.iter().map(|one| one.words.len()).sum();
    check.at_most("words", words, WORDS)?;
    let (colors, ends) = scale.colors(sentences.iter().flat_map(|one| &one.values));
    let ground = |value: f64| colors.at((value - ends.start) / (ends.end - ends.start));
    let mut page = Page::new(title, "");
    let bar = Rect::new(MARGIN + 48.0, page.top, 160.0, 11.0);
    page.color_bar(bar, &palette(colors), &short(ends.start), &short(ends.end));
    page.top += 22.0;
    for sentence in sentences {
        if !sentence.label.is_empty() {
            page.top += PANEL_SIZE + 4.0;
            page.scene.text(Text::new(shorten(&sentence.label, 100), (MARGIN, page.top)).size(PANEL_SIZE).bold());
            page.top += 6.0;
        }
        flow(&mut page, sentence, ground);
        page.top += 10.0;
    }
    let bottom = page.top + 8.0;
    page.finish(bottom)
}

/// Writes the words in lines, as a paragraph.
fn flow(page: &mut Page, sentence: &ColoredSentence, ground: impl Fn(f64) -> RGBColor) {
    let (mut x, mut y) = (MARGIN, page.top + ROW / 2.0);
    for (index, (word, &value)) in sentence.words.iter().zip(&sentence.values).enumerate() {
        let word = shorten(word, 40);
        let text = Text::new(&*word, (0.0, 0.0)).size(SIZE).fit();
        let width = text.width() + 10.0;
        if x > MARGIN && x + width > WIDTH - MARGIN {
            (x, y) = (MARGIN, y + ROW);
        }
        let ground = ground(value);
        let rect = Rect::new(x, y - 11.0, width, 22.0);
        let framed = sentence.marked.as_ref().is_some_and(|marked| marked.contains(&index));
        let label =
            if sentence.label.is_empty() { String::new() } else { format!("{}, ", shorten(&sentence.label, 24)) };
        page.scene.noted(format!("{label}{word}: {}", signed(value)), |scene| {
            scene.rect(rect, 4.0, solid(ground), None);
            if framed {
                // With a gap, so that it is seen around a dark ground too.
                let frame = Rect::new(x - 2.0, y - 13.0, width + 4.0, 26.0);
                scene.rect(frame, 5.0, None, Some(Stroke::new(INK, 1.8)));
            }
            scene.text(Text { at: (x + 5.0, y), ..text }.color(ink_on(ground)).centered_y());
        });
        x += width + 6.0;
    }
    page.top = y + ROW / 2.0;
}

/// The colour of a change, from -1 to 1.
fn ground(value: f64) -> RGBColor {
    DIVERGING.at((value + 1.0) / 2.0)
}

/// A unit of a layer with the words that change it most.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct UnitCard {
    /// Its place in the layer.
    pub unit: usize,
    /// Words after which it rises, with the mean change, largest first.
    pub raised_by: Vec<(String, f64)>,
    /// Words after which it falls, with the mean change, most negative first.
    pub lowered_by: Vec<(String, f64)>,
}

const CARDS: usize = 24;
const WORDS_PER_CARD: usize = 12;

/// Draws a card per unit: the words that raise it on the left, the words that lower it on the
/// right.
///
/// # Errors
/// No card or more than 24, a card with more than twelve words on a side, or a number that is not
/// finite.
///
/// ```
/// use recurrent_plot::{UnitCard, unit_gallery};
/// let card = UnitCard { unit: 12, raised_by: vec![("oil".into(), 0.8)], lowered_by: vec![("goal".into(), -0.5)] };
/// assert!(unit_gallery("Units", &[card])?.svg().contains("unit 12"));
/// # Ok::<(), recurrent_plot::PlotError>(())
/// ```
pub fn unit_gallery(title: &str, cards: &[UnitCard]) -> Result<Figure> {
    let check = Check("unit_gallery");
    check.some("unit", cards)?;
    check.at_most("units", cards.len(), CARDS)?;
    for card in cards {
        for (side, words) in [("raised_by", &card.raised_by), ("lowered_by", &card.lowered_by)] {
            let what = format!("{side} of unit {}", card.unit);
            check.at_most(&what, words.len(), WORDS_PER_CARD)?;
            check.finite(&what, &words.iter().map(|(_, change)| *change).collect::<Vec<_>>())?;
        }
    }
    let changes =
        cards.iter().flat_map(|card| card.raised_by.iter().chain(&card.lowered_by)).map(|(_, change)| change.abs());
    let largest = changes.fold(0.0, f64::max);
    let largest = if largest > 0.0 { largest } else { 1.0 };
    let mut page = Page::new(
        title,
        "Blue: words after which the unit rises. Orange: words after which it falls. The number is the mean change.",
    );
    let (columns, gap) = (3, 14.0);
    let width = (WIDTH - 2.0 * MARGIN - gap * (columns - 1) as f64) / columns as f64;
    for row in cards.chunks(columns) {
        let lines = row.iter().map(|card| card.raised_by.len().max(card.lowered_by.len())).max().unwrap_or(0).max(1);
        let height = 34.0 + lines as f64 * 22.0;
        for (column, card) in row.iter().enumerate() {
            let rect = Rect::new(MARGIN + column as f64 * (width + gap), page.top, width, height);
            page.scene.rect(rect, 6.0, None, Some(Stroke::new(BORDER, 1.0)));
            let heading = Text::new(format!("unit {}", card.unit), (rect.x + 10.0, rect.y + 19.0));
            page.scene.text(heading.size(PANEL_SIZE).bold());
            for (side, words) in [&card.raised_by, &card.lowered_by].into_iter().enumerate() {
                let half = (width - 20.0) / 2.0;
                let x = rect.x + 8.0 + side as f64 * (half + 4.0);
                for (line, (word, change)) in words.iter().enumerate() {
                    let chip = Rect::new(x, rect.y + 28.0 + line as f64 * 22.0, half, 19.0);
                    let color = ground(change / largest * 0.8);
                    let ink = ink_on(color);
                    let middle = chip.center().1;
                    let number = Text::new(short(*change), (chip.right() - 5.0, middle)).size(TICK_SIZE - 1.0);
                    let room = half - 16.0 - number.width() * 1.1;
                    let note = format!("unit {}, {word}: {}", card.unit, signed(*change));
                    let word = fit(word, room, TEXT_SIZE, Weight::Regular);
                    page.scene.noted(note, |scene| {
                        scene.rect(chip, 4.0, solid(color), None);
                        scene.text(number.color(ink).anchor(Anchor::End).centered_y());
                        scene.text(Text::new(word, (chip.x + 5.0, middle)).size(TEXT_SIZE).color(ink).centered_y());
                    });
                }
            }
        }
        page.top += height + gap;
    }
    let bottom = page.top + 4.0;
    page.finish(bottom)
}
