//! A weight that several layers share is one parameter, as in PyTorch: in a step, in the norm, in the summary and in
//! files.

use crate::support::{Folder, Rows};
use candle_core::{DType, Device, Tensor, Var, safetensors};
use recurrent_nn::{
    Batch, Checkpoint, Clip, Embedding, EmbeddingConfig, Error, Init, Linear, Method, Model, Module, Optimizer,
    OptimizerConfig, Result, Trainer, TrainerConfig, load_weights, save_weights,
};
use std::{collections::HashMap, path::Path};

/// Reads the words before the middle and those after it with one embedding, through one linear layer, each listed
/// twice.
#[derive(Module)]
struct SharedLayers {
    embedding: Embedding,
    second: Embedding,
    linear: Linear,
    again: Linear,
}

impl Model for SharedLayers {
    fn forward(&self, batch: &Batch) -> Result<Tensor> {
        let (first, second) = (batch.input.narrow(1, 0, 3)?, batch.input.narrow(1, 3, 3)?);
        let mean = self.embedding.forward(&first.contiguous()?)?.mean(1)?;
        let h = self.linear.forward(&mean)?.tanh()?;
        let mean = self.second.forward(&second.contiguous()?)?.mean(1)?;
        self.again.forward(&(h + mean)?)
    }
}

/// Scores each word by its own vector.
#[derive(Module)]
struct TiedOutput {
    embedding: Embedding,
    linear: Linear,
    output: Output,
}

/// A layer of the test's own: y = x Wᵀ with the table of an embedding.
struct Output(Var);

impl Module for Output {
    fn state_dict(&self) -> Vec<(String, Var)> {
        vec![("weight".into(), self.0.clone())]
    }
}

impl Model for TiedOutput {
    fn forward(&self, batch: &Batch) -> Result<Tensor> {
        let mean = self.embedding.forward(&batch.input)?.mean(1)?;
        let h = self.linear.forward(&mean)?.tanh()?;
        Ok(h.matmul(&self.output.0.t()?)?)
    }
}

/// How the second embedding comes to its weights.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Sharing {
    Clone,
    SameTable,
}

fn shared_layers(init: &mut Init, sparse: bool, sharing: Sharing) -> Result<SharedLayers> {
    let config = EmbeddingConfig { sparse, ..Default::default() };
    let embedding = Embedding::with_config(12, 4, config, init)?;
    let linear = Linear::new(4, 4, init)?;
    Ok(SharedLayers {
        second: match sharing {
            Sharing::Clone => embedding.clone(),
            Sharing::SameTable => Embedding::from_weight(table(&embedding), config)?,
        },
        embedding,
        again: linear.clone(),
        linear,
    })
}

fn tied_output(init: &mut Init, sparse: bool) -> Result<TiedOutput> {
    let config = EmbeddingConfig { sparse, ..Default::default() };
    let embedding = Embedding::with_config(12, 4, config, init)?;
    Ok(TiedOutput { output: Output(table(&embedding)), embedding, linear: Linear::new(4, 4, init)? })
}

fn words() -> Result<Batch> {
    Ok(Batch::new(Tensor::new(&[[3u32, 1, 2, 0, 5, 4]], &Device::Cpu)?, vec![6]))
}

fn table(embedding: &Embedding) -> Var {
    embedding.parameters().swap_remove(0).1
}

/// One case of the file from PyTorch.
struct Case {
    name: &'static str,
    dtype: DType,
    tensors: HashMap<String, Tensor>,
}

impl Case {
    fn new(name: &'static str, dtype: DType) -> Result<Self> {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/shared.safetensors");
        Ok(Self { name, dtype, tensors: safetensors::load(path, &Device::Cpu)? })
    }

    fn tensor(&self, name: &str) -> &Tensor {
        &self.tensors[&format!("{}/{name}", self.name)]
    }

    fn batch(&self, step: usize) -> Result<Batch> {
        let numbers = |part: &str| self.tensor(&format!("step{step}.{part}")).to_dtype(DType::U32);
        Ok(Batch {
            target: Some(numbers("labels")?),
            training: true,
            step: step as u64,
            ..Batch::new(numbers("ids")?, vec![6; 5])
        })
    }

    fn check(&self, name: &str, got: &Tensor) -> Result<()> {
        let numbers =
            |tensor: &Tensor| -> Result<Vec<f64>> { Ok(tensor.to_dtype(DType::F64)?.flatten_all()?.to_vec1()?) };
        let tolerance = match self.dtype {
            DType::F64 => 1e-12,
            _ => 1e-5,
        };
        let (got, expected) = (numbers(got)?, numbers(self.tensor(name))?);
        assert_eq!(got.len(), expected.len(), "{name}");
        for (got, expected) in got.iter().zip(&expected) {
            assert!(
                (got - expected).abs() <= tolerance,
                "{} {:?} {name}: got {got}, PyTorch has {expected}",
                self.name,
                self.dtype
            );
        }
        Ok(())
    }

    /// Three steps of each rule, from the same weights as PyTorch.
    fn train(&self, sparse: bool, new: impl Fn(&mut Init) -> Result<Box<dyn Model>>) -> Result<()> {
        let adamw = Method::AdamW { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weight_decay: 0.1 };
        for (name, method, clip, learning_rate) in [
            ("adam", Method::adam(), None, 0.01),
            ("adamw", adamw, None, 0.01),
            ("sgd", Method::Sgd { momentum: 0.9 }, None, 0.1),
            ("sgd_clipped", Method::Sgd { momentum: 0.9 }, Some(Clip::Norm(0.5)), 0.1),
            ("sparse_adam", Method::lazy_adam(), None, 0.01),
        ] {
            let known = format!("{}/{name}.step1.loss", self.name);
            if name == "sparse_adam" && (!sparse || !self.tensors.contains_key(&known)) {
                continue;
            }
            let mut init = Init::pytorch(0, &Device::Cpu).with_dtype(self.dtype)?;
            let model = new(&mut init)?;
            for (parameter, var) in model.parameters() {
                var.set(&self.tensor(&parameter).to_dtype(self.dtype)?)?;
            }
            let mut optimizer = Optimizer::new(OptimizerConfig { method, clip })?;
            for step in 1..=3 {
                let batch = self.batch(step)?;
                let logits = model.forward(&batch)?;
                let labels = batch.target.as_ref().expect("labels");
                let loss = candle_nn::loss::cross_entropy(&logits, labels)?;
                self.check(&format!("{name}.step{step}.loss"), &loss)?;
                let gradients = loss.backward()?;
                let report = optimizer.step(&*model, &gradients, learning_rate)?;
                if clip.is_some() {
                    let norm = Tensor::new(report.norm, &Device::Cpu)?;
                    self.check(&format!("{name}.step{step}.norm"), &norm)?;
                }
                // Remembered once for each variable; a loaded state goes on as if nothing had happened.
                let state = optimizer.state()?;
                let steps = state.iter().filter(|(key, _)| key.ends_with(".step"));
                assert_eq!(steps.count(), model.parameters().len());
                optimizer = Optimizer::new(OptimizerConfig { method, clip })?;
                optimizer.load_state(state)?;
                if step != 2 {
                    for (parameter, var) in model.parameters() {
                        self.check(&format!("{name}.step{step}.{parameter}"), &var)?;
                    }
                }
            }
        }
        Ok(())
    }
}

#[test]
fn layers_that_are_listed_twice_learn_as_in_pytorch() -> Result<()> {
    for dtype in [DType::F32, DType::F64] {
        let case = Case::new("shared_layers", dtype)?;
        for sharing in [Sharing::Clone, Sharing::SameTable] {
            for sparse in [true, false] {
                case.train(sparse, |init| Ok(Box::new(shared_layers(init, sparse, sharing)?)))?;
            }
        }
    }
    Ok(())
}

#[test]
fn an_output_layer_of_the_words_own_vectors_learns_as_in_pytorch() -> Result<()> {
    for dtype in [DType::F32, DType::F64] {
        let case = Case::new("tied_output", dtype)?;
        for sparse in [true, false] {
            case.train(sparse, |init| Ok(Box::new(tied_output(init, sparse)?)))?;
        }
    }
    Ok(())
}

#[test]
fn a_summary_counts_what_is_shared_once() -> Result<()> {
    let mut init = Init::keras(0, &Device::Cpu);
    let model = shared_layers(&mut init, true, Sharing::Clone)?;
    let (summary, names) = (model.summary(&words()?)?, model.parameters().into_iter().map(|one| one.0));
    assert_eq!(names.collect::<Vec<_>>(), ["embedding.weight", "linear.weight", "linear.bias"]);
    let rows = summary.layers.iter().map(|row| (row.parameters.numbers, row.shared));
    assert_eq!(rows.collect::<Vec<_>>(), [(48, 0), (0, 48), (20, 0), (0, 20)]);
    assert_eq!((summary.parameters(), summary.bytes()), (68, 4 * 68));
    let text = summary.to_string();
    assert!(text.contains(" Total params: 68 (272.00 B)\n"), "{text}");
    let second = text.lines().find(|line| line.contains("second (Embedding)"));
    assert!(second.is_some_and(|line| line.ends_with("shared │")), "{text}");

    // Frozen as an embedding, trained as an output layer.
    let config = EmbeddingConfig { freeze: true, ..Default::default() };
    let embedding = Embedding::with_config(12, 4, config, &mut init)?;
    let model = TiedOutput { output: Output(table(&embedding)), embedding, linear: Linear::new(4, 4, &mut init)? };
    let trained = model.summary(&words()?)?.layers.into_iter().map(|row| row.trainable.numbers);
    assert_eq!(trained.sum::<usize>(), 48 + 20);
    Ok(())
}

/// A state_dict has every name; a file that safetensors wrote from a module with shared weights has one of them.
#[test]
fn a_file_of_weights_may_have_any_of_the_names() -> Result<()> {
    let folder = Folder::new("shared-names");
    let new = |seed| tied_output(&mut Init::pytorch(seed, &Device::Cpu), true);
    let (model, path) = (new(1)?, folder.0.join("model.safetensors"));
    save_weights(&path, &model)?;
    let all = safetensors::load(&path, &Device::Cpu)?;
    let mut names: Vec<&str> = all.keys().map(String::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, ["embedding.weight", "linear.bias", "linear.weight", "output.weight"]);
    let load = |path: &Path| -> Result<Vec<u32>> {
        let other = new(2)?;
        let before = crate::support::bits(&other);
        let loaded = load_weights(path, &other);
        if loaded.is_err() {
            assert_eq!(crate::support::bits(&other), before);
        }
        loaded.map(|()| crate::support::bits(&other))
    };
    assert_eq!(load(&path)?, crate::support::bits(&model));
    for name in ["embedding.weight", "output.weight"] {
        let mut some = all.clone();
        some.remove(name);
        safetensors::save(&some, &path)?;
        assert_eq!(load(&path)?, crate::support::bits(&model));
    }
    let refused = |all: HashMap<String, Tensor>, problem: &str| -> Result<()> {
        safetensors::save(&all, &path)?;
        let error = load(&path).unwrap_err().to_string();
        assert_eq!(error, format!("{}: {problem}", path.display()));
        Ok(())
    };
    let mut other = all.clone();
    other.insert("output.weight".into(), (&all["output.weight"] * 2.0)?);
    refused(other, "`embedding.weight` and `output.weight` are one parameter of the model, but differ in it")?;
    let mut none = all.clone();
    none.retain(|name, _| name.starts_with("linear"));
    refused(none, "`embedding.weight` of the model is not in it")
}

#[test]
fn a_training_of_shared_layers_goes_on_from_a_checkpoint() -> Result<()> {
    let (folder, rows) = (Folder::new("shared-checkpoint"), Rows::new(20, 5, 1));
    let new = |seed| -> Result<SharedLayers> {
        let mut init = Init::pytorch(seed, &Device::Cpu);
        let embedding = Embedding::new(30, 4, &mut init)?;
        let linear = Linear::new(4, 4, &mut init)?;
        Ok(SharedLayers { second: embedding.clone(), embedding, again: linear.clone(), linear })
    };
    let config = TrainerConfig { progress: false, ..Default::default() };
    let (whole, model, other) = (new(1)?, new(1)?, new(2)?);
    let mut never_saved = Trainer::new(config.clone())?;
    never_saved.fit(&whole, &rows, None)?;
    never_saved.fit(&whole, &rows, None)?;
    let mut trainer = Trainer::new(config)?;
    trainer.fit(&model, &rows, None)?;
    Checkpoint::save(folder.0.join("run"), &model, &trainer, &[])?;
    let mut resumed = Checkpoint::open(folder.0.join("run"))?.resume(&other)?;
    resumed.fit(&other, &rows, None)?;
    assert_eq!(resumed.history(), never_saved.history());
    assert_eq!(crate::support::bits(&other), crate::support::bits(&whole));
    Ok(())
}

/// Neither an optimizer's state nor a file could tell them apart.
#[test]
fn two_weights_of_one_name_are_refused() -> Result<()> {
    struct OneName(Linear, Linear);
    impl Module for OneName {
        fn layers(&self) -> Vec<(String, &dyn Module)> {
            vec![("linear".into(), &self.0), ("linear".into(), &self.1)]
        }
    }

    impl Model for OneName {
        fn forward(&self, batch: &Batch) -> Result<Tensor> {
            self.1.forward(&self.0.forward(&batch.input.to_dtype(DType::F32)?)?)
        }
    }
    let mut init = Init::keras(0, &Device::Cpu);
    let model = OneName(Linear::new(6, 6, &mut init)?, Linear::new(6, 3, &mut init)?);
    let config = TrainerConfig { progress: false, ..Default::default() };
    let before = crate::support::bits(&model);
    let trained = Trainer::new(config)?.fit(&model, &Rows::new(5, 5, 1), None);
    let folder = Folder::new("one-name");
    for refused in [trained.map(drop), save_weights(folder.0.join("model"), &model)] {
        let Err(Error::ParameterName { name }) = refused else {
            panic!("{refused:?}");
        };
        assert_eq!(name, "linear.weight");
    }
    assert_eq!(crate::support::bits(&model), before);
    // One variable under one name is listed twice, and is one parameter.
    let twice = Linear::new(6, 6, &mut init)?;
    assert_eq!(OneName(twice.clone(), twice).parameters().len(), 2);
    Ok(())
}
