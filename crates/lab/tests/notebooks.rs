//! Notebooks that fail in every way, executed for real: by `run.py` on Python's own kernel, and by `cargo lab run` on
//! the Rust kernel. They need what `cargo lab setup` makes: `cargo test --test lab -- --ignored notebooks::`.

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

struct Folder(tempfile::TempDir);

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().canonicalize().unwrap().join(name)
    }

    /// A cell whose text begins with `#tag ` is one that may fail.
    fn notebook(&self, name: &str, cells: &[&str]) -> PathBuf {
        let cells: Vec<Value> = cells
            .iter()
            .enumerate()
            .map(|(number, source)| {
                let (tags, source) = match source.strip_prefix("#tag ") {
                    Some(rest) => (json!(["raises-exception"]), rest),
                    None => (json!([]), *source),
                };
                json!({
                    "id": format!("c{number}"), "cell_type": "code", "source": source, "metadata": {"tags": tags},
                    "outputs": [], "execution_count": null
                })
            })
            .collect();
        let path = self.path(&format!("{name}.ipynb"));
        let notebook = json!({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells});
        fs::write(&path, notebook.to_string()).unwrap();
        path
    }

    /// `run.py` on Python's kernel: quick, and it fails in the same ways.
    fn on_python(&self, notebooks: &[&Path], timeout: u32) -> Command {
        let python = root().join(".venv/bin/python");
        assert!(python.exists(), "run `cargo lab setup` first");
        let mut command = Command::new(python);
        command.arg(root().join("crates/lab/src/run.py")).args([
            "--kernel",
            "python3",
            "--timeout",
            &timeout.to_string(),
        ]);
        command.arg("--out").arg(self.path("out")).args(notebooks);
        command
    }

    fn on_rust(&self, notebooks: &[&Path]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_lab"));
        command.arg("run").args(notebooks).arg("--out").arg(self.path("out"));
        command
    }

    fn executed(&self, name: &str) -> Value {
        serde_json::from_str(&fs::read_to_string(self.path(&format!("out/{name}.ipynb"))).unwrap()).unwrap()
    }
}

fn run(mut command: Command) -> (Option<i32>, String) {
    let output = command.output().unwrap();
    (output.status.code(), String::from_utf8(output.stdout).unwrap())
}

#[test]
#[ignore = "needs `cargo lab setup`"]
fn a_failing_notebook_is_told_in_full_and_the_others_still_run() {
    let folder = Folder::new();
    let bad = folder.notebook("bad", &["y = 2", "# the second\nraise ValueError('no such thing')", "print('never')"]);
    let dies = folder.notebook("dies", &["import os; os._exit(3)"]);
    let slow = folder.notebook("slow", &["import time; time.sleep(60)"]);
    let broken = folder.path("broken.ipynb");
    fs::write(&broken, "{no json").unwrap();
    let good = folder.notebook("good", &["", "import os; print(os.getcwd())", "#tag 1/0", "2 + 3"]);

    let (status, printed) = run(folder.on_python(&[&bad, &dies, &slow, &broken, &good], 5));
    assert_eq!(status, Some(1), "{printed}");
    for line in [
        "  cell 2 failed:\n    | # the second\n    | raise ValueError('no such thing')\n",
        "    | ValueError: no such thing\n",
        "cell 1 ended the kernel",
        "ran longer than 5 s",
        "broken.ipynb: this file is not a Jupyter notebook",
        "s  import os; print(os.getcwd())\n",
    ] {
        assert!(printed.contains(line), "{line}: {printed}");
    }
    assert!(!printed.contains('\x1b'), "no colours where there is no terminal");
    let summary: Vec<_> =
        printed.lines().rev().skip(1).take(5).map(|line| line.split_whitespace().collect::<Vec<_>>()).collect();
    assert_eq!((summary[0][1], summary[0][3]), ("3/3", "ok"), "{printed}");
    assert_eq!((summary[4][1], summary[4][3]), ("1/3", "FAILED:"), "{printed}");

    assert!(fs::read_to_string(folder.path("out/good.html")).unwrap().contains("<html"));
    let good = folder.executed("good");
    assert_eq!(good["cells"][3]["outputs"][0]["data"]["text/plain"], json!(["5"]));
    let folder_of_the_notebook = folder.path("");
    let printed_folder = good["cells"][1]["outputs"][0]["text"][0].as_str().unwrap();
    assert_eq!(Path::new(printed_folder.trim()), folder_of_the_notebook);
    assert_eq!(folder.executed("bad")["cells"][1]["outputs"][0]["ename"], "ValueError");
}

#[test]
#[ignore = "needs `cargo lab setup`"]
fn a_stop_ends_the_whole_run_and_its_kernel() {
    for signal in ["INT", "TERM"] {
        for moment in ["slow.ipynb", "kernel"] {
            let folder = Folder::new();
            // `exec`: the kernel is found by the file that it leaves
            let pid_file = folder.path("pid");
            let cell = format!("import os, time; open({pid_file:?}, 'w').write(str(os.getpid())); time.sleep(60)");
            let slow = folder.notebook("slow", &[&cell]);
            let next = folder.notebook("next", &["1"]);
            let mut child =
                folder.on_python(&[&slow, &next], 60).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
            let mut printed = BufReader::new(child.stdout.take().unwrap());
            read_until(&mut printed, moment);
            while moment == "kernel" && fs::read_to_string(&pid_file).unwrap_or_default().is_empty() {
                std::thread::sleep(std::time::Duration::from_millis(20));
            }
            send(signal, &child);
            let status = child.wait().unwrap();
            let mut rest = String::new();
            printed.read_to_string(&mut rest).unwrap();
            assert_eq!(status.code(), Some(130), "{signal} at {moment}: {rest}");
            assert!(!rest.contains("next.ipynb"), "{signal} at {moment}: {rest}");
            if let Ok(pid) = fs::read_to_string(&pid_file) {
                assert!(
                    !Path::new("/proc").join(pid).join("cwd").exists(),
                    "{signal} at {moment}: the kernel is still there"
                );
            }
        }
    }
}

#[test]
#[ignore = "needs `cargo lab setup`"]
fn a_closed_pipe_ends_the_run_silently() {
    let folder = Folder::new();
    let notebooks = ["first", "second"].map(|name| folder.notebook(name, &["1"]));
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut run = folder.on_python(&[&notebooks[0], &notebooks[1]], 60);
    let output = run.stdout(writer).output().unwrap();
    let errors = String::from_utf8(output.stderr).unwrap();
    assert!(!errors.contains("Traceback") && !errors.contains("cargo lab"), "{errors}");
    assert!(!folder.path("out/second.ipynb").exists(), "nobody reads, so nothing more is run");
}

fn read_until(printed: &mut impl BufRead, word: &str) {
    let mut line = String::new();
    while printed.read_line(&mut line).unwrap() > 0 {
        if line.contains(word) {
            return;
        }
        line.clear();
    }
    panic!("{word} was not printed");
}

fn send(signal: &str, child: &Child) {
    let id = child.id().to_string();
    assert!(Command::new("kill").args(["-s", signal, &id]).status().unwrap().success());
}

/// evcxr answers "ok" to a cell that panics or ends early; `cargo lab run` does not.
#[test]
#[ignore = "needs `cargo lab setup`"]
fn rust_cells_that_panic_end_early_or_do_not_compile_fail() {
    let folder = Folder::new();
    let panics = folder.notebook("panics", &["let a = vec![1];", "let b = a[5];", "println!(\"never\");"]);
    let early =
        folder.notebook("early", &["let a = 1;", "// the second\nlet b: i32 = \"x\".parse()?;\nprintln!(\"{b}\");"]);
    let last = folder.notebook("last", &["\"x\".parse::<i32>()?"]);
    let wrong = folder.notebook("wrong", &["let a: i32 = \"text\";"]);
    let good = folder.notebook(
        "good",
        &[
            "fn five() -> i32 { 5 }",
            "println!(\"one\\ntwo\");",
            "let x: i32 = \"7\".parse()?;",
            "x + five()",
            "for i in 0..2 { println!(\"{i}\"); }",
            "#tag panic!(\"on purpose\");",
            "use std::fmt::Debug;\nstruct A;",
            "let y = x; // a comment",
        ],
    );
    let (status, printed) = run(folder.on_rust(&[&panics, &early, &last, &wrong, &good]));
    assert_eq!(status, Some(1), "{printed}");
    for line in [
        "  cell 2 failed:\n    | let b = a[5];\n",
        "index out of bounds: the len is 1 but the index is 5",
        "  cell 2 failed:\n    | // the second\n",
        "  cell 1 failed:\n    | \"x\".parse::<i32>()?\n",
        "    | ParseIntError: invalid digit found in string\n",
        "  cell 1 failed:\n    | let a: i32 = \"text\";\n",
        "mismatched types",
    ] {
        assert!(printed.contains(line), "{line}: {printed}");
    }
    let good_line = printed.lines().find(|line| line.starts_with("good.ipynb ")).unwrap();
    assert!(good_line.ends_with("ok") && good_line.contains("8/8"), "{printed}");
    let good = folder.executed("good");
    assert_eq!(good["cells"][1]["source"].as_array().map_or(1, Vec::len), 1);
    assert_eq!(good["cells"][1]["outputs"][0]["text"], json!(["one\n", "two\n"]));
    assert_eq!(good["cells"][3]["outputs"][0]["data"]["text/plain"], json!(["12"]));
}

#[test]
#[ignore = "needs `cargo lab setup`"]
fn the_pages_run_with_the_versions_of_the_lock_file() {
    let packages = |file: &str| -> BTreeSet<String> {
        let text = fs::read_to_string(root().join(file)).unwrap();
        let packages = text.split("[[package]]").filter(|package| package.contains("\nchecksum = "));
        packages.map(|package| package.split("dependencies = ").next().unwrap().trim().to_owned()).collect()
    };
    let (tested, used) = (packages("Cargo.lock"), packages(".lab/kernels/template/Cargo.lock"));
    let others: Vec<_> = used.difference(&tested).collect();
    assert!(used.len() > 100 && others.is_empty(), "{others:#?}");
}
