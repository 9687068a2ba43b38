//! What does not fit is refused with the operation and the numbers.

use crate::{batch, init, noise};
use candle_core::{DType, Device, Tensor};
use recurrent_nn::{
    Bidirectional, Clip, Embedding, EmbeddingConfig, Error, ForwardOptions, Gru, Linear, Lstm, Method, Module,
    Optimizer, OptimizerConfig, Recurrent, SimpleRnn, Stacked, State,
};

#[track_caller]
fn refused<T>(result: recurrent_nn::Result<T>, words: &[&str]) {
    let message = match result {
        Ok(_) => panic!("accepted"),
        Err(error) => error.to_string(),
    };
    for word in words {
        assert!(message.contains(word), "`{word}` is not in: {message}");
    }
}

#[test]
fn shapes_lengths_and_dtypes() {
    let rnn = SimpleRnn::new(3, 4, &mut init(DType::F32)).unwrap();
    let x = noise::<f32>(0, &[2, 5, 3]);
    refused(rnn.forward(&noise::<f32>(0, &[2, 5, 7]), None), &["SimpleRnn", "(B, T, 3)", "[2, 5, 7]"]);
    refused(rnn.forward(&noise::<f32>(0, &[2, 3]), None), &["SimpleRnn", "[2, 3]"]);
    refused(rnn.forward(&noise::<f32>(0, &[2, 0, 3]), None), &["at least 1"]);
    let both = Bidirectional::new(rnn.clone(), rnn.clone()).unwrap();
    let reverse = ForwardOptions { reverse: true, ..ForwardOptions::default() };
    refused(both.forward_with(&x, &reverse), &["SimpleRnn: expected one direction", "one direction to run in reverse"]);
    refused(rnn.forward(&x, Some(&[5])), &["2 lengths", "1 lengths"]);
    refused(rnn.forward(&x, Some(&[5, 0])), &["sequence 1 is 0", "1 to 5"]);
    refused(rnn.forward(&x, Some(&[6, 5])), &["sequence 0 is 6", "1 to 5"]);
    refused(rnn.forward(&noise::<f64>(0, &[2, 5, 3]), None), &["SimpleRnn", "f32", "F64"]);
    let half = x.to_dtype(DType::BF16).unwrap();
    refused(rnn.forward(&half, None), &["BF16"]);
    refused(recurrent_nn::Init::keras(0, &Device::Cpu).with_dtype(DType::F16), &["F16"]);
    let vector = noise::<f32>(0, &[3]);
    for time_first in [false, true] {
        let options = ForwardOptions { time_first, ..ForwardOptions::default() };
        refused(rnn.forward_with(&vector, &options), &["SimpleRnn", "(B, T, 3)", "[3]"]);
    }
}

#[test]
fn what_a_linear_layer_and_dropout_do_not_take() {
    let shape = |result| matches!(result, Err(Error::Shape { operation, .. }) if operation == "Linear::forward");
    let linear = Linear::new(3, 4, &mut init(DType::F32)).unwrap();
    assert!(shape(linear.forward(&noise::<f32>(0, &[2, 5]))));
    assert!(shape(linear.forward(&noise::<f32>(0, &[]))));
    // A wrong shape is named before a wrong dtype.
    assert!(shape(linear.forward(&noise::<f64>(0, &[2, 5]))));
    refused(linear.forward(&noise::<f32>(0, &[2, 5])), &["Linear::forward", "last dimension of 3", "[2, 5]"]);

    let x = noise::<f64>(0, &[2, 3]);
    let half = x.to_dtype(DType::F16).unwrap();
    let ids = x.to_dtype(DType::U32).unwrap();
    for wrong in [&x, &half, &ids] {
        let error = linear.forward(wrong).unwrap_err();
        let Error::DType { operation, expected, got } = error else {
            panic!("{error}");
        };
        assert_eq!((operation, expected), ("Linear::forward", "f32, as the weights"));
        assert_eq!(got, wrong.dtype());
    }
    let double = Linear::new(3, 4, &mut init(DType::F64)).unwrap();
    assert_eq!(double.forward(&x).unwrap().dims(), [2, 4]);
    refused(double.forward(&x.to_dtype(DType::F32).unwrap()), &["Linear::forward", "f64, as the weights", "F32"]);

    let dropout = recurrent_nn::Dropout::new(0.5, &mut init(DType::F32)).unwrap();
    let error = dropout.forward(&ids, &batch(true, 0)).unwrap_err();
    assert!(matches!(error, Error::DType { operation: "Dropout::forward", got: DType::U32, .. }), "{error}");
}

#[test]
fn initial_states() {
    let x = noise::<f32>(0, &[2, 5, 3]);
    let state = |shape: &[usize], c: bool| State { h: noise::<f32>(1, shape), c: c.then(|| noise::<f32>(2, shape)) };
    let run = |layer: &dyn Recurrent, state: State| {
        let initial = Some(&state);
        layer.forward_with(&x, &ForwardOptions { initial, ..ForwardOptions::default() })
    };
    let lstm = Lstm::new(3, 4, &mut init(DType::F32)).unwrap();
    let gru = Gru::new(3, 4, &mut init(DType::F32)).unwrap();
    refused(run(&lstm, state(&[2, 5], true)), &["Lstm", "(2, 4)", "[2, 5]"]);
    refused(run(&lstm, state(&[2, 4], false)), &["Lstm", "cell state"]);
    refused(run(&gru, state(&[2, 4], true)), &["Gru", "cell state"]);
}

#[test]
fn token_ids() {
    let config = EmbeddingConfig { mask_zero: true, ..EmbeddingConfig::default() };
    let embedding = Embedding::with_config(10, 3, config, &mut init(DType::F32)).unwrap();
    let ids = |ids: &[[u32; 3]; 2]| Tensor::new(ids, &Device::Cpu).unwrap();
    refused(embedding.forward(&ids(&[[1, 2, 3], [4, 10, 0]])), &["id 10", "position 4", "10"]);
    refused(embedding.forward(&noise::<f32>(0, &[2, 3])), &["u32", "F32"]);
    refused(embedding.lengths(&ids(&[[1, 2, 3], [4, 0, 5]])), &["id 5", "step 2", "sequence 1"]);
    assert_eq!(embedding.lengths(&ids(&[[1, 2, 3], [4, 0, 0]])).unwrap(), Some(vec![3, 1]));
}

#[test]
fn layers_that_do_not_fit() {
    let mut init = init(DType::F32);
    let mut gru = |input, hidden| Gru::new(input, hidden, &mut init).unwrap();
    refused(Bidirectional::new(gru(3, 4), gru(3, 5)), &["same kind and sizes", "4", "5"]);
    let wrong = vec![gru(3, 4), gru(5, 4)];
    refused(Stacked::new(wrong, 0.0, &mut init), &["layer 1 with 4 inputs", "5 inputs"]);
    refused(Stacked::<Gru>::new(vec![], 0.0, &mut init), &["at least one layer"]);
    refused(recurrent_nn::Dropout::new(1.0, &mut init), &["`p`", "0..1", "got 1"]);
}

#[test]
fn optimizers() {
    let method = Method::Adam { beta1: 1.0, beta2: 0.999, epsilon: 1e-8 };
    refused(Optimizer::new(OptimizerConfig { method, clip: None }), &["beta1", "got 1"]);
    let clip = Some(Clip::Norm(f64::NAN));
    refused(Optimizer::new(OptimizerConfig { clip, ..OptimizerConfig::default() }), &["clip", "NaN"]);

    let linear = Linear::new(3, 2, &mut init(DType::F32)).unwrap();
    let before: Vec<f32> = linear.parameters()[0].1.flatten_all().unwrap().to_vec1().unwrap();
    let x = (noise::<f32>(0, &[4, 3]) / 0.0).unwrap();
    let gradients = linear.forward(&x).unwrap().sum_all().unwrap().backward().unwrap();
    let mut optimizer = Optimizer::new(OptimizerConfig::default()).unwrap();
    let error = optimizer.step(&linear, &gradients, 0.1).unwrap_err();
    assert!(matches!(&error, Error::Gradient { parameter, .. } if parameter == "weight"), "{error}");
    let after: Vec<f32> = linear.parameters()[0].1.flatten_all().unwrap().to_vec1().unwrap();
    assert_eq!(before, after);

    let state = |name: &str| vec![(name.to_string(), Tensor::zeros((2, 2), DType::F32, &Device::Cpu).unwrap())];
    refused(optimizer.load_state(state("nothing")), &["nothing", "no dot"]);
    refused(optimizer.load_state(state("linear.weight.exp_avg")), &["linear.weight.step", "none"]);
}
