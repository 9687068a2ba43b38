//! `cargo lab pack` and `unpack`: what an archive holds, where it is unpacked, and what is refused.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::checkout::{Checkout, make_executable, wait_until};

const ARCHIVE: &str = "class.tar";

/// A machine without a network, with an archive in the folder where `cargo lab` is called.
fn packed() -> Checkout {
    let checkout = Checkout::new();
    checkout.write("project/data/ag_news/train.csv", "the learner's own");
    checkout.write("project/out/01-first.html", "the learner's own");
    checkout.commit();
    checkout.run_well(&["pack", &archive(&checkout)]);
    checkout.write("machine/offline", "");
    checkout.forget_calls();
    checkout
}

fn archive(checkout: &Checkout) -> String {
    checkout.path(ARCHIVE).to_str().unwrap().to_owned()
}

fn unpack<'a>(archive: &'a str, folder: &'a Path) -> [&'a str; 3] {
    ["unpack", archive, folder.to_str().unwrap()]
}

#[test]
fn a_packed_lesson_is_ready_on_a_machine_without_a_network() {
    let checkout = packed();
    let folder = checkout.path("class/lesson");
    fs::create_dir(folder.parent().unwrap()).unwrap();
    let printed = checkout.run_well(&unpack(&archive(&checkout), &folder));
    assert!(printed.contains(&format!("cd {} && cargo lab", folder.display())), "{printed}");

    let calls = fs::read_to_string(checkout.path("machine/calls")).unwrap();
    assert!(calls.contains(&format!("--no-index --find-links {}/.lab/packed/wheels", folder.display())), "{calls}");
    assert!(calls.contains(&format!("template {}/.lab/packed/crates\n", folder.display())), "{calls}");
    assert!(!calls.contains("cargo"), "the kernel is not compiled again: {calls}");
    let kernel = checkout.kernel_json("class/lesson/.venv");
    assert_eq!(kernel["argv"][0], folder.join(".lab/bin/lab-kernel").to_str().unwrap());
    for file in [".lab/packed/crates/libsyn-0123456789abcdef.rlib", ".lab/packed/lab", "notebooks/01-first.ipynb"] {
        assert!(folder.join(file).exists(), "{file}");
    }
    let earlier = folder.join(".lab/packed/crates/libsyn-fedcba9876543210.rlib");
    assert!(!earlier.exists(), "what the template does not use is not packed");
    let config = fs::read_to_string(folder.join(".cargo/config.toml")).unwrap();
    assert!(config.contains("--manifest-path .lab/packed/start/Cargo.toml"), "{config}");
    let beside: Vec<_> = fs::read_dir(folder.parent().unwrap()).unwrap().collect();
    assert_eq!(beside.len(), 1, "{beside:?}");

    checkout.forget_calls();
    let lab = |arguments: &[&str]| checkout.lab(arguments).env("RECURRENT_ROOT", &folder).output().unwrap();
    let again = String::from_utf8(lab(&["setup"]).stdout).unwrap();
    assert_eq!(again.matches("is up to date").count(), 4, "{again}");
    lab(&["open", "--no-browser"]);
    let calls = fs::read_to_string(checkout.path("machine/calls")).unwrap();
    assert!(calls.contains("sign "), "its pages are signed, though there is no git: {calls}");
    let refused = lab(&["clean"]);
    assert!(!refused.status.success() && folder.join(".lab/packed").exists(), "{refused:?}");
}

#[test]
fn an_archive_holds_what_git_has_and_nothing_of_the_learner() {
    let checkout = packed();
    let mut names = Vec::new();
    for member in tar::Archive::new(File::open(checkout.path(ARCHIVE)).unwrap()).entries().unwrap() {
        let mut member = member.unwrap();
        names.push(member.path().unwrap().to_str().unwrap().to_owned());
        if names.len() == 3 {
            let mut lesson = tar::Archive::new(flate2::read::GzDecoder::new(&mut member));
            for file in lesson.entries().unwrap() {
                let mut file = file.unwrap();
                assert_eq!((file.header().uid().unwrap(), file.header().username().unwrap()), (0, Some("")));
                let mut content = Vec::new();
                file.read_to_end(&mut content).unwrap();
                let content = String::from_utf8_lossy(&content);
                let name = file.path().unwrap().into_owned();
                assert!(!content.contains("the learner's own"), "{name:?}");
                assert!(!name.starts_with(".lab/log") && !name.starts_with(".venv"), "{name:?}");
            }
            break;
        }
    }
    assert_eq!(names, ["lab", "pack.json", "lesson.tar.gz"]);
}

#[test]
fn a_changed_checkout_is_not_packed() {
    let checkout = Checkout::new();
    let printed = checkout.run_badly(&["pack"]);
    assert!(printed.contains("is no git checkout"), "{printed}");
    checkout.commit();
    checkout.write("project/notebooks/02-second.ipynb", "my answers");
    let printed = checkout.run_badly(&["pack"]);
    assert!(printed.contains("notebooks/02-second.ipynb is not as it was committed"), "{printed}");
    assert!(checkout.calls().is_empty(), "said before anything is set up");
}

#[test]
fn another_machine_is_refused_before_anything_is_written() {
    let checkout = Checkout::new();
    checkout.commit();
    checkout.add_program("getconf", "echo glibc 2.36");
    checkout.run_well(&["pack", &archive(&checkout)]);
    let folder = checkout.path("lesson");
    let refused = |reasons: &[&str]| {
        let printed = checkout.run_badly(&unpack(&archive(&checkout), &folder));
        for reason in reasons {
            assert!(printed.contains(reason), "{reason}: {printed}");
        }
        assert!(!folder.exists() && !checkout.path("lesson.unpacking").exists());
    };
    checkout.add_program("getconf", "echo glibc 2.31");
    refused(&["needs glibc 2.36 or newer", "has glibc 2.31"]);
    checkout.add_program("getconf", "echo glibc 2.40");

    let rustc = fs::read_to_string(checkout.path("machine/bin/rustc")).unwrap();
    checkout.add_program("rustc", "echo 'rustc 1.94.0 (old)'");
    refused(&["needs rustc 1.95.0 (test)", "has rustc 1.94.0 (old)", "rustup toolchain install 1.95.0"]);
    checkout.add_program("rustc", "echo \"error: toolchain $RUSTUP_TOOLCHAIN is not installed\" >&2; exit 1");
    refused(&["there is none (error: toolchain 1.95.0 is not installed)"]);
    checkout.write("machine/bin/rustc", &rustc);
    fs::rename(checkout.path("machine/sysroot"), checkout.path("machine/away")).unwrap();
    refused(&["sources of Rust's standard library"]);
    fs::rename(checkout.path("machine/away"), checkout.path("machine/sysroot")).unwrap();

    let python = fs::read_to_string(checkout.path("machine/bin/python3")).unwrap();
    checkout.add_program("python3", "printf '3\\n13\\nTrue\\n/usr/bin/python3\\n'");
    refused(&["needs Python 3.11 with `venv`", "has 3.13 (/usr/bin/python3)"]);
    // Another Python, of another name, fits.
    checkout.write("machine/bin/python3.11", &python);
    make_executable(&checkout.path("machine/bin/python3.11"));

    change_description(&checkout, "linux", "plan9");
    change_description(&checkout, "macos", "plan9");
    refused(&["packed for", "plan9", "and this machine is"]);
    change_description(&checkout, "\"format\": 1", "\"format\": 2");
    refused(&["has the format 2, and this program reads 1"]);
}

/// Replaces a text of pack.json by one of the same length, if it is there.
fn change_description(checkout: &Checkout, from: &str, to: &str) {
    assert_eq!(from.len(), to.len());
    let mut bytes = fs::read(checkout.path(ARCHIVE)).unwrap();
    let description = bytes.windows(10).position(|window| window == b"\"format\": ").unwrap();
    let found = bytes[description..description + 400].windows(from.len()).position(|there| there == from.as_bytes());
    if let Some(found) = found {
        bytes[description + found..][..to.len()].copy_from_slice(to.as_bytes());
        fs::write(checkout.path(ARCHIVE), bytes).unwrap();
    }
}

#[test]
fn an_archive_that_is_cut_off_damaged_or_none_is_refused() {
    let checkout = packed();
    let whole = fs::read(checkout.path(ARCHIVE)).unwrap();
    let start_of_lesson = whole.windows(13).rposition(|name| name == b"lesson.tar.gz").unwrap() + 512;
    let folder = checkout.path("lesson");
    let damaged = |bytes: &[u8], reason: &str| {
        checkout.write("damaged.tar", "");
        fs::write(checkout.path("damaged.tar"), bytes).unwrap();
        let file = checkout.path("damaged.tar").to_str().unwrap().to_owned();
        let printed = checkout.run_badly(&unpack(&file, &folder));
        assert!(printed.contains(reason) && printed.contains("copy it again"), "{reason}: {printed}");
        assert!(!folder.exists() && !checkout.path("lesson.unpacking").exists(), "nothing stays");
    };
    damaged(&whole[..start_of_lesson + 700], "is cut off after");
    for end in [0, 300, 5_000, start_of_lesson - 100] {
        damaged(&whole[..end], "is no archive of `cargo lab pack`");
    }
    damaged(&vec![b'x'; 20_000], "is no archive of `cargo lab pack`");
    let mut other = whole.clone();
    other[start_of_lesson + 500] ^= 1;
    damaged(&other, "the archive is damaged");
    assert!(checkout.run_badly(&["unpack", "missing.tar"]).contains("cannot read missing.tar"));
}

#[test]
fn a_folder_with_something_in_it_is_left_alone() {
    let checkout = packed();
    let archive = archive(&checkout);
    checkout.write("full/notes.txt", "mine");
    let printed = checkout.run_badly(&unpack(&archive, &checkout.path("full")));
    assert!(printed.contains("full is not empty: name a folder that does not exist yet"), "{printed}");
    assert_eq!(fs::read_to_string(checkout.path("full/notes.txt")).unwrap(), "mine");

    fs::create_dir(checkout.path("lesson")).unwrap();
    let lesson = checkout.path("lesson");
    checkout.run_well(&unpack(&archive, &lesson));
    checkout.write("lesson/notebooks/01-first.ipynb", "my answers");
    let printed = checkout.run_badly(&unpack(&archive, &lesson));
    assert!(printed.contains("holds a lesson that was unpacked before"), "{printed}");
    assert_eq!(fs::read_to_string(checkout.path("lesson/notebooks/01-first.ipynb")).unwrap(), "my answers");

    checkout.write("other.unpacking/notes.txt", "mine");
    let printed = checkout.run_badly(&unpack(&archive, &checkout.path("other")));
    assert!(printed.contains("other.unpacking is in the way"), "{printed}");
    assert!(checkout.path("other.unpacking/notes.txt").exists());
}

#[test]
fn what_a_kill_leaves_is_not_used() {
    let checkout = packed();
    let archive = archive(&checkout);
    // Killed while it unpacked:
    checkout.write("lesson.unpacking/.lab/lock", "");
    checkout.write("lesson.unpacking/.lab/bin/lab-kernel", "half of it");
    checkout.write("lesson.unpacking/notebooks/99-half.ipynb", "half of it");
    let lesson: PathBuf = checkout.path("lesson");
    // Killed while it is set up:
    checkout.write("machine/pip-waits", "");
    let mut killed = checkout.lab(&unpack(&archive, &lesson)).spawn().unwrap();
    wait_until("pip", || checkout.calls().contains(&"pip".to_string()));
    killed.kill().unwrap();
    killed.wait().unwrap();
    assert!(!checkout.path("lesson.unpacking").exists() && !lesson.join("notebooks/99-half.ipynb").exists());
    assert!(!lesson.join(".venv/share").exists(), "no page finds a kernel yet");
    checkout.remove("machine/pip-waits");
    let output = checkout.lab(&["setup"]).env("RECURRENT_ROOT", &lesson).output().unwrap();
    assert!(output.status.success(), "set-up goes on: {output:?}");
    assert!(lesson.join(".venv/share/jupyter/kernels/rust/kernel.json").exists());
}
