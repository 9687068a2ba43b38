//! `cargo lab`: sets the lesson up, opens it, runs it.

mod archive;
mod args;
mod atomic_write;
mod book;
mod clean;
mod command_output;
mod compiled_crates;
mod cuda;
mod data;
mod doctor;
mod download;
mod environment;
mod kernel;
mod kernelspec;
mod layout;
mod lock;
mod machine;
mod news_text;
mod notebook;
mod open;
mod output_dir;
mod overwritten_kernel;
mod pace;
mod pack;
mod pins;
mod process;
mod progress_line;
mod python;
mod refresh;
mod registry;
mod run;
mod setup;
mod sha256;
mod stamp;
mod starter;
mod template;
mod toolchain;
mod unpack;

use std::io::{self, ErrorKind};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use anyhow::{Context, Result};
use clap::Parser;
use signal_hook::consts::SIGPIPE;

use args::{Args, Command};
use layout::Layout;

fn main() -> ExitCode {
    let result = end_on_closed_pipe().and_then(|()| run(Args::parse()));
    match result {
        Ok(code) => code,
        Err(error) => {
            eprintln!("cargo lab: {error:#}");
            if let Some(advice) = advice(&error) {
                eprintln!("{advice}");
            }
            ExitCode::FAILURE
        }
    }
}

/// A reader that closes the pipe (`cargo lab doctor | head -1`) ends this program silently, as it ends other
/// command-line programs. Rust starts with SIGPIPE ignored, and then `println!` panics.
fn end_on_closed_pipe() -> Result<()> {
    let always = Arc::new(AtomicBool::new(true));
    signal_hook::flag::register_conditional_default(SIGPIPE, always).context("cannot listen to SIGPIPE")?;
    Ok(())
}

fn run(args: Args) -> Result<ExitCode> {
    let command = args.command.unwrap_or(Command::Open(args.open));
    let layout = Layout::find().with_features(command.features());
    match command {
        Command::Open(args) => open::open(&layout, &args)?,
        Command::Setup(_) => {
            setup::setup(&layout)?;
        }
        Command::Run(args) => run::run(&layout, &args)?,
        Command::Refresh(args) => return refresh::refresh(&layout, &args),
        Command::Check(args) => return refresh::check(&layout, &args),
        Command::Book(args) => book::book(&layout, &args)?,
        Command::Data(args) => data::fetch(&layout, &args)?,
        Command::Pack(args) => pack::pack(&layout, &args)?,
        Command::Unpack(args) => unpack::unpack(&args)?,
        Command::Doctor => return doctor::examine(&layout),
        Command::Clean => clean::clean(&layout)?,
        Command::Bench(args) => toolchain::bench(&layout, &args.args)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// What to do about a disk error; the error itself names the file.
fn advice(error: &anyhow::Error) -> Option<&'static str> {
    error.chain().find_map(|cause| match cause.downcast_ref::<io::Error>()?.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
            Some("The disk is full: free some space (set-up needs about 3 GB), then run the same command again.")
        }
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => Some(
            "This folder cannot be written: change its owner or its rights, or clone the project into a folder \
                of your own.",
        ),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::anyhow;

    #[test]
    fn a_disk_error_comes_with_advice() {
        let disk_error = |kind| Err::<(), _>(io::Error::from(kind)).context("cannot write .lab").unwrap_err();
        assert!(advice(&disk_error(ErrorKind::StorageFull)).unwrap().contains("disk is full"));
        assert!(advice(&disk_error(ErrorKind::PermissionDenied)).unwrap().contains("cannot be written"));
        assert!(advice(&disk_error(ErrorKind::NotFound)).is_none());
        assert!(advice(&anyhow!("Python was not found")).is_none());
    }
}
