//! What a trainer asks of a model, and what an evaluation says of it.

use crate::support::{CLASSES, Rows, WordBag};
use candle_core::{Device, Tensor, Var};
use recurrent_nn::{
    Batch, BatchSource, EarlyStopping, Embedding, EmbeddingConfig, Error, Init, Linear, Model, Module, Result, Stop,
    Trainer, TrainerConfig, evaluate,
};

fn config() -> TrainerConfig {
    TrainerConfig { learning_rate: 0.02, progress: false, ..Default::default() }
}

#[test]
fn a_trainer_keeps_to_the_model_that_it_began_with() -> Result<()> {
    let train = Rows::new(50, 10, 1);
    let mut trainer = Trainer::new(config())?;
    trainer.fit(&WordBag::new(1), &train, None)?;
    let other = WordBag::new(1);
    let before = other.bits();
    let refused = trainer.fit(&other, &train, None);
    assert!(matches!(refused, Err(Error::OtherModel)), "{refused:?}");
    assert_eq!(other.bits(), before);
    assert_eq!(trainer.history().epochs.len(), 1);
    Ok(())
}

/// Reads each text twice, with two embeddings, and lists only the layers it is told to list.
struct TwoReaders {
    first: Embedding,
    second: Embedding,
    linear: Linear,
    listed: Vec<&'static str>,
}

impl TwoReaders {
    fn new(sparse: bool, listed: &[&'static str]) -> Result<Self> {
        let mut init = Init::keras(1, &Device::Cpu);
        let config = EmbeddingConfig { sparse, ..Default::default() };
        Ok(Self {
            first: Embedding::with_config(30, 4, config, &mut init)?,
            second: Embedding::with_config(30, 4, config, &mut init)?,
            linear: Linear::new(4, CLASSES, &mut init)?,
            listed: listed.to_vec(),
        })
    }
}

impl Module for TwoReaders {
    fn layers(&self) -> Vec<(String, &dyn Module)> {
        let all: [(&str, &dyn Module); 3] =
            [("first", &self.first), ("second", &self.second), ("linear", &self.linear)];
        let listed = all.into_iter().filter(|(name, _)| self.listed.contains(name));
        listed.map(|(name, layer)| (name.to_string(), layer)).collect()
    }
}

impl Model for TwoReaders {
    fn forward(&self, batch: &Batch) -> Result<Tensor> {
        // The first twice, so that its gradient is gathered from two uses.
        let x = (self.first.forward(&batch.input)? + self.second.forward(&batch.input)?)?;
        let x = (x * self.first.forward(&batch.input)?)?;
        self.linear.forward(&x.mean(1)?)
    }
}

#[test]
fn a_layer_that_the_model_does_not_list_is_refused_and_no_weight_changes() -> Result<()> {
    let train = Rows::new(40, 40, 1);
    for sparse in [true, false] {
        let whole = TwoReaders::new(sparse, &["first", "second", "linear"])?;
        assert_eq!(Trainer::new(config())?.fit(&whole, &train, None)?, Stop::Finished);
        for (listed, shape) in [(["first", "second"], vec![CLASSES, 4]), (["first", "linear"], vec![30, 4])] {
            let model = TwoReaders::new(sparse, &listed)?;
            let before = crate::support::bits(&model);
            let refused = Trainer::new(config())?.fit(&model, &train, None);
            match refused {
                Err(Error::UnlistedParameter { shape: got }) => assert_eq!(got, shape),
                other => panic!("{other:?}"),
            }
            assert_eq!(crate::support::bits(&model), before);
        }
    }
    Ok(())
}

/// Always answers what the first token says.
struct FirstToken(Var);

impl Module for FirstToken {
    fn layers(&self) -> Vec<(String, &dyn Module)> {
        Vec::new()
    }
}

impl Model for FirstToken {
    fn forward(&self, batch: &Batch) -> Result<Tensor> {
        let first = batch.input.narrow(1, 0, 1)?.flatten_all()?;
        Ok(self.0.as_tensor().index_select(&first, 0)?)
    }
}

/// Rows whose first token is the answer that [`FirstToken`] gives.
struct Answers(Vec<(u32, u32)>);

impl BatchSource for Answers {
    fn rows(&self) -> usize {
        self.0.len()
    }

    fn epoch(&self, _: usize) -> Box<dyn Iterator<Item = Result<Batch>> + '_> {
        Box::new(self.0.chunks(4).map(|rows| {
            let answers: Vec<u32> = rows.iter().map(|row| row.1).collect();
            let labels: Vec<u32> = rows.iter().map(|row| row.0).collect();
            Ok(Batch {
                target: Some(Tensor::new(labels, &Device::Cpu)?),
                ..Batch::new(Tensor::from_vec(answers, (rows.len(), 1), &Device::Cpu)?, vec![1; rows.len()])
            })
        }))
    }
}

#[test]
fn a_confusion_matrix_has_a_row_for_each_label_and_a_column_for_each_answer() -> Result<()> {
    let model = FirstToken(Var::new(&[[9f32, 0.0, 0.0], [0.0, 9.0, 0.0], [0.0, 0.0, 9.0]], &Device::Cpu)?);
    // (label, answer)
    let rows = [(0, 0), (0, 1), (0, 1), (1, 1), (1, 2), (2, 2), (2, 2)];
    let evaluation = evaluate(&model, &Answers(rows.to_vec()))?;
    assert_eq!(evaluation.confusion, [[1, 2, 0], [0, 1, 1], [0, 0, 2]]);
    // As sklearn.metrics.precision_recall_fscore_support gives them.
    let close = |got: Vec<f64>, expected: [f64; 3]| {
        for (got, expected) in got.iter().zip(expected) {
            assert!((got - expected).abs() < 1e-15, "{got} {expected}");
        }
    };
    close(evaluation.precision(), [1.0, 1.0 / 3.0, 2.0 / 3.0]);
    close(evaluation.recall(), [1.0 / 3.0, 0.5, 1.0]);
    close(evaluation.f1(), [0.5, 0.4, 0.8]);
    assert_eq!(evaluation.accuracy(), 4.0 / 7.0);
    Ok(())
}

#[test]
fn early_stopping_leaves_the_last_weights_if_told_and_asks_for_min_delta() -> Result<()> {
    let (train, valid) = (Rows::new(60, 8, 1), Rows::new(200, 50, 2));
    let epochs = |early: EarlyStopping| -> Result<(usize, f64, f64)> {
        let model = WordBag::new(1);
        let mut trainer = Trainer::new(TrainerConfig { epochs: 30, early_stopping: Some(early), ..config() })?;
        assert_eq!(trainer.fit(&model, &train, Some(&valid))?, Stop::Early);
        let epochs = &trainer.history().epochs;
        let last = epochs.last().and_then(|epoch| epoch.validation_loss);
        let now = evaluate(&model, &valid)?.loss;
        Ok((epochs.len(), last.unwrap_or(f64::NAN), now))
    };
    // No change is large enough: the first epoch stays the best.
    let early = EarlyStopping { patience: 4, min_delta: 100.0, ..Default::default() };
    let (count, last, now) = epochs(early)?;
    assert_eq!(count, 5);
    assert_ne!(now, last, "the weights of the first epoch are back");
    let (count, last, now) = epochs(EarlyStopping { restore_best: false, ..early })?;
    assert_eq!(count, 5);
    assert_eq!(now, last, "the weights are those of the last epoch");
    Ok(())
}

/// Weights the words of each text by scores, with one of candle's two operations for it.
#[derive(Module)]
struct Attention {
    embedding: Embedding,
    score: Linear,
    linear: Linear,
    #[module(skip)]
    softmax: fn(&Tensor) -> candle_core::Result<Tensor>,
}

impl Model for Attention {
    fn forward(&self, batch: &Batch) -> Result<Tensor> {
        let x = self.embedding.forward(&batch.input)?;
        let weights = (self.softmax)(&self.score.forward(&x)?.squeeze(2)?)?;
        self.linear.forward(&x.broadcast_mul(&weights.unsqueeze(2)?)?.sum(1)?)
    }
}

#[test]
fn parameters_that_no_gradient_reaches_are_named() -> Result<()> {
    let with_gradient: fn(&Tensor) -> candle_core::Result<Tensor> = |x| candle_nn::ops::softmax(x, 1);
    for (softmax, expected) in
        [(with_gradient, &[][..]), (candle_nn::ops::softmax_last_dim, &["score.weight", "score.bias"])]
    {
        let mut init = Init::keras(1, &Device::Cpu);
        let embedding = Embedding::new(30, 4, &mut init)?;
        let (score, linear) = (Linear::new(4, 1, &mut init)?, Linear::new(4, CLASSES, &mut init)?);
        let model = Attention { embedding, score, linear, softmax };
        let (sender, lines) = std::sync::mpsc::channel();
        let sink = move |line: &str| sender.send(line.to_owned()).unwrap_or_default();
        let mut trainer = Trainer::new(TrainerConfig { progress: true, ..config() })?;
        recurrent_nn::train::with_progress(sink, || trainer.fit(&model, &Rows::new(20, 10, 1), None))?;
        assert_eq!(trainer.without_gradient(), expected);
        let said: Vec<String> = lines.iter().filter(|line| line.contains("no gradient")).collect();
        let sentence = "not trained, as no gradient reaches it: score.weight, score.bias";
        assert_eq!(said, if expected.is_empty() { vec![] } else { vec![sentence] });
    }
    Ok(())
}
