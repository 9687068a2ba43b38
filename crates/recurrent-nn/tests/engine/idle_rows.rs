//! Exact Adam leaves rows of an embedding behind in a fit, and gives what it gives without.

use crate::batch;
use candle_core::{DType, Device, Tensor};
use recurrent_nn::{
    Batch, BatchSource, Clip, Embedding, EmbeddingConfig, GeneratedBatches, Init, Linear, Method, Model, Module,
    OptimizerConfig, Result, Schedule, Trainer, TrainerConfig,
};
use std::ops::ControlFlow;

const VOCABULARY: usize = 50;
const STEPS: usize = 300;

/// The mean of the vectors, scored.
#[derive(Module)]
struct Bag {
    embedding: Embedding,
    linear: Linear,
}

impl Model for Bag {
    fn forward(&self, batch: &Batch) -> Result<Tensor> {
        self.linear.forward(&self.embedding.forward(&batch.input)?.mean(1)?)
    }
}

fn bag(dtype: DType, sparse: bool) -> Result<Bag> {
    let mut init = Init::keras(3, &Device::Cpu).with_dtype(dtype)?;
    let config = EmbeddingConfig { sparse, ..EmbeddingConfig::default() };
    let embedding = Embedding::with_config(VOCABULARY, 5, config, &mut init)?;
    Ok(Bag { embedding, linear: Linear::new(5, 3, &mut init)? })
}

/// Few rows in each batch, and some only once or never: row k is used every k steps, the last ones never.
fn rows() -> GeneratedBatches<'static> {
    GeneratedBatches::new(STEPS, 2, |_, number| -> Result<Batch> {
        let used: Vec<u32> = (1..45u32).filter(|k| number as u32 % (k * k) == k - 1).chain([0, 0, 0, 0]).collect();
        let ids = Tensor::from_vec(used[..4].to_vec(), (2, 2), &Device::Cpu)?;
        let target = Tensor::new(&[number as u32 % 3, (number as u32 / 2) % 3], &Device::Cpu)?;
        Ok(Batch { input: ids, target: Some(target), lengths: vec![2, 2], ..batch(true, 0) })
    })
}

fn config(method: Method) -> TrainerConfig {
    TrainerConfig {
        epochs: 1,
        learning_rate: 1e-2,
        schedule: Schedule::Cosine { eta_min: 1e-4 },
        optimizer: OptimizerConfig { method, clip: Some(Clip::Norm(0.1)) },
        progress: false,
        ..TrainerConfig::default()
    }
}

fn numbers(model: &Bag) -> Result<Vec<Vec<f64>>> {
    let parameters = model.parameters().into_iter();
    parameters.map(|(_, var)| Ok(var.flatten_all()?.to_dtype(DType::F64)?.to_vec1()?)).collect()
}

const METHODS: [Method; 5] = [
    Method::adam(),
    Method::adamw(),
    Method::AdamW { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weight_decay: 2.0 },
    Method::Adam { beta1: 0.8, beta2: 0.95, epsilon: 1e-3 },
    Method::Sgd { momentum: 0.9 },
];

/// A table without sparse gradients has a dense gradient, mostly zeros: nothing is left behind there.
#[test]
fn a_fit_gives_what_dense_gradients_give() -> Result<()> {
    for method in METHODS {
        for (dtype, tolerance) in [(DType::F64, 1e-12), (DType::F32, 3e-6)] {
            let (left, dense) = (bag(dtype, true)?, bag(dtype, false)?);
            for model in [&left, &dense] {
                Trainer::new(config(method))?.fit(model, &rows(), None)?;
            }
            let start = numbers(&bag(dtype, true)?)?;
            for ((left, dense), start) in numbers(&left)?.iter().zip(&numbers(&dense)?).zip(&start) {
                let distance = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
                assert!(distance(dense, start) > 1e-3, "{method:?}: nothing has been learned");
                let error = distance(left, dense);
                assert!(error < tolerance, "{method:?} {dtype:?}: {error}");
            }
        }
    }
    Ok(())
}

/// Whoever looks sees every row where it is, and what comes stays the same, bit for bit.
#[test]
fn a_look_at_any_step_changes_nothing() -> Result<()> {
    for method in METHODS {
        let (looked_at, alone, dense) = (bag(DType::F32, true)?, bag(DType::F32, true)?, bag(DType::F32, false)?);
        let mut tables = Vec::new();
        let mut dense_tables = Vec::new();
        Trainer::new(config(method))?.fit_observed(&looked_at, &rows(), None, &mut |trainer, _| {
            if trainer.history().steps.len() % 7 == 3 {
                tables.push(numbers(&looked_at)?.remove(0));
            }
            Ok(ControlFlow::Continue(()))
        })?;
        Trainer::new(config(method))?.fit_observed(&dense, &rows(), None, &mut |trainer, _| {
            if trainer.history().steps.len() % 7 == 3 {
                dense_tables.push(numbers(&dense)?.remove(0));
            }
            Ok(ControlFlow::Continue(()))
        })?;
        Trainer::new(config(method))?.fit(&alone, &rows(), None)?;
        assert_eq!(numbers(&looked_at)?, numbers(&alone)?, "{method:?}");
        assert!(tables.len() > 40 && tables.len() == dense_tables.len());
        for (step, (table, dense)) in tables.iter().zip(&dense_tables).enumerate() {
            let error = table.iter().zip(dense).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
            assert!(error < 3e-6, "{method:?}, look {step}: {error}");
        }
    }
    Ok(())
}

/// A row that somebody changes between two fits goes on from there; the others go on as they were.
#[test]
fn a_changed_row_goes_on_from_where_it_was_put() -> Result<()> {
    let train = |sparse| -> Result<Vec<Vec<f64>>> {
        let model = bag(DType::F64, sparse)?;
        let mut trainer = Trainer::new(TrainerConfig { epochs: 1, ..config(Method::adam()) })?;
        trainer.fit(&model, &rows(), None)?;
        let (_, table) = model.parameters().remove(0);
        let mut changed: Vec<f64> = table.flatten_all()?.to_vec1()?;
        changed[2 * 5..4 * 5].fill(0.5);
        table.set(&Tensor::from_vec(changed, (VOCABULARY, 5), &Device::Cpu)?)?;
        trainer.fit(&model, &rows(), None)?;
        numbers(&model)
    };
    let (left, dense) = (train(true)?, train(false)?);
    let error = left[0].iter().zip(&dense[0]).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    assert!(error < 1e-11, "{error}");
    Ok(())
}

/// A table that a second layer reads, which knows nothing of rows left behind, is always whole.
#[test]
fn a_shared_table_leaves_nothing_behind() -> Result<()> {
    #[derive(Module)]
    struct Tied {
        embedding: Embedding,
        table: candle_core::Var,
    }
    impl Model for Tied {
        fn forward(&self, batch: &Batch) -> Result<Tensor> {
            let x = self.embedding.forward(&batch.input)?.mean(1)?;
            // Only in some steps, and without a gradient for the table.
            let bias = self.table.detach().narrow(0, 0, 3)?.mean(1)?;
            Ok(x.narrow(1, 0, 3)?.contiguous()?.broadcast_add(&bias)?)
        }
    }
    let train = |sparse| -> Result<Vec<f64>> {
        let Bag { embedding, .. } = bag(DType::F64, sparse)?;
        let (_, table) = embedding.parameters().remove(0);
        let model = Tied { embedding, table };
        Trainer::new(config(Method::adam()))?.fit(&model, &rows(), None)?;
        Ok(model.table.flatten_all()?.to_vec1()?)
    };
    let (left, dense) = (train(true)?, train(false)?);
    let error = left.iter().zip(&dense).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    assert!(error < 1e-12, "{error}");
    Ok(())
}

/// A variable that was taken from the embedding before the fit shows what stands in memory.
#[test]
fn rows_stay_behind_until_somebody_looks() -> Result<()> {
    let model = bag(DType::F32, true)?;
    let (_, taken_before) = model.parameters().remove(0);
    let read = || -> Result<Vec<f32>> { Ok(taken_before.flatten_all()?.to_vec1()?) };
    let mut behind = 0;
    Trainer::new(config(Method::adam()))?.fit_observed(&model, &rows(), None, &mut |_, _| {
        let before = read()?;
        model.parameters();
        behind += usize::from(read()? != before);
        Ok(ControlFlow::Continue(()))
    })?;
    assert!(behind > STEPS / 2, "{behind} of {STEPS} steps left rows behind");
    Ok(())
}

#[test]
fn the_batches_of_these_tests_leave_rows_behind() -> Result<()> {
    let mut last_use = [None; VOCABULARY];
    let mut longest = 0;
    for (step, batch) in rows().epoch(0).enumerate() {
        for id in batch?.input.flatten_all()?.to_vec1::<u32>()? {
            if let Some(last) = last_use[id as usize].replace(step) {
                longest = longest.max(step - last);
            }
        }
    }
    let used = last_use.iter().flatten().count();
    assert!((8..VOCABULARY - 2).contains(&used) && longest > 60, "{used} rows, idle for up to {longest} steps");
    Ok(())
}
