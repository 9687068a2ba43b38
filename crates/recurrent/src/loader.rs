//! Labelled sequences as a source of batches for a trainer.

use crate::error::Result;
use candle_core::{Device, Tensor};
use recurrent_data::{BatchConfig, Batches, PaddedBatch, PaddingSide};
use recurrent_nn::{Batch, BatchSource};

/// Batches of token ids, as tensors on a device. The counterpart of
/// [`torch.utils.data.DataLoader`](https://docs.pytorch.org/docs/stable/data.html).
///
/// Batches are made when they are asked for, without `num_workers`: the ids are in memory, so making a batch takes
/// about a hundredth of the time that the smallest model of the lesson needs to learn from it, and less than handing
/// it over from another thread. A [`BatchSource`] that reads files as it goes may do so on a thread of its own, which
/// may make tensors, also on a GPU if the device is that of [`best_device`](crate::device::best_device): all threads
/// share its one queue, see [`parse`](recurrent_nn::device::parse).
///
/// A layer that masks reads the first `lengths[i]` steps of a sequence: masks need padding on the right. Padded on
/// the left, every sequence has the length T, and its padding is read, as in a framework without masks.
#[derive(Debug, Clone)]
pub struct DataLoader {
    batches: Batches,
    /// Rows that the batches of an epoch hold.
    rows: usize,
    device: Device,
}

impl DataLoader {
    /// `labels[i]` is the class of the sequence `ids[i]`. What becomes of empty sequences, and of rows that fill no
    /// batch, is counted by [`Batches::empty_sequences`] and [`Batches::dropped_rows`]; a cell shows it.
    ///
    /// # Errors
    /// As [`Batches::new`].
    ///
    /// ```
    /// use recurrent::prelude::*;
    /// let ids = vec![vec![2, 3, 4], vec![5]];
    /// let loader = DataLoader::new(ids, vec![0, 1], BatchConfig::default(), &Device::Cpu)?;
    /// let batch = loader.epoch(0).next().unwrap()?;
    /// assert_eq!(batch.input.to_vec2::<u32>()?, [[2, 3, 4], [5, 0, 0]]);
    /// assert_eq!(batch.lengths, [3, 1]);
    /// # Ok::<(), recurrent::error::Error>(())
    /// ```
    pub fn new(ids: Vec<Vec<u32>>, labels: Vec<u32>, config: BatchConfig, device: &Device) -> Result<Self> {
        let batches = Batches::new(ids, labels, config)?;
        let rows = batches.rows() - batches.dropped_rows();
        Ok(Self { batches, rows, device: device.clone() })
    }

    /// The batches before they become tensors.
    pub fn batches(&self) -> &Batches {
        &self.batches
    }

    /// The device the tensors are made on.
    pub fn device(&self) -> &Device {
        &self.device
    }
}

impl BatchSource for DataLoader {
    fn rows(&self) -> usize {
        self.rows
    }

    fn epoch(&self, epoch: usize) -> Box<dyn Iterator<Item = recurrent_nn::Result<Batch>> + '_> {
        self.epoch_from(epoch, 0)
    }

    fn epoch_from(&self, epoch: usize, done: usize) -> Box<dyn Iterator<Item = recurrent_nn::Result<Batch>> + '_> {
        let batches = self.batches.epoch(epoch).skip(done);
        Box::new(batches.map(|batch| to_tensors(batch, &self.device)))
    }

    fn fingerprint(&self) -> String {
        self.batches.fingerprint()
    }
}

fn to_tensors(batch: PaddedBatch, device: &Device) -> recurrent_nn::Result<Batch> {
    let shape = (batch.len(), batch.steps);
    let lengths = match batch.padding {
        PaddingSide::Right => batch.lengths,
        // The tokens are the last steps, so a length cannot tell them from the padding.
        PaddingSide::Left => vec![batch.steps; shape.0],
    };
    Ok(Batch {
        target: Some(Tensor::from_vec(batch.labels, shape.0, device)?),
        ..Batch::new(Tensor::from_vec(batch.ids, shape, device)?, lengths)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use recurrent_nn::{Embedding, Init, Linear, Model, Module, Schedule, Trainer, TrainerConfig};

    #[test]
    fn padding_on_the_left_is_read_to_the_last_token() -> Result<()> {
        for (padding, ids, lengths) in
            [(PaddingSide::Right, [[2, 3, 4], [5, 0, 0]], [3, 1]), (PaddingSide::Left, [[2, 3, 4], [0, 0, 5]], [3, 3])]
        {
            let config = BatchConfig { padding, ..Default::default() };
            let sequences = vec![vec![2, 3, 4], vec![5]];
            let loader = DataLoader::new(sequences, vec![0, 1], config, &Device::Cpu)?;
            for batch in loader.epoch(0) {
                let batch = batch?;
                assert_eq!(batch.input.to_vec2::<u32>()?, ids);
                assert_eq!(batch.lengths, lengths);
            }
        }
        Ok(())
    }

    /// The rate of each step of some epochs of 39 rows, by half a cosine wave from 1 to 0.
    fn rates(config: BatchConfig, epochs: usize) -> Result<(usize, Vec<f64>)> {
        struct Bag(Embedding, Linear);
        impl Module for Bag {
            fn layers(&self) -> Vec<(String, &dyn Module)> {
                vec![("embedding".into(), &self.0), ("linear".into(), &self.1)]
            }
        }

        impl Model for Bag {
            fn forward(&self, batch: &Batch) -> recurrent_nn::Result<Tensor> {
                self.1.forward(&self.0.forward(&batch.input)?.mean(1)?)
            }
        }
        let mut init = Init::keras(0, &Device::Cpu);
        let model = Bag(Embedding::new(9, 2, &mut init)?, Linear::new(2, 2, &mut init)?);
        let ids = (0..39).map(|row| vec![3; 1 + row % 5]).collect();
        let labels = (0..39).map(|row| row % 2).collect();
        let loader = DataLoader::new(ids, labels, config, &Device::Cpu)?;
        let mut trainer = Trainer::new(TrainerConfig {
            epochs,
            learning_rate: 1.0,
            schedule: Schedule::Cosine { eta_min: 0.0 },
            progress: false,
            ..Default::default()
        })?;
        trainer.fit(&model, &loader, None)?;
        let steps = trainer.history().steps.iter();
        Ok((loader.rows(), steps.map(|step| step.learning_rate).collect()))
    }

    #[test]
    fn a_schedule_spans_the_batches_that_are_learned() -> Result<()> {
        let config = BatchConfig { batch_size: 10, drop_last: true, ..Default::default() };
        let (rows, one_epoch) = rates(config.clone(), 1)?;
        assert_eq!((rows, one_epoch.len()), (30, 3));
        for (rate, expected) in one_epoch.iter().zip([1.0, 0.75, 0.25]) {
            assert!((rate - expected).abs() < 1e-12, "{one_epoch:?}");
        }
        // Buckets leave rows out one by one: 8 of each of the first four lengths, 7 of the last.
        let buckets = BatchConfig { batch_size: 3, bucket_boundaries: vec![2, 3, 4, 5], shuffle: Some(1), ..config };
        let (rows, two_epochs) = rates(buckets, 2)?;
        assert_eq!((rows, two_epochs.len()), (30, 20));
        for (step, rate) in two_epochs.iter().enumerate() {
            let expected = (1.0 + (std::f64::consts::PI * step as f64 / 20.0).cos()) / 2.0;
            assert!((rate - expected).abs() < 1e-12, "{step}: {two_epochs:?}");
        }
        Ok(())
    }
}
