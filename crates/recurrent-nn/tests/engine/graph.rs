//! A layer in candle's graph: whichever of its outputs a loss uses, and with several backward passes.

use crate::{assert_close, init, noise};
use candle_core::{DType, Tensor, Var};
use recurrent_nn::{Bidirectional, ForwardOptions, Hidden, Lstm, Module, Recurrent, Result, State};

/// x, h₀, c₀ and all weights, by name.
struct Inputs {
    layer: Bidirectional<Lstm>,
    x: Var,
    state: [Var; 2],
}

impl Inputs {
    fn new() -> Result<Self> {
        let mut init = init(DType::F64);
        let state = |seed| Var::from_tensor(&noise::<f64>(seed, &[4, 10]));
        Ok(Self {
            layer: Bidirectional::new(Lstm::new(3, 5, &mut init)?, Lstm::new(3, 5, &mut init)?)?,
            x: Var::from_tensor(&noise::<f64>(1, &[4, 6, 3]))?,
            state: [state(2)?, state(3)?],
        })
    }

    fn forward(&self, step_by_step: bool) -> Result<Hidden> {
        let initial = State { h: self.state[0].as_tensor().clone(), c: Some(self.state[1].as_tensor().clone()) };
        let options = ForwardOptions {
            lengths: Some(&[6, 1, 4, 2]),
            initial: Some(&initial),
            step_by_step,
            ..ForwardOptions::default()
        };
        self.layer.forward_with(&self.x, &options)
    }

    fn gradients(&self, loss: &Tensor) -> Result<Vec<(String, Tensor)>> {
        let gradients = loss.backward()?;
        let mut inputs = self.layer.parameters();
        inputs.push(("x".into(), self.x.clone()));
        inputs.push(("h_0".into(), self.state[0].clone()));
        inputs.push(("c_0".into(), self.state[1].clone()));
        let gradient = |(name, var): (String, Var)| {
            let Some(gradient) = gradients.get(&var) else {
                panic!("no gradient of {name}");
            };
            (name, gradient.clone())
        };
        Ok(inputs.into_iter().map(gradient).collect())
    }
}

/// A loss of some of the results: bit 0 the outputs, bit 1 h_n, bit 2 c_n.
fn loss(hidden: &Hidden, which: usize) -> Result<Tensor> {
    let c_n = hidden.c_n.as_ref().expect("an LSTM has a cell state");
    let results = [&hidden.output, &hidden.h_n, c_n];
    let mut loss = Tensor::zeros((), DType::F64, hidden.h_n.device())?;
    for (index, result) in results.into_iter().enumerate() {
        if which & (1 << index) != 0 {
            let factors = noise::<f64>(9 + index as u64, result.dims());
            loss = (loss + (result * factors)?.sum_all()?)?;
        }
    }
    Ok(loss)
}

fn assert_same(got: &[(String, Tensor)], expected: &[(String, Tensor)]) {
    for ((name, got), (_, expected)) in got.iter().zip(expected) {
        assert_close(name, got, expected, 1e-12);
    }
}

#[test]
fn whichever_results_a_loss_uses() -> Result<()> {
    let inputs = Inputs::new()?;
    for which in 1..8 {
        let fused = inputs.gradients(&loss(&inputs.forward(false)?, which)?)?;
        let candle = inputs.gradients(&loss(&inputs.forward(true)?, which)?)?;
        assert_same(&fused, &candle);
    }
    Ok(())
}

/// A backward pass leaves nothing behind that the next one would use.
#[test]
fn several_losses_of_one_forward_pass() -> Result<()> {
    let inputs = Inputs::new()?;
    let hidden = inputs.forward(false)?;
    for which in [7, 1, 2, 4, 1] {
        let again = inputs.gradients(&loss(&hidden, which)?)?;
        let alone = inputs.gradients(&loss(&inputs.forward(false)?, which)?)?;
        assert_same(&again, &alone);
    }
    Ok(())
}

#[test]
fn two_backward_passes_in_parallel() -> Result<()> {
    let inputs = Inputs::new()?;
    let hidden = inputs.forward(false)?;
    let expected = [3, 4].map(|which| {
        let alone = inputs.forward(false).and_then(|hidden| loss(&hidden, which));
        alone.and_then(|loss| inputs.gradients(&loss)).unwrap()
    });
    std::thread::scope(|scope| {
        for (which, expected) in [3, 4].into_iter().zip(&expected) {
            let (inputs, hidden) = (&inputs, &hidden);
            scope.spawn(move || {
                for _ in 0..50 {
                    let loss = loss(hidden, which).unwrap();
                    assert_same(&inputs.gradients(&loss).unwrap(), expected);
                }
            });
        }
    });
    Ok(())
}
