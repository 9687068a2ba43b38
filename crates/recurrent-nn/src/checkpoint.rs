//! A training in a folder: saved at any moment, found again whole after a crash, continued to the same bits.
//!
//! | file | what |
//! | --- | --- |
//! | `model.safetensors` | the weights, named as in a PyTorch state_dict |
//! | `optimizer.safetensors` | what the optimizer remembers: [`Optimizer::state`](crate::Optimizer::state) |
//! | `history.safetensors` | the record of the training, from which its position follows |
//! | `best.safetensors` | the best weights so far, only if early stopping is to restore them |
//! | `trainer.json` | configuration, epochs of the present fit, fingerprint of its batches, dropout, size of each file |
//!
//! The caller may add files, e.g. the vocabulary, the names of the classes. There is no random state to keep: dropout
//! draws from its seed and the number of the step, a source orders its batches by the number of the epoch. The batches
//! themselves are the caller's: a training that goes on in the middle of an epoch refuses other ones
//! ([`BatchSource::fingerprint`](crate::BatchSource::fingerprint)).

mod folder;
mod record;
mod tensors;

use crate::{DropoutSpec, Error, Loss, Model, Module, Optimizer, Result, Trainer, TrainerConfig};
use folder::refuse;
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    time::SystemTime,
};

const MODEL: &str = "model.safetensors";
const OPTIMIZER: &str = "optimizer.safetensors";
const HISTORY: &str = "history.safetensors";
const BEST: &str = "best.safetensors";
const TRAINER: &str = "trainer.json";
const FORMAT: u32 = 4;
/// No `trainer.json` is larger, in bytes.
const MANIFEST_LIMIT: u64 = 1 << 24;
/// No other file whose size does not follow from the model is larger, in bytes.
const FILE_LIMIT: u64 = 1 << 32;
/// The learning rates of thirty million steps, which an optimizer's state has beside numbers for each parameter.
const RATES_LIMIT: u64 = 1 << 28;

/// A saved training.
///
/// ```
#[doc = include_str!("doc_net.rs.in")]
/// # fn main() -> recurrent_nn::Result<()> {
/// # let folder = std::env::temp_dir().join(format!("recurrent-doc-{}", std::process::id()));
/// # let (model, other) = (net(3, 2, 0)?, net(3, 2, 1)?);
/// let trainer = Trainer::new(TrainerConfig::default())?;
/// Checkpoint::save(&folder, &model, &trainer, &[("classes.txt", b"World\nSports")])?;
///
/// let checkpoint = Checkpoint::open(&folder)?;
/// let trainer = checkpoint.resume(&other)?; // `other` now has the weights of `model`; fit goes on
/// assert_eq!(checkpoint.file("classes.txt")?, b"World\nSports");
/// # assert_eq!(model.parameters()[0].1.to_vec2::<f32>()?, other.parameters()[0].1.to_vec2::<f32>()?);
/// # std::fs::remove_dir_all(&folder).unwrap();
/// # Ok(()) }
/// ```
#[derive(Debug, Clone)]
pub struct Checkpoint {
    folder: PathBuf,
    manifest: Manifest,
    /// The manifest as it was read, and when it was written.
    opened: (Vec<u8>, SystemTime),
}

/// The bytes of a manifest, and when it was written.
fn read_manifest(path: &Path) -> Result<(Vec<u8>, SystemTime)> {
    let bytes = folder::read(path, MANIFEST_LIMIT)?;
    let written = fs::metadata(path).and_then(|metadata| metadata.modified());
    Ok((bytes, written.map_err(|error| refuse(path, error))?))
}

/// The part of `trainer.json` that every format has.
#[derive(Deserialize)]
struct Version {
    format: u32,
}

/// `trainer.json`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Manifest {
    format: u32,
    config: TrainerConfig,
    /// First epoch of the present fit, and the one after its last.
    epoch_range: (usize, usize),
    /// The fingerprint of the batches of the unfinished epoch.
    batches: Option<String>,
    /// The dropout of each layer that has any.
    dropout: BTreeMap<String, Vec<DropoutSpec>>,
    /// Bytes of each other file.
    files: BTreeMap<String, u64>,
}

impl Checkpoint {
    /// Writes a checkpoint; the one that was in the folder before is replaced once the new one is whole and on the
    /// disk. Of several threads or processes that save to one folder, each waits for the one before.
    ///
    /// `files` are the caller's own, names and bytes. Files that somebody else has put into the folder stay there.
    /// Errors if the folder is there and is not a checkpoint, if a file of somebody else in it has a name that is to be
    /// written, if two variables of the model have one name ([`Error::ParameterName`]), or if a file cannot be written;
    /// the old checkpoint is then as it was.
    pub fn save(folder: impl AsRef<Path>, model: &dyn Model, trainer: &Trainer, files: &[(&str, &[u8])]) -> Result<()> {
        let folder = folder.as_ref();
        let mut contents = vec![
            (MODEL, tensors::encode(tensors::state_dict(model)?)?),
            (OPTIMIZER, tensors::encode(trainer.optimizer.state()?.into_iter().collect())?),
            (HISTORY, tensors::encode(record::to_tensors(&trainer.history)?)?),
        ];
        if let Some(best) = &trainer.best {
            contents.push((BEST, tensors::encode(best.iter().cloned().collect())?));
        }
        for &(name, bytes) in files {
            let plain = Path::new(name).file_name().is_some_and(|file| file == name);
            if !plain || name == TRAINER || contents.iter().any(|(taken, _)| *taken == name) {
                return Err(refuse(folder, format!("`{name}` cannot be the name of a file of yours in a checkpoint")));
            }
            contents.push((name, bytes.to_vec()));
        }
        let manifest = Manifest {
            format: FORMAT,
            config: trainer.config.clone(),
            epoch_range: (trainer.epoch_range.start, trainer.epoch_range.end),
            batches: trainer.batches.clone(),
            dropout: dropout_specs(model),
            files: contents.iter().map(|(name, bytes)| (name.to_string(), bytes.len() as u64)).collect(),
        };
        let manifest = serde_json::to_vec_pretty(&manifest).map_err(|error| refuse(folder, error))?;
        contents.push((TRAINER, manifest));
        folder::replace(folder, &contents)
    }

    /// Finds the last whole checkpoint of a folder, also after a crash at any moment. Reads no weights yet.
    pub fn open(folder: impl AsRef<Path>) -> Result<Self> {
        let folder = folder::whole(folder.as_ref());
        let path = folder.join(TRAINER);
        let opened = read_manifest(&path)?;
        let bytes = &opened.0;
        let record = |error| refuse(&path, format!("not the record of a training: {error}"));
        let Version { format } = serde_json::from_slice(bytes).map_err(record)?;
        if format != FORMAT {
            let problem = format!(
                "its format is {format}, this program reads format {FORMAT}: another version of it wrote the folder"
            );
            return Err(refuse(&path, problem));
        }
        let manifest: Manifest = serde_json::from_slice(bytes).map_err(record)?;
        Ok(Self { folder, manifest, opened })
    }

    /// Gives a model the saved weights. Errors, and leaves the model as it is, unless names, shapes and types are the
    /// model's, all numbers finite, and the checkpoint is still the one that was opened.
    pub fn load_weights(&self, model: &dyn Model) -> Result<()> {
        let weights = self.weights(MODEL, model)?;
        self.expect_same()?;
        weights.give_to_model()
    }

    /// Gives a model the saved weights and makes the trainer that goes on with it, to the same bits as one that was
    /// never stopped. Errors, and leaves the model as it is, unless everything fits: weights, optimizer, record, and
    /// the probabilities and seeds of dropout; and unless the checkpoint is still the one that was opened.
    ///
    /// [`Error::OwnLoss`] for a training with a [`Loss::own`]: [`resume_with`](Self::resume_with) takes it.
    pub fn resume(&self, model: &dyn Model) -> Result<Trainer> {
        self.resume_with(model, self.manifest.config.loss.clone())
    }

    /// [`resume`](Self::resume) with a loss of your own, which a checkpoint keeps by its name only. Errors for another
    /// loss than that of the training.
    ///
    /// ```
    #[doc = include_str!("doc_net.rs.in")]
    /// # fn main() -> recurrent_nn::Result<()> {
    /// # let folder = std::env::temp_dir().join(format!("recurrent-doc-loss-{}", std::process::id()));
    /// # let model = net(3, 2, 0)?;
    /// let cubic = || {
    ///     Loss::own("cubic", |output: &Tensor, target: &Tensor| Ok((output - target)?.abs()?.powf(3.0)?.sum_all()?))
    /// };
    /// let trainer = Trainer::new(TrainerConfig { loss: cubic(), ..Default::default() })?;
    /// Checkpoint::save(&folder, &model, &trainer, &[])?;
    ///
    /// let trainer = Checkpoint::open(&folder)?.resume_with(&model, cubic())?;
    /// # assert!(Checkpoint::open(&folder)?.resume_with(&model, Loss::MeanSquaredError).is_err());
    /// # std::fs::remove_dir_all(&folder).unwrap();
    /// # Ok(()) }
    /// ```
    pub fn resume_with(&self, model: &dyn Model, loss: Loss) -> Result<Trainer> {
        let config = TrainerConfig { loss, ..self.manifest.config.clone() };
        if config != self.manifest.config {
            let problem = format!(
                "the training has the loss {:?}, not {:?}: resume it with the same",
                self.manifest.config.loss, config.loss
            );
            return Err(refuse(&self.folder.join(TRAINER), problem));
        }
        let weights = self.weights(MODEL, model)?;
        let mut trainer = Trainer::new(config)?;

        let path = self.folder.join(OPTIMIZER);
        let limit = tensors::size_limit(model);
        let state = tensors::decode(&path, &self.read(OPTIMIZER, 2 * limit + RATES_LIMIT)?)?;
        tensors::check_optimizer_state(&path, &state, model)?;
        trainer.optimizer = Optimizer::new(self.manifest.config.optimizer)?;
        let loaded = trainer.optimizer.load_state(state.into_iter().collect());
        loaded.map_err(|error| match error {
            Error::OptimizerState { .. } => refuse(&path, error),
            other => other,
        })?;

        let path = self.folder.join(HISTORY);
        let history = tensors::decode(&path, &self.read(HISTORY, FILE_LIMIT)?)?;
        trainer.history = record::from_tensors(&path, history)?;

        let (saved, own) = (&self.manifest.dropout, dropout_specs(model));
        if *saved != own {
            let problem = format!(
                "the saved model has the dropout {}, this one {}; make it with the same probability and seed",
                describe_dropout(saved),
                describe_dropout(&own)
            );
            return Err(refuse(&self.folder.join(TRAINER), problem));
        }
        let (start, end) = self.manifest.epoch_range;
        if !(start <= trainer.history.epoch() && trainer.history.epoch() <= end) {
            let problem =
                format!("its fit spans the epochs {start} to {end}, but {} are done", trainer.history.epoch());
            return Err(refuse(&self.folder.join(TRAINER), problem));
        }
        trainer.epoch_range = start..end;
        trainer.batches = self.manifest.batches.clone();
        if self.manifest.files.contains_key(BEST) {
            trainer.best = Some(self.weights(BEST, model)?.into_list());
        }
        self.expect_same()?;
        weights.give_to_model()?;
        Ok(trainer)
    }

    /// One of the caller's own files.
    pub fn file(&self, name: &str) -> Result<Vec<u8>> {
        self.read(name, FILE_LIMIT)
    }

    /// Where the checkpoint was found.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Errors if another save has replaced the checkpoint since it was opened: what was read of it may belong to either.
    fn expect_same(&self) -> Result<()> {
        let path = self.folder.join(TRAINER);
        if read_manifest(&path)? == self.opened {
            return Ok(());
        }
        let problem = "another save has replaced the checkpoint since it was opened: open it again";
        Err(refuse(&path, problem))
    }

    fn weights(&self, name: &str, model: &dyn Model) -> Result<tensors::Weights> {
        let path = self.folder.join(name);
        let found = tensors::decode(&path, &self.read(name, tensors::size_limit(model))?)?;
        tensors::Weights::check(&path, found, model)
    }

    /// A file of the size that was written, of at most `limit` bytes.
    fn read(&self, name: &str, limit: u64) -> Result<Vec<u8>> {
        let path = self.folder.join(name);
        let Some(&written) = self.manifest.files.get(name) else {
            return Err(refuse(&path, "the checkpoint has no such file"));
        };
        let bytes = folder::read(&path, limit.min(written))?;
        if bytes.len() as u64 != written {
            return Err(refuse(
                &path,
                format!("it has {} bytes, {written} were written: the file was cut", bytes.len()),
            ));
        }
        Ok(bytes)
    }
}

fn dropout_specs(model: &dyn Model) -> BTreeMap<String, Vec<DropoutSpec>> {
    let layers = model.layers().into_iter();
    let specs = layers.map(|(name, layer)| (name, layer.dropout_specs()));
    specs.filter(|(_, specs)| !specs.is_empty()).collect()
}

/// `rnn 0.2 (seed 7)`, or `nowhere`.
fn describe_dropout(dropout: &BTreeMap<String, Vec<DropoutSpec>>) -> String {
    let all = dropout.iter().flat_map(|(name, specs)| {
        let describe = move |spec: &DropoutSpec| format!("{name} {} (seed {})", spec.p, spec.seed);
        specs.iter().map(describe)
    });
    match all.collect::<Vec<_>>() {
        none if none.is_empty() => "nowhere".into(),
        all => all.join(", "),
    }
}

/// Writes a model's weights to one file, as safetensors with the names of a PyTorch state_dict: under a temporary name,
/// synced, renamed, so that several threads and processes may write it.
///
/// In PyTorch: `module.load_state_dict(safetensors.torch.load_file(path))`. A recurrent layer with one bias (as in
/// Keras) gets a `bias_hh` of zeros; a weight that layers share is there under each of its names. Errors if two variables
/// have one name ([`Error::ParameterName`]) or the file cannot be written; what was there is then as it was.
pub fn save_weights(path: impl AsRef<Path>, model: &dyn Module) -> Result<()> {
    folder::write_file(path.as_ref(), &tensors::encode(tensors::state_dict(model)?)?)
}

/// Gives a model the weights of a safetensors file, e.g. one that PyTorch wrote with
/// `safetensors.torch.save_file(module.state_dict(), path)`, or with `safetensors.torch.save_model(module, path)` where
/// layers share a weight: one of its names is enough, and several hold the same numbers.
///
/// Errors, and leaves the model as it is, unless names, shapes and types are the model's and all numbers finite.
///
/// ```
#[doc = include_str!("doc_net.rs.in")]
/// # fn main() -> Result<()> {
/// # let path = std::env::temp_dir().join(format!("recurrent-weights-{}.safetensors", std::process::id()));
/// # let (model, other) = (net(3, 2, 0)?, net(3, 2, 1)?);
/// save_weights(&path, &model)?; // `linear.weight` (2, 3) and `linear.bias` (2,)
/// load_weights(&path, &other)?;
/// # assert_eq!(model.parameters()[0].1.to_vec2::<f32>()?, other.parameters()[0].1.to_vec2::<f32>()?);
/// # std::fs::remove_file(&path).unwrap();
/// # Ok(()) }
/// ```
pub fn load_weights(path: impl AsRef<Path>, model: &dyn Module) -> Result<()> {
    let path = path.as_ref();
    let found = tensors::decode(path, &folder::read(path, tensors::size_limit(model))?)?;
    tensors::Weights::check(path, found, model)?.give_to_model()
}
