//! The kernel's own source, compiled for the CPU, against the measure of the CPU.

use super::{
    Size,
    gpu::{SHARED_BYTES, THREADS, blocks, together},
    measure,
};
use crate::cpu_emulation::{Host, Launch, Mistake, expect_found, noise};

fn by_kernel(host: &mut Host, values: &[f32]) -> Result<Size, String> {
    let count = values.len() as u32;
    let launch = Launch {
        kernel: "measure",
        grid: (blocks(count), 1),
        threads: THREADS,
        shared_bytes: SHARED_BYTES,
        constants: vec![count],
    };
    // A number of f64 takes the room of two.
    let room = vec![f32::NAN; 4 * blocks(count) as usize];
    let arguments = host.run(&launch, vec![values.to_vec(), room])?;
    let halves = arguments[1].as_chunks::<2>().0.iter();
    let of_blocks: Vec<f64> =
        halves.map(|[low, high]| f64::from_bits(u64::from(high.to_bits()) << 32 | u64::from(low.to_bits()))).collect();
    Ok(together(&of_blocks))
}

fn check(host: &mut Host) -> Result<(), String> {
    for count in [1, 5, 256, 257, 4096, 4097, 600_000] {
        let noise = noise(9, count, 1.0).into_iter().map(|x| x as f32);
        let mut values: Vec<f32> = noise.collect();
        values[count / 2] = -3.0;
        let (got, expected) = (by_kernel(host, &values)?, measure(&values));
        let near = (got.squares - expected.squares).abs() <= 1e-12 * expected.squares;
        if !near || got.largest != -3.0 {
            return Err(format!("of {count}: got {got:?}, expected {expected:?}"));
        }
    }
    Ok(())
}

#[test]
fn the_kernel_measures_as_the_cpu_does() {
    if let Some(mut host) = Host::start() {
        assert_eq!(check(&mut host), Ok(()));
    }
}

/// The kernel's program ends where one computes with a signalling NaN, not with a quiet one.
#[test]
fn the_kernel_keeps_what_is_not_a_number() {
    let Some(mut host) = Host::start() else {
        return;
    };
    for place in [0, 300, 4999] {
        for wrong in [f32::NAN, f32::INFINITY] {
            let mut values = vec![0.5; 5000];
            values[place] = wrong;
            let size = by_kernel(&mut host, &values).unwrap();
            assert!(!size.squares.is_finite() && !size.largest.is_finite());
            assert_eq!(size.largest.is_nan(), wrong.is_nan(), "{place}: {size:?}");
        }
    }
}

#[test]
#[ignore = "compiles the kernels once for each of 6 mistakes, which takes a minute: .ci/full kernels"]
fn a_mistake_in_the_kernel_is_found() {
    let swap = |right, wrong| Mistake::swap("measure.cu", right, wrong);
    let mistakes = [
        swap("squares += other.squares", "squares = other.squares"),
        swap("fabs(other.largest) > fabs(largest)", "other.largest > largest"),
        swap("i < count", "i + 1 < count"),
        swap("(size_t)gridDim.x * blockDim.x", "blockDim.x"),
        swap("half > 0", "half > 1"),
    ];
    let barriers = Mistake::barriers("measure.cu");
    expect_found(mistakes.into_iter().chain(barriers), check);
}
