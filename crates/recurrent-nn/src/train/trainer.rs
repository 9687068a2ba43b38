//! The training loop.

use super::{
    config::TrainerConfig,
    evaluate::{evaluate_by, evaluate_while},
    fit_progress::FitProgress,
    history::{EpochRecord, History, StepRecord},
    interrupt::Interrupt,
    metrics::Metrics,
    schedule::plateau,
};
use crate::{Batch, BatchSource, Error, GradientReport, Model, Optimizer, Result, device, optimizer};
use candle_core::{Tensor, TensorId, Var, backprop::GradStore};
use std::{ops::ControlFlow, time::Instant};

/// A validation has a macro F1 up to so many classes: its confusion matrix grows with their square.
const F1_CLASSES: usize = 1_000;

/// Trains one model and keeps the record of it. It borrows nothing between two calls.
///
/// ```
#[doc = include_str!("../doc_net.rs.in")]
/// # fn main() -> Result<()> {
/// # let model = net(2, 2, 0)?;
/// # let train = Batches(vec![labelled(&[[2, 3], [4, 5]], &[0, 1])?]);
/// use recurrent_nn::{Stop, Trainer, TrainerConfig};
/// let mut trainer = Trainer::new(TrainerConfig { epochs: 2, learning_rate: 1e-2, ..Default::default() })?;
/// assert_eq!(trainer.fit(&model, &train, Some(&train))?, Stop::Finished);
/// let epochs = &trainer.history().epochs;
/// assert!(epochs[1].loss < epochs[0].loss);
/// # Ok(()) }
/// ```
///
/// On an NVIDIA GPU the gradients stay there. A step copies back the ids, which an embedding sorts, the targets and the
/// model's output, of which the [`Loss`](crate::Loss) is computed on the CPU, and a few numbers for the norm of the
/// gradients.
///
/// The same batches, weights and configuration give the same bits: the trainer draws no random number. Batches come in
/// the order of [`BatchSource::epoch`], dropout draws its masks from [`Batch::step`].
#[derive(Debug)]
pub struct Trainer {
    pub(crate) config: TrainerConfig,
    pub(crate) optimizer: Optimizer,
    pub(crate) history: History,
    /// The epochs of the present fit, whether it has been stopped or not.
    pub(crate) epoch_range: std::ops::Range<usize>,
    /// The fingerprint of the batches of the unfinished epoch.
    pub(crate) batches: Option<String>,
    /// The weights after the best epoch of the present fit, if they are to be restored.
    pub(crate) best: Option<Vec<(String, Tensor)>>,
    /// The largest gradient of the last step.
    largest: Option<GradientReport>,
    /// The parameters of its model, from the first fit on.
    parameters: Option<Vec<TensorId>>,
    /// Whether a step has shown that the model lists all its parameters.
    lists_all: bool,
    /// The parameters that had no gradient in that step.
    without_gradient: Vec<String>,
}

/// Why [`Trainer::fit`] returned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// All epochs are done.
    Finished,
    /// Early stopping: the model has not become better for a while.
    Early,
    /// A stop (SIGINT). The next fit goes on.
    Interrupted,
    /// The configured time is over. The next fit goes on.
    TimeLimit,
    /// The configured number of rows is done. The next fit goes on.
    RowLimit,
    /// The observer stopped it. The next fit goes on.
    Observer,
}

/// The event that an observer of [`Trainer::fit_observed`] is called with, after it has happened.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Event {
    /// A step changed the weights.
    Step(StepRecord),
    /// An epoch and its validation are done.
    Epoch(EpochRecord),
}

impl Trainer {
    /// A trainer without any history yet. Errors if a number of the configuration is out of its range.
    pub fn new(config: TrainerConfig) -> Result<Self> {
        config.check()?;
        Ok(Self {
            optimizer: Optimizer::new(config.optimizer)?,
            config,
            history: History::default(),
            epoch_range: 0..0,
            batches: None,
            best: None,
            largest: None,
            parameters: None,
            lists_all: false,
            without_gradient: Vec::new(),
        })
    }

    /// Its configuration.
    pub fn config(&self) -> &TrainerConfig {
        &self.config
    }

    /// What has happened so far, in all fits.
    pub fn history(&self) -> &History {
        &self.history
    }

    /// The parameters that the first step gave no gradient, as `layer.parameter`: no step trains them. Either the loss
    /// does not depend on them, or an operation between them and the loss has no gradient, as candle-nn's
    /// `softmax_last_dim`. The progress of a fit names them too.
    ///
    /// ```
    #[doc = include_str!("../doc_net.rs.in")]
    /// # fn main() -> Result<()> {
    /// # let model = net(2, 3, 0)?;
    /// # let rows = Batches(vec![labelled(&[[2, 3], [4, 5]], &[0, 2])?]);
    /// let mut trainer = Trainer::new(TrainerConfig::default())?;
    /// trainer.fit(&model, &rows, None)?;
    /// assert!(trainer.without_gradient().is_empty());
    /// # Ok(()) }
    /// ```
    pub fn without_gradient(&self) -> &[String] {
        &self.without_gradient
    }

    /// Trains for the configured number of epochs, with a validation after each.
    ///
    /// A stop (SIGINT, the notebook's stop button) or a limit ends it after the present batch, also within a
    /// validation; model and history stay as they are. A validation that was broken off leaves no number: the epoch is
    /// recorded when a later fit has done all of it. Called again after a stop or a limit it goes on with the next
    /// batch; called again after its end it adds epochs. Between two epochs the batches may be other ones, e.g. of more
    /// rows; within one they have to be those that it began with, or it is ended by [`end_epoch`](Self::end_epoch).
    ///
    /// Errors leave the model as it was before the present step; [`Error::Diverged`] if the loss or a gradient is not
    /// finite, [`Error::UnlistedParameter`] if the loss depends on a parameter that the model does not list,
    /// [`Error::OtherModel`] for another model than that of the first fit, [`Error::OtherBatches`] for other batches
    /// than those that an epoch began with, [`Error::ParameterName`] if two variables have one name, [`Error::NoRows`]
    /// without rows, and where no answer of a step counts, as all are ignored.
    pub fn fit(&mut self, model: &dyn Model, train: &dyn BatchSource, valid: Option<&dyn BatchSource>) -> Result<Stop> {
        self.fit_observed(model, train, valid, &mut |_, _| Ok(ControlFlow::Continue(())))
    }

    /// [`fit`](Self::fit) with an observer: called after each step and each epoch with the trainer as it then is, it
    /// may look at the history, save a checkpoint, or break off. Errors as `fit`, and the observer's own.
    ///
    /// Weights are read and set through the model's [`parameters`](crate::Module::parameters), asked for anew in each
    /// call: within a fit the table of an embedding holds all its rows as they are only from then to the next step.
    ///
    /// ```
    #[doc = include_str!("../doc_net.rs.in")]
    /// # fn main() -> Result<()> {
    /// # let model = net(2, 3, 0)?;
    /// # let batch = labelled(&[[2, 3], [4, 5]], &[0, 2])?;
    /// # let rows = Batches(vec![batch]);
    /// use std::ops::ControlFlow;
    /// let mut trainer = Trainer::new(TrainerConfig { epochs: 100, learning_rate: 0.1, ..Default::default() })?;
    /// let stop = trainer.fit_observed(&model, &rows, None, &mut |_, event| {
    ///     Ok(match event {
    ///         Event::Step(step) if step.loss < 0.5 => ControlFlow::Break(()),
    ///         _ => ControlFlow::Continue(()),
    ///     })
    /// })?;
    /// assert_eq!(stop, Stop::Observer);
    /// # Ok(()) }
    /// ```
    pub fn fit_observed(
        &mut self,
        model: &dyn Model,
        train: &dyn BatchSource,
        valid: Option<&dyn BatchSource>,
        observer: &mut dyn FnMut(&Trainer, Event) -> Result<ControlFlow<()>>,
    ) -> Result<Stop> {
        if self.config.early_stopping.is_some() && valid.is_none() {
            return Err(no_rows("validation rows, which early stopping needs"));
        }
        if valid.is_some_and(|valid| valid.rows() == 0) {
            return Err(no_rows("validation rows"));
        }
        self.expect_own(model)?;
        self.expect_own_batches(train)?;
        let interrupt = Interrupt::listen()?;
        if self.is_finished() {
            let epoch = self.history.epoch();
            self.epoch_range = epoch..epoch.saturating_add(self.config.epochs);
            self.best = None;
        }
        let (epochs, device) = (self.epoch_range.clone(), device::of_model(model));
        let mut progress = FitProgress::new(&self.config, epochs, train.rows(), valid.is_some(), device);
        let result = {
            // Whatever ends the fit, even a panic in the model.
            let _shown = Shown(model);
            self.fit_epochs(model, train, valid, observer, &interrupt, &mut progress)
        };
        progress.end(&result, &self.history);
        result
    }

    /// The loop over epochs and steps.
    fn fit_epochs(
        &mut self,
        model: &dyn Model,
        train: &dyn BatchSource,
        valid: Option<&dyn BatchSource>,
        observer: &mut dyn FnMut(&Trainer, Event) -> Result<ControlFlow<()>>,
        interrupt: &Interrupt,
        progress: &mut FitProgress,
    ) -> Result<Stop> {
        let began = Instant::now();
        let mut fit_rows = 0;
        let parameters = model.state_dict();
        while !self.is_finished() {
            let epoch = self.history.epoch();
            let mut epoch_rows: usize = self.history.steps_of(epoch).iter().map(|step| step.rows).sum();
            progress.begin_epoch(&self.history);
            let mut batches = train.epoch_from(epoch, self.history.batch());
            loop {
                if let Some(stop) = self.limit(interrupt, began, fit_rows) {
                    return Ok(progress.stopped(stop, &self.history));
                }
                let group = batches.by_ref().take(self.config.accumulate);
                let group: Vec<Batch> = group.collect::<Result<_>>()?;
                if group.is_empty() {
                    break;
                }
                let learning_rate = self.learning_rate(epoch_rows as f64 / train.rows().max(1) as f64);
                let step = self.step(model, &parameters, group, learning_rate, &mut |done| {
                    progress.part(epoch, done);
                    !interrupt.requested()
                });
                let Some(record) = step? else {
                    return Ok(progress.stopped(Stop::Interrupted, &self.history));
                };
                epoch_rows += record.rows;
                fit_rows += record.rows;
                self.history.steps.push(record);
                progress.without_gradient(&self.without_gradient);
                progress.step(&record, &self.history);
                if observer(self, Event::Step(record))?.is_break() {
                    return Ok(progress.stopped(Stop::Observer, &self.history));
                }
            }
            if epoch_rows == 0 {
                return Err(no_rows("training rows"));
            }

            let mut stop = None;
            let validation = valid.map(|valid| {
                evaluate_while(model, valid, &self.config.loss, F1_CLASSES, &mut |done| {
                    progress.validation(&self.history, done, valid.rows());
                    stop = self.limit(interrupt, began, fit_rows);
                    stop.is_none()
                })
            });
            if let Some(stop) = stop {
                return Ok(progress.stopped(stop, &self.history));
            }
            let validation = validation.transpose()?.map(|(metrics, _)| metrics);
            let record = *self.history.close_epoch(validation.as_ref());
            progress.end_epoch(&record, validation.as_ref(), &self.history);
            let early = self.stops_early(model)?;
            if self.is_finished()
                && let Some(best) = self.restore_best(model)?
            {
                progress.restored(best);
            }
            let stopped = observer(self, Event::Epoch(record))?.is_break();
            if early || stopped {
                let stop = if early { Stop::Early } else { Stop::Observer };
                return Ok(progress.stopped(stop, &self.history));
            }
        }
        Ok(Stop::Finished)
    }

    /// Measures a model on all rows of a source by the loss of the configuration, as the validation of a fit does:
    /// dropout, class weights and label smoothing are off.
    ///
    /// ```
    #[doc = include_str!("../doc_net.rs.in")]
    /// # fn main() -> Result<()> {
    /// # let model = net(2, 1, 0)?;
    /// # let rows = labelled(&[[2, 3], [4, 5]], &[0, 0])?;
    /// let target = Tensor::new(&[[0.5f32], [1.5]], &Device::Cpu)?; // a number for each of 2 rows
    /// let rows = TensorBatches::new(Batch { target: Some(target), ..rows }, 2, None)?;
    /// let loss = Loss::MeanSquaredError;
    /// let mut trainer = Trainer::new(TrainerConfig { loss, learning_rate: 0.1, epochs: 50, ..Default::default() })?;
    /// let before = trainer.evaluate(&model, &rows)?;
    /// trainer.fit(&model, &rows, None)?;
    /// let after = trainer.evaluate(&model, &rows)?;
    /// assert!(after.loss < before.loss && after.mean_absolute_error < before.mean_absolute_error);
    /// # Ok(()) }
    /// ```
    ///
    /// Errors: [`Error::Interrupted`] by a stop (SIGINT); [`Error::NoRows`], [`Error::NoTarget`]; a target that does
    /// not fit the loss; those of the model.
    pub fn evaluate(&self, model: &dyn Model, source: &dyn BatchSource) -> Result<Metrics> {
        Ok(evaluate_by(model, source, &self.config.loss, F1_CLASSES, self.config.progress)?.0)
    }

    /// Whether the last fit came to its end: the next one adds epochs instead of going on.
    pub fn is_finished(&self) -> bool {
        self.history.epoch() >= self.epoch_range.end
    }

    /// Ends an epoch that a stop or a limit left half done, with the weights as they are and without a validation: it
    /// counts as one, and the next fit begins the one after it, with other batches if you like. The last epoch of a fit
    /// ends the fit, with these weights and not the best ones. Between two epochs there is nothing to end.
    ///
    /// ```
    #[doc = include_str!("../doc_net.rs.in")]
    /// # fn main() -> Result<()> {
    /// # let model = net(2, 2, 0)?;
    /// # let [a, b] = [labelled(&[[2, 3]], &[0])?, labelled(&[[3, 4]], &[1])?];
    /// # let (few, more) = (Batches(vec![a.clone(), b.clone()]), Batches(vec![a.clone(), b, a]));
    /// let mut trainer = Trainer::new(TrainerConfig { epochs: 2, row_limit: Some(1), ..Default::default() })?;
    /// assert_eq!(trainer.fit(&model, &few, None)?, Stop::RowLimit); // 1 of 2 rows
    /// assert!(matches!(trainer.fit(&model, &more, None), Err(Error::OtherBatches { .. })));
    /// trainer.end_epoch();
    /// assert_eq!(trainer.history().epochs[0].rows, 1);
    /// trainer.fit(&model, &more, None)?; // the second epoch
    /// # assert_eq!(trainer.history().steps[1].epoch, 1);
    /// # Ok(()) }
    /// ```
    pub fn end_epoch(&mut self) {
        if self.history.batch() > 0 {
            self.history.close_epoch(None);
        }
    }

    /// Errors for other batches than those that the unfinished epoch began with.
    fn expect_own_batches(&mut self, train: &dyn BatchSource) -> Result<()> {
        let got = train.fingerprint();
        if self.history.batch() > 0
            && let Some(begun) = &self.batches
            && *begun != got
        {
            return Err(Error::OtherBatches { epoch: self.history.epoch() + 1, begun: begun.clone(), got });
        }
        self.batches = Some(got);
        Ok(())
    }

    /// Errors for another model than that of the first fit.
    fn expect_own(&mut self, model: &dyn Model) -> Result<()> {
        let parameters = model.parameters();
        let ids: Vec<TensorId> = parameters.iter().map(|(_, var)| var.id()).collect();
        match *self.parameters.get_or_insert(ids.clone()) == ids {
            true => Ok(()),
            false => Err(Error::OtherModel),
        }
    }

    /// Why the fit must end before the next step, if it must.
    fn limit(&self, interrupt: &Interrupt, began: Instant, rows: usize) -> Option<Stop> {
        if interrupt.requested() {
            Some(Stop::Interrupted)
        } else if self.config.time_limit.is_some_and(|limit| began.elapsed() >= limit) {
            Some(Stop::TimeLimit)
        } else if self.config.row_limit.is_some_and(|limit| rows >= limit) {
            Some(Stop::RowLimit)
        } else {
            None
        }
    }

    /// The rate of the next step, after this share of the present epoch.
    fn learning_rate(&self, share: f64) -> f64 {
        let done = &self.history.epochs[self.epoch_range.start..];
        let passed = done.len() as f64 + share.min(1.0);
        let scheduled =
            self.config.schedule.learning_rate(self.config.learning_rate, passed, self.epoch_range.len() as f64);
        plateau(&self.config.schedule, done) * scheduled
    }

    /// One update of the weights from the batches of a group, each answer counted alike; none if `proceed`, which is
    /// called between them with the number done, returns false. `parameters` is the model's
    /// [`state_dict`](crate::Module::state_dict).
    pub(super) fn step(
        &mut self,
        model: &dyn Model,
        parameters: &[(String, Var)],
        group: Vec<Batch>,
        learning_rate: f64,
        proceed: &mut dyn FnMut(usize) -> bool,
    ) -> Result<Option<StepRecord>> {
        let step = self.history.steps.len() as u64;
        let loss = &self.config.loss;
        let mut record = StepRecord {
            step,
            epoch: self.history.epoch(),
            batch: self.history.batch() + group.len(),
            learning_rate,
            ..StepRecord::default()
        };
        let mut weight = 0.0;
        for batch in &group {
            weight += loss.weight(batch.target()?)?;
        }
        if weight == 0.0 {
            return Err(no_rows("answers that count in the batches of a step"));
        }
        let mut gradients: Option<GradStore> = None;
        let mut variables = Vec::new();
        for (part, batch) in group.into_iter().enumerate() {
            if part > 0 && !proceed(part) {
                return Ok(None);
            }
            let batch = Batch {
                training: true,
                step: step.wrapping_mul(self.config.accumulate as u64).wrapping_add(part as u64),
                ..batch
            };
            let output = model.forward(&batch)?;
            let measured = loss.measure(&output, batch.target()?)?;
            record.rows += batch.lengths.len();
            record.answers += measured.answers;
            record.loss += measured.sum / weight;
            if let Some(classes) = measured.classes {
                *record.correct.get_or_insert(0) += classes.correct();
            }
            if let Some(error) = measured.absolute_error {
                *record.mean_absolute_error.get_or_insert(0.0) += error / weight;
            }
            // The gradient of sum(y · d) with respect to y is d.
            let d_output = measured.d_output.into_iter().map(|d| d / weight).collect();
            let d_output = Tensor::from_vec(d_output, output.shape(), output.device())?.to_dtype(output.dtype())?;
            if part == 0 && !self.lists_all {
                variables = optimizer::variables(&output);
            }
            let part = (output * d_output)?.sum_all()?.backward()?;
            match &mut gradients {
                Some(gradients) => gradients.extend(part)?,
                None => gradients = Some(part),
            }
        }
        let Some(gradients) = gradients else {
            return Err(no_rows("training rows"));
        };
        if !record.loss.is_finite() {
            let report = match self.largest.take() {
                Some(report) => report,
                None => GradientReport::of(model, &gradients)?,
            };
            return Err(diverged(&record, report.parameter, report.largest));
        }
        let collected = optimizer::collect(parameters, model, &gradients)?;
        if !self.lists_all {
            optimizer::expect_all(&collected, variables)?;
            self.without_gradient = optimizer::without_gradient(model, &collected);
            self.lists_all = true;
        }
        match self.optimizer.update(collected, learning_rate, true) {
            Ok(report) => {
                record.gradient_norm = report.norm;
                self.largest = Some(report);
                Ok(Some(record))
            }
            Err(Error::Gradient { parameter, value }) => Err(diverged(&record, parameter, value)),
            Err(error) => Err(error),
        }
    }

    /// After an epoch: keeps its weights if they are the best, and ends the fit after `patience` epochs without better
    /// ones.
    fn stops_early(&mut self, model: &dyn Model) -> Result<bool> {
        let Some(early) = self.config.early_stopping else {
            return Ok(false);
        };
        let epochs = &self.history.epochs[self.epoch_range.start..];
        let best = early.best(epochs);
        let waited = early.validated(&epochs[best.map_or(0, |best| best + 1)..]);
        if early.restore_best && waited == 0 {
            self.best = Some(copy_weights(model)?);
        }
        let stop = waited >= early.patience.max(1);
        if stop {
            self.epoch_range.end = self.history.epoch();
        }
        Ok(stop)
    }

    /// Gives the model the weights of its best epoch, if they were kept. The epoch's number if it was not the last.
    fn restore_best(&mut self, model: &dyn Model) -> Result<Option<usize>> {
        let (Some(early), Some(weights)) = (self.config.early_stopping, self.best.take()) else {
            return Ok(None);
        };
        restore_weights(model, &weights)?;
        let best = early.best(&self.history.epochs[self.epoch_range.start..]);
        let best = best.map(|best| self.epoch_range.start + best);
        Ok(best.filter(|best| best + 1 < self.history.epoch()))
    }
}

/// A model whose embeddings hold all rows as they are when this is dropped.
struct Shown<'a>(&'a dyn Model);

impl Drop for Shown<'_> {
    fn drop(&mut self) {
        // An embedding that is asked for its parameters brings its rows to where they are.
        self.0.state_dict();
    }
}

/// The model's weights as they are now, apart from the model.
pub(super) fn copy_weights(model: &dyn Model) -> Result<Vec<(String, Tensor)>> {
    model.parameters().into_iter().map(|(name, var)| Ok((name, var.as_tensor().copy()?))).collect()
}

/// Gives the model back the weights that were copied from it.
pub(super) fn restore_weights(model: &dyn Model, weights: &[(String, Tensor)]) -> Result<()> {
    for ((_, var), (_, weight)) in model.parameters().iter().zip(weights) {
        var.set(weight)?;
    }
    Ok(())
}

fn no_rows(rows: &'static str) -> Error {
    Error::NoRows { operation: "Trainer::fit", rows }
}

fn diverged(record: &StepRecord, parameter: String, largest: f64) -> Error {
    Error::Diverged {
        step: record.step,
        epoch: record.epoch + 1,
        batch: record.batch,
        loss: record.loss,
        parameter,
        largest,
    }
}
