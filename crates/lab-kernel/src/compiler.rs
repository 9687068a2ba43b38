//! How a cell is compiled: by rustc at once, as cargo called it before.
//!
//! cargo looks at 200 packages before it calls rustc for the one file that a cell is. So this program stands where evcxr
//! looks for cargo. The first time with certain dependencies it lets cargo work and notes how cargo called rustc for the
//! cell; as long as nothing of that changes it calls rustc so itself. `cargo check`, which would compile all
//! dependencies a second time, is the same call for metadata only.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, ExitStatus, Stdio};

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::cargo_answers::{FOLDER, digest};
use crate::lock_file::LockFile;
use crate::{build_directory, dependencies, prebuilt, progress, stop};

/// Names the file that a call of rustc is noted in; set for cargo's rustc wrapper.
const CALL: &str = "RECURRENT_CALL";

/// Where evcxr wants to read the path of the compiled cell.
const LIBRARY_PATH: &str = "EVCXR_EXECUTION_SO_PATH";

/// evcxr's code for an error through `?` prints the error where the kernel cannot tell it from other text; this one
/// names its type, too.
const ERROR_PRINTED: [&str; 3] =
    ["eprintln!(\"{}\", error);", "eprintln!(\"{:?}\", error);", "eprintln!(\"{:#?}\", error);"];

/// How a cell is compiled whose own code runs once: with nothing optimised and no notes for the next one. Arithmetic
/// stays as it is in other cells.
const UNOPTIMISED: [&str; 8] =
    ["-C", "opt-level=0", "-C", "codegen-units=4", "-C", "debug-assertions=off", "-C", "overflow-checks=off"];

/// What a compilation is for.
#[derive(Clone, Copy, PartialEq)]
pub enum Aim {
    /// A library to run.
    Build,
    /// Errors only.
    Check,
}

/// Answers `cargo build` and `cargo check` in a build directory.
pub fn compile(aim: Aim, arguments: &[OsString]) -> Result<ExitCode> {
    let folder = std::env::current_dir()?;
    // Its own group, so that a stop ends it with all its children.
    rustix::process::setpgid(None, None)?;
    let running = stop::compiler_file(&folder);
    let interrupted = running.exists();
    fs::write(&running, std::process::id().to_string())?;
    name_errors(&folder)?;
    // After the number is there: a stop before it has left the file, one after it finds the number.
    let code = if stop::file(&folder).exists() {
        Ok(ExitCode::FAILURE)
    } else if std::env::var_os("RUSTC_WRAPPER").is_some() {
        plain_cargo(&folder, arguments)
    } else {
        compile_in(&folder, aim, arguments, interrupted)
    };
    fs::remove_file(&running)?;
    code
}

/// With a wrapper of evcxr's around rustc (`:cache`, `:sccache`) cargo compiles, as ever.
fn plain_cargo(folder: &Path, arguments: &[OsString]) -> Result<ExitCode> {
    build_directory::unshare(&folder.join("target"))?;
    let cargo = std::env::var_os("RECURRENT_CARGO").context("RECURRENT_CARGO is not set")?;
    let status = Command::new(cargo).args(arguments).status().context("cannot run cargo")?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn compile_in(folder: &Path, aim: Aim, arguments: &[OsString], interrupted: bool) -> Result<ExitCode> {
    if interrupted {
        // What a compiler leaves that was ended while it linked may spoil all cells after it.
        for notes in incremental_folders(folder)? {
            forget(&notes)?;
        }
    }
    let note = Note::place(folder);
    let code = match Note::read(folder, &note)? {
        Some(noted) => noted.run(folder, aim)?,
        None => note_call(folder, &note, aim, arguments)?,
    };
    if code == ExitCode::SUCCESS && aim == Aim::Build {
        fs::write(in_use(folder), note.as_os_str().as_encoded_bytes())?;
    }
    Ok(code)
}

/// Lets cargo compile the dependencies and the cell, and notes how.
fn note_call(folder: &Path, place: &Path, aim: Aim, arguments: &[OsString]) -> Result<ExitCode> {
    let cargo = PathBuf::from(std::env::var_os("RECURRENT_CARGO").context("RECURRENT_CARGO is not set")?);
    let lock_file = LockFile::read(folder)?;
    let crates = dependencies::crates(folder, &cargo)?;
    let used = fs::read_to_string(in_use(folder)).ok();
    let used = used.map(|used| Note::read(folder, Path::new(&used))).transpose()?.flatten();
    if let Some(reason) = used.and_then(|used| dependencies::refusal(folder, &used.crates, &crates)) {
        // In the form of an error of rustc, which evcxr passes on.
        eprintln!("{}", json!({ "message": reason, "level": "error", "code": null, "spans": [], "children": [] }));
        return Ok(ExitCode::FAILURE);
    }
    let (call, printed) = (folder.join("call"), folder.join("printed"));
    forget_file(&call)?; // of other dependencies
    build_directory::unshare(&folder.join("target"))?;
    // A check needs compiled dependencies as well: what cargo has built, the check finds.
    let build = arguments.iter().map(|argument| if argument == "check" { "build".into() } else { argument.clone() });
    let mut command = Command::new(&cargo);
    command.args(build).env("CARGO_TERM_PROGRESS_WHEN", "always").env("CARGO_TERM_PROGRESS_WIDTH", "100");
    command.env("RUSTC_WRAPPER", std::env::current_exe()?.canonicalize()?).env(CALL, &call);
    command.stdout(File::create(&printed)?);
    let mut child = command.stderr(Stdio::piped()).spawn().context("cannot run cargo")?;
    if let Some(printed) = child.stderr.take() {
        progress::follow(printed, std::io::stderr(), folder)?;
    }
    let succeeded = child.wait()?.success();
    progress::end(folder)?;
    if crates.is_empty() {
        lock_file.restore()?;
    }
    let called = fs::read_to_string(&call).ok();
    if let Some(called) = &called {
        // The cell itself may be wrong: how it is compiled is known all the same.
        let lock = fs::read_to_string(folder.join("Cargo.lock"))?;
        let note = Note { call: serde_json::from_str(called)?, lock, crates };
        note.write(folder, place)?;
        if aim == Aim::Check {
            return note.run(folder, aim);
        }
    }
    std::io::stdout().write_all(&fs::read(&printed)?)?;
    Ok(if succeeded { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Says whether the next cell is compiled without optimisation.
pub fn set_unoptimised(folder: &Path, unoptimised: bool) -> Result<()> {
    if unoptimised {
        fs::write(unoptimised_file(folder), "").map_err(Into::into)
    } else {
        forget_file(&unoptimised_file(folder))
    }
}

/// The file that says so.
fn unoptimised_file(folder: &Path) -> PathBuf {
    folder.join("unoptimised")
}

/// Where rustc keeps notes of cells: when it builds, for each platform, and when it checks.
fn incremental_folders(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut folders = vec![folder.join("checked/incremental")];
    for entry in fs::read_dir(folder.join("target")).into_iter().flatten() {
        let notes = entry?.path().join("debug/incremental");
        folders.extend(notes.is_dir().then_some(notes));
    }
    Ok(folders)
}

/// Removes a file if it is there.
pub fn forget_file(file: &Path) -> Result<()> {
    match fs::remove_file(file) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot remove {}", file.display()))
        }
        _ => Ok(()),
    }
}

/// Holds the path of the note by which the last cell that is loaded was compiled.
pub fn in_use(folder: &Path) -> PathBuf {
    folder.join("in-use")
}

/// Whether cargo called this program as its rustc wrapper.
pub fn is_wrapper() -> bool {
    std::env::var_os(CALL).is_some()
}

/// Plays cargo's rustc wrapper: calls rustc, unless what it would compile is there, and notes the call that compiles a
/// cell.
pub fn wrap(mut arguments: impl Iterator<Item = OsString>) -> Result<ExitCode> {
    let rustc = arguments.next().context("the wrapper was called without rustc")?;
    let arguments: Vec<OsString> = arguments.collect();
    let cell = arguments.windows(2).any(|pair| pair[0] == "--crate-name" && pair[1] == "ctx");
    if let Some(file) = std::env::var_os(CALL).filter(|_| cell) {
        let words: Vec<String> = std::iter::once(&rustc).chain(&arguments).map(|word| text(word)).collect();
        fs::write(file, json!(words).to_string())?;
    }
    if prebuilt::take(&arguments)? {
        return Ok(ExitCode::SUCCESS);
    }
    let mut command = Command::new(rustc);
    command.args(&arguments).args(nameless_paths());
    // cargo's own calls name it, those of build scripts that try the compiler out do not.
    if !cell && arguments.iter().any(|word| text(word).starts_with("metadata=")) {
        // Below level 2 a crate hands on all it has made of generic functions, a hundred thousand with polars: each
        // cell's compiler and linker would search among them for the few that a cell needs. The option is unstable; the
        // toolchain is pinned.
        command.arg("-Zshare-generics=no").env("RUSTC_BOOTSTRAP", "1");
        // Of the lesson's library the names of what no cell can call are two thirds.
        command.arg("-Cstrip=symbols");
    }
    let status = command.status().context("cannot run rustc")?;
    Ok(ExitCode::from(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1)))
}

/// Keeps the learner's name, which the path of a home folder holds, out of what is compiled: it may be handed on.
fn nameless_paths() -> Vec<String> {
    // The last one that fits counts: cargo's folder may lie in the home folder.
    let folders = [("~", std::env::home_dir()), ("cargo", std::env::var_os("CARGO_HOME").map(PathBuf::from))];
    let named = folders.into_iter().filter_map(|(name, folder)| Some((name, folder?)));
    let named = named.filter(|(_, folder)| folder.parent().is_some()); // `/` names nobody
    named.map(|(name, folder)| format!("--remap-path-prefix={}={name}", folder.display())).collect()
}

/// How a cell is compiled with certain dependencies.
#[derive(Serialize, Deserialize)]
struct Note {
    /// The call of rustc, word by word.
    call: Vec<String>,
    /// The lock file then.
    lock: String,
    /// The crates then.
    crates: String,
}

impl Note {
    /// Where it is for the dependencies and settings that the build directory has now.
    fn place(folder: &Path) -> PathBuf {
        let files = ["Cargo.toml", ".cargo/config.toml", "../../.cargo/config.toml"];
        let files = files.map(|file| fs::read(folder.join(file)).unwrap_or_default());
        let variables = ["RUSTC", "RUSTFLAGS"].map(|name| std::env::var_os(name).unwrap_or_default());
        folder.join("calls").join(digest(files.into_iter().chain(variables.map(OsString::into_encoded_bytes))))
    }

    /// Reads it; none if there is none.
    fn read(folder: &Path, place: &Path) -> Result<Option<Self>> {
        let note = match fs::read_to_string(place) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            other => other?,
        };
        Ok(serde_json::from_str(&note.replace(FOLDER, &text(folder.as_os_str()))).ok())
    }

    fn write(&self, folder: &Path, place: &Path) -> Result<()> {
        fs::create_dir_all(place.with_file_name(""))?;
        let note = serde_json::to_string(self)?.replace(&text(folder.as_os_str()), FOLDER);
        fs::write(place, note).with_context(|| format!("cannot write {}", place.display()))
    }

    fn run(&self, folder: &Path, aim: Aim) -> Result<ExitCode> {
        let lock = folder.join("Cargo.lock");
        if fs::read_to_string(&lock).is_ok_and(|there| there != self.lock) {
            fs::write(lock, &self.lock)?;
        }
        let Some((rustc, words)) = self.call.split_first() else { bail!("a call without a program") };
        let checked = folder.join("checked");
        let unoptimised = aim == Aim::Build && unoptimised_file(folder).exists();
        let mut arguments = Vec::new();
        let (mut out, mut incremental) = (None, None);
        let mut words = words.iter().peekable();
        while let Some(word) = words.next() {
            let value = words.peek().map(|value| value.as_str()).unwrap_or_default();
            if word == "--out-dir" {
                out = Some(PathBuf::from(value));
                if aim == Aim::Check {
                    words.next();
                    arguments.extend([word.clone(), text(checked.as_os_str())]);
                    continue;
                }
            } else if let Some(place) = value.strip_prefix("incremental=").filter(|_| word == "-C") {
                let place = if aim == Aim::Build { PathBuf::from(place) } else { checked.join("incremental") };
                words.next();
                if unoptimised {
                    continue;
                }
                arguments.extend([word.clone(), format!("incremental={}", place.display())]);
                incremental = Some(place);
                continue;
            } else if let Some(kinds) = word.strip_prefix("--emit=") {
                // Only cargo reads what the cell depends on.
                let kinds = kinds.split(',').filter(|kind| *kind != "dep-info").collect::<Vec<_>>().join(",");
                arguments.push(format!("--emit={}", if aim == Aim::Build { &kinds } else { "metadata" }));
                continue;
            }
            arguments.push(word.clone());
        }
        // The parts of a cell are small enough without a second pass over all of them.
        arguments.extend(["-C", "lto=off"].map(str::to_owned));
        if unoptimised {
            arguments.extend(UNOPTIMISED.map(str::to_owned));
        }
        let run = || run_rustc(Command::new(rustc).args(&arguments));
        let mut status = run()?;
        if !matches!(status.code(), Some(0 | 1))
            && !stop::file(folder).exists()
            && let Some(notes) = &incremental
        {
            forget(notes)?;
            status = run()?;
        }
        if !status.success() {
            return Ok(ExitCode::FAILURE);
        }
        if let (Aim::Build, Some(out), Some(path)) = (aim, out, std::env::var_os(LIBRARY_PATH)) {
            let name = format!("{}ctx{}", std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX);
            fs::write(path, out.join(name).as_os_str().as_encoded_bytes())?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Runs it, and hands its errors on to evcxr.
fn run_rustc(rustc: &mut Command) -> Result<ExitStatus> {
    let mut child = rustc.stdin(Stdio::null()).stderr(Stdio::piped()).spawn().context("cannot run rustc")?;
    let mut line = Vec::new();
    let mut errors = child.stderr.take().map(BufReader::new);
    while let Some(errors) = &mut errors
        && errors.read_until(b'\n', &mut line).is_ok_and(|bytes| bytes > 0)
    {
        let error = without_place_of_move(String::from_utf8_lossy(&line).trim_end().to_owned());
        let _ = writeln!(std::io::stderr(), "{error}"); // evcxr may have been ended
        line.clear();
    }
    Ok(child.wait()?)
}

/// That a cell has moved a variable evcxr learns from an error where it would keep it. The error names the place of the
/// move, too: were that the cell's last expression, evcxr would take it for what is wrong there, and show the value in its
/// Debug form instead of as a table or a figure.
fn without_place_of_move(error: String) -> String {
    let Some(mut told) = serde_json::from_str::<Value>(&error).ok().filter(|told| told["code"]["code"] == "E0382")
    else {
        return error;
    };
    let is_primary = |span: &Value| span["is_primary"] == true;
    let keeps = |span: &Value| span["text"][0]["text"].as_str().is_some_and(|line| line.contains(".put_variable::<"));
    if let Some(spans) = told["spans"].as_array_mut()
        && spans.iter().any(|span| is_primary(span) && keeps(span))
    {
        spans.retain(is_primary);
        told["children"] = json!([]);
    }
    told.to_string()
}

/// Lets the cell say its error through `?` as a value that the kernel shows.
fn name_errors(folder: &Path) -> Result<()> {
    let file = folder.join("src/lib.rs");
    let source = fs::read_to_string(&file)?;
    // Only in evcxr's own code: a learner may print errors in the same words.
    let Some((before, after)) = source.split_once("From<T> for EvcxrUserCodeError {") else { return Ok(()) };
    let printed = ERROR_PRINTED.iter().filter_map(|printed| Some((after.find(printed)?, *printed))).min();
    let Some((_, printed)) = printed.filter(|_| after.contains("USER_ERROR_OCCURRED")) else { return Ok(()) };
    let form = printed.split('"').nth(1).unwrap_or("{}");
    let value = format!(
        "println!(\"EVCXR_BEGIN_CONTENT {}\\n{{}}\\n{form}\\nEVCXR_END_CONTENT\", std::any::type_name::<T>(), error);",
        crate::outputs::ERROR
    );
    let after = after.replacen(printed, &value, 1);
    fs::write(&file, format!("{before}From<T> for EvcxrUserCodeError {{{after}"))?;
    Ok(())
}

/// Forgets how cells were compiled: the next one is compiled by cargo.
pub fn forget_calls(folder: &Path) -> Result<()> {
    forget(&folder.join("calls"))
}

/// Removes a folder if it is there.
pub fn forget(notes: &Path) -> Result<()> {
    match fs::remove_dir_all(notes) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot remove {}", notes.display()))
        }
        _ => Ok(()),
    }
}

fn text(word: &std::ffi::OsStr) -> String {
    word.to_string_lossy().into_owned()
}
