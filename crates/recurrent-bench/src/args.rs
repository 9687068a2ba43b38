//! What can be typed after `cargo lab bench`.

use crate::{
    peers::Peer,
    runner::{InitName, RunArgs},
    spec::ModelName,
};
use clap::{Parser, Subcommand, builder::TypedValueParser};
use std::path::PathBuf;

/// Measures the lesson's models, and the operations they are made of.
#[derive(Debug, Parser)]
#[command(name = "cargo lab bench", bin_name = "cargo lab bench", version)]
pub struct Args {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Speed, accuracy and memory of each model, with --peers against the other libraries, alternately
    Lesson(MeasureArgs),
    /// Time and memory against the number of rows (1x, 2x, 4x), steps (T = 16 to 1024), rows in a batch, and layers
    /// (of bilstm2)
    Scaling(MeasureArgs),
    /// One thread against --threads
    Threads(MeasureArgs),
    /// Accuracy over seeds 0, 1, …, against Keras on the same rows
    Accuracy(MeasureArgs),
    /// Each operation's smallest time, GFLOP/s of its matrix products, and their share of a large matrix product's
    /// (sgemm) in the same call
    Ops(OpsArgs),
    /// Print saved results as Markdown tables
    Table {
        /// Files that --save wrote
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
    /// One library's run in a process of its own: an epoch for each line on standard input
    #[command(hide = true)]
    Run(RunArgs),
}

#[derive(Debug, clap::Args)]
pub struct MeasureArgs {
    /// Which models [default: all; scaling and threads: bilstm2]
    #[arg(long = "model", value_name = "MODEL", value_delimiter = ',')]
    pub models: Vec<ModelName>,
    /// Folder that holds ag_news/train.csv and ag_news/test.csv [default: RECURRENT_DATA_DIR, or data/ in the checkout]
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Train on the first N rows [default: all]
    #[arg(long, value_name = "N")]
    pub rows: Option<usize>,
    /// Measure accuracy on the first N test rows, 0: not at all [default: all; scaling and threads: 0]
    #[arg(long, value_name = "N")]
    pub valid_rows: Option<usize>,
    /// Epochs of each library, alternating with the others
    #[arg(long, value_name = "N", default_value_t = 3)]
    pub epochs: usize,
    /// [default: the processor's]
    #[arg(long, value_name = "N")]
    pub threads: Option<usize>,
    /// Of weights and batches
    #[arg(long, value_name = "S", default_value_t = 0)]
    pub seed: u64,
    /// How many seeds `accuracy` takes
    #[arg(long, value_name = "N", default_value_t = 5)]
    pub seeds: u64,
    /// Rows in a batch; of several each is measured [default: as in the lesson, 16; lstm8: 8]
    #[arg(long = "batch", value_name = "B", value_delimiter = ',')]
    pub batches: Vec<usize>,
    /// Where to train: cpu, cuda or cuda:N. A build for CPUs has no cuda; `cargo lab bench` makes the one that is
    /// asked for
    #[arg(long, value_name = "DEVICE", default_value = "cpu")]
    pub device: String,
    /// Whose rules for initial weights this project follows
    #[arg(long, value_name = "INIT", default_value = "keras")]
    pub init: InitName,
    /// Which libraries are measured; without a list all [default: recurrent; accuracy: recurrent, recurrent-lazy,
    /// keras]
    #[arg(long, value_name = "LIST", value_delimiter = ',', num_args = 0..)]
    pub peers: Option<Vec<Peer>>,
    /// A Python with tensorflow, torch, jax and optax [default: RECURRENT_PYTHON, or python of .venv/ in the checkout]
    #[arg(long, value_name = "FILE")]
    pub python: Option<PathBuf>,
    /// Print JSON lines, not tables: one for each library and, of lesson, one for each other library against each of
    /// ours, with {"ratio": {"fastest": F, "median": M}}, its seconds divided by ours in the same call, of the
    /// fastest epochs and of the medians
    #[arg(long)]
    pub json: bool,
    /// Add each library's JSON line to this file
    #[arg(long, value_name = "FILE")]
    pub save: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
pub struct OpsArgs {
    /// Which operations, e.g. lstm [default: all]
    #[arg(value_name = "OP")]
    pub ops: Vec<String>,
    /// How many rounds over all operations; the fastest run of each counts
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = at_least_one())]
    pub rounds: usize,
    /// [default: the processor's]
    #[arg(long, value_name = "N", value_parser = at_least_one())]
    pub threads: Option<usize>,
    /// Print JSON lines, not a table
    #[arg(long)]
    pub json: bool,
    /// Add the JSON lines to this file
    #[arg(long, value_name = "FILE")]
    pub save: Option<PathBuf>,
}

fn at_least_one() -> impl TypedValueParser<Value = usize> {
    clap::value_parser!(u64).range(1..).map(|number| number as usize)
}
