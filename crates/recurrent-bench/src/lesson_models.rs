//! The lesson's models from this project's layers, trained by its trainer: what a notebook runs.

use crate::{
    data::Rows,
    runner::{InitName, Learner, OptimizerName, RunArgs},
    spec::{CLASSES, LEARNING_RATE, ModelName, VOCABULARY_SIZE},
};
use anyhow::{Result, bail};
use candle_core::{Device, Tensor};
use recurrent::loader::DataLoader;
use recurrent_nn::{
    Batch, Bidirectional, Embedding, Gru, Init, Layer, Linear, Lstm, Method, Model, OptimizerConfig, Recurrent,
    SimpleRnn, Stop, Trainer, TrainerConfig, evaluate,
};

/// The names of the recurrent layers, which are also how many there can be.
const LAYER_NAMES: [&str; 8] = ["l0", "l1", "l2", "l3", "l4", "l5", "l6", "l7"];

pub struct LessonLearner {
    model: LessonModel,
    trainer: Trainer,
}

struct LessonModel {
    embedding: Embedding,
    /// The lowest layer first.
    recurrent: Vec<Box<dyn Recurrent>>,
    linear: Linear,
    /// Padding takes no part.
    masked: bool,
    /// The mean over all steps is classified, not the last state.
    mean: bool,
}

impl LessonLearner {
    pub fn new(args: &RunArgs, device: &Device) -> Result<Self> {
        let init = match args.init {
            InitName::Keras => Init::keras(args.seed, device),
            InitName::Pytorch => Init::pytorch(args.seed, device),
        };
        let method = match args.optimizer {
            OptimizerName::Adam => Method::adam(),
            OptimizerName::LazyAdam => Method::lazy_adam(),
        };
        let optimizer = OptimizerConfig { method, clip: None };
        let trainer = Trainer::new(TrainerConfig {
            epochs: 1,
            learning_rate: LEARNING_RATE,
            optimizer,
            progress: false,
            ..Default::default()
        })?;
        Ok(Self { model: LessonModel::new(args.model, args.layers, init)?, trainer })
    }
}

impl Learner for LessonLearner {
    fn params(&self) -> usize {
        self.model.parameters().iter().map(|(_, var)| var.elem_count()).sum()
    }

    fn train_epoch(&mut self, rows: &Rows, _: usize) -> Result<()> {
        match self.trainer.fit(&self.model, &rows.train, None)? {
            Stop::Finished => Ok(()),
            stop => bail!("training ended before its epoch did: {stop:?}"),
        }
    }

    fn accuracy(&self, valid: &DataLoader) -> Result<f64> {
        Ok(evaluate(&self.model, valid)?.accuracy())
    }
}

impl LessonModel {
    fn new(name: ModelName, layers: Option<u64>, mut init: Init) -> Result<Self> {
        let init = &mut init;
        let spec = name.spec();
        let layers = layers.map_or(spec.layers, |layers| layers as usize);
        if !(1..=LAYER_NAMES.len()).contains(&layers) {
            bail!("{} with {layers} layers; expected 1 to {}.", name.name(), LAYER_NAMES.len());
        }
        let (e, h) = (spec.embedding, spec.hidden);
        let embedding = Embedding::new(VOCABULARY_SIZE, e, init)?;
        let recurrent: Vec<Box<dyn Recurrent>> = match name {
            ModelName::RnnTitle | ModelName::RnnMask | ModelName::RnnMean => {
                vec![Box::new(SimpleRnn::new(e, h, init)?)]
            }
            ModelName::Lstm8 | ModelName::LstmPacked => vec![Box::new(Lstm::new(e, h, init)?)],
            ModelName::Gru => vec![Box::new(Gru::new(e, h, init)?)],
            ModelName::Bilstm2 => {
                let mut stack: Vec<Box<dyn Recurrent>> = Vec::new();
                for layer in 0..layers {
                    let input = if layer == 0 { e } else { 2 * h };
                    let mut lstm = || Lstm::new(input, h, init);
                    stack.push(Box::new(Bidirectional::new(lstm()?, lstm()?)?));
                }
                stack
            }
        };
        Ok(Self {
            embedding,
            recurrent,
            linear: Linear::new(h * spec.directions, CLASSES, init)?,
            masked: matches!(name, ModelName::RnnMask | ModelName::LstmPacked | ModelName::Bilstm2),
            mean: name == ModelName::RnnMean,
        })
    }
}

impl Model for LessonModel {
    fn forward(&self, batch: &Batch) -> recurrent_nn::Result<Tensor> {
        let lengths = self.masked.then_some(&batch.lengths[..]);
        let mut x = self.embedding.forward(&batch.ids)?;
        let mut last = None;
        for layer in &self.recurrent {
            let hidden = layer.forward(&x, lengths)?;
            x = hidden.output;
            last = Some(hidden.h_n);
        }
        match last {
            Some(h_n) if !self.mean => self.linear.forward(&h_n),
            _ => self.linear.forward(&x.mean(1)?),
        }
    }

    fn layers(&self) -> Vec<(&'static str, &dyn Layer)> {
        let recurrent =
            LAYER_NAMES.into_iter().zip(&self.recurrent).map(|(name, layer)| (name, &**layer as &dyn Layer));
        [("embedding", &self.embedding as &dyn Layer)]
            .into_iter()
            .chain(recurrent)
            .chain([("linear", &self.linear as &dyn Layer)])
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_layer_is_listed_or_refused() -> Result<()> {
        let model = |layers| {
            let init = Init::keras(0, &Device::Cpu);
            LessonModel::new(ModelName::Bilstm2, Some(layers), init)
        };
        for layers in [1, 2, 8] {
            assert_eq!(model(layers)?.layers().len() as u64, layers + 2);
        }
        for layers in [0, 9] {
            let error = model(layers).err().map(|error| error.to_string());
            let expected = format!("bilstm2 with {layers} layers; expected 1 to 8.");
            assert_eq!(error, Some(expected));
        }
        Ok(())
    }
}
