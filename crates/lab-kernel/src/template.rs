//! The template: an evcxr build directory in which the notebook's one dependency is compiled.

use crate::{cargo_answers, compiler, library, progress};
use anyhow::{Context, Result, anyhow};
use evcxr::CommandContext;
use std::path::Path;

/// The cells that are compiled once so that a kernel does not have to: the dependency, the prelude, a first variable.
const CELLS: [&str; 3] = [
    "use recurrent::prelude::*;",
    "let warm = recurrent::candle_core::Device::Cpu;",
    // The first `?`, and the type that pages use most.
    "let tensor = Tensor::zeros(1, DType::F32, &warm)?;",
];

/// Compiles the facade in `folder`. Progress (cargo's own lines, and its bar) goes to standard error.
pub fn build(folder: &Path, facade: &Path) -> Result<()> {
    // cargo itself compiles what has changed, and what is noted of earlier compilations may not hold any more.
    compiler::forget_calls(folder)?;
    cargo_answers::forget(folder)?;
    let kernels = crate::folder_of(folder)?;
    cargo_answers::install(kernels)?;
    let sysroot = crate::use_build_directory(folder)?;
    library::make(kernels, &sysroot)?;
    let (_end, ended) = std::sync::mpsc::channel();
    let of = folder.to_owned();
    std::thread::spawn(move || progress::print(&of, &ended));
    run_cells(facade)?;
    // A kernel asks cargo its first questions where everything is compiled already: now they are answered.
    run_cells(facade)?;
    std::fs::write(facade_file(folder), facade.to_string_lossy().as_bytes())?;
    // No kernel has loaded anything yet.
    compiler::forget_file(&compiler::in_use(folder))
}

fn run_cells(facade: &Path) -> Result<()> {
    let (mut context, outputs) = CommandContext::new().map_err(|error| anyhow!("{error}"))?;
    std::thread::spawn(move || outputs.stderr.iter().for_each(|line| eprintln!("{line}")));
    // A kernel starts with evcxr's configuration, which may ask for a feature of the libraries.
    for cell in std::iter::once(":load_config".to_owned()).chain(cells(&facade.to_string_lossy())) {
        context.execute(&cell).map_err(|error| anyhow!("the cell `{cell}` failed: {error}"))?;
    }
    Ok(())
}

/// The facade that a template holds.
pub fn facade(template: &Path) -> Result<String> {
    std::fs::read_to_string(facade_file(template)).context("the template does not say what it holds")
}

/// The cells that a template of this facade is built with.
pub fn cells(facade: &str) -> Vec<String> {
    let dependency = format!(":dep recurrent = {{ path = {facade:?} }}");
    std::iter::once(dependency).chain(CELLS.map(str::to_owned)).collect()
}

/// Holds the path of the facade.
fn facade_file(template: &Path) -> std::path::PathBuf {
    template.join("facade")
}
