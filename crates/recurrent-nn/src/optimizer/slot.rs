//! What an optimizer remembers of one parameter, and its update.

use super::{
    Method,
    gradients::{Gradient, SparseGradient},
    rule::{self, Rule},
    state_error,
};
use crate::{
    Error, Result,
    ops::{self, Scalar},
};
use candle_core::{DType, Device, Tensor, Var};
use std::collections::BTreeMap;

/// The names of the moments in a saved state, as in PyTorch.
const PARTS: [&str; 2] = ["exp_avg", "exp_avg_sq"];

#[derive(Debug)]
pub(super) struct Slot {
    /// How often the parameter was updated.
    step: u64,
    moments: Vec<Var>,
    /// The rows whose moments are not zero, of a parameter that only ever had sparse gradients.
    moving: Option<Moving>,
}

/// A set of rows.
#[derive(Debug, Default)]
struct Moving {
    rows: Vec<u32>,
    /// For each row of the parameter the last step that had a gradient for it; 0 for none.
    last: Vec<u64>,
}

impl Slot {
    pub(super) fn new(method: &Method, var: &Var) -> Result<Self> {
        if !matches!(var.dtype(), DType::F32 | DType::F64) {
            return Err(Error::DType {
                operation: "Optimizer::step",
                expected: "f32 or f64",
                got: var.dtype(),
            });
        }
        let zeros = || Var::zeros(var.shape(), var.dtype(), var.device());
        Ok(Self {
            step: 0,
            moments: (0..rule::moments(method))
                .map(|_| Ok(zeros()?))
                .collect::<Result<_>>()?,
            moving: Some(Moving::default()),
        })
    }

    pub(super) fn load(
        method: &Method,
        name: &str,
        mut parts: BTreeMap<String, Tensor>,
    ) -> Result<Self> {
        let mut take = |part: &str| {
            let missing = || state_error(format!("{name}.{part}"), "a tensor", "none");
            parts.remove(part).ok_or_else(missing)
        };
        let step = take("step")?;
        let step = step.to_dtype(DType::F64)?.reshape(())?.to_scalar::<f64>()?;
        let moments = PARTS[..rule::moments(method)]
            .iter()
            .map(|part| Ok(Var::from_tensor(&take(part)?.copy()?)?))
            .collect::<Result<_>>()?;
        if let Some(part) = parts.keys().next() {
            let expected = format!("none with {}", method.name());
            return Err(state_error(format!("{name}.{part}"), expected, "a tensor"));
        }
        Ok(Self {
            step: step as u64,
            moments,
            moving: None,
        })
    }

    pub(super) fn state(&self) -> Result<Vec<(&'static str, Tensor)>> {
        let step = Tensor::new(self.step as f64, &Device::Cpu)?;
        let mut state = vec![("step", step)];
        for (part, moment) in PARTS.into_iter().zip(&self.moments) {
            state.push((part, moment.copy()?));
        }
        Ok(state)
    }

    /// The number of the update that comes, from 1.
    pub(super) fn next_step(&self) -> u64 {
        self.step + 1
    }

    /// A loaded state has to fit the parameter.
    pub(super) fn check(&self, name: &str, var: &Var) -> Result<()> {
        for (part, moment) in PARTS.into_iter().zip(&self.moments) {
            if moment.shape() != var.shape() || moment.dtype() != var.dtype() {
                let describe = |t: &Tensor| format!("{:?} {:?}", t.dtype(), t.dims());
                let key = format!("{name}.{part}");
                return Err(state_error(key, describe(var), describe(moment)));
            }
        }
        Ok(())
    }

    pub(super) fn update(&mut self, rule: &Rule, var: &Var, gradient: &Gradient) -> Result<()> {
        self.step += 1;
        match (var.device(), var.dtype()) {
            (Device::Cpu, DType::F64) => self.update_in_place::<f64>(rule, var, gradient),
            (Device::Cpu, _) => self.update_in_place::<f32>(rule, var, gradient),
            _ => self.update_tensors(rule, var, gradient),
        }
    }

    fn update_in_place<T: Scalar>(
        &mut self,
        rule: &Rule,
        var: &Var,
        gradient: &Gradient,
    ) -> Result<()> {
        let moments = self.moments.clone();
        match gradient {
            Gradient::Dense(gradient) => {
                self.moving = None;
                Ok(ops::read::<T, _>(gradient, |g| {
                    edit_all(var, &moments, |w, moments| {
                        decay(rule, w);
                        rule.apply(w, moments, Some(g));
                    })
                })??)
            }
            Gradient::Rows(SparseGradient { rows, values }) => {
                let (vocabulary, size) = var.dims2()?;
                let step = self.step;
                let moving = match &mut self.moving {
                    Some(moving) => moving,
                    none => none.insert(Moving::of::<T>(&moments, vocabulary, size)?),
                };
                moving.last.resize(vocabulary, 0);
                for &row in rows {
                    let last = &mut moving.last[row as usize];
                    if *last == 0 {
                        moving.rows.push(row);
                    }
                    *last = step;
                }
                Ok(ops::read::<T, _>(values, |g| {
                    edit_all(var, &moments, |w, moments| {
                        decay(rule, w);
                        let mut row = |row: u32, g: Option<&[T]>| {
                            let range = row as usize * size..(row as usize + 1) * size;
                            match moments {
                                [] => rule.apply(&mut w[range], &mut [], g),
                                [m] => rule.apply(&mut w[range.clone()], &mut [&mut m[range]], g),
                                [m, v, ..] => rule.apply(
                                    &mut w[range.clone()],
                                    &mut [&mut m[range.clone()], &mut v[range]],
                                    g,
                                ),
                            }
                        };
                        for (&id, g) in rows.iter().zip(g.chunks_exact(size)) {
                            row(id, Some(g));
                        }
                        if !rule.lazy {
                            for &id in &moving.rows {
                                if moving.last[id as usize] != step {
                                    row(id, None);
                                }
                            }
                        }
                    })
                })??)
            }
        }
    }

    fn update_tensors(&mut self, rule: &Rule, var: &Var, gradient: &Gradient) -> Result<()> {
        match gradient {
            Gradient::Rows(SparseGradient { rows, values }) if rule.lazy => {
                let rows = Tensor::new(rows.as_slice(), var.device())?;
                let taken = |t: &Var| t.index_select(&rows, 0);
                let moments = self.moments.iter().map(taken);
                let moments = moments.collect::<candle_core::Result<Vec<_>>>()?;
                let (w, moments) = rule.apply_tensors(&taken(var)?, &moments, values)?;
                let index = rows.unsqueeze(1)?.broadcast_as(w.shape())?.contiguous()?;
                var.scatter_set(&index, &w, 0)?;
                for (kept, new) in self.moments.iter().zip(&moments) {
                    kept.scatter_set(&index, new, 0)?;
                }
            }
            gradient => {
                let moments: Vec<Tensor> =
                    self.moments.iter().map(|m| m.as_tensor().clone()).collect();
                let (w, moments) = rule.apply_tensors(var, &moments, &gradient.dense(var)?)?;
                var.set(&w)?;
                for (kept, new) in self.moments.iter().zip(&moments) {
                    kept.set(new)?;
                }
            }
        }
        Ok(())
    }
}

impl Moving {
    /// The rows of loaded moments that are not zero.
    fn of<T: Scalar>(moments: &[Var], vocabulary: usize, size: usize) -> Result<Self> {
        let mut last = vec![0; vocabulary];
        for moment in moments {
            ops::read::<T, _>(moment, |moment| {
                for (last, row) in last.iter_mut().zip(moment.chunks_exact(size)) {
                    // Any step before the next one will do.
                    *last |= row.iter().any(|value| !value.is_zero()) as u64;
                }
            })?;
        }
        let moves = |row: &u32| last[*row as usize] != 0;
        Ok(Self {
            rows: (0..vocabulary as u32).filter(moves).collect(),
            last,
        })
    }
}

fn decay<T: Scalar>(rule: &Rule, w: &mut [T]) {
    if rule.keep != 1.0 {
        let keep = T::of(rule.keep);
        w.iter_mut().for_each(|w| *w = *w * keep);
    }
}

/// Lends the numbers of a weight and of its moments, to change them together, with the processor's widest vectors.
fn edit_all<T: Scalar>(
    weight: &Var,
    moments: &[Var],
    edit: impl FnOnce(&mut [T], &mut [&mut [T]]),
) -> candle_core::Result<()> {
    let edit =
        |w: &mut [T], moments: &mut [&mut [T]]| pulp::Arch::new().dispatch(|| edit(w, moments));
    match moments {
        [] => ops::edit(weight, |w| edit(w, &mut [])),
        [u] => ops::edit(weight, |w| ops::edit(u, |u| edit(w, &mut [u])))?,
        [m, v, ..] => ops::edit(weight, |w| {
            ops::edit(m, |m| ops::edit(v, |v| edit(w, &mut [m, v])))
        })??,
    }
}
