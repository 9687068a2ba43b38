//! A training with any loss: an answer at every step, numbers, an encoder-decoder, a loss of one's own.

use crate::support::{Folder, Random, bits};
use candle_core::{DType, Device, Tensor};
use recurrent_nn::{
    Batch, BatchSource, Checkpoint, CrossEntropy, EarlyStopping, Embedding, Error, FinderConfig, ForwardOptions,
    GeneratedBatches, Gru, Init, Linear, Loss, LossFunction, Model, Module, Monitor, Recurrent, Result, Stop,
    TensorBatches, Trainer, TrainerConfig, find_learning_rate,
};

const PAD: u32 = 0;
const WORDS: usize = 6;

fn config(loss: Loss) -> TrainerConfig {
    TrainerConfig { loss, epochs: 3, learning_rate: 0.02, progress: false, ..Default::default() }
}

fn words() -> Loss {
    CrossEntropy { ignore_index: Some(PAD), ..Default::default() }.into()
}

/// An answer at every step; without a decoder's input it reads the input alone.
#[derive(Module)]
struct Tagger {
    embedding: Embedding,
    encoder: Gru,
    decoder: Gru,
    linear: Linear,
}

impl Tagger {
    fn new(seed: u64) -> Result<Self> {
        let mut init = Init::pytorch(seed, &Device::Cpu);
        Ok(Self {
            embedding: Embedding::new(WORDS, 8, &mut init)?,
            encoder: Gru::new(8, 8, &mut init)?,
            decoder: Gru::new(8, 8, &mut init)?,
            linear: Linear::new(8, WORDS, &mut init)?,
        })
    }
}

impl Model for Tagger {
    fn forward(&self, batch: &Batch) -> Result<Tensor> {
        let read = self.encoder.forward(&self.embedding.forward(&batch.input)?, Some(&batch.lengths))?;
        let state = read.state();
        let words = self.embedding.forward(batch.decoder_input()?)?;
        let start = ForwardOptions { initial: Some(&state), ..Default::default() };
        self.linear.forward(&self.decoder.forward_with(&words, &start)?.output)
    }
}

/// Sentences of 2 to 5 words, to be said again one word higher, padded.
fn sentences(rows: usize, seed: u64) -> Result<Batch> {
    let mut random = Random(seed);
    let (mut input, mut before, mut target, mut lengths) = (vec![], vec![], vec![], vec![]);
    for _ in 0..rows {
        let length = 2 + random.below(4);
        let mut last = PAD;
        for step in 0..5 {
            let word = 1 + random.below(WORDS - 2) as u32;
            let next = if step < length { word + 1 } else { PAD };
            input.push(if step < length { word } else { PAD });
            before.push(last);
            target.push(next);
            last = next;
        }
        lengths.push(length);
    }
    let tensor = |ids: Vec<u32>| Tensor::from_vec(ids, (rows, 5), &Device::Cpu);
    Ok(Batch {
        decoder_input: Some(tensor(before)?),
        target: Some(tensor(target)?),
        ..Batch::new(tensor(input)?, lengths)
    })
}

/// y = w · x + b.
#[derive(Module)]
struct Line {
    linear: Linear,
}

impl Line {
    fn new(seed: u64) -> Result<Self> {
        Ok(Self { linear: Linear::new(3, 2, &mut Init::pytorch(seed, &Device::Cpu))? })
    }
}

impl Model for Line {
    fn forward(&self, batch: &Batch) -> Result<Tensor> {
        self.linear.forward(&batch.input)
    }
}

/// Two numbers for each row that a line can give.
fn points(rows: usize, seed: u64) -> Result<Batch> {
    let mut random = Random(seed);
    let (mut x, mut y) = (Vec::new(), Vec::new());
    for _ in 0..rows {
        let [a, b, c] = std::array::from_fn(|_| random.below(1000) as f32 / 500.0 - 1.0);
        x.extend([a, b, c]);
        y.extend([a - 0.5 * b + 0.25, c]);
    }
    let target = Some(Tensor::from_vec(y, (rows, 2), &Device::Cpu)?);
    Ok(Batch { target, ..Batch::new(Tensor::from_vec(x, (rows, 3), &Device::Cpu)?, vec![1; rows]) })
}

#[test]
fn an_encoder_decoder_learns_and_padding_is_not_counted() -> Result<()> {
    let (model, rows) = (Tagger::new(1)?, sentences(200, 1)?);
    let words_of = |rows: &Batch| rows.lengths.iter().sum::<usize>();
    let (train, valid) = (TensorBatches::new(rows.clone(), 16, Some(1))?, sentences(50, 2)?);
    let valid = TensorBatches::new(valid, 20, None)?;
    let mut trainer = Trainer::new(TrainerConfig { epochs: 40, ..config(words()) })?;
    let before = trainer.evaluate(&model, &valid)?;
    trainer.fit(&model, &train, Some(&valid))?;
    let after = trainer.evaluate(&model, &valid)?;

    let epochs = &trainer.history().epochs;
    assert!(before.accuracy < Some(0.5) && after.accuracy > Some(0.8), "{before} to {after}");
    assert_eq!((epochs[39].rows, epochs[39].answers), (200, words_of(&rows)));
    assert_eq!(epochs[39].validation_loss, Some(after.loss));
    assert_eq!((epochs[39].validation_accuracy, epochs[39].validation_macro_f1), (after.accuracy, after.macro_f1));
    assert_eq!((after.rows, after.answers), (50, words_of(&sentences(50, 2)?)));
    assert!((after.perplexity().unwrap().log2() - after.bits().unwrap()).abs() < 1e-12);
    assert!(after.to_string().contains("  perplexity 1."), "{after}");
    Ok(())
}

/// As `accumulated_batches_are_one_large_batch` of classes: a batch with few words counts less.
#[test]
fn accumulated_batches_count_each_answer_alike() -> Result<()> {
    let rows = sentences(60, 1)?;
    let fit = |batch_size, accumulate| -> Result<_> {
        let model = Tagger::new(1)?;
        let mut trainer = Trainer::new(TrainerConfig { accumulate, ..config(words()) })?;
        trainer.fit(&model, &TensorBatches::new(rows.clone(), batch_size, Some(3))?, None)?;
        Ok(trainer.history().steps.clone())
    };
    let (whole, parts) = (fit(12, 1)?, fit(3, 4)?);
    assert_eq!(whole.len(), parts.len());
    for (whole, part) in whole.iter().zip(&parts) {
        assert_eq!((whole.rows, whole.answers, whole.correct), (part.rows, part.answers, part.correct));
        assert!((whole.loss - part.loss).abs() < 1e-5 && (whole.gradient_norm - part.gradient_norm).abs() < 1e-5);
    }
    Ok(())
}

#[test]
fn numbers_are_learned_with_either_loss() -> Result<()> {
    let batches = TensorBatches::new(points(200, 1)?, 10, Some(1))?;
    for loss in [Loss::MeanSquaredError, Loss::MeanAbsoluteError] {
        let model = Line::new(1)?;
        let mut trainer = Trainer::new(TrainerConfig { epochs: 20, ..config(loss.clone()) })?;
        trainer.fit(&model, &batches, Some(&batches))?;
        let (history, metrics) = (trainer.history(), trainer.evaluate(&model, &batches)?);
        let error = metrics.mean_absolute_error.unwrap();
        assert!(error < 0.05 && history.epochs[0].mean_absolute_error > Some(0.3), "{metrics}");
        assert_eq!(history.epochs[19].validation_mean_absolute_error, Some(error));
        assert_eq!((metrics.rows, metrics.answers, metrics.accuracy), (200, 400, None));
        assert_eq!((history.epochs[0].accuracy, history.epochs[0].validation_macro_f1), (None, None));
        if loss == Loss::MeanAbsoluteError {
            assert!((metrics.loss - error).abs() < 1e-12);
            assert!((history.epochs[0].loss - history.epochs[0].mean_absolute_error.unwrap()).abs() < 1e-12);
        }
        assert_eq!(metrics.to_string(), format!("loss {:.4}  mean absolute error {error:.4}", metrics.loss));
    }
    Ok(())
}

/// Trains whole, and with a stop, a checkpoint and another process' model in the middle of each epoch.
fn resumes<M: Model>(name: &str, make: impl Fn(u64) -> Result<M>, rows: Batch, loss: fn() -> Loss) -> Result<()> {
    let folder = Folder::new(name);
    let (train, valid) = (TensorBatches::new(rows.clone(), 8, Some(5))?, TensorBatches::new(rows, 30, None)?);
    let early_stopping = Some(EarlyStopping { patience: 9, ..Default::default() });
    let config = TrainerConfig { early_stopping, ..config(loss()) };
    let whole = make(1)?;
    let mut trainer = Trainer::new(config.clone())?;
    trainer.fit(&whole, &train, Some(&valid))?;

    let mut model = make(1)?;
    let mut pieces = Trainer::new(TrainerConfig { row_limit: Some(50), ..config })?;
    while pieces.fit(&model, &train, Some(&valid))? == Stop::RowLimit {
        Checkpoint::save(&folder.0, &model, &pieces, &[])?;
        model = make(2)?;
        pieces = Checkpoint::open(&folder.0)?.resume_with(&model, loss())?;
    }
    assert_eq!(pieces.history(), trainer.history());
    assert_eq!(bits(&model), bits(&whole));
    Ok(())
}

/// The count of a mask: numbers above 9 stand for no answer.
struct Masked;

impl LossFunction for Masked {
    fn sum(&self, output: &Tensor, target: &Tensor) -> Result<Tensor> {
        let mask = target.le(9.0)?.to_dtype(DType::F32)?;
        Ok(((output - target)?.sqr()? * mask)?.sum_all()?)
    }

    fn count(&self, target: &Tensor) -> Result<usize> {
        Ok(target.le(9.0)?.to_dtype(DType::U32)?.sum_all()?.to_scalar::<u32>()? as usize)
    }
}

#[test]
fn every_kind_of_training_resumes_to_the_same_bits() -> Result<()> {
    resumes("losses-words", Tagger::new, sentences(60, 1)?, words)?;
    resumes("losses-numbers", Line::new, points(60, 1)?, || Loss::MeanSquaredError)?;
    resumes("losses-own", Line::new, points(60, 1)?, || Loss::own("masked squares", Masked))
}

#[test]
fn another_loss_does_not_resume() -> Result<()> {
    let (folder, model) = (Folder::new("losses-other"), Line::new(1)?);
    let own = Trainer::new(config(Loss::own("masked squares", Masked)))?;
    Checkpoint::save(&folder.0, &model, &own, &[])?;
    let checkpoint = Checkpoint::open(&folder.0)?;
    assert_eq!(
        checkpoint.resume(&model).unwrap_err().to_string(),
        "the loss `masked squares` is a function of your program: resume with `Checkpoint::resume_with`, which takes it"
    );
    for other in [Loss::MeanSquaredError, Loss::own("squares", Masked)] {
        let error = checkpoint.resume_with(&model, other.clone()).unwrap_err().to_string();
        let end = format!("the training has the loss Own(\"masked squares\"), not {other:?}: resume it with the same");
        assert!(error.ends_with(&end), "{error}");
    }
    checkpoint.resume_with(&model, Loss::own("masked squares", Masked))?;
    Ok(())
}

/// Rows whose second number is none: the error of the first alone counts, as of a whole batch without them.
#[test]
fn the_mask_of_an_own_loss_is_not_counted() -> Result<()> {
    let rows = points(40, 1)?;
    let target = rows.target()?;
    let none = Tensor::full(10f32, (40, 1), &Device::Cpu)?;
    let masked = Batch { target: Some(Tensor::cat(&[&target.narrow(1, 0, 1)?, &none], 1)?), ..rows.clone() };
    let model = Line::new(1)?;
    let trainer = Trainer::new(config(Loss::own("masked squares", Masked)))?;
    let metrics = trainer.evaluate(&model, &TensorBatches::new(masked, 7, None)?)?;
    let difference = (model.forward(&rows)?.narrow(1, 0, 1)? - target.narrow(1, 0, 1)?)?;
    let expected = f64::from(difference.sqr()?.mean_all()?.to_scalar::<f32>()?);
    assert!((metrics.loss - expected).abs() < 1e-6 && metrics.answers == 40, "{metrics} {expected}");
    Ok(())
}

#[test]
fn early_stopping_watches_the_loss_of_numbers_and_refuses_their_accuracy() -> Result<()> {
    let (train, valid) =
        (TensorBatches::new(points(40, 1)?, 10, Some(1))?, TensorBatches::new(points(40, 2)?, 40, None)?);
    let early = EarlyStopping { patience: 2, min_delta: 0.01, ..Default::default() };
    let stopping = TrainerConfig { epochs: 500, early_stopping: Some(early), ..config(Loss::MeanSquaredError) };
    let model = Line::new(1)?;
    let mut trainer = Trainer::new(stopping.clone())?;
    assert_eq!(trainer.fit(&model, &train, Some(&valid))?, Stop::Early);
    let losses = trainer.history().epochs.iter().filter_map(|epoch| epoch.validation_loss);
    let losses: Vec<f64> = losses.collect();
    assert_eq!(trainer.evaluate(&model, &valid)?.loss, losses[losses.len() - 3]);

    let early_stopping = Some(EarlyStopping { monitor: Monitor::ValidationAccuracy, ..early });
    let error = Trainer::new(TrainerConfig { early_stopping, ..stopping }).unwrap_err().to_string();
    assert_eq!(
        error,
        "Trainer::new: `monitor` must be ValidationLoss, as answers have no accuracy with the loss `mean squared \
         error`, got ValidationAccuracy"
    );
    Ok(())
}

#[test]
fn a_batch_without_answers_or_target_is_refused() -> Result<()> {
    let (model, rows) = (Tagger::new(1)?, sentences(4, 1)?);
    let fit = |rows: Batch| -> String {
        let batches = TensorBatches::new(rows, 4, None).unwrap();
        let trained = Trainer::new(config(words())).unwrap().fit(&model, &batches, None);
        trained.unwrap_err().to_string()
    };
    let silent = Batch { target: Some(rows.target()?.zeros_like()?), ..rows.clone() };
    assert_eq!(fit(silent), "Trainer::fit: there are no answers that count in the batches of a step");
    let message = "the batch has no target; training and evaluation need `Batch::target`";
    assert_eq!(fit(Batch { target: None, ..rows.clone() }), message);
    let message = "the batch has nothing for a decoder to read; this model needs `Batch::decoder_input`";
    assert_eq!(fit(Batch { decoder_input: None, ..rows }), message);
    Ok(())
}

/// Scores and classes of all steps one after the other, (B·T, C) and (B·T,).
struct Flat(Tagger);

impl Module for Flat {
    fn layers(&self) -> Vec<(String, &dyn Module)> {
        self.0.layers()
    }
}

impl Model for Flat {
    fn forward(&self, batch: &Batch) -> Result<Tensor> {
        Ok(self.0.forward(batch)?.flatten(0, 1)?)
    }
}

#[test]
fn rows_are_sequences_and_not_answers() -> Result<()> {
    let rows = sentences(4, 1)?;
    let batches = GeneratedBatches::new(3, 4, |_, _| -> Result<Batch> {
        Ok(Batch { target: Some(rows.target()?.flatten_all()?), ..rows.clone() })
    });
    let (model, mut trainer) = (Flat(Tagger::new(1)?), Trainer::new(config(words()))?);
    trainer.fit(&model, &batches, Some(&batches))?;
    let epoch = trainer.history().epochs[0];
    assert_eq!((epoch.rows, epoch.rows < epoch.answers), (12, true));
    assert_eq!(trainer.evaluate(&model, &batches)?.rows, 12);
    Ok(())
}

#[test]
fn an_empty_validation_is_refused_before_the_first_step() -> Result<()> {
    let (model, rows) = (Tagger::new(1)?, TensorBatches::new(sentences(4, 1)?, 2, None)?);
    let none = GeneratedBatches::new(0, 8, |_, _| sentences(8, 1));
    let mut trainer = Trainer::new(config(words()))?;
    let error = trainer.fit(&model, &rows, Some(&none)).unwrap_err().to_string();
    assert_eq!((error.as_str(), trainer.history().steps.len()), ("Trainer::fit: there are no validation rows", 0));
    Ok(())
}

#[test]
fn a_class_without_a_weight_is_named() -> Result<()> {
    let rows = Batch { target: Some(Tensor::full(7u32, (4, 5), &Device::Cpu)?), ..sentences(4, 1)? };
    let loss = CrossEntropy { class_weights: Some(vec![1.0; WORDS]), ..Default::default() };
    let batches = TensorBatches::new(rows, 4, None)?;
    let trained = Trainer::new(config(loss.into()))?.fit(&Tagger::new(1)?, &batches, None);
    assert!(matches!(trained, Err(Error::Label { label: 7, classes: WORDS, .. })), "{trained:?}");
    Ok(())
}

#[test]
fn a_loss_below_zero_is_looked_for_and_falls() -> Result<()> {
    let loss = Loss::own("squares, less 9", |output: &Tensor, target: &Tensor| {
        Ok(((output - target)?.sqr()? - 9.0)?.sum_all()?)
    });
    let found = find_learning_rate(
        &Line::new(1)?,
        &TensorBatches::new(points(40, 1)?, 10, Some(1))?,
        &config(loss),
        FinderConfig::default(),
    )?;
    assert!(found.losses[0] < 0.0 && found.losses.len() > 20, "{found:?}");
    Ok(())
}

#[test]
fn tensor_batches_hold_each_row_once_in_an_order_of_their_own_in_each_epoch() -> Result<()> {
    let ids: Vec<u32> = (0..23).collect();
    let column = Tensor::from_vec(ids.clone(), (23, 1), &Device::Cpu)?;
    let rows = Batch {
        decoder_input: Some(column.clone()),
        target: Some(column.flatten_all()?),
        ..Batch::new(column, (1..=23).collect())
    };
    let read = |batches: &TensorBatches, epoch, done| -> Result<Vec<u32>> {
        let mut read = Vec::new();
        for batch in batches.epoch_from(epoch, done) {
            let batch = batch?;
            let input = batch.input.flatten_all()?.to_vec1::<u32>()?;
            assert_eq!(batch.target()?.to_vec1::<u32>()?, input);
            assert_eq!(batch.decoder_input()?.flatten_all()?.to_vec1::<u32>()?, input);
            assert!(batch.lengths.iter().zip(&input).all(|(&length, &id)| length == id as usize + 1));
            read.extend(input);
        }
        Ok(read)
    };
    let shuffled = TensorBatches::new(rows.clone(), 5, Some(1))?;
    let (first, second) = (read(&shuffled, 0, 0)?, read(&shuffled, 1, 0)?);
    assert_ne!(first, second);
    assert_eq!(read(&shuffled, 1, 3)?, second[15..]);
    for mut order in [first, second] {
        assert_ne!(order, ids);
        order.sort_unstable();
        assert_eq!(order, ids);
    }
    assert_eq!(read(&TensorBatches::new(rows.clone(), 5, None)?, 1, 0)?, ids);
    assert_eq!(shuffled.fingerprint(), "23 rows in batches of 5, in an order of seed 1");

    let error = TensorBatches::new(Batch { lengths: vec![1], ..rows.clone() }, 5, None).unwrap_err().to_string();
    assert_eq!(error, "TensorBatches::new: expected 23 lengths, as many as rows of `input`, got 1");
    let error = TensorBatches::new(rows, 0, None).unwrap_err().to_string();
    assert_eq!(error, "TensorBatches::new: `batch_size` must be at least 1, got 0");
    Ok(())
}

#[test]
fn generated_batches_resume_where_they_were_and_tell_their_own_errors() -> Result<()> {
    let batches = GeneratedBatches::new(6, 10, |epoch, batch| points(10, (100 * epoch + batch) as u64));
    let whole = Line::new(1)?;
    let mut trainer = Trainer::new(config(Loss::MeanSquaredError))?;
    trainer.fit(&whole, &batches, None)?;
    let model = Line::new(1)?;
    let mut pieces = Trainer::new(TrainerConfig { row_limit: Some(40), ..config(Loss::MeanSquaredError) })?;
    while pieces.fit(&model, &batches, None)? == Stop::RowLimit {}
    assert_eq!((pieces.history(), bits(&model)), (trainer.history(), bits(&whole)));

    let broken = GeneratedBatches::new(1, 1, |_, _| "many".parse::<usize>().map(|_| points(1, 0).unwrap()));
    let error = trainer.fit(&whole, &broken, None).unwrap_err();
    assert_eq!(error.to_string(), "a batch could not be made: invalid digit found in string");
    let broken = GeneratedBatches::new(1, 1, |_, _| Err::<Batch, _>(Error::NoTarget));
    assert!(matches!(trainer.fit(&whole, &broken, None), Err(Error::NoTarget)));
    Ok(())
}

/// One row, whose scores at each step are the input.
#[derive(Module)]
struct Given {}

impl Model for Given {
    fn forward(&self, batch: &Batch) -> Result<Tensor> {
        Ok(batch.input.clone())
    }
}

#[test]
fn an_ignored_class_is_not_in_the_macro_f1() -> Result<()> {
    // Of the classes 0 (ignored), 1 and 2: 1 is right once and taken for 2 once, 2 is right once.
    let scores = Tensor::new(&[[[0f32, 1.0, 0.0], [0.0, 0.0, 1.0], [0.0, 0.0, 1.0], [0.0, 1.0, 0.0]]], &Device::Cpu)?;
    let target = Some(Tensor::new(&[[1u32, 1, 2, PAD]], &Device::Cpu)?);
    let rows = TensorBatches::new(Batch { target, ..Batch::new(scores, vec![3]) }, 1, None)?;
    let metrics = Trainer::new(config(words()))?.evaluate(&Given {}, &rows)?;
    // F1 of both classes is 2/3: precision 1 and recall 1/2, and the other way round.
    assert!((metrics.macro_f1.unwrap() - 2.0 / 3.0).abs() < 1e-15, "{metrics}");
    assert_eq!((metrics.answers, metrics.accuracy), (3, Some(2.0 / 3.0)));
    Ok(())
}
