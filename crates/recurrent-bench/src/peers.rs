//! The libraries of a measurement, and how each is started.

use crate::{
    runner::{InitName, OptimizerName},
    spec::ModelName,
};
use anyhow::{Context, Result, bail};
use clap::ValueEnum;
use std::{
    path::{Path, PathBuf},
    process::Command,
};

/// A library, with the way it is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Peer {
    /// This project
    Recurrent,
    /// This project, with lazy Adam
    RecurrentLazy,
    /// Keras on TensorFlow
    Keras,
    /// Keras on JAX, which compiles each shape in the first epoch
    KerasJax,
    /// Plain JAX with optax.adam, which compiles each shape in the first epoch
    Jax,
    /// The same, with Adam on a batch's embedding rows only
    JaxSparse,
    /// PyTorch, dense gradients
    Torch,
    /// PyTorch, dense gradients, torch.optim.Adam(fused=True)
    TorchFused,
    /// PyTorch, sparse embedding gradients, torch.optim.SparseAdam
    TorchSparse,
    /// PyTorch, dense gradients, padded where others pack
    TorchPadded,
    /// The same with torch.optim.Adam(fused=True)
    TorchFusedPadded,
    /// Plain candle-nn
    Candle,
}

impl Peer {
    /// All but this project.
    pub const OTHERS: [Peer; 8] = [
        Peer::Keras,
        Peer::KerasJax,
        Peer::Jax,
        Peer::JaxSparse,
        Peer::Torch,
        Peer::TorchFused,
        Peer::TorchSparse,
        Peer::Candle,
    ];
    /// The same on a GPU.
    pub const OTHERS_ON_CUDA: [Peer; 6] =
        [Peer::Torch, Peer::TorchPadded, Peer::TorchFused, Peer::TorchFusedPadded, Peer::TorchSparse, Peer::Candle];

    pub fn is_ours(self) -> bool {
        matches!(self, Self::Recurrent | Self::RecurrentLazy)
    }

    pub fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_string()).unwrap_or_default()
    }
}

/// What every process of one measurement has in common.
#[derive(Debug, Clone)]
pub struct Setting {
    pub model: ModelName,
    /// The folder that holds `ag_news/`.
    pub data: PathBuf,
    pub rows: Option<usize>,
    pub valid_rows: Option<usize>,
    /// Rows of random ids of this length instead of AG News; for this project only.
    pub steps: Option<usize>,
    /// bilstm2 with another number of bidirectional layers; for this project only.
    pub layers: Option<usize>,
    pub threads: usize,
    pub seed: u64,
    pub batch: usize,
    /// `cpu`, `cuda` or `cuda:N`.
    pub device: String,
    pub init: InitName,
    pub python: PathBuf,
}

impl Setting {
    /// The command that starts a peer as a process that trains an epoch for each line it reads.
    pub fn command(&self, peer: Peer) -> Result<Command> {
        let mut command = match peer {
            Peer::Recurrent | Peer::RecurrentLazy | Peer::Candle => self.rust(peer)?,
            Peer::Keras | Peer::KerasJax | Peer::Jax | Peer::JaxSparse if self.device != "cpu" => {
                bail!("its script trains on the processor only")
            }
            Peer::Keras => self.python("keras_lesson.py", &[]),
            Peer::KerasJax => self.python("keras_lesson.py", &["--backend", "jax"]),
            Peer::Jax => self.python("jax_lesson.py", &[]),
            Peer::JaxSparse => self.python("jax_lesson.py", &["--optimizer", "sparse"]),
            Peer::Torch => self.python("torch_lesson.py", &[]),
            Peer::TorchPadded => self.python("torch_lesson.py", &["--padded"]),
            Peer::TorchFused => self.python("torch_lesson.py", &["--optimizer", "fused"]),
            Peer::TorchFusedPadded => self.python("torch_lesson.py", &["--optimizer", "fused", "--padded"]),
            Peer::TorchSparse => self.python("torch_lesson.py", &["--optimizer", "sparse"]),
        };
        command.args(["--model", &self.model.name(), "--threads", &self.threads.to_string()]);
        command.args(["--seed", &self.seed.to_string(), "--batch", &self.batch.to_string(), "--device", &self.device]);
        for (flag, number) in [("--rows", self.rows), ("--valid-rows", self.valid_rows)] {
            if let Some(number) = number {
                command.args([flag, &number.to_string()]);
            }
        }
        Ok(command)
    }

    fn rust(&self, peer: Peer) -> Result<Command> {
        let mut command = Command::new(std::env::current_exe().context("cannot find this program's own file")?);
        let optimizer = if peer == Peer::RecurrentLazy { OptimizerName::LazyAdam } else { OptimizerName::Adam };
        command.args(["run", "--library", if peer == Peer::Candle { "candle" } else { "recurrent" }]);
        command.args(["--optimizer", &value_name(optimizer), "--init", &value_name(self.init)]);
        for (flag, number) in [("--steps", self.steps), ("--layers", self.layers)] {
            if let Some(number) = number {
                command.args([flag, &number.to_string()]);
            }
        }
        // candle's own threads wait by spinning: in a notebook of ours the kernel turns them off; candle-nn on its
        // own uses them.
        let candle_threads = if peer.is_ours() { 1 } else { self.threads };
        command
            .env("CANDLE_NUM_THREADS", candle_threads.to_string())
            .env("RAYON_NUM_THREADS", self.threads.to_string())
            .env("RECURRENT_DATA_DIR", &self.data);
        Ok(command)
    }

    fn python(&self, script: &str, options: &[&str]) -> Command {
        let news = self.data.join("ag_news");
        let mut command = Command::new(&self.python);
        command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("peers").join(script)).arg("--stepwise").args(options);
        command.arg("--train").arg(news.join("train.csv")).arg("--test").arg(news.join("test.csv"));
        command.env("OMP_NUM_THREADS", self.threads.to_string());
        command
    }
}

fn value_name(value: impl ValueEnum) -> String {
    value.to_possible_value().map(|value| value.get_name().to_string()).unwrap_or_default()
}
