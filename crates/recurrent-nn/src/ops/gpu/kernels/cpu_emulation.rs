//! The kernels' source, compiled by a C++ compiler for the CPU, against the CPU's operations in f64.

use super::{
    arguments::{preactivation_sizes, products, result_sizes, rows, saved_sizes},
    gradients::{PreactivationGrads, gradients},
    launch::{GpuLimits, LARGEST_HIDDEN, Launch, Pass},
};
use crate::{
    cpu_emulation::{self, Host, Mistake, expect_found, integers, noise},
    ops::{Cell, Nonlinearity, Packing, RnnDims, sequence},
};
use candle_core::{CpuStorage, DType, Device, Tensor, Var};
use proptest::prelude::*;
use std::cell::RefCell;

#[derive(Debug, Clone)]
struct Case {
    dims: RnnDims,
    lengths: Vec<usize>,
    limits: GpuLimits,
}

/// GPUs that lead to a block of four sequences, of one, and of one with less shared memory.
const GPUS: [GpuLimits; 3] = [
    GpuLimits { shared_bytes: 227 * 1024, multiprocessors: 0 },
    GpuLimits { shared_bytes: 227 * 1024, multiprocessors: 132 },
    GpuLimits { shared_bytes: 48 * 1024, multiprocessors: 132 },
];

/// Names the first number that is too far off: the largest difference must be below 1e-5 of the largest expected
/// number, and what is exactly zero there (padding) is exactly zero here.
fn compare(name: &str, got: &[f32], expected: &[f64]) -> Result<(), String> {
    if got.len() != expected.len() {
        return Err(format!("{name}: {} for {}", got.len(), expected.len()));
    }
    let scale = expected.iter().fold(1e-3, |max: f64, x| max.max(x.abs()));
    for (index, (&got, &expected)) in got.iter().zip(expected).enumerate() {
        let near = (f64::from(got) - expected).abs() <= 1e-5 * scale;
        // Written so that a NaN is not near.
        if !near || (expected == 0.0 && got != 0.0) {
            return Err(format!("{name}[{index}]: got {got}, expected {expected}"));
        }
    }
    Ok(())
}

fn numbers(tensor: &Tensor) -> Vec<f32> {
    tensor.flatten_all().unwrap().to_vec1().unwrap()
}

fn to_f64s(tensor: &Tensor) -> Vec<f64> {
    tensor.flatten_all().unwrap().to_vec1().unwrap()
}

fn tensor(values: Vec<f32>, shape: impl Into<candle_core::Shape>) -> Tensor {
    Tensor::from_vec(values, shape, &Device::Cpu).unwrap()
}

/// The results of the CPU's operation, packed as the kernels' arguments are.
struct OnCpu {
    result: Tensor,
    d_x: Tensor,
    d_weights: Tensor,
    d_states: Option<Tensor>,
}

fn on_cpu(
    dims: &RnnDims,
    packing: &Packing,
    x: &Tensor,
    weights: &Tensor,
    states: &Tensor,
    d_result: &Tensor,
) -> candle_core::Result<OnCpu> {
    let RnnDims { cell, batch, hidden, directions, .. } = *dims;
    let x = Var::from_tensor(x)?;
    let rows = dims.gate_rows();
    let mut own: Vec<Var> = Vec::new();
    for direction in 0..directions {
        let mut start = direction * dims.weight_count();
        let mut take = |shape: &[usize]| {
            let count = shape.iter().product();
            start += count;
            let own = weights.narrow(0, start - count, count)?.reshape(shape)?;
            Var::from_tensor(&own)
        };
        own.extend([take(&[rows, dims.input])?, take(&[rows, hidden])?]);
        for _ in 0..1 + usize::from(dims.two_biases) {
            own.push(take(&[rows])?);
        }
    }
    // Between (D, states, B, H) and (B, D·H) of each state.
    let mut initial = Vec::new();
    if dims.initial {
        let packed = states.reshape((directions, cell.states(), batch, hidden))?;
        for state in 0..cell.states() {
            let of_all = packed.narrow(1, state, 1)?.squeeze(1)?.transpose(0, 1)?;
            let whole = of_all.contiguous()?.reshape((batch, dims.output_width()))?;
            initial.push(Var::from_tensor(&whole)?);
        }
    }
    let tensors = |vars: &[Var]| -> Vec<Tensor> { vars.iter().map(|var| var.as_tensor().clone()).collect() };
    let (own_tensors, initial_tensors) = (tensors(&own), tensors(&initial));
    // A simple RNN has no gates.
    let gates = dims.gates && !matches!(cell, Cell::Rnn(_));
    let dims = RnnDims { gates, ..*dims };
    let outputs = sequence(dims, packing.clone(), &x, &own_tensors, &initial_tensors)?;
    let mut all = vec![outputs.output, outputs.h_n];
    all.extend(outputs.c_n);
    if let Some(gate) = outputs.gate {
        for index in 0..cell.gates() + cell.states() - 1 {
            all.push(gate(index)?);
        }
    }
    let all = all.iter().map(Tensor::flatten_all);
    let result = Tensor::cat(&all.collect::<candle_core::Result<Vec<_>>>()?, 0)?;
    let d_result = d_result.pad_with_zeros(0, 0, result.elem_count() - d_result.elem_count())?;
    let gradients = (&result * d_result)?.sum_all()?.backward()?;
    let gradient = |var: &Var| match gradients.get(var) {
        Some(gradient) => Ok(gradient.clone()),
        None => candle_core::bail!("no gradient"),
    };
    let flat = |var: &Var| gradient(var)?.flatten_all();
    let d_weights = own.iter().map(flat);
    let d_states = initial.iter().map(|state| {
        let d_state = gradient(state)?.reshape((batch, directions, hidden))?;
        d_state.transpose(0, 1)?.unsqueeze(1)
    });
    let d_states = d_states.collect::<candle_core::Result<Vec<_>>>()?;
    Ok(OnCpu {
        d_x: gradient(&x)?,
        d_weights: Tensor::cat(&d_weights.collect::<candle_core::Result<Vec<_>>>()?, 0)?,
        d_states: match dims.initial {
            true => Some(Tensor::cat(&d_states, 1)?.flatten_all()?),
            false => None,
        },
        result: result.detach(),
    })
}

/// Forward and backward through the kernels and through the CPU's operation.
fn check(host: &mut Host, case: &Case) -> Result<(), String> {
    let Case { dims, lengths, limits } = case;
    let RnnDims { cell, batch, steps, input, hidden, directions, .. } = *dims;
    let packing = Packing::new("cpu_emulation", batch, steps, Some(lengths)).unwrap();
    let (result_count, gate_rows) = (result_sizes(dims).iter().sum::<usize>(), dims.gate_rows());
    let state_count = match dims.initial {
        true => directions * cell.states() * batch * hidden,
        false => 1,
    };
    let f64s = |values: Vec<f64>, shape: &[usize]| Tensor::from_vec(values, shape, &Device::Cpu).unwrap();
    let scale = 2.0 / (hidden as f64).sqrt();
    let x = f64s(noise(1, batch * steps * input, 1.0), &[batch, steps, input]);
    let count = directions * dims.weight_count();
    let weights = f64s(noise(2, count, scale), &[count]);
    let states = f64s(noise(3, state_count, 1.0), &[state_count]);
    let d_result = f64s(noise(4, result_count, 1.0), &[result_count]);
    let OnCpu { result, d_x, d_weights, d_states } = on_cpu(dims, &packing, &x, &weights, &states, &d_result).unwrap();

    let narrow = |tensor: &Tensor| tensor.to_dtype(DType::F32).unwrap();
    let (x, weights, states) = (narrow(&x), narrow(&weights), narrow(&states));
    let storage = |tensor: &Tensor| CpuStorage::F32(numbers(tensor));
    let (projection, w_hh_t) = products(dims, (&storage(&x), 0), (&storage(&weights), 0)).unwrap();
    let own = |storage: &CpuStorage| storage.as_slice::<f32>().unwrap().to_vec();
    let order = integers(&rows(&packing));
    let mut run = |pass: Pass, arguments: Vec<Vec<f32>>| {
        let launch = Launch::new(dims, pass, *limits);
        assert!(launch.shared_bytes as usize <= limits.shared_bytes, "{launch:?}");
        let launch = cpu_emulation::Launch {
            kernel: &launch.kernel,
            grid: launch.grid,
            threads: launch.threads,
            shared_bytes: launch.shared_bytes,
            constants: launch.sizes.words().map(|word| word as u32).to_vec(),
        };
        host.run(&launch, arguments)
    };
    let positions = batch * steps;
    let [gate_count, saved_count] = saved_sizes(dims);
    let forward = run(
        Pass::Forward,
        vec![
            order.clone(),
            own(&projection),
            own(&w_hh_t),
            numbers(&weights),
            numbers(&states),
            vec![0.0; result_count],
            vec![0.0; gate_count],
            vec![0.0; saved_count],
        ],
    )?;
    let (got, gates, saved) = (&forward[5], &forward[6], &forward[7]);
    let result = to_f64s(&result);
    let (outer, inner) = result.split_at(result_count);
    compare("result", got, outer)?;
    if !matches!(cell, Cell::Rnn(_)) {
        compare("gates", gates, &inner[..gate_count])?;
    }
    if cell == Cell::Lstm {
        compare("cells", saved, &inner[gate_count..])?;
    }

    let [d_projection, d_a, h_before] = preactivation_sizes(dims).map(|count| vec![0.0; count]);
    let backward = run(
        Pass::Backward,
        vec![
            order,
            numbers(&weights),
            numbers(&states),
            got.clone(),
            gates.clone(),
            saved.clone(),
            numbers(&narrow(&d_result)),
            d_projection,
            d_a,
            h_before,
            vec![f32::NAN; state_count],
        ],
    )?;
    let gate_tensor = |values: &[f32]| tensor(values.to_vec(), (directions, positions, gate_rows));
    let grads = PreactivationGrads {
        d_projection: gate_tensor(&backward[7]),
        d_a: gate_tensor(&backward[if cell == Cell::Gru { 8 } else { 7 }]),
        h_before: tensor(backward[9].clone(), (directions, positions, hidden)),
    };
    let (got_x, got_weights) = gradients(dims, &grads, &x, &weights).unwrap();
    compare("d_x", &numbers(&got_x), &to_f64s(&d_x))?;
    compare("d_weights", &numbers(&got_weights), &to_f64s(&d_weights))?;
    match d_states {
        Some(d_states) => compare("d_states", &backward[10], &to_f64s(&d_states)),
        None => Ok(()),
    }
}

fn cases(cell: Cell) -> impl Strategy<Value = Case> {
    let sizes = (1..10usize, 1..9usize, prop_oneof![4 => 1..36usize, 1 => 36..101usize]);
    let choices = (any::<[bool; 5]>(), 0..GPUS.len());
    (sizes, choices).prop_flat_map(
        move |((input, steps, hidden), ([both, reverse, two_biases, initial, equal], gpu))| {
            let shortest = if equal { steps } else { 1 };
            prop::collection::vec(shortest..=steps, 1..10).prop_map(move |lengths| Case {
                dims: RnnDims {
                    cell,
                    batch: lengths.len(),
                    steps,
                    input,
                    hidden,
                    directions: if both { 2 } else { 1 },
                    reverse: reverse && !both,
                    two_biases,
                    initial,
                    gates: true,
                },
                lengths,
                limits: GPUS[gpu],
            })
        },
    )
}

/// Every kernel at the sizes where the next one takes over.
fn edges(cell: Cell) -> Vec<Case> {
    let sizes = [1, 16, 17, 32, 33, 64, 65, 128, 129, LARGEST_HIDDEN];
    let pairs = GPUS.into_iter().flat_map(|limits| sizes.map(|hidden| (limits, hidden)));
    let case = |(limits, hidden): (GpuLimits, usize)| Case {
        dims: RnnDims {
            cell,
            batch: 5,
            steps: 3,
            input: 3,
            hidden,
            directions: 2,
            reverse: false,
            two_biases: true,
            initial: true,
            gates: true,
        },
        lengths: vec![1, 3, 2, 3, 3],
        limits,
    };
    pairs.map(case).collect()
}

fn agree(cell: Cell) {
    let Some(mut host) = Host::start() else {
        return;
    };
    for case in edges(cell) {
        let checked = check(&mut host, &case);
        assert_eq!(checked, Ok(()), "{case:?}");
    }
    let config = ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() };
    let host = RefCell::new(host);
    proptest!(config, |(case in cases(cell))| {
        let checked = check(&mut host.borrow_mut(), &case);
        prop_assert_eq!(checked, Ok(()));
    });
}

#[test]
fn rnn_kernels_agree_with_the_cpus_operation() {
    agree(Cell::Rnn(Nonlinearity::Tanh));
    agree(Cell::Rnn(Nonlinearity::Relu));
}

#[test]
fn lstm_kernels_agree_with_the_cpus_operation() {
    agree(Cell::Lstm);
}

#[test]
fn gru_kernels_agree_with_the_cpus_operation() {
    agree(Cell::Gru);
}

/// Kernels with one mistake each: the comparison must see it.
#[test]
#[ignore = "compiles the kernels once for each of 27 mistakes, which takes minutes: .ci/full kernels"]
fn a_mistake_in_a_kernel_is_found() {
    let mistakes: &[(&str, &str, &str)] = &[
        ("lstm.cu", "f * c + i * g", "f * c + i * o"),
        ("lstm.cu", "d_c *= f;", ""),
        ("lstm.cu", "d_c * c_before * f", "d_c * f"),
        ("lstm.cu", "1.0f - tanh_c * tanh_c", "1.0f"),
        ("gru.cu", "h_before - n", "h_before"),
        ("gru.cu", "return d_h * z;", "return 0.0f;"),
        ("gru.cu", "d_a[2] = d_n * r", "d_a[2] = d_n"),
        ("rnn.cu", "1.0f - h * h", "1.0f - h"),
        ("rnn.cu", "h > 0.0f ? 1.0f : 0.0f", "1.0f"),
        ("sizes.cuh", "length - 1 - t : t", "steps - 1 - t : t"),
        ("sizes.cuh", "rows[s.batch + number]", "s.steps"),
        ("forward.cuh", "s.two_biases ? b_ih[G * H + j]", "false ? b_ih[G * H + j]"),
        ("forward.cuh", "if (!s.initial) return;", "return;"),
        ("forward.cuh", "t + 1 == sequence.length", "t + 1 == s.steps"),
        ("backward.cuh", "t + 1 == sequence.length", "t + 1 == s.steps"),
        ("backward.cuh", "else if (s.initial)", "else if (false)"),
        (
            "forward.cuh",
            "if (owns) {\n            float sum[R];\n            row_of_w.times(h, pitch, sum);",
            "float sum[R];\n        row_of_w.times(h, pitch, sum);\n        if (owns) {",
        ),
        (
            "backward.cuh",
            "if (owns) {\n            float sum[R];\n            column_of_w.times(v + gate * pitch, G * pitch, sum);",
            "float sum[R];\n        column_of_w.times(v + gate * pitch, G * pitch, sum);\n        if (owns) {",
        ),
        ("weights.cuh", "int q = max(K, middle_end)", "int q = hidden"),
        ("weights.cuh", "sum[r] += part[r][chain]", "sum[r] = part[r][chain]"),
    ];
    let swaps = mistakes.iter();
    let swaps = swaps.map(|&(file, right, wrong)| Mistake::swap(file, right, wrong));
    let barriers = ["forward.cuh", "backward.cuh"].into_iter();
    expect_found(swaps.chain(barriers.flat_map(Mistake::barriers)), |host| {
        let cells = [Cell::Rnn(Nonlinearity::Tanh), Cell::Rnn(Nonlinearity::Relu), Cell::Lstm, Cell::Gru];
        let mut cases = cells.into_iter().flat_map(edges);
        cases.try_for_each(|case| check(host, &case))
    });
}
