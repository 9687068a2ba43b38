//! Outputs, states and gradients of whole layers, as PyTorch computes them.

use crate::{assert_close, batch, devices::gpu, init_on};
use candle_core::{DType, Device, Tensor, Var, safetensors};
use recurrent_nn::{
    Bidirectional, ForwardOptions, Gru, Init, Lstm, Module, Recurrent, Result, SimpleRnn, Stacked, State,
};
use std::collections::{BTreeSet, HashMap};

type New<L> = fn(usize, usize, &mut Init) -> Result<L>;

/// All cases of a file, in f32 and f64, fused and step by step, on a device.
fn check_file<L: Recurrent>(kind: &str, new: New<L>, device: &Device) {
    let path = format!("{}/tests/fixtures/{kind}.safetensors", env!("CARGO_MANIFEST_DIR"));
    let tensors = safetensors::load(path, &Device::Cpu).unwrap();
    let cases: BTreeSet<&str> = tensors.keys().filter_map(|name| Some(name.split_once('/')?.0)).collect();
    assert_eq!(cases.len(), 27);
    for case in cases {
        let tensors: HashMap<String, Tensor> = tensors
            .iter()
            .filter_map(|(name, tensor)| {
                Some((name.strip_prefix(case)?.strip_prefix('/')?.to_string(), tensor.clone()))
            })
            .collect();
        for step_by_step in [false, true] {
            let place = device.location();
            let check = |dtype, output_tolerance, gradient_tolerance| Check {
                case: format!("{kind} {case}, {place:?}, step by step {step_by_step}"),
                tensors: &tensors,
                device: device.clone(),
                dtype,
                step_by_step,
                output_tolerance,
                gradient_tolerance,
            };
            check(DType::F32, 1e-5, 1e-4).case(new);
            check(DType::F64, 1e-12, 1e-11).case(new);
        }
    }
}

struct Check<'a> {
    case: String,
    tensors: &'a HashMap<String, Tensor>,
    device: Device,
    dtype: DType,
    step_by_step: bool,
    output_tolerance: f64,
    gradient_tolerance: f64,
}

impl Check<'_> {
    fn given(&self, name: &str) -> Tensor {
        let tensor = self.tensors[name].to_dtype(self.dtype).unwrap();
        tensor.to_device(&self.device).unwrap()
    }

    /// The layers that the tensors' names tell of.
    fn case<L: Recurrent>(&self, new: New<L>) {
        let (input, hidden) = (self.tensors["input"].dims()[2], self.tensors["weight_hh_l0"].dims()[1]);
        let layers = 1 + usize::from(self.tensors.contains_key("weight_ih_l1"));
        let both = self.tensors.contains_key("weight_ih_l0_reverse");
        let mut init = init_on(&self.device, self.dtype);
        let inputs = |layer: usize| {
            if layer == 0 { input } else { (1 + usize::from(both)) * hidden }
        };
        let mut layer = |index: usize| new(inputs(index), hidden, &mut init).unwrap();
        if both {
            let pairs = (0..layers).map(|index| Bidirectional::new(layer(index), layer(index)).unwrap());
            let pairs = pairs.collect();
            self.run(Stacked::new(pairs, 0.0, &mut init).unwrap(), layers, 2);
        } else {
            let singles = (0..layers).map(layer).collect();
            self.run(Stacked::new(singles, 0.0, &mut init).unwrap(), layers, 1);
        }
    }

    fn run<L: Recurrent>(&self, stacked: Stacked<L>, layers: usize, directions: usize) {
        let parameters = stacked.parameters();
        for (name, var) in &parameters {
            var.set(&self.given(name)).unwrap();
        }
        let x = Var::from_tensor(&self.given("input")).unwrap();
        let lengths: Vec<i64> = self.tensors["lengths"].to_vec1().unwrap();
        let lengths: Vec<usize> = lengths.into_iter().map(|length| length as usize).collect();
        // PyTorch has the states of all layers and directions in one tensor (layers · directions, B, H).
        let initial = |name: &str| {
            let given = self.tensors.contains_key(name).then(|| self.given(name))?;
            Some(Var::from_tensor(&given).unwrap())
        };
        let (h_0, c_0) = (initial("h_0"), initial("c_0"));
        let layer_state = |states: &Tensor, layer: usize| {
            let own = states.narrow(0, layer * directions, directions).unwrap();
            let own = own.transpose(0, 1).unwrap().contiguous().unwrap();
            own.flatten_from(1).unwrap()
        };
        let states: Vec<Option<State>> = (0..layers)
            .map(|layer| {
                Some(State { h: layer_state(h_0.as_ref()?, layer), c: c_0.as_ref().map(|c_0| layer_state(c_0, layer)) })
            })
            .collect();
        let options: Vec<ForwardOptions> = states
            .iter()
            .map(|state| ForwardOptions {
                lengths: Some(&lengths),
                initial: state.as_ref(),
                step_by_step: self.step_by_step,
                ..ForwardOptions::default()
            })
            .collect();
        let all = stacked.forward_with(&x, &options, &batch(false, 0)).unwrap();

        let output = &all[layers - 1].output;
        self.result("output", output);
        let mut loss = (output * self.given("d_output")).unwrap().sum_all().unwrap();
        for (layer, hidden) in all.iter().enumerate() {
            for (name, got) in [("h_n", Some(&hidden.h_n)), ("c_n", hidden.c_n.as_ref())] {
                let Some(got) = got else { continue };
                let expected = layer_state(&self.given(name), layer);
                assert_close(&format!("{}: {name} of layer {layer}", self.case), got, &expected, self.output_tolerance);
                let above = layer_state(&self.given(&format!("d_{name}")), layer);
                loss = (loss + (got * above).unwrap().sum_all().unwrap()).unwrap();
            }
        }
        let gradients = loss.backward().unwrap();
        let given = [("input".to_string(), Some(x)), ("h_0".into(), h_0), ("c_0".into(), c_0)];
        let given = given.into_iter().filter_map(|(name, var)| Some((name, var?)));
        for (name, var) in given.chain(parameters) {
            let name = format!("d_{name}");
            let got = gradients.get(&var).unwrap_or_else(|| panic!("{}: no {name}", self.case));
            assert_close(&format!("{}: {name}", self.case), got, &self.given(&name), self.gradient_tolerance);
        }
    }

    fn result(&self, name: &str, got: &Tensor) {
        assert_close(&format!("{}: {name}", self.case), got, &self.given(name), self.output_tolerance);
    }
}

/// The same four files on one device.
macro_rules! files {
    ($device:expr $(, #[$ignored:meta])?) => {
        #[test]
        $(#[$ignored])?
        fn rnn_with_tanh() {
            check_file("rnn_tanh", SimpleRnn::new, &$device);
        }

        #[test]
        $(#[$ignored])?
        fn rnn_with_relu() {
            check_file("rnn_relu", SimpleRnn::relu, &$device);
        }

        #[test]
        $(#[$ignored])?
        fn lstm() {
            check_file("lstm", Lstm::new, &$device);
        }

        #[test]
        $(#[$ignored])?
        fn gru() {
            check_file("gru", Gru::new, &$device);
        }
    };
}

mod on_the_cpu {
    use super::*;
    files!(Device::Cpu);
}

mod on_a_gpu {
    use super::*;
    files!(gpu(), #[ignore = "needs an NVIDIA GPU"]);
}
