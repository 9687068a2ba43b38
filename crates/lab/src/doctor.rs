//! Lists what is installed and what is missing.

use std::ffi::OsStr;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Result;

use crate::args::Feature;
use crate::command_output::command_output;
use crate::cuda::Cuda;
use crate::environment::{self, Environment};
use crate::kernelspec;
use crate::layout::Layout;
use crate::pins;
use crate::stamp::State;
use crate::template;
use crate::toolchain;

const RUSTUP: &str = "install Rust from https://rustup.rs";
const LINKER: &str = "Debian, Ubuntu: sudo apt install build-essential; Fedora: sudo dnf install gcc; macOS: \
    xcode-select --install";
const SETUP: &str = "cargo lab setup";

/// The result of one check.
enum Finding {
    Found(String),
    /// The lesson does not run without it: what is wrong, and what repairs it.
    Missing(String, String),
    /// The lesson runs without it.
    Absent(String),
}
use Finding::{Absent, Found, Missing};

/// Prints one line per thing; status 1 when something needed is missing.
pub fn examine(layout: &Layout) -> Result<ExitCode> {
    let environment = environment::choose(layout);
    let layout = &as_set_up(layout, &environment);
    let cuda = Cuda::find();
    let findings = [
        ("Rust", rust(layout)),
        ("rust-src", rust_src(layout)),
        ("C linker", linker()),
        ("Python", python(layout, &environment)?),
        ("JupyterLab", jupyterlab(&environment)),
        ("kernel", kernel(layout, &environment)),
        ("template", template(layout)),
        ("data", data(layout)),
        ("GPU", gpu(&cuda)),
        ("CUDA", compiler(&cuda)),
    ];
    let mut healthy = true;
    for (name, finding) in findings {
        match finding {
            Found(what) => println!("ok       {name:<11} {what}"),
            Absent(what) => println!("-        {name:<11} {what}"),
            Missing(what, repair) => {
                healthy = false;
                println!("MISSING  {name:<11} {what}\n{:21}-> {repair}", "");
            }
        }
    }
    Ok(if healthy { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The checkout with the features that the kernel in the environment was set up with last.
fn as_set_up(layout: &Layout, environment: &Environment) -> Layout {
    let with_cuda = layout.clone().with_features(&[Feature::Cuda]);
    match kernelspec::is_current(&with_cuda, &environment.prefix) {
        true => with_cuda,
        false => layout.clone(),
    }
}

fn missing(what: impl Into<String>, repair: &str) -> Finding {
    Missing(what.into(), repair.into())
}

fn rust(layout: &Layout) -> Finding {
    match toolchain::rustc_version(layout) {
        Ok(version) => Found(version),
        Err(error) => missing(format!("{error:#}"), RUSTUP),
    }
}

fn rust_src(layout: &Layout) -> Finding {
    match toolchain::has_rust_src(layout) {
        Ok(true) => Found("sources of the standard library".into()),
        Ok(false) => missing("no sources of the standard library", "rustup component add rust-src"),
        Err(error) => missing(format!("{error:#}"), RUSTUP),
    }
}

fn linker() -> Finding {
    match first_line("cc", "--version") {
        Some(version) => Found(version),
        None => missing("no program `cc`", LINKER),
    }
}

fn python(layout: &Layout, environment: &Environment) -> Result<Finding> {
    let pins = pins::read(&layout.environment_yml())?;
    if environment::is_ready(environment, &pins) {
        let version = first_line(environment.python(), "--version").unwrap_or_default();
        return Ok(Found(format!("{version} in {}", environment.prefix.display())));
    }
    Ok(match environment::find_python(layout, &pins) {
        Ok(python) => {
            let (major, minor) = python.version;
            missing(
                format!(
                    "Python {major}.{minor} is there, its environment {} is not ready",
                    environment.prefix.display()
                ),
                SETUP,
            )
        }
        Err(error) => missing("none that fits", &error.to_string()),
    })
}

fn jupyterlab(environment: &Environment) -> Finding {
    match environment.jupyterlab() {
        Some(version) => Found(version),
        None => missing("not installed", SETUP),
    }
}

fn kernel(layout: &Layout, environment: &Environment) -> Finding {
    if !layout.kernel().is_file() {
        return missing(format!("no {}", layout.kernel().display()), SETUP);
    }
    let prefix = &environment.prefix;
    match kernelspec::is_current(layout, prefix) {
        true => Found(layout.kernel().display().to_string()),
        false => missing(format!("built, but {} has no kernel `rust` of this checkout", prefix.display()), SETUP),
    }
}

fn template(layout: &Layout) -> Finding {
    match template::state(layout) {
        State::Ready => Found(layout.template().display().to_string()),
        State::Stale => missing("made from other sources or another compiler", SETUP),
        State::Missing => missing("not made", SETUP),
    }
}

fn data(layout: &Layout) -> Finding {
    let folders = std::env::var_os("RECURRENT_DATA_DIR").map(Into::into).into_iter().chain([layout.data()]);
    for folder in folders.map(|folder| folder.join("ag_news")) {
        if has_rows(&folder) {
            return Found(format!("AG News in {}", folder.display()));
        }
    }
    let mini = layout.data().join("mini_news");
    match has_rows(&mini) {
        true => Absent("MiniNews only; `cargo lab data` downloads AG News".to_string()),
        false => missing(format!("no {}", mini.display()), "git checkout -- data"),
    }
}

fn has_rows(folder: &Path) -> bool {
    folder.join("train.csv").is_file() && folder.join("test.csv").is_file()
}

fn gpu(cuda: &Cuda) -> Finding {
    match &cuda.gpu {
        Ok(gpu) => Found(gpu.clone()),
        Err(missing) => Absent(format!("{missing}; the lesson runs on the processor")),
    }
}

fn compiler(cuda: &Cuda) -> Finding {
    match (&cuda.nvcc, &cuda.gpu) {
        (Ok(_), Ok(_)) if let Some(problem) = &cuda.old_driver => Absent(problem.clone()),
        (Ok(nvcc), Ok(_)) => Found(format!("{nvcc}; `cargo lab --features cuda` would work")),
        (Ok(nvcc), Err(_)) => Absent(format!("{nvcc}; without a GPU it is not needed")),
        (Err(missing), Ok(_)) => Absent((*missing).to_owned()),
        (Err(_), Err(_)) => Absent("no nvcc; without a GPU it is not needed".into()),
    }
}

fn first_line(program: impl AsRef<OsStr>, argument: &str) -> Option<String> {
    let answer = command_output(program, &[argument])?;
    answer.lines().next().map(|line| line.trim().to_string())
}
