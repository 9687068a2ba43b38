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
/// it over from another thread (`cargo run --release --example loader_times`). For a [`BatchSource`] that reads files
/// as it goes, there is [`prefetch`](recurrent_data::prefetch()). Its thread may make tensors, also on a GPU if the
/// device is that of [`best_device`](crate::device::best_device): all threads share its one queue, see
/// [`named`](recurrent_nn::device::named).
///
/// A layer that masks reads the first `lengths[i]` steps of a sequence: masks need padding on the right. Padded on
/// the left, every sequence has the length T, and its padding is read, as in a framework without masks.
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
        self.epoch_from(epoch, 0)
    }

    fn epoch_from(
        &self,
        epoch: usize,
        done: usize,
    ) -> Box<dyn Iterator<Item = recurrent_nn::Result<Batch>> + '_> {
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
        ids: Tensor::from_vec(batch.ids, shape, device)?,
        labels: Some(Tensor::from_vec(batch.labels, shape.0, device)?),
        lengths,
        training: false,
        step: 0,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn padding_on_the_left_is_read_to_the_last_token() -> Result<()> {
        for (padding, ids, lengths) in [
            (PaddingSide::Right, [[2, 3, 4], [5, 0, 0]], [3, 1]),
            (PaddingSide::Left, [[2, 3, 4], [0, 0, 5]], [3, 3]),
        ] {
            let config = BatchConfig {
                padding,
                ..Default::default()
            };
            let sequences = vec![vec![2, 3, 4], vec![5]];
            let loader = DataLoader::new(sequences, vec![0, 1], config, &Device::Cpu)?;
            for batch in loader.epoch(0) {
                let batch = batch?;
                assert_eq!(batch.ids.to_vec2::<u32>()?, ids);
                assert_eq!(batch.lengths, lengths);
            }
        }
        Ok(())
    }
}
