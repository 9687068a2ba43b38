//! What the documents name is there: files that they link to, paths and examples that they tell a reader to open or
//! run.

use std::fs;
use std::path::{Path, PathBuf};

/// Folders whose Markdown files are read, from the root.
const FOLDERS: [&str; 7] = [".", "docs", "data", "interop", "notebooks", "bench/results", ".github"];

/// Top-level folders: a path in backquotes that begins with one of them must exist.
const TOP: [&str; 8] = ["crates/", "notebooks/", "docs/", "interop/", "bench/", "cuda/", ".ci/", ".github/"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn documents() -> Vec<PathBuf> {
    let root = root();
    let mut folders: Vec<PathBuf> = FOLDERS.iter().map(|folder| root.join(folder)).collect();
    for entry in fs::read_dir(root.join("crates")).unwrap() {
        let folder = entry.unwrap().path();
        folders.extend([folder.join("examples"), folder]);
    }
    let files = folders.iter().filter(|folder| folder.is_dir());
    let files = files.flat_map(|folder| fs::read_dir(folder).unwrap());
    let mut documents: Vec<PathBuf> = files.map(|entry| entry.unwrap().path()).collect();
    documents.retain(|path| path.extension().is_some_and(|extension| extension == "md"));
    documents.sort();
    documents
}

/// The texts between `start` and `end`.
fn between<'a>(text: &'a str, start: &str, end: char) -> Vec<&'a str> {
    let parts = text.split(start).skip(1);
    parts.filter_map(|part| Some(part.split_once(end)?.0)).collect()
}

/// Relative links, without what follows `#`.
fn links(text: &str) -> Vec<&str> {
    let links = between(text, "](", ')').into_iter();
    let links = links.filter(|link| !link.contains("://") && !link.starts_with('#'));
    links.filter_map(|link| link.split('#').next()).collect()
}

/// Paths from the root in backquotes, without placeholders and arguments.
fn paths(text: &str) -> Vec<&str> {
    let quoted = text.lines().flat_map(|line| line.split('`').skip(1).step_by(2));
    let paths = quoted.filter_map(|quoted| quoted.split_whitespace().next());
    paths
        .filter(|path| TOP.iter().any(|top| path.starts_with(top)))
        .filter(|path| !path.contains(['*', '{', '<']))
        .collect()
}

/// Names that follow `--example`.
fn examples(text: &str) -> Vec<&str> {
    let named = between(text, "--example ", '\n').into_iter();
    named.filter_map(|rest| rest.split([' ', '`']).next()).collect()
}

fn is_example(name: &str) -> bool {
    let crates = fs::read_dir(root().join("crates")).unwrap();
    crates
        .map(|entry| entry.unwrap().path().join("examples"))
        .any(|examples| examples.join(format!("{name}.rs")).is_file() || examples.join(name).join("main.rs").is_file())
}

/// Where cargo does not look for tests by itself, a file that nobody names is never compiled.
#[test]
fn every_file_of_tests_is_compiled() {
    let mut seen = 0;
    for entry in fs::read_dir(root().join("crates")).unwrap() {
        let folder = entry.unwrap().path();
        let manifest = fs::read_to_string(folder.join("Cargo.toml")).unwrap();
        if !manifest.contains("autotests = false") {
            continue;
        }
        let modules = fs::read_to_string(folder.join(between(&manifest, "\npath = \"", '"')[0])).unwrap();
        for file in fs::read_dir(folder.join("tests")).unwrap() {
            let file = file.unwrap().file_name().into_string().unwrap();
            let Some(name) = file.strip_suffix(".rs").filter(|&name| name != "main") else {
                continue;
            };
            let program = manifest.contains(&format!("name = \"{name}\""));
            assert!(program || modules.contains(&format!("mod {name};")), "{}: {file}", folder.display());
            seen += 1;
        }
    }
    assert!(seen > 30, "{seen} files");
}

#[test]
fn what_documents_name_is_there() {
    let documents = documents();
    let mut missing = Vec::new();
    let (mut linked, mut named, mut run) = (0, 0, 0);
    for document in &documents {
        let text = fs::read_to_string(document).unwrap();
        let folder = document.parent().unwrap();
        let mut check = |there: bool, what: &str| {
            if !there {
                missing.push(format!("{}: {what}", document.display()));
            }
        };
        for link in links(&text) {
            linked += 1;
            check(folder.join(link).exists(), link);
        }
        for path in paths(&text) {
            named += 1;
            check(root().join(path).exists(), path);
        }
        for example in examples(&text) {
            run += 1;
            check(is_example(example), example);
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
    // The reading of documents itself has found something.
    assert!(linked > 30 && named > 15 && run > 5, "{linked} links, {named} paths, {run} examples");
}
