//! What a machine must have in common with the one that a lesson was packed on: what is compiled runs there only.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};

use crate::command_output::command_output;
use crate::layout::Layout;
use crate::python;

/// The machine that a lesson was packed on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Machine {
    /// `x86_64 linux`.
    pub kind: String,
    /// Oldest C library that the programs run with, as (2, 36); only with glibc.
    pub glibc: Option<(u32, u32)>,
    /// The version of Rust in `rust-toolchain.toml`: `1.95.0`.
    pub toolchain: String,
    /// `rustc 1.95.0 (59807616e 2026-04-14)`.
    pub rustc: String,
    /// The Python that the packages are for, as (3, 12).
    pub python: (u32, u32),
}

impl Machine {
    /// This one, with the Python that the lesson runs with.
    pub fn here(layout: &Layout, python: (u32, u32)) -> Result<Self> {
        let file = layout.root().join("rust-toolchain.toml");
        let text = fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
        let toolchain =
            text.lines().find_map(|line| line.strip_prefix("channel = ")).map(|word| word.trim_matches('"'));
        let toolchain = toolchain.with_context(|| format!("{} names no channel", file.display()))?;
        let rustc = rustc(toolchain, "--version")?;
        Ok(Self { kind: kind(), glibc: glibc(), toolchain: toolchain.into(), rustc, python })
    }

    /// The one that a lesson was packed on; none in a checkout.
    pub fn packed(layout: &Layout) -> Result<Option<Self>> {
        let file = layout.packed().join("machine.json");
        let text = match fs::read_to_string(&file) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            other => other.with_context(|| format!("cannot read {}", file.display()))?,
        };
        let machine = serde_json::from_str(&text);
        machine.map(Some).with_context(|| format!("{} is damaged: unpack the archive again", file.display()))
    }

    /// Whether what was packed there runs here.
    ///
    /// # Errors
    /// With what is expected, what is there, and what to do.
    pub fn fits(&self) -> Result<()> {
        if self.kind != kind() {
            bail!("it was packed for {}, and this machine is {}: pack it on such a machine", self.kind, kind());
        }
        if let (Some(oldest), here) = (self.glibc, glibc())
            && here.is_none_or(|here| here < oldest)
        {
            let version = |(major, minor): (u32, u32)| format!("glibc {major}.{minor}");
            bail!(
                "it needs {} or newer, and this machine has {}: pack it on an older system",
                version(oldest),
                here.map_or("none".into(), version)
            );
        }
        let toolchain = &self.toolchain;
        let install =
            format!("`rustup toolchain install {toolchain} --component rust-src,clippy,rustfmt` (needs the network)");
        match rustc(toolchain, "--version") {
            Ok(here) if here == self.rustc => {}
            Ok(here) => bail!("it needs {}, and this machine has {here}: {install}", self.rustc),
            Err(error) => bail!("it needs {}, and there is none ({error:#}): {install}", self.rustc),
        }
        let sysroot = rustc(toolchain, "--print=sysroot")?;
        if !Path::new(&sysroot).join("lib/rustlib/src/rust/library/std").exists() {
            bail!("it needs the sources of Rust's standard library, and {sysroot} has none: {install}");
        }
        for component in ["cargo-clippy", "rustfmt"] {
            if !Path::new(&sysroot).join("bin").join(component).exists() {
                bail!("it needs the components of rust-toolchain.toml, and {sysroot} has no {component}: {install}");
            }
        }
        let linker = Command::new("cc").arg("--version").stdin(Stdio::null()).output();
        linker.context("it needs a C linker, and there is no `cc`: README.md says how to install one")?;
        python::find_exactly(self.python).map(drop)
    }
}

fn kind() -> String {
    format!("{} {}", std::env::consts::ARCH, std::env::consts::OS)
}

/// None where the C library is another one.
fn glibc() -> Option<(u32, u32)> {
    let printed = command_output("getconf", &["GNU_LIBC_VERSION"])?;
    let (major, minor) = printed.trim().strip_prefix("glibc ")?.split_once('.')?;
    Some((major.parse().ok()?, minor.split('.').next()?.parse().ok()?))
}

/// Asks the compiler of this version, wherever it is called; rustup is not to fetch one.
fn rustc(toolchain: &str, argument: &str) -> Result<String> {
    let mut command = Command::new("rustc");
    command.arg(argument).env("RUSTUP_TOOLCHAIN", toolchain).env("RUSTUP_AUTO_INSTALL", "0").stdin(Stdio::null());
    let output = command.output().context("cannot start rustc")?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        bail!("{}", said.lines().next().unwrap_or("rustc failed").trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_string())
}
