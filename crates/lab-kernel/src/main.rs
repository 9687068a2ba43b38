//! The Jupyter kernel of the lesson: evcxr, started from a build directory in which everything is already compiled.
//!
//! A request goes one way: `server` (Jupyter's sockets) -> `session` (evcxr) -> `compiler` (rustc) -> `lab-cells` (the
//! process that runs the cells) -> `splitter` -> `outputs` -> `server`.
//!
//! One binary plays every part but the last, told apart by how it is started: the kernel (`--control_file FILE`), the
//! builder of the template (`--build-template DIR FACADE`), the sweeper that removes a dead kernel's files (`--sweep
//! DIR`), and, by its name, the `cargo` that evcxr and rust-analyzer call.

mod build_directory;
mod cargo_answers;
mod cells;
mod compiler;
mod dependencies;
mod impls;
mod input;
mod kernel;
mod library;
mod lock_file;
mod outputs;
mod prebuilt;
mod progress;
mod repeating;
mod report;
mod server;
mod server_process;
mod session;
mod sources;
mod spare;
mod splitter;
mod stop;
mod syntax;
mod template;

use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    match run() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("lab-kernel: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<ExitCode> {
    let mut arguments = std::env::args_os();
    let program = PathBuf::from(arguments.next().context("started without a name")?);
    match program.file_name().and_then(|name| name.to_str()) {
        Some("cargo") => return cargo_answers::cargo(arguments.collect()),
        Some("rustup") => return cargo_answers::rustup(arguments.collect()),
        _ => {}
    }
    if compiler::is_wrapper() {
        return compiler::wrap(arguments);
    }
    if cells::is_wanted() {
        cells::become_it()?;
    }
    evcxr::runtime_hook();
    let first = arguments.next().unwrap_or_default();
    let mut path = |what: &str| arguments.next().map(PathBuf::from).with_context(|| format!("{what} is missing"));
    match first.to_str() {
        Some("--control_file") => kernel::serve(&path("the connection file")?)?,
        Some("--spare") => {
            let server = path("the server's process number")?.to_string_lossy().parse()?;
            spare::serve(server, arguments.next().is_some_and(|word| word == "now"))?
        }
        Some("--build-template") => {
            template::build(&path("the folder of the template")?, &path("the facade's folder")?)?
        }
        Some("--sweep") => build_directory::remove_when_abandoned(&path("the folder to sweep")?)?,
        _ => bail!("started by hand; Jupyter starts it, `cargo lab` sets it up"),
    }
    Ok(ExitCode::SUCCESS)
}

/// The template that the kernel's description names.
fn template_of_kernel() -> Result<PathBuf> {
    let template = std::env::var_os("RECURRENT_TEMPLATE");
    let template =
        template.context("RECURRENT_TEMPLATE is not set; `cargo lab setup` writes it into the kernel's description")?;
    Ok(PathBuf::from(template))
}

/// Holds the template, its copies, and what all kernels share.
fn folder_of(template: &Path) -> Result<&Path> {
    template.parent().context("the template has no parent folder")
}

/// Makes evcxr, and the process that runs the cells, use a build directory. Returns the toolchain's folder.
fn use_build_directory(folder: &Path) -> Result<PathBuf> {
    let questions = ["--print", "host-tuple", "--print", "target-libdir", "--print", "sysroot"];
    let rustc = Command::new(cargo_answers::rustc()).args(questions).output();
    let rustc = rustc.context("cannot run rustc; install Rust with rustup (https://rustup.rs)")?;
    let printed = String::from_utf8(rustc.stdout)?;
    let [host, standard_library, sysroot] = printed.lines().collect::<Vec<_>>()[..] else {
        bail!("rustc did not say where its libraries are: {}", String::from_utf8_lossy(&rustc.stderr).trim());
    };
    // evcxr moves each compiled cell away from where the linker thought it would lie, so its relative paths do not
    // hold.
    let compiled = folder.join("target").join(host).join("debug/deps");
    // A process never again looks into a folder of this list that was not there when it started.
    std::fs::create_dir_all(&compiled).with_context(|| format!("cannot make the folder {}", compiled.display()))?;
    let mut libraries = vec![PathBuf::from(standard_library), compiled];
    let variable = if cfg!(target_os = "macos") { "DYLD_LIBRARY_PATH" } else { "LD_LIBRARY_PATH" };
    libraries.extend(std::env::var_os(variable).iter().flat_map(std::env::split_paths));
    // SAFETY: no other thread runs yet.
    unsafe {
        std::env::set_var(variable, std::env::join_paths(libraries)?);
        std::env::set_var("EVCXR_TMPDIR", folder);
        // candle's own threads wait by spinning and take the processor from those of the recurrent layers.
        if std::env::var_os("CANDLE_NUM_THREADS").is_none() {
            std::env::set_var("CANDLE_NUM_THREADS", "1");
        }
        // Without it candle reads /proc/cpuinfo at every matrix product, which takes longer than most of them.
        if std::env::var_os("RAYON_NUM_THREADS").is_none()
            && let Ok(cores) = std::thread::available_parallelism()
        {
            std::env::set_var("RAYON_NUM_THREADS", cores.to_string());
        }
    }
    library::show(folder_of(folder)?);
    Ok(PathBuf::from(sysroot))
}
