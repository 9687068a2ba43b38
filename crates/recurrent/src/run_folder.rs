//! A trained model of texts in one folder: enough to predict, to go on training, and to go on elsewhere.
//!
//! | file | what |
//! | --- | --- |
//! | `*.safetensors`, `trainer.json` | the training, as [`Checkpoint`] writes it: model, optimizer, history |
//! | `tokenizer.json` | text to ids, as the `tokenizers` library reads it |
//! | `run.json` | the names of the classes, the model's layers with their parameters, and the probe |
//!
//! Weights do not say what a model does with them: whether padding takes part, which state is read. The probe does: a
//! few rows of ids with the logits that the saved model makes of them as one padded batch. Whoever loads the weights,
//! here or in another framework, computes the same logits, or has another model.
//!
//! The folder is written beside, synced and renamed, so it is whole at any moment. `interop/` in the repository goes
//! on from it in PyTorch and in ONNX Runtime.

use crate::error::{Error, Result, check_classes};
use crate::predict::padded;
use candle_core::{D, DType, Tensor};
use recurrent_data::TextVectorizer;
use recurrent_nn::{Checkpoint, Loss, Model, Trainer, device};
use serde::{Deserialize, Serialize};
use std::{fmt, fmt::Display, path::Path};

const TOKENIZER: &str = "tokenizer.json";
const RUN_RECORD: &str = "run.json";
const FORMAT: u32 = 1;
/// The lengths of the probe's rows, so that each way to read a padded batch gives other logits.
const PROBE_LENGTHS: [usize; 4] = [7, 1, 4, 5];
/// How far a loaded model's logit may be from the saved one z: this times 1 + |z|.
const TOLERANCE: f64 = 1e-4;

/// A folder with a trained classifier, of texts or of each of their steps; or with a model of numbers, whose classes are
/// then the names of its numbers.
///
/// ```
/// use recurrent::prelude::*;
/// # #[derive(Module)]
/// # struct Bag { embedding: Embedding, linear: Linear }
/// # impl Model for Bag {
/// #     fn forward(&self, batch: &Batch) -> Result<Tensor> {
/// #         self.linear.forward(&self.embedding.forward(&batch.input)?.mean(1)?)
/// #     }
/// # }
/// # let bag = |seed| -> Result<Bag> {
/// #     let mut init = Init::keras(seed, &Device::Cpu);
/// #     Ok(Bag { embedding: Embedding::new(5, 3, &mut init)?, linear: Linear::new(3, 2, &mut init)? })
/// # };
/// # let folder = std::env::temp_dir().join(format!("recurrent-run-folder-{}", std::process::id()));
/// # let (model, trainer, other) = (bag(1)?, Trainer::new(TrainerConfig::default())?, bag(2)?);
/// let vectorizer = TextVectorizer::adapt(&["rain and sun"], VectorizerConfig::default())?;
/// RunFolder::save(&folder, &model, &trainer, &vectorizer, &["dry", "wet"])?;
///
/// let run = RunFolder::open(&folder)?;
/// run.load_into(&other)?; // the same network with other weights, here or in another program
/// let prediction = predict(&other, run.vectorizer(), run.classes(), "rain")?;
/// # assert_eq!(prediction, predict(&model, &vectorizer, &["dry", "wet"], "rain")?);
/// # std::fs::remove_dir_all(&folder).unwrap();
/// # Ok::<(), Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct RunFolder {
    checkpoint: Checkpoint,
    vectorizer: TextVectorizer,
    run: RunRecord,
}

/// `run.json`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RunRecord {
    format: u32,
    classes: Vec<String>,
    layers: Vec<SavedLayer>,
    probe: Vec<ProbeRow>,
}

/// One layer of a saved model, as [`Module::layers`](recurrent_nn::Module::layers) lists it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SavedLayer {
    /// The name in the model, e.g. `rnn`.
    pub name: String,
    /// What it is, e.g. `Bidirectional(Lstm)`.
    pub kind: String,
    /// Its parameters, e.g. `weight_ih_l0`.
    pub parameters: Vec<String>,
}

/// One row of ids without padding, and what the saved model made of it in the batch of all rows.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ProbeRow {
    ids: Vec<u32>,
    logits: Vec<f64>,
}

impl RunFolder {
    /// Writes the folder; the run that was in it before is replaced once the new one is whole and on the disk.
    ///
    /// To go on in the middle of an epoch, make the batches as before (same rows, same
    /// [`BatchConfig`](recurrent_data::BatchConfig)): others are refused by [`Trainer::fit`], which knows them by
    /// [`DataLoader::fingerprint`](recurrent_nn::BatchSource::fingerprint). The next epoch may have other ones, e.g.
    /// of more rows.
    ///
    /// # Errors
    /// Another number of classes than the model scores; scores that are no numbers; n-grams, which `tokenizer.json`
    /// cannot hold; a folder that is there and holds something else; a file that cannot be written. The old run is
    /// then as it was.
    pub fn save(
        folder: impl AsRef<Path>,
        model: &dyn Model,
        trainer: &Trainer,
        vectorizer: &TextVectorizer,
        classes: &[impl AsRef<str>],
    ) -> Result<()> {
        let folder = folder.as_ref();
        let (probe, scored) = probe(model, vectorizer.vocabulary().len())?;
        check_classes("RunFolder::save", scored, classes)?;
        let run = RunRecord {
            format: FORMAT,
            classes: classes.iter().map(|name| name.as_ref().into()).collect(),
            layers: layers(model),
            probe,
        };
        for ProbeRow { logits, .. } in &run.probe {
            if !logits.iter().all(|logit| logit.is_finite()) {
                return Err(refuse(folder, format!("not written, as the model scores {logits:?}")));
            }
        }
        let tokenizer = vectorizer.to_tokenizer_json();
        let run = serde_json::to_vec_pretty(&run).map_err(|error| refuse(folder, error))?;
        let files = [(TOKENIZER, tokenizer.as_bytes()), (RUN_RECORD, &run)];
        Ok(Checkpoint::save(folder, model, trainer, &files)?)
    }

    /// Finds the last whole run of a folder, also after a crash at any moment, and reads all of it but the weights.
    ///
    /// # Errors
    /// A file that is missing, cut, or holds something else.
    pub fn open(folder: impl AsRef<Path>) -> Result<Self> {
        let checkpoint = Checkpoint::open(folder)?;
        let path = checkpoint.folder().join(TOKENIZER);
        let vectorizer = TextVectorizer::from_tokenizer_json(&path, &checkpoint.file(TOKENIZER)?)?;
        let path = checkpoint.folder().join(RUN_RECORD);
        let run: RunRecord = serde_json::from_slice(&checkpoint.file(RUN_RECORD)?)
            .map_err(|error| refuse(&path, format!("not the record of a run: {error}")))?;
        if run.format != FORMAT {
            let problem = format!("its format is {}, this program reads format {FORMAT}", run.format);
            return Err(refuse(&path, problem));
        }
        let tokens = vectorizer.vocabulary().len();
        let fits = |row: &ProbeRow| {
            let known = row.ids.iter().all(|&id| (id as usize) < tokens);
            !row.ids.is_empty() && known && !row.logits.is_empty() && row.logits.len().is_multiple_of(run.classes.len())
        };
        if run.classes.is_empty() || run.probe.is_empty() || !run.probe.iter().all(fits) {
            let problem = "expected class names, and rows with ids of the vocabulary and a logit for each class";
            return Err(refuse(&path, problem));
        }
        Ok(Self { checkpoint, vectorizer, run })
    }

    /// [`RunFolder::open`] for a program that begins a run where there is none; none if neither the folder is there
    /// nor, after a crash in the middle of a save, the run that was in it before.
    ///
    /// # Errors
    /// As [`RunFolder::open`], for a folder that is there.
    pub fn find(folder: impl AsRef<Path>) -> Result<Option<Self>> {
        let folder = folder.as_ref();
        match Self::open(folder) {
            // Where a folder was found, under this name or another one, the error is of a file in it.
            Err(Error::Network(recurrent_nn::Error::Checkpoint { path, .. }))
                if path.starts_with(folder) && !folder.exists() =>
            {
                Ok(None)
            }
            found => found.map(Some),
        }
    }

    /// Text to ids, as in training.
    pub fn vectorizer(&self) -> &TextVectorizer {
        &self.vectorizer
    }

    /// The names of the classes.
    pub fn classes(&self) -> &[String] {
        &self.run.classes
    }

    /// The layers of the model that was saved.
    pub fn layers(&self) -> &[SavedLayer] {
        &self.run.layers
    }

    /// Gives a model the saved weights.
    ///
    /// # Errors
    /// Names, shapes or types that are not the model's, numbers that are none, or a model that computes other logits
    /// with these weights than the saved one. The model is then as it was.
    pub fn load_into(&self, model: &dyn Model) -> Result<()> {
        self.checked(model, || self.checkpoint.load_weights(model))
    }

    /// Gives a model the saved weights and makes the trainer that goes on with it, to the same bits as one that was
    /// never stopped.
    ///
    /// # Errors
    /// As [`RunFolder::load_into`], and an optimizer's state or a record that does not fit; a loss of your own, for which
    /// there is [`RunFolder::resume_with`].
    pub fn resume(&self, model: &dyn Model) -> Result<Trainer> {
        self.checked(model, || self.checkpoint.resume(model))
    }

    /// [`RunFolder::resume`] with a loss of your own, as [`Checkpoint::resume_with`].
    ///
    /// # Errors
    /// As [`RunFolder::resume`], and another loss than that of the training.
    pub fn resume_with(&self, model: &dyn Model, loss: Loss) -> Result<Trainer> {
        self.checked(model, || self.checkpoint.resume_with(model, loss))
    }

    /// Loads, and takes it back unless the model then computes the saved logits.
    fn checked<T>(&self, model: &dyn Model, load: impl FnOnce() -> recurrent_nn::Result<T>) -> Result<T> {
        let parameters = model.parameters();
        let before: Vec<Tensor> =
            parameters.iter().map(|(_, var)| var.as_tensor().copy()).collect::<candle_core::Result<_>>()?;
        let loaded = load()?;
        let verified = self.verify(model);
        if verified.is_err() {
            for ((_, var), weight) in parameters.iter().zip(&before) {
                var.set(weight)?;
            }
        }
        verified.map(|()| loaded)
    }

    fn verify(&self, model: &dyn Model) -> Result<()> {
        let rows: Vec<&[u32]> = self.run.probe.iter().map(|row| &row.ids[..]).collect();
        let (got, _) = logits(model, &rows)?;
        for (row, got) in self.run.probe.iter().zip(&got) {
            let close = |(z, got): (&f64, &f64)| (z - got).abs() <= TOLERANCE * (1.0 + z.abs());
            if row.logits.len() != got.len() || !row.logits.iter().zip(got).all(close) {
                let problem = format!(
                    "for the ids {:?} the saved model scores {:.4?}, this one {got:.4?} with the same weights; \
                     its `forward` has to be that of the saved model",
                    row.ids, row.logits
                );
                return Err(refuse(&self.checkpoint.folder().join(RUN_RECORD), problem));
            }
        }
        Ok(())
    }
}

impl fmt::Display for RunFolder {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let layers = self.run.layers.iter();
        let layers: Vec<String> = layers.map(|layer| format!("{}: {}", layer.name, layer.kind)).collect();
        write!(
            f,
            "{}: {}; {} tokens; classes {}",
            self.checkpoint.folder().display(),
            layers.join(", "),
            self.vectorizer.vocabulary().len(),
            self.run.classes.join(", ")
        )
    }
}

fn layers(model: &dyn Model) -> Vec<SavedLayer> {
    let saved = |(name, layer): (String, &dyn recurrent_nn::Module)| SavedLayer {
        name,
        kind: layer.kind(),
        parameters: layer.parameters().into_iter().map(|(name, _)| name).collect(),
    };
    model.layers().into_iter().map(saved).collect()
}

/// The rows of ids that a model with a vocabulary of `tokens` is asked about, and their logits; how many classes it has.
fn probe(model: &dyn Model, tokens: usize) -> Result<(Vec<ProbeRow>, usize)> {
    let rows = probe_ids(tokens);
    let (logits, classes) = logits(model, &rows)?;
    let rows = rows.into_iter().zip(logits);
    Ok((rows.map(|(ids, logits)| ProbeRow { ids, logits }).collect(), classes))
}

/// Rows of ids, evenly spaced over all ids but that of padding, and distinct as long as the vocabulary has enough.
fn probe_ids(tokens: usize) -> [Vec<u32>; PROBE_LENGTHS.len()] {
    let total: usize = PROBE_LENGTHS.iter().sum();
    let words = tokens - 1;
    let stride = (words / total).max(1);
    let mut ids = (0..).map(|index: usize| 1 + (index * stride % words) as u32);
    PROBE_LENGTHS.map(|length| ids.by_ref().take(length).collect())
}

/// The scores of each row in one padded batch, of all its steps one after the other, and how many classes they are of.
fn logits(model: &dyn Model, rows: &[impl AsRef<[u32]>]) -> Result<(Vec<Vec<f64>>, usize)> {
    let batch = padded(rows, &device::of_model(model))?;
    let scores = model.forward(&batch)?.to_dtype(DType::F64)?;
    Ok((scores.flatten_from(1)?.to_vec2()?, scores.dim(D::Minus1)?))
}

fn refuse(path: &Path, problem: impl Display) -> Error {
    Error::RunFolder { path: path.to_path_buf(), problem: problem.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn a_probe_asks_about_as_many_words_as_it_can_in_any_vocabulary() {
        let total: usize = PROBE_LENGTHS.iter().sum();
        for tokens in (2..100).chain([7920, 1 + 2 * 7919, 20_000, 400_002]) {
            let ids = probe_ids(tokens).concat();
            assert!(ids.iter().all(|&id| id > 0 && (id as usize) < tokens));
            let distinct: HashSet<u32> = ids.into_iter().collect();
            assert_eq!(distinct.len(), total.min(tokens - 1), "of {tokens} tokens");
        }
    }
}
