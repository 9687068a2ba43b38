//! Layers that a model runs from the end, or from a state of its own.

use super::networks::{Reader, Runs, assert_close, set, vectorizer};
use recurrent::prelude::*;
use recurrent::views::*;

#[test]
fn a_layer_that_runs_in_reverse_is_read_from_the_end() -> Result<(), Error> {
    let mut init = Init::pytorch(3, &Device::Cpu);
    let reader = Reader::new(6, 4, Lstm::new(4, 3, &mut init)?, &mut init)?;
    let model = Runs { reader, reverse: true, initial: None };
    let words = vectorizer();
    let seen = trace(&model, &words, "a b c d")?;
    let layer = seen.layer("layer")?;
    assert!(layer.reverse);
    assert_eq!(layer.reading_order(), [3, 2, 1, 0]);
    assert_eq!(layer.final_hidden(), &layer.hidden()[0]);

    // The parts add up to the cell state at the first word, and make the scores.
    let kept = cell_contributions(&model, &words, "a b c d", "layer")?;
    assert_eq!(Some(&kept.cell[..]), layer.final_cell());
    for unit in 0..3 {
        let sum: f64 = kept.parts.iter().map(|part| part[unit]).sum();
        assert!((sum - kept.cell[unit]).abs() < 1e-6, "{kept:?}");
    }
    let parts = class_contributions(&model, &words, "a b c d", "layer")?;
    let scores: Vec<f64> = parts.scores.iter().map(|parts| parts.iter().sum()).collect();
    for (score, expected) in scores.iter().zip(&seen.logits) {
        assert!((score - expected).abs() < 1e-5, "{scores:?} {:?}", seen.logits);
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
    let flow = &state_gradients(&[("reverse", &model)], &words, "a b c d", 1)?[0];
    let cell_norms = flow.cell_norms.as_ref().unwrap();
    let forwards =
        Runs { reader: Reader::new(6, 4, model.reader.layer.clone(), &mut init)?, reverse: false, initial: None };
    for name in ["embedding.weight", "linear.weight", "linear.bias"] {
        let parameters = model.parameters();
        let (_, var) = parameters.iter().find(|(found, _)| found == name).unwrap();
        let values: Vec<f64> = var.flatten_all()?.to_dtype(DType::F64)?.to_vec1()?;
        set(&forwards, name, &values)?;
    }
    let same = &state_gradients(&[("forwards", &forwards)], &words, "d c b a", 1)?[0];
    assert_close(&flow.norms, &same.norms);
    assert_close(cell_norms, same.cell_norms.as_ref().unwrap());
    Ok(())
}

#[test]
fn a_first_word_changes_the_state_that_was_there() -> Result<(), Error> {
    let mut init = Init::pytorch(3, &Device::Cpu);
    let reader = Reader::new(6, 4, Gru::new(4, 2, &mut init)?, &mut init)?;
    let h = Tensor::new(&[[0.75f32, -0.5]], &Device::Cpu)?;
    let model = Runs { reader, reverse: false, initial: Some(State { h, c: None }) };
    let words = vectorizer();
    let seen = trace(&model, &words, "a")?;
    let layer = seen.layer("layer")?;
    assert_eq!((layer.initial_memory(), &layer.c_0), (&[0.75, -0.5][..], &None));
    for card in unit_cards(&model, &words, &["a"], "layer")? {
        let mut changes = card.raised_by.iter().chain(&card.lowered_by);
        let change = layer.hidden()[0][card.unit] - layer.h_0[card.unit];
        assert_close(&[changes.next().unwrap().1], &[change]);
    }
    Ok(())
}
