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
    Batch, Bidirectional, Embedding, Gru, Init, Linear, Lstm, Method, Model, Module, OptimizerConfig, Recurrent,
    SimpleRnn, Stop, Trainer, TrainerConfig, evaluate,
};

pub struct LessonLearner {
    model: LessonModel,
    trainer: Trainer,
}

#[derive(Module)]
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
        if layers == 0 {
            bail!("{} with 0 layers; expected at least 1.", name.name());
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
        let mut x = self.embedding.forward(&batch.input)?;
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
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_layer_is_listed_or_refused() -> Result<()> {
        let model = |layers| LessonModel::new(ModelName::Bilstm2, Some(layers), Init::keras(0, &Device::Cpu));
        for layers in [1, 2, 9] {
            let names: Vec<String> = model(layers)?.parameters().into_iter().map(|(name, _)| name).collect();
            assert!(names.contains(&format!("recurrent.{}.weight_hh_l0_reverse", layers - 1)), "{names:?}");
        }
        let error = model(0).err().map(|error| error.to_string());
        assert_eq!(error.as_deref(), Some("bilstm2 with 0 layers; expected at least 1."));
        Ok(())
    }
}
