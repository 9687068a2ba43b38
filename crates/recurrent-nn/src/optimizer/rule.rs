//! The update rule of one step, on slices and on tensors.

use super::{Clip, Method, OptimizerConfig, state_error};
use crate::{
    Result,
    ops::{self, Scalar, dispatch, par_for_each},
};
use candle_core::{Tensor, Var};

/// The numbers of one step.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rule {
    /// Gradients are multiplied by this …
    pub scale: f64,
    /// … and then limited to −limit..=limit.
    pub limit: f64,
    /// Weights are multiplied by this before the update.
    pub keep: f64,
    /// Whether a row without gradient stays as it is.
    pub lazy: bool,
    pub kind: Kind,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    Sgd {
        momentum: f64,
        learning_rate: f64,
    },
    Adam {
        beta1: f64,
        beta2: f64,
        epsilon: f64,
        /// lr / (1 − β₁ᵗ)
        step_size: f64,
        /// 1 / √(1 − β₂ᵗ)
        root_scale: f64,
    },
}

/// Some weights and their moments, as many as the method has: m (u of SGD) and v; else empty.
pub(super) struct Chunk<'a, T> {
    pub w: &'a mut [T],
    pub m: &'a mut [T],
    pub v: &'a mut [T],
}

impl<T: Scalar> Chunk<'_, T> {
    /// The numbers from `start`, `count` of them.
    #[inline(always)]
    pub(super) fn part(&mut self, start: usize, count: usize) -> Chunk<'_, T> {
        // A moment that the method does not have is empty.
        let range = |length: usize| start.min(length)..(start + count).min(length);
        let (m, v) = (range(self.m.len()), range(self.v.len()));
        Chunk { w: &mut self.w[start..start + count], m: &mut self.m[m], v: &mut self.v[v] }
    }

    /// Calls `change` with each chunk of whole rows and its start, in parallel if there are many. The chunks depend on
    /// the sizes alone, and each number on its own past alone, so the threads do not change the result.
    pub(super) fn par_chunks(self, size: usize, change: impl Fn(usize, Chunk<T>) + Sync) {
        const NUMBERS: usize = 1 << 14;
        let length = NUMBERS.div_ceil(size) * size;
        let Self { w, m, v } = self;
        let count = w.len();
        // A moment that the method does not have is empty, in each chunk too.
        let (mut m, mut v) = (m.chunks_mut(length), v.chunks_mut(length));
        let chunks: Vec<_> = w
            .chunks_mut(length)
            .map(|w| Chunk { w, m: m.next().unwrap_or_default(), v: v.next().unwrap_or_default() })
            .collect();
        par_for_each(count, chunks.into_iter().enumerate(), |(index, chunk)| {
            dispatch(|| change(index * length, chunk));
        });
    }
}

/// Calls `change` with the numbers of a weight and of its moments.
pub(super) fn edit_with_moments<T: Scalar>(weight: &Var, moments: &[Var], change: impl FnOnce(Chunk<T>)) -> Result<()> {
    match moments {
        [] => ops::edit(weight, |w| change(Chunk { w, m: &mut [], v: &mut [] }))?,
        [m] => ops::edit(weight, |w| ops::edit(m, |m| change(Chunk { w, m, v: &mut [] })))??,
        [m, v, ..] => ops::edit(weight, |w| ops::edit(m, |m| ops::edit(v, |v| change(Chunk { w, m, v }))))???,
    }
    Ok(())
}

/// How many numbers a method remembers of each weight.
pub(super) fn moments(method: &Method) -> usize {
    match method {
        Method::Sgd { momentum } => (*momentum != 0.0) as usize,
        Method::Adam { .. } | Method::LazyAdam { .. } | Method::AdamW { .. } => 2,
    }
}

impl Rule {
    /// The rule at a parameter's update number `step`, from 1. `by_rows`: only some rows have a gradient.
    pub(super) fn at(config: &OptimizerConfig, step: u64, learning_rate: f64, norm: f64, by_rows: bool) -> Self {
        let (scale, limit) = match config.clip {
            Some(Clip::Norm(limit)) => ((limit / (norm + 1e-6)).min(1.0), f64::INFINITY),
            Some(Clip::Value(limit)) => (1.0, limit),
            None => (1.0, f64::INFINITY),
        };
        let adam = |beta1: f64, beta2: f64, epsilon| Kind::Adam {
            beta1,
            beta2,
            epsilon,
            step_size: learning_rate / (1.0 - beta1.powf(step as f64)),
            root_scale: 1.0 / (1.0 - beta2.powf(step as f64)).sqrt(),
        };
        let (kind, keep, lazy) = match config.method {
            Method::Sgd { momentum } => {
                let kind = Kind::Sgd { momentum, learning_rate };
                (kind, 1.0, momentum == 0.0)
            }
            Method::Adam { beta1, beta2, epsilon } => (adam(beta1, beta2, epsilon), 1.0, false),
            Method::LazyAdam { beta1, beta2, epsilon } if by_rows => {
                // PyTorch's SparseAdam adds ε before the correction of v.
                let correction = 1.0 / (1.0 - beta2.powf(step as f64)).sqrt();
                (adam(beta1, beta2, epsilon * correction), 1.0, true)
            }
            Method::LazyAdam { beta1, beta2, epsilon } => (adam(beta1, beta2, epsilon), 1.0, false),
            Method::AdamW { beta1, beta2, epsilon, weight_decay } => {
                let keep = 1.0 - learning_rate * weight_decay;
                (adam(beta1, beta2, epsilon), keep, false)
            }
        };
        Self { scale, limit, keep, lazy, kind }
    }

    /// Weight decay alone.
    pub(super) fn decay<T: Scalar>(&self, w: &mut [T]) {
        if self.keep != 1.0 {
            let keep = T::from_f64(self.keep);
            w.iter_mut().for_each(|w| *w *= keep);
        }
    }

    /// Updates some weights and their moments in place; without a gradient, as if it were zero.
    #[inline(always)]
    pub(super) fn apply<T: Scalar>(&self, chunk: &mut Chunk<T>, g: Option<&[T]>) {
        let (scale, limit) = (T::from_f64(self.scale), T::from_f64(self.limit));
        let clipped = |g: T| (g * scale).max(-limit).min(limit);
        let Chunk { w, m, v } = chunk;
        match self.kind {
            Kind::Sgd { momentum: 0.0, learning_rate } => {
                let lr = T::from_f64(learning_rate);
                for (w, &g) in w.iter_mut().zip(g.unwrap_or(&[])) {
                    *w -= lr * clipped(g);
                }
            }
            Kind::Sgd { momentum, learning_rate } => {
                let (momentum, lr) = (T::from_f64(momentum), T::from_f64(learning_rate));
                let update = |w: &mut T, u: &mut T, g: T| {
                    *u = (momentum * *u + g).flush();
                    *w -= lr * *u;
                };
                let weights = w.iter_mut().zip(m.iter_mut());
                match g {
                    Some(g) => weights.zip(g).for_each(|((w, u), &g)| update(w, u, clipped(g))),
                    None => weights.for_each(|(w, u)| update(w, u, T::zero())),
                }
            }
            Kind::Adam { beta1, beta2, epsilon, step_size, root_scale } => {
                let (beta1, rest1) = (T::from_f64(beta1), T::from_f64(1.0 - beta1));
                let (beta2, rest2) = (T::from_f64(beta2), T::from_f64(1.0 - beta2));
                let (epsilon, step_size) = (T::from_f64(epsilon), T::from_f64(step_size));
                let root_scale = T::from_f64(root_scale);
                let update = |w: &mut T, m: &mut T, v: &mut T, g: T| {
                    *m = (beta1 * *m + rest1 * g).flush();
                    *v = (beta2 * *v + rest2 * g * g).flush();
                    *w -= step_size * *m / (v.sqrt() * root_scale + epsilon);
                };
                let weights = w.iter_mut().zip(m.iter_mut()).zip(v.iter_mut());
                match g {
                    Some(g) => weights.zip(g).for_each(|(((w, m), v), &g)| update(w, m, v, clipped(g))),
                    None => weights.for_each(|((w, m), v)| update(w, m, v, T::zero())),
                }
            }
        }
    }

    /// The same on tensors of any device: the new weights and moments.
    pub(super) fn apply_tensors(&self, w: &Tensor, moments: &[Tensor], g: &Tensor) -> Result<(Tensor, Vec<Tensor>)> {
        let mut g = (g * self.scale)?;
        if self.limit.is_finite() {
            g = g.clamp(-self.limit, self.limit)?;
        }
        let w = (w * self.keep)?;
        Ok(match (self.kind, moments) {
            (Kind::Sgd { learning_rate, .. }, []) => ((w - (g * learning_rate)?)?, vec![]),
            (Kind::Sgd { momentum, learning_rate }, [u, ..]) => {
                let u = ((u * momentum)? + g)?;
                ((w - (&u * learning_rate)?)?, vec![u])
            }
            (Kind::Adam { beta1, beta2, epsilon, step_size, root_scale }, [m, v, ..]) => {
                let m = ((m * beta1)? + (&g * (1.0 - beta1))?)?;
                let v = ((v * beta2)? + (g.sqr()? * (1.0 - beta2))?)?;
                let root = ((v.sqrt()? * root_scale)? + epsilon)?;
                ((w - ((&m * step_size)? / root)?)?, vec![m, v])
            }
            (Kind::Adam { .. }, _) => {
                return Err(state_error("moments", "two, as Adam keeps", moments.len()));
            }
        })
    }
}
