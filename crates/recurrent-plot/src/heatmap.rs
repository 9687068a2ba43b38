//! What the gates and states of a layer do, unit by unit and word by word.

use std::ops::Range;

use plotters::style::Color;

use crate::check::Check;
use crate::error::Result;
use crate::figure::Figure;
use crate::font::Weight;
use crate::label::{fit, short};
use crate::page::Page;
use crate::scene::{Anchor, Annotation, Cells, Map, Rect, Stroke, Text};
use crate::theme::{
    BORDER, ColorMap, DIVERGING, MARGIN, MUTED, PANEL_SIZE, SEQUENTIAL, TEXT_SIZE, TICK_SIZE, WIDTH, palette,
};
use crate::word_axis::{self, MOST_WORDS};

/// One gate or state of a layer while it reads a sentence.
#[derive(Clone, Debug, PartialEq)]
pub struct GateMap {
    /// Its name above the map: "forget gate", "cell state, layer 1".
    pub name: String,
    /// `values[t][unit]`: one row per word, one number per unit.
    pub values: Vec<Vec<f64>>,
    /// The range of numbers that the colours show.
    pub scale: GateScale,
}

/// The range of numbers that colours show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GateScale {
    /// 0 to 1, from white to blue: a sigmoid gate, a share.
    Sigmoid,
    /// -1 to 1, orange to blue, white at 0: a candidate or hidden state.
    Tanh,
    /// As [`GateScale::Tanh`], but from minus to plus the largest magnitude of the map: a cell
    /// state, which has no bounds.
    Symmetric,
}

impl GateScale {
    /// The colours of some numbers, and the numbers at both ends of them.
    pub(crate) fn colors<'a>(self, values: impl Iterator<Item = &'a f64>) -> (ColorMap, Range<f64>) {
        match self {
            GateScale::Sigmoid => (SEQUENTIAL, 0.0..1.0),
            GateScale::Tanh => (DIVERGING, -1.0..1.0),
            GateScale::Symmetric => {
                let largest = values.fold(0.0, |largest: f64, value| largest.max(value.abs()));
                let largest = if largest > 0.0 { largest } else { 1.0 };
                (DIVERGING, -largest..largest)
            }
        }
    }

    /// Whether the numbers are on the scale.
    pub(crate) fn check(self, check: Check, what: &str, values: &[f64]) -> Result<()> {
        match self {
            GateScale::Sigmoid => check.shares(what, values),
            GateScale::Tanh => check.range(what, values, "a number from -1 to 1", |value| value.abs() <= 1.0 + 1e-4),
            GateScale::Symmetric => check.finite(what, values),
        }
    }
}

const MAPS: usize = 16;
/// Together: what fits into 200 kB however little the cells repeat.
const CELLS: usize = 90_000;
const MOST_UNITS: usize = 512;
/// Up to this many words two maps fit side by side.
const WORDS_BESIDE: usize = 22;

/// Draws each gate as a map: a column per word, a row per unit (unit 0 at the top).
///
/// # Errors
/// No word, no map, no unit; more than 120 words, 16 maps, 512 units or 90,000 cells; a map whose
/// rows are not one per word or differ in length; a number that is not finite or not on its scale.
///
/// ```
/// use recurrent_plot::{GateMap, GateScale, gate_heatmaps};
/// let words = ["dogs", "bark"].map(String::from);
/// let values = vec![vec![0.1, 0.9, 0.5], vec![0.2, 0.8, 0.4]]; // 2 words x 3 units
/// let map = GateMap { name: "forget gate".into(), values, scale: GateScale::Sigmoid };
/// assert!(gate_heatmaps("One layer", &words, &[map])?.svg().contains("forget gate"));
/// # Ok::<(), recurrent_plot::PlotError>(())
/// ```
pub fn gate_heatmaps(title: &str, words: &[String], maps: &[GateMap]) -> Result<Figure> {
    heatmaps(Check("gate_heatmaps"), title, ["word", "unit"], words, maps)
}

/// As [`gate_heatmaps`], for a sequence that is no text: `names` says what a column and a row are, as
/// `["frame", "band"]` of a sound.
///
/// # Errors
/// As [`gate_heatmaps`].
///
/// ```
/// use recurrent_plot::{GateMap, GateScale, sequence_heatmaps};
/// let frames = ["0", "1"].map(String::from);
/// let values = vec![vec![1.0, 2.5], vec![0.5, 4.0]];
/// let map = GateMap { name: "loudness".into(), values, scale: GateScale::Symmetric };
/// let figure = sequence_heatmaps("A sound", ["frame", "band"], &frames, &[map])?;
/// assert!(figure.svg().contains("A column per frame, a row per band"));
/// # Ok::<(), recurrent_plot::PlotError>(())
/// ```
pub fn sequence_heatmaps(title: &str, names: [&str; 2], steps: &[String], maps: &[GateMap]) -> Result<Figure> {
    heatmaps(Check("sequence_heatmaps"), title, names, steps, maps)
}

fn heatmaps(
    check: Check,
    title: &str,
    [column_name, row_name]: [&str; 2],
    words: &[String],
    maps: &[GateMap],
) -> Result<Figure> {
    check.some(column_name, words)?;
    check.at_most(&format!("{column_name}s"), words.len(), MOST_WORDS)?;
    check.some("map", maps)?;
    check.at_most("maps", maps.len(), MAPS)?;
    for map in maps {
        check_map(check, map, words.len(), row_name)?;
    }
    let cells: usize = maps.iter().map(|map| map.values.len() * map.values[0].len()).sum();
    let product = format!("cells ({column_name}s x {row_name}s x maps)");
    check.at_most(&product, cells, CELLS)?;
    let mut page = Page::new(
        title,
        &format!(
            "A column per {column_name}, a row per {row_name}. Each map has its own scale of colours, right above it."
        ),
    );
    let columns = if words.len() <= WORDS_BESIDE && maps.len() > 1 { 2 } else { 1 };
    let gap = 22.0;
    let left = 34.0;
    let width = (WIDTH - 2.0 * MARGIN - gap * (columns - 1) as f64) / columns as f64 - left;
    let mut bottom = page.top;
    for (index, map) in maps.iter().enumerate() {
        let column = index % columns;
        if column == 0 {
            page.top = bottom;
        }
        let x = MARGIN + left + column as f64 * (left + width + gap);
        let rect = Rect::new(x, page.top + 30.0, width, height(map.values[0].len()));
        draw_map(&mut page, map, rect, words, [column_name, row_name]);
        // The words stand once, under the last map of each column.
        let last = index + columns >= maps.len();
        let axis = if last { word_axis::draw(&mut page.scene, rect, words) } else { 8.0 };
        bottom = bottom.max(rect.bottom() + axis);
    }
    page.finish(bottom + 14.0)
}

fn check_map(check: Check, map: &GateMap, words: usize, row_name: &str) -> Result<()> {
    let name = format!("map {:?}", map.name);
    check.length(&format!("{name}, values"), &map.values, words)?;
    let units = map.values[0].len();
    check.some(&format!("{row_name} in {name}"), &map.values[0])?;
    check.at_most(&format!("{row_name}s in {name}"), units, MOST_UNITS)?;
    for (t, row) in map.values.iter().enumerate() {
        check.length(&format!("{name}, values[{t}]"), row, units)?;
        map.scale.check(check, &format!("{name}, values[{t}]"), row)?;
    }
    Ok(())
}

fn draw_map(page: &mut Page, map: &GateMap, rect: Rect, words: &[String], axes: [&str; 2]) {
    let units = map.values[0].len();
    let (colors, ends) = map.scale.colors(map.values.iter().flatten());
    let colors = palette(colors);
    let step = |value: f64| {
        let place = (value - ends.start) / (ends.end - ends.start);
        (place.clamp(0.0, 1.0) * (colors.len() - 1) as f64).round() as u8
    };
    let cells = (0..units).flat_map(|unit| map.values.iter().map(move |row| row[unit])).map(step).collect();
    let heading = rect.y - 12.0;
    let bar = Rect::new(rect.right() - 96.0, heading - 10.0, 64.0, 10.0);
    // As far as the number beside the bar of colours.
    let room = bar.x - 48.0 - rect.x;
    let name = fit(&map.name, room, PANEL_SIZE, Weight::SemiBold);
    page.scene.text(Text::new(name, (rect.x, heading)).size(PANEL_SIZE).bold());
    page.color_bar(bar, &colors, &short(ends.start), &short(ends.end));
    let annotation = Map {
        name: map.name.clone(),
        axes: axes.map(str::to_owned),
        columns: words.to_vec(),
        ends: (ends.start, ends.end),
    };
    let cells = Cells { rect, columns: words.len(), cells, palette: colors };
    page.scene.group(Annotation::Map(annotation), |scene| scene.cells(cells));
    page.scene.rect(rect, 0.0, None, Some(Stroke::new(BORDER, 1.0)));
    for unit in unit_ticks(units) {
        let y = rect.y + rect.height * (unit as f64 + 0.5) / units as f64;
        page.scene.line(&[(rect.x - 4.0, y), (rect.x, y)], Stroke::new(BORDER, 1.0));
        let text = Text::new(unit.to_string(), (rect.x - 7.0, y)).size(TICK_SIZE).color(MUTED);
        page.scene.text(text.anchor(Anchor::End).centered_y());
    }
    let at = (rect.x - 40.0 + TEXT_SIZE, rect.center().1);
    page.scene.text(Text::new(axes[1], at).size(TICK_SIZE).color(MUTED.to_rgba()).anchor(Anchor::Middle).rotate(-90.0));
}

/// The same whole number of pixels for every unit, so that none looks more important.
fn height(units: usize) -> f64 {
    (units * (160 / units).clamp(1, 16)) as f64
}

/// Unit 0 and round numbers after it.
fn unit_ticks(units: usize) -> Vec<usize> {
    let step = [1, 2, 4, 8, 16, 32, 64, 128].into_iter().find(|step| units.div_ceil(*step) <= 5).unwrap_or(128);
    (0..units).step_by(step).collect()
}
