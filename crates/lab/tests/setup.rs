//! `cargo lab setup`, `doctor` and `clean`: what is made, found, mended, waited for, refused and removed.

use std::fs;
use std::process::Stdio;

use crate::checkout::{Checkout, outcome, wait_until};

#[test]
fn a_first_setup_makes_everything_and_a_second_nothing() {
    let checkout = Checkout::new();
    let printed = checkout.run_well(&["setup"]);
    let mut calls = checkout.calls();
    calls.sort();
    assert_eq!(calls, ["cargo", "pip", "template", "venv"], "{printed}");

    let kernel = checkout.kernel_json("project/.venv");
    let program = checkout.path("project/.lab/bin/lab-kernel");
    assert_eq!(kernel["argv"][0], program.to_str().unwrap());
    assert_eq!(kernel["argv"][2], "{connection_file}");
    assert_eq!(kernel["interrupt_mode"], "message");
    assert_eq!(kernel["language"], "rust");
    let template = std::path::Path::new(kernel["env"]["RECURRENT_TEMPLATE"].as_str().unwrap());
    assert!(program.exists() && template.join("target").exists());
    assert!(program.with_file_name("lab-cells").exists());

    checkout.forget_calls();
    let again = checkout.run_well(&["setup"]);
    assert!(checkout.calls().is_empty(), "{again}");
    assert_eq!(again.matches("is up to date").count(), 4, "{again}");
    assert!(checkout.run_well(&["doctor"]).contains("ok       template"));
}

#[test]
fn pip_gets_the_pins_of_the_environment_file() {
    let checkout = Checkout::new();
    checkout.run_well(&["setup"]);
    let calls = fs::read_to_string(checkout.path("machine/calls")).unwrap();
    assert!(calls.contains(" jupyterlab==1.2.3\n"), "{calls}");

    checkout.forget_calls();
    checkout.write("project/environment.yml", "dependencies:\n  - python >=3.10\n  - jupyterlab =1.2.4\n");
    checkout.run_well(&["setup"]);
    let calls = fs::read_to_string(checkout.path("machine/calls")).unwrap();
    assert!(
        calls.contains(" jupyterlab==1.2.4\n") && !calls.contains("venv"),
        "changed pins go into the same environment: {calls}"
    );
}

#[test]
fn a_setup_without_network_says_so_and_the_next_one_mends_it() {
    let checkout = Checkout::new();
    checkout.write("machine/offline", "");
    let printed = checkout.run_badly(&["setup"]);
    assert!(printed.contains("The network was not reached"), "{printed}");
    assert!(printed.contains("  | ERROR: No matching distribution"), "pip's own words are shown: {printed}");
    assert!(!checkout.path("project/.venv/share").exists(), "no kernel in a half-made environment");
    let doctor = checkout.run_badly(&["doctor"]);
    assert!(doctor.contains("MISSING  Python"), "{doctor}");

    checkout.remove("machine/offline");
    checkout.forget_calls();
    checkout.run_well(&["setup"]);
    assert_eq!(checkout.calls(), ["venv", "pip"], "the half-made environment is made again; the kernel was kept");
}

#[test]
fn a_full_disk_is_named() {
    let checkout = Checkout::new();
    checkout.write("machine/venv-fails", "");
    let printed = checkout.run_badly(&["setup"]);
    assert!(printed.contains("The disk is full"), "{printed}");
    checkout.remove("machine/venv-fails");
    checkout.run_well(&["setup"]);
}

#[test]
fn a_kernel_that_does_not_compile_shows_the_compilers_words() {
    let checkout = Checkout::new();
    checkout.write("machine/cargo-fails", "");
    let printed = checkout.run_badly(&["setup"]);
    assert!(printed.contains("  | error: could not compile lab-kernel") && printed.contains("kernel.log"), "{printed}");
    assert!(!checkout.path("project/.lab/bin/lab-kernel").exists());
}

#[test]
fn no_python_old_python_and_python_without_venv() {
    let checkout = Checkout::new();
    checkout.write("machine/has-venv", "False");
    let printed = checkout.run_badly(&["setup"]);
    assert!(printed.contains("no `venv` module") && printed.contains("apt install python3.11-venv"), "{printed}");

    checkout.write("machine/bin/python3", "#!/bin/sh\nprintf '3\\n8\\nTrue\\n/old/python3\\n'\n");
    let printed = checkout.run_badly(&["setup"]);
    assert!(printed.contains("Python 3.8 (/old/python3) is too old") && printed.contains("3.10"), "{printed}");

    checkout.remove("machine/bin/python3");
    let printed = checkout.run_badly(&["setup"]);
    assert!(printed.contains("Python was not found") && printed.contains("brew install python"), "{printed}");
    assert!(checkout.calls().is_empty(), "nothing is built before it is said");
    assert!(checkout.run_badly(&["doctor"]).contains("apt install python3"));
}

#[test]
fn a_newer_python_under_another_name_is_found() {
    let checkout = Checkout::new();
    fs::rename(checkout.path("machine/bin/python3"), checkout.path("machine/bin/python3.12")).unwrap();
    checkout.write("machine/bin/python3", "#!/bin/sh\nprintf '3\\n8\\nTrue\\n/old/python3\\n'\n");
    crate::checkout::make_executable(&checkout.path("machine/bin/python3"));
    checkout.run_well(&["setup"]);
}

#[test]
fn a_missing_rust_component_is_added() {
    let checkout = Checkout::new();
    checkout.remove("machine/sysroot");
    checkout.run_well(&["setup"]);
    assert!(checkout.calls().contains(&"rust-src".to_string()));

    checkout.remove("machine/sysroot");
    checkout.remove("machine/bin/rustup");
    let printed = checkout.run_badly(&["setup"]);
    assert!(printed.contains("rust-src") && printed.contains("rustup.rs"), "{printed}");
}

#[test]
fn the_learners_environment_is_used_if_it_has_jupyterlab_and_left_otherwise() {
    let checkout = Checkout::new();
    let own = checkout.learners_environment(true);
    let (success, printed) = outcome(&checkout.lab(&["setup"]).env("CONDA_PREFIX", &own).output().unwrap());
    assert!(success && printed.contains("your environment"), "{printed}");
    assert!(!checkout.path("project/.venv").exists());
    checkout.kernel_json("own");

    let checkout = Checkout::new();
    let own = checkout.learners_environment(false);
    let (success, printed) = outcome(&checkout.lab(&["setup"]).env("VIRTUAL_ENV", &own).output().unwrap());
    assert!(success, "{printed}");
    assert!(!own.join("share").exists());
    checkout.kernel_json("project/.venv");
}

#[test]
fn a_kernel_from_elsewhere_is_not_overwritten() {
    let checkout = Checkout::new();
    let own = checkout.learners_environment(true);
    checkout.write("own/share/jupyter/kernels/rust/kernel.json", r#"{"argv": ["evcxr_jupyter"]}"#);
    let (success, printed) = outcome(&checkout.lab(&["setup"]).env("VIRTUAL_ENV", &own).output().unwrap());
    assert!(!success && printed.contains("another kernel named `rust`"), "{printed}");
    assert_eq!(checkout.kernel_json("own")["argv"][0], "evcxr_jupyter");
}

#[test]
fn a_folder_of_the_learners_named_venv_is_not_touched() {
    let checkout = Checkout::new();
    checkout.write("project/.venv/notes.txt", "mine");
    let printed = checkout.run_badly(&["setup"]);
    assert!(printed.contains("was not made by `cargo lab`"), "{printed}");
    checkout.run(&["clean"]);
    assert!(checkout.path("project/.venv/notes.txt").exists());
}

#[test]
fn clean_removes_what_setup_made_and_nothing_else() {
    let checkout = Checkout::new();
    assert!(checkout.run_well(&["clean"]).contains("Nothing to remove"));
    let own = checkout.learners_environment(true);
    checkout.write("own/share/jupyter/kernels/other/kernel.json", "{}");
    checkout.write("project/out/page.html", "");
    checkout.run_well(&["setup"]);
    assert!(outcome(&checkout.lab(&["setup"]).env("VIRTUAL_ENV", &own).output().unwrap()).0);

    checkout.run_well(&["clean"]); // with the learner's environment not active
    assert!(!checkout.path("project/.venv").exists() && !checkout.path("project/.lab").exists());
    assert!(!own.join("share/jupyter/kernels/rust").exists());
    for kept in [
        "own/bin/python",
        "own/share/jupyter/kernels/other/kernel.json",
        "project/out/page.html",
        "project/data/mini_news/train.csv",
    ] {
        assert!(checkout.path(kept).exists(), "{kept}");
    }
    assert!(checkout.run_well(&["clean"]).contains("Nothing to remove"));
}

#[test]
fn clean_waits_for_kernels_to_be_shut_down() {
    let checkout = Checkout::new();
    checkout.run_well(&["setup"]);
    checkout.write("project/.lab/kernels/123.lock", "");
    let live = fs::File::open(checkout.path("project/.lab/kernels/123.lock")).unwrap();
    live.lock().unwrap();
    let printed = checkout.run_badly(&["clean"]);
    assert!(printed.contains("kernel is running"), "{printed}");
    assert!(checkout.path("project/.venv").exists() && checkout.path("project/.lab/bin").exists());
    drop(live);
    checkout.run_well(&["clean"]);
}

#[test]
fn two_setups_at_once_do_the_work_once() {
    let checkout = Checkout::new();
    let start = || checkout.lab(&["setup"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    for child in [start(), start()] {
        let (success, printed) = outcome(&child.wait_with_output().unwrap());
        assert!(success, "{printed}");
    }
    let mut calls = checkout.calls();
    calls.sort();
    assert_eq!(calls, ["cargo", "pip", "template", "venv"]);
}

/// The worst moment: set-up is killed, and the pip that it started lives on and writes into the environment.
#[test]
fn after_a_kill_the_next_setup_waits_for_what_still_writes() {
    let checkout = Checkout::new();
    checkout.write("machine/pip-waits", "");
    let mut killed = checkout.lab(&["setup"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    wait_until("pip", || checkout.calls().contains(&"pip".to_string()));
    killed.kill().unwrap();
    killed.wait().unwrap();

    let next = checkout
        .lab(&["setup"])
        .stdout(Stdio::piped())
        .stderr(fs::File::create(checkout.path("next")).unwrap())
        .spawn()
        .unwrap();
    wait_until("waiting", || fs::read_to_string(checkout.path("next")).unwrap().contains("waiting for it"));
    assert_eq!(checkout.calls().iter().filter(|call| *call == "venv").count(), 1);
    checkout.remove("machine/pip-waits");
    let (success, printed) = outcome(&next.wait_with_output().unwrap());
    assert!(success, "{printed}");
    assert_eq!(
        checkout.calls().iter().filter(|call| *call == "venv").count(),
        2,
        "the half-made environment is not trusted"
    );
    assert!(checkout.path("project/.venv/jupyterlab").exists());
}

#[test]
fn with_cuda_the_pages_get_a_template_of_their_own() {
    let checkout = Checkout::new();
    let printed = checkout.run_badly(&["setup", "--features", "cuda"]);
    assert!(printed.contains("no NVIDIA GPU answers"), "{printed}");
    assert!(checkout.calls().is_empty(), "it is said before anything is built");
    checkout.add_a_gpu();
    let printed = checkout.run_badly(&["setup", "--features", "cuda"]);
    assert!(printed.contains("cuda/build.sh cargo lab"), "{printed}");
    checkout.add_nvcc();

    checkout.run_well(&["setup"]);
    let plain = checkout.kernel_json("project/.venv");
    assert!(plain["env"].get("EVCXR_CONFIG_DIR").is_none());
    checkout.forget_calls();
    let printed = checkout.run_well(&["setup", "--features", "cuda"]);
    assert_eq!(checkout.calls(), ["template"], "{printed}");
    assert!(printed.contains("template-cuda"), "{printed}");
    let cuda = checkout.kernel_json("project/.venv");
    let config = std::path::Path::new(cuda["env"]["EVCXR_CONFIG_DIR"].as_str().unwrap());
    let start = fs::read_to_string(config.join("init.evcxr")).unwrap();
    assert!(start.contains(":dep recurrent-nn") && start.contains(r#"features = ["cuda"]"#), "{start}");
    assert_ne!(plain["env"]["RECURRENT_TEMPLATE"], cuda["env"]["RECURRENT_TEMPLATE"]);
    let doctor = checkout.run_well(&["doctor"]);
    for line in [
        "template-cuda",
        "ok       GPU         NVIDIA H200, 143771 MiB, compute capability 9.0, driver 580.1",
        "`cargo lab --features cuda` would work",
    ] {
        assert!(doctor.contains(line), "{line}: {doctor}");
    }

    checkout.forget_calls();
    checkout.run_well(&["setup"]);
    assert!(checkout.calls().is_empty(), "both templates stay");
    assert_eq!(checkout.kernel_json("project/.venv"), plain);
}

#[test]
fn doctor_names_what_is_missing_and_the_command() {
    let checkout = Checkout::new();
    let printed = checkout.run_badly(&["doctor"]);
    for line in [
        "ok       Rust",
        "ok       C linker",
        "MISSING  Python",
        "MISSING  kernel",
        "MISSING  template",
        "-> cargo lab setup",
        "-        data",
    ] {
        assert!(printed.contains(line), "{line}: {printed}");
    }
    checkout.run_well(&["setup"]);
    let printed = checkout.run_well(&["doctor"]);
    assert!(!printed.contains("MISSING"), "{printed}");
    checkout.remove("machine/bin/cc");
    assert!(checkout.run_badly(&["doctor"]).contains("build-essential"));
}

/// What evcxr_jupyter wrote in the name of an earlier version's kernel program.
fn overwritten(checkout: &Checkout) -> String {
    let program = checkout.path("project/.lab/bin/lab-kernel");
    format!(r#"{{"argv": ["{}", "--control_file", "{{connection_file}}"]}}"#, program.display())
}

#[test]
fn a_description_that_evcxr_overwrote_in_our_environment_is_written_again() {
    let checkout = Checkout::new();
    checkout.run_well(&["setup"]);
    let before = checkout.kernel_json("project/.venv");
    let description = "project/.venv/share/jupyter/kernels/rust/kernel.json";
    checkout.write(description, &overwritten(&checkout));
    checkout.run_badly(&["doctor"]);
    checkout.run_well(&["setup"]);
    assert_eq!(checkout.kernel_json("project/.venv"), before);
}

#[test]
fn clean_removes_a_description_that_evcxr_overwrote() {
    let checkout = Checkout::new();
    let own = checkout.learners_environment(true);
    let mut setup = checkout.lab(&["setup"]);
    assert!(outcome(&setup.env("VIRTUAL_ENV", &own).output().unwrap()).0);
    checkout.write("own/share/jupyter/kernels/rust/kernel.json", &overwritten(&checkout));
    checkout.run_well(&["clean"]);
    assert!(!own.join("share/jupyter/kernels/rust").exists());
}

#[test]
fn an_evcxr_of_the_user_gets_its_description_back() {
    let checkout = Checkout::new();
    checkout.run_well(&["setup"]);
    let setup = |variable: &str| {
        let mut setup = checkout.lab(&["setup"]);
        outcome(&setup.env(variable, checkout.path("user")).output().unwrap())
    };
    let of_the_user = match cfg!(target_os = "macos") {
        true => ("HOME", "user/Library/Jupyter/kernels/rust/kernel.json"),
        false => ("XDG_DATA_HOME", "user/jupyter/kernels/rust/kernel.json"),
    };
    for (variable, description) in [of_the_user, ("JUPYTER_PATH", "user/kernels/rust/kernel.json")] {
        let read = || fs::read_to_string(checkout.path(description)).unwrap();
        checkout.write(description, &overwritten(&checkout));
        let (success, printed) = setup(variable);
        assert!(success && printed.contains("evcxr_jupyter --install"), "{printed}");
        assert_eq!(read(), overwritten(&checkout));

        checkout.add_program(
            "evcxr_jupyter",
            &format!(
                "[ \"$1\" = --install ] && echo '{{\"argv\": [\"evcxr_jupyter\"]}}' >{}",
                checkout.path(description).display()
            ),
        );
        let (success, printed) = setup(variable);
        assert!(success && printed.contains("names your evcxr_jupyter again"), "{printed}");
        assert_eq!(read().trim(), r#"{"argv": ["evcxr_jupyter"]}"#);
        let (_, printed) = setup(variable);
        assert!(!printed.contains("evcxr_jupyter"), "{printed}");
        checkout.remove("machine/bin/evcxr_jupyter");
    }
}
