//! A vector for each token.

use super::expect_sizes;
use crate::{
    Error, Init, Module, Result,
    init::Scheme,
    ops::{self, Scalar},
    optimizer::{IdleRows, SparseGradient},
    trace,
};
use candle_core::{
    CpuStorage, CudaStorage, CustomOp1, DType, Layout, Shape, Storage, Tensor, TensorId, Var,
    backend::{BackendDevice, BackendStorage},
    backprop::GradStore,
    bail,
};
use std::sync::{Arc, Mutex, PoisonError};

/// Options of an [`Embedding`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EmbeddingConfig {
    /// Token id 0 is padding: [`Embedding::lengths`] finds the sequences' lengths from it, as `mask_zero` in Keras.
    /// Default: false.
    pub mask_zero: bool,
    /// Only a batch's rows get a gradient, as `sparse` in `torch.nn.Embedding`. An [`Optimizer`](crate::Optimizer)
    /// needs nothing more. For an optimizer of your own, which knows only candle's `GradStore`, turn it off: then
    /// `weight` has a gradient (V, E), mostly zeros; on a GPU candle then adds the tokens one after the other. Default:
    /// true.
    pub sparse: bool,
    /// The table is not trained, as `freeze` in `torch.nn.Embedding.from_pretrained` and `trainable=False` in Keras.
    /// Default: false.
    pub freeze: bool,
}

impl Default for EmbeddingConfig {
    fn default() -> Self {
        Self { mask_zero: false, sparse: true, freeze: false }
    }
}

/// A table of V vectors of E numbers; a token id k is its row: y = weight\[k\]. Parameter: `weight` (V, E), as
/// [torch.nn.Embedding](https://docs.pytorch.org/docs/stable/generated/torch.nn.Embedding.html).
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
    /// A buffer to number the distinct ids of a batch, one entry for each id.
    numbers: Arc<Mutex<Vec<u32>>>,
    /// Rows that a training has left behind.
    idle: IdleRows,
}

/// The lookups of the backward passes since the last [`sparse_gradients`](Module::sparse_gradients): for each the tensor
/// of gathered rows, and which rows they are.
type Used = Vec<(TensorId, Arc<[u32]>)>;

impl Embedding {
    /// V rows of E numbers. Errors if one is 0.
    pub fn new(vocabulary: usize, size: usize, init: &mut Init) -> Result<Self> {
        Self::with_config(vocabulary, size, EmbeddingConfig::default(), init)
    }

    /// V rows of E numbers, with options. Errors if one is 0.
    pub fn with_config(vocabulary: usize, size: usize, config: EmbeddingConfig, init: &mut Init) -> Result<Self> {
        let sizes = [("vocabulary", vocabulary), ("size", size)];
        expect_sizes("Embedding::new", &sizes)?;
        let weight = match init.scheme() {
            Scheme::Keras => init.uniform(&[vocabulary, size], 0.05)?,
            Scheme::PyTorch => init.normal(&[vocabulary, size])?,
        };
        Self::from_weight(weight, config)
    }

    /// With an existing table (V, E), e.g. trained word vectors. Errors unless it is a matrix of f32 or f64.
    pub fn from_weight(weight: Var, config: EmbeddingConfig) -> Result<Self> {
        match *weight.dims() {
            [vocabulary, size] if vocabulary > 0 && size > 0 => {}
            ref dims => {
                return Err(Error::Shape {
                    operation: "Embedding::from_weight",
                    expected: "a table (V, E), both at least 1".into(),
                    got: format!("shape {dims:?}"),
                });
            }
        }
        if !matches!(weight.dtype(), DType::F32 | DType::F64) {
            return Err(Error::DType {
                operation: "Embedding::from_weight",
                expected: "f32 or f64",
                got: weight.dtype(),
            });
        }
        Ok(Self { weight, config, used: Arc::default(), numbers: Arc::default(), idle: IdleRows::default() })
    }

    /// From token ids (B, T) of u32 to vectors (B, T, E). Errors for other ids, and if one is not below V.
    pub fn forward(&self, ids: &Tensor) -> Result<Tensor> {
        let (vocabulary, size) = self.weight.dims2()?;
        let (batch, steps, tokens) = tokens("Embedding::forward", ids)?;
        if let Some(position) = tokens.iter().position(|&id| id as usize >= vocabulary) {
            return Err(Error::TokenId { id: tokens[position], position, vocabulary });
        }
        let shape = Shape::from((batch, steps, size));
        let vectors = if self.config.sparse && !self.config.freeze {
            self.sparse_lookup(tokens, shape)?
        } else {
            let weight = match self.config.freeze {
                true => self.weight.detach(),
                false => self.weight.as_tensor().clone(),
            };
            weight.index_select(&ids.flatten_all()?, 0)?.reshape(shape)?
        };
        let vectors = trace::embedding(vectors)?;
        trace::output(self, &[&vectors]);
        Ok(vectors)
    }

    /// A leaf of candle's graph stands for the batch's rows, so that the gradient is that of these rows. Its numbers are
    /// never read: the vectors come from the table.
    fn sparse_lookup(&self, tokens: Vec<u32>, shape: Shape) -> Result<Tensor> {
        let (rows, index) = {
            let mut numbers = self.numbers.lock().unwrap_or_else(PoisonError::into_inner);
            unique(&tokens, &mut numbers)
        };
        let leaf = Var::zeros((rows.len(), self.weight.dim(1)?), self.weight.dtype(), self.weight.device())?;
        let table = self.weight.as_tensor().clone();
        let (used, idle) = (self.used.clone(), self.idle.clone());
        Ok(leaf.apply_op1(Lookup { table, tokens, rows: rows.into(), index, shape, used, idle })?)
    }

    /// With `mask_zero` the length of each sequence of token ids (B, T): its tokens before the padding. Without, none.
    /// Errors if a token follows a padding id, as only padding at the end can be masked.
    pub fn lengths(&self, ids: &Tensor) -> Result<Option<Vec<usize>>> {
        if !self.config.mask_zero {
            return Ok(None);
        }
        let (_, steps, tokens) = tokens("Embedding::lengths", ids)?;
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
        let lengths = tokens.chunks_exact(steps.max(1)).enumerate().map(length);
        Ok(Some(lengths.collect::<Result<_>>()?))
    }
}

/// B, T and the ids, row by row.
fn tokens(operation: &'static str, ids: &Tensor) -> Result<(usize, usize, Vec<u32>)> {
    let &[batch, steps] = ids.dims() else {
        return Err(Error::Shape {
            operation,
            expected: "token ids (B, T)".into(),
            got: format!("shape {:?}", ids.dims()),
        });
    };
    match ids.dtype() {
        DType::U32 => Ok((batch, steps, ids.flatten_all()?.to_vec1()?)),
        got => Err(Error::DType { operation, expected: "u32 token ids", got }),
    }
}

/// Each id once, in the order of its first occurrence, and for each token the number of its id there.
/// `numbers` holds [`NONE`] for every id before and after.
fn unique(tokens: &[u32], numbers: &mut Vec<u32>) -> (Vec<u32>, Vec<u32>) {
    let largest = tokens.iter().max().map_or(0, |&id| id as usize + 1);
    numbers.resize(numbers.len().max(largest), NONE);
    let mut rows = Vec::new();
    let mut index = Vec::with_capacity(tokens.len());
    for &token in tokens {
        let number = &mut numbers[token as usize];
        if *number == NONE {
            *number = rows.len() as u32;
            rows.push(token);
        }
        index.push(*number);
    }
    for &row in &rows {
        numbers[row as usize] = NONE;
    }
    (rows, index)
}

const NONE: u32 = u32::MAX;

/// From the leaf that stands for a batch's rows (U, E) to the vectors of its tokens (B, T, E).
/// The backward pass records which rows they are; a forward pass alone records nothing.
struct Lookup {
    /// (V, E)
    table: Tensor,
    tokens: Vec<u32>,
    rows: Arc<[u32]>,
    /// The number of each token's row among `rows`.
    index: Vec<u32>,
    /// (B, T, E)
    shape: Shape,
    used: Arc<Mutex<Used>>,
    idle: IdleRows,
}

impl Lookup {
    fn vectors<T: Scalar>(&self) -> candle_core::Result<CpuStorage> {
        match self.idle.read(&self.table, &self.rows)? {
            Some(rows) => self.gather::<T>(T::slice(&rows)?, &self.index),
            None => ops::read(&self.table, |table| self.gather::<T>(table, &self.tokens))?,
        }
    }

    /// The rows of these numbers, one after the other.
    fn gather<T: Scalar>(&self, rows: &[T], numbers: &[u32]) -> candle_core::Result<CpuStorage> {
        let size = self.table.dim(1)?;
        let mut vectors = Vec::with_capacity(numbers.len() * size);
        for &number in numbers {
            vectors.extend_from_slice(&rows[number as usize * size..][..size]);
        }
        Ok(T::storage(vectors))
    }
}

impl CustomOp1 for Lookup {
    fn name(&self) -> &'static str {
        "embedding lookup"
    }

    fn cpu_fwd(&self, _: &CpuStorage, _: &Layout) -> candle_core::Result<(CpuStorage, Shape)> {
        let vectors = match self.table.dtype() {
            DType::F64 => self.vectors::<f64>()?,
            _ => self.vectors::<f32>()?,
        };
        Ok((vectors, self.shape.clone()))
    }

    fn cuda_fwd(&self, _: &CudaStorage, _: &Layout) -> candle_core::Result<(CudaStorage, Shape)> {
        let (table, layout) = self.table.storage_and_layout();
        let Storage::Cuda(table) = &*table else {
            bail!("embedding lookup: expected a table on a GPU");
        };
        let tokens = table.device().storage_from_slice(&self.tokens)?;
        let vectors = table.index_select(&tokens, layout, &Layout::contiguous(self.tokens.len()), 0)?;
        Ok((vectors, self.shape.clone()))
    }

    fn bwd(&self, leaf: &Tensor, _: &Tensor, d_vectors: &Tensor) -> candle_core::Result<Option<Tensor>> {
        let (count, size) = leaf.dims2()?;
        let d_vectors = d_vectors.contiguous()?.reshape((self.index.len(), size))?;
        let d_leaf = ops::sum_rows(&d_vectors, &self.index, count)?;
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        used.push((leaf.id(), self.rows.clone()));
        Ok(Some(d_leaf))
    }
}

impl Module for Embedding {
    fn state_dict(&self) -> Vec<(String, Var)> {
        self.idle.show();
        vec![("weight".into(), self.weight.clone())]
    }

    fn is_frozen(&self) -> bool {
        self.config.freeze
    }

    fn sparse_gradients(&self, gradients: &GradStore) -> Result<Vec<(String, SparseGradient)>> {
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        let found = used.iter().filter_map(|(leaf, rows)| Some((*leaf, rows, gradients.get_id(*leaf)?)));
        let sum = found
            .map(|(leaf, rows, values)| {
                let (rows, values) = (rows.to_vec(), values.contiguous()?);
                Ok(SparseGradient { rows, values, gathered: vec![leaf], idle: Some(self.idle.clone()) })
            })
            .reduce(|a, b| merge(a?, b?))
            .transpose()?;
        // Keep only those of these gradients, which may be requested again.
        used.retain(|(leaf, _)| gradients.get_id(*leaf).is_some());
        Ok(sum.map(|gradient| ("weight".to_string(), gradient)).into_iter().collect())
    }
}

/// The sum of two sparse gradients.
pub(crate) fn merge(a: SparseGradient, b: SparseGradient) -> Result<SparseGradient> {
    let (rows, index) = unique(&[a.rows, b.rows].concat(), &mut Vec::new());
    let values = Tensor::cat(&[a.values, b.values], 0)?;
    let values = ops::sum_rows(&values, &index, rows.len())?;
    let gathered = [a.gathered, b.gathered].concat();
    let idle = a.idle.filter(|idle| b.idle.is_some_and(|other| idle.is(&other)));
    Ok(SparseGradient { rows, values, gathered, idle })
}
