//! A checkout in a temporary folder, and a machine on which Python, cargo and rustc are small scripts that write down
//! how they were called. What is tried is `lab` itself, unchanged.

#![allow(dead_code, reason = "each test file uses its part")]

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

pub struct Checkout {
    folder: tempfile::TempDir,
}

/// The system's tools that the scripts call.
const TOOLS: [&str; 7] = ["sh", "mkdir", "cp", "chmod", "cat", "sleep", "git"];

/// Finds `venv`; makes an environment whose python plays pip, JupyterLab and whatever is run by `-c`.
const PYTHON: &str = r#"#!/bin/sh
if [ "$1" = -c ]; then printf '3\n11\n%s\n%s\n' "$(cat "$MACHINE/has-venv")" "$0"; exit 0; fi
echo venv >> "$MACHINE/calls"
if [ -e "$MACHINE/venv-fails" ]; then mkdir -p "$3/bin"; echo "OSError: [Errno 28] No space left on device"; exit 1; fi
mkdir -p "$3/bin"; cp "$MACHINE/environment-python" "$3/bin/python"; chmod +x "$3/bin/python"
"#;

const ENVIRONMENT_PYTHON: &str = r#"#!/bin/sh
here="${0%/bin/python}"
case "$1 $2" in
"-m pip")
    echo "pip $*" >> "$MACHINE/calls"
    while [ -e "$MACHINE/pip-waits" ]; do sleep 0.05; done
    if [ "$3" = download ]; then
        case "$*" in *"--python-version 3.11.0"*) ;; *) exit 1 ;; esac
        while [ "$1" != --dest ]; do shift; done; echo wheel > "$2/jupyterlab-1.2.3.whl"; exit
    fi
    case "$*" in *--no-index*) echo 1.2.3 > "$here/jupyterlab"; exit ;; esac
    if [ -e "$MACHINE/offline" ]; then
        echo "WARNING: Retrying: NewConnectionError: Failed to establish a new connection: [Errno -2] Name or service not known"
        echo "ERROR: No matching distribution found for jupyterlab==1.2.3"; exit 1
    fi
    echo 1.2.3 > "$here/jupyterlab" ;;
"-m jupyterlab") echo "JUPYTER $* prefer=$JUPYTER_PREFER_ENV_PATH"; exit 7 ;;
"-m sphinx") echo "SPHINX $*"; if [ -e "$MACHINE/sphinx-fails" ]; then exit 1; fi ;;
*links.py*) echo "LINKS $*" ;;
"-m nbformat.sign") echo "sign $*" >> "$MACHINE/calls" ;;
"--version ") echo "Python 3.11.0" ;;
-c*)
    case "$*" in
    *version_info*) echo "3 11" ;;
    *importlib.metadata*sphinx*) if [ -e "$MACHINE/no-sphinx" ]; then exit 1; fi ;;
    *importlib.metadata*) exec cat "$here/jupyterlab" ;;
    *--kernel*)
        while [ "$1" != --kernel ]; do shift; done; echo "RUN $* data=$RECURRENT_DATA_DIR"
        if [ -e "$MACHINE/page-fails" ]; then exit 1; fi
        if [ -e "$MACHINE/executed" ]; then
            while [ "$1" != --out ]; do shift; done; out="$2"; shift; shift; mkdir -p "$out"
            for page in "$@"; do cp "$MACHINE/executed/${page##*/}" "$out"; done
        fi ;;
    esac ;;
esac
"#;

/// Builds a kernel program that makes a template, and what stands beside it.
const CARGO: &str = r#"#!/bin/sh
names="lab-kernel lab-front"
if [ "$1" = rustc ]; then names=lab-cells; else echo "cargo $1" >> "$MACHINE/calls"; fi
if [ "$1" = run ]; then echo "BENCH $*"; exit 3; fi
if [ -e "$MACHINE/cargo-fails" ]; then echo "error: could not compile lab-kernel"; exit 101; fi
while [ "$1" != --target-dir ]; do shift; done
mkdir -p "$2/kernel"
for name in $names; do cp "$MACHINE/kernel" "$2/kernel/$name"; chmod +x "$2/kernel/$name"; done
"#;

const KERNEL: &str = r#"#!/bin/sh
if [ "$1" = --spare ]; then echo "spare $3" >> "$MACHINE/spares"; exit; fi
echo "template $RECURRENT_PREBUILT" >> "$MACHINE/calls"
mkdir -p "$2/target/deps"
echo compiled > "$2/target/deps/libsyn-0123456789abcdef.rlib"
echo earlier > "$2/target/deps/libsyn-fedcba9876543210.rlib"
echo '{"filenames":["target/deps/libsyn-0123456789abcdef.rlib"]}' > "$2/printed"
"#;

const RUSTC: &str = r#"#!/bin/sh
case "$1" in
--print=sysroot) echo "$MACHINE/sysroot" ;;
*) echo "rustc 1.95.0 (test)" ;;
esac
"#;

const RUSTUP: &str = r#"#!/bin/sh
if [ "$1" = component ]; then echo rust-src >> "$MACHINE/calls"; mkdir -p "$MACHINE/sysroot/lib/rustlib/src/rust/library/std"; fi
"#;

impl Checkout {
    pub fn new() -> Self {
        let checkout = Self { folder: tempfile::tempdir().unwrap() };
        for (name, text) in [
            ("python3", PYTHON),
            ("cargo", CARGO),
            ("rustc", RUSTC),
            ("rustup", RUSTUP),
            ("cc", "#!/bin/sh\necho cc 1\n"),
        ] {
            checkout.write(&format!("machine/bin/{name}"), text);
            make_executable(&checkout.path(&format!("machine/bin/{name}")));
        }
        for tool in TOOLS {
            let there = ["/bin", "/usr/bin"].map(|folder| Path::new(folder).join(tool));
            let tool_path = there.iter().find(|path| path.exists()).unwrap();
            symlink(tool_path, checkout.path("machine/bin").join(tool)).unwrap();
        }
        checkout.write("machine/environment-python", ENVIRONMENT_PYTHON);
        checkout.write("machine/kernel", KERNEL);
        checkout.write("machine/has-venv", "True");
        checkout.write("machine/sysroot/lib/rustlib/src/rust/library/std/lib.rs", "");
        for component in ["cargo-clippy", "rustfmt"] {
            checkout.write(&format!("machine/sysroot/bin/{component}"), "");
        }
        checkout.write("project/environment.yml", "dependencies:\n  - python >=3.10\n  - jupyterlab =1.2.3\n");
        checkout.write("project/rust-toolchain.toml", "[toolchain]\nchannel = \"1.95.0\"\n");
        let config = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.cargo/config.toml"));
        checkout.write("project/.cargo/config.toml", &config.unwrap());
        checkout.write("project/.gitignore", "target/\n.venv/\n.lab/\n/data/ag_news/\n/out/\n");
        for file in ["Cargo.toml", "Cargo.lock", "notebooks/01-first.ipynb", "notebooks/02-second.ipynb"] {
            checkout.write(&format!("project/{file}"), "");
        }
        for package in [
            "recurrent",
            "recurrent-data",
            "recurrent-derive",
            "recurrent-kernels",
            "recurrent-nn",
            "recurrent-plot",
            "lab-kernel",
        ] {
            checkout.write(&format!("project/crates/{package}/Cargo.toml"), "");
            checkout.write(&format!("project/crates/{package}/src/lib.rs"), "");
        }
        for file in ["train.csv", "test.csv"] {
            checkout.write(&format!("project/data/mini_news/{file}"), "");
        }
        checkout
    }

    /// Below the temporary folder, with its real name.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().canonicalize().unwrap().join(name)
    }

    pub fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub fn remove(&self, name: &str) {
        let path = self.path(name);
        if path.is_dir() { fs::remove_dir_all(path).unwrap() } else { fs::remove_file(path).unwrap() }
    }

    /// Makes the project a git repository with all its files in one commit.
    pub fn commit(&self) {
        let identity = ["-c", "user.name=test", "-c", "user.email=test@localhost"];
        for args in [&["init", "--quiet"][..], &["add", "--all"], &["commit", "--quiet", "--message", "test"]] {
            let mut git = Command::new("git");
            let status = git.args(identity).args(args).current_dir(self.path("project")).status();
            assert!(status.unwrap().success(), "git {args:?}");
        }
    }

    pub fn lab(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_lab"));
        command.args(args).current_dir(self.path("project")).stdin(Stdio::null());
        command.env_clear();
        command.env("PATH", self.path("machine/bin"));
        command.env("MACHINE", self.path("machine"));
        command.env("RECURRENT_ROOT", self.path("project"));
        command
    }

    /// Runs to the end: whether it succeeded, and all it printed.
    pub fn run(&self, args: &[&str]) -> (bool, String) {
        outcome(&self.lab(args).output().unwrap())
    }

    #[track_caller]
    pub fn run_well(&self, args: &[&str]) -> String {
        let (success, printed) = self.run(args);
        assert!(success, "{printed}");
        printed
    }

    #[track_caller]
    pub fn run_badly(&self, args: &[&str]) -> String {
        let (success, printed) = self.run(args);
        assert!(!success, "{printed}");
        printed
    }

    /// The programs called so far, without their arguments.
    pub fn calls(&self) -> Vec<String> {
        let calls = fs::read_to_string(self.path("machine/calls")).unwrap_or_default();
        calls.lines().map(|line| line.split(' ').next().unwrap().to_string()).collect()
    }

    pub fn forget_calls(&self) {
        fs::write(self.path("machine/calls"), "").unwrap();
    }

    /// A GPU with its driver.
    pub fn add_a_gpu(&self) {
        let gpu = "NVIDIA H200, 143771 MiB, 9.0, 580.1";
        self.add_program("nvidia-smi", &format!("echo '{gpu}'"));
        self.add_program("ldconfig", "echo '\tlibcuda.so.1 (libc6,x86-64)'");
    }

    pub fn add_nvcc(&self) {
        self.add_program("nvcc", "echo 'Cuda compilation tools, release 13.0, V13.0.88'");
    }

    pub fn add_program(&self, name: &str, script: &str) {
        let path = format!("machine/bin/{name}");
        self.write(&path, &format!("#!/bin/sh\n{script}\n"));
        make_executable(&self.path(&path));
    }

    /// Another Python environment, of the learner's own making.
    pub fn learners_environment(&self, jupyterlab: bool) -> PathBuf {
        self.write("own/bin/python", ENVIRONMENT_PYTHON);
        make_executable(&self.path("own/bin/python"));
        if jupyterlab {
            self.write("own/jupyterlab", "4.0.0\n");
        }
        self.path("own")
    }

    pub fn kernel_json(&self, environment: &str) -> serde_json::Value {
        let text = fs::read_to_string(self.path(environment).join("share/jupyter/kernels/rust/kernel.json")).unwrap();
        serde_json::from_str(&text).unwrap()
    }
}

pub fn outcome(output: &Output) -> (bool, String) {
    let printed = [&output.stdout[..], &output.stderr[..]].concat();
    (output.status.success(), String::from_utf8(printed).unwrap())
}

pub fn make_executable(path: &Path) {
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

/// Waits for something that another process does.
#[track_caller]
pub fn wait_until(what: &str, mut condition: impl FnMut() -> bool) {
    let started = Instant::now();
    while !condition() {
        assert!(started.elapsed() < Duration::from_secs(60), "{what} did not happen");
        thread::sleep(Duration::from_millis(20));
    }
}
