//! The GPU's kernels as a program on the CPU: their own source, compiled by a C++ compiler
//! (`recurrent-kernels/cpu_emulation`).

use std::{
    io::{ErrorKind, Read, Write},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::LazyLock,
};

/// The kernels as a running program.
pub(crate) struct Host {
    child: Child,
    input: ChildStdin,
    output: ChildStdout,
}

/// One launch, without its arguments.
pub(crate) struct Launch<'a> {
    pub kernel: &'a str,
    pub grid: (u32, u32),
    pub threads: u32,
    pub shared_bytes: u32,
    /// The kernel's first argument, a struct of 32-bit numbers.
    pub constants: Vec<u32>,
}

fn kernels() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../recurrent-kernels")
}

fn source(file: &str) -> String {
    std::fs::read_to_string(kernels().join("src").join(file)).unwrap()
}

/// Compiles the kernels in `folder` to `program`, beside this test; none without a C++ compiler or without
/// `ucontext.h`, which switches between the threads of a block.
fn compile(folder: &Path, program: &str) -> Option<PathBuf> {
    if !cfg!(target_os = "linux") {
        eprintln!("skipped: the kernels are emulated under Linux only");
        return None;
    }
    let compiler = std::env::var("CXX").unwrap_or_else(|_| "c++".into());
    let program = std::env::current_exe().unwrap().with_file_name(program);
    // A product and a sum are rounded one after the other, as in Rust.
    let flags = ["-std=c++17", "-O1", "-ffp-contract=off"];
    let compiled = Command::new(&compiler)
        .args(flags)
        .args(["-Wno-unknown-pragmas", "-o"])
        .arg(&program)
        .arg(folder.join("cpu_emulation/main.cpp"))
        .status();
    match compiled {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            eprintln!("skipped: there is no C++ compiler {compiler}; the variable CXX may name one");
            None
        }
        status => {
            assert!(status.unwrap().success(), "{compiler} failed");
            Some(program)
        }
    }
}

impl Host {
    /// The unchanged kernels; none where they cannot be compiled, with a message.
    pub(crate) fn start() -> Option<Self> {
        static PROGRAM: LazyLock<Option<PathBuf>> = LazyLock::new(|| compile(&kernels(), "kernels_on_cpu"));
        PROGRAM.as_deref().map(Self::of)
    }

    fn of(program: &Path) -> Self {
        let mut child = Command::new(program).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (input, output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        Self { child, input, output }
    }

    /// The arguments as the kernel leaves them.
    pub(crate) fn run(&mut self, launch: &Launch, arguments: Vec<Vec<f32>>) -> Result<Vec<Vec<f32>>, String> {
        let mut message = Vec::new();
        let mut word = |word: u32| message.extend(word.to_le_bytes());
        word(launch.kernel.len() as u32);
        message.extend(launch.kernel.bytes());
        let head =
            [launch.grid.0, launch.grid.1, launch.threads, launch.shared_bytes, 7, launch.constants.len() as u32];
        let head = head.into_iter().chain(launch.constants.iter().copied());
        message.extend(head.flat_map(u32::to_le_bytes));
        for argument in &arguments {
            message.extend((argument.len() as u32).to_le_bytes());
            message.extend(argument.iter().flat_map(|number| number.to_le_bytes()));
        }
        let mut answer = |argument: Vec<f32>| -> std::io::Result<Vec<f32>> {
            let mut bytes = vec![0; argument.len() * 4];
            self.output.read_exact(&mut bytes)?;
            let words = bytes.as_chunks::<4>().0.iter();
            Ok(words.map(|&word| f32::from_le_bytes(word)).collect())
        };
        self.input
            .write_all(&message)
            .and_then(|()| arguments.into_iter().map(&mut answer).collect())
            .map_err(|_| format!("{} failed: {:?}", launch.kernel, self.child.wait()))
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        // It ends at the end of its input; one with a mistake may not.
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

/// 32-bit integers as an argument.
pub(crate) fn integers(numbers: &[i32]) -> Vec<f32> {
    let words = numbers.iter().map(|&number| number as u32);
    words.map(f32::from_bits).collect()
}

/// Numbers between −`scale` and `scale` that look random and are always the same; f32 holds them exactly.
pub(crate) fn noise(seed: u64, count: usize, scale: f64) -> Vec<f64> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(1);
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        ((state >> 11) as f64 / (1u64 << 52) as f64 - 1.0) * scale
    };
    for _ in 0..8 {
        next();
    }
    (0..count).map(|_| f64::from(next() as f32)).collect()
}

/// A file of the kernels with one mistake in it.
pub(crate) struct Mistake {
    file: &'static str,
    what: String,
    text: String,
}

impl Mistake {
    /// `wrong` where `right` stands.
    pub(crate) fn swap(file: &'static str, right: &str, wrong: &str) -> Self {
        let text = source(file);
        assert!(text.contains(right), "{file} has no {right}");
        Self { file, what: format!("{right} → {wrong}"), text: text.replace(right, wrong) }
    }

    /// Each barrier of the file left out in turn.
    pub(crate) fn barriers(file: &'static str) -> Vec<Self> {
        const BARRIER: &str = "__syncthreads();";
        let text = source(file);
        let places = text.match_indices(BARRIER).map(|(at, _)| at);
        let without = places.map(|at| Self {
            file,
            what: format!("no barrier at byte {at}"),
            text: [&text[..at], &text[at + BARRIER.len()..]].concat(),
        });
        without.collect()
    }
}

/// Kernels with one mistake each: `check` must see it.
pub(crate) fn expect_found(
    mistakes: impl IntoIterator<Item = Mistake>,
    mut check: impl FnMut(&mut Host) -> Result<(), String>,
) {
    for Mistake { file, what, text } in mistakes {
        let name = format!("kernels_with_a_mistake_in_{file}");
        let Some(program) = compile(&copy(&name, file, &text), &name) else {
            return;
        };
        let found = check(&mut Host::of(&program)).err();
        println!("{file}: {what}: {found:?}");
        assert!(found.is_some(), "{file}: {what}: not found");
    }
}

/// A copy of the kernels with another text in one file.
fn copy(name: &str, file: &str, text: &str) -> PathBuf {
    let folder = std::env::current_exe().unwrap().with_file_name(format!("{name}.src"));
    for part in ["src", "cpu_emulation"] {
        std::fs::create_dir_all(folder.join(part)).unwrap();
        for entry in std::fs::read_dir(kernels().join(part)).unwrap() {
            let entry = entry.unwrap();
            std::fs::copy(entry.path(), folder.join(part).join(entry.file_name())).unwrap();
        }
    }
    std::fs::write(folder.join("src").join(file), text).unwrap();
    folder
}
