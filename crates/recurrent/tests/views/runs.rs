//! Layers that a model runs in its own way: from the end, or from a state of its own.

use crate::networks::{Reader, assert_close, set, vectorizer};
use recurrent::prelude::*;

/// A reader that runs its layer from each sequence's end, or from a hidden state.
struct Own<L> {
    reader: Reader<L>,
    reverse: bool,
    h_0: Option<Vec<f32>>,
}

impl<L: Recurrent> Model for Own<L> {
    fn forward(&self, batch: &Batch) -> Result<Tensor> {
        let x = self.reader.embedding.forward(&batch.ids)?;
        let rows = batch.lengths.len();
        let state = self.h_0.as_ref().map(|h| {
            let h = Tensor::new(&h[..], &Device::Cpu)?.unsqueeze(0)?;
            Ok::<_, recurrent::nn::Error>(State {
                h: h.repeat((rows, 1))?,
                c: None,
            })
        });
        let state = state.transpose()?;
        let run = Run {
            reverse: self.reverse,
            initial: state.as_ref(),
            ..Run::default()
        };
        self.reader
            .linear
            .forward(&self.reader.layer.run(&x, &run)?.h_n)
    }

    fn layers(&self) -> Vec<(&'static str, &dyn Layer)> {
        self.reader.layers()
    }
}

#[test]
fn a_layer_that_runs_in_reverse_is_read_from_the_end() -> Result<(), Error> {
    let mut init = Init::pytorch(3, &Device::Cpu);
    let reader = Reader::new(6, 4, Lstm::new(4, 3, &mut init)?, &mut init)?;
    let model = Own {
        reader,
        reverse: true,
        h_0: None,
    };
    let words = vectorizer();
    let seen = trace(&model, &words, "a b c d")?;
    let layer = seen.layer("layer")?;
    assert!(layer.reverse);
    assert_eq!(layer.reading_order(), [3, 2, 1, 0]);
    assert_eq!(layer.final_hidden(), &layer.hidden()[0]);

    // The parts add up to the cell state at the first word, and make the scores.
    let kept = memory(&model, &words, "a b c d", "layer")?;
    assert_eq!(Some(&kept.cell[..]), layer.final_cell());
    for unit in 0..3 {
        let sum: f64 = kept.parts.iter().map(|part| part[unit]).sum();
        assert!((sum - kept.cell[unit]).abs() < 1e-6, "{kept:?}");
    }
    let parts = class_parts(&model, &words, "a b c d", "layer")?;
    let scores: Vec<f64> = parts
        .scores
        .iter()
        .map(|parts| parts.iter().sum())
        .collect();
    for (score, expected) in scores.iter().zip(&seen.logits) {
        assert!(
            (score - expected).abs() < 1e-5,
            "{scores:?} {:?}",
            seen.logits
        );
    }

    // The last word is read first: its change is from zero.
    let cards = unit_cards(&model, &words, &["a b"], "layer")?;
    let two = trace(&model, &words, "a b")?;
    let cell = two.layer("layer")?.cell().unwrap();
    for card in cards {
        let change = |word: &str| {
            let all = card.raised_by.iter().chain(&card.lowered_by);
            all.clone().find(|(found, _)| found == word).unwrap().1
        };
        let [a, b] = [cell[0][card.unit], cell[1][card.unit]];
        assert_close(&[change("b"), change("a")], &[b, a - b]);
    }

    // Both ways to look at gradients count from the end that is read last.
    let flow = &flows(&[("reverse", &model)], &words, "a b c d", 1)?[0];
    let cell_norms = flow.cell_norms.as_ref().unwrap();
    let forwards = Own {
        reader: Reader::new(6, 4, model.reader.layer.clone(), &mut init)?,
        reverse: false,
        h_0: None,
    };
    for name in ["embedding.weight", "linear.weight", "linear.bias"] {
        let parameters = model.parameters();
        let (_, var) = parameters.iter().find(|(found, _)| found == name).unwrap();
        let values: Vec<f64> = var.flatten_all()?.to_dtype(DType::F64)?.to_vec1()?;
        set(&forwards, name, &values)?;
    }
    let same = &flows(&[("forwards", &forwards)], &words, "d c b a", 1)?[0];
    assert_close(&flow.norms, &same.norms);
    assert_close(cell_norms, same.cell_norms.as_ref().unwrap());
    Ok(())
}

#[test]
fn a_first_word_changes_the_state_that_was_there() -> Result<(), Error> {
    let mut init = Init::pytorch(3, &Device::Cpu);
    let reader = Reader::new(6, 4, Gru::new(4, 2, &mut init)?, &mut init)?;
    let h_0 = Some(vec![0.75, -0.5]);
    let model = Own {
        reader,
        reverse: false,
        h_0,
    };
    let words = vectorizer();
    let seen = trace(&model, &words, "a")?;
    let layer = seen.layer("layer")?;
    assert_eq!(
        (layer.initial_memory(), &layer.c_0),
        (&[0.75, -0.5][..], &None)
    );
    for card in unit_cards(&model, &words, &["a"], "layer")? {
        let mut changes = card.raised_by.iter().chain(&card.lowered_by);
        let change = layer.hidden()[0][card.unit] - layer.h_0[card.unit];
        assert_close(&[changes.next().unwrap().1], &[change]);
    }
    Ok(())
}
