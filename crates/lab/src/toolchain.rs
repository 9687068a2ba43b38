//! What comes from the Rust installation.

use std::ffi::{OsStr, OsString};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, anyhow, bail};

use crate::cuda::Cuda;
use crate::layout::Layout;
use crate::lock::Lock;
use crate::process;

/// `rustc 1.95.0 (…)`, or why it cannot be asked.
pub fn rustc_version(layout: &Layout) -> Result<String> {
    rustc(layout, "--version")
}

/// All that rustc says of itself: what another one compiled cannot be used.
pub fn rustc_verbose_version(layout: &Layout) -> Result<String> {
    rustc(layout, "-vV")
}

/// The standard library's sources, which the kernel's rust-analyzer reads.
pub fn has_rust_src(layout: &Layout) -> Result<bool> {
    Ok(sysroot(layout)?.join("lib/rustlib/src/rust/library/std").exists())
}

/// Where the Rust installation is.
fn sysroot(layout: &Layout) -> Result<PathBuf> {
    rustc(layout, "--print=sysroot").map(PathBuf::from)
}

/// Asks rustup for the standard library's sources when they are missing.
pub fn ensure_rust_src(layout: &Layout, lock: &Lock) -> Result<()> {
    if has_rust_src(layout)? {
        return Ok(());
    }
    let rustup_works = Command::new("rustup").arg("--version").stdin(Stdio::null()).output().is_ok();
    if !rustup_works {
        bail!(
            "the Rust installation has no sources of the standard library (component rust-src) and there is no rustup \
             to add them: install Rust from https://rustup.rs, then run `cargo lab` again."
        );
    }
    let mut command = Command::new("rustup");
    command.args(["component", "add", "rust-src"]).current_dir(layout.root());
    process::run(lock, "Rust component rust-src", &layout.log("rustup"), command)
}

/// Becomes the benchmark program, with CUDA if a GPU is asked for.
pub fn bench(layout: &Layout, args: &[OsString]) -> Result<()> {
    let mut command = Command::new("cargo");
    command.args(["run", "--release", "--package", "recurrent-bench", "--manifest-path"]);
    if asks_for_cuda(args) {
        Cuda::find().expect()?;
        command.args(["--features", "cuda"]);
    }
    command.arg(layout.root().join("Cargo.toml")).arg("--").args(args);
    Err(exec(command))
}

/// `--device cuda:1` or `--device=cuda:1`.
fn asks_for_cuda(args: &[OsString]) -> bool {
    args.join(OsStr::new("=")).to_string_lossy().contains("--device=cuda")
}

/// Replaces this process: what is typed (Ctrl-C too) goes straight to the program, and its exit status is ours.
pub fn exec(mut command: Command) -> anyhow::Error {
    let program = command.get_program().to_string_lossy().into_owned();
    anyhow!(command.exec()).context(format!("cannot start {program}"))
}

fn rustc(layout: &Layout, argument: &str) -> Result<String> {
    let output = Command::new("rustc")
        .arg(argument)
        .current_dir(layout.root())
        .stdin(Stdio::null())
        .output()
        .context("cannot start rustc: install Rust from https://rustup.rs")?;
    if !output.status.success() {
        bail!("rustc {argument} failed: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_string())
}
