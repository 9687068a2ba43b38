//! The command-line arguments of `cargo lab`.

use std::ffi::OsString;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};

use crate::data::Name;

/// Opens the lesson on recurrent networks in JupyterLab, and sets up whatever is missing for it.
#[derive(Debug, Parser)]
#[command(name = "cargo lab", bin_name = "cargo lab", version, args_conflicts_with_subcommands = true)]
pub struct Args {
    #[command(subcommand)]
    pub command: Option<Command>,
    /// Without a command: those of `open`
    #[command(flatten)]
    pub open: OpenArgs,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Set up what is missing, then start JupyterLab on notebooks/ (the default)
    Open(OpenArgs),
    /// Only set up: Python packages, Rust kernel, prebuilt build directory
    Setup(FeatureArgs),
    /// Execute notebooks without a browser; write them and an HTML page of each
    Run(RunArgs),
    /// Execute pages on AG News and write their outputs into notebooks/, to be committed
    Refresh(RefreshArgs),
    /// Check that the outputs in notebooks/ belong to the code there
    Check(CheckArgs),
    /// Make the lesson a static HTML book with search, from notebooks/ as they are
    Book(BookArgs),
    /// Download a corpus that is not shipped: AG News, or another one by its name
    Data(DataArgs),
    /// Pack the ready lesson into one file, for machines of the same kind without a network
    Pack(PackArgs),
    /// Make a ready lesson of a file that `pack` wrote, without a network
    Unpack(UnpackArgs),
    /// List what is installed, what is missing and the command that repairs it
    Doctor,
    /// Remove what set-up made (not data, results or your own Python environment)
    Clean,
    /// Run the benchmarks: `cargo run --release --package recurrent-bench -- ARGS`
    #[command(disable_help_flag = true)]
    Bench(BenchArgs),
}

impl Command {
    /// The features that the pages' crates are to have.
    pub fn features(&self) -> &[Feature] {
        match self {
            Self::Open(args) => &args.compiled.features,
            Self::Setup(args) => &args.features,
            Self::Run(args) => &args.compiled.features,
            Self::Refresh(args) => &args.compiled.features,
            _ => &[],
        }
    }
}

/// A feature of the crate `recurrent` that is not in every build.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Feature {
    /// Pages train on an NVIDIA GPU
    Cuda,
}

// Without a documentation comment: it would replace that of the command which it is part of.
#[derive(Debug, clap::Args)]
pub struct FeatureArgs {
    /// Compile the lesson's crates with this feature
    #[arg(long, value_name = "FEATURE")]
    pub features: Vec<Feature>,
}

#[derive(Debug, clap::Args)]
pub struct OpenArgs {
    #[command(flatten)]
    pub compiled: FeatureArgs,
    /// Print the address, open no browser
    #[arg(long)]
    pub no_browser: bool,
    /// Port to listen on [default: 8888, or the next free one]
    #[arg(long)]
    pub port: Option<u16>,
    /// Address to listen on [default: this computer only]
    #[arg(long)]
    pub ip: Option<IpAddr>,
    /// Passed to JupyterLab, for example `-- --allow-root`
    #[arg(last = true)]
    pub jupyter: Vec<OsString>,
}

#[derive(Debug, clap::Args)]
#[command(override_usage = "cargo lab run [OPTIONS] <NOTEBOOK>... | --all")]
pub struct RunArgs {
    /// Notebook files, or names in notebooks/
    #[arg(required_unless_present = "all", value_name = "NOTEBOOK")]
    pub notebooks: Vec<PathBuf>,
    /// Every notebook of the lesson
    #[arg(long, conflicts_with = "notebooks")]
    pub all: bool,
    #[command(flatten)]
    pub compiled: FeatureArgs,
    /// Folder that holds ag_news/train.csv and ag_news/test.csv (sets RECURRENT_DATA_DIR)
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Folder for the executed notebooks and HTML pages [default: out/ in the checkout]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Longest time for one cell, in seconds
    #[arg(long, value_name = "S", default_value = "900")]
    pub timeout: NonZeroU32,
}

#[derive(Debug, clap::Args)]
pub struct RefreshArgs {
    /// Notebook files, or names in notebooks/ [default: every page]
    #[arg(value_name = "NOTEBOOK")]
    pub notebooks: Vec<PathBuf>,
    #[command(flatten)]
    pub compiled: FeatureArgs,
    /// Folder that holds ag_news/train.csv and ag_news/test.csv [default: RECURRENT_DATA_DIR, or data/ in the checkout]
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Longest time for one cell, in seconds
    #[arg(long, value_name = "S", default_value = "900")]
    pub timeout: NonZeroU32,
}

#[derive(Debug, clap::Args)]
pub struct CheckArgs {
    /// Notebook files, or names in notebooks/ [default: every page]
    #[arg(value_name = "NOTEBOOK")]
    pub notebooks: Vec<PathBuf>,
    /// Also look for texts of AG News in the outputs: the folder that holds ag_news/train.csv and ag_news/test.csv
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
pub struct BookArgs {
    /// Folder for the book [default: out/book in the checkout]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
pub struct DataArgs {
    /// Which one
    #[arg(value_enum, default_value_t = Name::AgNews)]
    pub name: Name,
    /// Folder that gets a folder for the corpus, such as ag_news/ [default: data/ in the checkout]
    #[arg(long, value_name = "DIR")]
    pub dir: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
pub struct PackArgs {
    /// The archive [default: recurrent-ARCHITECTURE-SYSTEM.tar in this folder]
    pub file: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
pub struct UnpackArgs {
    /// The archive
    pub file: PathBuf,
    /// The lesson's folder, which must not exist yet, or be empty
    #[arg(default_value = "recurrent")]
    pub folder: PathBuf,
}

#[derive(Debug, clap::Args)]
pub struct BenchArgs {
    /// Passed to the benchmark program
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    pub args: Vec<OsString>,
}
