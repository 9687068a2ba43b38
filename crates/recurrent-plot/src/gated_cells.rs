//! What is inside the gated cells, LSTM and GRU. Formulas and names as in PyTorch.

use crate::cell::{CellSize, check};
use crate::diagram::{Role, block, enclosure, gate, junction, note, operation, rounded, route, vector, wire};
use crate::error::Result;
use crate::figure::Figure;
use crate::label::thousands;
use crate::page::Page;
use crate::scene::{Anchor, Rect, Scene, Text};
use crate::theme::{BLUE, GREEN, INK, MARGIN, ORANGE, PURPLE, VERMILION, WIDTH};

/// Weights of `gates` gates with `biases` bias vectors each.
fn weights(gates: u128, biases: u128, CellSize { input, hidden }: CellSize) -> u128 {
    let (x, h) = (input as u128, hidden as u128);
    gates * (h * x + h * h + biases * h)
}

fn formulas(scene: &mut Scene, top: f64, left: &[&str], right: &[&str]) {
    for (x, column) in [(MARGIN + 20.0, left), (WIDTH / 2.0 + 40.0, right)] {
        for (line, formula) in column.iter().enumerate() {
            scene.text(Text::math(formula, (x, top + 26.0 * line as f64)).size(14.5));
        }
    }
}

/// Draws an LSTM cell: input, forget and output gate, candidate, cell state and hidden state, with
/// the formulas.
///
/// # Errors
/// [`PlotError::OutOfRange`](crate::PlotError::OutOfRange) if a size is 0 or above a million.
///
/// ```
/// let figure = recurrent_plot::lstm_cell(recurrent_plot::CellSize { input: 64, hidden: 16 })?;
/// assert!(figure.svg().contains("5,184"));
/// # Ok::<(), recurrent_plot::PlotError>(())
/// ```
pub fn lstm_cell(size: CellSize) -> Result<Figure> {
    check("lstm_cell", size)?;
    let mut page = Page::new(
        "Inside an LSTM cell",
        &format!(
            "4·({0}·{1} + {0}·{0} + {0}) = {2} weights; PyTorch keeps two biases per gate: {3}.",
            size.hidden,
            size.input,
            thousands(weights(4, 1, size)),
            thousands(weights(4, 2, size))
        ),
    );
    let top = page.top;
    let scene = &mut page.scene;
    let (cell, mid, gates, h, x) = (top + 52.0, top + 122.0, top + 196.0, top + 262.0, top + 290.0);
    enclosure(scene, Rect::new(134.0, top + 8.0, 546.0, 306.0));
    let [f, i, g, o] = [215.0, 320.0, 425.0, 530.0];
    let out = 625.0;

    // The cell state runs through with one product and one sum.
    route(scene, &[(70.0, cell), (f - 13.0, cell)], BLUE);
    route(scene, &[(f, cell), (g - 13.0, cell)], BLUE);
    route(scene, &[(g, cell), (712.0, cell)], BLUE);
    // Forget gate onto the old state; input gate times candidate onto the sum.
    route(scene, &[(f, gates - 23.0), (f, cell + 13.0)], PURPLE);
    route(scene, &[(i, gates - 23.0), (i, mid), (g - 13.0, mid)], PURPLE);
    route(scene, &[(g, gates - 23.0), (g, mid + 13.0)], ORANGE);
    route(scene, &[(g, mid - 13.0), (g, cell + 13.0)], INK);
    // The output gate selects what of the state is shown.
    junction(scene, (out, cell), BLUE);
    route(scene, &[(out, cell), (out, mid - 19.0)], BLUE);
    route(scene, &[(out, mid + 19.0), (out, gates - 13.0)], INK);
    route(scene, &[(o + 39.0, gates), (out - 13.0, gates)], PURPLE);
    route(scene, &[(out, gates + 13.0), (out, h), (712.0, h)], VERMILION);
    inputs(scene, &[f, i, g, o], gates + 23.0, h, x);

    operation(scene, (f, cell), "×");
    operation(scene, (g, cell), "+");
    operation(scene, (g, mid), "×");
    operation(scene, (out, mid), "tanh");
    operation(scene, (out, gates), "×");
    gate(scene, (f, gates), "forget", "σ", Role::Gate);
    gate(scene, (i, gates), "input", "σ", Role::Gate);
    gate(scene, (g, gates), "candidate", "tanh", Role::Weights);
    gate(scene, (o, gates), "output", "σ", Role::Gate);
    for (symbol, at) in [
        ("f_{t}", (f + 7.0, mid + 4.0)),
        ("i_{t}", (i + 9.0, mid - 8.0)),
        ("g_{t}", (g + 8.0, mid + 32.0)),
        ("o_{t}", (o + 46.0, gates - 8.0)),
    ] {
        scene.text(Text::math(symbol, at).bold());
    }
    vector(scene, (70.0, cell), "c_{t−1}", Role::State);
    vector(scene, (736.0, cell), "c_{t}", Role::State);
    vector(scene, (70.0, h), "h_{t−1}", Role::Output);
    vector(scene, (736.0, h), "h_{t}", Role::Output);
    vector(scene, (70.0, x + 52.0), "x_{t}", Role::Input);
    note(scene, (70.0, cell - 22.0), &format!("cell state ({})", size.hidden), Anchor::Middle);
    note(scene, (70.0, h - 22.0), &format!("hidden state ({})", size.hidden), Anchor::Middle);
    note(scene, (100.0, x + 56.0), &format!("the word's vector ({})", size.input), Anchor::Start);
    formulas(
        scene,
        x + 100.0,
        &[
            "i_{t} = σ( W_{ii} x_{t} + W_{hi} h_{t−1} + b_{i} )",
            "f_{t} = σ( W_{if} x_{t} + W_{hf} h_{t−1} + b_{f} )",
            "g_{t} = tanh( W_{ig} x_{t} + W_{hg} h_{t−1} + b_{g} )",
            "o_{t} = σ( W_{io} x_{t} + W_{ho} h_{t−1} + b_{o} )",
        ],
        &[
            "c_{t} = f_{t} × c_{t−1} + i_{t} × g_{t}",
            "h_{t} = o_{t} × tanh( c_{t} )",
            "σ lies in 0..1; × and + work element by element",
        ],
    );
    page.finish(x + 200.0)
}

/// Draws a GRU cell in the form of cuDNN, PyTorch and Keras (`reset_after`): the reset gate acts
/// after the product with W_hn.
///
/// # Errors
/// [`PlotError::OutOfRange`](crate::PlotError::OutOfRange) if a size is 0 or above a million.
///
/// ```
/// let figure = recurrent_plot::gru_cell(recurrent_plot::CellSize { input: 64, hidden: 16 })?;
/// assert!(figure.svg().contains("3,936"));
/// # Ok::<(), recurrent_plot::PlotError>(())
/// ```
pub fn gru_cell(size: CellSize) -> Result<Figure> {
    check("gru_cell", size)?;
    let mut page = Page::new(
        "Inside a GRU cell",
        &format!(
            "3·({0}·{1} + {0}·{0} + 2·{0}) = {2} weights, with two biases per gate.",
            size.hidden,
            size.input,
            thousands(weights(3, 2, size))
        ),
    );
    let top = page.top;
    let scene = &mut page.scene;
    let (line, keep, gates, product, h, x) =
        (top + 52.0, top + 112.0, top + 186.0, top + 246.0, top + 302.0, top + 330.0);
    enclosure(scene, Rect::new(134.0, top + 8.0, 546.0, 346.0));
    let [z, r, w, n] = [235.0, 360.0, 475.0, 600.0];

    // The old state is kept as far as z says, the candidate is let in for the rest.
    route(scene, &[(70.0, line), (z - 13.0, line)], VERMILION);
    route(scene, &[(z, line), (n - 13.0, line)], VERMILION);
    route(scene, &[(n, line), (712.0, line)], VERMILION);
    route(scene, &[(z, gates - 23.0), (z, line + 13.0)], PURPLE);
    junction(scene, (z, keep), PURPLE);
    route(scene, &[(z, keep), (r + 39.0, keep)], PURPLE);
    route(scene, &[(r + 77.0, keep), (n - 13.0, keep)], PURPLE);
    route(scene, &[(n, gates - 23.0), (n, keep + 13.0)], ORANGE);
    route(scene, &[(n, keep - 13.0), (n, line + 13.0)], INK);
    // The reset gate chooses what of the old state the candidate sees.
    route(scene, &[(r + 39.0, gates), (w - 13.0, gates)], PURPLE);
    route(scene, &[(w, h), (w, product + 16.0)], VERMILION);
    route(scene, &[(w, product - 16.0), (w, gates + 13.0)], VERMILION);
    route(scene, &[(w + 13.0, gates), (n - 39.0, gates)], INK);
    junction(scene, (160.0, line), VERMILION);
    scene.path(rounded(&[(160.0, line), (160.0, h), (w, h)]), None, Some(wire(VERMILION)));
    scene.path(rounded(&[(185.0, x + 36.0), (185.0, x), (n, x)]), None, Some(wire(GREEN)));
    for gate in [z, r] {
        feed(scene, gate, gates + 23.0, h, x);
    }
    route(scene, &[(n, x), (n, gates + 23.0)], GREEN);

    operation(scene, (z, line), "×");
    operation(scene, (n, line), "+");
    operation(scene, (r + 58.0, keep), "1 −");
    operation(scene, (n, keep), "×");
    operation(scene, (w, gates), "×");
    gate(scene, (z, gates), "update", "σ", Role::Gate);
    gate(scene, (r, gates), "reset", "σ", Role::Gate);
    gate(scene, (n, gates), "candidate", "tanh", Role::Weights);
    block(scene, Rect::around((w, product), 62.0, 32.0), "W_{hn} h", Role::Weights);
    for (symbol, at) in
        [("z_{t}", (z + 7.0, keep + 26.0)), ("r_{t}", (r + 46.0, gates - 8.0)), ("n_{t}", (n + 8.0, keep + 32.0))]
    {
        scene.text(Text::math(symbol, at).bold());
    }
    vector(scene, (70.0, line), "h_{t−1}", Role::Output);
    vector(scene, (736.0, line), "h_{t}", Role::Output);
    vector(scene, (185.0, x + 50.0), "x_{t}", Role::Input);
    note(scene, (70.0, line - 22.0), &format!("hidden state ({})", size.hidden), Anchor::Middle);
    note(scene, (214.0, x + 54.0), &format!("the word's vector ({})", size.input), Anchor::Start);
    formulas(
        scene,
        x + 100.0,
        &[
            "r_{t} = σ( W_{ir} x_{t} + W_{hr} h_{t−1} + b_{ir} + b_{hr} )",
            "z_{t} = σ( W_{iz} x_{t} + W_{hz} h_{t−1} + b_{iz} + b_{hz} )",
            "n_{t} = tanh( W_{in} x_{t} + b_{in} + r_{t} × (W_{hn} h_{t−1} + b_{hn}) )",
        ],
        &["h_{t} = (1 − z_{t}) × n_{t} + z_{t} × h_{t−1}"],
    );
    page.finish(x + 174.0)
}

/// The two wires that feed gates: h_{t-1} from the left, x_t from below.
fn inputs(scene: &mut Scene, gates: &[f64], bottom: f64, h: f64, x: f64) {
    let last = gates[gates.len() - 1];
    let wires =
        [(vec![(90.0, h), (last - 12.0, h)], VERMILION), (vec![(70.0, x + 40.0), (70.0, x), (last + 12.0, x)], GREEN)];
    for (points, color) in wires {
        scene.path(rounded(&points), None, Some(wire(color)));
    }
    for &gate in gates {
        feed(scene, gate, bottom, h, x);
    }
}

fn feed(scene: &mut Scene, gate: f64, bottom: f64, h: f64, x: f64) {
    for (at, from, color) in [(gate - 12.0, h, VERMILION), (gate + 12.0, x, GREEN)] {
        junction(scene, (at, from), color);
        route(scene, &[(at, from), (at, bottom)], color);
    }
}
