//! The table of a model's layers and parameter counts, as Keras prints it.

use crate::{
    Batch, Model, Module, Result,
    trace::{self, Shapes},
};
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
    /// One row for each layer, in the order of [`Module::layers`].
    pub layers: Vec<LayerSummary>,
}

/// One row of a [`Summary`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LayerSummary {
    /// The layer's name in the model, e.g. `rnn`.
    pub name: String,
    /// The layer's type, e.g. `SimpleRnn`.
    pub kind: String,
    /// The sizes of its output, `None` for B, and for T where that is the second: (B, T, H) or (B, H). None of a layer
    /// that did not run, or did not say what it gave: `?` in the table.
    pub output_shape: Option<Vec<Option<usize>>>,
    /// The numbers that it has; those that it shares with another layer count in one of them.
    pub parameters: Size,
    /// Those of them that training changes.
    pub trainable: Size,
    /// How many numbers it has that count in another layer: those of a shared layer or a tied weight.
    pub shared: usize,
}

/// How many numbers, and how many bytes they take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Size {
    /// How many numbers.
    pub numbers: usize,
    /// How many bytes.
    pub bytes: usize,
}

impl Summary {
    /// The summary of a model or a layer without shapes: no forward pass, and no column for them.
    pub fn new(module: &dyn Module) -> Self {
        Self::with_shapes(module, Shapes::default(), None)
    }

    /// The summary of a model over a forward pass of this batch, without dropout.
    ///
    /// A recurrent layer has the shape of what the model's result is computed from: of the outputs of all steps, or of
    /// the final state alone. A layer of one's own has a row where its `forward` ends with [`trace::output`], else each
    /// of its layers has one.
    ///
    /// Errors: those of `forward`.
    pub fn of(model: &dyn Model, batch: &Batch) -> Result<Self> {
        Ok(Self::with_shapes(model, trace::shapes(model, batch)?, batch.input.dims().get(1)))
    }

    fn with_shapes(module: &dyn Module, mut shapes: Shapes, steps: Option<&usize>) -> Self {
        let mut rows = Vec::new();
        for (name, layer) in module.layers() {
            add_rows(&mut rows, name, layer, &mut shapes);
        }
        let owners = owners(&rows);
        let mut counted = HashSet::new();
        let mut layers = Vec::with_capacity(rows.len());
        for (position, Row { name, layer, shape }) in rows.into_iter().enumerate() {
            let output_shape = shape.map(|sizes| {
                let of_batch = |axis: usize| axis == 0 || (axis == 1 && sizes.len() > 2 && Some(&sizes[1]) == steps);
                sizes.iter().enumerate().map(|(axis, &size)| (!of_batch(axis)).then_some(size)).collect()
            });
            let mut row = LayerSummary {
                name,
                kind: layer.kind(),
                output_shape,
                parameters: Size::default(),
                trainable: Size::default(),
                shared: 0,
            };
            let frozen = frozen(layer);
            for (_, var) in layer.state_dict() {
                match owners.get(&var.id()) == Some(&position) && counted.insert(var.id()) {
                    true => {
                        row.parameters.add(&var);
                        if !frozen.contains(&var.id()) {
                            row.trainable.add(&var);
                        }
                    }
                    false => row.shared += var.elem_count(),
                }
            }
            layers.push(row);
        }
        Self { name: module.kind(), layers }
    }

    /// How many parameters the model has, frozen ones too.
    pub fn parameters(&self) -> usize {
        self.layers.iter().map(|layer| layer.parameters.numbers).sum()
    }

    /// How many bytes they take.
    pub fn bytes(&self) -> usize {
        self.layers.iter().map(|layer| layer.parameters.bytes).sum()
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let has_shapes = self.layers.iter().any(|layer| layer.output_shape.is_some());
        let table = Table { widths: if has_shapes { &COLUMNS } else { &[COLUMNS[0], COLUMNS[2]] } };
        let head = ["Layer (type)", "Output Shape", "Param #"];
        writeln!(f, "Model: \"{}\"", self.name)?;
        table.rule(f, ["┏", "━", "┳", "┓"])?;
        table.row(f, "┃", head.map(String::from))?;
        let mut above = ["┡", "━", "╇", "┩"];
        for layer in &self.layers {
            table.rule(f, above)?;
            let cells = [
                format!("{} ({})", layer.name, layer.kind),
                layer.output_shape.as_deref().map_or("?".into(), shape),
                match (layer.parameters.numbers, layer.shared) {
                    (0, shared) if shared > 0 => "shared".to_string(),
                    (own, _) => thousands(own),
                },
            ];
            table.row(f, "│", cells)?;
            above = ["├", "─", "┼", "┤"];
        }
        table.rule(f, ["└", "─", "┴", "┘"])?;
        let sum = |size: fn(&LayerSummary) -> Size| {
            let numbers = self.layers.iter().map(|layer| size(layer).numbers).sum();
            let bytes = self.layers.iter().map(|layer| size(layer).bytes).sum();
            format!("{} ({})", thousands(numbers), memory(bytes))
        };
        writeln!(f, " Total params: {}", sum(|layer| layer.parameters))?;
        writeln!(f, " Trainable params: {}", sum(|layer| layer.trainable))?;
        write!(f, " Non-trainable params: {}", sum(LayerSummary::frozen))
    }
}

/// A table with the column of the shapes, or without it.
struct Table<'a> {
    widths: &'a [usize],
}

impl Table<'_> {
    fn rule(&self, f: &mut fmt::Formatter<'_>, [left, line, middle, right]: [&str; 4]) -> fmt::Result {
        let cells: Vec<String> = self.widths.iter().map(|&width| line.repeat(width)).collect();
        writeln!(f, "{left}{}{right}", cells.join(middle))
    }

    /// One row; a cell too long for its column goes on below. The last column is aligned right.
    fn row(&self, f: &mut fmt::Formatter<'_>, border: &str, [name, shape, count]: [String; 3]) -> fmt::Result {
        let cells = if self.widths.len() == 3 { vec![name, shape, count] } else { vec![name, count] };
        let wrapped: Vec<Vec<String>> =
            cells.iter().zip(self.widths).map(|(cell, &width)| wrap(cell, width - 2)).collect();
        for line in 0..wrapped.iter().map(Vec::len).max().unwrap_or(0) {
            for (column, (cell, &width)) in wrapped.iter().zip(self.widths).enumerate() {
                let (text, width) = (cell.get(line).map_or("", String::as_str), width - 2);
                match column + 1 == self.widths.len() {
                    true => writeln!(f, "{border} {text:>width$} {border}")?,
                    false => write!(f, "{border} {text:<width$} ")?,
                }
            }
        }
        Ok(())
    }
}

impl LayerSummary {
    /// Those of its parameters that training leaves as they are.
    fn frozen(&self) -> Size {
        Size {
            numbers: self.parameters.numbers - self.trainable.numbers,
            bytes: self.parameters.bytes - self.trainable.bytes,
        }
    }
}

impl Size {
    fn add(&mut self, var: &Var) {
        self.numbers += var.elem_count();
        self.bytes += var.elem_count() * var.dtype().size_in_bytes();
    }
}

/// A layer that has a row of its own.
struct Row<'a> {
    name: String,
    layer: &'a dyn Module,
    shape: Option<Vec<usize>>,
}

/// One row for a layer that ran as a whole or is not made of layers, else those of its layers.
fn add_rows<'a>(rows: &mut Vec<Row<'a>>, name: String, layer: &'a dyn Module, shapes: &mut Shapes) {
    let (shape, inner) = (shapes.take(layer), layer.layers());
    if shape.is_some() || inner.iter().all(|(_, inner)| is_variable(*inner)) {
        return rows.push(Row { name, layer, shape });
    }
    for (inner_name, inner) in inner {
        add_rows(rows, format!("{name}.{inner_name}"), inner, shapes);
    }
}

/// Whether it is a parameter, or an optional one that is not there, and no layer.
fn is_variable(module: &dyn Module) -> bool {
    module.layers().is_empty() && module.state_dict().iter().all(|(name, _)| name.is_empty())
}

/// The variables of a layer that training leaves as they are.
fn frozen(layer: &dyn Module) -> HashSet<TensorId> {
    match layer.is_frozen() {
        true => layer.state_dict().iter().map(|(_, var)| var.id()).collect(),
        false => layer.layers().into_iter().flat_map(|(_, layer)| frozen(layer)).collect(),
    }
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

/// The row in which each variable counts: the first that has it and is trained, or else the first.
fn owners(rows: &[Row]) -> HashMap<TensorId, usize> {
    let mut owners = HashMap::new();
    for trained in [true, false] {
        for (position, Row { layer, .. }) in rows.iter().enumerate() {
            let frozen = frozen(*layer);
            for (_, var) in layer.state_dict() {
                if frozen.contains(&var.id()) != trained {
                    owners.entry(var.id()).or_insert(position);
                }
            }
        }
    }
    owners
}
