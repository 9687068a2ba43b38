//! How far back a loss reaches through a recurrence.

use super::trace::{batch, ids, numbers, run};
use crate::error::{Error, Result};
use candle_core::{DType, Tensor};
use candle_nn::loss::cross_entropy;
use recurrent_data::TextVectorizer;
use recurrent_nn::{
    GradientReport, Model,
    trace::{Direction, Watch},
};
use recurrent_plot::{Figure, GradientFlow, gradient_flow as draw_flow};

/// The gradients of one recurrent layer of one model.
#[derive(Debug, Clone, PartialEq)]
pub struct Flow {
    /// The model's name, and the layer's where the model has several.
    pub name: String,
    /// The model's place among the models.
    pub model: usize,
    /// `norms[d]` is |d loss / d h_t| at the step that the layer reads d steps before its last one: the total derivative, through all
    /// later steps.
    pub norms: Vec<f64>,
    /// The spectral radius of the W_hh that makes the candidate of the next state: of all of it in a simple RNN, of the block of g in an
    /// LSTM, of n in a GRU. Above 1 a simple RNN's gradients may explode, below 1 they vanish.
    pub spectral_radius: f64,
    /// The symbol of that block.
    pub block: &'static str,
    /// The norm of the loss's gradient on all parameters of the model together, which clipping looks at.
    pub gradient_norm: f64,
}

/// |d loss / d h_t| against the distance from the end, for several named models: [`flows`] drawn. A line that falls vanishes, one that
/// rises explodes.
///
/// # Errors
/// As [`flows`]; more than twelve recurrent layers in all.
pub fn gradient_flow(
    models: &[(&str, &dyn Model)],
    vectorizer: &TextVectorizer,
    text: &str,
    label: u32,
) -> Result<Figure> {
    let flows = flows(models, vectorizer, text, label)?;
    let lines: Vec<GradientFlow> = flows.iter().map(line).collect();
    Ok(draw_flow("How far back the loss reaches", &lines)?)
}

/// [`gradient_flow`] with a dashed line for what is left after clipping the gradients of a model's parameters to `max_norm` together.
/// Clipping makes all of them smaller by one factor: the step is shorter, but its direction and the line's slope stay.
///
/// # Errors
/// As [`flows`]; more than six recurrent layers in all; a `max_norm` that is not above 0.
pub fn clipping(
    models: &[(&str, &dyn Model)],
    vectorizer: &TextVectorizer,
    text: &str,
    label: u32,
    max_norm: f64,
) -> Result<Figure> {
    if max_norm.is_nan() || max_norm <= 0.0 {
        return Err(view(format!(
            "max_norm is {max_norm}; expected a number above 0"
        )));
    }
    let mut lines = Vec::new();
    for flow in flows(models, vectorizer, text, label)? {
        let factor = (max_norm / flow.gradient_norm).min(1.0);
        let mut clipped = line(&flow);
        clipped.norms.iter_mut().for_each(|norm| *norm *= factor);
        clipped.name = format!("{}, clipped: {factor:.2} of it", flow.name);
        clipped.dashed = true;
        lines.extend([line(&flow), clipped]);
    }
    let title = format!("Clipped to a norm of {max_norm}: shorter, not longer-sighted");
    Ok(draw_flow(&title, &lines)?)
}

/// The gradients of every recurrent layer of some named models, for the cross-entropy loss of one text of class `label`.
///
/// # Errors
/// As [`trace`](super::trace()); a label that is no class of a model; a model without a recurrent layer.
pub fn flows(
    models: &[(&str, &dyn Model)],
    vectorizer: &TextVectorizer,
    text: &str,
    label: u32,
) -> Result<Vec<Flow>> {
    let ids = ids("gradient_flow", vectorizer, text)?;
    let mut flows = Vec::new();
    for (place, (name, model)) in models.iter().enumerate() {
        let watch = Watch {
            probes: true,
            ..Watch::default()
        };
        let batch = batch(*model, &[&ids])?;
        let (record, scores) = run(*model, &batch, watch)?;
        if label as usize >= scores[0].len() {
            let classes = scores[0].len();
            return Err(view(format!(
                "label {label}, but {name} scores {classes} classes"
            )));
        }
        if record.layers.is_empty() {
            return Err(view(format!("{name} has no recurrent layer")));
        }
        let label = Tensor::new(&[label], record.logits.device())?;
        let gradients = cross_entropy(&record.logits, &label)?.backward()?;
        let gradient_norm = GradientReport::of(&model.layers(), &gradients)?.norm;
        for layer in &record.layers {
            let norm = |probe| match gradients.get(probe) {
                Some(gradient) => norm(gradient),
                // Nothing was made of this state.
                None => Ok(0.0),
            };
            let norms = layer
                .probes
                .iter()
                .rev()
                .map(|probe| norm(probe.as_tensor()));
            let (block, spectral_radius) = recurrence(&layer.direction)?;
            flows.push(Flow {
                name: match record.layers.len() {
                    1 => (*name).to_owned(),
                    _ => format!("{name} {}", layer.name),
                },
                model: place,
                norms: norms.collect::<Result<_>>()?,
                spectral_radius,
                block,
                gradient_norm,
            });
        }
    }
    Ok(flows)
}

fn line(flow: &Flow) -> GradientFlow {
    GradientFlow {
        name: format!(
            "{}, ρ(W_h{}) {:.2}",
            flow.name, flow.block, flow.spectral_radius
        ),
        norms: flow.norms.clone(),
        group: flow.model,
        dashed: false,
    }
}

fn norm(tensor: &Tensor) -> Result<f64> {
    Ok(numbers(tensor)?.iter().map(|x| x * x).sum::<f64>().sqrt())
}

/// The block of W_hh that makes the candidate of the next state, with its spectral radius.
fn recurrence(direction: &Direction) -> Result<(&'static str, f64)> {
    let (block, symbol) = match direction.kind {
        "Lstm" => (2, "g"),
        "Gru" => (2, "n"),
        _ => (0, "h"),
    };
    let units = direction.units();
    let matrix = direction.weight_hh.narrow(0, block * units, units)?;
    Ok((symbol, spectral_radius(&matrix.to_dtype(DType::F64)?)?))
}

/// The largest magnitude of an eigenvalue of a square matrix, by Gelfand's formula: |Aᵏ| to the power 1/k, for k = 2²⁰.
fn spectral_radius(matrix: &Tensor) -> Result<f64> {
    let mut power = matrix.detach();
    // A to the power k is `power` times e to the power `log`.
    let (mut log, mut k) = (0.0, 1.0);
    for _ in 0..20 {
        let size = norm(&power)?;
        if size == 0.0 {
            return Ok(0.0);
        }
        power = (power / size)?;
        power = power.matmul(&power)?;
        log = 2.0 * (log + size.ln());
        k *= 2.0;
    }
    let size = norm(&power)?;
    Ok(if size == 0.0 {
        0.0
    } else {
        ((log + size.ln()) / k).exp()
    })
}

fn view(problem: String) -> Error {
    Error::View {
        operation: "gradient_flow",
        problem,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::Device;

    #[test]
    fn the_spectral_radius_is_that_of_the_eigenvalues() -> Result<()> {
        let radius = |matrix: [[f64; 2]; 2]| spectral_radius(&Tensor::new(&matrix, &Device::Cpu)?);
        // A rotation times 1.5, a triangle with 0.5 and -0.7 on the diagonal, a nilpotent matrix.
        assert!((radius([[0.0, -1.5], [1.5, 0.0]])? - 1.5).abs() < 1e-4);
        assert!((radius([[0.5, 9.0], [0.0, -0.7]])? - 0.7).abs() < 1e-4);
        assert_eq!(radius([[0.0, 3.0], [0.0, 0.0]])?, 0.0);
        Ok(())
    }
}
