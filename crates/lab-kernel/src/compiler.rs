//! How a cell is compiled: by rustc at once, as cargo called it before.
//!
//! cargo looks at 200 packages before it calls rustc for the one file that a cell is. So this program stands where evcxr
//! looks for cargo. The first time with certain dependencies it lets cargo work and notes how cargo called rustc for the
//! cell; as long as nothing of that changes it calls rustc so itself. `cargo check`, which would compile all
//! dependencies a second time, is the same call for metadata only.

use std::ffi::OsString;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::cargo_answers::{FOLDER, digest};
use crate::stop;

/// Names the file that a call of rustc is noted in; set for cargo's rustc wrapper.
const NOTE: &str = "RECURRENT_NOTE";

/// Where evcxr wants to read the path of the compiled cell.
const LIBRARY_PATH: &str = "EVCXR_EXECUTION_SO_PATH";

/// evcxr's code for an error through `?` prints the error where the kernel cannot tell it from other text; this one
/// names its type, too.
const ERROR_PRINTED: [&str; 3] =
    ["eprintln!(\"{}\", error);", "eprintln!(\"{:?}\", error);", "eprintln!(\"{:#?}\", error);"];

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
    if stop::file(&folder).exists() {
        return Ok(ExitCode::FAILURE);
    }
    // Its own group, so that a stop ends it with all its children.
    rustix::process::setpgid(None, None)?;
    let running = stop::compiler_file(&folder);
    let interrupted = running.exists();
    fs::write(&running, std::process::id().to_string())?;
    name_errors(&folder)?;
    let code = compile_in(&folder, aim, arguments, interrupted);
    fs::remove_file(&running)?;
    code
}

fn compile_in(folder: &Path, aim: Aim, arguments: &[OsString], interrupted: bool) -> Result<ExitCode> {
    if let Some(call) = Call::read(folder)? {
        return call.run(folder, aim, interrupted);
    }
    // A check needs compiled dependencies as well: what cargo has built, the check finds.
    let build = arguments.iter().map(|argument| if argument == "check" { "build".into() } else { argument.clone() });
    let note = Call::place(folder)?;
    let mut cargo = Command::new(std::env::var_os("RECURRENT_CARGO").context("RECURRENT_CARGO is not set")?);
    cargo.args(build);
    if std::env::var_os("RUSTC_WRAPPER").is_none() {
        cargo.env("RUSTC_WRAPPER", std::env::current_exe()?).env(NOTE, &note);
    }
    let status = cargo.status().context("cannot run cargo")?;
    // The lock file may have changed meanwhile: what was noted belongs to the new one.
    let place = Call::place(folder)?;
    if note != place && note.exists() {
        fs::rename(&note, &place)?;
    }
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Whether cargo called this program as its rustc wrapper.
pub fn is_wrapper() -> bool {
    std::env::var_os(NOTE).is_some()
}

/// Plays cargo's rustc wrapper: calls rustc, and notes the call that compiles a cell.
pub fn wrap(mut arguments: impl Iterator<Item = OsString>) -> Result<ExitCode> {
    let rustc = arguments.next().context("the wrapper was called without rustc")?;
    let arguments: Vec<OsString> = arguments.collect();
    let cell = arguments.windows(2).any(|pair| pair[0] == "--crate-name" && pair[1] == "ctx");
    if let Some(note) = std::env::var_os(NOTE).filter(|_| cell) {
        let folder = std::env::current_dir()?;
        Call { rustc: text(&rustc), arguments: arguments.iter().map(|argument| text(argument)).collect() }
            .write(&folder, Path::new(&note))?;
    }
    let status = Command::new(rustc).args(arguments).status().context("cannot run rustc")?;
    Ok(ExitCode::from(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1)))
}

/// How cargo called rustc for a cell.
struct Call {
    rustc: String,
    arguments: Vec<String>,
}

impl Call {
    /// The note for the dependencies and settings that the build directory has now.
    fn place(folder: &Path) -> Result<PathBuf> {
        let files = ["Cargo.toml", "Cargo.lock", ".cargo/config.toml", "../../.cargo/config.toml"];
        let files = files.map(|file| fs::read(folder.join(file)).unwrap_or_default());
        let variables = ["RUSTC", "RUSTFLAGS", "RUSTC_WRAPPER", "EVCXR_FORCE_DYLIB"];
        let variables = variables.map(|name| std::env::var_os(name).unwrap_or_default().into_encoded_bytes());
        Ok(folder.join("calls").join(digest(files.into_iter().chain(variables))))
    }

    fn read(folder: &Path) -> Result<Option<Self>> {
        let note = match fs::read_to_string(Self::place(folder)?) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            other => other?,
        };
        let note = note.replace(FOLDER, &text(folder.as_os_str()));
        let Ok(Value::Array(words)) = serde_json::from_str(&note) else { return Ok(None) };
        let mut words = words.iter().filter_map(|word| Some(word.as_str()?.to_owned()));
        Ok(words.next().map(|rustc| Self { rustc, arguments: words.collect() }))
    }

    fn write(&self, folder: &Path, note: &Path) -> Result<()> {
        let words: Vec<&String> = std::iter::once(&self.rustc).chain(&self.arguments).collect();
        fs::create_dir_all(note.with_file_name(""))?;
        let text = json!(words).to_string().replace(&text(folder.as_os_str()), FOLDER);
        fs::write(note, text).with_context(|| format!("cannot write {}", note.display()))
    }

    fn run(&self, folder: &Path, aim: Aim, interrupted: bool) -> Result<ExitCode> {
        let checked = folder.join("checked");
        let mut arguments = Vec::new();
        let (mut out, mut incremental) = (None, None);
        let mut words = self.arguments.iter().peekable();
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
        if interrupted && let Some(notes) = &incremental {
            // What a compiler leaves that was ended while it linked may spoil all cells after it.
            forget(notes)?;
        }
        let run =
            || Command::new(&self.rustc).args(&arguments).stdin(Stdio::null()).status().context("cannot run rustc");
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

/// Lets the cell say its error through `?` as a value that the kernel shows.
fn name_errors(folder: &Path) -> Result<()> {
    let file = folder.join("src/lib.rs");
    let mut source = fs::read_to_string(&file)?;
    if !source.contains("evcxr_internal_runtime::USER_ERROR_OCCURRED") {
        return Ok(());
    }
    for printed in ERROR_PRINTED {
        let form = printed.split('"').nth(1).unwrap_or("{}");
        let value = format!(
            "println!(\"EVCXR_BEGIN_CONTENT {}\\n{{}}\\n{form}\\nEVCXR_END_CONTENT\", std::any::type_name::<T>(), error);",
            crate::outputs::ERROR
        );
        source = source.replace(printed, &value);
    }
    fs::write(&file, source)?;
    Ok(())
}

fn forget(notes: &Path) -> Result<()> {
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
