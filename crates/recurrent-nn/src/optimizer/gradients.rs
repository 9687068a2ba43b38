//! The gradients of one step, by parameter: their norm and their largest number.

use super::{IdleRows, measure::sizes};
use crate::{Error, Module, Result, layers::merge, ops};
use candle_core::{Tensor, TensorId, Var, backprop::GradStore};
use std::collections::{HashMap, HashSet};

/// The gradient of a matrix of which only some rows were used: the others' is zero.
#[derive(Debug, Clone)]
pub struct SparseGradient {
    /// The rows that were used, each once and below V.
    pub rows: Vec<u32>,
    /// Their gradients, shape (rows, E).
    pub values: Tensor,
    /// Under which tensors candle keeps them: the gathered rows of each use.
    pub gathered: Vec<TensorId>,
    /// How the layer reads rows that a step has left behind; none if a step must leave none, as for a layer of your own.
    pub idle: Option<IdleRows>,
}

/// How large the gradients of a step were, before clipping.
#[derive(Debug, Clone, PartialEq)]
pub struct GradientReport {
    /// The Euclidean norm of all gradients together.
    pub norm: f64,
    /// The gradient with the largest absolute value; not a number if any is.
    pub largest: f64,
    /// The parameter it belongs to, as `layer.parameter`.
    pub parameter: String,
}

impl GradientReport {
    /// The report on the gradients of a model or a layer, without a step. Errors if a gradient is neither f32 nor f64, with
    /// [`Error::ParameterName`] if two variables have one name, with [`Error::Shape`] if a layer's sparse gradient is
    /// not one of rows of its parameter.
    pub fn of(module: &dyn Module, gradients: &GradStore) -> Result<Self> {
        report(&collect(&module.state_dict(), module, gradients)?)
    }
}

pub(crate) enum Gradient {
    Dense(Tensor),
    Rows(SparseGradient),
}

impl Gradient {
    /// The numbers that may differ from zero.
    pub(super) fn values(&self) -> &Tensor {
        match self {
            Self::Dense(values) => values,
            Self::Rows(sparse) => &sparse.values,
        }
    }

    pub(super) fn is_sparse(&self) -> bool {
        matches!(self, Self::Rows(_))
    }

    /// The gradient of the whole parameter.
    pub(super) fn dense(&self, like: &Tensor) -> Result<Tensor> {
        match self {
            Self::Dense(values) => Ok(values.clone()),
            Self::Rows(sparse) => {
                let count = like.dim(0)?;
                Ok(ops::sum_rows(&sparse.values, &sparse.rows, count)?)
            }
        }
    }
}

pub(crate) struct ParameterGradient {
    pub name: String,
    pub var: Var,
    pub gradient: Gradient,
    /// As [`SparseGradient::gathered`]; empty for one that is dense throughout.
    gathered: Vec<TensorId>,
}

/// The gradients of the parameters that have one, in the order of the layers. A variable that is listed several times
/// (a shared layer, a tied weight) is one parameter under its first name, with the sum of its gradients. `listed` is the
/// module's [`state_dict`](Module::state_dict).
///
/// Errors with [`Error::ParameterName`] if two variables have one name.
pub(crate) fn collect(
    listed: &[(String, Var)],
    module: &dyn Module,
    gradients: &GradStore,
) -> Result<Vec<ParameterGradient>> {
    let mut distinct: Vec<(&String, &Var, Option<SparseGradient>)> = Vec::new();
    let (mut index_of, mut names) = (HashMap::new(), HashMap::new());
    let mut sparse = module.sparse_gradients(gradients)?;
    let mut read_otherwise = Vec::new();
    for (name, var) in listed {
        if *names.entry(name).or_insert(var.id()) != var.id() {
            return Err(Error::ParameterName { name: name.clone() });
        }
        let index = *index_of.entry(var.id()).or_insert_with(|| {
            distinct.push((name, var, None));
            distinct.len() - 1
        });
        let Some(found) = sparse.iter().position(|(other, _)| other == name) else {
            read_otherwise.push(index);
            continue;
        };
        let rows = sparse.swap_remove(found).1;
        expect_rows(&rows, var)?;
        let sum = &mut distinct[index].2;
        *sum = Some(match sum.take() {
            None => rows,
            Some(sum) => sum.plus(rows)?,
        });
    }
    // A table that a layer reads that does not know of its idle rows must have none.
    for index in read_otherwise {
        if let Some(rows) = &mut distinct[index].2 {
            rows.idle = None;
        }
    }
    let mut parameters = Vec::new();
    for (name, var, rows) in distinct {
        let dense = gradients.get(var).map(Tensor::contiguous).transpose()?;
        let gathered = rows.iter().flat_map(|rows| rows.gathered.clone()).collect();
        let gradient = match (dense, rows) {
            (None, None) => continue,
            (Some(dense), None) => Gradient::Dense(dense),
            (None, Some(rows)) => Gradient::Rows(rows),
            (Some(dense), Some(rows)) => Gradient::Dense((dense + Gradient::Rows(rows).dense(var)?)?),
        };
        parameters.push(ParameterGradient { name: name.clone(), var: var.clone(), gradient, gathered });
    }
    Ok(parameters)
}

impl SparseGradient {
    /// The sum of both; of what clones of one embedding both hand out, only once. Errors if only a part is the same.
    fn plus(self, other: Self) -> Result<Self> {
        let shared = |id: &TensorId| self.gathered.contains(id);
        match other.gathered.iter().filter(|id| shared(id)).count() {
            0 => merge(self, other),
            all if all == other.gathered.len() => Ok(self),
            all if all == self.gathered.len() => Ok(other),
            _ => Err(Error::Shape {
                operation: "Module::sparse_gradients",
                expected: "the same gathered rows as another layer with this parameter, or none of them".into(),
                got: "some of them".into(),
            }),
        }
    }
}

/// Errors unless the rows are those of a matrix, each with a gradient of its size.
fn expect_rows(gradient: &SparseGradient, var: &Var) -> Result<()> {
    let (count, largest) = (gradient.rows.len(), gradient.rows.iter().max());
    match *var.dims() {
        [rows, size] if gradient.values.dims() == [count, size] && largest.is_none_or(|&row| (row as usize) < rows) => {
            Ok(())
        }
        ref dims => Err(Error::Shape {
            operation: "Module::sparse_gradients",
            expected: format!("gradients (rows, E) of rows of a parameter {dims:?}"),
            got: format!(
                "{:?} for {count} rows, the last of them {}",
                gradient.values.dims(),
                largest.copied().unwrap_or_default()
            ),
        }),
    }
}

/// The parameters that a number is computed from, with their shapes; of an embedding the gathered rows.
pub(crate) fn variables(number: &Tensor) -> Vec<(TensorId, Vec<usize>)> {
    let nodes = number.sorted_nodes().into_iter();
    nodes.filter(|node| node.is_variable()).map(|node| (node.id(), node.dims().to_vec())).collect()
}

/// Errors if one of the loss' [`variables`] is not among the gradients that were collected: no step would ever change
/// it.
pub(crate) fn expect_all(collected: &[ParameterGradient], variables: Vec<(TensorId, Vec<usize>)>) -> Result<()> {
    let known: HashSet<TensorId> =
        collected.iter().flat_map(|parameter| [&[parameter.var.id()], &parameter.gathered[..]].concat()).collect();
    let missing = variables.into_iter().filter(|(id, _)| !known.contains(id));
    match missing.map(|(_, shape)| shape).max() {
        None => Ok(()),
        Some(shape) => Err(Error::UnlistedParameter { shape }),
    }
}

/// The parameters of a model that have no gradient among those that were collected, each under its first name.
pub(crate) fn without_gradient(module: &dyn Module, collected: &[ParameterGradient]) -> Vec<String> {
    let mut known: HashSet<TensorId> = collected.iter().map(|parameter| parameter.var.id()).collect();
    let listed = module.parameters().into_iter();
    listed.filter(|(_, var)| known.insert(var.id())).map(|(name, _)| name).collect()
}

pub(crate) fn report(gradients: &[ParameterGradient]) -> Result<GradientReport> {
    let values: Vec<&Tensor> = gradients.iter().map(|parameter| parameter.gradient.values()).collect();
    let mut sum = 0.0;
    let mut report = GradientReport { norm: 0.0, largest: 0.0, parameter: String::new() };
    for (parameter, size) in gradients.iter().zip(sizes(&values)?) {
        sum += size.squares;
        let larger = size.largest.abs() > report.largest.abs() || size.largest.is_nan();
        if report.parameter.is_empty() || (larger && !report.largest.is_nan()) {
            report.largest = size.largest;
            report.parameter.clone_from(&parameter.name);
        }
    }
    report.norm = sum.sqrt();
    Ok(report)
}
