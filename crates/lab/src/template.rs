//! The kernel program and its template: a build directory in which a notebook's `:dep` is compiled already.
//!
//! Each is stamped with what it was made from. A stamp is written last, so what has none is not used; what was compiled
//! before a kill is found again by cargo.

use std::collections::BTreeMap;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::child;
use crate::layout::Layout;
use crate::lock::Lock;

/// How a notebook's dependencies and cells are compiled: the libraries to run as fast as they can, the cells, and what a
/// training does not call, to be compiled quickly. cargo reads it from the folder above each build directory; it wins
/// over the manifest that evcxr writes.
const PROFILE: &str = "\
[profile.dev]
opt-level = 3
debug-assertions = false
overflow-checks = false

[profile.dev.package]
ctx.opt-level = 1
polars-arrow.opt-level = 1
polars-compute.opt-level = 1
polars-core.opt-level = 1
tokenizers.opt-level = 1
regex-automata.opt-level = 1
";

/// The crates that the template holds.
const LIBRARIES: [&str; 4] = [
    "recurrent",
    "recurrent-data",
    "recurrent-nn",
    "recurrent-plot",
];

/// What set-up has made so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Nothing yet, or a half-made one that nobody uses.
    Missing,
    /// Made from other sources, another lock file or another compiler.
    Stale,
    /// Ready.
    Ready,
}

/// Builds the kernel program. It needs no Python, so set-up calls it while pip installs.
pub fn kernel(layout: &Layout, lock: &Lock) -> Result<Vec<String>> {
    let made_from = kernel_sources(layout)?;
    if state_of(&layout.kernel(), &made_from) == State::Ready {
        return Ok(vec![format!(
            "Kernel: {} is up to date.",
            layout.kernel().display()
        )]);
    }
    let target = layout.root().join("target");
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or(target, PathBuf::from);
    let target = std::path::absolute(layout.root().join(target))?;
    let mut cargo = Command::new("cargo");
    cargo
        .current_dir(layout.root())
        .args([
            "build",
            "--profile",
            "kernel",
            "--package",
            "lab-kernel",
            "--color",
            "never",
        ])
        .arg("--target-dir")
        .arg(&target);
    child::run(
        lock,
        "Notebook kernel (about 6 minutes, once)",
        &layout.log("kernel"),
        cargo,
    )?;
    let folder = layout.kernel().with_file_name("");
    fs::create_dir_all(&folder)
        .with_context(|| format!("cannot make the folder {}", folder.display()))?;
    unstamp(&layout.kernel())?;
    let fresh = layout.kernel().with_extension("new");
    fs::copy(target.join("kernel/lab-kernel"), &fresh)
        .and_then(|_| fs::rename(&fresh, layout.kernel()))
        .with_context(|| format!("cannot write {}", layout.kernel().display()))?;
    stamp(&layout.kernel(), &made_from)?;
    Ok(vec![format!(
        "Kernel: built {}.",
        layout.kernel().display()
    )])
}

/// Prepares the template, after [`kernel`]. Says what was made or found, one line each.
pub fn ensure(layout: &Layout, lock: &Lock) -> Result<Vec<String>> {
    let made_from = template_sources(layout)?;
    let template = layout.template();
    if state_of(&template, &made_from) == State::Ready {
        return Ok(vec![format!(
            "Template: {} is up to date.",
            template.display()
        )]);
    }
    // While it is in the making it has another name: no kernel starts from a half-made one.
    let making = template.with_extension("making");
    unstamp(&template)?;
    if template.exists() && !making.exists() {
        fs::rename(&template, &making)
            .with_context(|| format!("cannot rename {}", template.display()))?;
    }
    remove(&template)?;
    write(&layout.lab().join(".cargo/config.toml"), PROFILE)?;
    if let Some(config) = layout.evcxr_config() {
        write(&config.join("init.evcxr"), &cuda_dependencies(layout))?;
    }
    fs::create_dir_all(&making)
        .with_context(|| format!("cannot make the folder {}", making.display()))?;
    // The notebooks get the very versions that the tests ran with.
    fs::copy(layout.root().join("Cargo.lock"), making.join("Cargo.lock"))
        .with_context(|| format!("cannot write into {}", making.display()))?;
    let mut builder = Command::new(layout.kernel());
    builder
        .current_dir(layout.notebooks())
        .env("CARGO_TERM_COLOR", "never")
        .envs(kernel_env(layout))
        .args(["--build-template".as_ref(), making.as_os_str()])
        .arg(layout.root().join("crates/recurrent"));
    let what = match layout.cuda() {
        false => "The lesson's crates, compiled for notebooks (about 5 minutes, once)",
        true => {
            "The lesson's crates, compiled for notebooks with CUDA (once, beside those without; candle's kernels take long)"
        }
    };
    child::run(lock, what, &layout.log("template"), builder)?;
    fs::rename(&making, &template)
        .with_context(|| format!("cannot rename {}", making.display()))?;
    stamp(&template, &made_from)?;
    Ok(vec![format!("Template: built {}.", template.display())])
}

/// Looks at kernel and template, and changes nothing.
pub fn state(layout: &Layout) -> State {
    let kernel = kernel_sources(layout).map(|made_from| state_of(&layout.kernel(), &made_from));
    let template =
        template_sources(layout).map(|made_from| state_of(&layout.template(), &made_from));
    match (kernel, template) {
        (Ok(State::Ready), Ok(State::Ready)) => State::Ready,
        (Ok(State::Missing), _) | (_, Ok(State::Missing)) | (Err(_), _) | (_, Err(_)) => {
            State::Missing
        }
        _ => State::Stale,
    }
}

/// The variables that Jupyter sets for the kernel (`env` in its kernel.json).
pub fn kernel_env(layout: &Layout) -> BTreeMap<String, String> {
    let text = |path: PathBuf| path.to_string_lossy().into_owned();
    let template = ("RECURRENT_TEMPLATE".to_owned(), text(layout.template()));
    let config = layout.evcxr_config();
    let config = config.map(|config| ("EVCXR_CONFIG_DIR".to_owned(), text(config)));
    [template].into_iter().chain(config).collect()
}

/// What a kernel with CUDA runs before its first cell. Cargo gives a crate all features that anyone asks for, so a page's own
/// `:dep` line stays as it is. That line's crate stands here too: alone, the other one would be compiled with other features of
/// the crates below both.
fn cuda_dependencies(layout: &Layout) -> String {
    let path = |name: &str| layout.root().join("crates").join(name);
    format!(
        ":dep recurrent = {{ path = {:?} }}\n:dep recurrent-nn = {{ path = {:?}, features = [\"cuda\"] }}\n",
        path("recurrent"),
        path("recurrent-nn"),
    )
}

fn kernel_sources(layout: &Layout) -> Result<String> {
    digest(
        layout,
        &[
            "crates/lab-kernel/Cargo.toml",
            "crates/lab-kernel/src",
            "rust-toolchain.toml",
        ],
    )
}

fn template_sources(layout: &Layout) -> Result<String> {
    let libraries = LIBRARIES.map(|name| {
        [
            format!("crates/{name}/Cargo.toml"),
            format!("crates/{name}/src"),
        ]
    });
    let mut parts: Vec<&str> = libraries.iter().flatten().map(String::as_str).collect();
    parts.extend(["Cargo.toml", "Cargo.lock"]);
    if layout.cuda() {
        parts.push("crates/recurrent-kernels");
    }
    let root = layout.root().display();
    // cargo takes a crate for another one when its sources lie elsewhere, and each kernel would compile it again.
    let cargo_home = ["CARGO_HOME", "HOME"].map(std::env::var_os);
    let features = if layout.cuda() { " cuda" } else { "" };
    Ok(format!(
        "{} {} {root} {cargo_home:?}{features} {PROFILE}",
        kernel_sources(layout)?,
        digest(layout, &parts)?
    ))
}

/// The contents of files and folders below the root, and the compiler, as one short text.
fn digest(layout: &Layout, parts: &[&str]) -> Result<String> {
    let mut hash = DefaultHasher::new();
    for part in parts {
        for file in files_below(&layout.root().join(part))? {
            file.strip_prefix(layout.root())
                .unwrap_or(&file)
                .hash(&mut hash);
            fs::read(&file)
                .with_context(|| format!("cannot read {}", file.display()))?
                .hash(&mut hash);
        }
    }
    let rustc = Command::new("rustc")
        .current_dir(layout.root())
        .arg("-vV")
        .output();
    let rustc = rustc.context("cannot run rustc; install Rust with rustup (https://rustup.rs)")?;
    if !rustc.status.success() {
        bail!(
            "rustc -vV failed: {}",
            String::from_utf8_lossy(&rustc.stderr).trim()
        );
    }
    rustc.stdout.hash(&mut hash);
    Ok(format!("{:016x}", hash.finish()))
}

fn files_below(path: &Path) -> Result<Vec<PathBuf>> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let entries = fs::read_dir(path).with_context(|| format!("cannot read {}", path.display()))?;
    let mut entries = entries
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<Vec<_>>>()?;
    entries.sort();
    let nested = entries
        .iter()
        .map(|entry| files_below(entry))
        .collect::<Result<Vec<_>>>()?;
    Ok(nested.concat())
}

fn stamp_of(made: &Path) -> PathBuf {
    made.with_extension("stamp")
}

fn state_of(made: &Path, made_from: &str) -> State {
    match fs::read_to_string(stamp_of(made)) {
        Ok(stamp) if made.exists() && stamp == made_from => State::Ready,
        Ok(_) if made.exists() => State::Stale,
        _ => State::Missing,
    }
}

fn stamp(made: &Path, made_from: &str) -> Result<()> {
    write(&stamp_of(made), made_from)
}

fn unstamp(made: &Path) -> Result<()> {
    match fs::remove_file(stamp_of(made)) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(error).context("cannot remove a stamp")
        }
        _ => Ok(()),
    }
}

fn remove(folder: &Path) -> Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot remove {}", folder.display()))
        }
        _ => Ok(()),
    }
}

/// Writes the whole file or nothing.
fn write(path: &Path, text: &str) -> Result<()> {
    let fresh = path.with_extension("new");
    let folder = path.with_file_name("");
    fs::create_dir_all(&folder)
        .and_then(|()| fs::write(&fresh, text))
        .and_then(|()| fs::File::open(&fresh)?.sync_all())
        .and_then(|()| fs::rename(&fresh, path))
        .with_context(|| format!("cannot write {}", path.display()))
}
