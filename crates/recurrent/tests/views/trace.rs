use super::networks::{Reader, assert_close, message, remembers_a_until_b, set, vectorizer};
use recurrent::nn::trace::{Watch, record};
use recurrent::prelude::*;
use recurrent::views::*;

#[test]
fn a_unit_holds_what_it_took_in_until_it_forgets() -> Result<(), Error> {
    let model = remembers_a_until_b()?;
    let trace = trace(&model, &vectorizer(), "c a d b zebra")?;
    assert_eq!(trace.words, ["c", "a", "d", "b", "[UNK]"]);
    let layer = trace.layer("layer")?;
    assert_eq!((layer.kind.as_str(), layer.reverse, layer.reads_words), ("Lstm", false, true));
    assert_eq!(layer.symbols(), ["i", "f", "g", "o", "c", "h"]);
    assert_close(&layer.unit("i", 0)?, &[0.0, 1.0, 0.0, 0.0, 0.0]);
    assert_close(&layer.unit("f", 0)?, &[1.0, 1.0, 1.0, 0.0, 1.0]);
    assert_close(&layer.unit("g", 0)?, &[1.0; 5]);
    assert_close(&layer.unit("o", 0)?, &[1.0; 5]);
    assert_close(&layer.unit("c", 0)?, &[0.0, 1.0, 1.0, 0.0, 0.0]);
    let h = 1f64.tanh();
    assert_close(&layer.unit("h", 0)?, &[0.0, h, h, 0.0, 0.0]);
    assert_close(&layer.unit("c", 1)?, &[0.0; 5]);
    assert_eq!(layer.cell(), Some(layer.gate("c")?));
    assert_close(&trace.logits, &[0.25, 0.0]);
    let p = 1.0 / (1.0 + (-0.25f64).exp());
    assert_close(&trace.probabilities, &[p, 1.0 - p]);
    Ok(())
}

#[test]
fn wrong_names_and_texts_are_refused_with_what_there_is() -> Result<(), Error> {
    let (model, words) = (remembers_a_until_b()?, vectorizer());
    assert_eq!(
        message(trace(&model, &words, " ?! ")),
        "trace: the text \" ?! \" has no word that the vectorizer keeps; pass a text with one"
    );
    let trace = trace(&model, &words, "a")?;
    assert_eq!(message(trace.layer("lstm")), "no recurrent layer is named \"lstm\"; this model has layer");
    let layer = trace.layer("layer")?;
    assert_eq!(message(layer.gate("z")), "layer has no gate or state \"z\"; it has i, f, g, o, c, h");
    assert_eq!(message(layer.unit("f", 2)), "layer has no unit 2; its 2 units are 0 to 1");
    Ok(())
}

/// Two directions on two levels.
#[derive(Module)]
pub struct Tower {
    embedding: Embedding,
    gru: Stacked<Bidirectional<Gru>>,
    rnn: SimpleRnn,
    linear: Linear,
}

impl Model for Tower {
    fn forward(&self, batch: &Batch) -> Result<Tensor> {
        let x = self.embedding.forward(&batch.input)?;
        let h = self.gru.forward(&x, Some(&batch.lengths), batch)?;
        let h = self.rnn.forward(&h.output, None)?;
        let again = self.rnn.forward(&h.output.repeat((1, 1, 2))?, None)?;
        self.linear.forward(&again.h_n)
    }
}

pub fn tower() -> Result<Tower> {
    let mut init = Init::pytorch(3, &Device::Cpu);
    let mut both =
        |input| -> Result<_> { Bidirectional::new(Gru::new(input, 2, &mut init)?, Gru::new(input, 2, &mut init)?) };
    let layers = vec![both(3)?, both(4)?];
    Ok(Tower {
        embedding: Embedding::new(6, 3, &mut init)?,
        gru: Stacked::new(layers, 0.0, &mut init)?,
        rnn: SimpleRnn::new(4, 2, &mut init)?,
        linear: Linear::new(2, 3, &mut init)?,
    })
}

#[test]
fn layers_directions_and_repeated_runs_have_names() -> Result<(), Error> {
    let model = tower()?;
    let trace = trace(&model, &vectorizer(), "a b c")?;
    let names: Vec<&str> = trace.layers.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(names, ["gru.0", "gru.0.reverse", "gru.1", "gru.1.reverse", "rnn", "rnn (2)"]);
    let words: Vec<bool> = trace.layers.iter().map(|one| one.reads_words).collect();
    assert_eq!(words, [true, true, false, false, false, false]);
    let backwards = trace.layer("gru.1.reverse")?;
    assert_eq!((backwards.kind.as_str(), backwards.reverse), ("Gru", true));
    assert_eq!(backwards.symbols(), ["r", "z", "n", "h"]);
    assert_eq!(backwards.reading_order(), [2, 1, 0]);
    assert_eq!(trace.layer("rnn")?.symbols(), ["h"]);
    // h = (1 - z) n + z h of the step before, which in this direction is the word after.
    let (z, n, h) = (backwards.gate("z")?, backwards.gate("n")?, backwards.hidden());
    for unit in 0..2 {
        let before = h[1][unit];
        let expected = (1.0 - z[0][unit]) * n[0][unit] + z[0][unit] * before;
        assert_close(&[h[0][unit]], &[expected]);
    }
    assert_eq!(backwards.final_hidden(), h[0]);
    assert_eq!(backwards.final_cell(), None);
    Ok(())
}

#[test]
fn many_texts_give_what_each_gives_alone() -> Result<(), Error> {
    let (model, words) = (tower()?, vectorizer());
    let texts = ["a b c", "d", "b b a", "", "c d"];
    let mut seen = vec![None; texts.len()];
    trace_each(&model, &words, &texts, |place, trace| {
        seen[place] = Some(trace);
        Ok(())
    })?;
    for (text, seen) in texts.iter().zip(seen) {
        let text = if text.is_empty() { "zebra" } else { text };
        let (alone, seen) = (trace(&model, &words, text)?, seen.expect("every text once"));
        assert_eq!(seen.words, alone.words);
        assert_close(&seen.logits, &alone.logits);
        for (seen, alone) in seen.layers.iter().zip(&alone.layers) {
            for ((_, seen), (_, alone)) in seen.states.iter().zip(&alone.states) {
                assert_close(&seen.concat(), &alone.concat());
            }
        }
    }
    Ok(())
}

#[test]
fn a_layer_that_is_not_listed_is_refused_and_recording_ends() -> Result<(), Error> {
    struct Forgetful(Reader<Lstm>);
    impl Module for Forgetful {
        fn layers(&self) -> Vec<(String, &dyn Module)> {
            vec![("embedding".into(), &self.0.embedding)]
        }
    }

    impl Model for Forgetful {
        fn forward(&self, batch: &Batch) -> Result<Tensor> {
            self.0.forward(batch)
        }
    }
    let model = Forgetful(remembers_a_until_b()?);
    assert_eq!(
        message(trace(&model, &vectorizer(), "a")),
        "record: expected every recurrent layer of `forward` among the layers of the model, got a Lstm that is not listed"
    );
    // An id that the embedding does not have: forward fails in the middle, and nothing is recorded after it.
    let batch = |id: u32| Batch::new(Tensor::new(&[[id]], &Device::Cpu).unwrap(), vec![1]);
    assert!(record(&model.0, &batch(99), Watch::default()).is_err());
    let x = model.0.embedding.forward(&batch(2).input)?;
    assert!(model.0.layer.forward(&x, None)?.gates.is_none());
    Ok(())
}

#[test]
fn a_probes_gradient_is_the_total_derivative() -> Result<(), Error> {
    // h_t = max(0, 0.5 h_(t-1) + 1): d h_T / d h_t = 0.5 to the distance, for both units.
    let mut init = Init::keras(0, &Device::Cpu);
    let model = Reader::new(6, 1, SimpleRnn::relu(1, 2, &mut init)?, &mut init)?;
    set(&model, "layer.weight_ih_l0", &[0.0, 0.0])?;
    set(&model, "layer.bias_ih_l0", &[1.0, 1.0])?;
    set(&model, "layer.weight_hh_l0", &[0.5, 0.0, 0.0, 0.5])?;
    set(&model, "linear.weight", &[3.0, 4.0, 0.0, 0.0])?;
    let batch = Batch::new(Tensor::new(&[[2u32, 3, 4, 5]], &Device::Cpu)?, vec![4]);
    let watch = Watch { probes: true, ..Default::default() };
    let record = record(&model, &batch, watch)?;
    let gradients = record.logits.i((0, 0))?.backward()?;
    let probes = &record.layers[0].probes;
    assert_eq!(probes.len(), 4);
    for (t, probe) in probes.iter().enumerate() {
        let d_h: Vec<f32> = gradients.get(&probe.h).unwrap().flatten_all()?.to_vec1()?;
        let fade = 0.5f64.powi(3 - t as i32);
        let d_h: Vec<f64> = d_h.into_iter().map(f64::from).collect();
        assert_close(&d_h, &[3.0 * fade, 4.0 * fade]);
    }
    Ok(())
}

#[test]
fn a_model_that_loses_rows_or_classes_is_refused() -> Result<(), Error> {
    /// Runs its layer on the first row alone, or scores no class.
    struct Odd(Reader<Lstm>, bool);
    impl Module for Odd {
        fn layers(&self) -> Vec<(String, &dyn Module)> {
            self.0.layers()
        }
    }

    impl Model for Odd {
        fn forward(&self, batch: &Batch) -> Result<Tensor> {
            let rows = batch.input.dim(0)?;
            if self.1 {
                return Ok(Tensor::zeros((rows, 0), DType::F32, &Device::Cpu)?);
            }
            let x = self.0.embedding.forward(&batch.input.narrow(0, 0, 1)?)?;
            let h = self.0.layer.forward(&x, None)?;
            Ok(self.0.linear.forward(&h.h_n)?.repeat((rows, 1))?)
        }
    }
    let words = vectorizer();
    let model = Odd(remembers_a_until_b()?, false);
    assert_eq!(
        message(trace_each(&model, &words, &["a", "b"], |_, _| Ok(()))),
        "trace: layer ran on 1 rows of a batch of more; expected a row for each text"
    );
    let model = Odd(remembers_a_until_b()?, true);
    assert_eq!(
        message(trace(&model, &words, "a")),
        "trace: scores of shape [1, 0]; expected at least one for each of 1 texts"
    );
    assert!(integrated_gradients(&model, &words, &[] as &[&str], "a", 2).is_err());
    Ok(())
}
