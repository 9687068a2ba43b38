//! Where a network looked while it described a picture, word by word.

use plotters::style::RGBColor;

use crate::check::Check;
use crate::error::Result;
use crate::figure::Figure;
use crate::label::{short, shorten};
use crate::page::Page;
use crate::scene::{Anchor, Cells, Rect, Stroke, Text};
use crate::theme::{BORDER, ColorMap, MARGIN, ORANGE, PANEL_SIZE, WIDTH};

/// A word of a description and how much of it came from each region of the picture.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WordAttention {
    /// The word.
    pub word: String,
    /// `weights[row][column]` of a grid of regions of one size that covers the picture; 0 to 1.
    pub weights: Vec<Vec<f64>>,
}

const MOST_WORDS: usize = 15;
const MOST_PIXELS: usize = 64;
const BESIDE: usize = 4;
/// Steps of brightness times steps of attention: the colours of one picture fit into a byte.
const BRIGHTNESS: usize = 16;
const ATTENTION: usize = 15;

/// From black to light grey: orange still shows on the brightest pixel.
const PICTURE: ColorMap = ColorMap(&[RGBColor(24, 27, 31), RGBColor(226, 230, 234)]);

/// Draws the picture, then for every word the picture with the regions coloured that the network attended to.
///
/// `image[row][column]` is a brightness from 0 (black) to 1. The colours have one scale for all words: 0 to the largest
/// weight. A pixel has the colour of the region that its middle lies in.
///
/// # Errors
/// No word or more than 15; no pixel or more than 64 in a row or column; rows of different length; no region, or more
/// of them in a row or column than pixels; a number that is not from 0 to 1.
///
/// ```
/// use recurrent_plot::{WordAttention, attention_over_image};
/// let image = vec![vec![0.0, 0.0, 1.0, 1.0]; 4];
/// let word = WordAttention { word: "right".into(), weights: vec![vec![0.1, 0.4], vec![0.1, 0.4]] };
/// assert!(attention_over_image("Where it looks", &image, &[word])?.svg().contains("right"));
/// # Ok::<(), recurrent_plot::PlotError>(())
/// ```
pub fn attention_over_image(title: &str, image: &[Vec<f64>], words: &[WordAttention]) -> Result<Figure> {
    let check = Check("attention_over_image");
    check.some("word", words)?;
    check.at_most("words", words.len(), MOST_WORDS)?;
    check_grid(check, "image", "pixel", image)?;
    let (rows, columns) = (image.len(), image[0].len());
    check.at_most("pixels in a column", rows, MOST_PIXELS)?;
    check.at_most("pixels in a row", columns, MOST_PIXELS)?;
    for word in words {
        let what = format!("weights of {:?}", word.word);
        check_grid(check, &what, "region", &word.weights)?;
        check.at_most(&format!("rows in {what}"), word.weights.len(), rows)?;
        check.at_most(&format!("columns in {what}"), word.weights[0].len(), columns)?;
    }
    let weights = words.iter().flat_map(|word| &word.weights).flatten();
    let largest = weights.fold(0.0, |largest: f64, &weight| largest.max(weight));

    let mut page = Page::new(
        title,
        "The picture, then the picture for every word: the more orange a region, the larger its weight at this word.",
    );
    legend(&mut page, largest);
    let gap = 16.0;
    let width = (WIDTH - 2.0 * MARGIN - gap * (BESIDE - 1) as f64) / BESIDE as f64;
    let height = (width * rows as f64 / columns as f64).min(2.0 * width);
    let palette = palette();
    let panels = std::iter::once(None).chain(words.iter().map(Some));
    for (index, word) in panels.enumerate() {
        if index > 0 && index % BESIDE == 0 {
            page.top += height + PANEL_SIZE + 24.0;
        }
        let x = MARGIN + (index % BESIDE) as f64 * (width + gap);
        let rect = Rect::new(x, page.top + PANEL_SIZE + 8.0, width, height);
        let name = word.map_or("the picture", |word| &word.word);
        let name = Text::new(shorten(name, 20), (rect.center().0, rect.y - 7.0)).size(PANEL_SIZE);
        let name = if word.is_some() { name.bold() } else { name };
        page.scene.text(name.anchor(Anchor::Middle));
        page.scene.cells(Cells { rect, columns, cells: cells(image, word, largest), palette: palette.clone() });
        page.scene.rect(rect, 0.0, None, Some(Stroke::new(BORDER, 1.0)));
    }
    let bottom = page.top + PANEL_SIZE + 8.0 + height + MARGIN;
    page.finish(bottom)
}

fn check_grid(check: Check, what: &str, cell: &str, grid: &[Vec<f64>]) -> Result<()> {
    check.some(&format!("row in {what}"), grid)?;
    check.some(&format!("{cell} in {what}"), &grid[0])?;
    for (row, values) in grid.iter().enumerate() {
        check.length(&format!("{what}[{row}]"), values, grid[0].len())?;
        check.shares(&format!("{what}[{row}]"), values)?;
    }
    Ok(())
}

/// The scale of the attention, on a dark and on a bright pixel.
fn legend(page: &mut Page, largest: f64) {
    let palette = palette();
    let at = (MARGIN, page.top + 7.0);
    page.scene.text(Text::new("a region's weight, on a black and on a bright pixel", at).centered_y());
    let x = WIDTH - MARGIN - 300.0;
    for (offset, brightness) in [(0.0, 0), (168.0, BRIGHTNESS - 1)] {
        let bar = Rect::new(x + offset, page.top + 1.0, 100.0, 12.0);
        let colors = &palette[brightness * ATTENTION..][..ATTENTION];
        page.color_bar(bar, colors, "0", &short(largest));
    }
    page.top += 26.0;
}

/// A colour for each step of brightness and, within it, each step of attention.
fn palette() -> Vec<[u8; 3]> {
    let share = |step: usize, steps: usize| step as f64 / (steps - 1) as f64;
    let colors = (0..BRIGHTNESS).flat_map(|brightness| {
        let pixel = PICTURE.at(share(brightness, BRIGHTNESS));
        (0..ATTENTION).map(move |attention| mix(pixel, ORANGE, 0.85 * share(attention, ATTENTION)))
    });
    colors.collect()
}

fn mix(from: RGBColor, to: RGBColor, share: f64) -> [u8; 3] {
    let channel = |from: u8, to: u8| (f64::from(from) + (f64::from(to) - f64::from(from)) * share).round() as u8;
    [channel(from.0, to.0), channel(from.1, to.1), channel(from.2, to.2)]
}

/// The place of each pixel's colour in the palette, row by row.
fn cells(image: &[Vec<f64>], word: Option<&WordAttention>, largest: f64) -> Vec<u8> {
    let step = |share: f64, steps: usize| (share.min(1.0) * (steps - 1) as f64).round() as usize;
    let mut cells = Vec::with_capacity(image.len() * image[0].len());
    for (row, pixels) in image.iter().enumerate() {
        for (column, &brightness) in pixels.iter().enumerate() {
            let weight = word.map_or(0.0, |word| {
                let grid = &word.weights;
                let region_row = region(row, image.len(), grid.len());
                grid[region_row][region(column, pixels.len(), grid[0].len())]
            });
            let attention = if largest > 0.0 { weight / largest } else { 0.0 };
            let cell = step(brightness, BRIGHTNESS) * ATTENTION + step(attention, ATTENTION);
            cells.push(cell as u8);
        }
    }
    cells
}

/// The region that the middle of a pixel lies in.
fn region(pixel: usize, pixels: usize, regions: usize) -> usize {
    (2 * pixel + 1) * regions / (2 * pixels)
}
