//! One seed gives one network; weights and masks follow the rules they name.

use crate::{batch, init, noise, numbers};
use candle_core::{DType, Device, Tensor};
use recurrent_nn::{Dropout, Embedding, Init, Linear, Lstm, Module, SimpleRnn};

#[test]
fn one_seed_gives_one_network() {
    let weights = |seed| numbers(&Linear::new(30, 40, &mut Init::keras(seed, &Device::Cpu)).unwrap().parameters()[0].1);
    assert_eq!(weights(3), weights(3));
    assert_ne!(weights(3), weights(4));
}

#[test]
fn keras_starts_as_keras() {
    let mut init = Init::keras(0, &Device::Cpu).with_dtype(DType::F64).unwrap();
    let rnn = SimpleRnn::new(64, 16, &mut init).unwrap();
    let count: usize = rnn.parameters().iter().map(|(_, var)| var.elem_count()).sum();
    assert_eq!(count, 1296);

    let lstm = Lstm::new(20, 6, &mut init).unwrap().parameters();
    let [w_ih, w_hh, bias] = [0, 1, 2].map(|index| lstm[index].1.as_tensor());
    let bound = (6.0f64 / (20.0 + 24.0)).sqrt();
    let largest = numbers(w_ih).into_iter().fold(0.0, |max: f64, w| max.max(w.abs()));
    assert!(largest < bound && largest > 0.9 * bound, "{largest} {bound}");
    let product = w_hh.t().unwrap().matmul(w_hh).unwrap();
    let identity = Tensor::eye(6, DType::F64, &Device::Cpu).unwrap();
    crate::assert_close("orthogonal", &product, &identity, 1e-12);
    let expected: Vec<f64> = (0..24).map(|row| f64::from((6..12).contains(&row))).collect();
    assert_eq!(numbers(bias), expected);

    let embedding = numbers(&Embedding::new(100, 10, &mut init).unwrap().parameters()[0].1);
    assert!(embedding.iter().all(|w| w.abs() < 0.05) && embedding.iter().any(|w| w.abs() > 0.045));
}

#[test]
fn pytorch_starts_as_pytorch() {
    let mut init = init(DType::F64);
    for (_, var) in Lstm::new(20, 16, &mut init).unwrap().parameters() {
        let largest = numbers(&var).into_iter().fold(0.0, |max: f64, w| max.max(w.abs()));
        assert!(largest < 0.25 && largest > 0.2, "{largest}");
    }
    let embedding = numbers(&Embedding::new(1000, 10, &mut init).unwrap().parameters()[0].1);
    let mean = embedding.iter().sum::<f64>() / 1e4;
    let variance = embedding.iter().map(|w| (w - mean) * (w - mean)).sum::<f64>() / 1e4;
    assert!(mean.abs() < 0.05 && (variance - 1.0).abs() < 0.05, "{mean} {variance}");
}

#[test]
fn dropout_repeats_with_the_step_and_keeps_the_mean() {
    let dropout = Dropout::new(0.25, &mut init(DType::F32)).unwrap();
    let x = Tensor::ones((100, 100), DType::F32, &Device::Cpu).unwrap();
    let mask = |step| numbers(&dropout.forward(&x, &batch(true, step)).unwrap());
    assert_eq!(mask(4), mask(4));
    assert_ne!(mask(4), mask(5));
    assert!(mask(4).iter().all(|&value| value == 0.0 || (value - 4.0 / 3.0).abs() < 1e-6));
    let mean = mask(4).iter().sum::<f64>() / 1e4;
    assert!((mean - 1.0).abs() < 0.03, "{mean}");
    let same = dropout.forward(&x, &batch(false, 4)).unwrap();
    assert_eq!(numbers(&same), numbers(&x));
}

#[test]
fn an_embedding_used_twice_sums_its_gradients() {
    let embedding = Embedding::new(6, 3, &mut init(DType::F64)).unwrap();
    let ids = |ids: [[u32; 3]; 1]| Tensor::new(&ids, &Device::Cpu).unwrap();
    let weighted = |ids: &Tensor, seed| {
        (embedding.forward(ids).unwrap() * noise::<f64>(seed, &[1, 3, 3])).unwrap().sum_all().unwrap()
    };
    // A forward pass without a backward pass records nothing.
    weighted(&ids([[5, 5, 5]]), 0);
    let loss = (weighted(&ids([[1, 2, 1]]), 1) + weighted(&ids([[2, 4, 4]]), 2)).unwrap();
    let gradients = loss.backward().unwrap();
    let (_, sparse) = embedding.sparse_gradients(&gradients).unwrap().remove(0);
    let mut rows = sparse.rows.clone();
    rows.sort_unstable();
    assert_eq!(rows, [1, 2, 4]);
    let (a, b) = (numbers(&noise::<f64>(1, &[1, 3, 3])), numbers(&noise::<f64>(2, &[1, 3, 3])));
    let row_2: Vec<f64> = (0..3).map(|k| a[3 + k] + b[k]).collect();
    let place = sparse.rows.iter().position(|&row| row == 2).unwrap();
    assert_eq!(numbers(&sparse.values.get(place).unwrap()), row_2);
    // The same gradients may be asked for again; those of another loss hold none of these rows.
    assert_eq!(embedding.sparse_gradients(&gradients).unwrap().len(), 1);
    let other = weighted(&ids([[3, 3, 3]]), 3).backward().unwrap();
    let (_, sparse) = embedding.sparse_gradients(&other).unwrap().remove(0);
    assert_eq!(sparse.rows, [3]);
}
