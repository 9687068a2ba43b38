//! Whole training steps as PyTorch takes them: logits, loss, all gradients, norms and updated weights.

use crate::{assert_close, batch, devices::gpu, init_on};
use candle_core::{DType, Device, Tensor, safetensors};
use recurrent_nn::{
    Batch, Bidirectional, Clip, Embedding, EmbeddingConfig, Init, Linear, Lstm, Method, Model, Module, Optimizer,
    OptimizerConfig, Recurrent, Result, SimpleRnn, Stacked,
};
use std::collections::HashMap;

#[derive(Module)]
struct TitleRnn {
    embedding: Embedding,
    rnn: SimpleRnn,
    linear: Linear,
}

impl Model for TitleRnn {
    fn forward(&self, batch: &Batch) -> Result<Tensor> {
        let x = self.embedding.forward(&batch.input)?;
        self.linear.forward(&self.rnn.forward(&x, None)?.h_n)
    }
}

#[derive(Module)]
struct BiLstm {
    embedding: Embedding,
    lstm: Stacked<Bidirectional<Lstm>>,
    linear: Linear,
}

impl Model for BiLstm {
    fn forward(&self, batch: &Batch) -> Result<Tensor> {
        let x = self.embedding.forward(&batch.input)?;
        self.linear.forward(&self.lstm.forward(&x, Some(&batch.lengths), batch)?.h_n)
    }
}

fn title_rnn(embedding: Embedding, init: &mut Init) -> Box<dyn Model> {
    Box::new(TitleRnn { embedding, rnn: SimpleRnn::new(4, 5, init).unwrap(), linear: Linear::new(5, 4, init).unwrap() })
}

fn bilstm(embedding: Embedding, init: &mut Init) -> Box<dyn Model> {
    let mut pair = |input| Bidirectional::new(Lstm::new(input, 5, init)?, Lstm::new(input, 5, init)?);
    let layers = vec![pair(4).unwrap(), pair(10).unwrap()];
    Box::new(BiLstm {
        embedding,
        lstm: Stacked::new(layers, 0.0, init).unwrap(),
        linear: Linear::new(10, 4, init).unwrap(),
    })
}

/// Makes a case's model around its embedding.
type NewModel = fn(Embedding, &mut Init) -> Box<dyn Model>;

const CASES: [(&str, NewModel); 2] = [("title_rnn", title_rnn), ("bilstm", bilstm)];

/// One case of the file, in one dtype on one device.
struct Case {
    name: &'static str,
    device: Device,
    dtype: DType,
    tensors: HashMap<String, Tensor>,
    new: NewModel,
}

impl Case {
    fn all(device: &Device) -> Vec<Self> {
        let path = format!("{}/tests/fixtures/training.safetensors", env!("CARGO_MANIFEST_DIR"));
        let tensors = safetensors::load(path, &Device::Cpu).unwrap();
        let mut cases = Vec::new();
        for (name, new) in CASES {
            cases.extend([DType::F32, DType::F64].map(|dtype| Case {
                name,
                device: device.clone(),
                dtype,
                tensors: tensors.clone(),
                new,
            }));
        }
        cases
    }

    fn tensor(&self, name: &str) -> &Tensor {
        &self.tensors[&format!("{}/{name}", self.name)]
    }

    /// The model with the weights at the start.
    fn model(&self, sparse: bool) -> Box<dyn Model> {
        let mut init = init_on(&self.device, self.dtype);
        let config = EmbeddingConfig { sparse, ..EmbeddingConfig::default() };
        let embedding = Embedding::with_config(12, 4, config, &mut init).unwrap();
        let model = (self.new)(embedding, &mut init);
        for (name, var) in model.parameters() {
            let start = self.tensor(&name).to_dtype(self.dtype).unwrap();
            var.set(&start.to_device(&self.device).unwrap()).unwrap();
        }
        model
    }

    fn batch(&self, step: usize) -> Batch {
        let part = |name: &str| self.tensor(&format!("step{step}.{name}")).clone();
        let lengths: Vec<i64> = part("lengths").to_vec1().unwrap();
        let numbers = |name: &str| {
            let numbers = part(name).to_dtype(DType::U32).unwrap();
            numbers.to_device(&self.device).unwrap()
        };
        Batch {
            input: numbers("ids"),
            lengths: lengths.into_iter().map(|length| length as usize).collect(),
            target: Some(numbers("labels")),
            ..batch(true, step as u64)
        }
    }

    fn check(&self, name: &str, got: &Tensor, f32_tolerance: f64) {
        let tolerance = if self.dtype == DType::F64 { 1e-10 } else { f32_tolerance };
        let place = self.device.location();
        let full = format!("{} {:?} {place:?}: {name}", self.name, self.dtype);
        assert_close(&full, got, self.tensor(name), tolerance);
    }
}

fn loss(model: &dyn Model, batch: &Batch) -> Tensor {
    let logits = model.forward(batch).unwrap();
    candle_nn::loss::cross_entropy(&logits, batch.target.as_ref().unwrap()).unwrap()
}

fn the_first_step_has_pytorchs_logits_loss_and_gradients(device: &Device) {
    for case in Case::all(device) {
        // Without sparse gradients candle's own store holds every parameter's.
        let (model, batch) = (case.model(false), case.batch(1));
        case.check("logits", &model.forward(&batch).unwrap(), 1e-5);
        let loss = loss(&*model, &batch);
        case.check("loss", &loss, 1e-5);
        let gradients = loss.backward().unwrap();
        for (name, var) in model.parameters() {
            case.check(&format!("d_{name}"), gradients.get(&var).unwrap(), 1e-4);
        }
    }
}

fn a_sparse_embedding_gets_the_gradient_of_its_rows(device: &Device) {
    for case in Case::all(device) {
        let (model, batch) = (case.model(true), case.batch(1));
        let gradients = loss(&*model, &batch).backward().unwrap();
        let (_, embedding) = model.layers()[0];
        let (_, sparse) = embedding.sparse_gradients(&gradients).unwrap().remove(0);
        let rows = Tensor::new(sparse.rows.as_slice(), &Device::Cpu).unwrap();
        let expected = case.tensor("d_embedding.weight");
        let full = expected.zeros_like().unwrap().to_dtype(case.dtype).unwrap();
        let values = sparse.values.to_device(&Device::Cpu).unwrap();
        case.check("d_embedding.weight", &full.index_add(&rows, &values, 0).unwrap(), 1e-4);
        assert!(gradients.get(&model.parameters()[0].1).is_none());
    }
}

fn three_steps_of_every_optimizer_give_pytorchs_weights(device: &Device) {
    let clipped = Some(Clip::Norm(0.5));
    let optimizers = [
        ("adam", Method::adam(), None, 0.01),
        ("adamw", Method::AdamW { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weight_decay: 0.1 }, None, 0.01),
        ("sgd", Method::Sgd { momentum: 0.9 }, None, 0.1),
        ("sgd_clipped", Method::Sgd { momentum: 0.9 }, clipped, 0.1),
        ("sparse_adam", Method::lazy_adam(), None, 0.01),
    ];
    for case in Case::all(device) {
        for (name, method, clip, learning_rate) in optimizers {
            for sparse in [true, false] {
                if name == "sparse_adam" && !sparse {
                    continue;
                }
                let model = case.model(sparse);
                let mut optimizer = Optimizer::new(OptimizerConfig { method, clip }).unwrap();
                for step in 1..=3 {
                    let loss = loss(&*model, &case.batch(step));
                    case.check(&format!("{name}.step{step}.loss"), &loss, 1e-5);
                    let gradients = loss.backward().unwrap();
                    let report = optimizer.step(&*model, &gradients, learning_rate).unwrap();
                    if name == "sgd_clipped" {
                        let norm = Tensor::new(report.norm, &Device::Cpu).unwrap();
                        case.check(&format!("{name}.step{step}.norm"), &norm, 1e-5);
                    }
                    // A loaded state goes on as if nothing had happened.
                    let state = optimizer.state().unwrap();
                    optimizer = Optimizer::new(OptimizerConfig { method, clip }).unwrap();
                    optimizer.load_state(state).unwrap();
                    if step != 2 {
                        for (parameter, var) in model.parameters() {
                            case.check(&format!("{name}.step{step}.{parameter}"), &var, 1e-4);
                        }
                    }
                }
            }
        }
    }
}

mod on_the_cpu {
    use super::*;

    #[test]
    fn the_first_step_has_pytorchs_logits_loss_and_gradients() {
        super::the_first_step_has_pytorchs_logits_loss_and_gradients(&Device::Cpu);
    }

    #[test]
    fn a_sparse_embedding_gets_the_gradient_of_its_rows() {
        super::a_sparse_embedding_gets_the_gradient_of_its_rows(&Device::Cpu);
    }

    #[test]
    fn three_steps_of_every_optimizer_give_pytorchs_weights() {
        super::three_steps_of_every_optimizer_give_pytorchs_weights(&Device::Cpu);
    }
}

mod on_a_gpu {
    use super::*;

    #[test]
    #[ignore = "needs an NVIDIA GPU"]
    fn the_first_step_has_pytorchs_logits_loss_and_gradients() {
        super::the_first_step_has_pytorchs_logits_loss_and_gradients(&gpu());
    }

    #[test]
    #[ignore = "needs an NVIDIA GPU"]
    fn a_sparse_embedding_gets_the_gradient_of_its_rows() {
        super::a_sparse_embedding_gets_the_gradient_of_its_rows(&gpu());
    }

    #[test]
    #[ignore = "needs an NVIDIA GPU"]
    fn three_steps_of_every_optimizer_give_pytorchs_weights() {
        super::three_steps_of_every_optimizer_give_pytorchs_weights(&gpu());
    }
}
