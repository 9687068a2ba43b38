//! The kernel's description, which Jupyter reads: `share/jupyter/kernels/rust/kernel.json` in the Python environment.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use crate::atomic_write::atomic_write;
use crate::kernel;
use crate::layout::Layout;

/// Who wrote the description: the checkout's path under this key of its `metadata`.
pub const OWNER: &str = "recurrent";

fn folder(prefix: &Path) -> PathBuf {
    prefix.join("share/jupyter/kernels/rust")
}

fn description(layout: &Layout) -> Value {
    json!({
        "argv": [layout.kernel(), "--control_file", "{connection_file}"],
        "display_name": "Rust",
        "language": "rust",
        // the kernel knows what a stop is meant for; a signal would reach every process of its group
        "interrupt_mode": "message",
        "env": kernel::environment(layout),
        "metadata": { OWNER: layout.root() },
    })
}

fn read(prefix: &Path) -> Option<Value> {
    serde_json::from_str(&fs::read_to_string(folder(prefix).join("kernel.json")).ok()?).ok()
}

/// The environment has a kernel `rust`, and it is the one of this checkout.
pub fn is_current(layout: &Layout, prefix: &Path) -> bool {
    read(prefix).is_some_and(|there| there == description(layout))
}

/// Whether we wrote the description that is there, or evcxr in our kernel's name (see `overwritten_kernel`).
fn is_ours(layout: &Layout, prefix: &Path) -> bool {
    read(prefix)
        .is_some_and(|there| there["metadata"].get(OWNER).is_some() || there["argv"][0] == json!(layout.kernel()))
}

/// Writes the description into the environment. Says what is there.
///
/// # Errors
/// When the environment has a kernel `rust` from elsewhere, which is not overwritten.
pub fn install(layout: &Layout, prefix: &Path) -> Result<String> {
    let folder = folder(prefix);
    if is_current(layout, prefix) {
        return Ok(format!("Jupyter: {} is up to date.", folder.display()));
    }
    if folder.exists() && !is_ours(layout, prefix) {
        bail!(
            "{} holds another kernel named `rust`: remove it with `jupyter kernelspec remove rust`, or leave that \
             Python environment (`deactivate` or `conda deactivate`) and `cargo lab` makes its own.",
            folder.display()
        );
    }
    remember(layout, prefix)?;
    atomic_write(&folder.join("kernel.json"), serde_json::to_string_pretty(&description(layout))?.as_bytes())?;
    Ok(format!("Jupyter: wrote {}.", folder.display()))
}

/// Removes our descriptions from every environment that got one. Says what was removed.
pub fn remove_all(layout: &Layout) -> Result<Vec<PathBuf>> {
    let mut removed = Vec::new();
    for prefix in remembered(layout) {
        let folder = folder(&prefix);
        let ours = read(&prefix).is_some_and(|there| {
            there["metadata"][OWNER] == json!(layout.root()) || there["argv"][0] == json!(layout.kernel())
        });
        if ours {
            fs::remove_dir_all(&folder).with_context(|| format!("cannot remove {}", folder.display()))?;
            removed.push(folder);
        }
    }
    Ok(removed)
}

fn remembered(layout: &Layout) -> Vec<PathBuf> {
    let list = fs::read_to_string(layout.kernelspec_list()).unwrap_or_default();
    list.lines().map(PathBuf::from).collect()
}

fn remember(layout: &Layout, prefix: &Path) -> Result<()> {
    let mut prefixes = remembered(layout);
    if prefixes.iter().any(|known| known == prefix) {
        return Ok(());
    }
    prefixes.push(prefix.to_path_buf());
    let list: String = prefixes.iter().map(|prefix| format!("{}\n", prefix.display())).collect();
    atomic_write(&layout.kernelspec_list(), list.as_bytes())
}
