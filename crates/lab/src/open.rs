//! Starts JupyterLab on the lesson.

use std::path::PathBuf;
use std::process::Stdio;

use anyhow::{Context, Result};

use crate::args::OpenArgs;
use crate::environment::Environment;
use crate::layout::Layout;
use crate::page::Page;
use crate::run;
use crate::setup::setup;
use crate::toolchain::become_program;

pub fn open(layout: &Layout, args: &OpenArgs) -> Result<()> {
    let environment = setup(layout)?;
    trust(layout, &environment)?;
    let mut jupyter = environment.command();
    jupyter.args(["-m", "jupyterlab"]);
    jupyter.arg(format!(
        "--ServerApp.root_dir={}",
        layout.notebooks().display()
    ));
    jupyter.arg("--ServerApp.answer_yes=True"); // Ctrl-C ends it, without a question
    if args.no_browser {
        jupyter.arg("--no-browser");
    }
    if let Some(port) = args.port {
        jupyter.arg(format!("--ServerApp.port={port}"));
    }
    if let Some(ip) = args.ip {
        jupyter.arg(format!("--ServerApp.ip={ip}"));
    }
    jupyter.args(&args.jupyter);
    Err(become_program(jupyter))
}

/// JupyterLab hides the figures of a notebook that came from elsewhere, until it is run or signed. Signs the pages whose
/// outputs are those that `cargo lab refresh` wrote; others are the learner's to run.
fn trust(layout: &Layout, environment: &Environment) -> Result<()> {
    let pages: Vec<PathBuf> = run::pages(layout, &[])?
        .iter()
        .filter_map(|path| Page::read(path).ok())
        .filter(|page| page.has_code() && page.problem().is_none())
        .map(|page| page.path)
        .collect();
    if pages.is_empty() {
        return Ok(());
    }
    let status = environment
        .command()
        .args(["-m", "nbformat.sign"])
        .args(pages)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .status()
        .context("cannot start Python")?;
    if !status.success() {
        eprintln!("The pages could not be signed: their figures show when you run them.");
    }
    Ok(())
}
