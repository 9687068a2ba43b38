//! The table of a model, against what Keras 3.15 prints for the same model.

use candle_core::{Device, Tensor};
use recurrent_nn::{
    Batch, Bidirectional, Dropout, Embedding, Init, Layer, Linear, Lstm, Model, Recurrent, Result, SimpleRnn,
};

struct NewsRnn {
    embedding: Embedding,
    rnn: SimpleRnn,
    linear: Linear,
}

impl Model for NewsRnn {
    fn forward(&self, batch: &Batch) -> Result<Tensor> {
        let h = self.rnn.forward(&self.embedding.forward(&batch.ids)?, None)?;
        self.linear.forward(&h.h_n)
    }

    fn layers(&self) -> Vec<(&'static str, &dyn Layer)> {
        vec![("embedding", &self.embedding), ("rnn", &self.rnn), ("linear", &self.linear)]
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
    let summary = model.summary();
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

impl Model for Deep {
    fn forward(&self, _: &Batch) -> Result<Tensor> {
        unreachable!("a summary computes nothing")
    }

    fn layers(&self) -> Vec<(&'static str, &dyn Layer)> {
        vec![
            ("a_very_long_layer_name_that_wraps_around", &self.embedding),
            ("first", &self.first),
            ("dropout", &self.dropout),
            ("second", &self.second),
            ("linear", &self.linear),
        ]
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
    assert_eq!(model.summary().to_string(), DEEP);
    Ok(())
}

struct Tiny(Linear);

impl Model for Tiny {
    fn forward(&self, _: &Batch) -> Result<Tensor> {
        unreachable!("a summary computes nothing")
    }

    fn layers(&self) -> Vec<(&'static str, &dyn Layer)> {
        vec![("dense", &self.0)]
    }
}

#[test]
fn a_model_of_a_few_bytes_counts_them_in_bytes() -> Result<()> {
    let model = Tiny(Linear::new(3, 2, &mut Init::keras(0, &Device::Cpu))?);
    let table = model.summary().to_string();
    assert!(table.contains(" Total params: 8 (32.00 B)\n"), "{table}");
    Ok(())
}
