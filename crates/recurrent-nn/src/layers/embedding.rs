//! A vector for each token.

use super::Layer;
use crate::{Error, Init, Result, init::Scheme, optimizer::SparseGradient};
use candle_core::{
    CpuStorage, CudaStorage, CustomOp1, DType, Layout, MetalStorage, Shape, Tensor, TensorId, Var,
    backend::BackendStorage, backprop::GradStore,
};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

/// How an [`Embedding`] works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EmbeddingConfig {
    /// Token id 0 is padding: [`Embedding::lengths`] finds the sequences' lengths from it, as `mask_zero` in Keras. Default: false.
    pub mask_zero: bool,
    /// Only a batch's rows get a gradient, as `sparse` in `torch.nn.Embedding`. An [`Optimizer`](crate::Optimizer) needs
    /// nothing more. For an optimizer of your own, which knows only candle's `GradStore`, turn it off: then the gradient
    /// of `weight` is there, (V, E), mostly zeros. Default: true.
    pub sparse: bool,
}

impl Default for EmbeddingConfig {
    fn default() -> Self {
        Self {
            mask_zero: false,
            sparse: true,
        }
    }
}

/// A table of V vectors of E numbers; a token id is a row. Parameter: `weight` (V, E).
///
/// ```
/// # use candle_core::{Device, Tensor};
/// use recurrent_nn::{Embedding, Init};
/// # fn main() -> recurrent_nn::Result<()> {
/// let embedding = Embedding::new(20_000, 64, &mut Init::keras(0, &Device::Cpu))?;
/// let ids = Tensor::new(&[[5u32, 7, 2], [3, 0, 0]], &Device::Cpu)?; // (B, T)
/// assert_eq!(embedding.forward(&ids)?.dims(), [2, 3, 64]);
/// # Ok(()) }
/// ```
#[derive(Debug, Clone)]
pub struct Embedding {
    weight: Var,
    config: EmbeddingConfig,
    used: Arc<Mutex<Used>>,
}

/// What the backward passes since the last [`sparse_gradients`](Layer::sparse_gradients) went through:
/// for each the tensor of gathered rows, and which rows they are.
type Used = Vec<(TensorId, Arc<[u32]>)>;

impl Embedding {
    /// V rows of E numbers.
    pub fn new(vocabulary: usize, size: usize, init: &mut Init) -> Result<Self> {
        Self::with_config(vocabulary, size, EmbeddingConfig::default(), init)
    }

    /// V rows of E numbers, with a choice.
    pub fn with_config(
        vocabulary: usize,
        size: usize,
        config: EmbeddingConfig,
        init: &mut Init,
    ) -> Result<Self> {
        let weight = match init.scheme() {
            Scheme::Keras => init.uniform(&[vocabulary, size], 0.05)?,
            Scheme::PyTorch => init.normal(&[vocabulary, size])?,
        };
        Ok(Self::from_weight(weight, config))
    }

    /// Over a table that is there already (V, E), e.g. trained word vectors.
    pub fn from_weight(weight: Var, config: EmbeddingConfig) -> Self {
        Self {
            weight,
            config,
            used: Arc::default(),
        }
    }

    /// From token ids (B, T) to vectors (B, T, E). Errors if an id is not below V.
    pub fn forward(&self, ids: &Tensor) -> Result<Tensor> {
        let (vocabulary, size) = self.weight.dims2()?;
        let (batch, steps) = ids.dims2().map_err(|_| shape_error(ids))?;
        let tokens = tokens(ids)?;
        if let Some(position) = tokens.iter().position(|&id| id as usize >= vocabulary) {
            return Err(Error::TokenId {
                id: tokens[position],
                position,
                vocabulary,
            });
        }
        let (table, index) = if self.config.sparse {
            let (rows, index) = unique(&tokens);
            let device = ids.device();
            let rows_tensor = Tensor::new(rows.as_slice(), device)?;
            let leaf = Var::from_tensor(&self.weight.detach().index_select(&rows_tensor, 0)?)?;
            let record = Record {
                rows: rows.into(),
                used: self.used.clone(),
            };
            let count = index.len();
            (
                leaf.apply_op1(record)?,
                Tensor::from_vec(index, count, device)?,
            )
        } else {
            (self.weight.as_tensor().clone(), ids.flatten_all()?)
        };
        Ok(table
            .index_select(&index, 0)?
            .reshape((batch, steps, size))?)
    }

    /// With `mask_zero` the length of each sequence of token ids (B, T): its tokens before the padding. Without, none.
    /// Errors if a token follows a padding id, as only padding at the end can be masked.
    pub fn lengths(&self, ids: &Tensor) -> Result<Option<Vec<usize>>> {
        if !self.config.mask_zero {
            return Ok(None);
        }
        let (_, steps) = ids.dims2().map_err(|_| shape_error(ids))?;
        let length = |(row, tokens): (usize, &[u32])| {
            let length = tokens.iter().position(|&id| id == 0).unwrap_or(steps);
            match tokens[length..].iter().position(|&id| id != 0) {
                None => Ok(length),
                Some(after) => Err(Error::Shape {
                    operation: "Embedding::lengths",
                    expected: "padding (id 0) only at the end of a sequence".into(),
                    got: format!(
                        "id {} at step {} of sequence {row}, after id 0 at step {length}",
                        tokens[length + after],
                        length + after
                    ),
                }),
            }
        };
        let tokens = tokens(ids)?;
        let lengths = tokens.chunks_exact(steps.max(1)).enumerate().map(length);
        Ok(Some(lengths.collect::<Result<_>>()?))
    }
}

fn shape_error(ids: &Tensor) -> Error {
    Error::Shape {
        operation: "Embedding::forward",
        expected: "token ids (B, T)".into(),
        got: format!("shape {:?}", ids.dims()),
    }
}

fn tokens(ids: &Tensor) -> Result<Vec<u32>> {
    match ids.dtype() {
        DType::U32 => Ok(ids.flatten_all()?.to_vec1()?),
        got => Err(Error::DType {
            operation: "Embedding::forward",
            expected: "u32 token ids",
            got,
        }),
    }
}

/// Each id once, in the order of its first place, and for each place the number of its id there.
fn unique(tokens: &[u32]) -> (Vec<u32>, Vec<u32>) {
    let mut rows = Vec::new();
    let mut numbers = HashMap::with_capacity(tokens.len());
    let number = |&token: &u32| {
        *numbers.entry(token).or_insert_with(|| {
            rows.push(token);
            rows.len() as u32 - 1
        })
    };
    let index = tokens.iter().map(number).collect();
    (rows, index)
}

/// Passes a batch's gathered rows on unchanged; on the way back it notes which rows they are. So a forward pass alone leaves no trace.
struct Record {
    rows: Arc<[u32]>,
    used: Arc<Mutex<Used>>,
}

impl CustomOp1 for Record {
    fn name(&self) -> &'static str {
        "embedding rows"
    }

    fn cpu_fwd(
        &self,
        rows: &CpuStorage,
        layout: &Layout,
    ) -> candle_core::Result<(CpuStorage, Shape)> {
        Ok((rows.try_clone(layout)?, layout.shape().clone()))
    }

    fn cuda_fwd(
        &self,
        rows: &CudaStorage,
        layout: &Layout,
    ) -> candle_core::Result<(CudaStorage, Shape)> {
        Ok((rows.try_clone(layout)?, layout.shape().clone()))
    }

    fn metal_fwd(
        &self,
        rows: &MetalStorage,
        layout: &Layout,
    ) -> candle_core::Result<(MetalStorage, Shape)> {
        Ok((rows.try_clone(layout)?, layout.shape().clone()))
    }

    fn bwd(
        &self,
        leaf: &Tensor,
        _: &Tensor,
        gradient: &Tensor,
    ) -> candle_core::Result<Option<Tensor>> {
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        used.push((leaf.id(), self.rows.clone()));
        Ok(Some(gradient.clone()))
    }
}

impl Layer for Embedding {
    fn kind(&self) -> &'static str {
        "Embedding"
    }

    fn output_size(&self) -> usize {
        self.weight.dims()[1]
    }

    fn parameters(&self) -> Vec<(String, Var)> {
        vec![("weight".into(), self.weight.clone())]
    }

    fn sparse_gradients(&self, gradients: &GradStore) -> Result<Vec<(String, SparseGradient)>> {
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        let found = used
            .iter()
            .filter_map(|(leaf, rows)| Some((rows, gradients.get_id(*leaf)?)));
        let sum = found
            .map(|(rows, values)| {
                Ok(SparseGradient {
                    rows: rows.to_vec(),
                    values: values.contiguous()?,
                })
            })
            .reduce(|a, b| merge(a?, b?))
            .transpose()?;
        used.clear();
        Ok(sum
            .map(|gradient| ("weight".to_string(), gradient))
            .into_iter()
            .collect())
    }
}

/// The sum of two sparse gradients.
fn merge(a: SparseGradient, b: SparseGradient) -> Result<SparseGradient> {
    let (rows, index) = unique(&[a.rows, b.rows].concat());
    let device = a.values.device();
    let index = Tensor::from_vec(index.clone(), index.len(), device)?;
    let zeros = Tensor::zeros((rows.len(), a.values.dims()[1]), a.values.dtype(), device)?;
    let values = zeros.index_add(&index, &Tensor::cat(&[a.values, b.values], 0)?, 0)?;
    Ok(SparseGradient { rows, values })
}
