//! Probabilities from scores.

use candle_core::{D, Result, Tensor};

/// softmax(z)_k = e^(z_k) / sum_j e^(z_j) over the last dimension, in any shape (…, C) -> (…, C), as
/// [`torch.softmax`](https://docs.pytorch.org/docs/stable/generated/torch.softmax.html) with `dim=-1`. Large scores do not
/// overflow. It has a gradient, so attention learns through it; candle-nn's `softmax_last_dim`, which is faster, has
/// none.
///
/// ```
/// use recurrent::prelude::*;
/// let scores = Var::new(&[[1.0f32, 1.0], [0.0, 1e4]], &Device::Cpu)?;
/// let p = softmax(&scores)?;
/// assert_eq!(p.to_vec2::<f32>()?, [[0.5, 0.5], [0.0, 1.0]]);
/// assert!(p.sqr()?.sum_all()?.backward()?.get(&scores).is_some());
/// # Ok::<(), Error>(())
/// ```
///
/// # Errors
/// A tensor without a dimension, or of whole numbers.
pub fn softmax(scores: &Tensor) -> Result<Tensor> {
    candle_nn::ops::softmax(scores, D::Minus1)
}
