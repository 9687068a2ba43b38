//! What rust-analyzer hears when it asks cargo.
//!
//! evcxr has rust-analyzer inside, to find the types of variables. Each time the dependencies change it asks cargo a
//! dozen questions and then reads the sources of every crate named in the answers. So this program stands where
//! rust-analyzer looks for cargo (`$CARGO_HOME/bin`), remembers the answers beside the build directory, and leaves out
//! the crates that no variable of a notebook can have a type from. cargo itself, which compiles, is not touched.

use crate::compiler::{self, Aim};
use crate::lock_file::LockFile;
use anyhow::{Context, Result};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

/// The variable that holds the path of cargo itself.
const REAL_CARGO: &str = "RECURRENT_CARGO";

/// The variable that holds the path of rustc itself.
const REAL_RUSTC: &str = "RECURRENT_RUSTC";

/// The variable that holds what `PATH` was.
const REAL_PATH: &str = "RECURRENT_PATH";

/// The folder of what is remembered, in the build directory.
const ANSWERS: &str = "answers";

/// The crates that the facade hands on: their types are in the lesson's signatures. What else our crates and these
/// depend on is left out; what a learner adds with `:dep` is shown whole.
const HANDED_ON: [&str; 9] = [
    "candle-core",
    "candle-nn",
    "plotters",
    "polars",
    "polars-core",
    "polars-error",
    "polars-io",
    "polars-lazy",
    "polars-plan",
];

/// Makes rust-analyzer and evcxr, in this process, ask this program: `$CARGO_HOME` becomes a folder of links to the real
/// one, with this program as its `bin/cargo`, and as the `rustup` that evcxr asks where cargo is.
pub fn install(lab: &Path) -> Result<()> {
    let real_home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let real_home = real_home.or_else(|| Some(std::env::home_dir()?.join(".cargo"))).context("no home folder")?;
    let home = lab.join("cargo-home");
    fs::create_dir_all(home.join("bin"))?;
    fs::create_dir_all(real_home.join("registry"))?;
    for entry in fs::read_dir(&real_home)?.flatten().filter(|entry| entry.file_name() != "bin") {
        link(&entry.path(), &home.join(entry.file_name()))?;
    }
    let cargo = which_cargo();
    let rustc = cargo.with_file_name("rustc");
    for tool in ["cargo", "rustup"] {
        link(&std::env::current_exe()?, &home.join("bin").join(tool))?;
    }
    if rustc.is_absolute() {
        link(&rustc, &home.join("bin/rustc"))?;
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let ours = std::iter::once(home.join("bin")).chain(std::env::split_paths(&path));
    // SAFETY: no other thread runs yet.
    unsafe {
        std::env::set_var(REAL_CARGO, &cargo);
        std::env::set_var(REAL_RUSTC, &rustc);
        std::env::set_var(REAL_PATH, &path);
        std::env::set_var("PATH", std::env::join_paths(ours)?);
        std::env::set_var("CARGO_HOME", home);
        // Of the user's shell; evcxr sets it for its own.
        std::env::remove_var("RUSTC_WRAPPER");
    }
    Ok(())
}

/// Where the toolchain's cargo is, past rustup's stand-in; rustc lies beside it.
fn which_cargo() -> PathBuf {
    let found = Command::new("rustup").args(["which", "cargo"]).stderr(Stdio::null()).output();
    let found = found.ok().filter(|found| found.status.success());
    let found = found.and_then(|found| String::from_utf8(found.stdout).ok());
    found.map_or_else(|| PathBuf::from("cargo"), |path| PathBuf::from(path.trim()))
}

/// The toolchain's rustc, after `install`.
pub fn rustc() -> OsString {
    std::env::var_os(REAL_RUSTC).unwrap_or_else(|| "rustc".into())
}

/// Plays `rustup which TOOL`: cargo is this program. Anything else is rustup's.
pub fn rustup(arguments: Vec<OsString>) -> Result<ExitCode> {
    let path = std::env::var_os(REAL_PATH).context("RECURRENT_PATH is not set")?;
    if let [which, tool] = &arguments[..]
        && which == "which"
    {
        if tool == "cargo" {
            let home = std::env::var_os("CARGO_HOME").context("CARGO_HOME is not set")?;
            println!("{}", Path::new(&home).join("bin/cargo").display());
            return Ok(ExitCode::SUCCESS);
        }
        if let Some(rustc) = std::env::var_os(REAL_RUSTC).filter(|_| tool == "rustc") {
            println!("{}", rustc.display());
            return Ok(ExitCode::SUCCESS);
        }
    }
    let status = Command::new("rustup").args(arguments).env("PATH", path).status().context("cannot run rustup")?;
    Ok(ExitCode::from(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1)))
}

/// Cells find the tools where the kernel found them. Called while there is one thread only.
pub fn restore_path() {
    if let Some(path) = std::env::var_os(REAL_PATH) {
        // SAFETY: no other thread runs yet.
        unsafe { std::env::set_var("PATH", path) };
    }
}

/// A link at `at`, whole at every moment, as other kernels may use it. A folder there stays: the registry of a lesson
/// that was unpacked without a network.
fn link(to: &Path, at: &Path) -> Result<()> {
    if fs::read_link(at).is_ok_and(|found| found == to) || at.symlink_metadata().is_ok_and(|there| there.is_dir()) {
        return Ok(());
    }
    let fresh = at.with_extension(format!("{}.new", std::process::id()));
    symlink(to, &fresh)?;
    fs::rename(&fresh, at).with_context(|| format!("cannot link {}", at.display()))
}

/// Plays cargo: compiles cells, answers questions.
pub fn cargo(arguments: Vec<OsString>) -> Result<ExitCode> {
    let aim = arguments.iter().find_map(|argument| match argument.to_str()? {
        "build" => Some(Aim::Build),
        "check" => Some(Aim::Check),
        _ => None,
    });
    match aim {
        Some(aim) => compiler::compile(aim, &arguments),
        None => answer(arguments),
    }
}

/// Forgets all answers.
pub fn forget(folder: &Path) -> Result<()> {
    compiler::forget(&folder.join(ANSWERS))
}

/// Answers one question: from memory, or by asking cargo.
fn answer(arguments: Vec<OsString>) -> Result<ExitCode> {
    let folder = std::env::var("EVCXR_TMPDIR").context("EVCXR_TMPDIR is not set")?;
    let memory = Path::new(&folder).join(ANSWERS).join(key(&arguments, &folder)?);
    if let Ok(text) = fs::read_to_string(&memory) {
        print!("{}", text.replace(FOLDER, &folder));
        return Ok(ExitCode::SUCCESS);
    }
    let cargo = std::env::var_os(REAL_CARGO).context("RECURRENT_CARGO is not set")?;
    let lock_file = LockFile::read(Path::new(&folder))?;
    let output = Command::new(cargo).args(&arguments).stderr(Stdio::inherit()).output()?;
    // As when it is answered from memory.
    lock_file.restore()?;
    let mut text = String::from_utf8(output.stdout)?;
    if !output.status.success() {
        print!("{text}");
        return Ok(ExitCode::FAILURE);
    }
    if arguments.first().is_some_and(|first| first == "metadata")
        && let Ok(mut metadata) = serde_json::from_str(&text)
    {
        leave_out(&mut metadata);
        text = metadata.to_string();
    }
    fs::create_dir_all(memory.with_file_name(""))?;
    let fresh = memory.with_extension(std::process::id().to_string());
    fs::write(&fresh, text.replace(&folder, FOLDER))?;
    fs::rename(&fresh, &memory)?;
    println!("{text}");
    Ok(ExitCode::SUCCESS)
}

/// Stands for the build directory in what is remembered: each kernel has its own.
pub const FOLDER: &str = "{folder}";

/// A question's name: its words, where it is asked, and the dependencies it is asked about. Without dependencies the
/// lock file says nothing.
fn key(arguments: &[OsString], folder: &str) -> Result<String> {
    let here = std::env::current_dir()?;
    let texts = arguments.iter().map(OsString::as_os_str).chain([here.as_os_str()]);
    let texts = texts.map(|text| text.to_string_lossy().replace(folder, FOLDER).into_bytes());
    let manifest = fs::read_to_string(Path::new(folder).join("Cargo.toml")).unwrap_or_default();
    let depends = manifest.split_once("[dependencies]").is_some_and(|(_, after)| after.contains('='));
    let lock = if depends { fs::read(Path::new(folder).join("Cargo.lock")).unwrap_or_default() } else { Vec::new() };
    Ok(digest(texts.chain([manifest.into_bytes(), lock])))
}

/// A name for what is made from these parts.
pub fn digest(parts: impl Iterator<Item = Vec<u8>>) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Leaves packages out of cargo's metadata, with every mention of them.
fn leave_out(metadata: &mut Value) {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let packages = metadata["packages"].as_array().cloned().unwrap_or_default();
    let package = |id: &str| packages.iter().find(|package| package["id"] == id);
    let nodes = metadata["resolve"]["nodes"].as_array().cloned().unwrap_or_default();

    let mut shown: BTreeSet<String> = BTreeSet::new();
    let mut open: Vec<String> = metadata["workspace_members"].as_array().into_iter().flatten().map(text).collect();
    while let Some(id) = open.pop() {
        let Some(found) = package(&id).filter(|_| !shown.contains(&id)) else {
            continue;
        };
        let name = text(&found["name"]);
        let ours = found["source"].is_null() && name != "ctx";
        let narrow = ours || HANDED_ON.contains(&name.as_str());
        let node = nodes.iter().find(|node| node["id"] == id.as_str());
        for dependency in node.and_then(|node| node["dependencies"].as_array()).into_iter().flatten().map(text) {
            let Some(wanted) = package(&dependency) else {
                continue;
            };
            if !narrow || wanted["source"].is_null() || HANDED_ON.contains(&text(&wanted["name"]).as_str()) {
                open.push(dependency);
            }
        }
        shown.insert(id);
    }

    let kept = |value: &Value| value.as_str().is_some_and(|id| shown.contains(id));
    let retain = |list: &mut Value, test: &dyn Fn(&Value) -> bool| {
        if let Some(list) = list.as_array_mut() {
            list.retain(test);
        }
    };
    retain(&mut metadata["packages"], &|package| kept(&package["id"]));
    retain(&mut metadata["workspace_members"], &kept);
    retain(&mut metadata["workspace_default_members"], &kept);
    retain(&mut metadata["resolve"]["nodes"], &|node| kept(&node["id"]));
    for node in metadata["resolve"]["nodes"].as_array_mut().into_iter().flatten() {
        retain(&mut node["deps"], &|dependency| kept(&dependency["pkg"]));
        retain(&mut node["dependencies"], &kept);
    }
}
