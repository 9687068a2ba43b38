//! The programs in `examples/`: one trains, goes on and is asked, each time as a process of its own.
//!
//! `cargo test` builds the examples before it runs this; `cargo test --test facade` alone does not.

use crate::support::Folder;
use std::{path::Path, process::Command};

/// What an example prints, standard output and errors, and whether it came to a good end.
fn run(example: &str, arguments: &[&str]) -> (String, bool) {
    // target/debug/deps/THIS_TEST has them in target/debug/examples/.
    let this = std::env::current_exe().unwrap();
    let program = this.ancestors().nth(2).unwrap().join("examples");
    let program = program.join(format!("{example}{}", std::env::consts::EXE_SUFFIX));
    assert!(
        program.exists(),
        "{} is not there: build it by `cargo build --package recurrent --examples`",
        program.display()
    );
    // In the repository, where the corpus is.
    let output =
        Command::new(program).args(arguments).current_dir(Path::new(env!("CARGO_MANIFEST_DIR"))).output().unwrap();
    let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
    (text.concat(), output.status.success())
}

#[test]
fn a_run_is_trained_gone_on_with_and_asked() {
    let folder = Folder::new("examples");
    let run_folder = folder.0.join("news");
    let path = run_folder.to_str().unwrap();
    for (epochs, headline) in [(1, "epoch 1/1  done"), (2, "epoch 2/2  done")] {
        let (said, good) = run("train", &[path, "1", "200"]);
        assert!(good, "{said}");
        assert!(said.contains(headline), "{said}");
        assert!(said.contains(&format!("shape: ({epochs}, 11)")), "{said}");
        assert!(said.contains("macro F1"), "{said}");
        assert!(said.contains("lstm: Bidirectional(Lstm)"), "{said}");
    }

    let (said, good) = run("predict", &[path, "Home team wins the cup", "Shares fell"]);
    assert!(good, "{said}");
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(lines.len(), 10, "{said}");
    for (answer, text) in lines.chunks(5).zip(["Home team wins the cup", "Shares fell"]) {
        assert!(answer[0].ends_with(&format!("%)  {text}")), "{said}");
        let rows: Vec<(f64, &str)> = answer[1..]
            .iter()
            .map(|row| row.trim().split_once(' ').unwrap())
            .map(|(probability, class)| (probability.parse().unwrap(), class))
            .collect();
        let sum: f64 = rows.iter().map(|row| row.0).sum();
        assert!((sum - 1.0).abs() < 1e-3, "{said}");
        let best = rows.iter().max_by(|a, b| a.0.total_cmp(&b.0)).unwrap();
        assert!(answer[0].starts_with(best.1), "{said}");
    }

    // Other rows between two epochs are no mistake; a folder that holds no run is.
    let (said, good) = run("train", &[path, "1", "300"]);
    assert!(good && said.contains("shape: (3, 11)"), "{said}");
    let (said, good) = run("predict", &[folder.0.to_str().unwrap(), "text"]);
    assert!(!good && said.contains("trainer.json"), "{said}");
}
