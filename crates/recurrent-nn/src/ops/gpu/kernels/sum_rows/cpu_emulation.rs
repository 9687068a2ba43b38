//! The kernel's source, compiled for the CPU, against the CPU's operation.

use super::{CHUNK, launches, threads};
use crate::{
    cpu_emulation::{Host, Launch, Mistake, expect_found, integers, noise},
    ops::sum_rows,
};
use candle_core::{DType, Device, Tensor};

/// (the number of sums, E, which sum each row belongs to)
fn cases() -> Vec<(usize, usize, Vec<u32>)> {
    let mixed = |rows: u32, count: u32| (0..rows).map(|i| i * i * 7 % count).collect();
    vec![
        (1, 1, vec![0]),
        (1, 3, vec![]),
        (4, 5, vec![2, 0, 2, 2, 0]),
        (7, 64, mixed(100, 7)),
        // More columns than threads.
        (3, 300, mixed(20, 3)),
        // One sum of a whole chunk, one of a chunk and a row, one of a chunk of chunks and a row.
        (2, 33, vec![1; CHUNK]),
        (2, 33, vec![0; CHUNK + 1]),
        (3, 2, [vec![1; CHUNK * CHUNK + 1], mixed(500, 3)].concat()),
    ]
}

fn check(host: &mut Host, (count, size, index): &(usize, usize, Vec<u32>)) -> Result<(), String> {
    let values: Vec<f32> = noise(5, index.len() * size, 1.0).into_iter().map(|x| x as f32).collect();
    let steps = launches(index, *count);
    let in_order = steps.len() == 1; // then the CPU adds in the same order
    let mut sums = values.clone();
    for step in steps {
        let blocks = step.starts.len() - 1;
        let launch = Launch {
            kernel: "sum_rows",
            grid: (blocks as u32, 1),
            threads: threads(*size),
            shared_bytes: 0,
            constants: vec![*size as u32],
        };
        let room = vec![f32::NAN; blocks * size];
        let (starts, rows) = (integers(&step.starts), integers(&step.rows));
        let mut arguments = host.run(&launch, vec![starts, rows, sums, room])?;
        sums = arguments.swap_remove(3);
    }

    let values = Tensor::from_vec(values, (index.len(), *size), &Device::Cpu).unwrap();
    let expected = |dtype: DType| -> Vec<f64> {
        let sums = sum_rows(&values.to_dtype(dtype).unwrap(), index, *count).unwrap();
        let sums = sums.to_dtype(DType::F64).unwrap();
        sums.flatten_all().unwrap().to_vec1().unwrap()
    };
    let (expected, allowed) = match in_order {
        true => (expected(DType::F32), 0.0),
        false => (expected(DType::F64), 1e-6),
    };
    if sums.len() != expected.len() {
        return Err(format!("{} sums for {}", sums.len(), expected.len()));
    }
    for (place, (&got, &expected)) in sums.iter().zip(&expected).enumerate() {
        let near = (f64::from(got) - expected).abs() <= allowed * expected.abs().max(10.0);
        // Written so that a NaN is not near.
        if !near {
            return Err(format!("[{place}]: got {got}, expected {expected}"));
        }
    }
    Ok(())
}

#[test]
fn the_kernel_sums_as_the_cpu_does() {
    let Some(mut host) = Host::start() else {
        return;
    };
    for case in cases() {
        let (count, size, index) = &case;
        let checked = check(&mut host, &case);
        assert_eq!(checked, Ok(()), "{} rows of {size} to {count}", index.len());
    }
}

#[test]
#[ignore = "compiles the kernels once for each of 4 mistakes, which takes a minute: .ci/full kernels"]
fn a_mistake_in_the_kernel_is_found() {
    let swap = |right, wrong| Mistake::swap("sum_rows.cu", right, wrong);
    let mistakes = [
        swap("i < end", "i + 1 < end"),
        swap("rows[i]", "i"),
        swap("column += blockDim.x", "column += size"),
        swap("starts[blockIdx.x + 1]", "starts[blockIdx.x] + 1"),
    ];
    expect_found(mistakes, |host| cases().iter().try_for_each(|case| check(host, case)));
}
