//! Pretrained vectors as a layer.

use crate::error::Result;
use candle_core::{Device, Var};
use recurrent_data::PretrainedEmbeddings;
use recurrent_nn::{Embedding, EmbeddingConfig};

/// An embedding layer (V, E) that starts from pretrained vectors: `freeze: true` keeps them, `freeze: false` trains
/// them further. The counterpart of
/// [`torch.nn.Embedding.from_pretrained`](https://docs.pytorch.org/docs/stable/generated/torch.nn.Embedding.html).
///
/// # Errors
/// When the device has no room for the table.
///
/// ```
/// use recurrent::prelude::*;
/// let words = Vocabulary::new(["rain", "goal"].map(String::from))?;
/// let vectors = PretrainedEmbeddings::new(words, vec![0.0, 0.0, 0.1, 0.1, 0.9, 0.2, 0.3, 0.8], |_| true, "by hand")?;
/// let config = EmbeddingConfig { freeze: true, ..Default::default() };
/// let embedding = pretrained_embedding(&vectors, config, &Device::Cpu)?;
/// let ids = Tensor::new(&[[2u32, 3, 0]], &Device::Cpu)?; // (B, T)
/// assert_eq!(embedding.forward(&ids)?.to_vec3::<f32>()?, [[[0.9, 0.2], [0.3, 0.8], [0.0, 0.0]]]);
/// # Ok::<(), recurrent::error::Error>(())
/// ```
pub fn pretrained_embedding(
    vectors: &PretrainedEmbeddings,
    config: EmbeddingConfig,
    device: &Device,
) -> Result<Embedding> {
    let shape = (vectors.vocabulary().len(), vectors.dimension());
    let weight = Var::from_slice(vectors.vectors(), shape, device)?;
    Ok(Embedding::from_weight(weight, config)?)
}

#[cfg(test)]
mod tests {
    use crate::prelude::*;

    #[derive(Module)]
    struct Mean {
        embedding: Embedding,
        linear: Linear,
    }

    impl Model for Mean {
        fn forward(&self, batch: &Batch) -> Result<Tensor> {
            let x = self.embedding.forward(&batch.input)?; // (B, T, E)
            self.linear.forward(&x.mean(1)?)
        }
    }

    /// The table before and after some training, and the model's summary.
    fn trained(freeze: bool, sparse: bool) -> Result<([Vec<f32>; 2], String), Error> {
        let words = Vocabulary::new(["rain", "snow", "goal"].map(String::from))?;
        let numbers: Vec<f32> = (0..20).map(|i| 0.1 * i as f32 - 1.0).collect();
        let vectors = PretrainedEmbeddings::new(words, numbers, |_| true, "by hand")?;
        let config = EmbeddingConfig { freeze, sparse, ..Default::default() };
        let model = Mean {
            embedding: pretrained_embedding(&vectors, config, &Device::Cpu)?,
            linear: Linear::new(4, 2, &mut Init::keras(1, &Device::Cpu))?,
        };
        let numbers = |layer: &dyn Module| layer.parameters()[0].1.flatten_all()?.to_vec1::<f32>();
        let before = numbers(&model.embedding)?;
        assert_eq!(before, vectors.vectors());
        let linear = numbers(&model.linear)?;
        let ids = vec![vec![2, 3], vec![4], vec![3, 2, 2]];
        let source = DataLoader::new(ids, vec![0, 1, 0], Default::default(), &Device::Cpu)?;
        let config = TrainerConfig { epochs: 3, progress: false, ..Default::default() };
        Trainer::new(config)?.fit(&model, &source, None)?;
        assert_ne!(numbers(&model.linear)?, linear);
        let after = numbers(&model.embedding)?;
        let batch = Batch::new(candle_core::Tensor::new(&[[2u32, 3]], &Device::Cpu)?, vec![2]);
        Ok(([before, after], model.summary(&batch)?.to_string()))
    }

    #[test]
    fn a_frozen_table_stays_and_another_learns() -> Result<(), Error> {
        for sparse in [true, false] {
            let ([before, after], summary) = trained(true, sparse)?;
            assert_eq!(before, after);
            assert!(summary.contains(" Trainable params: 10 (40.00 B)"), "{summary}");
            assert!(summary.contains(" Non-trainable params: 20 (80.00 B)"), "{summary}");
            let ([before, after], summary) = trained(false, sparse)?;
            assert!(summary.contains(" Non-trainable params: 0 (0.00 B)"), "{summary}");
            // Only words of the batch change: not the unknown token, which none of the texts has.
            assert_eq!(before[4..8], after[4..8]);
            for row in [2, 3, 4] {
                assert_ne!(before[4 * row..][..4], after[4 * row..][..4], "row {row}");
            }
        }
        Ok(())
    }
}
