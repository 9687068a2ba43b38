//! The kernel program: built by cargo, then copied to where it stays.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use crate::layout::Layout;
use crate::lock::Lock;
use crate::pace::TimeShares;
use crate::process;
use crate::stamp::{self, State};

/// rust-analyzer's crates and evcxr come last.
const TIME_SHARES: TimeShares = [0.0, 0.04, 0.07, 0.13, 0.23, 0.32, 0.62, 0.68, 0.72, 0.87, 1.0];

/// What the kernel consists of, beside one another.
pub const PROGRAMS: [&str; 3] = ["lab-cells", "lab-front", "lab-kernel"];

/// Builds the kernel program. It needs no Python, so set-up calls it while pip installs. Says what was made or found.
pub fn ensure(layout: &Layout, lock: &Lock) -> Result<String> {
    let made_from = sources(layout)?;
    let kernel = layout.kernel();
    if stamp::state_of(&kernel, &made_from) == State::Ready {
        return Ok(format!("Kernel: {} is up to date.", kernel.display()));
    }
    let target = layout.root().join("target");
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or(target, PathBuf::from);
    let target = std::path::absolute(layout.root().join(target))?;
    let build = |log: &str, what: &str, arguments: &[&str]| {
        let mut cargo = Command::new("cargo");
        cargo.current_dir(layout.root()).args(arguments.iter().take_while(|word| **word != "--"));
        cargo.args(["--profile", "kernel", "--package", "lab-kernel", "--color", "never", "--target-dir"]).arg(&target);
        cargo.args(arguments.iter().skip_while(|word| **word != "--"));
        process::compile(lock, what, &layout.log(log), cargo, Some(&TIME_SHARES))
    };
    build("kernel", "Notebook kernel (compiled once)", &["build", "--bin", "lab-kernel", "--bin", "lab-front"])?;
    // It shares the standard library with the cells, so it is linked to it as they are.
    let shared = ["rustc", "--bin", "lab-cells", "--", "-C", "prefer-dynamic"];
    build("cells", "The process that runs the cells", &shared)?;
    let folder = kernel.with_file_name("");
    fs::create_dir_all(&folder).with_context(|| format!("cannot make the folder {}", folder.display()))?;
    stamp::unstamp(&kernel)?;
    for name in PROGRAMS {
        let (program, fresh) = (folder.join(name), folder.join(format!("{name}.new")));
        fs::copy(target.join("kernel").join(name), &fresh)
            .and_then(|_| fs::rename(&fresh, &program))
            .with_context(|| format!("cannot write {}", program.display()))?;
    }
    stamp::stamp(&kernel, &made_from)?;
    Ok(format!("Kernel: built {}.", kernel.display()))
}

/// Looks, and changes nothing.
pub fn state(layout: &Layout) -> State {
    sources(layout).map_or(State::Missing, |made_from| stamp::state_of(&layout.kernel(), &made_from))
}

/// What it is made from.
pub fn sources(layout: &Layout) -> Result<String> {
    stamp::digest(layout, &["crates/lab-kernel/Cargo.toml", "crates/lab-kernel/src", "rust-toolchain.toml"])
}

/// The variables that Jupyter sets for the kernel (`env` in its kernel.json).
pub fn environment(layout: &Layout) -> BTreeMap<String, String> {
    let text = |path: PathBuf| path.to_string_lossy().into_owned();
    let template = ("RECURRENT_TEMPLATE".to_owned(), text(layout.template()));
    let config = layout.evcxr_config();
    let config = config.map(|config| ("EVCXR_CONFIG_DIR".to_owned(), text(config)));
    [template].into_iter().chain(config).collect()
}
