//! The standard library as the type inference reads it.
//!
//! rust-analyzer parses every source file of a crate. Half of the standard library's sources are the processors' vector
//! instructions (`core::arch`), from which no variable of a notebook has its type, and tests. So rust-analyzer is shown
//! a copy without them.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::compiler;

/// The crates with public types.
const CRATES: [&str; 4] = ["alloc", "core", "proc_macro", "std"];

/// Where rust-analyzer looks for the sources first.
pub const SOURCES: &str = "RUST_SRC_PATH";

/// Makes the copy beside the template, from the sources in the toolchain's folder `sysroot`.
pub fn make(kernels: &Path, sysroot: &Path) -> Result<()> {
    let sources = sysroot.join("lib/rustlib/src/rust/library");
    let (library, fresh, old) = (folder(kernels), kernels.join("library.new"), kernels.join("library.old"));
    compiler::forget(&fresh)?;
    for name in CRATES {
        let source = sources.join(name).join("src");
        if !source.is_dir() {
            bail!("there is no {}: `rustup component add rust-src` brings it", source.display());
        }
        copy(&source, &fresh.join(name).join("src")).with_context(|| format!("cannot copy {}", source.display()))?;
    }
    compiler::forget(&old)?;
    if library.exists() {
        fs::rename(&library, &old).with_context(|| format!("cannot rename {}", library.display()))?;
    }
    fs::rename(&fresh, &library).with_context(|| format!("cannot rename {}", fresh.display()))?;
    compiler::forget(&old)
}

/// Shows the copy to rust-analyzer in this process. Called while there is one thread only.
pub fn show(kernels: &Path) {
    // SAFETY: no other thread runs yet.
    unsafe { std::env::set_var(SOURCES, folder(kernels)) };
}

fn folder(kernels: &Path) -> PathBuf {
    kernels.join("library")
}

/// Copies a folder's source files, without its tests.
fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (name, path) = (entry.file_name(), entry.path());
        if entry.file_type()?.is_dir() {
            if name != "tests" {
                copy(&path, &to.join(name))?;
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") && name != "tests.rs" {
            fs::copy(&path, to.join(name))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_are_copied_without_tests() {
        let folder = std::env::temp_dir().join(format!("library-{}", std::process::id()));
        let library = folder.join("sysroot/lib/rustlib/src/rust/library");
        for file in ["core/src/lib.rs", "core/src/num/mod.rs", "core/src/num/tests.rs", "core/src/README.md"] {
            let file = library.join(file);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, "//").unwrap();
        }
        let error = make(&folder, &folder.join("sysroot")).unwrap_err();
        assert!(format!("{error:#}").contains("rustup component add rust-src"), "{error:#}");
        for name in CRATES {
            fs::create_dir_all(library.join(name).join("src")).unwrap();
        }
        make(&folder, &folder.join("sysroot")).unwrap();
        let copied = |file: &str| folder.join("library/core/src").join(file).exists();
        assert_eq!(["lib.rs", "num/mod.rs", "num/tests.rs", "README.md"].map(copied), [true, true, false, false]);
        fs::remove_dir_all(folder).unwrap();
    }
}
