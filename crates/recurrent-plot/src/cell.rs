//! What is inside a recurrent cell.

use crate::check::Check;
use crate::diagram::{Role, block, enclosure, note, operation, route, vector};
use crate::error::Result;
use crate::figure::Figure;
use crate::label::thousands;
use crate::page::Page;
use crate::scene::{Anchor, Rect, Text};
use crate::theme::WIDTH;

/// How wide the vectors of a cell are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CellSize {
    /// Length of the input X_i, `emb_size` where an embedding comes first.
    pub input: usize,
    /// Length of the state, `hid_size`.
    pub hidden: usize,
}

/// Sizes that exist.
pub(crate) fn check(figure: &'static str, size: CellSize) -> Result<()> {
    for (what, size) in [("input", size.input), ("hidden", size.hidden)] {
        let fits = (1..=1_000_000).contains(&size);
        Check(figure).fits(what, size as f64, "a size from 1 to 1000000", fits)?;
    }
    Ok(())
}

/// Draws a simple recurrent cell, S_i = tanh(W_H S_{i−1} + W_I X_i + b), with the shapes of its
/// weights.
///
/// # Errors
/// [`PlotError::OutOfRange`](crate::PlotError::OutOfRange) if a size is 0 or above a million.
///
/// ```
/// let figure = recurrent_plot::rnn_cell(recurrent_plot::CellSize { input: 64, hidden: 16 })?;
/// assert!(figure.svg().contains("1,296"));
/// # Ok::<(), recurrent_plot::PlotError>(())
/// ```
pub fn rnn_cell(size: CellSize) -> Result<Figure> {
    check("rnn_cell", size)?;
    let CellSize { input, hidden } = size;
    let (x, h) = (input as u128, hidden as u128);
    let weights = thousands(h * h + h * x + h);
    let mut page = Page::new(
        "Inside a simple recurrent cell",
        &format!("{hidden}·{hidden} + {hidden}·{input} + {hidden} = {weights} weights, the same at every step"),
    );
    let (top, scene) = (page.top, &mut page.scene);
    let (state, lower) = (top + 96.0, top + 196.0);
    enclosure(scene, Rect::new(150.0, top + 6.0, 480.0, 250.0));
    note(scene, (162.0, top + 26.0), "one cell, one step", Anchor::Start);

    let (sum, activation) = ((420.0, state), (520.0, state));
    route(scene, &[(90.0, state), (212.0, state)], Role::State.color());
    vector(scene, (70.0, state), "S_{i−1}", Role::State);
    note(scene, (70.0, state + 34.0), "state so far", Anchor::Middle);
    note(scene, (70.0, state + 51.0), &format!("({hidden})"), Anchor::Middle);
    block(scene, Rect::around((260.0, state), 96.0, 44.0), "W_{H} · S_{i−1}", Role::Weights);
    note(scene, (260.0, state + 39.0), &format!("W_{{H}}: {hidden} × {hidden}"), Anchor::Middle);
    route(scene, &[(308.0, state), (sum.0 - 13.0, state)], Role::State.color());

    route(scene, &[(260.0, top + 290.0), (260.0, lower + 22.0)], Role::Input.color());
    vector(scene, (260.0, top + 300.0), "X_{i}", Role::Input);
    note(scene, (290.0, top + 304.0), &format!("the word's vector ({input})"), Anchor::Start);
    block(scene, Rect::around((260.0, lower), 80.0, 44.0), "W_{I} · X_{i}", Role::Weights);
    note(scene, (310.0, lower + 22.0), &format!("W_{{I}}: {hidden} × {input}"), Anchor::Start);
    route(scene, &[(300.0, lower), (sum.0, lower), (sum.0, state + 13.0)], Role::Input.color());

    route(scene, &[(sum.0, top + 52.0), (sum.0, state - 13.0)], Role::Weights.color());
    vector(scene, (sum.0, top + 38.0), "b", Role::Weights);
    note(scene, (sum.0 + 28.0, top + 42.0), &format!("bias ({hidden})"), Anchor::Start);
    route(scene, &[(sum.0 + 13.0, state), (activation.0 - 19.0, state)], Role::Cell.color());
    operation(scene, sum, "+");
    route(scene, &[(activation.0 + 19.0, state), (690.0, state)], Role::State.color());
    operation(scene, activation, "tanh");
    vector(scene, (716.0, state), "S_{i}", Role::State);
    note(scene, (716.0, state + 34.0), "new state", Anchor::Middle);
    note(scene, (716.0, state + 51.0), &format!("({hidden})"), Anchor::Middle);
    note(scene, (716.0, state + 68.0), "to the next step", Anchor::Middle);

    let formula = "S_{i} = tanh( W_{H} S_{i−1} + W_{I} X_{i} + b )";
    scene.text(Text::math(formula, (WIDTH / 2.0, top + 350.0)).size(17.0).anchor(Anchor::Middle));
    page.finish(top + 372.0)
}
