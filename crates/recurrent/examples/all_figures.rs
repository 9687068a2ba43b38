//! Trains small networks on the agreement task ("Alice … she", "Alice and Tom … they") and writes every view of a model as a file, with a
//! page that shows them all on a light and on a dark ground:
//!
//! ```sh
//! cargo run --release --example all_figures -- OUT_DIR
//! ```

use recurrent::prelude::*;
use std::{fs, path::PathBuf};

/// Any recurrent layer between an embedding and a linear layer.
struct Reader<L> {
    embedding: Embedding,
    recurrent: L,
    linear: Linear,
}

impl<L: Recurrent> Reader<L> {
    fn new(words: usize, recurrent: L, init: &mut Init) -> Result<Self> {
        Ok(Self {
            embedding: Embedding::new(words, INPUT, init)?,
            linear: Linear::new(recurrent.output_size(), 3, init)?,
            recurrent,
        })
    }
}

impl<L: Recurrent> Model for Reader<L> {
    fn forward(&self, batch: &Batch) -> Result<Tensor> {
        let x = self.embedding.forward(&batch.ids)?;
        let h = self.recurrent.forward(&x, Some(&batch.lengths))?;
        self.linear.forward(&h.h_n)
    }

    fn layers(&self) -> Vec<(&'static str, &dyn Layer)> {
        vec![
            ("embedding", &self.embedding),
            ("recurrent", &self.recurrent),
            ("linear", &self.linear),
        ]
    }
}

const INPUT: usize = 16;
const UNITS: usize = 12;
const SENTENCE: &str = "Alice and Tom , who met Paul at lunch , said that";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let out = std::env::args()
        .nth(1)
        .ok_or("usage: all_figures OUT_DIR")?;
    let out = PathBuf::from(out);
    fs::create_dir_all(&out)?;
    let classes = tasks::agreement::PRONOUNS;
    let rows = tasks::agreement::agreement(3000, 2, 1);
    let texts: Vec<String> = rows.iter().map(|row| row.words.join(" ")).collect();
    let labels: Vec<u32> = rows.iter().map(|row| row.label).collect();
    let config = VectorizerConfig {
        standardize: Standardize::None,
        ..Default::default()
    };
    let words = TextVectorizer::adapt(&texts, config)?;
    let ids = words.encode_all(&texts);
    let loader = |shuffle, bucket_boundaries: &[usize]| {
        let config = BatchConfig {
            batch_size: 32,
            shuffle,
            bucket_boundaries: bucket_boundaries.to_vec(),
            ..Default::default()
        };
        DataLoader::new(ids.clone(), labels.clone(), config, &best_device())
    };
    let (train, bucketed) = (loader(Some(1), &[])?, loader(Some(1), &[4, 10, 14])?);
    let config = TrainerConfig {
        epochs: 4,
        learning_rate: 1e-2,
        ..Default::default()
    };

    let mut init = Init::keras(1, &best_device());
    let vocabulary = words.vocabulary().len();
    let lstm = Reader::new(vocabulary, Lstm::new(INPUT, UNITS, &mut init)?, &mut init)?;
    let gru = Reader::new(vocabulary, Gru::new(INPUT, UNITS, &mut init)?, &mut init)?;
    let rnn = Reader::new(
        vocabulary,
        SimpleRnn::new(INPUT, UNITS, &mut init)?,
        &mut init,
    )?;
    let both = Bidirectional::new(
        Lstm::new(INPUT, UNITS, &mut init)?,
        Lstm::new(INPUT, UNITS, &mut init)?,
    )?;
    let both = Reader::new(vocabulary, both, &mut init)?;
    let named: [(&str, &dyn Model); 3] = [("RNN", &rnn), ("LSTM", &lstm), ("GRU", &gru)];
    let untrained = gradient_flow(&named, &words, SENTENCE, 2)?;
    let rates = find_learning_rate(&lstm, &train, &config, FinderConfig::default())?;
    let mut trainers = Vec::new();
    for model in [&rnn as &dyn Model, &lstm, &gru, &both] {
        let mut trainer = Trainer::new(config.clone())?;
        trainer.fit(model, &train, None)?;
        trainers.push(trainer);
    }
    let [rnn_run, lstm_run, gru_run, _] = &trainers[..] else {
        return Err("four models were trained".into());
    };
    let runs = [("RNN", rnn_run), ("LSTM", lstm_run), ("GRU", gru_run)];
    let runs = runs.map(|(name, trainer)| (name, trainer.history()));
    let some = &texts[..400];

    let (m, w, s) = (&lstm, &words, SENTENCE);
    let figures = [
        ("gates_lstm", gates(m, w, s, "recurrent")?),
        ("gates_gru", gates(&gru, w, s, "recurrent")?),
        ("gates_rnn", gates(&rnn, w, s, "recurrent")?),
        ("gate_of_all_layers", gate_of_all_layers(&both, w, s, "c")?),
        ("unit_gates", unit_gates(m, w, s, "recurrent", 3)?),
        ("unit_gates_rnn", unit_gates(&rnn, w, s, "recurrent", 3)?),
        ("unit_words", unit_words(m, w, s, "recurrent", 3)?),
        ("units", units(m, w, some, "recurrent")?),
        (
            "select_and_match",
            select_and_match(m, w, s, 1..3, some, "recurrent")?,
        ),
        ("saturation_lstm", saturation(m, w, some, "recurrent")?),
        ("saturation_gru", saturation(&gru, w, some, "recurrent")?),
        ("path", path(m, w, &classes, s)?),
        (
            "state_projection",
            state_projection(m, w, some, &labels[..400], &classes, "recurrent")?,
        ),
        ("ledger", ledger(m, w, s, "recurrent", 3)?),
        (
            "ledger_of_all_units",
            ledger_of_all_units(m, w, s, "recurrent")?,
        ),
        (
            "class_ledger",
            class_ledger(m, w, &classes, s, "recurrent")?,
        ),
        (
            "class_ledger_both",
            class_ledger(&both, w, &classes, s, "recurrent")?,
        ),
        (
            "integrated_gradients",
            integrated_gradients(m, w, &classes, s, 256)?,
        ),
        ("gradient_flow_untrained", untrained),
        ("gradient_flow", gradient_flow(&named, w, s, 0)?),
        ("clipping", clipping(&named, w, s, 0, 0.5)?),
        ("padding_audit", padding_audit(m, w, s, 12, "recurrent")?),
        (
            "padding_shares",
            padding_shares(&[
                ("shuffled", train.batches()),
                ("bucketed", bucketed.batches()),
            ])?,
        ),
        ("weight_histograms", weight_histograms(m, "recurrent")?),
        ("learning_curves", learning_curves(&runs)?),
        ("gradient_norms", gradient_norms(lstm_run.history())?),
        ("learning_rate_curve", learning_rate_curve(&rates)?),
        ("confusion", confusion(&evaluate(m, &train)?, &classes)?),
    ];
    let mut cards = String::new();
    for (name, figure) in &figures {
        figure.save(out.join(format!("{name}.svg")))?;
        figure.save(out.join(format!("{name}.png")))?;
        println!("{name}: {:.0} kB", figure.svg().len() as f64 / 1000.0);
        cards += &format!("<h3>{name}</h3>\n{}\n", figure.svg());
    }
    let page = |ground: &str, ink: &str| {
        format!(
            "<section style=\"background:{ground};color:{ink};padding:1em 2em;font-family:sans-serif\">\n{cards}</section>\n"
        )
    };
    let (light, dark) = (page("#ffffff", "#222222"), page("#111418", "#dddddd"));
    let html = format!(
        "<!doctype html><meta charset=\"utf-8\"><title>Views of a model</title>\n\
         <body style=\"margin:0;display:grid;grid-template-columns:1fr 1fr\">\n{light}{dark}"
    );
    fs::write(out.join("index.html"), html)?;
    Ok(())
}
