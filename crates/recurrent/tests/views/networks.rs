//! Small networks with weights set by hand, and what the tests ask of figures.

use base64::Engine;
use recurrent::prelude::*;
use roxmltree::{Document, Node};

/// Embedding, one recurrent layer, a linear layer on its final state.
#[derive(Module)]
pub struct Reader<L> {
    pub embedding: Embedding,
    pub layer: L,
    pub linear: Linear,
}

impl<L: Recurrent> Model for Reader<L> {
    fn forward(&self, batch: &Batch) -> Result<Tensor> {
        let x = self.embedding.forward(&batch.input)?;
        self.linear.forward(&self.layer.forward(&x, None)?.h_n)
    }
}

impl<L: Recurrent> Reader<L> {
    /// A vector of `size` numbers for each of `words` ids, two classes.
    pub fn new(words: usize, size: usize, layer: L, init: &mut Init) -> Result<Self> {
        Ok(Self {
            embedding: Embedding::new(words, size, init)?,
            linear: Linear::new(layer.output_size(), 2, init)?,
            layer,
        })
    }
}

/// A reader that runs its layer in its own way: from each sequence's end, or from a state (1, D·H).
pub struct Runs<L> {
    pub reader: Reader<L>,
    pub reverse: bool,
    pub initial: Option<State>,
}

impl<L: Recurrent> Module for Runs<L> {
    fn layers(&self) -> Vec<(String, &dyn Module)> {
        self.reader.layers()
    }
}

impl<L: Recurrent> Model for Runs<L> {
    fn forward(&self, batch: &Batch) -> Result<Tensor> {
        let x = self.reader.embedding.forward(&batch.input)?;
        let of_each_row = |state: &Tensor| state.repeat((batch.lengths.len(), 1));
        let initial = match &self.initial {
            Some(State { h, c }) => Some(State { h: of_each_row(h)?, c: c.as_ref().map(of_each_row).transpose()? }),
            None => None,
        };
        let options = ForwardOptions { reverse: self.reverse, initial: initial.as_ref(), ..ForwardOptions::default() };
        let h = self.reader.layer.forward_with(&x, &options)?;
        self.reader.linear.forward(&h.h_n)
    }
}

/// Layers on layers, each in both directions.
#[derive(Module)]
pub struct Tall<L> {
    pub embedding: Embedding,
    pub layer: Stacked<Bidirectional<L>>,
    pub linear: Linear,
}

impl<L: Recurrent> Model for Tall<L> {
    fn forward(&self, batch: &Batch) -> Result<Tensor> {
        let x = self.embedding.forward(&batch.input)?;
        self.linear.forward(&self.layer.forward(&x, None, batch)?.h_n)
    }
}

/// Overwrites one parameter, e.g. `layer.weight_hh_l0`.
pub fn set(model: &dyn Model, name: &str, values: &[f64]) -> Result<()> {
    let parameters = model.parameters();
    let (_, var) = parameters.iter().find(|(found, _)| found == name).unwrap();
    let values: Vec<f32> = values.iter().map(|&value| value as f32).collect();
    var.set(&Tensor::from_vec(values, var.dims(), &Device::Cpu)?)?;
    Ok(())
}

/// The words a, b, c, d with the ids 2 to 5.
pub fn vectorizer() -> TextVectorizer {
    let words = ["a", "b", "c", "d"].map(String::from);
    TextVectorizer::new(VectorizerConfig::default(), Vocabulary::new(words).unwrap()).unwrap()
}

/// Far into a sigmoid's or tanh's flat part.
const FAR: f64 = 30.0;

/// An LSTM of two units over one-hot words. Unit 0 takes in 1 at the word "a" and forgets at "b"; unit 1 stays empty.
/// Both output gates are open. The score of class 1 is h of unit 0.
pub fn remembers_a_until_b() -> Result<Reader<Lstm>> {
    let mut init = Init::keras(0, &Device::Cpu);
    let model = Reader::new(6, 6, Lstm::new(6, 2, &mut init)?, &mut init)?;
    let one_hot: Vec<f64> = (0..36).map(|k| f64::from(u8::from(k / 6 == k % 6))).collect();
    set(&model, "embedding.weight", &one_hot)?;
    let mut weight_ih = vec![0.0; 8 * 6];
    weight_ih[2] = 2.0 * FAR; // i of unit 0 opens at "a"
    weight_ih[2 * 6 + 3] = -2.0 * FAR; // f of unit 0 shuts at "b"
    set(&model, "layer.weight_ih_l0", &weight_ih)?;
    set(&model, "layer.weight_hh_l0", &[0.0; 8 * 2])?;
    // i shut, f open, g = 1, o open
    set(&model, "layer.bias_ih_l0", &[-FAR, -FAR, FAR, FAR, FAR, FAR, FAR, FAR])?;
    set(&model, "linear.weight", &[0.0, 0.0, 1.0, 0.0])?;
    set(&model, "linear.bias", &[0.25, 0.0])?;
    Ok(model)
}

/// Numbers that are the same up to f32's rounding.
pub fn assert_close(got: &[f64], expected: &[f64]) {
    assert_eq!(got.len(), expected.len(), "{got:?} against {expected:?}");
    for (got_one, expected_one) in got.iter().zip(expected) {
        assert!((got_one - expected_one).abs() < 1e-6, "{got:?} against {expected:?}");
    }
}

/// What an error says.
pub fn message<T>(result: Result<T, Error>) -> String {
    result.err().expect("an error").to_string()
}

/// Whether a text is written in the figure.
pub fn writes(figure: &Figure, text: &str) -> bool {
    figure.svg().contains(&format!(">{text}<"))
}

/// The maps of a figure in their order: a row for each unit, a column for each word, the place of each colour.
pub fn maps(figure: &Figure) -> Vec<Vec<Vec<u8>>> {
    let svg = Document::parse(figure.svg()).unwrap();
    let maps = svg.descendants().filter(|node| node.attribute("data-map").is_some());
    let cells = |map: Node| -> Vec<Vec<u8>> {
        let cells = base64::engine::general_purpose::STANDARD.decode(map.attribute("data-cells").unwrap()).unwrap();
        let columns = map.attribute("data-size").unwrap().split(' ').next().unwrap().parse().unwrap();
        cells.chunks(columns).map(<[u8]>::to_vec).collect()
    };
    maps.map(cells).collect()
}

/// The cells of steps x units on a scale: of 255 colours the first is `low`, the last 1.
pub fn cells(steps: &[Vec<f64>], low: f64) -> Vec<Vec<u8>> {
    let cell = |value: f64| ((value - low) / (1.0 - low) * 254.0).round() as u8;
    let units = 0..steps[0].len();
    units.map(|unit| steps.iter().map(|step| cell(step[unit])).collect()).collect()
}
