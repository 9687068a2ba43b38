//! `cargo lab bench`: the lesson's models, in speed, accuracy and memory, against the other libraries; and each
//! operation against the machine's matrix product.

mod args;
mod candle_peer;
mod data;
mod lesson_models;
mod measure;
mod ops;
mod peer_process;
mod peers;
mod process;
mod ratio;
mod report;
mod results;
mod runner;
mod sgemm;
mod spec;
mod tables;

use anyhow::{Error, Result};
use args::{Args, Command};
use clap::Parser;
use results::Bench;
use std::{
    io::{self, ErrorKind, Write, stderr, stdout},
    process::ExitCode,
};

fn main() -> ExitCode {
    match run(&Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            // If standard error is closed too, the exit status is all that can be told.
            let _ = writeln!(stderr(), "error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Whether the reader of what is printed wants no more, as in `| head -1`.
fn is_closed_pipe(error: &Error) -> bool {
    let error = error.downcast_ref::<io::Error>();
    error.is_some_and(|error| error.kind() == ErrorKind::BrokenPipe)
}

fn run(args: &Args) -> Result<()> {
    match &args.command {
        Command::Lesson(common) => measure::measure(Bench::Lesson, common),
        Command::Scaling(common) => measure::measure(Bench::Scaling, common),
        Command::Threads(common) => measure::measure(Bench::Threads, common),
        Command::Accuracy(common) => measure::measure(Bench::Accuracy, common),
        Command::Ops(ops) => ops::measure(ops),
        Command::Table { files } => {
            let entries: Vec<_> = files.iter().map(|file| results::read(file)).collect::<Result<Vec<_>>>()?.concat();
            Ok(write!(stdout(), "{}", tables::all(&entries))?)
        }
        Command::Run(run) => runner::run(run),
    }
}
