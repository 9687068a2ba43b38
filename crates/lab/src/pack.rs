//! Packs the ready lesson into one file, which `unpack` makes a ready lesson of on another machine without a network.
//!
//! It holds the files that git has, the kernel program, and what set-up fetches or compiles: Python packages, sources
//! of crates, and compiled crates. The template itself is full of paths, so it is made where it is unpacked: cargo, which
//! finds each compiled crate there, compiles the lesson's own crates only.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use flate2::Compression;
use flate2::write::GzEncoder;
use memchr::memmem;
use tar::Builder;

use crate::archive::{self, header};
use crate::args::PackArgs;
use crate::command_output::command_output;
use crate::compiled_crates;
use crate::environment;
use crate::kernel;
use crate::layout::Layout;
use crate::lock::Lock;
use crate::machine::Machine;
use crate::pins;
use crate::process;
use crate::registry;
use crate::run;
use crate::setup::setup;
use crate::starter;

pub fn pack(layout: &Layout, args: &PackArgs) -> Result<()> {
    tracked(layout)?; // said at once, not after set-up
    must_be_writable(layout, args)?;
    let environment = setup(layout)?;
    let lock = Lock::acquire(layout)?;
    let machine = Machine::here(layout, environment.version()?)?;
    let file = args.file.clone().unwrap_or_else(|| format!("recurrent-{}.tar", machine.kind.replace(' ', "-")).into());
    let wheels = wheels(layout, &lock, &environment, machine.python)?;
    let tracked = tracked(layout)?;
    eprintln!("Packing {} …", file.display());
    let program = nameless(read(&std::env::current_exe()?)?);
    archive::write(&file, &program, &machine, |to| {
        let mut lesson = Lesson { tar: Builder::new(GzEncoder::new(to, Compression::default())) };
        add_checkout(&mut lesson, layout, &tracked)?;
        add_programs(&mut lesson, layout, &program)?;
        lesson.text(".lab/packed/machine.json", &serde_json::to_string_pretty(&machine)?)?;
        for wheel in files_in(wheels.path())? {
            lesson.file(&format!(".lab/packed/wheels/{}", file_name(&wheel)?), &wheel)?;
        }
        add_crates(&mut lesson, layout)?;
        lesson.tar.into_inner()?.finish()?;
        Ok(())
    })?;
    let (megabytes, (major, minor)) = (fs::metadata(&file)?.len() / 1_000_000, machine.python);
    println!("Packed {} ({megabytes} MB).", file.display());
    println!("It is for {} with {} and Python {major}.{minor}. There:", machine.kind, machine.rustc);
    println!("    tar -xf {0} lab && ./lab unpack {0}", file_name(&file)?);
    Ok(())
}

/// Whether the file can be written, as far as that is seen before.
fn must_be_writable(layout: &Layout, args: &PackArgs) -> Result<()> {
    let Some(file) = &args.file else { return Ok(()) };
    let folder = std::path::absolute(file)?.parent().map_or_else(|| layout.root().to_owned(), Path::to_owned);
    ensure!(folder.is_dir(), "cannot write {}: there is no folder {}", file.display(), folder.display());
    let is_tar = file.extension().is_some_and(|ending| ending == "tar");
    ensure!(
        !file.exists() || file.is_file() && is_tar,
        "{} is there and is no archive: name another file, with the ending .tar",
        file.display()
    );
    Ok(())
}

/// What git has, and the pages once more: `cargo lab` knows them unchanged by that.
fn add_checkout(lesson: &mut Lesson<impl Write>, layout: &Layout, tracked: &[String]) -> Result<()> {
    for name in tracked {
        let file = layout.root().join(name);
        match name.as_str() {
            starter::CONFIG => lesson.text(name, &starter::config(&fs::read_to_string(file)?)?)?,
            _ => lesson.file(name, &file)?,
        }
    }
    let is_tracked = |page: &PathBuf| tracked.iter().any(|name| layout.root().join(name) == *page);
    for page in run::pages(layout, &[])?.into_iter().filter(is_tracked) {
        lesson.file(&format!(".lab/packed/pages/{}", file_name(&page)?), &page)?;
    }
    Ok(())
}

/// The kernel, and this program with what starts it.
fn add_programs(lesson: &mut Lesson<impl Write>, layout: &Layout, lab: &[u8]) -> Result<()> {
    for name in kernel::PROGRAMS {
        let program = read(&layout.kernel().with_file_name(name))?;
        lesson.program(&format!(".lab/bin/{name}"), &nameless(program))?;
    }
    lesson.file(".lab/bin/lab-kernel.stamp", &layout.kernel().with_extension("stamp"))?;
    lesson.program(".lab/packed/lab", lab)?;
    for (name, text) in starter::PACKAGE {
        lesson.text(&format!(".lab/packed/start/{name}"), text)?;
    }
    Ok(())
}

/// The template's crates, compiled and as sources.
fn add_crates(lesson: &mut Lesson<impl Write>, layout: &Layout) -> Result<()> {
    for compiled in compiled_crates::files(&layout.template())? {
        let name = format!(".lab/packed/crates/{}", file_name(&compiled)?);
        match compiled.extension().and_then(|ending| ending.to_str()) {
            Some("rlib" | "rmeta") => {
                let text = read(&compiled)?;
                // Compiled without a name, unless by an earlier version of the kernel.
                ensure!(
                    nameless(text.clone()) == text,
                    "{} holds the path of your home folder, which would be handed on: `cargo lab clean`, then pack \
                     again",
                    compiled.display()
                );
                lesson.file(&name, &compiled)?;
            }
            _ => lesson.program(&name, &nameless(read(&compiled)?))?,
        }
    }
    for (name, source) in registry::files(layout)? {
        lesson.file(&format!(".lab/kernels/cargo-home/registry/{name}"), &source)?;
    }
    Ok(())
}

/// The files that git has, below the root.
///
/// # Errors
/// Without git, or when a file is changed or not committed: compiled for this state, packed in another one, nothing
/// would fit, and what a page's outputs hold is the learner's own until it is committed.
fn tracked(layout: &Layout) -> Result<Vec<String>> {
    let root = layout.root();
    let git = |arguments: &[&str]| {
        let root = root.to_str().context("the checkout's path is not UTF-8")?;
        command_output("git", &[&["-C", root], arguments].concat())
            .with_context(|| format!("{root} is no git checkout, whose files are packed: `git clone` the project"))
    };
    if let Some(change) = git(&["status", "--porcelain"])?.lines().next() {
        bail!("{} is not as it was committed; commit or remove it: what git has is packed", &change[3..]);
    }
    Ok(git(&["ls-files", "-z"])?.split_terminator('\0').map(str::to_owned).collect())
}

/// Fetches the Python packages as files that pip installs without a network, with any Python 3.N of this N: some newest
/// versions ask for more than its first one.
fn wheels(
    layout: &Layout,
    lock: &Lock,
    environment: &environment::Environment,
    (major, minor): (u32, u32),
) -> Result<tempfile::TempDir> {
    let wheels = tempfile::Builder::new().prefix("wheels-").tempdir_in(layout.lab())?;
    let mut pip = Command::new(environment.python());
    pip.args(["-m", "pip", "download", "--disable-pip-version-check", "--no-input", "--progress-bar", "off"]);
    pip.args(["--only-binary", ":all:", "--python-version", &format!("{major}.{minor}.0")]);
    pip.arg("--dest").arg(wheels.path());
    pip.args(pins::read(&layout.environment_yml())?.requirements);
    process::run(lock, "Python packages to pack", &layout.log("pip-download"), pip)?;
    Ok(wheels)
}

/// A program without the name that the path of a home folder holds, which rustc writes into it: as many other letters,
/// so that it stays a program. macOS would not start an altered one.
fn nameless(mut program: Vec<u8>) -> Vec<u8> {
    let home = std::env::home_dir().filter(|home| home.parent().is_some() && cfg!(target_os = "linux"));
    let Some(home) = home.map(|home| format!("{}/", home.display()).into_bytes()) else { return program };
    let other: Vec<u8> = home.iter().map(|&byte| if byte == b'/' { byte } else { b'-' }).collect();
    let mut from = 0;
    while let Some(at) = memmem::find(&program[from..], &home) {
        from += at;
        program[from..from + home.len()].copy_from_slice(&other);
    }
    program
}

fn files_in(folder: &Path) -> Result<BTreeSet<PathBuf>> {
    let cannot_read = || format!("cannot read {}", folder.display());
    let entries = fs::read_dir(folder).with_context(cannot_read)?;
    entries.map(|entry| Ok(entry.with_context(cannot_read)?.path())).collect()
}

fn read(file: &Path) -> Result<Vec<u8>> {
    fs::read(file).with_context(|| format!("cannot read {}", file.display()))
}

fn file_name(path: &Path) -> Result<&str> {
    let name = path.file_name().and_then(|name| name.to_str());
    name.with_context(|| format!("{} has no name in UTF-8", path.display()))
}

/// The lesson's folder, while it is written.
struct Lesson<W: Write> {
    tar: Builder<GzEncoder<W>>,
}

impl<W: Write> Lesson<W> {
    fn file(&mut self, name: &str, path: &Path) -> Result<()> {
        let cannot_pack = || format!("cannot pack {}", path.display());
        let mut file = File::open(path).with_context(cannot_pack)?;
        let about = file.metadata().with_context(cannot_pack)?;
        let mode = if is_executable(&about) { 0o755 } else { 0o644 };
        self.tar.append_data(&mut header(mode, about.len()), name, &mut file).with_context(cannot_pack)
    }

    fn text(&mut self, name: &str, text: &str) -> Result<()> {
        Ok(self.tar.append_data(&mut header(0o644, text.len() as u64), name, text.as_bytes())?)
    }

    fn program(&mut self, name: &str, program: &[u8]) -> Result<()> {
        Ok(self.tar.append_data(&mut header(0o755, program.len() as u64), name, program)?)
    }
}

fn is_executable(file: &fs::Metadata) -> bool {
    std::os::unix::fs::PermissionsExt::mode(&file.permissions()) & 0o100 != 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_os = "linux")]
    fn a_program_does_not_name_who_compiled_it() {
        let home = std::env::home_dir().unwrap();
        let text = format!("before {}/.cargo/registry after", home.display());
        let nameless = nameless(text.clone().into_bytes());
        assert_eq!(nameless.len(), text.len());
        let nameless = String::from_utf8(nameless).unwrap();
        assert!(
            !nameless.contains(home.to_str().unwrap()) && nameless.ends_with("/.cargo/registry after"),
            "{nameless}"
        );
    }
}
