//! A kernel's own build directory, a copy of the template: made at its start, removed at its end, also when it is
//! killed.

use anyhow::{Context, Result};
use std::fs::{self, File};
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{ChildStdin, Command, Stdio};
use std::time::Duration;

/// A compiler ends this long after its kernel, at most.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// The build directory of one kernel. The sweeper removes it when this value, or the whole process, is gone.
pub struct BuildDirectory {
    folder: PathBuf,
    _alive: File,
    _sweeper: ChildStdin,
}

impl BuildDirectory {
    /// Where it lies.
    pub fn folder(&self) -> &Path {
        &self.folder
    }
}

/// Copies the template into `kernels`, beside the template itself (compiled libraries find each other by relative
/// paths, so at the same depth), and removes what dead kernels left there.
pub fn make(template: &Path, kernels: &Path) -> Result<BuildDirectory> {
    sweep(kernels)?;
    let folder = kernels.join(std::process::id().to_string());
    // Locked before it has its name: a kernel that starts at the same moment must not take it for a dead one's.
    let unnamed = folder.with_extension("starting");
    let alive = File::create(&unnamed)?;
    alive.lock()?;
    fs::rename(&unnamed, lock_of(&folder))?;
    let sweeper = Command::new(std::env::current_exe()?)
        .arg("--sweep")
        .arg(&folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        // Its own group: what stops the kernel does not stop the sweeper.
        .process_group(0)
        .spawn()?
        .stdin
        .take()
        .context("the sweeper has no input")?;
    copy(template, &folder, false)
        .with_context(|| format!("cannot copy {} to {}; is the disk full?", template.display(), folder.display()))?;
    Ok(BuildDirectory { folder, _alive: alive, _sweeper: sweeper })
}

/// Waits until the kernel that started it is gone, then removes the kernel's folder.
pub fn remove_when_abandoned(folder: &Path) -> Result<()> {
    std::io::stdin().read_to_end(&mut Vec::new())?;
    // A compiler that the kernel had started may write a last file meanwhile, so this is not the last word.
    let _ = remove(folder);
    std::thread::sleep(LAST_WORDS);
    remove(folder)
}

fn lock_of(folder: &Path) -> PathBuf {
    folder.with_extension("lock")
}

/// Removes the folders of kernels that are no longer alive: a live one holds its lock file, which was there before its
/// folder.
fn sweep(kernels: &Path) -> Result<()> {
    for entry in fs::read_dir(kernels)? {
        let path = entry?.path();
        let of_a_kernel = path.file_name().and_then(|name| name.to_str()?.parse::<u32>().ok()).is_some();
        if of_a_kernel && !lock_of(&path).exists() {
            leave_or_remove(&path);
        }
        if path.extension().is_some_and(|extension| extension == "lock")
            && File::open(&path).is_ok_and(|lock| lock.try_lock().is_ok())
        {
            leave_or_remove(&path.with_extension(""));
        }
    }
    Ok(())
}

/// Another kernel, or the sweeper, may be at it; what stays is removed by a later one.
fn leave_or_remove(folder: &Path) {
    if let Err(error) = remove(folder) {
        eprintln!("lab-kernel: {} is still there: {error:#}", folder.display());
    }
}

fn remove(folder: &Path) -> Result<()> {
    let gone = |result: std::io::Result<()>| match result {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        other => other,
    };
    gone(fs::remove_dir_all(folder))?;
    gone(fs::remove_file(lock_of(folder)))?;
    Ok(())
}

/// Shared by hard links: compiled dependencies, and what cargo noted of crates that are not the lesson's (`settled`).
/// What a cell's build may lock or rewrite is copied; what only a compilation of the lesson's crates reads is left out.
fn copy(from: &Path, to: &Path, settled: bool) -> Result<()> {
    let holds_crates = ["build", "deps", ".fingerprint"].iter().any(|name| from.ends_with(name));
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        let settled = settled || holds_crates && !is_ours(&source);
        if entry.file_type()?.is_dir() {
            if !from.ends_with("incremental") || name_of(&source).starts_with("ctx-") {
                copy(&source, &target, settled)?;
            }
        } else if !(settled || is_compiled_dependency(&source)) || fs::hard_link(&source, &target).is_err() {
            fs::copy(&source, &target)?;
            // cargo compares times: a copy must not look newer than what was built from it.
            File::options().write(true).open(&target)?.set_modified(entry.metadata()?.modified()?)?;
        }
    }
    Ok(())
}

/// Gives a build directory files of its own wherever cargo, which writes into files, might write. Called before it runs.
pub fn unshare(folder: &Path) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let (path, about) = (entry.path(), entry.metadata()?);
        if about.is_dir() {
            unshare(&path)?;
        } else if about.nlink() > 1 && !is_compiled_dependency(&path) {
            let own = folder.join(format!("{}.own", name_of(&path)));
            fs::copy(&path, &own)?;
            File::options().write(true).open(&own)?.set_modified(about.modified()?)?;
            fs::rename(&own, &path)?;
        }
    }
    Ok(())
}

/// Whether it belongs to a cell or to one of the lesson's crates, which may be compiled again at its place.
fn is_ours(path: &Path) -> bool {
    let name = name_of(path);
    let name = name.strip_prefix("lib").unwrap_or(name);
    name.starts_with("ctx") || name.starts_with("recurrent")
}

fn name_of(path: &Path) -> &str {
    path.file_name().and_then(|name| name.to_str()).unwrap_or_default()
}

fn is_compiled_dependency(file: &Path) -> bool {
    let name = name_of(file);
    let compiled = [".rlib", ".rmeta", ".so", ".dylib", ".a", ".o"].iter().any(|end| name.ends_with(end));
    compiled && !name.starts_with("libctx")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_shares_what_is_settled_until_cargo_runs() {
        let root = std::env::temp_dir().join(format!("build-directory-{}", std::process::id()));
        let (template, copied) = (root.join("template"), root.join("7"));
        let files = [
            ("Cargo.toml", false),
            ("target/debug/.cargo-lock", false),
            ("target/debug/.fingerprint/syn-1/lib-syn", true),
            ("target/debug/.fingerprint/recurrent-nn-1/lib-recurrent_nn", false),
            ("target/debug/build/psm-1/out/libpsm.a", true),
            ("target/debug/deps/libsyn-1.rlib", true),
            ("target/debug/deps/syn-1.d", true),
            ("target/debug/deps/librecurrent.so", true),
            ("target/debug/deps/recurrent.d", false),
            ("target/debug/deps/libctx.so", false),
            ("target/debug/incremental/ctx-1/s-1/dep-graph.bin", false),
        ];
        for (file, _) in files.iter().chain([&("target/debug/incremental/recurrent_nn-1/s-1/dep-graph.bin", false)]) {
            fs::create_dir_all(template.join(file).parent().unwrap()).unwrap();
            fs::write(template.join(file), file).unwrap();
        }
        copy(&template, &copied, false).unwrap();
        let links = |file: &str| fs::metadata(copied.join(file)).unwrap().nlink();
        for (file, shared) in files {
            assert_eq!(links(file), if shared { 2 } else { 1 }, "{file}");
        }
        assert!(!copied.join("target/debug/incremental/recurrent_nn-1").exists());

        let note = "target/debug/.fingerprint/syn-1/lib-syn";
        let written = |folder: &Path| fs::metadata(folder.join(note)).unwrap().modified().unwrap();
        unshare(&copied).unwrap();
        assert_eq!((links(note), links("target/debug/deps/libsyn-1.rlib")), (1, 2));
        assert_eq!(written(&copied), written(&template), "cargo compares times");
        fs::write(copied.join(note), "of another").unwrap();
        assert_eq!(fs::read_to_string(template.join(note)).unwrap(), note);
        fs::remove_dir_all(root).unwrap();
    }
}
