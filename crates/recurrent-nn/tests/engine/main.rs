//! The recurrent engine: the fused operations against PyTorch, against finite differences and against candle's own
//! operations.

mod agreement;
#[path = "../support/devices.rs"]
mod devices;
mod finite_differences;
mod graph;
mod idle_rows;
mod pytorch_layers;
mod pytorch_training;
mod refusals;
mod seeds;
mod subnormal;
mod threads;

use candle_core::{DType, Device, Tensor, WithDType};
use recurrent_nn::{Batch, Init};

/// Every number of a tensor.
fn numbers(tensor: &Tensor) -> Vec<f64> {
    let tensor = tensor.to_dtype(DType::F64).unwrap();
    tensor.flatten_all().unwrap().to_vec1().unwrap()
}

/// Panics unless the largest difference is below `tolerance` times the largest expected number.
fn assert_close(name: &str, got: &Tensor, expected: &Tensor, tolerance: f64) {
    let scale = largest(expected).max(1e-3);
    assert_within(name, got, expected, tolerance * scale);
}

/// The largest absolute number.
fn largest(tensor: &Tensor) -> f64 {
    numbers(tensor).iter().fold(0.0, |max, x| max.max(x.abs()))
}

/// Panics if a difference is larger than this.
fn assert_within(name: &str, got: &Tensor, expected: &Tensor, allowed: f64) {
    assert_eq!(got.dims(), expected.dims(), "{name}");
    let (got, expected) = (numbers(got), numbers(expected));
    for (index, (got, expected)) in got.iter().zip(&expected).enumerate() {
        let difference = (got - expected).abs();
        // Written so that a NaN fails.
        assert!(difference <= allowed, "{name}[{index}]: got {got}, expected {expected}");
    }
}

/// A batch that only says whether dropout is on.
fn batch(training: bool, step: u64) -> Batch {
    Batch { training, step, ..Batch::new(Tensor::zeros((1, 1), DType::U32, &Device::Cpu).unwrap(), vec![1]) }
}

/// Numbers between −1 and 1 that look random and are always the same.
fn noise<T: WithDType>(seed: u64, shape: &[usize]) -> Tensor {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(1);
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) as f64 / (1u64 << 52) as f64 - 1.0
    };
    for _ in 0..8 {
        next();
    }
    let values: Vec<T> = (0..shape.iter().product()).map(|_| T::from_f64(next())).collect();
    Tensor::from_vec(values, shape, &Device::Cpu).unwrap()
}

fn init(dtype: DType) -> Init {
    init_on(&Device::Cpu, dtype)
}

fn init_on(device: &Device, dtype: DType) -> Init {
    Init::pytorch(7, device).with_dtype(dtype).unwrap()
}
