//! Where results go.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::layout::Layout;

/// The folder that `--out` names, or this one of the checkout.
pub fn output_dir(layout: &Layout, named: Option<&Path>, otherwise: &str) -> Result<PathBuf> {
    match named {
        Some(named) => std::path::absolute(named).with_context(|| format!("not a path: {}", named.display())),
        None => Ok(layout.root().join(otherwise)),
    }
}
