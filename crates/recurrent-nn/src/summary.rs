//! The table of a model's layers and parameter counts, as Keras prints it.

use crate::Layer;
use candle_core::{TensorId, Var};
use std::{
    collections::{HashMap, HashSet},
    fmt,
};

/// Widths of the three columns between their borders, one space of padding on each side included:
/// what Keras 3 gives a Sequential model on a terminal of 80 columns.
const COLUMNS: [usize; 3] = [33, 24, 15];

/// A model's layers with their output shapes and parameter counts. It prints as the table of
/// [`keras.Model.summary`](https://keras.io/api/models/model/#summary-method).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// The model's type, e.g. `NewsRnn`.
    pub name: String,
    /// One row for each layer, in the order of [`Model::layers`](crate::Model::layers).
    pub layers: Vec<LayerSummary>,
}

/// One row of a [`Summary`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LayerSummary {
    /// The layer's name in the model, e.g. `rnn`.
    pub name: String,
    /// The layer's type, e.g. `SimpleRnn`.
    pub kind: &'static str,
    /// The sizes of its output, `None` where they depend on the batch: (B, T, H) or (B, H).
    pub output_shape: Vec<Option<usize>>,
    /// How many numbers it has; those that it shares with another layer count in one of them.
    pub parameters: usize,
    /// How many bytes they take.
    pub bytes: usize,
    /// How many numbers it has that count in another layer: those of a shared layer or a tied weight.
    pub shared: usize,
    /// Whether training changes them.
    pub trainable: bool,
}

impl Summary {
    /// The summary of a model that is called `name`.
    pub fn new(name: &str, layers: &[(&'static str, &dyn Layer)]) -> Self {
        // As in a Keras Sequential, a recurrent layer hands on every step only if another one follows.
        let last_recurrent = layers.iter().rposition(|(_, layer)| is_recurrent(*layer));
        let owners = owners(layers);
        let mut counted = HashSet::new();
        let mut rows: Vec<LayerSummary> = Vec::with_capacity(layers.len());
        for (position, (name, layer)) in layers.iter().enumerate() {
            let steps = layer.kind() == "Embedding" || last_recurrent.is_some_and(|last| position < last);
            let output_shape = match (layer.output_size(), rows.last(), steps) {
                // A layer without a size of its own, as dropout, hands on the shape it gets.
                (0, Some(above), _) => above.output_shape.clone(),
                (size, _, true) => vec![None, None, Some(size)],
                (size, _, false) => vec![None, Some(size)],
            };
            let mut row = LayerSummary {
                name: name.to_string(),
                kind: layer.kind(),
                output_shape,
                parameters: 0,
                bytes: 0,
                shared: 0,
                trainable: !layer.is_frozen(),
            };
            for (_, var) in layer.parameters() {
                match owners.get(&var.id()) == Some(&position) && counted.insert(var.id()) {
                    true => {
                        row.parameters += var.elem_count();
                        row.bytes += bytes(&var);
                    }
                    false => row.shared += var.elem_count(),
                }
            }
            rows.push(row);
        }
        Self { name: name.to_string(), layers: rows }
    }

    /// How many parameters the model has, frozen ones too.
    pub fn parameters(&self) -> usize {
        self.layers.iter().map(|layer| layer.parameters).sum()
    }

    /// How many bytes they take.
    pub fn bytes(&self) -> usize {
        self.layers.iter().map(|layer| layer.bytes).sum()
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rule = |left: &str, line: &str, middle: &str, right: &str| {
            let cells = COLUMNS.map(|width| line.repeat(width));
            format!("{left}{}{right}", cells.join(middle))
        };
        writeln!(f, "Model: \"{}\"", self.name)?;
        writeln!(f, "{}", rule("┏", "━", "┳", "┓"))?;
        write_row(f, "┃", ["Layer (type)", "Output Shape", "Param #"])?;
        let mut above = rule("┡", "━", "╇", "┩");
        for layer in &self.layers {
            writeln!(f, "{above}")?;
            write_row(
                f,
                "│",
                [
                    &format!("{} ({})", layer.name, layer.kind),
                    &shape(&layer.output_shape),
                    &match (layer.parameters, layer.shared) {
                        (0, shared) if shared > 0 => "shared".to_string(),
                        (own, _) => thousands(own),
                    },
                ],
            )?;
            above = rule("├", "─", "┼", "┤");
        }
        writeln!(f, "{}", rule("└", "─", "┴", "┘"))?;
        let sum = |counted: fn(&LayerSummary) -> bool| {
            let layers = || self.layers.iter().filter(|layer| counted(layer));
            let parameters = layers().map(|layer| layer.parameters).sum();
            let bytes = layers().map(|layer| layer.bytes).sum();
            format!("{} ({})", thousands(parameters), memory(bytes))
        };
        writeln!(f, " Total params: {}", sum(|_| true))?;
        writeln!(f, " Trainable params: {}", sum(|layer| layer.trainable))?;
        write!(f, " Non-trainable params: {}", sum(|layer| !layer.trainable))
    }
}

/// One row of the table; a cell too long for its column goes on below. The last column is aligned right.
fn write_row(f: &mut fmt::Formatter<'_>, border: &str, cells: [&str; 3]) -> fmt::Result {
    let width = |column: usize| COLUMNS[column] - 2;
    let wrapped = [0, 1, 2].map(|column| wrap(cells[column], width(column)));
    for line in 0..wrapped.iter().map(Vec::len).max().unwrap_or(0) {
        let cell = |column: usize| wrapped[column].get(line).map_or("", String::as_str);
        writeln!(
            f,
            "{border} {:<first$} {border} {:<second$} {border} {:>third$} {border}",
            cell(0),
            cell(1),
            cell(2),
            first = width(0),
            second = width(1),
            third = width(2),
        )?;
    }
    Ok(())
}

/// The text in lines of at most `width` characters, broken between words; a longer word ends in "…".
fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        let word = if word.chars().count() > width {
            word.chars().take(width - 1).chain(['…']).collect()
        } else {
            word.to_string()
        };
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(&word);
            }
            _ => lines.push(word),
        }
    }
    lines
}

/// `(None, None, 64)`.
fn shape(sizes: &[Option<usize>]) -> String {
    let sizes: Vec<String> =
        sizes.iter().map(|size| size.map_or("None".to_string(), |size| size.to_string())).collect();
    format!("({})", sizes.join(", "))
}

/// `1,281,364`.
fn thousands(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `4.89 MB`, in steps of 1,024.
fn memory(bytes: usize) -> String {
    let mut size = bytes as f64;
    let mut units = ["B", "KB", "MB", "GB", "TB"].into_iter();
    let mut unit = units.next().unwrap_or_default();
    for larger in units {
        if size < 1024.0 {
            break;
        }
        size /= 1024.0;
        unit = larger;
    }
    format!("{size:.2} {unit}")
}

/// The layer in which each variable counts: the first that has it and is trained, or else the first.
fn owners(layers: &[(&'static str, &dyn Layer)]) -> HashMap<TensorId, usize> {
    let mut owners = HashMap::new();
    for trained in [true, false] {
        for (position, (_, layer)) in layers.iter().enumerate() {
            if layer.is_frozen() != trained {
                for (_, var) in layer.parameters() {
                    owners.entry(var.id()).or_insert(position);
                }
            }
        }
    }
    owners
}

/// Whether a layer owns time: it has weights from one hidden state to the next.
fn is_recurrent(layer: &dyn Layer) -> bool {
    layer.parameters().iter().any(|(name, _)| name.contains("weight_hh"))
}

fn bytes(var: &Var) -> usize {
    var.elem_count() * var.dtype().size_in_bytes()
}
