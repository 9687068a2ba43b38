use super::networks::{Reader, assert_close, message, remembers_a_until_b, set, vectorizer, writes};
use recurrent::plot::{AuditPanel, Series};
use recurrent::prelude::*;
use recurrent::views::*;

#[test]
fn padding_that_is_read_goes_on_and_padding_that_is_masked_does_not() -> Result<(), Error> {
    let (model, words) = (remembers_a_until_b()?, vectorizer());
    // The pad token's vector shuts the forget gate too.
    let mut weight_ih = vec![0.0; 8 * 6];
    weight_ih[2] = 60.0;
    weight_ih[2 * 6] = -60.0;
    set(&model, "layer.weight_ih_l0", &weight_ih)?;
    let ways = padding_traces(&model, &words, "c a", 2)?;
    let (padded, masked) = (ways.padded, ways.masked);
    assert_eq!(padded.words, ["c", "a", "[PAD]", "[PAD]"]);
    assert_close(&padded.layer("layer")?.unit("f", 0)?, &[1.0, 1.0, 0.0, 0.0]);
    assert_close(&padded.layer("layer")?.unit("c", 0)?, &[0.0, 1.0, 0.0, 0.0]);
    assert_close(&padded.logits, &[0.25, 0.0]);
    assert_eq!(masked.words, ["c", "a"]);
    assert_close(&masked.layer("layer")?.unit("c", 0)?, &[0.0, 1.0]);
    assert_close(&masked.logits, &[0.25, 1f64.tanh()]);
    assert_eq!(masked, trace(&model, &words, "c a")?);
    assert_eq!(ways.packed, masked);
    Ok(())
}

/// The scores are the mean of the hidden states over all steps that there are.
struct Mean(Embedding, SimpleRnn);

impl Module for Mean {
    fn layers(&self) -> Vec<(String, &dyn Module)> {
        vec![("embedding".into(), &self.0), ("layer".into(), &self.1)]
    }
}

impl Model for Mean {
    fn forward(&self, batch: &Batch) -> Result<Tensor> {
        let x = self.0.forward(&batch.input)?;
        Ok(self.1.forward(&x, None)?.output.mean(1)?)
    }
}

#[test]
fn a_mean_over_the_steps_counts_masked_ones_and_not_packed_ones() -> Result<(), Error> {
    let mut init = Init::pytorch(3, &Device::Cpu);
    let model = Mean(Embedding::new(6, 3, &mut init)?, SimpleRnn::new(3, 2, &mut init)?);
    let words = vectorizer();
    let ways = padding_traces(&model, &words, "a b c", 3)?;
    assert_eq!(ways.packed, trace(&model, &words, "a b c")?);
    assert_eq!(ways.masked.layers, ways.packed.layers);
    // Three of six steps are zero.
    let half: Vec<f64> = ways.packed.logits.iter().map(|score| score / 2.0).collect();
    assert_close(&ways.masked.logits, &half);
    Ok(())
}

#[test]
fn the_audit_tells_what_the_model_answers_each_way() -> Result<(), Error> {
    let mut init = Init::pytorch(1, &Device::Cpu);
    let layer = Bidirectional::new(Gru::new(3, 4, &mut init)?, Gru::new(3, 4, &mut init)?)?;
    let model = Reader::new(6, 3, layer, &mut init)?;
    let words = vectorizer();
    let figure = padding_audit(&model, &words, "a b c", 5, "layer.reverse")?;
    let ways = padding_traces(&model, &words, "a b c", 5)?;
    let mut panels = Vec::new();
    for (name, trace) in [("padded", &ways.padded), ("masked", &ways.masked), ("packed", &ways.packed)] {
        let p = &trace.probabilities;
        let (class, p) = if p[1] > p[0] { (1, p[1]) } else { (0, p[0]) };
        let mut panel =
            AuditPanel { name: format!("{name}: class {class} with {:.1} %", 100.0 * p), series: Vec::new() };
        for (name, symbol) in
            [("reset gate r", "r"), ("update gate z", "z"), ("candidate n", "n"), ("hidden state h", "h")]
        {
            let steps = trace.layer("layer.reverse")?.gate(symbol)?.iter();
            panel
                .series
                .push(Series { name: name.into(), values: steps.map(|step| step.iter().sum::<f64>() / 4.0).collect() });
        }
        panels.push(panel);
    }
    let sentence = ["a", "b", "c", "[PAD]", "[PAD]", "[PAD]", "[PAD]", "[PAD]"];
    let expected = recurrent::plot::padding_audit(
        "What 5 pad tokens do to layer “layer.reverse”",
        &sentence.map(String::from),
        3,
        &panels,
    )?;
    assert_eq!(figure.svg(), expected.svg());
    assert_eq!(
        message(padding_audit(&model, &words, "a", 0, "layer")),
        "padding_audit: 0 pad steps; expected at least 1"
    );
    Ok(())
}

#[test]
fn padding_is_counted() -> Result<(), Error> {
    let ids = vec![vec![2; 4], vec![2], vec![2; 3], vec![2; 2]];
    let batches = |boundaries: Vec<usize>| {
        let config = BatchConfig { batch_size: 2, bucket_boundaries: boundaries, ..Default::default() };
        Batches::new(ids.clone(), vec![0; 4], config)
    };
    let (plain, buckets) = (batches(vec![])?, batches(vec![3])?);
    let counted = padding_counts(&[("plain", &plain), ("buckets", &buckets)]);
    let numbers: Vec<(u64, u64)> = counted.iter().map(|one| (one.tokens, one.padding)).collect();
    assert_eq!(numbers, [(10, 4), (10, 2)]);
    let figure = padding_shares(&[("plain", &plain)])?;
    assert!(writes(&figure, "28.6 % padding"));
    Ok(())
}
