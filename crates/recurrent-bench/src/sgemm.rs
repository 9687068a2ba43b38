//! The rate of the machine's own matrix product, which everything else is measured against.

use gemm::Parallelism;
use std::time::{Duration, Instant};

/// A product of f32 matrices: (M, K) times (K, N).
pub struct Product {
    m: usize,
    n: usize,
    k: usize,
    a: Vec<f32>,
    b: Vec<f32>,
    c: Vec<f32>,
}

impl Product {
    pub fn new(m: usize, n: usize, k: usize) -> Self {
        Self { m, n, k, a: vec![0.5; m * k], b: vec![0.25; k * n], c: vec![0.0; m * n] }
    }

    /// A multiplication and an addition are two.
    pub fn flop(&self) -> u64 {
        2 * (self.m * self.n * self.k) as u64
    }

    /// Multiplies once, with the `gemm` crate, and returns the time it took.
    pub fn time(&mut self, threads: usize) -> Duration {
        let parallelism = match threads {
            1 => Parallelism::None,
            threads => Parallelism::Rayon(threads),
        };
        let start = Instant::now();
        // SAFETY: the sizes and strides are those of the three matrices, row by row, and c is not shared.
        unsafe {
            gemm::gemm(
                self.m,
                self.n,
                self.k,
                self.c.as_mut_ptr(),
                1,
                self.n as isize,
                false,
                self.a.as_ptr(),
                1,
                self.k as isize,
                self.b.as_ptr(),
                1,
                self.n as isize,
                0.0,
                1.0,
                false,
                false,
                false,
                parallelism,
            );
        }
        std::hint::black_box(&self.c);
        start.elapsed()
    }
}

/// GFLOP/s for matrices of 1024 × 1024: the fastest of the products that fit into half a second.
pub fn gflops(threads: usize) -> f64 {
    let mut product = Product::new(1024, 1024, 1024);
    let mut fastest = Duration::MAX;
    let began = Instant::now();
    while began.elapsed() < Duration::from_millis(500) {
        fastest = fastest.min(product.time(threads));
    }
    product.flop() as f64 / fastest.as_secs_f64() / 1e9
}
