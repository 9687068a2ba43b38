//! The table of a model, against what Keras 3.15 prints for the same model.

use candle_core::{DType, Device, Tensor, Var};
use recurrent_nn::{
    Batch, Bidirectional, Dropout, Embedding, EmbeddingConfig, Gru, Init, Linear, Lstm, Model, Module, Recurrent,
    Result, SimpleRnn, Summary, trace,
};

/// Two sequences of three words.
fn words() -> Result<Batch> {
    Ok(Batch::new(Tensor::new(&[[3u32, 1, 2], [2, 2, 0]], &Device::Cpu)?, vec![3, 2]))
}

#[derive(Module)]
struct NewsRnn {
    embedding: Embedding,
    rnn: SimpleRnn,
    linear: Linear,
}

impl Model for NewsRnn {
    fn forward(&self, batch: &Batch) -> Result<Tensor> {
        let h = self.rnn.forward(&self.embedding.forward(&batch.input)?, None)?;
        self.linear.forward(&h.h_n)
    }
}

/// `keras.Sequential([Input((None,)), Embedding(20000, 64), SimpleRNN(16), Dense(4)]).summary()`, with our names: they
/// are one or more letters shorter, and the column's width does not change.
const NEWS_RNN: &str = r#"Model: "NewsRnn"
┏━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━┓
┃ Layer (type)                    ┃ Output Shape           ┃       Param # ┃
┡━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━┩
│ embedding (Embedding)           │ (None, None, 64)       │     1,280,000 │
├─────────────────────────────────┼────────────────────────┼───────────────┤
│ rnn (SimpleRnn)                 │ (None, 16)             │         1,296 │
├─────────────────────────────────┼────────────────────────┼───────────────┤
│ linear (Linear)                 │ (None, 4)              │            68 │
└─────────────────────────────────┴────────────────────────┴───────────────┘
 Total params: 1,281,364 (4.89 MB)
 Trainable params: 1,281,364 (4.89 MB)
 Non-trainable params: 0 (0.00 B)"#;

#[test]
fn the_first_model_of_the_lesson_is_the_table_of_keras() -> Result<()> {
    let mut init = Init::keras(0, &Device::Cpu);
    let model = NewsRnn {
        embedding: Embedding::new(20_000, 64, &mut init)?,
        rnn: SimpleRnn::new(64, 16, &mut init)?,
        linear: Linear::new(16, 4, &mut init)?,
    };
    let summary = model.summary(&words()?)?;
    assert_eq!(summary.to_string(), NEWS_RNN);
    assert_eq!((summary.parameters(), summary.bytes()), (1_281_364, 4 * 1_281_364));
    Ok(())
}

struct Deep {
    embedding: Embedding,
    first: Bidirectional<Lstm>,
    dropout: Dropout,
    second: Bidirectional<Lstm>,
    linear: Linear,
}

impl Module for Deep {
    fn layers(&self) -> Vec<(String, &dyn Module)> {
        vec![
            ("a_very_long_layer_name_that_wraps_around".into(), &self.embedding),
            ("first".into(), &self.first),
            ("dropout".into(), &self.dropout),
            ("second".into(), &self.second),
            ("linear".into(), &self.linear),
        ]
    }
}

impl Model for Deep {
    fn forward(&self, batch: &Batch) -> Result<Tensor> {
        let h = self.first.forward(&self.embedding.forward(&batch.input)?, None)?;
        let h = self.second.forward(&self.dropout.forward(&h.output, batch)?, None)?;
        self.linear.forward(&h.h_n)
    }
}

/// As Keras prints Embedding(20000, 128), Bidirectional(LSTM(64, return_sequences=True)), Dropout(0.1),
/// Bidirectional(LSTM(64)), Dense(4).
const DEEP: &str = r#"Model: "Deep"
┏━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━┓
┃ Layer (type)                    ┃ Output Shape           ┃       Param # ┃
┡━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━┩
│ a_very_long_layer_name_that_wr… │ (None, None, 128)      │     2,560,000 │
│ (Embedding)                     │                        │               │
├─────────────────────────────────┼────────────────────────┼───────────────┤
│ first (Bidirectional(Lstm))     │ (None, None, 128)      │        98,816 │
├─────────────────────────────────┼────────────────────────┼───────────────┤
│ dropout (Dropout)               │ (None, None, 128)      │             0 │
├─────────────────────────────────┼────────────────────────┼───────────────┤
│ second (Bidirectional(Lstm))    │ (None, 128)            │        98,816 │
├─────────────────────────────────┼────────────────────────┼───────────────┤
│ linear (Linear)                 │ (None, 4)              │           516 │
└─────────────────────────────────┴────────────────────────┴───────────────┘
 Total params: 2,758,148 (10.52 MB)
 Trainable params: 2,758,148 (10.52 MB)
 Non-trainable params: 0 (0.00 B)"#;

#[test]
fn deep_models_long_names_and_dropout_are_as_in_keras() -> Result<()> {
    let mut init = Init::keras(0, &Device::Cpu);
    let mut lstm = |inputs| Lstm::new(inputs, 64, &mut init);
    let (first, second) = (Bidirectional::new(lstm(128)?, lstm(128)?)?, Bidirectional::new(lstm(128)?, lstm(128)?)?);
    let model = Deep {
        embedding: Embedding::new(20_000, 128, &mut init)?,
        first,
        dropout: Dropout::new(0.1, &mut init)?,
        second,
        linear: Linear::new(128, 4, &mut init)?,
    };
    assert_eq!(model.summary(&words()?)?.to_string(), DEEP);
    Ok(())
}

#[derive(Module)]
struct Tiny {
    dense: Linear,
}

impl Model for Tiny {
    fn forward(&self, batch: &Batch) -> Result<Tensor> {
        self.dense.forward(&batch.input.to_dtype(DType::F32)?)
    }
}

#[test]
fn a_model_of_a_few_bytes_counts_them_in_bytes() -> Result<()> {
    let model = Tiny { dense: Linear::new(3, 2, &mut Init::keras(0, &Device::Cpu))? };
    let table = model.summary(&words()?)?.to_string();
    assert!(table.contains(" Total params: 8 (32.00 B)\n"), "{table}");
    Ok(())
}

/// Weights of its own, and no layers.
#[derive(Module)]
struct Scale {
    factors: Var,
}

/// A layer of layers that says what it gives.
#[derive(Module)]
struct Attention {
    score: Linear,
    temperature: f64,
}

impl Attention {
    fn forward(&self, values: &Tensor) -> Result<Tensor> {
        let e = (self.score.forward(values)?.squeeze(2)? / self.temperature)?; // (B, T)
        let alpha = candle_nn::ops::softmax(&e, 1)?.unsqueeze(1)?;
        let mean = alpha.matmul(values)?.squeeze(1)?; // (B, H)
        trace::output(self, &[&mean]);
        Ok(mean)
    }
}

#[derive(Module)]
struct Own {
    embedding: Embedding,
    gru: Gru,
    scale: Scale,
    attention: Attention,
    hidden: Vec<Linear>,
    unused: Option<Linear>,
}

impl Model for Own {
    fn forward(&self, batch: &Batch) -> Result<Tensor> {
        let h = self.gru.forward(&self.embedding.forward(&batch.input)?, Some(&batch.lengths))?;
        let scaled = h.output.broadcast_mul(&self.scale.factors)?;
        let mean = self.attention.forward(&scaled)?;
        self.hidden.iter().try_fold(mean, |x, layer| layer.forward(&x))
    }
}

#[test]
fn layers_of_ones_own_have_the_shapes_of_the_forward_pass() -> Result<()> {
    let mut init = Init::keras(0, &Device::Cpu);
    let frozen = EmbeddingConfig { freeze: true, ..Default::default() };
    let model = Own {
        embedding: Embedding::with_config(9, 3, frozen, &mut init)?,
        gru: Gru::new(3, 5, &mut init)?,
        scale: Scale { factors: Var::ones(5, DType::F32, &Device::Cpu)? },
        attention: Attention { score: Linear::new(5, 1, &mut init)?, temperature: 2.0 },
        hidden: vec![Linear::new(5, 4, &mut init)?, Linear::new(4, 2, &mut init)?],
        unused: Some(Linear::new(2, 2, &mut init)?),
    };
    let summary = model.summary(&words()?)?;
    let rows = summary.layers.iter().map(|row| {
        let shape = row.output_shape.as_ref().map(|sizes| sizes.iter().map(|size| size.unwrap_or(0)).collect());
        (row.name.as_str(), row.kind.as_str(), shape, row.parameters.numbers)
    });
    // Attention reads the GRU's outputs of all steps.
    let expected: [(&str, &str, Option<Vec<usize>>, usize); 7] = [
        ("embedding", "Embedding", Some(vec![0, 0, 3]), 27),
        ("gru", "Gru", Some(vec![0, 0, 5]), 150),
        ("scale", "Scale", None, 5),
        ("attention", "Attention", Some(vec![0, 5]), 6),
        ("hidden.0", "Linear", Some(vec![0, 4]), 24),
        ("hidden.1", "Linear", Some(vec![0, 2]), 10),
        ("unused", "Linear", None, 6),
    ];
    assert_eq!(rows.collect::<Vec<_>>(), expected);
    assert_eq!(summary.layers.iter().map(|row| row.trainable.numbers).sum::<usize>(), 228 - 27);
    assert!(Summary::new(&model).to_string().contains("│ attention.score (Linear)        │             6 │\n"));
    assert!(
        summary.to_string().contains("│ unused (Linear)                 │ ?                      │             6 │")
    );
    Ok(())
}
