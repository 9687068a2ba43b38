//! Starts JupyterLab on the lesson.

use std::fs;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result};

use crate::args::OpenArgs;
use crate::command_output::command_output;
use crate::environment::Environment;
use crate::kernel;
use crate::layout::Layout;
use crate::run;
use crate::setup::setup;
use crate::toolchain::exec;

pub fn open(layout: &Layout, args: &OpenArgs) -> Result<()> {
    let environment = setup(layout)?;
    trust(layout, &environment)?;
    make_spare(layout);
    let mut jupyter = environment.command();
    jupyter.args(["-m", "jupyterlab"]);
    jupyter.arg(format!("--ServerApp.root_dir={}", layout.notebooks().display()));
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
    Err(exec(jupyter))
}

/// Starts the kernel that the first page will find warm. It ends with JupyterLab, which this process becomes.
fn make_spare(layout: &Layout) {
    let start = || -> Result<()> {
        let log = layout.log("spare");
        let log = fs::File::create(&log).with_context(|| format!("cannot write {}", log.display()))?;
        Command::new(layout.kernel())
            .args(["--spare", &std::process::id().to_string(), "now"])
            .envs(kernel::environment(layout))
            .current_dir(layout.notebooks())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .process_group(0)
            .spawn()
            .context("cannot start the kernel")?;
        Ok(())
    };
    if let Err(error) = start() {
        eprintln!("The first page will take some seconds to open: {error:#}");
    }
}

/// JupyterLab hides the figures of a notebook that came from elsewhere, as a script in its outputs would run when it is
/// opened, until the notebook is run or signed. Signs the notebooks that equal the checked-out commit, or those that
/// were packed. A hash inside a notebook would prove nothing, as whoever changes the outputs can change the hash too.
fn trust(layout: &Layout, environment: &Environment) -> Result<()> {
    let pages = run::pages(layout, &[])?;
    let committed: Vec<Option<String>> = pages.iter().map(|page| committed(layout, page)).collect();
    if committed.iter().all(Option::is_none) {
        eprintln!(
            "There is no git commit to compare the pages with, so they are not signed: JupyterLab may hide their \
             figures until you run them."
        );
        return Ok(());
    }
    let unchanged = pages
        .iter()
        .zip(committed)
        .filter(|(page, committed)| committed.is_some() && fs::read_to_string(page).ok() == *committed);
    let unchanged: Vec<&PathBuf> = unchanged.map(|(page, _)| page).collect();
    if unchanged.is_empty() {
        return Ok(());
    }
    let status = environment
        .command()
        .args(["-m", "nbformat.sign"])
        .args(unchanged)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .status()
        .context("cannot start Python")?;
    if !status.success() {
        eprintln!("The pages could not be signed: their figures show when you run them.");
    }
    Ok(())
}

/// The page as it was committed, or packed from a commit. None when it is known of neither.
fn committed(layout: &Layout, page: &Path) -> Option<String> {
    let packed = layout.packed().join("pages").join(page.file_name()?);
    fs::read_to_string(packed).ok().or_else(|| in_commit(layout, page))
}

/// What the checked-out commit holds under this notebook's name. None without git, without a commit, or if it holds no
/// such file.
fn in_commit(layout: &Layout, page: &Path) -> Option<String> {
    let folder = layout.notebooks();
    let file = format!("HEAD:./{}", page.file_name()?.to_str()?);
    command_output("git", &["-C", folder.to_str()?, "cat-file", "blob", &file])
}
