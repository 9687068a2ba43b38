//! Initial weights by the rules of Keras or of PyTorch, from a seed.

use crate::{Error, Result, rng};
use candle_core::{DType, Device, Var};
use rand_chacha::{ChaCha8Rng, rand_core::RngCore};
use rand_distr::{Distribution, StandardNormal};

/// Whose rules the initial weights follow. Bounds are of uniform numbers in −bound..bound.
///
/// | weights | `Keras` | `PyTorch` |
/// | --- | --- | --- |
/// | embedding (V, E) | uniform, 0.05 | normal, mean 0, deviation 1 |
/// | linear (O, I), bias | Glorot uniform √(6/(I+O)), 0 | uniform 1/√I, the same |
/// | weight_ih (G·H, E) | Glorot uniform √(6/(E+G·H)) | uniform 1/√H |
/// | weight_hh (G·H, H) | orthogonal: its H columns are orthonormal | uniform 1/√H |
/// | bias of RNN and LSTM | one: 0, and 1 for the LSTM's forget gate | two: uniform 1/√H |
/// | bias of GRU | two: 0 | two: uniform 1/√H |
///
/// G is the number of gates: 1 for RNN, 4 for LSTM, 3 for GRU. Sources: the layers' pages on
/// [keras.io](https://keras.io/api/layers/) (Glorot and Bengio, 2010; Saxe et al., 2014; unit forget bias: Jozefowicz
/// et al., 2015) and [docs.pytorch.org](https://docs.pytorch.org/docs/stable/nn.html).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// As Keras 3.
    Keras,
    /// As PyTorch 2.
    PyTorch,
}

/// Draws the initial weights of layers, one after the other: the same seed and order of layers give the same network.
#[derive(Debug, Clone)]
pub struct Init {
    scheme: Scheme,
    rng: ChaCha8Rng,
    device: Device,
    dtype: DType,
}

impl Init {
    /// Initial weights as in Keras, f32.
    pub fn keras(seed: u64, device: &Device) -> Self {
        Self::new(Scheme::Keras, seed, device)
    }

    /// Initial weights as in PyTorch, f32.
    pub fn pytorch(seed: u64, device: &Device) -> Self {
        Self::new(Scheme::PyTorch, seed, device)
    }

    /// Weights by a scheme's rules, f32.
    pub fn new(scheme: Scheme, seed: u64, device: &Device) -> Self {
        Self { scheme, rng: rng::stream(seed, 0), device: device.clone(), dtype: DType::F32 }
    }

    /// The same numbers as f32 or as f64. Errors for any other dtype.
    pub fn with_dtype(self, dtype: DType) -> Result<Self> {
        match dtype {
            DType::F32 | DType::F64 => Ok(Self { dtype, ..self }),
            got => Err(Error::DType { operation: "Init::with_dtype", expected: "f32 or f64", got }),
        }
    }

    /// Whose rules it follows.
    pub fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// A seed for later draws, e.g. of a dropout layer.
    pub(crate) fn seed(&mut self) -> u64 {
        self.rng.next_u64()
    }

    pub(crate) fn constant(&self, shape: &[usize], value: f64) -> Result<Var> {
        self.var(vec![value; shape.iter().product()], shape)
    }

    /// Uniform in −bound..bound.
    pub(crate) fn uniform(&mut self, shape: &[usize], bound: f64) -> Result<Var> {
        let draw = (0..shape.iter().product()).map(|_| bound * (2.0 * rng::unit(&mut self.rng) - 1.0));
        let values = draw.collect();
        self.var(values, shape)
    }

    /// Normal with mean 0 and deviation 1.
    pub(crate) fn normal(&mut self, shape: &[usize]) -> Result<Var> {
        let values = self.normals(shape.iter().product());
        self.var(values, shape)
    }

    /// Glorot uniform for a matrix (outputs, inputs).
    pub(crate) fn glorot(&mut self, outputs: usize, inputs: usize) -> Result<Var> {
        self.uniform(&[outputs, inputs], (6.0 / (inputs + outputs) as f64).sqrt())
    }

    /// A matrix (rows, columns), rows ≥ columns, with orthonormal columns: normal numbers, orthogonalised by Gram and
    /// Schmidt, each column twice for full precision.
    pub(crate) fn orthogonal(&mut self, rows: usize, columns: usize) -> Result<Var> {
        let mut basis: Vec<Vec<f64>> = Vec::with_capacity(columns);
        for _ in 0..columns {
            let mut column = self.normals(rows);
            for _ in 0..2 {
                for done in &basis {
                    let overlap = dot(done, &column);
                    for (value, done) in column.iter_mut().zip(done) {
                        *value -= overlap * done;
                    }
                }
            }
            let norm = dot(&column, &column).sqrt();
            column.iter_mut().for_each(|value| *value /= norm);
            basis.push(column);
        }
        let values = (0..rows).flat_map(|row| basis.iter().map(move |column| column[row]));
        self.var(values.collect(), &[rows, columns])
    }

    fn normals(&mut self, count: usize) -> Vec<f64> {
        (0..count).map(|_| StandardNormal.sample(&mut self.rng)).collect()
    }

    pub(crate) fn var(&self, values: Vec<f64>, shape: &[usize]) -> Result<Var> {
        Ok(match self.dtype {
            DType::F64 => Var::from_vec(values, shape, &self.device)?,
            _ => {
                let values: Vec<f32> = values.into_iter().map(|value| value as f32).collect();
                Var::from_vec(values, shape, &self.device)?
            }
        })
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}
