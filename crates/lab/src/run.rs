//! Executes notebooks without a browser. The work is nbclient's, driven by `run.py`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::args::RunArgs;
use crate::environment::Environment;
use crate::layout::Layout;
use crate::output_dir::output_dir;
use crate::setup::setup;
use crate::toolchain::exec;

pub const SCRIPT: &str = include_str!("run.py");

pub fn run(layout: &Layout, args: &RunArgs) -> Result<()> {
    let notebooks = pages(layout, &args.notebooks)?;
    let data = args.data.as_deref().map(checked_data).transpose()?;
    let out = output_dir(layout, args.out.as_deref(), "out")?;
    refuse_overwriting(&notebooks, &out)?;

    let environment = setup(layout)?;
    let execution = Execution { notebooks: &notebooks, out: &out, timeout: args.timeout.get(), data: data.as_deref() };
    Err(exec(execution.command(&environment)))
}

/// What `run.py` is to execute.
pub struct Execution<'a> {
    pub notebooks: &'a [PathBuf],
    /// Gets the executed notebooks and their HTML pages.
    pub out: &'a Path,
    /// Longest time for one cell, in seconds.
    pub timeout: u32,
    /// Holds `ag_news/`.
    pub data: Option<&'a Path>,
}

impl Execution<'_> {
    pub fn command(&self, environment: &Environment) -> Command {
        let mut script = environment.command();
        script.env("RECURRENT_SPARE", "0"); // nobody waits for the next page's kernel here
        script.env("RECURRENT_EXERCISES", ""); // what a page does by itself is no attempt of the learner's
        script.args(["-c", SCRIPT, "--kernel", "rust"]);
        script.args(["--timeout", &self.timeout.to_string()]);
        script.arg("--out").arg(self.out).args(self.notebooks);
        if let Some(data) = self.data {
            script.env("RECURRENT_DATA_DIR", data);
        }
        script
    }
}

/// The notebooks of these names or paths; none named: all of the lesson.
pub fn pages(layout: &Layout, names: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let lesson = lesson(layout)?;
    if names.is_empty() {
        return Ok(lesson);
    }
    names.iter().map(|name| find(name, &lesson)).collect()
}

/// The lesson's pages in order.
fn lesson(layout: &Layout) -> Result<Vec<PathBuf>> {
    let folder = layout.notebooks();
    let entries = fs::read_dir(&folder).with_context(|| format!("cannot read the folder {}", folder.display()))?;
    let mut pages: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "ipynb"))
        .collect();
    if pages.is_empty() {
        bail!("{} holds no notebook", folder.display());
    }
    pages.sort();
    Ok(pages)
}

/// A notebook by its path, or a page of the lesson by its name.
fn find(name: &Path, lesson: &[PathBuf]) -> Result<PathBuf> {
    if name.is_file() {
        return name.canonicalize().with_context(|| format!("cannot read {}", name.display()));
    }
    let page = lesson
        .iter()
        .find(|page| page.file_name() == Some(name.as_os_str()) || page.file_stem() == Some(name.as_os_str()));
    let Some(page) = page else {
        let pages: Vec<_> = lesson.iter().filter_map(|page| Some(page.file_stem()?.to_string_lossy())).collect();
        bail!(
            "there is no notebook {}: give a file, --all, or a page of the lesson ({}).",
            name.display(),
            pages.join(", ")
        );
    };
    Ok(page.clone())
}

/// Where `--data` points to, when AG News is there.
pub fn checked_data(folder: &Path) -> Result<PathBuf> {
    for file in ["ag_news/train.csv", "ag_news/test.csv"] {
        let path = folder.join(file);
        if !path.is_file() {
            bail!(
                "--data {}: there is no {}; `cargo lab data --dir {}` downloads it.",
                folder.display(),
                path.display(),
                folder.display()
            );
        }
    }
    folder.canonicalize().with_context(|| format!("cannot read the folder {}", folder.display()))
}

fn refuse_overwriting(notebooks: &[PathBuf], out: &Path) -> Result<()> {
    let out_folder = out.canonicalize().unwrap_or(out.to_path_buf());
    for (position, notebook) in notebooks.iter().enumerate() {
        if notebook.parent() == Some(&out_folder) {
            bail!("--out {} would overwrite {}: name another folder.", out.display(), notebook.display());
        }
        let name = notebook.file_name();
        if let Some(other) = notebooks[..position].iter().find(|other| other.file_name() == name) {
            bail!(
                "{} and {} would write the same page: run them with different --out folders.",
                other.display(),
                notebook.display()
            );
        }
    }
    Ok(())
}
