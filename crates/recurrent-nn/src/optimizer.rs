//! From gradients to new weights: SGD, Adam and AdamW, dense or by rows, in place.
//!
//! ```
//! use candle_core::{Device, Tensor};
//! use recurrent_nn::{Init, Linear, Optimizer, OptimizerConfig};
//! # fn main() -> recurrent_nn::Result<()> {
//! let linear = Linear::new(3, 2, &mut Init::keras(0, &Device::Cpu))?;
//! let mut optimizer = Optimizer::new(OptimizerConfig::default())?; // Adam
//! let x = Tensor::ones((4, 3), candle_core::DType::F32, &Device::Cpu)?;
//! let loss = || -> recurrent_nn::Result<Tensor> { Ok(linear.forward(&x)?.sqr()?.sum_all()?) };
//! let before = loss()?;
//! let report = optimizer.step(&linear, &before.backward()?, 0.01)?;
//! assert!(loss()?.to_scalar::<f32>()? < before.to_scalar()? && report.norm > 0.0);
//! # Ok(()) }
//! ```

#[cfg(test)]
mod cpu_emulation;
#[cfg(any(test, feature = "cuda"))]
mod gpu;
mod gradients;
mod idle_rows;
mod idle_steps;
mod measure;
mod param_state;
mod rule;

pub use gradients::{GradientReport, SparseGradient};
pub(crate) use gradients::{ParameterGradient, collect, expect_all, report, variables, without_gradient};
pub use idle_rows::IdleRows;

use crate::{
    Error, Module, Result,
    ops::{PAR_THRESHOLD, par_for_each},
};
use candle_core::{Tensor, backprop::GradStore};
use param_state::ParamState;
use rule::Rule;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap, btree_map::Entry};

/// How gradients g change weights w. The learning rate lr comes with each step.
///
/// | rule | per element |
/// | --- | --- |
/// | `Sgd` | u = momentum·u + g; w −= lr·u |
/// | `Adam` | m = β₁m + (1−β₁)g; v = β₂v + (1−β₂)g²; w −= lr·m̂ / (√v̂ + ε), m̂ = m/(1−β₁ᵗ), v̂ = v/(1−β₂ᵗ) |
/// | `AdamW` | w −= lr·weight_decay·w, then as `Adam` |
/// | `LazyAdam` | as `Adam`, but an embedding row changes only in a step that used it |
///
/// `Adam` on an embedding is exact: it gives what dense Adam gives. A row keeps moving after its last use, as long as
/// its m is not zero. A [`Trainer`](crate::Trainer) leaves such rows behind and moves each when somebody reads it, by one
/// sum over all steps it sat out, so that a step costs what its batch's rows cost; so with `AdamW` and with momentum (in
/// f32 with β₁ up to 0.9 and β₂ from 0.999 on; else, and wherever a table has other readers, every row moves). An
/// [`Optimizer`] on its own moves every row that was ever used in every step (a row never used has m = v = 0 and stays
/// as it is). u, m and v below 1e-30 (1e-300 in f64) count as zero, which changes no weight that can be seen; not in f64
/// on a GPU.
/// `LazyAdam` is
/// [`torch.optim.SparseAdam`](https://docs.pytorch.org/docs/stable/generated/torch.optim.SparseAdam.html): in a step
/// without the row neither m nor v decay, and w stays. Its cost is that of the batch's rows. Rare words then take
/// longer steps in their own direction; the results differ from `Adam`, often by less than two seeds do. `AdamW` decays
/// every row.
///
/// Sources: [Kingma and Ba, 2015](https://arxiv.org/abs/1412.6980), [Loshchilov and Hutter,
/// 2019](https://arxiv.org/abs/1711.05101); formulas as in PyTorch's `torch.optim`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Method {
    /// Stochastic gradient descent.
    Sgd {
        /// 0 for plain gradient descent, often 0.9.
        momentum: f64,
    },
    /// Adam.
    Adam {
        /// Decay of the mean gradient, below 1.
        beta1: f64,
        /// Decay of the mean squared gradient, below 1.
        beta2: f64,
        /// Keeps the division finite.
        epsilon: f64,
    },
    /// Adam with lazy moments for the rows of an embedding.
    LazyAdam {
        /// Decay of the mean gradient, below 1.
        beta1: f64,
        /// Decay of the mean squared gradient, below 1.
        beta2: f64,
        /// Keeps the division finite.
        epsilon: f64,
    },
    /// Adam with weight decay that does not pass through the moments.
    AdamW {
        /// Decay of the mean gradient, below 1.
        beta1: f64,
        /// Decay of the mean squared gradient, below 1.
        beta2: f64,
        /// Keeps the division finite.
        epsilon: f64,
        /// Share of a weight that goes per step, times the learning rate.
        weight_decay: f64,
    },
}

impl Method {
    /// Adam with β₁ = 0.9, β₂ = 0.999, ε = 1e-8.
    pub const fn adam() -> Self {
        Self::Adam { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 }
    }

    /// Lazy Adam with β₁ = 0.9, β₂ = 0.999, ε = 1e-8.
    pub const fn lazy_adam() -> Self {
        Self::LazyAdam { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 }
    }

    /// AdamW with β₁ = 0.9, β₂ = 0.999, ε = 1e-8, weight decay 0.01.
    pub const fn adamw() -> Self {
        Self::AdamW { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weight_decay: 0.01 }
    }

    /// The name for logs and reports, e.g. `Adam`.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Sgd { .. } => "Sgd",
            Self::Adam { .. } => "Adam",
            Self::LazyAdam { .. } => "LazyAdam",
            Self::AdamW { .. } => "AdamW",
        }
    }
}

/// Each rule once, for the tests of both kinds of update.
#[cfg(test)]
const METHODS: [Method; 5] = [
    Method::Sgd { momentum: 0.0 },
    Method::Sgd { momentum: 0.9 },
    Method::adam(),
    Method::lazy_adam(),
    Method::adamw(),
];

/// A limit on the gradients, applied before they change a weight.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Clip {
    /// All gradients together are scaled down to at most this Euclidean norm
    /// (times norm / (their norm + 1e-6), as `torch.nn.utils.clip_grad_norm_`).
    Norm(f64),
    /// Each number is limited to −value..=value.
    Value(f64),
}

/// The configuration of an [`Optimizer`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OptimizerConfig {
    /// The update rule. Default: [`Method::adam`].
    pub method: Method,
    /// A limit on the gradients. Default: none.
    pub clip: Option<Clip>,
}

impl Default for OptimizerConfig {
    fn default() -> Self {
        Self { method: Method::adam(), clip: None }
    }
}

/// Updates the weights of layers in place, and keeps the state that its rule has of each.
///
/// In f32 on an NVIDIA GPU a parameter's update is one kernel, of exact `Adam` on an embedding over all its rows; in
/// f64 it is candle's operations.
///
/// A parameter is known by `layer.parameter`, e.g. `rnn.weight_ih_l0`. One without a gradient stays as it is. A
/// variable that several layers share (a cloned layer, a tied weight) is one parameter, known by its first name: it is
/// updated once, with the sum of its gradients, and counts once in the norm, as in PyTorch.
#[derive(Debug)]
pub struct Optimizer {
    config: OptimizerConfig,
    states: BTreeMap<String, ParamState>,
}

impl Optimizer {
    /// An optimizer without any state yet. Errors if a number of the configuration is out of its range.
    pub fn new(config: OptimizerConfig) -> Result<Self> {
        let (factors, others) = match config.method {
            Method::Sgd { momentum } => (vec![("momentum", momentum)], vec![]),
            Method::Adam { beta1, beta2, epsilon } | Method::LazyAdam { beta1, beta2, epsilon } => {
                (vec![("beta1", beta1), ("beta2", beta2)], vec![("epsilon", epsilon)])
            }
            Method::AdamW { beta1, beta2, epsilon, weight_decay } => {
                (vec![("beta1", beta1), ("beta2", beta2)], vec![("epsilon", epsilon), ("weight_decay", weight_decay)])
            }
        };
        for (name, value) in factors {
            if !(0.0..1.0).contains(&value) {
                return Err(config_error(name, "a number in 0..1", value));
            }
        }
        for (name, value) in others {
            if !(value.is_finite() && value >= 0.0) {
                return Err(config_error(name, "a number of at least 0", value));
            }
        }
        if let Some(Clip::Norm(limit) | Clip::Value(limit)) = config.clip
            && !(limit.is_finite() && limit > 0.0)
        {
            return Err(config_error("clip", "a number above 0", limit));
        }
        Ok(Self { config, states: BTreeMap::new() })
    }

    /// Its configuration.
    pub fn config(&self) -> &OptimizerConfig {
        &self.config
    }

    /// One update of all parameters of a model or a layer that have a gradient.
    ///
    /// Gives the norm and the largest gradient before clipping. Errors with [`Error::Gradient`] if a gradient is not finite, with [`Error::OptimizerState`] if a
    /// parameter has another shape or type than before, with [`Error::ParameterName`] if two variables have one name;
    /// no weight has changed then.
    pub fn step(&mut self, module: &dyn Module, gradients: &GradStore, learning_rate: f64) -> Result<GradientReport> {
        self.update(collect(&module.state_dict(), module, gradients)?, learning_rate, false)
    }

    /// [`step`](Self::step) with gradients that have been collected. With `leave` the rows of an embedding that a step
    /// has no gradient of are left behind: the embedding reads them where they would be, and so does whoever asks it
    /// for its parameters.
    pub(crate) fn update(
        &mut self,
        gradients: Vec<ParameterGradient>,
        learning_rate: f64,
        leave: bool,
    ) -> Result<GradientReport> {
        let report = report(&gradients)?;
        if !report.norm.is_finite() {
            return Err(Error::Gradient { parameter: report.parameter, value: report.largest });
        }
        for ParameterGradient { name, var, .. } in &gradients {
            if let Some(state) = self.states.get_mut(name) {
                state.fit(name, var)?;
            }
        }
        for ParameterGradient { name, var, .. } in &gradients {
            if let Entry::Vacant(state) = self.states.entry(name.clone()) {
                state.insert(ParamState::new(&self.config.method, var)?);
            }
        }
        let update = |state: &mut ParamState, parameter: &ParameterGradient| {
            let rule =
                Rule::at(&self.config, state.next_step(), learning_rate, report.norm, parameter.gradient.is_sparse());
            state.update(&rule, &parameter.var, &parameter.gradient, leave.then_some(learning_rate))
        };
        // Small parameters run in parallel with each other; each large one is split into chunks itself.
        let mut by_name: HashMap<&str, &ParameterGradient> =
            gradients.iter().map(|parameter| (parameter.name.as_str(), parameter)).collect();
        let states = self.states.iter_mut();
        let work = states.filter_map(|(name, state)| Some((state, by_name.remove(name.as_str())?, Ok(()))));
        let (mut small, large): (Vec<(_, _, Result<()>)>, Vec<_>) = work.partition(|(_, parameter, _)| {
            parameter.var.device().is_cpu() && parameter.var.elem_count() < PAR_THRESHOLD
        });
        let numbers = small.iter().map(|(_, parameter, _)| parameter.var.elem_count());
        let numbers = numbers.sum();
        par_for_each(numbers, small.iter_mut(), |(state, parameter, result)| {
            *result = update(state, parameter);
        });
        small.into_iter().try_for_each(|(_, _, result)| result)?;
        for (state, parameter, _) in large {
            update(state, parameter)?;
        }
        Ok(report)
    }

    /// The state, as named tensors in a fixed order: for each parameter `NAME.step` (how often it was updated, f64),
    /// `NAME.exp_avg` (m, or u of SGD) and `NAME.exp_avg_sq` (v), of the parameter's shape.
    ///
    /// Of an embedding whose idle rows a [`Trainer`](crate::Trainer) has left behind these are the moments after each
    /// row's last step with a gradient, and beside them stand `NAME.row_step`, the number of that step (V,) or −1,
    /// `NAME.row`, the row as it was then (V, E), and `NAME.learning_rates`, those of all steps since the first.
    pub fn state(&self) -> Result<Vec<(String, Tensor)>> {
        let mut tensors = Vec::new();
        for (name, state) in &self.states {
            for (part, tensor) in state.tensors()? {
                tensors.push((format!("{name}.{part}"), tensor));
            }
        }
        Ok(tensors)
    }

    /// Resumes from a [`state`](Self::state). Whether it fits a model's parameters is checked at the next step.
    ///
    /// Errors with [`Error::OptimizerState`] for names or numbers that no training leaves behind.
    pub fn load_state(&mut self, state: Vec<(String, Tensor)>) -> Result<()> {
        let mut parts: BTreeMap<String, BTreeMap<String, Tensor>> = BTreeMap::new();
        for (key, tensor) in state {
            let Some((name, part)) = key.rsplit_once('.') else {
                return Err(state_error(key, "a name as `layer.parameter.exp_avg`", "no dot"));
            };
            parts.entry(name.to_string()).or_default().insert(part.to_string(), tensor);
        }
        self.states = parts
            .into_iter()
            .map(|(name, parts)| {
                let state = ParamState::load(&self.config.method, &name, parts)?;
                Ok((name, state))
            })
            .collect::<Result<_>>()?;
        Ok(())
    }
}

fn state_error(key: impl Into<String>, expected: impl ToString, got: impl ToString) -> Error {
    Error::OptimizerState { key: key.into(), expected: expected.to_string(), got: got.to_string() }
}

fn config_error(field: &'static str, expected: &'static str, got: f64) -> Error {
    Error::Config { operation: "Optimizer::new", field, expected: expected.to_string(), got: got.to_string() }
}
