//! Crates that were compiled on another machine of the same kind (`cargo lab unpack` brings them).
//!
//! cargo compiles a crate again where its sources lie elsewhere, but calls the result by the same name, which it makes
//! from all that the result depends on. So instead of a call of rustc for a name that is there, the files are put where
//! rustc would have written them.

use std::env::consts::{DLL_PREFIX, DLL_SUFFIX};
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::{Context, Result};

/// Names the folder that holds them; set while a template is built.
const FOLDER: &str = "RECURRENT_PREBUILT";

/// Puts what this call of rustc would compile in its place. Says whether it was there.
pub fn take(arguments: &[OsString]) -> Result<bool> {
    match std::env::var_os(FOLDER) {
        Some(folder) => take_from(Path::new(&folder), arguments),
        None => Ok(false),
    }
}

fn take_from(folder: &Path, arguments: &[OsString]) -> Result<bool> {
    let arguments: Vec<&str> = arguments.iter().filter_map(|argument| argument.to_str()).collect();
    let value = |name: &str| arguments.windows(2).find(|pair| pair[0] == name).map(|pair| pair[1]);
    let hash = arguments.iter().find_map(|argument| argument.strip_prefix("extra-filename="));
    let (Some(out), Some(name), Some(hash)) = (value("--out-dir"), value("--crate-name"), hash) else {
        return Ok(false);
    };
    let stem = format!("{name}{hash}");
    let results = [
        format!("lib{stem}.rlib"),
        format!("lib{stem}.rmeta"),
        format!("{DLL_PREFIX}{stem}{DLL_SUFFIX}"),
        stem.clone(),
    ];
    let there = results.into_iter().filter(|file| folder.join(file).exists()).collect::<Vec<_>>();
    if there.is_empty() {
        return Ok(false);
    }
    for file in there.iter().chain([&format!("{stem}.d")]) {
        put(&folder.join(file), &PathBuf::from(out).join(file))?;
    }
    Ok(true)
}

/// Nobody writes into a compiled crate, so a hard link is as good as a copy. For cargo it is compiled now, later than
/// what it depends on.
fn put(file: &Path, at: &Path) -> Result<()> {
    crate::compiler::forget_file(at)?;
    fs::hard_link(file, at)
        .or_else(|_| fs::copy(file, at).map(drop))
        .and_then(|()| fs::File::open(at)?.set_modified(SystemTime::now()))
        .with_context(|| format!("cannot put {} at {}", file.display(), at.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crate_of_the_same_name_is_not_compiled() {
        let folder = std::env::temp_dir().join(format!("prebuilt-{}", std::process::id()));
        let (there, out) = (folder.join("there"), folder.join("out"));
        fs::create_dir_all(&there).unwrap();
        fs::create_dir_all(&out).unwrap();
        let long_ago = SystemTime::UNIX_EPOCH;
        for file in ["libsyn-12.rlib", "libsyn-12.rmeta", "syn-12.d", "build_script_build-7", "build_script_build-7.d"]
        {
            fs::write(there.join(file), file).unwrap();
            fs::File::open(there.join(file)).unwrap().set_modified(long_ago).unwrap();
        }
        let take = |name: &str, hash: &str| {
            let out = out.to_str().unwrap();
            let hash = format!("extra-filename={hash}");
            let words = ["--crate-name", name, "src/lib.rs", "-C", "opt-level=3", "-C", &hash, "--out-dir", out];
            take_from(&there, &words.map(OsString::from)).unwrap()
        };
        assert!(take("syn", "-12"));
        assert_eq!(fs::read(out.join("libsyn-12.rlib")).unwrap(), b"libsyn-12.rlib");
        let written = fs::metadata(out.join("libsyn-12.rlib")).unwrap().modified().unwrap();
        assert!(written > long_ago, "cargo takes it for older than what it depends on");
        assert!(take("syn", "-12"), "what lies there is replaced");
        assert!(take("build_script_build", "-7"));
        assert!(!take("syn", "-13"), "another version, feature, profile or compiler");
        let mut files: Vec<_> = fs::read_dir(&out).unwrap().map(|file| file.unwrap().file_name()).collect();
        files.sort();
        let wanted =
            ["build_script_build-7", "build_script_build-7.d", "libsyn-12.rlib", "libsyn-12.rmeta", "syn-12.d"];
        assert_eq!(files, wanted);
        fs::remove_dir_all(folder).unwrap();
    }
}
