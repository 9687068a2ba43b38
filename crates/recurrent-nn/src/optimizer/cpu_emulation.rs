//! The kernels' own source, compiled for the CPU, against the update of the CPU in f32: the same bits.

use super::{
    Clip, METHODS, OptimizerConfig,
    gpu::{Launch, THREADS},
    gradients::{Gradient, SparseGradient},
    param_state::ParamState,
    rule::Rule,
};
use crate::cpu_emulation::{self, Host, Mistake, expect_found, integers, noise};
use candle_core::{Device, Tensor, Var};

/// V and E: more numbers than one block has threads.
const SHAPE: (usize, usize) = (37, 9);

/// The rows with a gradient, step by step: some come again, some rest in between, one step has none, most are never
/// used.
const STEPS: [&[u32]; 5] = [&[5, 0, 36], &[2, 5, 1], &[], &[0], &[36, 2]];

fn matrix(seed: u64, rows: usize) -> Tensor {
    let numbers = noise(seed, rows * SHAPE.1, 1.0).into_iter();
    let numbers: Vec<f32> = numbers.map(|x| x as f32).collect();
    Tensor::from_vec(numbers, (rows, SHAPE.1), &Device::Cpu).unwrap()
}

fn numbers(tensor: &Tensor) -> Vec<f32> {
    tensor.flatten_all().unwrap().to_vec1().unwrap()
}

/// Five steps on both sides, with gradients of this size.
fn check(host: &mut Host, config: &OptimizerConfig, by_rows: bool, gradient_size: f64) -> Result<(), String> {
    let var = Var::from_tensor(&matrix(1, SHAPE.0)).unwrap();
    let mut state = ParamState::new(&config.method, &var).unwrap();
    let mut parts = vec![numbers(&var)];
    parts.extend(state.moments().iter().map(|moment| numbers(moment)));
    for (step, rows) in STEPS.into_iter().enumerate() {
        let some = |rows: usize| (matrix(2 + step as u64, rows) * gradient_size).unwrap();
        let gradient = match by_rows {
            true => Gradient::Rows(SparseGradient {
                rows: rows.to_vec(),
                values: some(rows.len()),
                gathered: Vec::new(),
                idle: None,
            }),
            false => Gradient::Dense(some(SHAPE.0)),
        };
        let rule = Rule::at(config, state.next_step(), 0.1, 2.0, by_rows);
        state.update(&rule, &var, &gradient, None).unwrap();

        let launch = Launch::new(&rule, var.dims(), &gradient).unwrap();
        let call = cpu_emulation::Launch {
            kernel: launch.kernel,
            grid: (launch.blocks, 1),
            threads: THREADS,
            shared_bytes: 0,
            constants: launch.constants.words(),
        };
        let mut arguments = vec![integers(&launch.rows), numbers(gradient.values())];
        arguments.extend(parts.iter().cloned());
        arguments.resize(5, vec![]);
        parts = host.run(&call, arguments)?[2..2 + parts.len()].to_vec();

        let expected = [&var].into_iter().chain(state.moments());
        for ((name, got), expected) in ["w", "m", "v"].into_iter().zip(&parts).zip(expected) {
            for (place, (got, expected)) in got.iter().zip(numbers(expected)).enumerate() {
                if got.to_bits() != expected.to_bits() {
                    return Err(format!(
                        "{config:?}, by rows: {by_rows}, step {step}: {name}[{place}] is {got}, expected {expected}"
                    ));
                }
            }
        }
    }
    Ok(())
}

/// Every rule, dense and by rows, with each limit; and with gradients so small that moments must become zero.
fn check_all(host: &mut Host) -> Result<(), String> {
    for method in METHODS {
        for by_rows in [false, true] {
            for clip in [None, Some(Clip::Norm(0.5)), Some(Clip::Value(0.1))] {
                check(host, &OptimizerConfig { method, clip }, by_rows, 1.0)?;
            }
            for gradient_size in [1e-14, 1e-30] {
                let clip = None;
                check(host, &OptimizerConfig { method, clip }, by_rows, gradient_size)?;
            }
        }
    }
    Ok(())
}

#[test]
fn the_kernels_update_as_the_cpu_does() {
    if let Some(mut host) = Host::start() {
        assert_eq!(check_all(&mut host), Ok(()));
    }
}

#[test]
#[ignore = "compiles the kernels once for each of 14 mistakes, which takes minutes: .ci/full kernels"]
fn a_mistake_in_a_kernel_is_found() {
    let swaps = [
        ("flush(rule.beta1 * *u + g)", "(rule.beta1 * *u + g)"),
        ("rule.beta1 * *u + g", "rule.beta1 * *u - g"),
        ("flush(rule.beta1 * *m + rule.rest1 * g)", "(rule.beta1 * *m + rule.rest1 * g)"),
        ("flush(rule.beta2 * *v + rule.rest2 * g * g)", "(rule.beta2 * *v + rule.rest2 * g * g)"),
        ("rule.rest2 * g * g", "rule.rest2 * g"),
        ("* rule.root_scale + rule.epsilon", "* rule.root_scale"),
        ("sqrtf(*v) * rule.root_scale", "sqrtf(*v)"),
        ("w -= rule.rate * g;", "w += rule.rate * g;"),
        ("w[at] * rule.keep", "w[at]"),
        ("g[from] * rule.scale", "g[from]"),
        ("fmaxf(g[from] * rule.scale, -rule.limit)", "g[from] * rule.scale"),
        ("from >= 0 || !m_rests || !v_rests", "from >= 0"),
        ("rows[i / rule.size] * rule.size", "(i / rule.size) * rule.size"),
        ("if (i < rule.count)", "if (true)"),
    ];
    let swap = |(right, wrong)| Mistake::swap("optimizer.cu", right, wrong);
    expect_found(swaps.map(swap), check_all);
}
