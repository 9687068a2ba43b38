//! One run in one process: it trains an epoch for each line it reads and prints its report after each, as the peer
//! scripts do.

use crate::{
    candle_peer::{self, CandleLearner},
    data::{self, RowConfig, Rows},
    lesson_models::LessonLearner,
    process,
    report::Report,
    spec::ModelName,
};
use anyhow::Result;
use clap::{Args, ValueEnum};
use recurrent::loader::DataLoader;
use recurrent_nn::{BatchSource, device};
use std::{
    io::{BufRead, Write, stdin, stdout},
    time::Instant,
};

/// Which library trains.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Library {
    Recurrent,
    Candle,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[clap(rename_all = "snake_case")]
pub enum OptimizerName {
    /// Every row as dense Adam would leave it
    Adam,
    /// Only the rows of a batch: as torch.optim.SparseAdam
    LazyAdam,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum InitName {
    Keras,
    Pytorch,
}

/// One run. RAYON_NUM_THREADS and RECURRENT_DATA_DIR come with the environment.
#[derive(Debug, Args)]
pub struct RunArgs {
    #[arg(long)]
    pub library: Library,
    #[arg(long)]
    pub model: ModelName,
    #[arg(long)]
    pub rows: Option<usize>,
    #[arg(long)]
    pub valid_rows: Option<usize>,
    /// Rows of random ids of this length instead of AG News
    #[arg(long)]
    pub steps: Option<usize>,
    /// Bidirectional layers of bilstm2
    #[arg(long)]
    pub layers: Option<u64>,
    #[arg(long)]
    pub threads: usize,
    #[arg(long)]
    pub seed: u64,
    #[arg(long)]
    pub batch: usize,
    #[arg(long)]
    pub device: String,
    #[arg(long)]
    pub optimizer: OptimizerName,
    #[arg(long)]
    pub init: InitName,
}

/// A model with its optimiser.
pub trait Learner {
    fn params(&self) -> usize;
    fn train_epoch(&mut self, rows: &Rows, epoch: usize) -> Result<()>;
    fn accuracy(&self, valid: &DataLoader) -> Result<f64>;
}

pub fn run(args: &RunArgs) -> Result<()> {
    let start_rss_mb = process::peak_rss_mb()?;
    let device = device::parse(&args.device)?;
    let start = Instant::now();
    let config = RowConfig {
        model: args.model,
        rows: args.rows,
        valid_rows: args.valid_rows,
        batch: args.batch,
        seed: args.seed,
    };
    let rows = match args.steps {
        Some(steps) => data::random(config, steps, &device)?,
        None => data::ag_news(config, &device)?,
    };
    let vectorise_s = thousandths(start.elapsed().as_secs_f64());
    let mut learner: Box<dyn Learner> = match args.library {
        Library::Recurrent => Box::new(LessonLearner::new(args, &device)?),
        Library::Candle => Box::new(CandleLearner::new(args, &device)?),
    };
    let ours = args.library == Library::Recurrent;
    let mut report = Report {
        peer: match (args.library, args.optimizer) {
            (Library::Candle, _) => candle_peer::NAME.to_string(),
            (_, OptimizerName::Adam) => concat!("recurrent ", env!("CARGO_PKG_VERSION")).to_string(),
            (_, OptimizerName::LazyAdam) => concat!("recurrent ", env!("CARGO_PKG_VERSION"), " lazy").to_string(),
        },
        model: args.model,
        rows: rows.train.rows(),
        threads: args.threads,
        batch: args.batch,
        device: device::name(&device)?,
        seed: ours.then_some(args.seed), // candle's generator on the CPU takes no seed
        epoch_s: Vec::new(),
        rows_per_s: 0.0,
        val_acc: Vec::new(),
        params: learner.params(),
        peak_rss_mb: process::peak_rss_mb()?,
        start_rss_mb,
        vectorise_s,
        optimizer: if ours && args.optimizer == OptimizerName::LazyAdam { "LazyAdam" } else { "Adam" }.to_string(),
        init: match (ours, args.init) {
            (false, _) => "candle",
            (true, InitName::Keras) => "keras",
            (true, InitName::Pytorch) => "pytorch",
        }
        .to_string(),
        tokens: Some(rows.tokens),
        rss_mb: Vec::new(),
        gpu_mb: Vec::new(),
        steps: args.steps,
        layers: args.layers,
        sgemm_gflops: None,
    };
    print(&report)?;
    for (epoch, line) in stdin().lock().lines().enumerate() {
        line?;
        let start = Instant::now();
        learner.train_epoch(&rows, epoch)?;
        device.synchronize()?;
        report.epoch_s.push(start.elapsed().as_secs_f64());
        report.rows_per_s = thousandths(report.rows as f64 / report.fastest());
        if let Some(valid) = &rows.valid {
            report.val_acc.push(learner.accuracy(valid)?);
        }
        report.rss_mb.push(process::rss_mb()?);
        report.peak_rss_mb = process::peak_rss_mb()?;
        let memory = device::memory(&device)?;
        report.gpu_mb.extend(memory.and_then(|memory| memory.held).map(process::mb));
        print(&report)?;
    }
    Ok(())
}

fn print(report: &Report) -> Result<()> {
    let mut out = stdout().lock();
    writeln!(out, "{}", serde_json::to_string(report)?)?;
    Ok(out.flush()?)
}

fn thousandths(number: f64) -> f64 {
    (number * 1000.0).round() / 1000.0
}
