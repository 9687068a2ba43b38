//! MiniNews is real enough to teach with: the order of its words matters.

use recurrent::prelude::*;

/// The mean of the word vectors: blind to their order.
#[derive(Module)]
struct BagOfWords {
    embedding: Embedding,
    linear: Linear,
}

impl Model for BagOfWords {
    fn forward(&self, batch: &Batch) -> Result<Tensor> {
        let x = self.embedding.forward(&batch.input)?;
        self.linear.forward(&x.mean(1)?)
    }
}

/// The lesson's first classifier, page 02.
#[derive(Module)]
struct NewsRnn {
    embedding: Embedding,
    rnn: SimpleRnn,
    linear: Linear,
}

impl Model for NewsRnn {
    fn forward(&self, batch: &Batch) -> Result<Tensor> {
        let x = self.embedding.forward(&batch.input)?;
        let h = self.rnn.forward(&x, None)?;
        self.linear.forward(&h.h_n)
    }
}

/// Accuracy on the test rows after some epochs on the titles.
fn trained(model: &dyn Model, train: &DataLoader, test: &DataLoader, epochs: usize) -> Result<f64, Error> {
    let config = TrainerConfig { epochs, progress: false, ..Default::default() };
    Trainer::new(config)?.fit(model, train, None)?;
    Ok(evaluate(model, test)?.accuracy())
}

#[test]
fn a_recurrent_network_beats_a_bag_of_words() -> Result<(), Error> {
    let device = Device::Cpu;
    let news = MiniNews::load()?;
    let titles = news.train.text(&["title"])?;
    let vectorizer = TextVectorizer::adapt(&titles, VectorizerConfig::default())?;
    let loader = |dataset: &Dataset, shuffle| {
        let ids = vectorizer.encode_all(&dataset.text(&["title"])?);
        let config = BatchConfig { shuffle, ..Default::default() };
        DataLoader::new(ids, dataset.labels().to_vec(), config, &device)
    };
    let (train, test) = (loader(&news.train, Some(1))?, loader(&news.test, None)?);
    let words = vectorizer.vocabulary().len();

    let mut init = Init::keras(1, &device);
    let bag = BagOfWords { embedding: Embedding::new(words, 64, &mut init)?, linear: Linear::new(64, 4, &mut init)? };
    let mut init = Init::keras(1, &device);
    let rnn = NewsRnn {
        embedding: Embedding::new(words, 64, &mut init)?,
        rnn: SimpleRnn::new(64, 16, &mut init)?,
        linear: Linear::new(16, 4, &mut init)?,
    };
    let bag = trained(&bag, &train, &test, 10)?;
    let rnn = trained(&rnn, &train, &test, 6)?;
    println!("bag of words {bag:.3}, recurrent {rnn:.3}");
    assert!(bag < 0.85, "a bag of words has {bag:.3}, which leaves nothing to learn");
    assert!(rnn > bag + 0.03, "bag of words {bag:.3}, recurrent {rnn:.3}");
    Ok(())
}
