//! A cell that a page has defined is looked into as those of the library are.

use super::networks::{message, vectorizer};
use recurrent::nn::{CellOutput, Rnn, RnnCell};
use recurrent::prelude::*;
use recurrent::views::*;

/// h_t = z h_(t-1) + (1 - z) tanh(U [x; h]), with one gate z.
#[derive(Module)]
struct OneGate {
    gate: Linear,
    candidate: Linear,
}

impl RnnCell for OneGate {
    fn hidden_size(&self) -> usize {
        2
    }

    fn gate_symbols(&self) -> &'static [&'static str] {
        &["z"]
    }

    fn step(&self, x: &Tensor, state: &State) -> Result<CellOutput> {
        let both = Tensor::cat(&[x, &state.h], 1)?;
        let (z, n) = (sigmoid(&self.gate.forward(&both)?)?, self.candidate.forward(&both)?.tanh()?);
        let h = (&n + (&z * (&state.h - &n)?)?)?;
        Ok(CellOutput { state: State { h, c: None }, gates: vec![z] })
    }
}

#[derive(Module)]
struct Reader {
    embedding: Embedding,
    own: Rnn<OneGate>,
    linear: Linear,
}

impl Model for Reader {
    fn forward(&self, batch: &Batch) -> Result<Tensor> {
        let x = self.embedding.forward(&batch.input)?;
        self.linear.forward(&self.own.forward(&x, Some(&batch.lengths))?.h_n)
    }
}

#[test]
fn a_cell_of_ones_own_is_traced_and_drawn() -> Result<(), Error> {
    let (mut init, words) = (Init::keras(2, &Device::Cpu), vectorizer());
    let mut linear = |outputs| Linear::new(3 + 2, outputs, &mut init);
    let own = Rnn::new(OneGate { gate: linear(2)?, candidate: linear(2)? });
    let embedding = Embedding::new(words.vocabulary().len(), 3, &mut init)?;
    let model = Reader { embedding, own, linear: Linear::new(2, 2, &mut init)? };

    let read = trace(&model, &words, "a b c")?;
    let layer = read.layer("own")?;
    assert_eq!((layer.kind.as_str(), layer.symbols()), ("OneGate", vec!["z", "h"]));
    let z = layer.gate("z")?;
    assert!(z.len() == 3 && z.iter().flatten().all(|z| (0.0..=1.0).contains(z)));

    let figures = [
        gates(&model, &words, "a b c", "own")?,
        unit_gates(&model, &words, "a b c", "own", 1)?,
        saturation(&model, &words, &["a b", "c"], "own")?,
        network(&model, &words, "a b c")?,
        gradient_flow(&[("own", &model)], &words, "a b c", 0)?,
    ];
    for (figure, text) in figures.iter().zip(["update gate z", "Unit 1", "update gate z", "OneGate", "own"]) {
        assert!(figure.svg().contains(text), "{text}");
    }
    let flow = &state_gradients(&[("own", &model)], &words, "a b c", 0)?[0];
    assert!(flow.norms.len() == 3 && flow.norms.iter().all(|norm| *norm > 0.0) && flow.recurrence.is_none());
    let problem = message(gate_weights(&model, "own"));
    assert!(problem.contains("own is a OneGate, a cell of your own; expected an Lstm"), "{problem}");
    Ok(())
}
