//! What is printed: a name from a file, and lines of progress.

use std::{fmt::Display, io::Write};

/// Prints a line on standard output. That nobody reads it any more (a closed pipe) is no error and no panic.
pub(crate) fn print_line(line: impl Display) {
    let _ = writeln!(std::io::stdout(), "{line}");
}

/// The name in one line: control characters as in a Rust string. A notebook takes a line `EVCXR_BEGIN_CONTENT …` in the
/// output for a command.
pub(crate) fn printable(name: &str) -> String {
    let mut printed = String::with_capacity(name.len());
    for c in name.chars() {
        match c {
            // The separators of lines and paragraphs, and what turns the direction of the text around.
            '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => printed.extend(c.escape_unicode()),
            c if c.is_control() => printed.extend(c.escape_default()),
            c => printed.push(c),
        }
    }
    printed
}

/// Several names, with a comma between them.
pub(crate) fn listed(names: &[impl AsRef<str>]) -> String {
    let names: Vec<String> = names.iter().map(|name| printable(name.as_ref())).collect();
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{
        io::{BufRead, BufReader, Read, stdin},
        process::{Command, Stdio},
    };

    #[test]
    #[ignore = "the child process of the next test"]
    fn child_that_prints() {
        print_line("ready");
        // Its input ends once nobody reads its output.
        let _ = stdin().read_to_end(&mut Vec::new());
        (0..10).for_each(|_| print_line("a line"));
        #[allow(clippy::exit, reason = "the status is the answer of this child process")]
        std::process::exit(7);
    }

    #[test]
    fn a_closed_output_is_no_panic() {
        let name = "printable::tests::child_that_prints";
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", name, "--ignored", "--nocapture"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let found = lines.map(|line| line.unwrap()).any(|line| line.contains("ready"));
        assert!(found);
        drop(child.stdin.take());
        assert_eq!(child.wait().unwrap().code(), Some(7));
    }
}
