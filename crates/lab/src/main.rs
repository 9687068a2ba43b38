//! `cargo lab`: sets the lesson up, opens it, runs it.

mod args;
mod ask;
mod book;
mod child;
mod clean;
mod cuda;
mod data;
mod doctor;
mod download;
mod environment;
mod kernel;
mod kernelspec;
mod layout;
mod lock;
mod news_text;
mod open;
mod out;
mod page;
mod pins;
mod python;
mod refresh;
mod run;
mod setup;
mod sha256;
mod stamp;
mod template;
mod toolchain;
mod whole_file;

use std::io::{self, ErrorKind};
use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;

use args::{Args, Command};
use layout::Layout;

fn main() -> ExitCode {
    match run(Args::parse()) {
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
        Command::Doctor => return doctor::examine(&layout),
        Command::Clean => clean::clean(&layout)?,
        Command::Bench(args) => toolchain::bench(&layout, &args.args)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// What to do about a fault of the disk; the error itself names the file.
fn advice(error: &anyhow::Error) -> Option<&'static str> {
    error.chain().find_map(|cause| match cause.downcast_ref::<io::Error>()?.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
            Some("The disk is full: free some space (set-up needs about 3 GB), then run the same command again.")
        }
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
            Some("This folder cannot be written: change its owner or its rights, or clone the project into a folder of your own.")
        }
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::{Context, anyhow};

    #[test]
    fn a_fault_of_the_disk_comes_with_advice() {
        let fault = |kind| {
            Err::<(), _>(io::Error::from(kind))
                .context("cannot write .lab")
                .unwrap_err()
        };
        assert!(
            advice(&fault(ErrorKind::StorageFull))
                .unwrap()
                .contains("disk is full")
        );
        assert!(
            advice(&fault(ErrorKind::PermissionDenied))
                .unwrap()
                .contains("cannot be written")
        );
        assert!(advice(&fault(ErrorKind::NotFound)).is_none());
        assert!(advice(&anyhow!("Python was not found")).is_none());
    }
}
