//! Weights of Keras classifiers, as interop/keras_to_safetensors.py writes them, give the logits that Keras gave for
//! real headlines.

use candle_core::{DType, Device, Tensor, safetensors::load};
use recurrent_nn::{
    Batch, Bidirectional, Dropout, Embedding, Gru, Init, Linear, Lstm, Model, Module, Recurrent, Result, SimpleRnn,
    Stacked, load_weights,
};
use std::path::Path;

const VOCABULARY: usize = 100;
const EMBEDDING: usize = 6;
const HIDDEN: usize = 5;

/// A classifier over layers on top of each other.
#[derive(Module)]
struct Classifier<L> {
    embedding: Embedding,
    rnn: Stacked<L>,
    dropout: Dropout,
    linear: Linear,
    masked: bool,
}

impl<L: Recurrent> Classifier<L> {
    fn new(layers: Vec<L>, masked: bool, mut init: Init) -> Result<Self> {
        let init = &mut init;
        let rnn = Stacked::new(layers, 0.0, init)?;
        Ok(Self {
            embedding: Embedding::new(VOCABULARY, EMBEDDING, init)?,
            linear: Linear::new(rnn.output_size(), 4, init)?,
            dropout: Dropout::new(0.5, init)?,
            rnn,
            masked,
        })
    }
}

impl<L: Recurrent> Model for Classifier<L> {
    fn forward(&self, batch: &Batch) -> Result<Tensor> {
        let x = self.embedding.forward(&batch.input)?;
        let lengths = self.masked.then_some(&batch.lengths[..]);
        let h = self.rnn.forward(&x, lengths, batch)?.h_n;
        self.linear.forward(&self.dropout.forward(&h, batch)?)
    }
}

/// Loads the weights of a case into a model with one bias (as Keras) and into one with two (as PyTorch), and compares.
fn as_in_keras<L: Recurrent>(case: &str, masked: bool, layers: impl Fn(&mut Init) -> Result<Vec<L>>) -> Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/keras");
    let rows = load(folder.join(format!("{case}.rows.safetensors")), &Device::Cpu)?;
    let lengths: Vec<i64> = rows["lengths"].to_vec1()?;
    let batch =
        Batch::new(rows["ids"].to_dtype(DType::U32)?, lengths.into_iter().map(|length| length as usize).collect());
    for mut init in [Init::keras(1, &Device::Cpu), Init::pytorch(1, &Device::Cpu)] {
        let layers = layers(&mut init)?;
        let model = Classifier::new(layers, masked, init)?;
        let apart = |logits: Tensor| -> Result<f32> { Ok((logits - &rows["logits"])?.abs()?.max_all()?.to_scalar()?) };
        assert!(apart(model.forward(&batch)?)? > 0.1);
        load_weights(folder.join(format!("{case}.weights.safetensors")), &model)?;
        let apart = apart(model.forward(&batch)?)?;
        println!("{case}: {apart:.1e} apart");
        assert!(apart <= 1e-5, "{case}: {apart}");
    }
    Ok(())
}

#[test]
fn simple_rnn_that_reads_padding() -> Result<()> {
    as_in_keras("rnn_padded", false, |init| Ok(vec![SimpleRnn::new(EMBEDDING, HIDDEN, init)?]))
}

#[test]
fn simple_rnn_masked() -> Result<()> {
    as_in_keras("rnn_masked", true, |init| Ok(vec![SimpleRnn::new(EMBEDDING, HIDDEN, init)?]))
}

#[test]
fn lstm() -> Result<()> {
    as_in_keras("lstm", true, |init| Ok(vec![Lstm::new(EMBEDDING, HIDDEN, init)?]))
}

#[test]
fn gru() -> Result<()> {
    as_in_keras("gru", true, |init| Ok(vec![Gru::new(EMBEDDING, HIDDEN, init)?]))
}

#[test]
fn bidirectional_gru() -> Result<()> {
    as_in_keras("bigru", true, |init| {
        let (a, b) = (Gru::new(EMBEDDING, HIDDEN, init)?, Gru::new(EMBEDDING, HIDDEN, init)?);
        Ok(vec![Bidirectional::new(a, b)?])
    })
}

#[test]
fn stacked_bidirectional_lstm() -> Result<()> {
    as_in_keras("bilstm2", true, |init| {
        let mut both = |inputs| {
            let (a, b) = (Lstm::new(inputs, HIDDEN, init)?, Lstm::new(inputs, HIDDEN, init)?);
            Bidirectional::new(a, b)
        };
        Ok(vec![both(EMBEDDING)?, both(2 * HIDDEN)?])
    })
}
