//! What rust-analyzer hears when it asks cargo.
//!
//! evcxr has rust-analyzer inside, to find the types of variables. Each time the dependencies change it asks cargo a
//! dozen questions and then reads the sources of every crate named in the answers. So this program stands where
//! rust-analyzer looks for cargo (`$CARGO_HOME/bin`), remembers the answers beside the build directory, and leaves out
//! of them the crates that no notebook's variable can have a type from. cargo itself, which compiles, is not touched.

use anyhow::{Context, Result};
use serde_json::Value;
use std::ffi::OsString;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

const REAL_CARGO: &str = "RECURRENT_CARGO";

/// Makes rust-analyzer, in this process, ask this program: `$CARGO_HOME` becomes a folder of links to the real one,
/// with this program as its `bin/cargo`.
pub fn install(lab: &Path) -> Result<()> {
    let real_home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let real_home = real_home.or_else(|| Some(std::env::home_dir()?.join(".cargo"))).context("no home folder")?;
    let home = lab.join("cargo-home");
    fs::create_dir_all(home.join("bin"))?;
    fs::create_dir_all(real_home.join("registry"))?;
    for entry in fs::read_dir(&real_home)?.flatten().filter(|entry| entry.file_name() != "bin") {
        link(&entry.path(), &home.join(entry.file_name()))?;
    }
    link(&std::env::current_exe()?, &home.join("bin/cargo"))?;
    let cargo = Command::new("rustup").args(["which", "cargo"]).stderr(Stdio::null()).output();
    let cargo = match cargo {
        Ok(found) if found.status.success() => String::from_utf8(found.stdout)?.trim().to_owned(),
        _ => "cargo".to_owned(),
    };
    // SAFETY: no other thread runs yet.
    unsafe {
        std::env::set_var(REAL_CARGO, cargo);
        std::env::set_var("CARGO_HOME", home);
    }
    Ok(())
}

fn link(to: &Path, at: &Path) -> Result<()> {
    if fs::read_link(at).is_ok_and(|found| found == to) {
        return Ok(());
    }
    let fresh = at.with_extension(format!("{}.new", std::process::id()));
    symlink(to, &fresh)?;
    fs::rename(&fresh, at).with_context(|| format!("cannot link {}", at.display()))
}

/// Answers one question: from memory, or by asking cargo.
pub fn answer(arguments: Vec<OsString>) -> Result<ExitCode> {
    let folder = std::env::var("EVCXR_TMPDIR").context("EVCXR_TMPDIR is not set")?;
    let mut key = DefaultHasher::new();
    for argument in &arguments {
        argument.to_string_lossy().replace(&folder, "{folder}").hash(&mut key);
    }
    std::env::current_dir()?.to_string_lossy().replace(&folder, "{folder}").hash(&mut key);
    for file in ["Cargo.toml", "Cargo.lock"] {
        fs::read(Path::new(&folder).join(file)).unwrap_or_default().hash(&mut key);
    }
    let memory = Path::new(&folder).join("answers").join(format!("{:016x}", key.finish()));
    let started = std::time::Instant::now();
    let (text, hit) = match fs::read_to_string(&memory) {
        Ok(text) => (text, true),
        Err(_) => {
            let cargo = std::env::var_os(REAL_CARGO).context("RECURRENT_CARGO is not set")?;
            let output = Command::new(cargo).args(&arguments).stderr(Stdio::inherit()).output()?;
            if !output.status.success() {
                log(&format!("{arguments:?} FAILED {:?}", started.elapsed()));
                return Ok(ExitCode::FAILURE);
            }
            let text = String::from_utf8(output.stdout)?.replace(&folder, "{folder}");
            fs::create_dir_all(memory.with_file_name(""))?;
            let fresh = memory.with_extension(std::process::id().to_string());
            fs::write(&fresh, &text)?;
            fs::rename(&fresh, &memory)?;
            (text, false)
        }
    };
    log(&format!("{arguments:?} hit={hit} {:?}", started.elapsed()));
    print!("{}", text.replace("{folder}", &folder));
    Ok(ExitCode::SUCCESS)
}

fn log(line: &str) {
    use std::io::Write;
    if let Ok(mut f) = fs::File::options().append(true).create(true).open("/tmp/answers.log") {
        let _ = writeln!(f, "{line}");
    }
}
