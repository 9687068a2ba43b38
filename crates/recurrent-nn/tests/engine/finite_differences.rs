//! Every gradient against central differences, in f64.

use crate::{batch, init, noise, numbers};
use candle_core::{DType, Device, Tensor, Var};
use recurrent_nn::{
    Bidirectional, ForwardOptions, Gru, Init, Lstm, Module, Recurrent, Result, SimpleRnn, Stacked, State,
};

const EPSILON: f64 = 1e-5;

/// The largest difference between backward() and (f(x + ε) − f(x − ε)) / 2ε over all numbers of `vars`, relative to the
/// largest gradient.
fn largest_difference(vars: &[(String, Var)], loss: impl Fn() -> Tensor) -> f64 {
    let gradients = loss().backward().unwrap();
    let value = || loss().to_scalar::<f64>().unwrap();
    let mut worst = 0f64;
    for (name, var) in vars {
        let gradient = numbers(gradients.get(var).unwrap_or_else(|| panic!("no gradient of {name}")));
        let scale = gradient.iter().fold(1e-2, |max: f64, g| max.max(g.abs()));
        let start = numbers(var);
        let set = |values: Vec<f64>| var.set(&Tensor::from_vec(values, var.shape(), &Device::Cpu).unwrap()).unwrap();
        for (index, gradient) in gradient.iter().enumerate() {
            let at = |shift: f64| {
                let mut values = start.clone();
                values[index] += shift;
                set(values);
                value()
            };
            let difference = (at(EPSILON) - at(-EPSILON)) / (2.0 * EPSILON);
            worst = worst.max((difference - gradient).abs() / scale);
        }
        set(start);
    }
    worst
}

/// One layer, with every combination of lengths and initial state.
fn check<L: Recurrent>(name: &str, layer: &L, input: usize) {
    let wide = layer.output_size();
    let lstm = name.contains("lstm");
    for (batch, steps, lengths) in
        [(3, 4, None), (3, 4, Some(vec![2, 4, 1])), (3, 4, Some(vec![3, 3, 3])), (2, 1, None), (1, 3, Some(vec![2]))]
    {
        for (with_state, reverse, time_first) in [(false, false, false), (true, true, true)] {
            if reverse && layer.cells().len() == 2 {
                continue;
            }
            let shape = if time_first { [steps, batch, input] } else { [batch, steps, input] };
            let x = Var::from_tensor(&noise::<f64>(1, &shape)).unwrap();
            let h0 = Var::from_tensor(&noise::<f64>(2, &[batch, wide])).unwrap();
            let c0 = Var::from_tensor(&noise::<f64>(3, &[batch, wide])).unwrap();
            let loss = || -> Result<Tensor> {
                let state = State { h: h0.as_tensor().clone(), c: lstm.then(|| c0.as_tensor().clone()) };
                let options = ForwardOptions {
                    lengths: lengths.as_deref(),
                    initial: with_state.then_some(&state),
                    reverse,
                    time_first,
                    ..ForwardOptions::default()
                };
                let hidden = layer.forward_with(&x, &options)?;
                let mut loss = (hidden.output.sqr()? * noise::<f64>(4, hidden.output.dims()))?.sum_all()?;
                for (seed, state) in [(5, Some(&hidden.h_n)), (6, hidden.c_n.as_ref())] {
                    if let Some(state) = state {
                        loss = (loss + (state * noise::<f64>(seed, state.dims()))?.sum_all()?)?;
                    }
                }
                Ok(loss)
            };
            let mut vars = layer.parameters();
            vars.push(("x".into(), x.clone()));
            if with_state {
                vars.push(("h0".into(), h0.clone()));
                vars.extend(lstm.then(|| ("c0".to_string(), c0.clone())));
            }
            let worst = largest_difference(&vars, || loss().unwrap());
            assert!(worst < 1e-6, "{name}, lengths {lengths:?}, state {with_state}, reverse {reverse}: {worst:e}");
        }
    }
}

fn check_kind<L: Recurrent>(name: &str, new: fn(usize, usize, &mut Init) -> Result<L>) {
    for scheme in [Init::keras(3, &Device::Cpu), init(DType::F64)] {
        let mut init = scheme.with_dtype(DType::F64).unwrap();
        // 5 is no multiple of a register's width.
        check(name, &new(3, 5, &mut init).unwrap(), 3);
        let pair = Bidirectional::new(new(3, 2, &mut init).unwrap(), new(3, 2, &mut init).unwrap());
        check(&format!("{name}, both directions"), &pair.unwrap(), 3);
    }
    check_stacked(name, new);
}

/// Two layers of both directions with dropout between them, over sequences of different lengths.
fn check_stacked<L: Recurrent>(name: &str, new: fn(usize, usize, &mut Init) -> Result<L>) {
    let mut init = init(DType::F64);
    let mut pair = |input: usize| {
        let forwards = new(input, 2, &mut init).unwrap();
        Bidirectional::new(forwards, new(input, 2, &mut init).unwrap()).unwrap()
    };
    let layers = vec![pair(3), pair(4)];
    let stacked = Stacked::new(layers, 0.3, &mut init).unwrap();
    let x = Var::from_tensor(&noise::<f64>(1, &[3, 4, 3])).unwrap();
    let loss = || -> Result<Tensor> {
        let hidden = stacked.forward(&x, Some(&[2, 4, 1]), &batch(true, 5))?;
        let outputs = (hidden.output.sqr()? * noise::<f64>(2, &[3, 4, 4]))?.sum_all()?;
        Ok((outputs + (hidden.h_n * noise::<f64>(3, &[3, 4]))?.sum_all()?)?)
    };
    let mut vars = stacked.parameters();
    vars.push(("x".into(), x.clone()));
    let worst = largest_difference(&vars, || loss().unwrap());
    assert!(worst < 1e-6, "{name}, two layers: {worst:e}");
}

#[test]
fn rnn_with_tanh() {
    check_kind("rnn", SimpleRnn::new);
}

#[test]
fn rnn_with_relu() {
    check_kind("relu rnn", SimpleRnn::relu);
}

#[test]
fn lstm() {
    check_kind("lstm", Lstm::new);
}

#[test]
fn gru() {
    check_kind("gru", Gru::new);
}
