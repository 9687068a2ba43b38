//! One unit of a layer as a drawing of its cell, word by word.

use super::{
    gates::name_of,
    trace::{LayerTrace, trace},
    unit_gates,
};
use crate::{
    display::{HTML, MimeBundle, SVG, Show, TEXT},
    error::Result,
};
use recurrent_data::TextVectorizer;
use recurrent_nn::Model;
use recurrent_plot::Figure;
use serde_json::{Value, json};

/// What a layer computed while it read a text, to be played in a notebook: a slider goes from word to word, the gates of
/// the chosen unit open and close, arrows are as thick as what they carry, and below stands what each word has left in
/// the memory so far. Where a page runs no scripts it is the figure of unit 0.
pub struct Player {
    title: String,
    words: usize,
    units: usize,
    data: Value,
    picture: Figure,
}

/// A player of a layer of a model, an LSTM, a GRU or a simple RNN, while it reads a text.
///
/// ```
/// # use recurrent::prelude::*;
/// # #[derive(Module)]
/// # struct Net { embedding: Embedding, lstm: Lstm, linear: Linear }
/// # impl Model for Net {
/// #     fn forward(&self, batch: &Batch) -> Result<Tensor> {
/// #         self.linear.forward(&self.lstm.forward(&self.embedding.forward(&batch.input)?, None)?.h_n)
/// #     }
/// # }
/// # let vectorizer = TextVectorizer::adapt(&["dogs chase cats"], VectorizerConfig::default())?;
/// # let mut init = Init::keras(0, &Device::Cpu);
/// # let (embedding, lstm) = (Embedding::new(5, 4, &mut init)?, Lstm::new(4, 3, &mut init)?);
/// # let model = Net { embedding, lstm, linear: Linear::new(3, 2, &mut init)? };
/// let player = recurrent::views::player(&model, &vectorizer, "dogs chase cats", "lstm")?;
/// assert!(player.mime_bundle()[0].1.starts_with("A player of layer “lstm”"));
/// # Ok::<(), recurrent::error::Error>(())
/// ```
///
/// # Errors
/// As [`unit_gates`].
pub fn player(model: &dyn Model, vectorizer: &TextVectorizer, text: &str, layer: &str) -> Result<Player> {
    let picture = unit_gates(model, vectorizer, text, layer, 0)?;
    let trace = trace(model, vectorizer, text)?;
    let layer = trace.layer(layer)?;
    let words = trace.steps_of(layer);
    let order = layer.reading_order();
    // In the order of reading, with as many digits as a reader sees.
    let rounded = |steps: &[Vec<f64>]| -> Vec<Vec<f64>> {
        order.iter().map(|&step| steps[step].iter().map(|value| (value * 1e3).round() / 1e3).collect()).collect()
    };
    let states: serde_json::Map<String, Value> =
        layer.states.iter().map(|(symbol, steps)| ((*symbol).to_owned(), json!(rounded(steps)))).collect();
    let alone = layer.states.len() == 1;
    let names: Vec<(&str, String)> = layer.states.iter().map(|(symbol, _)| (*symbol, name_of(symbol, alone))).collect();
    let data = json!({
        "words": order.iter().map(|&step| &words[step]).collect::<Vec<_>>(),
        "states": states,
        "names": names.into_iter().collect::<std::collections::BTreeMap<_, _>>(),
        "h0": layer.h_0,
        "c0": layer.c_0,
    });
    Ok(Player { title: LayerTrace::describe(layer), words: words.len(), units: layer.units(), data, picture })
}

/// Draws the cell and listens to its reader.
const SCRIPT: &str = include_str!("player.js");

impl Show for Player {
    fn mime_bundle(&self) -> MimeBundle {
        let text = format!("A player of {}: {} words, {} units", self.title, self.words, self.units);
        // No text of the data can end the script.
        let data = self.data.to_string().replace('<', "\\u003c");
        let title = json!(self.title).to_string().replace('<', "\\u003c");
        let picture = self.picture.html().unwrap_or_default();
        // The picture without its own script, which would wake it.
        let picture = picture.split("<script>").next().unwrap_or_default().trim_start_matches("<div>");
        let html = format!("<div>{picture}<script>({})({data}, {title});</script></div>", SCRIPT.trim_end());
        vec![(TEXT, text), (SVG, self.picture.svg().to_owned()), (HTML, html)]
    }
}
