//! The kernel program and its template: a build directory in which a notebook's `:dep` is compiled already.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Result;

use crate::layout::Layout;
use crate::lock::Lock;

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
pub fn kernel(_layout: &Layout, _lock: &Lock, _features: &[String]) -> Result<Vec<String>> {
    Ok(Vec::new())
}

/// Prepares the template, after [`kernel`] and with the environment's `python` ready. Says what was made or found, one line each.
pub fn ensure(
    _layout: &Layout,
    _lock: &Lock,
    _python: &Path,
    _features: &[String],
) -> Result<Vec<String>> {
    Ok(Vec::new())
}

/// Looks, and changes nothing.
pub fn state(_layout: &Layout) -> State {
    State::Missing
}

/// The variables that Jupyter sets for the kernel (`env` in its kernel.json).
pub fn kernel_env(_layout: &Layout) -> BTreeMap<String, String> {
    BTreeMap::new()
}
