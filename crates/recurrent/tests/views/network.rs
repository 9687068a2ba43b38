use super::networks::{Reader, Tall, message, vectorizer, writes};
use recurrent::plot::{NetworkEnds, NetworkLayer, model_network};
use recurrent::prelude::*;

/// Two layers side by side, each over the words.
struct Beside(Embedding, Gru, Gru);

impl Module for Beside {
    fn layers(&self) -> Vec<(String, &dyn Module)> {
        vec![("embedding".into(), &self.0), ("one".into(), &self.1), ("two".into(), &self.2)]
    }
}

impl Model for Beside {
    fn forward(&self, batch: &Batch) -> Result<Tensor> {
        let x = self.0.forward(&batch.input)?;
        Ok((self.1.forward(&x, None)?.h_n + self.2.forward(&x, None)?.h_n)?)
    }
}

#[test]
fn a_model_is_drawn_with_its_own_layers() -> Result<(), Error> {
    let mut init = Init::keras(0, &Device::Cpu);
    let mut both = |input| Bidirectional::new(Lstm::new(input, 5, &mut init)?, Lstm::new(input, 5, &mut init)?);
    let layers = vec![both(3)?, both(10)?];
    let mut init = Init::keras(0, &Device::Cpu);
    let model = Tall {
        embedding: Embedding::new(6, 3, &mut init)?,
        layer: Stacked::new(layers, 0.0, &mut init)?,
        linear: Linear::new(10, 4, &mut init)?,
    };
    let words = vectorizer();
    let layer = |name: &str| NetworkLayer { name: name.into(), cell: "Lstm".into(), units: 5, bidirectional: true };
    let expected = model_network(
        "The network, unrolled",
        &["a", "[UNK]", "d"].map(String::from),
        &[layer("layer.0"), layer("layer.1")],
        NetworkEnds { input: 3, scores: 4 },
    )?;
    assert_eq!(network(&model, &words, "A zebra d")?.svg(), expected.svg());

    let one = Reader::new(6, 3, SimpleRnn::new(3, 7, &mut init)?, &mut init)?;
    let figure = network(&one, &words, "a b")?;
    assert!(writes(&figure, "SimpleRnn · 7") && !writes(&figure, "backwards"));
    assert!(writes(&figure, "2 scores, made of the top layer’s states or of one of them"));
    Ok(())
}

#[test]
fn what_is_no_stack_is_not_drawn() -> Result<(), Error> {
    let mut init = Init::keras(0, &Device::Cpu);
    let beside = Beside(Embedding::new(6, 3, &mut init)?, Gru::new(3, 2, &mut init)?, Gru::new(3, 2, &mut init)?);
    assert_eq!(
        message(network(&beside, &vectorizer(), "a")),
        "network: two takes 3 numbers, but the layer before it gives 2; only layers that stand on each other are drawn"
    );
    assert_eq!(
        message(network(&beside, &vectorizer(), "")),
        "network: the text \"\" has no word that the vectorizer keeps; pass a text with one"
    );
    Ok(())
}
