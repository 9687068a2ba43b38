//! The template: a build directory in which a notebook's `:dep` is compiled already. What was compiled before a kill is
//! found again by cargo.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::atomic_write::atomic_write;
use crate::kernel;
use crate::layout::Layout;
use crate::lock::Lock;
use crate::pace::TimeShares;
use crate::process;
use crate::stamp::{self, State};

/// How a notebook's dependencies and cells are compiled: what a training or a figure spends its time in to run as fast
/// as it can, the rest to be compiled quickly. cargo reads it from the folder above each build directory; it wins over
/// the manifest that evcxr writes.
fn profile() -> String {
    let level = |level: u8| move |name: &&str| format!("{name:?}.opt-level = {level}\n");
    let packages: String = FAST.iter().map(level(3)).chain(WORKABLE.iter().map(level(1))).collect();
    format!(
        "[profile.dev]\nopt-level = 1\ndebug-assertions = false\noverflow-checks = false\n\n[profile.dev.package]\n\
         {packages}\"*\".opt-level = 0\n"
    )
}

/// What a training, a reader or a figure spends its time in.
const FAST: [&str; 36] = [
    "candle-core",
    "candle-nn",
    "crc32fast",
    "crossbeam-deque",
    "crossbeam-epoch",
    "csv",
    "csv-core",
    "fdeflate",
    "gemm",
    "gemm-common",
    "gemm-f32",
    "gemm-f64",
    "half",
    "memchr",
    "miniz_oxide",
    "num-traits",
    "png",
    "ppv-lite86",
    "pulp",
    "rand",
    "rand_chacha",
    "rand_core",
    "rand_distr",
    "rayon",
    "rayon-core",
    "recurrent",
    "recurrent-data",
    "recurrent-nn",
    "recurrent-plot",
    "safetensors",
    "serde_json",
    "sha2",
    "tiny-skia",
    "tiny-skia-path",
    "ttf-parser",
    "xxhash-rust",
];

/// What is slow enough to be noticed without any optimisation.
const WORKABLE: [&str; 2] = ["regex-automata", "tokenizers"];

/// candle and polars come last. With CUDA, candle's kernels alone take longer than all the rest.
const TIME_SHARES: TimeShares = [0.0, 0.03, 0.07, 0.12, 0.16, 0.19, 0.21, 0.25, 0.33, 0.52, 1.0];

/// The crates that the template holds.
const LIBRARIES: [&str; 5] = ["recurrent", "recurrent-data", "recurrent-derive", "recurrent-nn", "recurrent-plot"];

/// Prepares the template, after the kernel program. Says what was made or found.
pub fn ensure(layout: &Layout, lock: &Lock) -> Result<String> {
    let made_from = sources(layout)?;
    let template = layout.template();
    if stamp::state_of(&template, &made_from) == State::Ready {
        return Ok(format!("Template: {} is up to date.", template.display()));
    }
    // While it is in the making it has another name: no kernel starts from a half-made one.
    let making = template.with_extension("making");
    stamp::unstamp(&template)?;
    if template.exists() && !making.exists() {
        fs::rename(&template, &making).with_context(|| format!("cannot rename {}", template.display()))?;
    }
    remove(&template)?;
    atomic_write(&layout.lab().join(".cargo/config.toml"), profile().as_bytes())?;
    if let Some(config) = layout.evcxr_config() {
        atomic_write(&config.join("init.evcxr"), cuda_dependencies(layout).as_bytes())?;
    }
    fs::create_dir_all(&making).with_context(|| format!("cannot make the folder {}", making.display()))?;
    // The notebooks get the very versions that the tests ran with.
    fs::copy(layout.root().join("Cargo.lock"), making.join("Cargo.lock"))
        .with_context(|| format!("cannot write into {}", making.display()))?;
    let mut builder = Command::new(layout.kernel());
    builder
        .current_dir(layout.notebooks())
        .env("CARGO_TERM_COLOR", "never")
        .envs(kernel::environment(layout))
        .args(["--build-template".as_ref(), making.as_os_str()])
        .arg(layout.root().join("crates/recurrent"));
    let compiled = layout.packed().join("crates");
    if compiled.is_dir() {
        builder.env("RECURRENT_PREBUILT", &compiled);
    }
    let what = match layout.cuda() {
        false => "The lesson's crates, compiled for notebooks (once)",
        true => {
            "The lesson's crates, compiled for notebooks with CUDA (once, beside those without; candle's kernels take \
             long)"
        }
    };
    // Nearly all time goes to the last packages, where the others are compiled already: no pace says how much.
    let shares = (!compiled.is_dir()).then_some(&TIME_SHARES);
    process::compile(lock, what, &layout.log("template"), builder, shares)?;
    fs::rename(&making, &template).with_context(|| format!("cannot rename {}", making.display()))?;
    stamp::stamp(&template, &made_from)?;
    Ok(format!("Template: built {}.", template.display()))
}

/// Looks at kernel and template, and changes nothing.
pub fn state(layout: &Layout) -> State {
    let template = sources(layout).map_or(State::Missing, |made_from| stamp::state_of(&layout.template(), &made_from));
    match (kernel::state(layout), template) {
        (State::Ready, State::Ready) => State::Ready,
        (State::Missing, _) | (_, State::Missing) => State::Missing,
        _ => State::Stale,
    }
}

/// What a kernel with CUDA runs before its first cell. Cargo gives a crate all features that anyone asks for, so a
/// page's own `:dep` line stays as it is. That line's crate stands here too: alone, the other one would be compiled
/// with other features of the crates below both.
fn cuda_dependencies(layout: &Layout) -> String {
    let path = |name: &str| layout.root().join("crates").join(name);
    format!(
        ":dep recurrent = {{ path = {:?} }}\n:dep recurrent-nn = {{ path = {:?}, features = [\"cuda\"] }}\n",
        path("recurrent"),
        path("recurrent-nn"),
    )
}

fn sources(layout: &Layout) -> Result<String> {
    let libraries = LIBRARIES.map(|name| [format!("crates/{name}/Cargo.toml"), format!("crates/{name}/src")]);
    let mut parts: Vec<&str> = libraries.iter().flatten().map(String::as_str).collect();
    parts.extend(["Cargo.toml", "Cargo.lock"]);
    if layout.cuda() {
        parts.push("crates/recurrent-kernels");
    }
    let root = layout.root().display();
    // cargo takes a crate for another one when its sources lie elsewhere, and each kernel would compile it again.
    let cargo_home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let cargo_home = cargo_home.or_else(|| Some(std::env::home_dir()?.join(".cargo")));
    let features = if layout.cuda() { " cuda" } else { "" };
    Ok(format!(
        "{} {} {root} {cargo_home:?}{features} {}",
        kernel::sources(layout)?,
        stamp::digest(layout, &parts)?,
        profile(),
    ))
}

fn remove(folder: &Path) -> Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot remove {}", folder.display()))
        }
        _ => Ok(()),
    }
}
