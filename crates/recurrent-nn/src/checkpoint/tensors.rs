//! Named tensors as safetensors bytes, and whether they fit a model.

use super::folder::refuse;
use crate::{Error, Module, Result};
use candle_core::{DType, Device, Tensor, Var, safetensors::Load};
use safetensors::SafeTensors;
use std::{
    collections::{BTreeMap, HashMap},
    path::Path,
};

pub(super) type Named = BTreeMap<String, Tensor>;

/// A model's weights under the names of a PyTorch state_dict, a shared one under each of its names. PyTorch knows two
/// biases: the one that Keras leaves out is zeros.
pub(super) fn state_dict(model: &dyn Module) -> Result<Named> {
    let mut tensors = Named::new();
    let mut ids = HashMap::new();
    for (name, var) in model.state_dict() {
        if *ids.entry(name.clone()).or_insert(var.id()) != var.id() {
            return Err(Error::ParameterName { name });
        }
        if let Some(second) = second_bias(&name) {
            tensors.entry(second).or_insert(var.zeros_like()?);
        }
        tensors.insert(name, var.as_tensor().clone());
    }
    Ok(tensors)
}

/// The name of the other bias for that of the input's.
fn second_bias(name: &str) -> Option<String> {
    let start = name.rfind('.').map_or(0, |dot| dot + 1);
    let rest = name[start..].strip_prefix("bias_ih_")?;
    rest.strip_prefix('l').filter(|layer| layer.starts_with(|first: char| first.is_ascii_digit()))?;
    Some(format!("{}bias_hh_{rest}", &name[..start]))
}

/// The same tensors give the same bytes.
pub(super) fn encode(tensors: Named) -> Result<Vec<u8>> {
    let on_cpu = tensors
        .into_iter()
        .map(|(name, tensor)| Ok((name, tensor.to_device(&Device::Cpu)?.contiguous()?)))
        .collect::<Result<Named>>()?;
    let format = HashMap::from([("format".to_string(), "pt".to_string())]);
    Ok(safetensors::serialize(on_cpu, Some(format)).map_err(candle_core::Error::from)?)
}

pub(super) fn decode(path: &Path, bytes: &[u8]) -> Result<Named> {
    let tensors =
        SafeTensors::deserialize(bytes).map_err(|error| refuse(path, format!("not a safetensors file: {error}")))?;
    let load = |(name, view): (&str, safetensors::tensor::TensorView)| {
        let tensor = view.load(&Device::Cpu).map_err(|error| refuse(path, format!("`{name}`: {error}")))?;
        Ok((name.to_string(), tensor))
    };
    tensors.iter().map(load).collect()
}

/// More bytes than a file with one tensor for each name of each parameter can have, double precision and a header included.
pub(super) fn size_limit(model: &dyn Module) -> u64 {
    let parameters = model.state_dict();
    let numbers: usize = parameters.iter().map(|(_, var)| var.elem_count()).sum();
    (1 << 16) + 16 * numbers as u64 + 4096 * parameters.len() as u64
}

/// Weights that fit a model.
pub(super) struct Weights(Vec<(String, Var, Tensor)>);

impl Weights {
    /// Errors unless names, shapes and types are the model's and all numbers finite. A shared weight may be there under
    /// each of its names, with the same numbers, or under some of them, as `safetensors.torch.save_model` writes it.
    pub(super) fn check(path: &Path, mut found: Named, model: &dyn Module) -> Result<Self> {
        let variables = model.state_dict();
        let mut weights = Vec::new();
        let mut biases = Vec::new();
        for (first_name, var) in model.parameters() {
            let mut weight: Option<(&str, Tensor, Vec<f64>)> = None;
            for (name, _) in variables.iter().filter(|(_, other)| other.id() == var.id()) {
                biases.extend(second_bias(name));
                let Some(tensor) = found.remove(name) else {
                    continue;
                };
                let numbers = check_tensor(path, name, &tensor, &var)?;
                match &weight {
                    Some((other, _, same)) if *same != numbers => {
                        let problem =
                            format!("`{other}` and `{name}` are one parameter of the model, but differ in it");
                        return Err(refuse(path, problem));
                    }
                    Some(_) => {}
                    None => weight = Some((name, tensor, numbers)),
                }
            }
            let Some((_, tensor, _)) = weight else {
                let problem = format!("`{first_name}` of the model is not in it");
                return Err(refuse(path, problem));
            };
            let tensor = tensor.to_device(var.device())?;
            weights.push((first_name, var, tensor));
        }
        for (name, tensor) in found {
            if !biases.contains(&name) {
                return Err(refuse(path, format!("it holds `{name}`, which the model does not have")));
            }
            if tensor.to_dtype(DType::F64)?.abs()?.sum_all()?.to_scalar::<f64>()? != 0.0 {
                let problem = format!(
                    "`{name}` is not zero, but the layer has one bias, as in Keras; make it with `Init::pytorch`"
                );
                return Err(refuse(path, problem));
            }
        }
        Ok(Self(weights))
    }

    pub(super) fn give_to_model(self) -> Result<()> {
        for (_, var, tensor) in self.0 {
            var.set(&tensor)?;
        }
        Ok(())
    }

    pub(super) fn into_list(self) -> Vec<(String, Tensor)> {
        self.0.into_iter().map(|(name, _, tensor)| (name, tensor)).collect()
    }
}

/// Errors unless each tensor belongs to a parameter: a count of steps, or numbers of the parameter's shape. What else
/// no training leaves behind, [`Optimizer::load_state`](crate::Optimizer::load_state) refuses.
pub(super) fn check_optimizer_state(path: &Path, state: &Named, model: &dyn Module) -> Result<()> {
    let parameters: HashMap<String, Var> = model.parameters().into_iter().collect();
    for (key, tensor) in state {
        let var = key.rsplit_once('.').and_then(|(name, part)| Some((parameters.get(name)?, part)));
        match var {
            None => {
                return Err(refuse(path, format!("`{key}` belongs to no parameter of the model")));
            }
            Some((_, "step" | "row_step" | "learning_rates")) => {}
            Some((var, _)) => {
                check_tensor(path, key, tensor, var)?;
            }
        }
    }
    Ok(())
}

/// The numbers of a tensor that has a parameter's shape and type. Errors if it has not, or one is not finite.
fn check_tensor(path: &Path, name: &str, tensor: &Tensor, var: &Var) -> Result<Vec<f64>> {
    if (tensor.dims(), tensor.dtype()) != (var.dims(), var.dtype()) {
        let describe = |tensor: &Tensor| format!("{:?} of {:?}", tensor.dims(), tensor.dtype());
        return Err(refuse(path, format!("`{name}` is {}, the model's is {}", describe(tensor), describe(var))));
    }
    let numbers = tensor.flatten_all()?.to_dtype(DType::F64)?.to_vec1::<f64>()?;
    match numbers.iter().position(|number| !number.is_finite()) {
        None => Ok(numbers),
        Some(position) => Err(refuse(path, format!("`{name}` holds {} at position {position}", numbers[position]))),
    }
}
