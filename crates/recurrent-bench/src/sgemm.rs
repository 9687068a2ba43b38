//! The rate of the machine's own matrix product, which the models are measured against.

use gemm::Parallelism;
use std::time::{Duration, Instant};

const SIZE: usize = 1024;

/// GFLOP/s of `gemm` for f32 matrices of 1024 × 1024: the fastest of the products that fit into half a second.
pub fn gflops(threads: usize) -> f64 {
    let parallelism = if threads == 1 {
        Parallelism::None
    } else {
        Parallelism::Rayon(threads)
    };
    let (a, b) = (vec![0.5f32; SIZE * SIZE], vec![0.25f32; SIZE * SIZE]);
    let mut c = vec![0f32; SIZE * SIZE];
    let mut fastest = Duration::MAX;
    let began = Instant::now();
    while began.elapsed() < Duration::from_millis(500) {
        let start = Instant::now();
        let (row, column) = (SIZE as isize, 1);
        // SAFETY: the three matrices have SIZE · SIZE numbers, row by row, and c is not shared.
        unsafe {
            gemm::gemm(
                SIZE,
                SIZE,
                SIZE,
                c.as_mut_ptr(),
                column,
                row,
                false,
                a.as_ptr(),
                column,
                row,
                b.as_ptr(),
                column,
                row,
                0.0,
                1.0,
                false,
                false,
                false,
                parallelism,
            );
        }
        fastest = fastest.min(start.elapsed());
    }
    std::hint::black_box(&c);
    2.0 * (SIZE as f64).powi(3) / fastest.as_secs_f64() / 1e9
}
