use super::networks::{Reader, Runs, assert_close, message, remembers_a_until_b, vectorizer, writes};
use recurrent::plot::{GateMap, GateScale, Ledger, gate_heatmaps, memory_ledger};
use recurrent::prelude::*;
use recurrent::views::*;

#[test]
fn a_word_counts_until_the_forget_gate_shuts() -> Result<(), Error> {
    let (model, words) = (remembers_a_until_b()?, vectorizer());
    let kept = cell_contributions(&model, &words, "c a d", "layer")?;
    assert_eq!(kept.labels, ["start", "c", "a", "d"]);
    assert_close(&kept.unit(0)?.parts, &[0.0, 0.0, 1.0, 0.0]);
    assert_close(&kept.unit(1)?.parts, &[0.0; 4]);
    assert_eq!(message(kept.unit(2)), "layer has no unit 2; its 2 units are 0 to 1");
    // What was taken in is forgotten at "b", and taken in anew after it.
    let forgotten = cell_contributions(&model, &words, "a b a", "layer")?;
    assert_close(&forgotten.unit(0)?.parts, &[0.0, 0.0, 0.0, 1.0]);
    // i opens at each "a": two of them add up.
    let twice = cell_contributions(&model, &words, "a a", "layer")?;
    assert_close(&twice.unit(0)?.parts, &[0.0, 1.0, 1.0]);
    assert_close(&twice.cell, &[2.0, 0.0]);
    assert_close(&twice.readout, &[2f64.tanh() / 2.0, 1.0]);
    Ok(())
}

#[test]
fn the_score_of_a_class_is_shared_out_among_the_words() -> Result<(), Error> {
    let (model, words) = (remembers_a_until_b()?, vectorizer());
    let ClassContributions { labels, scores } = class_contributions(&model, &words, "c a a", "layer")?;
    assert_eq!(labels, ["bias", "start", "c", "a", "a"]);
    assert_close(&scores[0], &[0.25, 0.0, 0.0, 0.0, 0.0]);
    let half = 2f64.tanh() / 2.0;
    assert_close(&scores[1], &[0.0, 0.0, 0.0, half, half]);
    let figure = class_ledger(&model, &words, &["no", "yes"], "c a a", "layer")?;
    assert!(writes(&figure, "score of no = 0.25"));
    assert!(writes(&figure, &format!("score of yes = {:.3}", 2.0 * half)));
    assert_eq!(
        message(class_ledger(&model, &words, &["one"], "a", "layer")),
        "class_ledger: the model has 2 classes, but 1 class names were given"
    );
    Ok(())
}

/// A reader whose LSTM starts from this memory c_0, and from h_0 = c_0 / 2.
fn started<L: Recurrent>(reader: Reader<L>, c_0: &[f32]) -> Result<Runs<L>> {
    let c = Tensor::new(c_0, &Device::Cpu)?.unsqueeze(0)?;
    Ok(Runs { reader, reverse: false, initial: Some(State { h: (&c * 0.5)?, c: Some(c) }) })
}

#[test]
fn what_was_there_before_the_first_word_is_kept_and_forgotten_too() -> Result<(), Error> {
    let words = vectorizer();
    let model = started(remembers_a_until_b()?, &[2.0, -1.0])?;
    let kept = cell_contributions(&model, &words, "c a d", "layer")?;
    assert_close(&kept.unit(0)?.parts, &[2.0, 0.0, 1.0, 0.0]);
    assert_close(&kept.unit(1)?.parts, &[-1.0, 0.0, 0.0, 0.0]);
    assert_close(&kept.cell, &[3.0, -1.0]);
    // Unit 0 forgets it at "b", unit 1 never.
    let forgotten = cell_contributions(&model, &words, "a b a", "layer")?;
    assert_close(&forgotten.parts[0], &[0.0, -1.0]);
    // The score of class 1 is h of unit 0, tanh(3), of which c_0 has two thirds.
    let ClassContributions { labels, scores } = class_contributions(&model, &words, "c a", "layer")?;
    assert_eq!(labels, ["bias", "start", "c", "a"]);
    assert_close(&scores[0], &[0.25, 0.0, 0.0, 0.0]);
    let third = 3f64.tanh() / 3.0;
    assert_close(&scores[1], &[0.0, 2.0 * third, 0.0, third]);
    Ok(())
}

#[test]
fn what_is_left_of_c_0_is_what_all_forget_gates_let_through() -> Result<(), Error> {
    let (text, words) = ("a b c d d a", vectorizer());
    let mut init = Init::pytorch(6, &Device::Cpu);
    let layer = Bidirectional::new(Lstm::new(3, 4, &mut init)?, Lstm::new(3, 4, &mut init)?)?;
    let c_0 = [1.5, -2.0, 0.75, -0.5, 3.0, -1.0, 0.25, -2.5];
    let model = started(Reader::new(6, 3, layer, &mut init)?, &c_0)?;
    let seen = trace(&model, &words, text)?;
    let weight = model.reader.linear.parameters().swap_remove(0).1;
    let weight: Vec<Vec<f32>> = weight.to_vec2()?;
    let mut of_classes = [0.0; 2];
    for (layer, units) in [("layer", 0..4), ("layer.reverse", 4..8)] {
        let memory = cell_contributions(&model, &words, text, layer)?;
        let trace = seen.layer(layer)?;
        for (unit, wide) in units.enumerate() {
            let forget = trace.unit("f", unit)?;
            let left = forget.iter().product::<f64>() * f64::from(c_0[wide]);
            assert!((memory.parts[0][unit] - left).abs() < 1e-6, "{layer}, {unit}");
            let cell = trace.final_cell().expect("an LSTM")[unit];
            let sum = memory.unit(unit)?.sum();
            assert!((sum - cell).abs() < 1e-5, "{layer}, {unit}");
            // h / c = o tanh(c) / c
            let carried = left * trace.final_hidden()[unit] / cell;
            for (class, score) in of_classes.iter_mut().enumerate() {
                *score += f64::from(weight[class][wide]) * carried;
            }
        }
    }
    let ClassContributions { labels, scores } = class_contributions(&model, &words, text, "layer")?;
    assert_eq!(labels[1], "start");
    for (class, parts) in scores.iter().enumerate() {
        assert!((parts[1] - of_classes[class]).abs() < 1e-5, "{scores:?}");
        assert!((parts.iter().sum::<f64>() - seen.logits[class]).abs() < 1e-5);
    }
    Ok(())
}

/// Two directions, or two layers, with random weights.
#[derive(Module)]
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
        let x = self.embedding.forward(&batch.input)?;
        let h = self.lstm.forward(&x, None)?;
        if self.tall {
            return self.linear.forward(&self.top.forward(&h.output, None, batch)?.h_n);
        }
        self.linear.forward(&h.h_n)
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
        let memory = cell_contributions(&model, &words, text, layer)?;
        let trace = seen.layer(layer)?;
        let last = trace.reading_order()[8];
        for unit in 0..trace.units() {
            let cell = trace.unit("c", unit)?[last];
            let ledger = memory.unit(unit)?;
            assert_eq!(trace.final_cell().map(|final_cell| final_cell[unit]), Some(cell));
            assert!((ledger.sum() - cell).abs() < 1e-5, "{layer}, unit {unit}");
            let h = memory.readout[unit] * ledger.sum();
            assert!((h - trace.final_hidden()[unit]).abs() < 1e-5);
        }
        assert_eq!(memory.labels[1], if layer.starts_with("top") { "step 0" } else { "a" });
    }
    Ok(())
}

#[test]
fn the_parts_of_both_directions_add_up_to_the_scores() -> Result<(), Error> {
    let words = vectorizer();
    for (tall, layer) in [(false, "lstm"), (true, "top.1")] {
        let model = both(tall)?;
        let ClassContributions { labels, scores } = class_contributions(&model, &words, "a b c d", layer)?;
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
        message(class_contributions(&model, &words, "a", "lstm")),
        "class_ledger: the scores are not a linear layer on the final state of lstm, \
         so its memory cannot be carried on to them"
    );
    assert_eq!(message(ledger(&model, &words, "a", "lstm", 4)), "lstm has no unit 4; its 4 units are 0 to 3");
    Ok(())
}

#[test]
fn ledgers_are_drawn() -> Result<(), Error> {
    let (model, words) = (both(true)?, vectorizer());
    let parts = cell_contributions(&model, &words, "a b", "lstm")?.parts;
    let expected = memory_ledger(
        "What is left of each word in layer “lstm”",
        &["start", "a", "b"].map(String::from),
        &[Ledger { total: "cell state of unit 3".into(), parts: parts.iter().map(|part| part[3]).collect() }],
    )?;
    assert!(writes(&expected, "start") && writes(&expected, "sum"));
    let figure = ledger(&model, &words, "a b", "lstm", 3)?;
    assert_eq!(figure.svg(), expected.svg());

    let expected = gate_heatmaps(
        "What is left of each step in every unit of layer “top.0”",
        &["start", "step 0", "step 1"].map(String::from),
        &[GateMap {
            name: "part of the final cell state".into(),
            values: cell_contributions(&model, &words, "a b", "top.0")?.parts,
            scale: GateScale::Symmetric,
        }],
    )?;
    let figure = ledger_of_all_units(&model, &words, "a b", "top.0")?;
    assert_eq!(figure.svg(), expected.svg());

    let ClassContributions { labels, scores } = class_contributions(&model, &words, "a b", "top.1")?;
    let totals = ["score of x", "score of y", "score of z"].map(String::from);
    let ledgers = totals.into_iter().zip(scores);
    let ledgers: Vec<Ledger> = ledgers.map(|(total, parts)| Ledger { total, parts }).collect();
    let expected = memory_ledger(
        "The memory of layer “top.1”, shared out to the scores (an attribution rule)",
        &labels,
        &ledgers,
    )?;
    let figure = class_ledger(&model, &words, &["x", "y", "z"], "a b", "top.1")?;
    assert_eq!(figure.svg(), expected.svg());
    Ok(())
}
