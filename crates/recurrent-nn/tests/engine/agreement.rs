//! The fused operations against the same layer step by step with candle's own operations, over random shapes: in f64
//! and f32 on the CPU, in f32 on a GPU.

use crate::{assert_close, assert_within, devices::gpu, init, init_on, largest, noise, numbers};
use candle_core::{DType, Device, Tensor, Var};
use proptest::prelude::*;
use recurrent_nn::{Bidirectional, ForwardOptions, Gru, Init, Lstm, Module, Recurrent, Result, SimpleRnn, State};

#[derive(Debug, Clone)]
struct Shape {
    input: usize,
    hidden: usize,
    steps: usize,
    lengths: Vec<usize>,
    masked: bool,
    initial: bool,
    reverse: bool,
    time_first: bool,
    pytorch: bool,
}

fn shapes() -> impl Strategy<Value = Shape> {
    let sizes = (1..20usize, 1..35usize, 1..12usize, any::<[bool; 5]>());
    sizes.prop_flat_map(|(input, hidden, steps, [masked, initial, reverse, time_first, pytorch])| {
        prop::collection::vec(1..=steps, 1..9).prop_map(move |lengths| Shape {
            input,
            hidden,
            steps,
            lengths,
            masked,
            initial,
            reverse,
            time_first,
            pytorch,
        })
    })
}

/// A single number in each step lies apart after a transposition, and is contiguous to candle all the same.
#[test]
fn one_number_in_a_step_may_lie_anywhere() -> Result<()> {
    let lstm = Lstm::new(1, 3, &mut init(DType::F64))?;
    let x = noise::<f64>(4, &[2, 1, 5]);
    let apart = lstm.forward(&x.transpose(1, 2)?, None)?;
    let dense = Tensor::from_vec(numbers(&x), (2, 5, 1), &Device::Cpu)?;
    let in_a_row = lstm.forward(&dense, None)?;
    assert_eq!(numbers(&apart.output), numbers(&in_a_row.output));
    Ok(())
}

/// Everything that a run gives and the gradients of everything that goes in.
fn results<L: Recurrent>(layer: &L, shape: &Shape, step_by_step: bool) -> Vec<(String, Tensor)> {
    let (batch, wide) = (shape.lengths.len(), layer.output_size());
    let size = if shape.time_first { [shape.steps, batch, shape.input] } else { [batch, shape.steps, shape.input] };
    let weight = &layer.parameters()[0].1;
    let noise = |seed, shape: &[usize]| {
        let noise = noise::<f64>(seed, shape).to_dtype(weight.dtype()).unwrap();
        noise.to_device(weight.device()).unwrap()
    };
    let var = |seed, shape: &[usize]| Var::from_tensor(&noise(seed, shape)).unwrap();
    let (x, h, c) = (var(1, &size), var(2, &[batch, wide]), var(3, &[batch, wide]));
    let lstm = layer.kind().contains("Lstm");
    let state = State { h: h.as_tensor().clone(), c: lstm.then(|| c.as_tensor().clone()) };
    let options = ForwardOptions {
        lengths: shape.masked.then_some(&shape.lengths),
        initial: shape.initial.then_some(&state),
        gates: true,
        reverse: shape.reverse && layer.cells().len() == 1,
        time_first: shape.time_first,
        step_by_step,
    };
    let hidden = layer.forward_with(&x, &options).unwrap();
    let mut results = vec![("output".to_string(), hidden.output.clone()), ("h_n".into(), hidden.h_n.clone())];
    results.extend(hidden.c_n.clone().map(|c_n| ("c_n".into(), c_n)));
    let mut loss = Tensor::zeros((), x.dtype(), x.device()).unwrap();
    for (seed, (_, result)) in results.iter().enumerate() {
        let weighted = (result * noise(10 + seed as u64, result.dims())).unwrap();
        loss = (loss + weighted.sum_all().unwrap()).unwrap();
    }
    let gradients = loss.backward().unwrap();
    assert_eq!(hidden.gates.is_none(), layer.kind().contains("SimpleRnn"));
    if let Some(gates) = &hidden.gates {
        for symbol in gates.symbols() {
            results.push((format!("gate {symbol}"), gates.get(symbol).unwrap()));
        }
    }
    let mut vars = layer.parameters();
    vars.push(("x".into(), x));
    if shape.initial {
        vars.push(("h0".into(), h));
        vars.extend(lstm.then_some(("c0".into(), c)));
    }
    for (name, var) in vars {
        let gradient = gradients.get(&var).unwrap_or_else(|| panic!("no gradient of {name}"));
        results.push((format!("d_{name}"), gradient.clone()));
    }
    results
}

fn compare<L: Recurrent>(layer: &L, shape: &Shape, tolerance: f64) {
    let fused = results(layer, shape, false);
    let steps = results(layer, shape, true);
    assert_eq!(fused.len(), steps.len());
    // A gradient is a sum whose parts may cancel: it is as far off as they are, however small it is.
    let scale = steps.iter().map(|(_, tensor)| largest(tensor));
    let scale = scale.fold(1e-3, f64::max);
    for ((name, fused), (other, steps)) in fused.iter().zip(&steps) {
        assert_eq!(name, other);
        let place = fused.device().location();
        let name = format!("{} {name}, {:?} {place:?}", layer.kind(), fused.dtype());
        assert_within(&name, fused, steps, tolerance * scale);
    }
    if shape.masked {
        padding_is_untouched(shape, &fused);
    }
}

/// Zero output and exactly zero gradient after each sequence's end.
fn padding_is_untouched(shape: &Shape, results: &[(String, Tensor)]) {
    for (name, tensor) in results.iter().filter(|(name, _)| name == "output" || name == "d_x") {
        let tensor = if shape.time_first { tensor.transpose(0, 1).unwrap() } else { tensor.clone() };
        for (row, &length) in shape.lengths.iter().enumerate() {
            let padding = tensor.get(row).unwrap();
            let padding = padding.narrow(0, length, shape.steps - length).unwrap();
            assert!(numbers(&padding).iter().all(|&value| value == 0.0), "{name}");
        }
    }
}

fn check<L: Recurrent>(new: fn(usize, usize, &mut Init) -> Result<L>, shape: &Shape) {
    check_on(&Device::Cpu, DType::F64, 1e-13, new, shape);
    check_on(&Device::Cpu, DType::F32, 5e-6, new, shape);
}

fn check_on_a_gpu<L: Recurrent>(new: fn(usize, usize, &mut Init) -> Result<L>, shape: &Shape) {
    check_on(&gpu(), DType::F32, 5e-6, new, shape);
}

fn check_on<L: Recurrent>(
    device: &Device,
    dtype: DType,
    tolerance: f64,
    new: fn(usize, usize, &mut Init) -> Result<L>,
    shape: &Shape,
) {
    let mut init = match shape.pytorch {
        true => init_on(device, dtype),
        false => Init::keras(1, device).with_dtype(dtype).unwrap(),
    };
    let mut layer = || new(shape.input, shape.hidden, &mut init).unwrap();
    compare(&layer(), shape, tolerance);
    compare(&Bidirectional::new(layer(), layer()).unwrap(), shape, tolerance);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn rnn(shape in shapes()) {
        check(SimpleRnn::new, &shape);
        check(SimpleRnn::relu, &shape);
    }

    #[test]
    fn lstm(shape in shapes()) {
        check(Lstm::new, &shape);
    }

    #[test]
    fn gru(shape in shapes()) {
        check(Gru::new, &shape);
    }

    #[test]
    #[ignore = "needs an NVIDIA GPU"]
    fn rnn_on_a_gpu(shape in shapes()) {
        check_on_a_gpu(SimpleRnn::new, &shape);
        check_on_a_gpu(SimpleRnn::relu, &shape);
    }

    #[test]
    #[ignore = "needs an NVIDIA GPU"]
    fn lstm_on_a_gpu(shape in shapes()) {
        check_on_a_gpu(Lstm::new, &shape);
    }

    #[test]
    #[ignore = "needs an NVIDIA GPU"]
    fn gru_on_a_gpu(shape in shapes()) {
        check_on_a_gpu(Gru::new, &shape);
    }
}

/// A batch with enough rows and work is cut into parts, three or four here.
#[test]
fn a_batch_in_parts() {
    for (masked, initial, reverse, time_first) in [(true, true, false, false), (false, false, true, true)] {
        let shape = Shape {
            input: 64,
            hidden: 64,
            steps: 40,
            lengths: (0..33).map(|row| 1 + (row * 17) % 40).collect(),
            masked,
            initial,
            reverse,
            time_first,
            pytorch: masked,
        };
        check_on(&Device::Cpu, DType::F64, 1e-12, SimpleRnn::new, &shape);
        check_on(&Device::Cpu, DType::F64, 1e-12, Lstm::new, &shape);
        check_on(&Device::Cpu, DType::F64, 1e-12, Gru::new, &shape);
    }
}

/// The kernels of wide layers keep weights in other places than those of the random shapes, which have at most 34
/// units.
#[test]
#[ignore = "needs an NVIDIA GPU"]
fn wide_layers_on_a_gpu() {
    for hidden in [8, 64, 128, 200, 256] {
        let shape = Shape {
            input: 6,
            hidden,
            steps: 3,
            lengths: vec![3, 1, 2, 3, 2],
            masked: true,
            initial: true,
            reverse: hidden == 64,
            time_first: hidden == 128,
            pytorch: true,
        };
        check_on(&gpu(), DType::F32, 2e-5, SimpleRnn::new, &shape);
        check_on(&gpu(), DType::F32, 2e-5, Lstm::new, &shape);
        check_on(&gpu(), DType::F32, 2e-5, Gru::new, &shape);
    }
}

#[test]
fn the_layer_hands_its_parameters_on_by_their_pytorch_names() {
    let mut init = init(DType::F32);
    let mut pair = |input| {
        Bidirectional::new(Lstm::new(input, 2, &mut init).unwrap(), Lstm::new(input, 2, &mut init).unwrap()).unwrap()
    };
    let layers = vec![pair(3), pair(4)];
    let stacked = recurrent_nn::Stacked::new(layers, 0.0, &mut init).unwrap();
    let names: Vec<String> = stacked.parameters().into_iter().map(|(name, _)| name).collect();
    let expected = ["_l0", "_l0_reverse", "_l1", "_l1_reverse"]
        .into_iter()
        .flat_map(|end| ["weight_ih", "weight_hh", "bias_ih", "bias_hh"].map(|start| format!("{start}{end}")));
    assert_eq!(names, expected.collect::<Vec<_>>());
}

/// h_t = o tanh(c_t), so these lie where the output lies, whatever comes first.
#[test]
fn gates_lie_as_the_output_does() -> Result<()> {
    let lstm = || Lstm::new(2, 3, &mut init(DType::F64));
    let layer = Bidirectional::new(lstm()?, lstm()?)?;
    for (time_first, step_by_step) in [(false, false), (false, true), (true, false), (true, true)] {
        let shape = match time_first {
            true => [5, 2, 2],
            false => [2, 5, 2],
        };
        let options = ForwardOptions {
            lengths: Some(&[3, 5]),
            gates: true,
            time_first,
            step_by_step,
            ..ForwardOptions::default()
        };
        let hidden = layer.forward_with(&noise::<f64>(4, &shape), &options)?;
        let gates = hidden.gates.as_ref().unwrap();
        let output = (gates.get("o")? * gates.get("c")?.tanh()?)?;
        assert_close("o tanh(c)", &output, &hidden.output, 1e-15);
        let error = gates.get("z").unwrap_err().to_string();
        let expected = "Gates::get: expected one of i, f, g, o, c, got \"z\"";
        assert_eq!(error, expected);
    }
    Ok(())
}
