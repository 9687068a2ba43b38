//! Numbers that shrink step after step end at zero: with subnormal numbers many processors compute far slower.

use crate::{noise, numbers};
use candle_core::{DType, Device, Tensor, Var};
use recurrent_nn::{Embedding, Gru, Init, Lstm, Optimizer, OptimizerConfig, Recurrent, Result, SimpleRnn};

#[track_caller]
fn ends_at_zero(name: &str, tensor: &Tensor) {
    let numbers = numbers(tensor);
    let subnormal = |x: &&f64| x.abs() > 0.0 && x.abs() < f64::from(f32::MIN_POSITIVE);
    assert_eq!(numbers.iter().filter(subnormal).count(), 0, "{name}");
    assert!(numbers.contains(&0.0), "{name} has not shrunk");
}

#[test]
fn a_gradient_far_back_in_time() -> Result<()> {
    let mut init = Init::pytorch(1, &Device::Cpu);
    let layers: [(&str, Box<dyn Recurrent>); 3] = [
        ("rnn", Box::new(SimpleRnn::new(3, 5, &mut init)?)),
        ("lstm", Box::new(Lstm::new(3, 5, &mut init)?)),
        ("gru", Box::new(Gru::new(3, 5, &mut init)?)),
    ];
    for (name, layer) in layers {
        let x = Var::from_tensor(&noise::<f32>(2, &[2, 600, 3]))?;
        let loss = layer.forward(&x, None)?.h_n.sum_all()?;
        let gradients = loss.backward()?;
        let Some(d_x) = gradients.get(&x) else {
            panic!("{name}: no gradient of x");
        };
        ends_at_zero(name, d_x);
    }
    Ok(())
}

#[test]
fn the_moments_of_a_row_long_unused() -> Result<()> {
    let embedding = Embedding::new(3, 4, &mut Init::keras(1, &Device::Cpu))?;
    let mut optimizer = Optimizer::new(OptimizerConfig::default())?;
    for step in 0..900 {
        let ids = Tensor::full(u32::from(step > 0), (1, 1), &Device::Cpu)?;
        let loss = embedding.forward(&ids)?.sqr()?.sum_all()?;
        optimizer.step(&embedding, &loss.backward()?, 1e-3)?;
    }
    let state = optimizer.state()?;
    let m = state.iter().find(|(name, _)| name.ends_with("exp_avg"));
    let (name, m) = m.expect("Adam keeps a mean of the gradients");
    assert_eq!(m.dtype(), DType::F32);
    ends_at_zero(name, &m.get(0)?);
    Ok(())
}
