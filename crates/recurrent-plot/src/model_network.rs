//! The network of one model: its own layers, with their names, sizes and directions.

use crate::check::Check;
use crate::diagram::{CELL, Column, Role, block, cell, columns, gap, junction, note, route, vector, wire};
use crate::error::Result;
use crate::figure::Figure;
use crate::label::shorten;
use crate::mark::Marker;
use crate::page::Page;
use crate::scene::{Anchor, Rect, Scene, Text};
use crate::theme::{BLUE, GREEN, MARGIN, PURPLE, TEXT_SIZE, VERMILION, WIDTH};

/// A recurrent layer as it is drawn.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NetworkLayer {
    /// Its name in the model: "lstm.0".
    pub name: String,
    /// Its cell: "LSTM".
    pub cell: String,
    /// H, the units of one direction.
    pub units: usize,
    /// Whether a second direction reads backwards; then every word gets 2H numbers.
    pub bidirectional: bool,
}

/// What stands below and above the recurrent layers of a network.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NetworkEnds {
    /// E, the size of a word's vector.
    pub input: usize,
    /// C, the number of scores.
    pub scores: usize,
}

const LAYERS: usize = 8;
/// The two cells of a step stand this far beside it, so that no wire crosses a cell.
const SHIFT: f64 = 30.0;
/// For the layers' names.
const NAMES: f64 = 124.0;
/// Between a layer and what is below it.
const GAP: f64 = 30.0;
/// Between the rows of two directions.
const ROWS: f64 = 62.0;
const JOINED: f64 = 28.0;

impl NetworkLayer {
    /// From what is below it to its own upper edge.
    fn height(&self) -> f64 {
        match self.bidirectional {
            false => GAP + CELL.1,
            true => GAP + CELL.1 + 2.0 * ROWS + JOINED / 2.0 - CELL.1 / 2.0,
        }
    }
}

/// Draws a stack of recurrent layers that reads `words`, the lowest layer first, with the scores that are made of its
/// states.
///
/// Of a sentence of more than four words the first three and the last are drawn.
///
/// # Errors
/// No word, no layer or more than eight.
///
/// ```
/// use recurrent_plot::{NetworkEnds, NetworkLayer, model_network};
/// let words = ["dogs", "chase", "cats"].map(String::from);
/// let layer = |name: &str| NetworkLayer { name: name.into(), cell: "LSTM".into(), units: 64, bidirectional: true };
/// let ends = NetworkEnds { input: 128, scores: 4 };
/// let figure = model_network("Two layers", &words, &[layer("lstm.0"), layer("lstm.1")], ends)?;
/// assert!(figure.svg().contains("lstm.1"));
/// # Ok::<(), recurrent_plot::PlotError>(())
/// ```
pub fn model_network(title: &str, words: &[String], layers: &[NetworkLayer], ends: NetworkEnds) -> Result<Figure> {
    let check = Check("model_network");
    check.some("word", words)?;
    check.some("layer", layers)?;
    check.at_most("layers", layers.len(), LAYERS)?;
    let mut page =
        Page::new(title, "Every layer reads the states of the one below it, and has the same weights at every word.");
    if layers.iter().any(|layer| layer.bidirectional) {
        page.legend([("forwards", BLUE, Marker::Line), ("backwards", PURPLE, Marker::Line)]);
    }
    let scores = Rect::around((0.0, page.top + 24.0), 0.0, 34.0);
    let heights: f64 = layers.iter().map(NetworkLayer::height).sum();
    let input = scores.bottom() + GAP + heights + 15.0;
    let columns = columns(words.len(), MARGIN + NAMES, WIDTH - MARGIN);
    let scene = &mut page.scene;
    let mut below = input - 15.0;
    for (index, layer) in layers.iter().enumerate() {
        let numbers = match layer.bidirectional {
            false => layer.units.to_string(),
            true => format!("2 × {}", layer.units),
        };
        let y = below - layer.height() + JOINED / 2.0;
        let name = Text::new(shorten(&layer.name, 16), (MARGIN, y)).bold();
        scene.text(name.centered_y());
        let sizes = format!("{} · {numbers}", layer.cell);
        note(scene, (MARGIN, y + TEXT_SIZE + 9.0), &sizes, Anchor::Start);
        let color = if index == 0 { GREEN } else { VERMILION };
        match layer.bidirectional {
            false => one_direction(scene, &columns, below, color),
            true => two_directions(scene, &columns, below, color),
        }
        below -= layer.height();
    }
    let (first, last) = (columns[0].0, columns[columns.len() - 1].0);
    for &(x, step) in &columns {
        let Some(step) = step else { continue };
        vector(scene, (x, input), &format!("x_{{{}}}", step + 1), Role::Input);
        let word = Text::new(shorten(&words[step], 14), (x, input + 34.0));
        scene.text(word.anchor(Anchor::Middle));
    }
    // Which of the top states are read, only the model's own code says: one arrow for all of them.
    let (brace, middle) = (below - 6.0, (first + last) / 2.0);
    let corners = [(first - 50.0, below), (first - 50.0, brace), (last + 50.0, brace), (last + 50.0, below)];
    scene.line(&corners, wire(VERMILION));
    route(scene, &[(middle, brace), (middle, scores.bottom())], VERMILION);
    let word_vectors = format!("vectors · {}", ends.input);
    note(scene, (MARGIN, input + 4.0), &word_vectors, Anchor::Start);
    let wide = (last - first + 100.0).max(460.0);
    let wide = Rect::around(((first + last) / 2.0, scores.center().1), wide, scores.height);
    let what = format!("{} scores, made of the top layer’s states or of one of them", ends.scores);
    block(scene, wide, &what, Role::Output);
    page.finish(input + 54.0)
}

/// The states go from step to step along `y`; the cells stand `shift` beside their steps. Backwards they come from
/// the right.
fn along(scene: &mut Scene, columns: &[Column], y: f64, shift: f64, backwards: bool) {
    // A gap has no cell: the wire ends and starts again beside its dots.
    let edge = |(x, step): Column, side: f64| match step {
        Some(_) => x + shift + side * CELL.0 / 2.0,
        None => x + side * 16.0,
    };
    for pair in columns.windows(2) {
        let mut ends = [(edge(pair[0], 1.0), y), (edge(pair[1], -1.0), y)];
        let mut color = BLUE;
        if backwards {
            ends.reverse();
            color = PURPLE;
        }
        route(scene, &ends, color);
    }
    for &(x, step) in columns {
        match step {
            Some(_) => cell(scene, (x + shift, y)),
            None => gap(scene, (x, y)),
        }
    }
}

/// One cell for each step.
fn one_direction(scene: &mut Scene, columns: &[Column], below: f64, color: plotters::style::RGBColor) {
    let y = below - GAP - CELL.1 / 2.0;
    for &(x, step) in columns {
        if step.is_some() {
            route(scene, &[(x, below), (x, y + CELL.1 / 2.0)], color);
        }
    }
    along(scene, columns, y, 0.0, false);
}

/// Two cells for each step, and their states joined.
fn two_directions(scene: &mut Scene, columns: &[Column], below: f64, color: plotters::style::RGBColor) {
    let forwards = below - GAP - CELL.1 / 2.0;
    let (backwards, joined) = (forwards - ROWS, forwards - 2.0 * ROWS);
    let (split, half) = (below - 10.0, CELL.1 / 2.0);
    for &(x, step) in columns {
        let Some(step) = step else { continue };
        scene.line(&[(x, below), (x, split)], wire(color));
        junction(scene, (x, split), color);
        for (side, y) in [(-SHIFT, forwards), (SHIFT, backwards)] {
            route(scene, &[(x, split), (x + side, split), (x + side, y + half)], color);
        }
        let rect = Rect::around((x, joined), 96.0, JOINED);
        for (side, y, color) in [(-SHIFT, forwards, BLUE), (SHIFT, backwards, PURPLE)] {
            route(scene, &[(x + side, y - half), (x + side, rect.bottom())], color);
        }
        block(scene, rect, "", Role::Output);
        for (side, arrow) in [(-25.0, '→'), (25.0, '←')] {
            let state = Text::math(&format!("h_{{{}}}^{{{arrow}}}", step + 1), (x + side, joined));
            scene.text(state.size(15.0).anchor(Anchor::Middle).centered_y());
        }
    }
    along(scene, columns, forwards, -SHIFT, false);
    along(scene, columns, backwards, SHIFT, true);
}
