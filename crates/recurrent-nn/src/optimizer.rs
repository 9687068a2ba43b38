//! From gradients to new weights: SGD, Adam and AdamW, dense or by rows, in place.
//!
//! ```
//! use candle_core::{Device, Tensor};
//! use recurrent_nn::{Init, Layer, Linear, Optimizer, OptimizerConfig};
//! # fn main() -> recurrent_nn::Result<()> {
//! let linear = Linear::new(3, 2, &mut Init::keras(0, &Device::Cpu))?;
//! let mut optimizer = Optimizer::new(OptimizerConfig::default())?; // Adam
//! let x = Tensor::ones((4, 3), candle_core::DType::F32, &Device::Cpu)?;
//! let loss = || -> recurrent_nn::Result<Tensor> { Ok(linear.forward(&x)?.sqr()?.sum_all()?) };
//! let before = loss()?;
//! let report = optimizer.step(&[("linear", &linear as &dyn Layer)], &before.backward()?, 0.01)?;
//! assert!(loss()?.to_scalar::<f32>()? < before.to_scalar()? && report.norm > 0.0);
//! # Ok(()) }
//! ```

#[cfg(any(test, feature = "cuda"))]
mod card;
#[cfg(test)]
mod cpu_emulation;
mod gradients;
mod measure;
mod rule;
mod slot;

pub use gradients::{GradientReport, SparseGradient};
pub(crate) use gradients::{ParameterGradient, collect, expect_all, report, variables};

use crate::{
    Error, Layer, Result,
    ops::{PAR_THRESHOLD, par_for_each},
};
use candle_core::{Tensor, backprop::GradStore};
use rule::Rule;
use serde::{Deserialize, Serialize};
use slot::Slot;
use std::collections::{BTreeMap, HashMap, HashSet, btree_map::Entry};

/// How gradients g change weights w. The learning rate lr comes with each step.
///
/// | rule | per element |
/// | --- | --- |
/// | `Sgd` | u = momentum·u + g; w −= lr·u |
/// | `Adam` | m = β₁m + (1−β₁)g; v = β₂v + (1−β₂)g²; w −= lr·m̂ / (√v̂ + ε), m̂ = m/(1−β₁ᵗ), v̂ = v/(1−β₂ᵗ) |
/// | `AdamW` | w −= lr·weight_decay·w, then as `Adam` |
/// | `LazyAdam` | as `Adam`, but an embedding row changes only in a step that used it |
///
/// `Adam` on an embedding is exact: it gives what dense Adam gives. A row keeps moving after its last use, as long as its m is
/// not zero, so its cost grows with the rows ever used (a row never used has m = v = 0 and stays as it is). u, m and v below 1e-30
/// (1e-300 in f64) count as zero, which changes no weight that can be seen; not in f64 on a card.
/// `LazyAdam` is [`torch.optim.SparseAdam`](https://docs.pytorch.org/docs/stable/generated/torch.optim.SparseAdam.html): in a step
/// without the row neither m nor v decay, and w stays. Its cost is that of the batch's rows. Rare words then take longer steps in
/// their own direction; the results differ from `Adam`, often by less than two seeds do. `AdamW` decays every row in every step.
///
/// Sources: [Kingma and Ba, 2015](https://arxiv.org/abs/1412.6980), [Loshchilov and Hutter, 2019](https://arxiv.org/abs/1711.05101);
/// formulas as in PyTorch's `torch.optim`.
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
        Self::Adam {
            beta1: 0.9,
            beta2: 0.999,
            epsilon: 1e-8,
        }
    }

    /// Lazy Adam with β₁ = 0.9, β₂ = 0.999, ε = 1e-8.
    pub const fn lazy_adam() -> Self {
        Self::LazyAdam {
            beta1: 0.9,
            beta2: 0.999,
            epsilon: 1e-8,
        }
    }

    /// AdamW with β₁ = 0.9, β₂ = 0.999, ε = 1e-8, weight decay 0.01.
    pub const fn adamw() -> Self {
        Self::AdamW {
            beta1: 0.9,
            beta2: 0.999,
            epsilon: 1e-8,
            weight_decay: 0.01,
        }
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

/// What an [`Optimizer`] does.
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
        Self {
            method: Method::adam(),
            clip: None,
        }
    }
}

/// Changes the weights of layers in place, and keeps what its rule remembers of each.
///
/// In f32 on an NVIDIA card a parameter's update is one kernel, of exact `Adam` on an embedding over all its rows; in f64 it is candle's
/// operations.
///
/// A parameter is known by `layer.parameter`, e.g. `rnn.weight_ih_l0`. One without a gradient stays as it is.
#[derive(Debug)]
pub struct Optimizer {
    config: OptimizerConfig,
    slots: BTreeMap<String, Slot>,
}

impl Optimizer {
    /// An optimizer that remembers nothing yet. Errors if a number of the configuration is out of its range.
    pub fn new(config: OptimizerConfig) -> Result<Self> {
        let (factors, others) = match config.method {
            Method::Sgd { momentum } => (vec![("momentum", momentum)], vec![]),
            Method::Adam {
                beta1,
                beta2,
                epsilon,
            }
            | Method::LazyAdam {
                beta1,
                beta2,
                epsilon,
            } => (
                vec![("beta1", beta1), ("beta2", beta2)],
                vec![("epsilon", epsilon)],
            ),
            Method::AdamW {
                beta1,
                beta2,
                epsilon,
                weight_decay,
            } => (
                vec![("beta1", beta1), ("beta2", beta2)],
                vec![("epsilon", epsilon), ("weight_decay", weight_decay)],
            ),
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
        Ok(Self {
            config,
            slots: BTreeMap::new(),
        })
    }

    /// What it was made with.
    pub fn config(&self) -> &OptimizerConfig {
        &self.config
    }

    /// One update of all parameters of the layers that have a gradient.
    ///
    /// `layers` as from [`Model::layers`](crate::Model::layers). Gives the norm and the largest gradient before clipping.
    /// Errors with [`Error::Gradient`] if a gradient is not finite, with [`Error::OptimizerState`] if a parameter has another shape
    /// or type than before; no weight has changed then.
    pub fn step(
        &mut self,
        layers: &[(&'static str, &dyn Layer)],
        gradients: &GradStore,
        learning_rate: f64,
    ) -> Result<GradientReport> {
        self.update(collect(layers, gradients)?, learning_rate)
    }

    /// [`step`](Self::step) with gradients that have been collected.
    pub(crate) fn update(
        &mut self,
        gradients: Vec<ParameterGradient>,
        learning_rate: f64,
    ) -> Result<GradientReport> {
        let report = report(&gradients)?;
        if !report.norm.is_finite() {
            return Err(Error::Gradient {
                parameter: report.parameter,
                value: report.largest,
            });
        }
        for parameter in &gradients {
            if let Some(slot) = self.slots.get_mut(&parameter.name) {
                slot.fit(&parameter.name, &parameter.var)?;
            }
        }
        let update = |slot: &mut Slot, parameter: &ParameterGradient| {
            let rule = Rule::at(
                &self.config,
                slot.next_step(),
                learning_rate,
                report.norm,
                parameter.gradient.is_sparse(),
            );
            slot.update(&rule, &parameter.var, &parameter.gradient)
        };
        // Small parameters side by side; each large one by itself, as it is cut into pieces, and what comes a second time after the first.
        let (mut names, mut vars) = (HashSet::new(), HashSet::new());
        let (small, others): (Vec<_>, Vec<_>) = gradients.into_iter().partition(|parameter| {
            let first = names.insert(parameter.name.clone()) & vars.insert(parameter.var.id());
            first && parameter.var.device().is_cpu() && parameter.var.elem_count() < PAR_THRESHOLD
        });
        for ParameterGradient { name, var, .. } in &small {
            if !self.slots.contains_key(name) {
                let slot = Slot::new(&self.config.method, var)?;
                self.slots.insert(name.clone(), slot);
            }
        }
        let numbers = small.iter().map(|parameter| parameter.var.elem_count());
        let numbers = numbers.sum();
        let mut small: HashMap<String, ParameterGradient> = small
            .into_iter()
            .map(|parameter| (parameter.name.clone(), parameter))
            .collect();
        let slots = self.slots.iter_mut();
        let slots = slots.filter_map(|(name, slot)| Some((slot, small.remove(name)?, Ok(()))));
        let mut work: Vec<(_, _, Result<()>)> = slots.collect();
        par_for_each(numbers, work.iter_mut(), |(slot, parameter, result)| {
            *result = update(slot, parameter);
        });
        work.into_iter().try_for_each(|(_, _, result)| result)?;
        for parameter in others {
            let slot = match self.slots.entry(parameter.name.clone()) {
                Entry::Occupied(slot) => slot.into_mut(),
                Entry::Vacant(slot) => slot.insert(Slot::new(&self.config.method, &parameter.var)?),
            };
            update(slot, &parameter)?;
        }
        Ok(report)
    }

    /// What the rule remembers, as named tensors in a fixed order: for each parameter `NAME.step` (how often it was updated, f64),
    /// `NAME.exp_avg` (m, or u of SGD) and `NAME.exp_avg_sq` (v), of the parameter's shape.
    pub fn state(&self) -> Result<Vec<(String, Tensor)>> {
        let mut state = Vec::new();
        for (name, slot) in &self.slots {
            for (part, tensor) in slot.state()? {
                state.push((format!("{name}.{part}"), tensor));
            }
        }
        Ok(state)
    }

    /// Goes on from a [`state`](Self::state). Whether it fits a model's parameters shows at the next step.
    pub fn load_state(&mut self, state: Vec<(String, Tensor)>) -> Result<()> {
        let mut parts: BTreeMap<String, BTreeMap<String, Tensor>> = BTreeMap::new();
        for (key, tensor) in state {
            let Some((name, part)) = key.rsplit_once('.') else {
                return Err(state_error(
                    key,
                    "a name as `layer.parameter.exp_avg`",
                    "no dot",
                ));
            };
            parts
                .entry(name.to_string())
                .or_default()
                .insert(part.to_string(), tensor);
        }
        self.slots = parts
            .into_iter()
            .map(|(name, parts)| {
                let slot = Slot::load(&self.config.method, &name, parts)?;
                Ok((name, slot))
            })
            .collect::<Result<_>>()?;
        Ok(())
    }
}

fn state_error(key: impl Into<String>, expected: impl ToString, got: impl ToString) -> Error {
    Error::OptimizerState {
        key: key.into(),
        expected: expected.to_string(),
        got: got.to_string(),
    }
}

fn config_error(field: &'static str, expected: &'static str, got: f64) -> Error {
    Error::Config {
        operation: "Optimizer::new",
        field,
        expected: expected.to_string(),
        got: got.to_string(),
    }
}
