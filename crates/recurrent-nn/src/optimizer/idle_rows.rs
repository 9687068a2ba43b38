//! Rows of an embedding that batches do not use: they go on moving by their moments, but nobody writes them until
//! somebody reads them.
//!
//! Between two looks the table holds each row as it was after its last step with a gradient, and
//! [`IdleSteps`] says where it is now. A batch reads its rows through [`IdleRows`]; whoever reads the whole table has it
//! [shown](IdleRows::show) first. What is shown does not change what comes: the next step goes on from the rows as they
//! were, so that a training that is looked at, saved or resumed has the same bits as one that is not.

use super::{
    Method,
    gradients::SparseGradient,
    idle_steps::{IdleSteps, Movement},
    rule::{Chunk, Rule, edit_with_moments},
    state_error,
};
use crate::{
    Result,
    ops::{self, Scalar, dispatch},
};
use candle_core::{CpuStorage, DType, Tensor, Var};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

/// A row that never had a gradient.
const NEVER: u64 = u64::MAX;

/// The idle rows of an embedding's table, as the embedding and its sparse gradients share them. Empty unless a training
/// leaves rows of it behind.
#[derive(Debug, Clone, Default)]
pub struct IdleRows(Arc<Mutex<Weak<Mutex<Table>>>>);

impl IdleRows {
    /// The optimizer's own, if there is one that has left rows behind.
    fn owner(&self) -> Option<Arc<Mutex<Table>>> {
        lock(&self.0).upgrade()
    }

    /// From now on this optimizer leaves rows behind.
    pub(super) fn set_owner(&self, table: &Arc<Mutex<Table>>) {
        *lock(&self.0) = Arc::downgrade(table);
    }

    /// Whether both are those of the same embedding.
    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// Brings the whole table to where it is now. If that fails, the next step says so.
    pub(crate) fn show(&self) {
        if let Some(table) = self.owner() {
            let mut table = lock(&table);
            table.show_result = table.show();
        }
    }

    /// Some rows as they are now, one after the other; none if no training leaves rows of this table behind.
    pub(crate) fn read(&self, weight: &Tensor, rows: &[u32]) -> candle_core::Result<Option<CpuStorage>> {
        self.owner().map_or(Ok(None), |table| lock(&table).read(weight, rows))
    }
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A table of f32 or f64 on the CPU, with the moments of its numbers.
#[derive(Debug)]
pub(super) struct Table {
    steps: IdleSteps,
    /// When each row last had a gradient.
    last: Vec<u64>,
    /// m (u of SGD) and v, as they were then.
    moments: Vec<Var>,
    weight: Var,
    /// The rows that a batch has read since the last step, and their numbers.
    last_read: Option<(Vec<u32>, CpuStorage)>,
    /// What has come of the last time that the table was shown.
    show_result: Result<()>,
    /// The rows as they were then, while the table shows where they are now.
    at_last_gradient: Option<Tensor>,
}

/// What a saved state says of rows that were left behind.
#[derive(Debug)]
pub(super) struct SavedRows {
    /// Of each step since rows are left behind.
    learning_rates: Vec<f64>,
    /// The step of each row's last gradient.
    last: Vec<u64>,
    /// The rows as they were then.
    rows: Tensor,
}

impl SavedRows {
    /// The names of its tensors in a saved state.
    pub(super) const PARTS: [&str; 3] = ["learning_rates", "row_step", "row"];

    /// The learning rates; the step of each row, −1 for one that never had a gradient; the rows (V, E).
    pub(super) fn tensors(&self) -> Result<[Tensor; 3]> {
        let step = |&step: &u64| if step == NEVER { -1.0 } else { step as f64 };
        let last: Vec<f64> = self.last.iter().map(step).collect();
        let device = &candle_core::Device::Cpu;
        Ok([Tensor::new(&self.learning_rates[..], device)?, Tensor::new(last, device)?, self.rows.clone()])
    }

    /// Errors for what no training leaves after this number of steps; `like` is a moment.
    pub(super) fn load(
        name: &str,
        [learning_rates, last, rows]: [Tensor; 3],
        step: u64,
        like: &Tensor,
    ) -> Result<Self> {
        let error = |part: usize, expected: String, got: String| {
            Err(state_error(format!("{name}.{}", Self::PARTS[part]), expected, got))
        };
        let numbers = |tensor: &Tensor| tensor.to_dtype(DType::F64)?.flatten_all()?.to_vec1::<f64>();
        let learning_rates = numbers(&learning_rates)?;
        if learning_rates.len() as u64 > step || learning_rates.iter().any(|rate| !rate.is_finite()) {
            return error(0, format!("at most {step} finite numbers"), format!("{} numbers", learning_rates.len()));
        }
        if (rows.dims(), rows.dtype()) != (like.dims(), like.dtype()) {
            let describe = |tensor: &Tensor| format!("{:?} {:?}", tensor.dtype(), tensor.dims());
            return error(2, describe(like), describe(&rows));
        }
        let first = step - learning_rates.len() as u64;
        let steps = first as f64..=step as f64;
        let last = numbers(&last)?;
        let fits = |&number: &f64| number == -1.0 || (number.fract() == 0.0 && steps.contains(&number));
        if last.len() != rows.dim(0)? || !last.iter().all(fits) {
            let expected = format!("{} steps, each -1 or in {first}..={step}", rows.dim(0)?);
            let got = last.iter().find(|number| !fits(number));
            return error(1, expected, got.map_or(format!("{} steps", last.len()), f64::to_string));
        }
        let last = last.into_iter().map(|step| if step < 0.0 { NEVER } else { step as u64 }).collect();
        Ok(Self { learning_rates, last, rows })
    }
}

impl Table {
    /// Of a weight (V, E) after this number of steps; none if its rows cannot be left behind by this method.
    pub(super) fn new(method: &Method, weight: &Var, moments: &[Var], step: u64) -> Result<Option<Self>> {
        let (rows, _) = weight.dims2()?;
        let steps = match weight.dtype() {
            DType::F64 => IdleSteps::new::<f64>(method, step),
            _ => IdleSteps::new::<f32>(method, step),
        };
        let Some(steps) = steps else {
            return Ok(None);
        };
        // What moves already moves on from here.
        let at_start = if step > 0 || steps.decays() { step } else { NEVER };
        Ok(Some(Self {
            steps,
            last: vec![at_start; rows],
            moments: moments.to_vec(),
            weight: weight.clone(),
            last_read: None,
            show_result: Ok(()),
            at_last_gradient: None,
        }))
    }

    /// As it was saved after this number of steps. Errors if this method does not leave such rows behind.
    pub(super) fn resume(method: &Method, weight: &Var, moments: &[Var], step: u64, saved: SavedRows) -> Result<Self> {
        let refused =
            |got: String| state_error("learning_rates", format!("rows that {} leaves behind", method.name()), got);
        let first = step - saved.learning_rates.len() as u64;
        let table = Self::new(method, weight, moments, first)?;
        let mut table = table.ok_or_else(|| refused("rows of another method".into()))?;
        for &rate in &saved.learning_rates {
            if !table.steps.takes(rate) {
                return Err(refused(format!("the learning rate {rate}")));
            }
            table.steps.push(rate);
        }
        table.last = saved.last;
        table.at_last_gradient = Some(saved.rows);
        Ok(table)
    }

    /// What is saved of it.
    pub(super) fn saved(&self) -> Result<SavedRows> {
        Ok(SavedRows {
            learning_rates: self.steps.learning_rates().to_vec(),
            last: self.last.clone(),
            rows: match &self.at_last_gradient {
                Some(rows) => rows.clone(),
                None => self.weight.copy()?,
            },
        })
    }

    /// Whether a step with this learning rate can leave rows behind.
    pub(super) fn takes(&self, learning_rate: f64) -> bool {
        self.steps.takes(learning_rate)
    }

    /// One step, which has a gradient of some rows only.
    pub(super) fn update(&mut self, rule: &Rule, learning_rate: f64, gradient: &SparseGradient) -> Result<()> {
        std::mem::replace(&mut self.show_result, Ok(()))?;
        match self.weight.dtype() {
            DType::F64 => self.update_rows::<f64>(rule, gradient)?,
            _ => self.update_rows::<f32>(rule, gradient)?,
        }
        self.steps.push(learning_rate);
        for &row in &gradient.rows {
            self.last[row as usize] = self.steps.now();
        }
        Ok(())
    }

    fn update_rows<T: Scalar>(&mut self, rule: &Rule, gradient: &SparseGradient) -> Result<()> {
        self.hide::<T>()?;
        let (_, size) = self.weight.dims2()?;
        let read = self.last_read.take().filter(|(rows, _)| *rows == gradient.rows);
        let read = read.as_ref().map(|(_, numbers)| T::slice(numbers)).transpose()?;
        ops::read::<T, _>(&gradient.values, |g| {
            self.edit(|mut all: Chunk<T>| {
                dispatch(|| {
                    for (index, (&row, g)) in gradient.rows.iter().zip(g.chunks_exact(size)).enumerate() {
                        let mut own = all.part(row as usize * size, size);
                        if let Some(movement) = self.movement(row as usize) {
                            match read {
                                Some(read) => own.w.copy_from_slice(&read[index * size..][..size]),
                                None => movement.apply(own.w, own.m, own.v),
                            }
                            movement.shrink(own.m, own.v);
                        }
                        rule.decay(own.w);
                        rule.apply(&mut own, Some(g));
                    }
                });
            })
        })?
    }

    /// Some rows as they are now; none of another table.
    fn read(&mut self, weight: &Tensor, rows: &[u32]) -> candle_core::Result<Option<CpuStorage>> {
        if weight.id() != self.weight.id() {
            return Ok(None);
        }
        let found = match self.weight.dtype() {
            DType::F64 => self.read_rows::<f64>(rows)?,
            _ => self.read_rows::<f32>(rows)?,
        };
        self.last_read = self.at_last_gradient.is_none().then(|| (rows.to_vec(), found.clone()));
        Ok(Some(found))
    }

    fn read_rows<T: Scalar>(&self, rows: &[u32]) -> candle_core::Result<CpuStorage> {
        let (_, size) = self.weight.dims2()?;
        let mut found = Vec::with_capacity(rows.len() * size);
        ops::read(&self.weight, |w: &[T]| {
            self.read_moments(|m: &[T], v: &[T]| {
                dispatch(|| {
                    for &row in rows {
                        let at = row as usize * size;
                        let start = found.len();
                        found.extend_from_slice(&w[at..at + size]);
                        let movement = self.movement(row as usize);
                        if let Some(movement) = movement.filter(|_| self.at_last_gradient.is_none()) {
                            movement.apply(&mut found[start..], part(m, at, size), part(v, at, size));
                        }
                    }
                });
            })
        })??;
        Ok(T::storage(found))
    }

    /// From now on the table shows where its rows are.
    fn show(&mut self) -> Result<()> {
        match self.weight.dtype() {
            DType::F64 => self.show_rows::<f64>(),
            _ => self.show_rows::<f32>(),
        }
    }

    fn show_rows<T: Scalar>(&mut self) -> Result<()> {
        if self.at_last_gradient.is_some() {
            return Ok(());
        }
        self.last_read = None;
        self.at_last_gradient = Some(self.weight.copy()?);
        let (_, size) = self.weight.dims2()?;
        self.edit(|all: Chunk<T>| {
            all.par_chunks(size, |start, mut chunk| {
                for row in 0..chunk.w.len() / size {
                    if let Some(movement) = self.movement(start / size + row) {
                        let own = chunk.part(row * size, size);
                        movement.apply(own.w, own.m, own.v);
                    }
                }
            });
        })
    }

    /// The table holds its rows again as they were; one that somebody has changed in the meantime goes on from there.
    fn hide<T: Scalar>(&mut self) -> Result<()> {
        let Some(at_last_gradient) = self.at_last_gradient.take() else {
            return Ok(());
        };
        let (_, size) = self.weight.dims2()?;
        let mut changed = Vec::new();
        ops::read(&at_last_gradient, |at_last_gradient: &[T]| {
            self.edit(|mut all: Chunk<T>| {
                dispatch(|| {
                    for row in 0..self.last.len() {
                        let Some(movement) = self.movement(row) else {
                            continue;
                        };
                        let own = all.part(row * size, size);
                        let was = &at_last_gradient[row * size..][..size];
                        let mut shown = was.to_vec();
                        movement.apply(&mut shown, own.m, own.v);
                        if *own.w == shown[..] {
                            own.w.copy_from_slice(was);
                        } else {
                            movement.shrink(own.m, own.v);
                            changed.push(row);
                        }
                    }
                });
            })
        })??;
        for row in changed {
            self.last[row] = self.steps.now();
        }
        Ok(())
    }

    /// Brings table and moments to where they are now.
    pub(super) fn settle(&mut self) -> Result<()> {
        self.show()?;
        match self.weight.dtype() {
            DType::F64 => self.shrink_moments::<f64>()?,
            _ => self.shrink_moments::<f32>()?,
        }
        self.at_last_gradient = None;
        self.last.fill(self.steps.now());
        Ok(())
    }

    fn shrink_moments<T: Scalar>(&self) -> Result<()> {
        let (_, size) = self.weight.dims2()?;
        self.edit(|mut all: Chunk<T>| {
            for row in 0..self.last.len() {
                if let Some(movement) = self.movement(row) {
                    let own = all.part(row * size, size);
                    movement.shrink(own.m, own.v);
                }
            }
        })
    }

    /// What has happened to a row since its last gradient, if anything.
    #[inline(always)]
    fn movement<T: Scalar>(&self, row: usize) -> Option<Movement<T>> {
        match self.last[row] {
            NEVER => None,
            step => self.steps.since(step),
        }
    }

    /// Calls `change` with the numbers of the table and of its moments.
    fn edit<T: Scalar>(&self, change: impl FnOnce(Chunk<T>)) -> Result<()> {
        edit_with_moments(&self.weight, &self.moments, change)
    }

    fn read_moments<T: Scalar, R>(&self, read: impl FnOnce(&[T], &[T]) -> R) -> candle_core::Result<R> {
        match &self.moments[..] {
            [] => Ok(read(&[], &[])),
            [m] => ops::read(m, |m| read(m, &[])),
            [m, v, ..] => ops::read(m, |m| ops::read(v, |v| read(m, v)))?,
        }
    }
}

/// A row of a moment, empty if there is none.
fn part<T>(moment: &[T], start: usize, size: usize) -> &[T] {
    if moment.is_empty() { moment } else { &moment[start..start + size] }
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::Device;

    #[test]
    fn saved_rows_that_no_training_leaves_are_refused() -> Result<()> {
        let cpu = &Device::Cpu;
        let like = Tensor::zeros((3, 2), DType::F32, cpu)?;
        let load = |rates: &[f64], last: &[f64], rows: &Tensor| {
            let parts = [Tensor::new(rates, cpu)?, Tensor::new(last, cpu)?, rows.clone()];
            SavedRows::load("embedding.weight", parts, 10, &like)
        };
        let good = load(&[0.1, 0.2], &[8.0, -1.0, 10.0], &like)?;
        assert_eq!((&good.last[..], &good.learning_rates[..]), (&[8, NEVER, 10][..], &[0.1, 0.2][..]));
        // Resumed with settings that left no such rows.
        let weight = Var::from_tensor(&like)?;
        let moments = [Var::zeros((3, 2), DType::F32, cpu)?, Var::zeros((3, 2), DType::F32, cpu)?];
        let decay = Method::AdamW { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weight_decay: 8.0 };
        for (method, problem) in [
            (Method::lazy_adam(), "rows that LazyAdam leaves behind, got rows of another method"),
            (decay, "rows that AdamW leaves behind, got the learning rate 0.2"),
        ] {
            let saved = load(&[0.1, 0.2], &[8.0, -1.0, 10.0], &like)?;
            let error = Table::resume(&method, &weight, &moments, 10, saved).map(drop).unwrap_err().to_string();
            assert_eq!(error, format!("optimizer state `learning_rates`: expected {problem}"));
        }
        let narrow = Tensor::zeros((3, 1), DType::F32, cpu)?;
        for (rates, last, rows, problem) in [
            (
                &[0.1; 11][..],
                &[8.0, -1.0, 10.0][..],
                &like,
                "learning_rates`: expected at most 10 finite numbers, got 11 numbers",
            ),
            (
                &[f64::NAN],
                &[9.0, -1.0, 10.0],
                &like,
                "learning_rates`: expected at most 10 finite numbers, got 1 numbers",
            ),
            (&[0.1, 0.2], &[7.0, -1.0, 10.0], &like, "row_step`: expected 3 steps, each -1 or in 8..=10, got 7"),
            (&[0.1, 0.2], &[8.0, 8.5, 10.0], &like, "row_step`: expected 3 steps, each -1 or in 8..=10, got 8.5"),
            (&[0.1, 0.2], &[8.0, 11.0], &like, "row_step`: expected 3 steps, each -1 or in 8..=10, got 11"),
            (&[0.1, 0.2], &[8.0, 9.0], &like, "row_step`: expected 3 steps, each -1 or in 8..=10, got 2 steps"),
            (&[0.1, 0.2], &[8.0, -1.0, 10.0], &narrow, "row`: expected F32 [3, 2], got F32 [3, 1]"),
        ] {
            let error = load(rates, last, rows).map(drop).unwrap_err().to_string();
            assert_eq!(error, format!("optimizer state `embedding.weight.{problem}"));
        }
        Ok(())
    }
}
