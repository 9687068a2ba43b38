//! How batches show, and what a layer makes of one.

use super::{HTML, MimeBundle, Show, TEXT, escape, html_table, text_and_table};
use crate::device::describe;
use candle_core::{Device, Tensor};
use recurrent_data::{PackedSequence, PaddedBatch, Preview, TokenCounter};
use recurrent_nn::{Gates, Hidden, State};

/// Ids of a row that are shown.
const SHOWN_IDS: usize = 12;

impl Show for Preview {
    fn mime_bundle(&self) -> MimeBundle {
        let text = format!("{} rows: {}", self.rows.len(), self.columns.join(", "));
        let columns: Vec<&str> = self.columns.iter().map(String::as_str).collect();
        let table = html_table(&columns, self.rows.iter().cloned());
        vec![(TEXT, text), (HTML, table)]
    }
}

impl Show for PaddedBatch {
    fn mime_bundle(&self) -> MimeBundle {
        let tokens: usize = self.lengths.iter().sum();
        let text =
            format!("ids (B, T) = ({}, {}), {tokens} of the {} ids are tokens", self.len(), self.steps, self.ids.len());
        let ids = self.ids.chunks(self.steps.max(1));
        let rows = ids.zip(&self.labels).zip(&self.lengths).map(|((ids, label), length)| {
            let mut shown: Vec<String> = ids.iter().take(SHOWN_IDS).map(u32::to_string).collect();
            shown.extend((ids.len() > SHOWN_IDS).then(|| "…".into()));
            vec![label.to_string(), length.to_string(), shown.join(" ")]
        });
        text_and_table(text, &["class", "length", "ids"], rows)
    }
}

impl<T> Show for PackedSequence<T> {
    fn mime_bundle(&self) -> MimeBundle {
        let (sequences, steps) = (self.sorted_indices.len(), self.batch_sizes.len());
        let text = format!("{} tokens of {sequences} sequences, packed step by step", self.data.len());
        let rows = (0..steps).map(|step| vec![step.to_string(), self.batch_sizes[step].to_string()]);
        text_and_table(text, &["step", "sequences still running"], rows)
    }
}

impl Show for TokenCounter {
    fn mime_bundle(&self) -> MimeBundle {
        vec![(TEXT, format!("{} different tokens so far", self.distinct()))]
    }
}

impl Show for Hidden {
    fn mime_bundle(&self) -> MimeBundle {
        let states = [("output", Some(&self.output)), ("h_n", Some(&self.h_n)), ("c_n", self.c_n.as_ref())];
        let states = states.into_iter();
        let states = states.filter_map(|(name, state)| Some((name, shape(state?))));
        shapes(states.chain(self.gates.iter().flat_map(gate_shapes)))
    }
}

impl Show for State {
    fn mime_bundle(&self) -> MimeBundle {
        let states = [("h", Some(&self.h)), ("c", self.c.as_ref())].into_iter();
        shapes(states.filter_map(|(name, state)| Some((name, shape(state?)))))
    }
}

impl Show for Gates {
    fn mime_bundle(&self) -> MimeBundle {
        shapes(gate_shapes(self))
    }
}

fn gate_shapes(gates: &Gates) -> impl Iterator<Item = (&'static str, String)> {
    gates.symbols().iter().map(|symbol| {
        let gate = gates.get(symbol);
        (*symbol, gate.map_or_else(|error| error.to_string(), |gate| shape(&gate)))
    })
}

fn shape(tensor: &Tensor) -> String {
    format!("{:?}", tensor.dims())
}

/// Tensors by their names and shapes.
fn shapes(tensors: impl Iterator<Item = (&'static str, String)>) -> MimeBundle {
    let rows: Vec<Vec<String>> = tensors.map(|(name, shape)| vec![name.into(), shape]).collect();
    let text: Vec<String> = rows.iter().map(|row| row.join(" ")).collect();
    text_and_table(text.join(", "), &["tensor", "shape"], rows.into_iter())
}

impl Show for Device {
    fn mime_bundle(&self) -> MimeBundle {
        let text = describe(self);
        let html = format!("<p>{}</p>", escape(&text));
        vec![(TEXT, text), (HTML, html)]
    }
}
