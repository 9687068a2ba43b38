//! The Python environment: the learner's active one if it has JupyterLab, otherwise `.venv/`, made from the pins.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::atomic_write::atomic_write;
use crate::command_output::command_output;
use crate::layout::Layout;
use crate::lock::Lock;
use crate::machine::Machine;
use crate::pins::Pins;
use crate::process;
use crate::python::{self, Python};

/// Says that `.venv/` is ours, and which pins are installed in it. Written first with [`UNFINISHED`], last with the
/// pins.
const STAMP: &str = "cargo-lab.pins";
const UNFINISHED: &str = "unfinished\n";

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Environment {
    /// The folder that holds `bin/python`.
    pub prefix: PathBuf,
    /// Made by the learner: nothing is installed into it but the kernel's description.
    pub learners: bool,
}

impl Environment {
    pub fn python(&self) -> PathBuf {
        self.prefix.join("bin/python")
    }

    /// JupyterLab's version; None when it cannot be started.
    pub fn jupyterlab(&self) -> Option<String> {
        let script = "import importlib.metadata as m; [m.version(p) for p in ('nbclient', 'nbconvert')]; \
            print(m.version('jupyterlab'))";
        let version = command_output(self.python(), &["-c", script])?;
        let version = version.trim();
        (!version.is_empty()).then(|| version.to_string())
    }

    /// Major and minor version of its Python.
    pub fn version(&self) -> Result<(u32, u32)> {
        let printed = command_output(self.python(), &["-c", "import sys; print(*sys.version_info[:2])"]);
        let version = || printed.as_deref()?.trim().split_once(' ');
        let version = version().and_then(|(major, minor)| Some((major.parse().ok()?, minor.parse().ok()?)));
        version.with_context(|| format!("{} does not say its version", self.python().display()))
    }

    /// A program of this environment, which finds the environment's own kernels before a user's global ones.
    pub fn command(&self) -> Command {
        let mut command = Command::new(self.python());
        command.env("JUPYTER_PREFER_ENV_PATH", "1");
        command
    }
}

/// Which environment is used. It changes nothing.
pub fn choose(layout: &Layout) -> Environment {
    let active = ["VIRTUAL_ENV", "CONDA_PREFIX"].into_iter().filter_map(std::env::var_os).map(PathBuf::from);
    let venv = layout.venv();
    for prefix in active {
        let ours = prefix.canonicalize().is_ok_and(|prefix| venv.canonicalize().is_ok_and(|venv| venv == prefix));
        let environment = Environment { prefix, learners: true };
        if !ours && environment.jupyterlab().is_some() {
            return environment;
        }
    }
    let ours = is_ours(&venv);
    let environment = Environment { prefix: venv, learners: false };
    let learners = !ours && environment.jupyterlab().is_some();
    Environment { learners, ..environment }
}

/// True when the environment can be used as it is.
pub fn is_ready(environment: &Environment, pins: &Pins) -> bool {
    environment.learners || (stamp(&environment.prefix) == Some(stamp_text(pins)) && environment.python().exists())
}

/// `.venv/` was made here, wholly or in part.
pub fn is_ours(venv: &Path) -> bool {
    stamp(venv).is_some() || fs::read_dir(venv).is_ok_and(|mut entries| entries.next().is_none())
}

/// Makes `.venv/`, repairs a half-made one, or installs changed pins. Says what is there.
pub fn ensure(layout: &Layout, lock: &Lock, environment: &Environment, pins: &Pins) -> Result<String> {
    let prefix = environment.prefix.display();
    if environment.learners {
        return Ok(format!("Python: your environment {prefix}."));
    }
    if is_ready(environment, pins) {
        return Ok(format!("Python: {prefix} is up to date."));
    }
    let venv = &environment.prefix;
    if venv.exists() && !is_ours(venv) {
        bail!(
            "{prefix} was not made by `cargo lab` and has no JupyterLab: install JupyterLab in it, or move it away, \
             then run `cargo lab` again."
        );
    }
    let finished_once = stamp(venv).is_some_and(|stamp| stamp != UNFINISHED) && environment.python().exists();
    if !finished_once {
        make(layout, lock, venv, pins)?;
    }
    write_stamp(venv, UNFINISHED)?;
    let packed = Some(wheels(layout)).filter(|wheels| wheels.is_dir());
    install(layout, lock, environment, pins, packed.as_deref())?;
    write_stamp(venv, &stamp_text(pins))?;
    Ok(format!("Python: made {prefix}."))
}

/// Installs the pins of one command beside the others, once: those of `book` are none that a learner needs.
///
/// # Errors
/// When the environment is the learner's own and lacks them.
pub fn ensure_more(layout: &Layout, lock: &Lock, environment: &Environment, pins: &Pins, name: &str) -> Result<()> {
    if environment.learners {
        return must_hold(environment, pins);
    }
    let stamp = environment.prefix.join(format!("cargo-lab.{name}.pins"));
    if fs::read_to_string(&stamp).is_ok_and(|there| there == stamp_text(pins)) {
        return Ok(());
    }
    install(layout, lock, environment, pins, None)?;
    atomic_write(&stamp, stamp_text(pins).as_bytes())
}

fn must_hold(environment: &Environment, pins: &Pins) -> Result<()> {
    let names = pins.requirements.iter().filter_map(|line| line.split(['=', '<', '>', '~', '!']).next());
    let status = Command::new(environment.python())
        .args(["-c", "import importlib.metadata as m, sys; [m.version(p) for p in sys.argv[1:]]"])
        .args(names)
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .context("cannot start Python")?;
    if !status.success() {
        bail!(
            "your environment {} lacks something that this command needs: {} -m pip install {}",
            environment.prefix.display(),
            environment.python().display(),
            pins.requirements.join(" ")
        );
    }
    Ok(())
}

/// Where the packages of an archive lie.
fn wheels(layout: &Layout) -> PathBuf {
    layout.packed().join("wheels")
}

/// Installs the pins from a folder of wheels, or else from the network.
fn install(layout: &Layout, lock: &Lock, environment: &Environment, pins: &Pins, wheels: Option<&Path>) -> Result<()> {
    let mut pip = Command::new(environment.python());
    pip.args(["-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--progress-bar", "off"]);
    if let Some(wheels) = wheels {
        pip.args(["--no-index", "--find-links"]).arg(wheels);
    }
    pip.args(&pins.requirements);
    pip.env("PIP_USER", "0"); // a learner's `user = true` cannot work in an environment
    match process::run(lock, "Python packages", &layout.log("pip"), pip) {
        // Other pins than those that were packed: perhaps there is a network.
        Err(packed) if wheels.is_some() => install(layout, lock, environment, pins, None)
            .with_context(|| format!("neither from the packed files ({packed:#}) nor from the network")),
        done => done,
    }
}

/// The Python to make the environment with.
pub fn find_python(layout: &Layout, pins: &Pins) -> Result<Python> {
    match Machine::packed(layout)? {
        Some(machine) => python::find_exactly(machine.python),
        None => python::find(pins.python),
    }
}

fn make(layout: &Layout, lock: &Lock, venv: &Path, pins: &Pins) -> Result<()> {
    let python = find_python(layout, pins)?;
    if venv.exists() {
        fs::remove_dir_all(venv).with_context(|| format!("cannot remove the half-made {}", venv.display()))?;
    }
    write_stamp(venv, UNFINISHED)?;
    let mut command = Command::new(&python.path);
    command.args(["-m", "venv"]).arg(venv);
    process::run(lock, "Python environment", &layout.log("venv"), command)
}

fn stamp(venv: &Path) -> Option<String> {
    fs::read_to_string(venv.join(STAMP)).ok()
}

fn stamp_text(pins: &Pins) -> String {
    pins.requirements.join("\n") + "\n"
}

fn write_stamp(venv: &Path, text: &str) -> Result<()> {
    let path = venv.join(STAMP);
    atomic_write(&path, text.as_bytes())
}
