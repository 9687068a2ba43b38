//! Labelled sequences as a source of batches for a trainer.

use crate::error::Result;
use candle_core::{Device, Tensor};
use recurrent_data::{BatchConfig, Batches, PaddedBatch};
use recurrent_nn::{Batch, BatchSource};

/// Batches of token ids, as tensors on a device. The counterpart of
/// [`torch.utils.data.DataLoader`](https://docs.pytorch.org/docs/stable/data.html).
///
/// Batches are made when they are asked for, without `num_workers`: the ids are in memory, so making a batch takes about a hundredth of
/// the time that the smallest model of the lesson needs to learn from it, and less than handing it over from another thread
/// (`cargo run --release --example loader_times`). For a [`BatchSource`] that reads files as it goes, there is
/// [`prefetch`](recurrent_data::prefetch()).
#[derive(Debug, Clone)]
pub struct DataLoader {
    batches: Batches,
    device: Device,
}

impl DataLoader {
    /// `labels[i]` is the class of the sequence `ids[i]`.
    ///
    /// # Errors
    /// As [`Batches::new`].
    ///
    /// ```
    /// use recurrent::prelude::*;
    /// let ids = vec![vec![2, 3, 4], vec![5]];
    /// let loader = DataLoader::new(ids, vec![0, 1], BatchConfig::default(), &Device::Cpu)?;
    /// let batch = loader.epoch(0).next().unwrap()?;
    /// assert_eq!(batch.ids.to_vec2::<u32>()?, [[2, 3, 4], [5, 0, 0]]);
    /// assert_eq!(batch.lengths, [3, 1]);
    /// # Ok::<(), recurrent::error::Error>(())
    /// ```
    pub fn new(
        ids: Vec<Vec<u32>>,
        labels: Vec<u32>,
        config: BatchConfig,
        device: &Device,
    ) -> Result<Self> {
        Ok(Self {
            batches: Batches::new(ids, labels, config)?,
            device: device.clone(),
        })
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
        self.batches.rows()
    }

    fn epoch(&self, epoch: usize) -> Box<dyn Iterator<Item = recurrent_nn::Result<Batch>> + '_> {
        Box::new(
            self.batches
                .epoch(epoch)
                .map(|batch| to_tensors(batch, &self.device)),
        )
    }
}

fn to_tensors(batch: PaddedBatch, device: &Device) -> recurrent_nn::Result<Batch> {
    let shape = (batch.len(), batch.steps);
    Ok(Batch {
        ids: Tensor::from_vec(batch.ids, shape, device)?,
        labels: Some(Tensor::from_vec(batch.labels, shape.0, device)?),
        lengths: batch.lengths,
        training: false,
        step: 0,
    })
}
