//! Networks that read one sequence and write another one.

use crate::check::Check;
use crate::diagram::{CELL, Role, block, cell, note, route, vector};
use crate::error::Result;
use crate::figure::Figure;
use crate::label::shorten;
use crate::mark::Marker;
use crate::page::Page;
use crate::scene::{Anchor, PathCommand, Rect, Stroke, Text};
use crate::theme::{BLUE, GREEN, MARGIN, MUTED, ORANGE, PURPLE, VERMILION, WIDTH};

const WORDS: usize = 4;

/// Draws an encoder that reads `source`, and a decoder that starts from its last state and writes `target`, each word
/// from the one before it (Sutskever, Vinyals and Le, 2014).
///
/// # Errors
/// No word, or more than four, in `source` or `target`.
///
/// ```
/// let words = |text: &str| text.split(' ').map(String::from).collect::<Vec<_>>();
/// let figure = recurrent_plot::encoder_decoder(&words("3 May 2024"), &words("2024 05 03"))?;
/// assert!(figure.svg().contains(">encoder<"));
/// # Ok::<(), recurrent_plot::PlotError>(())
/// ```
pub fn encoder_decoder(source: &[String], target: &[String]) -> Result<Figure> {
    draw(Check("encoder_decoder"), source, target, None)
}

/// As [`encoder_decoder`], with attention: the decoder looks at all states of the encoder while it writes the word at
/// `step`, at each with a weight (Bahdanau, Cho and Bengio, 2015).
///
/// # Errors
/// As [`encoder_decoder`]; a `step` that is no place of a word of `target`.
///
/// ```
/// let words = |text: &str| text.split(' ').map(String::from).collect::<Vec<_>>();
/// let figure = recurrent_plot::attention_decoder(&words("3 May 2024"), &words("2024 05 03"), 1)?;
/// assert!(figure.svg().contains(">context<"));
/// # Ok::<(), recurrent_plot::PlotError>(())
/// ```
pub fn attention_decoder(source: &[String], target: &[String], step: usize) -> Result<Figure> {
    let check = Check("attention_decoder");
    check.fits("step", step as f64, "the place of a word of the target, from 0", step < target.len())?;
    draw(check, source, target, Some(step))
}

fn draw(check: Check, source: &[String], target: &[String], attends: Option<usize>) -> Result<Figure> {
    for (what, words) in [("source", source), ("target", target)] {
        check.some(&format!("word of the {what}"), words)?;
        check.at_most(&format!("words of the {what}"), words.len(), WORDS)?;
    }
    let (title, hint) = match attends {
        None => ("An encoder and a decoder", "The decoder knows the source by the encoder’s last state alone."),
        Some(_) => (
            "A decoder with attention",
            "For each word the decoder weighs all states of the encoder; their weighted sum is the context.",
        ),
    };
    let mut page = Page::new(title, hint);
    page.legend([("encoder", BLUE, Marker::Line), ("decoder", PURPLE, Marker::Line)]);
    let top = page.top;
    let scene = &mut page.scene;
    let high = if attends.is_some() { 96.0 } else { 20.0 };
    let (written, state, read) = (top + high, top + high + 84.0, top + high + 160.0);
    let pitch = (WIDTH - 2.0 * MARGIN) / (source.len() + target.len()) as f64;
    let at = |place: usize| MARGIN + pitch * (place as f64 + 0.5);
    let half = (CELL.0 / 2.0, CELL.1 / 2.0);
    let count = source.len() + target.len();
    for place in 1..count {
        let color = if place < source.len() { BLUE } else { PURPLE };
        route(scene, &[(at(place - 1) + half.0, state), (at(place) - half.0, state)], color);
    }
    for place in 0..count {
        let x = at(place);
        cell(scene, (x, state));
        route(scene, &[(x, read - 15.0), (x, state + half.1)], GREEN);
        let Some(step) = place.checked_sub(source.len()) else {
            vector(scene, (x, read), &format!("x_{{{}}}", place + 1), Role::Input);
            scene.text(Text::new(shorten(&source[place], 14), (x, read + 34.0)).anchor(Anchor::Middle));
            continue;
        };
        // Each word is read again to write the next one.
        let fed = if step == 0 { "start" } else { &target[step - 1] };
        scene.text(Text::new(shorten(fed, 14), (x, read + 5.0)).anchor(Anchor::Middle));
        route(scene, &[(x, state - half.1), (x, written + 17.0)], VERMILION);
        block(scene, Rect::around((x, written), (pitch - 12.0).min(96.0), 32.0), "", Role::Output);
        let word = Text::new(shorten(&target[step], 12), (x, written)).bold();
        scene.text(word.anchor(Anchor::Middle).centered_y());
    }
    for (from, to, name, color) in [(0, source.len(), "encoder", BLUE), (source.len(), count, "decoder", PURPLE)] {
        let x = (at(from) + at(to - 1)) / 2.0;
        scene.text(Text::new(name, (x, read + 58.0)).bold().color(color).anchor(Anchor::Middle));
    }
    if let Some(step) = attends {
        let to = at(source.len() + step);
        let context = ((at(source.len() - 1) + to) / 2.0, top + 22.0);
        for place in 0..source.len() {
            let x = at(place);
            let curve = PathCommand::Curve((x, context.1 + 30.0), (x, context.1), (context.0 - 48.0, context.1));
            scene.arrow_path(vec![PathCommand::Move((x, state - half.1)), curve], Stroke::new(ORANGE, 1.8));
            note(scene, (x + 8.0, state - 44.0), &format!("α_{{{}}}", place + 1), Anchor::Start);
        }
        let down = PathCommand::Curve((to - 30.0, context.1), (to - 30.0, state - 60.0), (to - 14.0, state - half.1));
        scene.arrow_path(vec![PathCommand::Move((context.0 + 48.0, context.1)), down], Stroke::new(ORANGE, 1.8));
        block(scene, Rect::around(context, 96.0, 32.0), "context", Role::Weights);
    } else {
        let x = (at(source.len() - 1) + at(source.len())) / 2.0;
        scene.text(Text::new("all it knows", (x, state - 26.0)).color(MUTED).anchor(Anchor::Middle));
    }
    page.finish(read + 74.0)
}
