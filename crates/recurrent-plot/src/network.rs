//! A recurrent network drawn unrolled over a sentence and, beside it, folded with its loop.

use crate::check::Check;
use crate::diagram::{Role, block, note, route, steps_shown, vector, wire};
use crate::error::Result;
use crate::figure::Figure;
use crate::label::shorten;
use crate::page::Page;
use crate::scene::{Anchor, PathCommand, Rect, Scene, Stroke, Text};
use crate::theme::{BORDER, GREEN, INK, MARGIN, PANEL_SIZE};

/// What is read from the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Readout {
    /// The last state goes to a linear classifier.
    LastState,
    /// Every step gives an output, Y_i = f(W_O S_i + b_O), from the state after it, S_i.
    EveryStep,
}

/// Draws the network that reads `words`: unrolled on the left, folded on the right, the same
/// weights W_I and W_H everywhere.
///
/// Words count from 1: the cell makes S_i of word X_i and of S_{i−1}, beginning with S_0. Of a sentence of more than
/// four words the first three and the last are drawn.
///
/// # Errors
/// [`PlotError::Empty`](crate::PlotError::Empty) if there is no word.
///
/// ```
/// use recurrent_plot::{Readout, unrolled_network};
/// let words = ["dogs", "chase", "cats"].map(String::from);
/// let figure = unrolled_network(&words, Readout::LastState)?;
/// assert!(figure.svg().contains("chase"));
/// # Ok::<(), recurrent_plot::PlotError>(())
/// ```
pub fn unrolled_network(words: &[String], readout: Readout) -> Result<Figure> {
    Check("unrolled_network").some("word", words)?;
    let mut page = Page::new(
        "A recurrent network, unrolled and folded",
        "One cell reads the words one after another. Every step uses the same weights.",
    );
    let top = page.top;
    let rows = Rows { output: top + 56.0, cell: top + 140.0, input: top + 232.0, word: top + 266.0 };
    for (x, name) in [(MARGIN, "Unrolled in time"), (FOLDED - 92.0, "Folded")] {
        page.scene.text(Text::new(name, (x, top + PANEL_SIZE)).size(PANEL_SIZE).bold());
    }
    draw_unrolled(&mut page.scene, words, readout, &rows);
    draw_folded(&mut page.scene, readout, &rows);
    page.finish(rows.word + 20.0)
}

/// Middle of the folded picture.
const FOLDED: f64 = 690.0;
const CELL: (f64, f64) = (44.0, 44.0);

struct Rows {
    output: f64,
    cell: f64,
    input: f64,
    word: f64,
}

fn draw_unrolled(scene: &mut Scene, words: &[String], readout: Readout, rows: &Rows) {
    let last = words.len() - 1;
    let shown = steps_shown(words.len());
    let (left, right) = (MARGIN + 20.0, FOLDED - 165.0);
    let pitch = ((right - left) / (shown.len() + 1) as f64).min(116.0);
    let middle = |place: usize| left + pitch * (place + 1) as f64;
    vector(scene, (left, rows.cell), "S_{0}", Role::State);
    let mut from = left + 19.0;
    for (place, step) in shown.iter().enumerate() {
        let x = middle(place);
        let Some(step) = *step else {
            route(scene, &[(from, rows.cell), (x - 14.0, rows.cell)], Role::State.color());
            scene.text(Text::new("…", (x, rows.cell)).size(20.0).bold().anchor(Anchor::Middle));
            from = x + 14.0;
            continue;
        };
        route(scene, &[(from, rows.cell), (x - CELL.0 / 2.0, rows.cell)], Role::State.color());
        let gap = (from + x - CELL.0 / 2.0) / 2.0;
        if place > 0 && shown[place - 1].is_some() {
            scene.text(
                Text::math(&format!("S_{{{step}}}"), (gap - 2.0, rows.cell - 8.0))
                    .color(Role::State.color())
                    .bold()
                    .anchor(Anchor::Middle),
            );
        }
        scene.text(Text::math("W_{H}", (gap - 2.0, rows.cell + 18.0)).anchor(Anchor::Middle));
        route(scene, &[(x, rows.input - 15.0), (x, rows.cell + CELL.1 / 2.0)], GREEN);
        scene.text(Text::math("W_{I}", (x + 8.0, (rows.input + rows.cell) / 2.0 + 10.0)));
        block(scene, Rect::around((x, rows.cell), CELL.0, CELL.1), "cell", Role::Cell);
        vector(scene, (x, rows.input), &format!("X_{{{}}}", step + 1), Role::Input);
        let word = shorten(&words[step], (pitch / 8.0) as usize);
        scene.text(Text::new(word, (x, rows.word)).anchor(Anchor::Middle));
        if readout == Readout::EveryStep {
            route(scene, &[(x, rows.cell - CELL.1 / 2.0), (x, rows.output + 15.0)], Role::Output.color());
            scene.text(Text::math("W_{O}", (x + 8.0, (rows.output + rows.cell) / 2.0)));
            vector(scene, (x, rows.output), &format!("Y_{{{}}}", step + 1), Role::Output);
        }
        from = x + CELL.0 / 2.0;
    }
    let state = (middle(shown.len()), rows.cell);
    route(scene, &[(from, rows.cell), (state.0 - 19.0, rows.cell)], Role::State.color());
    vector(scene, state, &format!("S_{{{}}}", last + 1), Role::State);
    if readout == Readout::LastState {
        let linear = Rect::around((state.0, rows.output), 66.0, 34.0);
        route(scene, &[(state.0, rows.cell - 15.0), (state.0, linear.bottom())], Role::Output.color());
        block(scene, linear, "Linear", Role::Output);
        note(scene, (linear.x - 8.0, rows.output + 4.0), "class scores", Anchor::End);
    }
}

fn draw_folded(scene: &mut Scene, readout: Readout, rows: &Rows) {
    let (x, y) = (FOLDED - 20.0, rows.cell);
    let (right, color) = (x + CELL.0 / 2.0, Role::State.color());
    scene.line(&[(FOLDED - 112.0, rows.output - 30.0), (FOLDED - 112.0, rows.word)], Stroke::new(BORDER, 1.0));
    scene.arrow_path(
        vec![
            PathCommand::Move((right, y - 12.0)),
            PathCommand::Curve((right + 62.0, y - 58.0), (right + 62.0, y + 58.0), (right, y + 12.0)),
        ],
        wire(color),
    );
    scene.text(Text::math("S_{i}", (right + 36.0, y - 26.0)).color(color).bold());
    scene.text(Text::math("W_{H}", (right + 34.0, y + 36.0)));
    route(scene, &[(x, rows.input - 15.0), (x, y + CELL.1 / 2.0)], GREEN);
    scene.text(Text::math("W_{I}", (x + 8.0, (rows.input + rows.cell) / 2.0 + 10.0)));
    block(scene, Rect::around((x, y), CELL.0, CELL.1), "cell", Role::Cell);
    vector(scene, (x, rows.input), "X_{i}", Role::Input);
    route(scene, &[(x, y - CELL.1 / 2.0), (x, rows.output + 17.0)], Role::Output.color());
    match readout {
        Readout::LastState => {
            block(scene, Rect::around((x, rows.output), 66.0, 34.0), "Linear", Role::Output);
            note(scene, (x + 8.0, rows.output + 31.0), "after the last word", Anchor::Start);
        }
        Readout::EveryStep => {
            vector(scene, (x, rows.output), "Y_{i}", Role::Output);
            scene.text(Text::math("W_{O}", (x + 8.0, (rows.output + rows.cell) / 2.0)));
        }
    }
    scene.text(Text::new("i = 1, 2, 3, …", (x, rows.word)).color(INK).anchor(Anchor::Middle));
}
