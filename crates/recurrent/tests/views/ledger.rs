use crate::networks::{Reader, assert_close, message, remembers_a_until_b, vectorizer, writes};
use recurrent::prelude::*;

#[test]
fn a_word_counts_until_the_forget_gate_shuts() -> Result<(), Error> {
    let (model, words) = (remembers_a_until_b()?, vectorizer());
    let kept = memory(&model, &words, "c a d", "layer")?;
    assert_eq!(kept.labels, ["c_0", "c", "a", "d"]);
    assert_close(&kept.unit(0)?.parts, &[0.0, 0.0, 1.0, 0.0]);
    assert_close(&kept.unit(1)?.parts, &[0.0; 4]);
    assert_eq!(
        message(kept.unit(2)),
        "layer has no unit 2; its 2 units are 0 to 1"
    );
    // What was taken in is forgotten at "b", and taken in anew after it.
    let forgotten = memory(&model, &words, "a b a", "layer")?;
    assert_close(&forgotten.unit(0)?.parts, &[0.0, 0.0, 0.0, 1.0]);
    // i opens at each "a": two of them add up.
    let twice = memory(&model, &words, "a a", "layer")?;
    assert_close(&twice.unit(0)?.parts, &[0.0, 1.0, 1.0]);
    assert_close(&twice.cell, &[2.0, 0.0]);
    assert_close(&twice.readout, &[2f64.tanh() / 2.0, 1.0]);
    Ok(())
}

#[test]
fn the_score_of_a_class_is_shared_out_among_the_words() -> Result<(), Error> {
    let (model, words) = (remembers_a_until_b()?, vectorizer());
    let ClassParts { labels, scores } = class_parts(&model, &words, "c a a", "layer")?;
    assert_eq!(labels, ["bias", "c_0", "c", "a", "a"]);
    assert_close(&scores[0], &[0.25, 0.0, 0.0, 0.0, 0.0]);
    let half = 2f64.tanh() / 2.0;
    assert_close(&scores[1], &[0.0, 0.0, 0.0, half, half]);
    let figure = class_ledger(&model, &words, &["no", "yes"], "c a a", "layer")?;
    assert!(writes(&figure, "score of no = 0.25"));
    assert!(writes(
        &figure,
        &format!("score of yes = {:.3}", 2.0 * half)
    ));
    assert_eq!(
        message(class_ledger(&model, &words, &["one"], "a", "layer")),
        "class_ledger: the model has 2 classes, but 1 class names were given"
    );
    Ok(())
}

/// Two directions, or two layers, with random weights.
struct Both {
    embedding: Embedding,
    lstm: Bidirectional<Lstm>,
    top: Stacked<Lstm>,
    linear: Linear,
    /// Whether the scores come from `top`.
    tall: bool,
}

impl Model for Both {
    fn forward(&self, batch: &Batch) -> Result<Tensor> {
        let x = self.embedding.forward(&batch.ids)?;
        let h = self.lstm.forward(&x, None)?;
        if self.tall {
            return self
                .linear
                .forward(&self.top.forward(&h.output, None, batch)?.h_n);
        }
        self.linear.forward(&h.h_n)
    }

    fn layers(&self) -> Vec<(&'static str, &dyn Layer)> {
        vec![
            ("embedding", &self.embedding),
            ("lstm", &self.lstm),
            ("top", &self.top),
            ("linear", &self.linear),
        ]
    }
}

fn both(tall: bool) -> Result<Both> {
    // PyTorch's first weights: words differ much, and every bias counts.
    let mut init = Init::pytorch(5, &Device::Cpu);
    let lstm = Bidirectional::new(Lstm::new(3, 4, &mut init)?, Lstm::new(3, 4, &mut init)?)?;
    let layers = vec![Lstm::new(8, 5, &mut init)?, Lstm::new(5, 8, &mut init)?];
    Ok(Both {
        embedding: Embedding::new(6, 3, &mut init)?,
        lstm,
        top: Stacked::new(layers, 0.0, &mut init)?,
        linear: Linear::new(8, 3, &mut init)?,
        tall,
    })
}

#[test]
fn the_parts_add_up_in_every_layer_and_direction() -> Result<(), Error> {
    let (model, words) = (both(true)?, vectorizer());
    let text = "a b c d d a c zebra b";
    let seen = trace(&model, &words, text)?;
    for layer in ["lstm", "lstm.reverse", "top.0", "top.1"] {
        let memory = memory(&model, &words, text, layer)?;
        let trace = seen.layer(layer)?;
        let last = trace.reading_order()[8];
        for unit in 0..trace.units() {
            let cell = trace.unit("c", unit)?[last];
            let ledger = memory.unit(unit)?;
            assert_eq!(
                trace.final_cell().map(|final_cell| final_cell[unit]),
                Some(cell)
            );
            assert!((ledger.sum() - cell).abs() < 1e-5, "{layer}, unit {unit}");
            let h = memory.readout[unit] * ledger.sum();
            assert!((h - trace.final_hidden()[unit]).abs() < 1e-5);
        }
        assert_eq!(
            memory.labels[1],
            if layer.starts_with("top") {
                "step 0"
            } else {
                "a"
            }
        );
    }
    Ok(())
}

#[test]
fn the_parts_of_both_directions_add_up_to_the_scores() -> Result<(), Error> {
    let words = vectorizer();
    for (tall, layer) in [(false, "lstm"), (true, "top.1")] {
        let model = both(tall)?;
        let ClassParts { labels, scores } = class_parts(&model, &words, "a b c d", layer)?;
        assert_eq!(labels.len(), 6);
        let logits = trace(&model, &words, "a b c d")?.logits;
        for (parts, logit) in scores.iter().zip(logits) {
            assert_eq!(parts.len(), labels.len());
            assert!((parts.iter().sum::<f64>() - logit).abs() < 1e-5);
        }
    }
    Ok(())
}

#[test]
fn what_has_no_ledger_is_refused() -> Result<(), Error> {
    let words = vectorizer();
    let mut init = Init::keras(0, &Device::Cpu);
    let gru = Reader::new(6, 3, Gru::new(3, 2, &mut init)?, &mut init)?;
    assert_eq!(
        message(ledger(&gru, &words, "a", "layer", 0)),
        "ledger: layer is a Gru; only an Lstm has a cell state that adds up"
    );
    let model = both(true)?;
    assert_eq!(
        message(class_parts(&model, &words, "a", "lstm")),
        "class_ledger: the scores are not a linear layer on the final state of lstm, so its memory cannot be carried on to them"
    );
    assert_eq!(
        message(ledger(&model, &words, "a", "lstm", 4)),
        "lstm has no unit 4; its 4 units are 0 to 3"
    );
    Ok(())
}

#[test]
fn ledgers_are_drawn() -> Result<(), Error> {
    let (model, words) = (both(true)?, vectorizer());
    let figure = ledger(&model, &words, "a b", "lstm", 3)?;
    assert_eq!(figure.title(), "What is left of each word in layer “lstm”");
    assert!(writes(&figure, "c_0") && writes(&figure, "sum"));
    let figure = ledger_of_all_units(&model, &words, "a b", "top.0")?;
    assert_eq!(
        figure.title(),
        "What is left of each step in every unit of layer “top.0”"
    );
    assert!(writes(&figure, "step 1"));
    Ok(())
}
