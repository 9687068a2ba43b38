//! The template: an evcxr build directory in which the notebook's one dependency is compiled.

use crate::cargo_answers;
use anyhow::{Result, anyhow};
use evcxr::CommandContext;
use std::path::Path;

/// The cells that are compiled once so that a kernel does not have to: the dependency, the prelude, a first variable.
const CELLS: [&str; 2] = ["use recurrent::prelude::*;", "let warm = recurrent::candle_core::Device::Cpu;"];

/// Compiles the facade in `folder`. Progress (cargo's own lines) goes to standard error.
pub fn build(folder: &Path, facade: &Path) -> Result<()> {
    cargo_answers::install(crate::folder_of(folder)?)?;
    crate::use_build_directory(folder)?;
    let (mut context, outputs) = CommandContext::new().map_err(|error| anyhow!("{error}"))?;
    std::thread::spawn(move || outputs.stderr.iter().for_each(|line| eprintln!("{line}")));
    let dependency = format!(":dep recurrent = {{ path = {:?} }}", facade);
    // A kernel starts with evcxr's configuration, which may ask for a feature of the libraries.
    for cell in [":load_config", &dependency].into_iter().chain(CELLS) {
        context.execute(cell).map_err(|error| anyhow!("the cell `{cell}` failed: {error}"))?;
    }
    // No kernel has loaded anything yet.
    std::fs::remove_file(crate::compiler::in_use(folder))?;
    Ok(())
}
