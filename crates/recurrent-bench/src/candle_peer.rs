//! The lesson's models in plain candle-nn 0.11: one graph node after another, a dense gradient for the embedding.
//!
//! candle-nn has an LSTM and a GRU for one direction and for sequences of one length. What the models need beyond
//! that, both directions and the state at each sequence's own end, is put around them with `index_select`.

use crate::{
    data::Rows,
    runner::{Learner, RunArgs},
    spec::{CLASSES, LEARNING_RATE, ModelName, VOCABULARY_SIZE},
};
use anyhow::{Result, bail};
use candle_core::{D, DType, Device, Tensor};
use candle_nn::{
    AdamW, Embedding, GRU, LSTM, Linear, Module, Optimizer, ParamsAdamW, RNN, VarBuilder, VarMap, embedding, gru,
    linear, lstm,
    rnn::{Direction, LSTMConfig},
};
use recurrent::loader::DataLoader;
use recurrent_nn::{Batch, BatchSource};

/// As in the workspace's Cargo.toml; a crate cannot ask for the version of another one.
pub const NAME: &str = "candle-nn 0.11.1";

pub struct CandleLearner {
    model: Classifier,
    variables: VarMap,
    optimizer: AdamW,
}

struct Classifier {
    embedding: Embedding,
    recurrent: Recurrent,
    linear: Linear,
}

enum Recurrent {
    Gru(GRU),
    /// Padding takes part.
    Lstm(LSTM),
    PackedLstm(LSTM),
    /// Forward and backward of each layer.
    BiLstm(Vec<[LSTM; 2]>),
}

impl CandleLearner {
    pub fn new(args: &RunArgs, device: &Device) -> Result<Self> {
        let spec = args.model.spec();
        let variables = VarMap::new();
        let vb = VarBuilder::from_varmap(&variables, DType::F32, device);
        let (e, h) = (spec.embedding, spec.hidden);
        let recurrent = match args.model {
            ModelName::RnnTitle | ModelName::RnnMask | ModelName::RnnMean => {
                bail!("candle-nn has no simple RNN")
            }
            ModelName::Gru => Recurrent::Gru(gru(e, h, Default::default(), vb.pp("rnn"))?),
            ModelName::Lstm8 => Recurrent::Lstm(lstm(e, h, Default::default(), vb.pp("rnn"))?),
            ModelName::LstmPacked => Recurrent::PackedLstm(lstm(e, h, Default::default(), vb.pp("rnn"))?),
            ModelName::Bilstm2 => {
                let direction = |layer_idx, direction| {
                    let inputs = if layer_idx == 0 { e } else { 2 * h };
                    lstm(inputs, h, LSTMConfig { layer_idx, direction, ..Default::default() }, vb.pp("rnn"))
                };
                let layer = |layer| Ok([direction(layer, Direction::Forward)?, direction(layer, Direction::Backward)?]);
                Recurrent::BiLstm((0..spec.layers).map(layer).collect::<Result<_>>()?)
            }
        };
        let model = Classifier {
            embedding: embedding(VOCABULARY_SIZE, e, vb.pp("embedding"))?,
            recurrent,
            linear: linear(h * spec.directions, CLASSES, vb.pp("linear"))?,
        };
        let adam = ParamsAdamW { lr: LEARNING_RATE, weight_decay: 0.0, ..Default::default() };
        let optimizer = AdamW::new(variables.all_vars(), adam)?;
        Ok(Self { model, variables, optimizer })
    }
}

impl Learner for CandleLearner {
    fn params(&self) -> usize {
        self.variables.all_vars().iter().map(|var| var.elem_count()).sum()
    }

    fn train_epoch(&mut self, rows: &Rows, epoch: usize) -> Result<()> {
        for batch in rows.train.epoch(epoch) {
            let batch = batch?;
            let loss = candle_nn::loss::cross_entropy(&self.model.forward(&batch)?, labels(&batch)?)?;
            self.optimizer.backward_step(&loss)?;
        }
        Ok(())
    }

    fn accuracy(&self, valid: &DataLoader) -> Result<f64> {
        let mut right = 0.0;
        for batch in valid.epoch(0) {
            let batch = batch?;
            let predicted = self.model.forward(&batch)?.argmax(D::Minus1)?;
            right += predicted.eq(labels(&batch)?)?.to_dtype(DType::F32)?.sum_all()?.to_scalar::<f32>()? as f64;
        }
        Ok(right / valid.rows() as f64)
    }
}

impl Classifier {
    fn forward(&self, batch: &Batch) -> Result<Tensor> {
        let x = self.embedding.forward(&batch.input)?;
        let last = match &self.recurrent {
            Recurrent::Gru(gru) => last(gru.seq(&x)?)?.h,
            Recurrent::Lstm(lstm) => last(lstm.seq(&x)?)?.h,
            Recurrent::PackedLstm(lstm) => at(&output(lstm, &x)?, &ends(batch))?,
            Recurrent::BiLstm(layers) => {
                let reversed = reversed(batch)?;
                let mut x = x;
                for [forward, backward] in layers {
                    let backward = output(backward, &take_steps(&x, &reversed)?)?;
                    x = Tensor::cat(&[output(forward, &x)?, take_steps(&backward, &reversed)?], D::Minus1)?;
                }
                // Forward ends at a sequence's last step, backward at its first.
                let h = x.dim(D::Minus1)? / 2;
                let forward = at(&x.narrow(D::Minus1, 0, h)?.contiguous()?, &ends(batch))?;
                let backward = at(&x.narrow(D::Minus1, h, h)?.contiguous()?, &vec![0; batch.lengths.len()])?;
                Tensor::cat(&[forward, backward], D::Minus1)?
            }
        };
        Ok(self.linear.forward(&last)?)
    }
}

/// All hidden states, (B, T, H).
fn output(lstm: &LSTM, x: &Tensor) -> Result<Tensor> {
    let states: Vec<Tensor> = lstm.seq(x)?.into_iter().map(|state| state.h).collect();
    Ok(Tensor::stack(&states, 1)?)
}

fn last<S>(states: Vec<S>) -> Result<S> {
    states.into_iter().last().ok_or_else(|| anyhow::anyhow!("a batch without a step"))
}

fn ends(batch: &Batch) -> Vec<usize> {
    batch.lengths.iter().map(|length| length - 1).collect()
}

/// x at one step of each sequence: (B, T, H) to (B, H).
fn at(x: &Tensor, steps: &[usize]) -> Result<Tensor> {
    let (b, t, _) = x.dims3()?;
    let index: Vec<u32> = steps.iter().enumerate().map(|(row, step)| (row * t + step) as u32).collect();
    Ok(x.flatten(0, 1)?.index_select(&Tensor::from_vec(index, b, x.device())?, 0)?)
}

/// For each place of a (B, T) batch the place whose step stands there when each sequence is turned around without its
/// padding.
fn reversed(batch: &Batch) -> Result<Tensor> {
    let (b, t) = batch.input.dims2()?;
    let step = |length: usize, step: usize| {
        if step < length { length - 1 - step } else { step }
    };
    let index: Vec<u32> = batch
        .lengths
        .iter()
        .enumerate()
        .flat_map(|(row, &length)| (0..t).map(move |s| (row * t + step(length, s)) as u32))
        .collect();
    Ok(Tensor::from_vec(index, b * t, batch.input.device())?)
}

fn take_steps(x: &Tensor, index: &Tensor) -> Result<Tensor> {
    Ok(x.flatten(0, 1)?.index_select(index, 0)?.reshape(x.shape())?)
}

fn labels(batch: &Batch) -> Result<&Tensor> {
    batch.target.as_ref().ok_or_else(|| anyhow::anyhow!("a batch without labels"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sequences_are_turned_around_without_their_padding() -> Result<()> {
        let batch = Batch::new(Tensor::new(&[[1u32, 2, 3], [4, 5, 0]], &Device::Cpu)?, vec![3, 2]);
        let x = batch.input.to_dtype(DType::F32)?.unsqueeze(2)?;
        let turned = take_steps(&x, &reversed(&batch)?)?;
        assert_eq!(turned.squeeze(2)?.to_vec2::<f32>()?, [[3.0, 2.0, 1.0], [5.0, 4.0, 0.0]]);
        assert_eq!(at(&x, &ends(&batch))?.to_vec2::<f32>()?, [[3.0], [5.0]]);
        Ok(())
    }
}
