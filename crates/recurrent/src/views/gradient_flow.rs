//! How far back a loss reaches through a recurrence.

use super::trace::{batch, ids, last_scores, numbers, run};
use crate::error::{Error, Result};
use candle_core::{DType, Tensor, Var, backprop::GradStore};
use candle_nn::loss::cross_entropy;
use recurrent_data::TextVectorizer;
use recurrent_nn::{
    GradientReport, Model, Weights,
    ops::Cell,
    trace::{LayerRecord, Watch},
};
use recurrent_plot::{Figure, GradientFlow, gradient_flow as draw_flow};

/// The gradients of one recurrent layer of one model.
#[derive(Debug, Clone, PartialEq)]
pub struct StateGradients {
    /// The model's name, and the layer's where the model has several.
    pub name: String,
    /// `norms[d]` is |d loss / d h_t| at the step that the layer reads d steps before its last one: the total
    /// derivative, through all later steps.
    pub norms: Vec<f64>,
    /// Of an LSTM the same for its cell state, |d loss / d c_t|. Where its forget gates are open, the loss reaches
    /// back through c, not through h.
    pub cell_norms: Option<Vec<f64>>,
    /// Of the W_hh that makes the candidate of the next state; none of a cell of your own.
    pub recurrence: Option<Recurrence>,
    /// The norm of the loss's gradient on all parameters of the model together, which clipping looks at.
    pub gradient_norm: f64,
}

/// The weights from one hidden state to the candidate of the next.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Recurrence {
    /// The symbol of their block: h, all of W_hh, in a simple RNN; g in an LSTM; n in a GRU.
    pub block: &'static str,
    /// Their largest magnitude of an eigenvalue. Above 1 a simple RNN's gradients may explode, below 1 they vanish.
    pub spectral_radius: f64,
}

/// |d loss / d h_t| against the distance from the end, for several named models: [`state_gradients`] drawn. A line that
/// falls vanishes, one that rises explodes. The dashed line of an LSTM is |d loss / d c_t|: it is the cell state that
/// remembers.
///
/// # Errors
/// As [`state_gradients`]; more than twelve lines in all.
pub fn gradient_flow(
    models: &[(&str, &dyn Model)],
    vectorizer: &TextVectorizer,
    text: &str,
    label: u32,
) -> Result<Figure> {
    let flows = state_gradients(models, vectorizer, text, label)?;
    let mut lines = Vec::new();
    for (group, flow) in flows.iter().enumerate() {
        lines.push(line(flow, group));
        lines.extend(flow.cell_norms.as_ref().map(|norms| GradientFlow {
            name: format!("{}, cell state c", flow.name),
            norms: norms.clone(),
            group,
            dashed: true,
        }));
    }
    Ok(draw_flow("How far back the loss reaches", &lines)?)
}

/// [`gradient_flow`] with a dashed line for what is left after clipping the gradients of a model's parameters to
/// `max_norm` together. Clipping ([Pascanu et al., 2013](https://arxiv.org/abs/1211.5063)) makes all of them smaller
/// by one factor, min(1, max_norm / norm): the step is shorter, but its direction and the line's slope stay.
///
/// # Errors
/// As [`state_gradients`]; more than six recurrent layers in all; a `max_norm` that is not above 0.
pub fn clipping(
    models: &[(&str, &dyn Model)],
    vectorizer: &TextVectorizer,
    text: &str,
    label: u32,
    max_norm: f64,
) -> Result<Figure> {
    if max_norm.is_nan() || max_norm <= 0.0 {
        return Err(view(format!("max_norm is {max_norm}; expected a number above 0")));
    }
    let mut lines = Vec::new();
    let flows = state_gradients(models, vectorizer, text, label)?;
    for (group, flow) in flows.iter().enumerate() {
        let factor = (max_norm / flow.gradient_norm).min(1.0);
        let mut clipped = line(flow, group);
        clipped.norms.iter_mut().for_each(|norm| *norm *= factor);
        clipped.name = format!("{}, clipped: {factor:.2} of it", flow.name);
        clipped.dashed = true;
        lines.extend([line(flow, group), clipped]);
    }
    let title = format!("Clipped to a norm of {max_norm}: all smaller by one factor");
    Ok(draw_flow(&title, &lines)?)
}

/// The gradients of every recurrent layer of some named models, after [Pascanu et al.,
/// 2013](https://arxiv.org/abs/1211.5063), for the cross-entropy loss of one text of class `label`; of a model that
/// answers at every step, of its last answer.
///
/// # Errors
/// As [`trace`](super::trace()); a label that is no class of a model; a model without a recurrent layer.
pub fn state_gradients(
    models: &[(&str, &dyn Model)],
    vectorizer: &TextVectorizer,
    text: &str,
    label: u32,
) -> Result<Vec<StateGradients>> {
    let ids = ids("gradient_flow", vectorizer, text)?;
    let mut found = Vec::new();
    for (name, model) in models {
        let watch = Watch { probes: true, ..Watch::default() };
        let batch = batch(*model, &[&ids])?;
        let (record, scores) = run(*model, &batch, watch)?;
        if label as usize >= scores[0].len() {
            let classes = scores[0].len();
            return Err(view(format!("label {label}, but {name} scores {classes} classes")));
        }
        if record.layers.is_empty() {
            return Err(view(format!("{name} has no recurrent layer")));
        }
        let label = Tensor::new(&[label], record.logits.device())?;
        let gradients = cross_entropy(&last_scores(&record.logits, 1)?, &label)?.backward()?;
        let gradient_norm = GradientReport::of(*model, &gradients)?.norm;
        for layer in &record.layers {
            let (norms, cell_norms) = norms(layer, &gradients)?;
            found.push(StateGradients {
                name: match record.layers.len() {
                    1 => (*name).to_owned(),
                    _ => format!("{name} {}", layer.name),
                },
                norms,
                cell_norms,
                recurrence: layer.direction.weights.as_ref().map(recurrence).transpose()?,
                gradient_norm,
            });
        }
    }
    Ok(found)
}

fn line(flow: &StateGradients, group: usize) -> GradientFlow {
    GradientFlow {
        name: match flow.recurrence {
            Some(Recurrence { block, spectral_radius }) => {
                format!("{}, ρ(W_h{block}) {spectral_radius:.2}", flow.name)
            }
            None => flow.name.clone(),
        },
        norms: flow.norms.clone(),
        group,
        dashed: false,
    }
}

/// |d loss / d h_t| and, of an LSTM, |d loss / d c_t|, the last step first.
fn norms(layer: &LayerRecord, gradients: &GradStore) -> Result<(Vec<f64>, Option<Vec<f64>>)> {
    let gradient = |probe: &Var| match gradients.get(probe) {
        Some(gradient) => numbers(gradient),
        // Nothing was made of this state.
        None => Ok(vec![0.0; layer.direction.units]),
    };
    let at = |symbol, step| numbers(&layer.get(symbol)?.narrow(1, step, 1)?);
    let (mut norms, mut cell_norms) = (Vec::new(), Vec::new());
    for (place, probe) in layer.probes.iter().enumerate().rev() {
        let d_h = gradient(&probe.h)?;
        norms.push(norm(&d_h));
        if let (Some(c), true) = (&probe.c, layer.direction.weights.is_some()) {
            let step = match layer.direction.reverse {
                true => layer.probes.len() - 1 - place,
                false => place,
            };
            // d c_t = d c_t from c_(t+1), plus d h_t o (1 - tanh(c_t)²)
            let mut d_c = gradient(c)?;
            let read_out = at("o", step)?.into_iter().zip(at("c", step)?);
            for ((d_c, d_h), (o, c)) in d_c.iter_mut().zip(d_h).zip(read_out) {
                *d_c += d_h * o * (1.0 - c.tanh().powi(2));
            }
            cell_norms.push(norm(&d_c));
        }
    }
    let is_lstm = !cell_norms.is_empty();
    Ok((norms, is_lstm.then_some(cell_norms)))
}

fn norm(numbers: &[f64]) -> f64 {
    numbers.iter().map(|x| x * x).sum::<f64>().sqrt()
}

fn matrix_norm(tensor: &Tensor) -> Result<f64> {
    Ok(norm(&numbers(tensor)?))
}

/// Of the block of W_hh that makes the candidate of the next state.
fn recurrence(weights: &Weights) -> Result<Recurrence> {
    let (index, block) = match weights.cell {
        Cell::Lstm => (2, "g"),
        Cell::Gru => (2, "n"),
        Cell::Rnn(_) => (0, "h"),
    };
    let matrix = weights.weight_hh.narrow(0, index * weights.hidden, weights.hidden)?;
    Ok(Recurrence { block, spectral_radius: spectral_radius(&matrix.to_dtype(DType::F64)?)? })
}

/// The largest magnitude of an eigenvalue of a square matrix, by Gelfand's formula: |Aᵏ| to the power 1/k, for k = 2²⁰.
fn spectral_radius(matrix: &Tensor) -> Result<f64> {
    let mut power = matrix.detach();
    // A to the power k is `power` times e to the power `log`.
    let (mut log, mut k) = (0.0, 1.0);
    for _ in 0..20 {
        let size = matrix_norm(&power)?;
        if size == 0.0 {
            return Ok(0.0);
        }
        power = (power / size)?;
        power = power.matmul(&power)?;
        log = 2.0 * (log + size.ln());
        k *= 2.0;
    }
    let size = matrix_norm(&power)?;
    Ok(if size == 0.0 { 0.0 } else { ((log + size.ln()) / k).exp() })
}

fn view(problem: String) -> Error {
    Error::View { operation: "gradient_flow", problem }
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
