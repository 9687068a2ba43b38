//! How `cargo lab` starts the program that came in an archive, where cargo could not compile it without a network: the
//! alias runs a package that depends on nothing and becomes that program.

use anyhow::{Context, Result};

/// Where cargo finds the alias.
pub const CONFIG: &str = ".cargo/config.toml";

/// In a checkout, and in a lesson that was unpacked.
const ALIAS: &str = "lab = \"run --profile lab --package lab --\"";
const PACKED_ALIAS: &str = "lab = \"run --quiet --manifest-path .lab/packed/start/Cargo.toml --\"";

/// The package's files.
pub const PACKAGE: [(&str, &str); 2] = [
    ("Cargo.toml", "[package]\nname = \"start\"\nedition = \"2024\"\n\n[workspace]\n"),
    (
        "src/main.rs",
        "//! Becomes the `lab` that was packed with this lesson.\n\
         \n\
         use std::os::unix::process::CommandExt;\n\
         \n\
         fn main() {\n    \
             let lab = concat!(env!(\"CARGO_MANIFEST_DIR\"), \"/../lab\");\n    \
             let error = std::process::Command::new(lab).args(std::env::args_os().skip(1)).exec();\n    \
             eprintln!(\"cargo lab: cannot start {lab}: {error}\");\n    \
             std::process::exit(1);\n\
         }\n",
    ),
];

/// cargo's configuration with the other alias.
pub fn config(of_the_checkout: &str) -> Result<String> {
    let (before, after) = of_the_checkout.split_once(ALIAS).with_context(|| format!("{CONFIG} has no `{ALIAS}`"))?;
    Ok(format!("{before}{PACKED_ALIAS}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_alias_starts_what_was_packed() {
        let ours = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(CONFIG);
        let ours = std::fs::read_to_string(ours).unwrap();
        let packed = config(&ours).unwrap();
        assert!(packed.contains(PACKED_ALIAS) && !packed.contains(ALIAS) && packed.contains("RECURRENT_ROOT"));
        assert!(config("[alias]\n").unwrap_err().to_string().contains(CONFIG));
    }
}
