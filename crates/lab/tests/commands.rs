//! `cargo lab open`, `run`, `data` and `bench`: what they start, and what they refuse before they start anything.

use std::os::unix::process::ExitStatusExt;

use crate::checkout::{Checkout, outcome, wait_until};
use signal_hook::consts::SIGPIPE;

#[test]
fn open_sets_up_and_becomes_jupyterlab() {
    let checkout = Checkout::new();
    for args in [
        &["open", "--no-browser", "--port", "9999", "--", "--allow-root"][..],
        &["--no-browser", "--port", "9999", "--", "--allow-root"],
    ] {
        let output = checkout.lab(args).output().unwrap();
        let (_, printed) = outcome(&output);
        assert_eq!(output.status.code(), Some(7), "JupyterLab's own exit status: {printed}");
        let notebooks = checkout.path("project/notebooks");
        let root = format!("--ServerApp.root_dir={}", notebooks.display());
        for argument in [&root, "--no-browser", "--ServerApp.port=9999", " --allow-root", "prefer=1"] {
            assert!(printed.contains(argument), "{argument}: {printed}");
        }
        for setting in ["token", "password", "ServerApp.ip"] {
            assert!(!printed.contains(setting), "JupyterLab's own {setting} stays: {printed}");
        }
    }
    let spares = checkout.path("machine/spares");
    wait_until("a warm kernel for each JupyterLab", || {
        std::fs::read_to_string(&spares).is_ok_and(|spares| spares == "spare now\nspare now\n")
    });
    let (_, printed) = outcome(&checkout.lab(&["--ip", "0.0.0.0"]).output().unwrap());
    assert!(printed.contains("--ServerApp.ip=0.0.0.0"), "{printed}");
    assert!(checkout.run_badly(&["open", "--port", "99999"]).contains("99999"));
    assert!(checkout.run_badly(&["open", "--ip", "here"]).contains("here"));
}

#[test]
fn a_closed_pipe_ends_the_program_silently() {
    let checkout = Checkout::new();
    for (args, closes_stderr) in [(&["doctor"][..], false), (&["clean"], false), (&["run", "03-third"], true)] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut lab = checkout.lab(args);
        match closes_stderr {
            true => lab.stderr(writer),
            false => lab.stdout(writer),
        };
        let output = lab.output().unwrap();
        assert_eq!(output.status.signal(), Some(SIGPIPE), "{args:?}: {output:?}");
        assert!(!outcome(&output).1.contains("panicked"), "{args:?}: {output:?}");
    }
}

#[test]
fn run_takes_names_paths_or_all() {
    let checkout = Checkout::new();
    let first = checkout.path("project/notebooks/01-first.ipynb");
    let second = checkout.path("project/notebooks/02-second.ipynb");
    let (first, second) = (first.to_str().unwrap(), second.to_str().unwrap());
    let printed = checkout.run_well(&["run", "--all"]);
    assert!(
        printed.contains("RUN --kernel rust --timeout 900") && printed.contains(&format!("{first} {second} data=\n")),
        "{printed}"
    );
    for name in ["02-second", "02-second.ipynb", "notebooks/02-second.ipynb"] {
        let printed = checkout.run_well(&["run", name, "--timeout", "5"]);
        assert!(printed.contains("--timeout 5") && printed.contains(second) && !printed.contains(first), "{printed}");
    }
}

#[test]
fn run_hands_on_the_data_folder_as_an_absolute_path() {
    let checkout = Checkout::new();
    let printed = checkout.run_badly(&["run", "--all", "--data", "../news"]);
    assert!(printed.contains("ag_news/train.csv") && printed.contains("cargo lab data --dir ../news"), "{printed}");
    checkout.write("news/ag_news/train.csv", "");
    checkout.write("news/ag_news/test.csv", "");
    let printed = checkout.run_well(&["run", "--all", "--data", "../news"]);
    assert!(printed.contains(&format!("data={}\n", checkout.path("news").display())), "{printed}");
}

#[test]
fn run_refuses_before_it_sets_anything_up() {
    let checkout = Checkout::new();
    checkout.write("elsewhere/01-first.ipynb", "");
    for (args, word) in [
        (&["run", "03-third"][..], "there is no notebook 03-third"),
        (&["run", "03-third"], "01-first, 02-second"),
        (&["run"], "--all"),
        (&["run", "--all", "01-first"], "cannot be used with"),
        (&["run", "--all", "--timeout", "0"], "0"),
        (&["run", "--all", "--out", "notebooks"], "would overwrite"),
        (&["run", "01-first", "../elsewhere/01-first.ipynb"], "the same page"),
    ] {
        let printed = checkout.run_badly(args);
        assert!(printed.contains(word), "{args:?}: {printed}");
    }
    assert!(checkout.calls().is_empty());
}

#[test]
fn data_that_cannot_be_had_is_said_in_one_sentence() {
    let checkout = Checkout::new();
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for (name, file, instead) in [
        ("ag_news", "train.csv", "MiniNews"),
        ("multi30k", "training.tar.gz", "data/sentences"),
        ("tiny_shakespeare", "input.txt", "data/shakespeare"),
    ] {
        let output = checkout
            .lab(&["data", name, "--dir", "elsewhere"])
            .env("RECURRENT_DATA_URLS", format!("http://{closed}/a http://{closed}/b"))
            .output()
            .unwrap();
        let (success, printed) = outcome(&output);
        let not_reached = format!("/b/{file}: not reached");
        assert!(!success && printed.contains(instead) && printed.contains(&not_reached), "{printed}");
        assert!(!checkout.path(&format!("project/elsewhere/{name}/{file}")).exists());
    }
}

#[test]
fn data_of_the_learners_own_is_not_overwritten() {
    let checkout = Checkout::new();
    checkout.write("project/data/ag_news/train.csv", "mine");
    let printed = checkout.run_badly(&["data"]);
    assert!(printed.contains("is not the official file") && printed.contains("move it away"), "{printed}");
    assert_eq!(std::fs::read_to_string(checkout.path("project/data/ag_news/train.csv")).unwrap(), "mine");
    checkout.write("project/data/tiny_shakespeare/input.txt", "mine");
    let printed = checkout.run_badly(&["data", "tiny_shakespeare"]);
    assert!(printed.contains("input.txt is there but is not the official file"), "{printed}");
}

#[test]
fn a_corpus_that_nobody_knows_is_answered_with_those_there_are() {
    let printed = Checkout::new().run_badly(&["data", "imdb"]);
    assert!(printed.contains("ag_news, multi30k, tiny_shakespeare"), "{printed}");
}

#[test]
fn bench_on_a_gpu_is_compiled_with_cuda() {
    let checkout = Checkout::new();
    for device in [&["--device", "cuda:1"][..], &["--device=cuda"]] {
        let args = [&["bench", "lesson"], device].concat();
        let printed = checkout.run_badly(&args);
        assert!(printed.contains("no NVIDIA GPU answers"), "{printed}");
    }
    checkout.add_a_gpu();
    checkout.add_nvcc();
    let (_, printed) = checkout.run(&["bench", "lesson", "--device", "cuda:1"]);
    assert!(printed.contains("--features cuda"), "{printed}");
    let (_, printed) = checkout.run(&["bench", "lesson", "--device", "cpu"]);
    assert!(!printed.contains("--features"), "{printed}");
}

#[test]
fn bench_hands_everything_on() {
    let checkout = Checkout::new();
    let output = checkout.lab(&["bench", "--help", "lstm", "--rows", "5"]).output().unwrap();
    let (_, printed) = outcome(&output);
    assert_eq!(output.status.code(), Some(3));
    assert!(printed.contains("--package recurrent-bench") && printed.contains("-- --help lstm --rows 5"), "{printed}");
}
