//! The state that an optimizer keeps of one parameter, and the update.

#[cfg(feature = "cuda")]
use super::gpu;
use super::{
    Method,
    gradients::{Gradient, SparseGradient},
    idle_rows::{SavedRows, Table, lock},
    rule::{self, Chunk, Rule, edit_with_moments},
    state_error,
};
use crate::{
    Error, Result,
    ops::{self, Scalar, dispatch},
};
use candle_core::{DType, Device, Tensor, Var};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

/// The names of the moments in a saved state, as in PyTorch.
const PARTS: [&str; 2] = ["exp_avg", "exp_avg_sq"];

#[derive(Debug)]
pub(super) struct ParamState {
    method: Method,
    /// How often the parameter was updated.
    step: u64,
    moments: Vec<Var>,
    /// For each row when it last had a gradient, of a parameter that only ever had sparse ones. The other rows' moments
    /// are zero, so nothing moves them.
    moving: Option<Vec<LastUse>>,
    left_behind: LeftBehind,
}

/// Rows of an embedding that are not where they would be, until somebody reads them.
#[derive(Debug)]
enum LeftBehind {
    None,
    Saved(SavedRows),
    Table(Arc<Mutex<Table>>),
}

/// The last step that had a gradient for a row (0 for none), and the row's index in that gradient.
#[derive(Debug, Clone, Copy, Default)]
struct LastUse {
    step: u64,
    index: usize,
}

fn shared(table: Table) -> Arc<Mutex<Table>> {
    Arc::new(Mutex::new(table))
}

impl ParamState {
    pub(super) fn new(method: &Method, var: &Var) -> Result<Self> {
        if !matches!(var.dtype(), DType::F32 | DType::F64) {
            return Err(Error::DType { operation: "Optimizer::step", expected: "f32 or f64", got: var.dtype() });
        }
        let zeros = || Var::zeros(var.shape(), var.dtype(), var.device());
        Ok(Self {
            method: *method,
            step: 0,
            moments: (0..rule::moments(method)).map(|_| Ok(zeros()?)).collect::<Result<_>>()?,
            moving: Some(Vec::new()),
            left_behind: LeftBehind::None,
        })
    }

    pub(super) fn load(method: &Method, name: &str, mut parts: BTreeMap<String, Tensor>) -> Result<Self> {
        let mut take = |part: &str| {
            let missing = || state_error(format!("{name}.{part}"), "a tensor", "none");
            parts.remove(part).ok_or_else(missing)
        };
        let step = take("step")?.to_dtype(DType::F64)?.flatten_all()?;
        let step = match step.to_vec1::<f64>()?[..] {
            [step] if step >= 0.0 && step.fract() == 0.0 && step < 2f64.powi(53) => step as u64,
            ref other => {
                let key = format!("{name}.step");
                return Err(state_error(key, "one number of steps", format!("{other:?}")));
            }
        };
        let mut moments = Vec::new();
        for part in &PARTS[..rule::moments(method)] {
            let moment = take(part)?.copy()?;
            expect_moment(&format!("{name}.{part}"), &moment, step)?;
            moments.push(Var::from_tensor(&moment)?);
        }
        let left_behind = match SavedRows::PARTS.map(|part| parts.remove(part)) {
            [Some(learning_rates), Some(last), Some(rows)] if let Some(moment) = moments.first() => {
                LeftBehind::Saved(SavedRows::load(name, [learning_rates, last, rows], step, moment)?)
            }
            given => {
                parts.extend(
                    SavedRows::PARTS
                        .map(str::to_string)
                        .into_iter()
                        .zip(given)
                        .filter_map(|(part, given)| Some((part, given?))),
                );
                LeftBehind::None
            }
        };
        if let Some(part) = parts.keys().next() {
            let expected = format!("none with {}", method.name());
            return Err(state_error(format!("{name}.{part}"), expected, "a tensor"));
        }
        Ok(Self { method: *method, step, moments, moving: None, left_behind })
    }

    /// The step and the moments, named as in PyTorch; of a table with rows left behind the moments as they were at each
    /// row's last step, and what tells where the rows are.
    pub(super) fn tensors(&self) -> Result<Vec<(&'static str, Tensor)>> {
        let step = Tensor::new(self.step as f64, &Device::Cpu)?;
        let mut tensors = vec![("step", step)];
        for (part, moment) in PARTS.into_iter().zip(&self.moments) {
            tensors.push((part, moment.copy()?));
        }
        let rows = match &self.left_behind {
            LeftBehind::None => return Ok(tensors),
            LeftBehind::Saved(rows) => rows.tensors()?,
            LeftBehind::Table(table) => lock(table).saved()?.tensors()?,
        };
        tensors.extend(SavedRows::PARTS.into_iter().zip(rows));
        Ok(tensors)
    }

    /// m (u of SGD) and v, as many as the method has.
    #[cfg(test)]
    pub(super) fn moments(&self) -> &[Var] {
        &self.moments
    }

    /// The number of the update that comes, from 1.
    pub(super) fn next_step(&self) -> u64 {
        self.step + 1
    }

    /// A loaded state has to fit the parameter, and goes where it is.
    pub(super) fn fit(&mut self, name: &str, var: &Var) -> Result<()> {
        for (part, moment) in PARTS.into_iter().zip(&self.moments) {
            if moment.shape() != var.shape() || moment.dtype() != var.dtype() {
                let describe = |t: &Tensor| format!("{:?} {:?}", t.dtype(), t.dims());
                let key = format!("{name}.{part}");
                return Err(state_error(key, describe(var), describe(moment)));
            }
        }
        if !var.device().is_cpu() {
            self.settle(var)?;
        }
        for moment in &mut self.moments {
            if !moment.device().same_device(var.device()) {
                *moment = Var::from_tensor(&moment.to_device(var.device())?)?;
            }
        }
        Ok(())
    }

    /// One update. With a learning rate `leave_at_rate` it leaves the rows behind that it has no gradient of, if it can.
    pub(super) fn update(
        &mut self,
        rule: &Rule,
        var: &Var,
        gradient: &Gradient,
        leave_at_rate: Option<f64>,
    ) -> Result<()> {
        if let (Gradient::Rows(rows), Some(learning_rate)) = (gradient, leave_at_rate)
            && let Some(idle) = rows.idle.as_ref().filter(|_| !rule.lazy && var.device().is_cpu())
            && let Some(table) = self.table(var)?
        {
            let mut leaving = lock(&table);
            if leaving.takes(learning_rate) {
                self.step += 1;
                idle.set_owner(&table);
                return leaving.update(rule, learning_rate, rows);
            }
        }
        self.settle(var)?;
        self.step += 1;
        match (var.device(), var.dtype()) {
            (Device::Cpu, DType::F64) => self.update_in_place::<f64>(rule, var, gradient),
            (Device::Cpu, _) => self.update_in_place::<f32>(rule, var, gradient),
            #[cfg(feature = "cuda")]
            (Device::Cuda(gpu), DType::F32) if let Some(launch) = gpu::Launch::new(rule, var.dims(), gradient) => {
                gpu::launch(gpu, launch, var, &self.moments, gradient.values())?;
                Ok(())
            }
            _ => self.update_tensors(rule, var, gradient),
        }
    }

    /// The table of a weight on the CPU whose rows are left behind, made if there is none; none if the method cannot.
    fn table(&mut self, weight: &Var) -> Result<Option<Arc<Mutex<Table>>>> {
        let table = match std::mem::replace(&mut self.left_behind, LeftBehind::None) {
            LeftBehind::Table(table) => Some(table),
            LeftBehind::None => Table::new(&self.method, weight, &self.moments, self.step)?.map(shared),
            LeftBehind::Saved(rows) => {
                Some(shared(Table::resume(&self.method, weight, &self.moments, self.step, rows)?))
            }
        };
        if let Some(table) = &table {
            self.left_behind = LeftBehind::Table(table.clone());
        }
        Ok(table)
    }

    /// Brings rows that were left behind to where they are now, and leaves none from now on.
    fn settle(&mut self, var: &Var) -> Result<()> {
        if matches!(self.left_behind, LeftBehind::None) {
            return Ok(());
        }
        let on_cpu = Var::from_tensor(&var.to_device(&Device::Cpu)?)?;
        let table = self.table(if var.device().is_cpu() { var } else { &on_cpu })?;
        self.left_behind = LeftBehind::None;
        self.moving = None;
        table.map_or(Ok(()), |table| lock(&table).settle())
    }

    fn update_in_place<T: Scalar>(&mut self, rule: &Rule, var: &Var, gradient: &Gradient) -> Result<()> {
        match gradient {
            Gradient::Dense(gradient) => {
                self.moving = None;
                ops::read::<T, _>(gradient, |g| {
                    edit_with_moments(var, &self.moments, |all: Chunk<T>| {
                        all.par_chunks(1, |start, mut chunk| {
                            let g = &g[start..start + chunk.w.len()];
                            rule.decay(chunk.w);
                            rule.apply(&mut chunk, Some(g));
                        });
                    })
                })?
            }
            Gradient::Rows(SparseGradient { rows, values, .. }) => {
                let (_, size) = var.dims2()?;
                if !rule.lazy {
                    self.note_rows::<T>(var, rows)?;
                }
                let (moving, step) = (self.moving.as_deref().unwrap_or(&[]), self.step);
                ops::read::<T, _>(values, |g| {
                    let row_of_g = |index: usize| &g[index * size..][..size];
                    edit_with_moments(var, &self.moments, |mut all: Chunk<T>| {
                        if rule.lazy {
                            dispatch(|| {
                                for (index, &row) in rows.iter().enumerate() {
                                    let mut row = all.part(row as usize * size, size);
                                    rule.apply(&mut row, Some(row_of_g(index)));
                                }
                            });
                            return;
                        }
                        all.par_chunks(size, |start, mut chunk| {
                            rule.decay(chunk.w);
                            let moving = &moving[start / size..][..chunk.w.len() / size];
                            for (index, last) in moving.iter().enumerate().filter(|(_, last)| last.step != 0) {
                                let g = (last.step == step).then(|| row_of_g(last.index));
                                rule.apply(&mut chunk.part(index * size, size), g);
                            }
                        });
                    })
                })?
            }
        }
    }

    /// Notes which rows a step's gradient has.
    fn note_rows<T: Scalar>(&mut self, var: &Var, rows: &[u32]) -> Result<()> {
        let (vocabulary, size) = var.dims2()?;
        let moving = match &mut self.moving {
            Some(moving) => moving,
            none => none.insert(moving_rows::<T>(&self.moments, size)?),
        };
        moving.resize(vocabulary, LastUse::default());
        for (index, &row) in rows.iter().enumerate() {
            moving[row as usize] = LastUse { step: self.step, index };
        }
        Ok(())
    }

    fn update_tensors(&mut self, rule: &Rule, var: &Var, gradient: &Gradient) -> Result<()> {
        match gradient {
            Gradient::Rows(SparseGradient { rows, values, .. }) if rule.lazy => {
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
                let moments: Vec<Tensor> = self.moments.iter().map(|m| m.as_tensor().clone()).collect();
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

/// Errors if a loaded moment holds what no update leaves: a number that is not finite, a negative mean of squares, or
/// anything but zero before the first step.
fn expect_moment(key: &str, moment: &Tensor, step: u64) -> Result<()> {
    let numbers = moment.flatten_all()?.to_dtype(DType::F64)?;
    let (expected, fits): (_, fn(f64) -> bool) = if step == 0 {
        ("zeros before the first step", |number| number == 0.0)
    } else if key.ends_with(PARTS[1]) {
        ("means of squares", |number| number.is_finite() && number >= 0.0)
    } else {
        ("finite numbers", f64::is_finite)
    };
    let numbers = numbers.to_vec1::<f64>()?;
    match numbers.iter().position(|&number| !fits(number)) {
        None => Ok(()),
        Some(position) => {
            let got = format!("{} at position {position}", numbers[position]);
            Err(state_error(key, expected, got))
        }
    }
}

/// Which rows of loaded moments are not zero. Any step before the next one will do for their last use.
fn moving_rows<T: Scalar>(moments: &[Var], size: usize) -> Result<Vec<LastUse>> {
    let mut moving = Vec::new();
    for moment in moments {
        ops::read::<T, _>(moment, |moment| {
            moving.resize(moment.len() / size, LastUse::default());
            for (last, row) in moving.iter_mut().zip(moment.chunks_exact(size)) {
                last.step |= u64::from(row.iter().any(|value| !value.is_zero()));
            }
        })?;
    }
    Ok(moving)
}

#[cfg(test)]
mod tests {
    use super::super::{Clip, METHODS, OptimizerConfig};
    use super::*;
    use crate::Init;

    /// What is neither on the CPU nor in f32 on a GPU is updated with candle's operations; here both do it on the CPU.
    #[test]
    fn both_updates_give_the_same_weights_and_moments() -> Result<()> {
        for method in METHODS {
            for clip in [None, Some(Clip::Norm(0.5)), Some(Clip::Value(0.1))] {
                for by_rows in [false, true] {
                    let config = OptimizerConfig { method, clip };
                    let fused = after_three_steps(&config, by_rows, false)?;
                    let candle = after_three_steps(&config, by_rows, true)?;
                    for (fused, candle) in fused.iter().zip(&candle) {
                        let difference = (fused - candle)?.abs()?.max_all()?;
                        let difference = difference.to_scalar::<f64>()?;
                        assert!(difference < 1e-14, "{config:?} {by_rows}: {difference}");
                    }
                }
            }
        }
        Ok(())
    }

    /// The weights, then the moments.
    fn after_three_steps(config: &OptimizerConfig, by_rows: bool, by_candle: bool) -> Result<Vec<Tensor>> {
        let mut init = Init::pytorch(5, &Device::Cpu).with_dtype(DType::F64)?;
        let var = init.normal(&[6, 4])?;
        let mut state = ParamState::new(&config.method, &var)?;
        for rows in [vec![5, 0], vec![2, 5, 1], vec![0]] {
            let gradient = match by_rows {
                true => Gradient::Rows(SparseGradient {
                    values: init.normal(&[rows.len(), 4])?.as_tensor().clone(),
                    rows,
                    gathered: Vec::new(),
                    idle: None,
                }),
                false => Gradient::Dense(init.normal(&[6, 4])?.as_tensor().clone()),
            };
            let rule = Rule::at(config, state.next_step(), 0.1, 2.0, by_rows);
            state.step += 1;
            match by_candle {
                true => state.update_tensors(&rule, &var, &gradient)?,
                false => state.update_in_place::<f64>(&rule, &var, &gradient)?,
            }
        }
        let all = [&var].into_iter().chain(&state.moments);
        Ok(all.map(|var| var.as_tensor().clone()).collect())
    }

    /// A moment before the first step would pass for one of row 0's gradient.
    #[test]
    fn a_state_that_no_training_leaves_is_refused() -> Result<()> {
        let load = |step: f64, m: f64, v: f64| {
            let moment = |number| Tensor::new(&[[0.0, 0.0], [number, 0.0]], &Device::Cpu);
            let parts = BTreeMap::from([
                ("step".to_string(), Tensor::new(step, &Device::Cpu)?),
                ("exp_avg".to_string(), moment(m)?),
                ("exp_avg_sq".to_string(), moment(v)?),
            ]);
            ParamState::load(&Method::adam(), "embedding.weight", parts).map(drop)
        };
        load(0.0, 0.0, 0.0)?;
        load(1.0, -0.5, 0.5)?;
        for (step, m, v, problem) in [
            (0.0, 0.5, 0.0, "exp_avg`: expected zeros before the first step, got 0.5 at position 2"),
            (0.0, 0.0, 0.5, "exp_avg_sq`: expected zeros before the first step, got 0.5 at position 2"),
            (1.0, f64::INFINITY, 0.0, "exp_avg`: expected finite numbers, got inf at position 2"),
            (1.0, 0.0, -0.5, "exp_avg_sq`: expected means of squares, got -0.5 at position 2"),
            (1.0, 0.0, f64::NAN, "exp_avg_sq`: expected means of squares, got NaN at position 2"),
            (-1.0, 0.0, 0.0, "step`: expected one number of steps, got [-1.0]"),
            (0.5, 0.0, 0.0, "step`: expected one number of steps, got [0.5]"),
            (f64::NAN, 0.0, 0.0, "step`: expected one number of steps, got [NaN]"),
        ] {
            let error = load(step, m, v).unwrap_err().to_string();
            assert_eq!(error, format!("optimizer state `embedding.weight.{problem}"));
        }
        Ok(())
    }
}
