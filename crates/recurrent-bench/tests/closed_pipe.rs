//! `cargo lab bench table … | head -1`: a reader that has read enough.

use std::{fs, io, process::Command};

#[test]
fn a_closed_pipe_ends_the_program_silently() {
    let results = concat!(env!("CARGO_MANIFEST_DIR"), "/../../bench/results/lesson-intel.jsonl");
    assert!(fs::exists(results).unwrap());
    let (reader, writer) = io::pipe().unwrap();
    drop(reader);
    let mut bench = Command::new(env!("CARGO_BIN_EXE_recurrent-bench"));
    let output = bench.args(["table", results]).stdout(writer).output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
}
