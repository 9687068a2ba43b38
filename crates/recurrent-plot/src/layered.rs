//! Networks of more than one recurrent layer: both directions, and layers on layers.

use crate::check::Check;
use crate::diagram::{CELL, Role, block, cell, columns, gap, note, route, vector, wire};
use crate::error::Result;
use crate::figure::Figure;
use crate::label::shorten;
use crate::mark::Marker;
use crate::page::Page;
use crate::scene::{Anchor, Rect, Text};
use crate::theme::{BLUE, GREEN, INK, MARGIN, PURPLE, VERMILION, WIDTH};

/// Draws two layers that read `words` in opposite directions; their states are joined at every
/// step.
///
/// Of a sentence of more than four words the first three and the last are drawn.
///
/// # Errors
/// [`PlotError::Empty`](crate::PlotError::Empty) if there is no word.
///
/// ```
/// let words = ["dogs", "chase", "cats"].map(String::from);
/// assert!(recurrent_plot::bidirectional_network(&words)?.svg().contains("backwards"));
/// # Ok::<(), recurrent_plot::PlotError>(())
/// ```
pub fn bidirectional_network(words: &[String]) -> Result<Figure> {
    Check("bidirectional_network").some("word", words)?;
    let mut page = Page::new(
        "A bidirectional network",
        "Two layers read the sentence, one forwards, one backwards. Every word gets both states.",
    );
    page.legend([("forwards", BLUE, Marker::Line), ("backwards", PURPLE, Marker::Line)]);
    let top = page.top;
    let scene = &mut page.scene;
    let (joined, backward, forward, input, word) = (top + 28.0, top + 104.0, top + 174.0, top + 250.0, top + 284.0);
    let places = columns(words.len(), MARGIN + 92.0, WIDTH - MARGIN - 92.0);
    // The two cells of a step stand a little left and right of it, so that no wire crosses a cell.
    let shift = 30.0;
    let half = CELL.0 / 2.0;
    note(scene, (MARGIN, forward + 4.0), "starts at 0", Anchor::Start);
    note(scene, (WIDTH - MARGIN, backward + 4.0), "starts at 0", Anchor::End);
    let (first, last) = (places[0].0, places[places.len() - 1].0);
    route(scene, &[(MARGIN + 72.0, forward), (first - shift - half, forward)], BLUE);
    route(scene, &[(WIDTH - MARGIN - 72.0, backward), (last + shift + half, backward)], PURPLE);
    for pair in places.windows(2) {
        let ((a, from), (b, to)) = (pair[0], pair[1]);
        // A gap has no cell: the wire ends and starts again beside its dots.
        let edge = |x: f64, side: f64, step: Option<usize>, shift: f64| {
            if step.is_some() { x + shift + side * half } else { x + side * 16.0 }
        };
        route(scene, &[(edge(a, 1.0, from, -shift), forward), (edge(b, -1.0, to, -shift), forward)], BLUE);
        route(scene, &[(edge(b, -1.0, to, shift), backward), (edge(a, 1.0, from, shift), backward)], PURPLE);
    }
    for (x, step) in places {
        let Some(step) = step else {
            gap(scene, (x, forward));
            gap(scene, (x, backward));
            continue;
        };
        route(scene, &[(x - 9.0, input - 15.0), (x - 9.0, forward + CELL.1 / 2.0)], GREEN);
        route(scene, &[(x + shift, input), (x + shift, backward + CELL.1 / 2.0)], GREEN);
        scene.line(&[(x, input), (x + shift, input)], wire(GREEN));
        route(scene, &[(x - shift, forward - CELL.1 / 2.0), (x - shift, joined + 15.0)], BLUE);
        route(scene, &[(x + shift, backward - CELL.1 / 2.0), (x + shift, joined + 15.0)], PURPLE);
        cell(scene, (x - shift, forward));
        cell(scene, (x + shift, backward));
        vector(scene, (x, input), &format!("x_{{{}}}", step + 1), Role::Input);
        let text = Text::new(shorten(&words[step], 14), (x, word)).color(INK).anchor(Anchor::Middle);
        scene.text(text);
        let rect = Rect::around((x, joined), 96.0, 30.0);
        block(scene, rect, "", Role::Output);
        for (side, arrow) in [(-1.0, '→'), (1.0, '←')] {
            let at = (x + side * 25.0, joined);
            let text = Text::math(&format!("h_{{{}}}^{{{arrow}}}", step + 1), at).size(15.0);
            scene.text(text.anchor(Anchor::Middle).centered_y());
        }
        scene.text(Text::new("|", (x, joined)).color(VERMILION).anchor(Anchor::Middle).centered_y());
    }
    page.finish(word + 20.0)
}

const LAYERS: usize = 6;

/// Draws `layers` recurrent layers, each of which reads the states of the one below it.
///
/// Of a sentence of more than four words the first three and the last are drawn.
///
/// # Errors
/// No word, or a number of layers that is not 1 to 6.
///
/// ```
/// let words = ["dogs", "chase", "cats"].map(String::from);
/// assert!(recurrent_plot::multilayer_network(&words, 2)?.svg().contains("layer 1"));
/// # Ok::<(), recurrent_plot::PlotError>(())
/// ```
pub fn multilayer_network(words: &[String], layers: usize) -> Result<Figure> {
    let check = Check("multilayer_network");
    check.some("word", words)?;
    let within = (1..=LAYERS).contains(&layers);
    check.fits("layers", layers as f64, "from 1 to 6", within)?;
    let mut page = Page::new(
        "A multilayer network",
        "The states of a layer are the inputs of the next one. The top layer's last state is classified.",
    );
    let top = page.top;
    let scene = &mut page.scene;
    let row = |layer: usize| top + 78.0 + 72.0 * (layers - 1 - layer) as f64;
    let (input, word) = (row(0) + 72.0, row(0) + 106.0);
    let places = columns(words.len(), MARGIN + 92.0, WIDTH - MARGIN - 92.0);
    let half = (CELL.0 / 2.0, CELL.1 / 2.0);
    for layer in 0..layers {
        let y = row(layer);
        note(scene, (MARGIN, y + 4.0), &format!("layer {layer}"), Anchor::Start);
        route(scene, &[(MARGIN + 58.0, y), (places[0].0 - half.0, y)], BLUE);
        for pair in places.windows(2) {
            let edge =
                |(x, step): (f64, Option<usize>), side: f64| x + side * if step.is_some() { half.0 } else { 16.0 };
            route(scene, &[(edge(pair[0], 1.0), y), (edge(pair[1], -1.0), y)], BLUE);
        }
        for &(x, step) in &places {
            let Some(step) = step else {
                gap(scene, (x, y));
                continue;
            };
            let (from, color) = if layer == 0 { (input - 15.0, GREEN) } else { (row(layer - 1) - half.1, BLUE) };
            route(scene, &[(x, from), (x, y + half.1)], color);
            if layer > 0 {
                let label = Text::math(
                    &format!("h_{{{}}}^{{({})}}", step + 1, layer - 1),
                    (x + 8.0, (from + y + half.1) / 2.0),
                );
                scene.text(label.color(BLUE).centered_y());
            }
            cell(scene, (x, y));
        }
    }
    for &(x, step) in &places {
        let Some(step) = step else { continue };
        vector(scene, (x, input), &format!("x_{{{}}}", step + 1), Role::Input);
        scene.text(Text::new(shorten(&words[step], 14), (x, word)).anchor(Anchor::Middle));
    }
    let (last, linear) = (places[places.len() - 1].0, top + 20.0);
    route(scene, &[(last, row(layers - 1) - half.1), (last, linear + 17.0)], VERMILION);
    block(scene, Rect::around((last, linear), 66.0, 34.0), "Linear", Role::Output);
    note(scene, (last - 42.0, linear + 4.0), "class scores", Anchor::End);
    page.finish(word + 20.0)
}
