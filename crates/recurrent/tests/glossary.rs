//! Every item that `docs/glossary.md` names is defined in the crate that it names.

use std::{
    fs,
    path::{Path, PathBuf},
};

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The sources below a folder, as one text.
fn sources(folder: &Path) -> String {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let texts = paths.map(|path| match path.is_dir() {
        true => sources(&path),
        false => fs::read_to_string(&path).unwrap_or_default(),
    });
    texts.collect()
}

/// Whether a struct, trait, function, module, constant or public field of this name is there.
fn defines(source: &str, name: &str) -> bool {
    let whole = |rest: &str| !rest.starts_with(|next: char| next.is_alphanumeric() || next == '_');
    let keywords = ["struct", "enum", "trait", "fn", "mod", "const", "type"];
    let items = keywords.map(|keyword| format!("{keyword} {name}"));
    let field = format!("pub {name}:");
    items.iter().any(|item| {
        let mut found = source.match_indices(item.as_str());
        found.any(|(at, _)| whole(&source[at + item.len()..]))
    }) || source.contains(&field)
}

#[test]
fn every_item_of_the_glossary_exists() {
    let glossary = fs::read_to_string(repository().join("docs/glossary.md")).expect("the glossary");
    let rows: Vec<&str> = glossary.lines().filter(|line| line.starts_with("| ") && line.ends_with("` |")).collect();
    assert!(rows.len() > 50, "{} terms", rows.len());
    let mut missing = Vec::new();
    for row in rows {
        let item = row.trim_end_matches("` |").rsplit('`').next().unwrap_or_default();
        let (library, names) = item.split_once("::").expect(row);
        let source = sources(&repository().join("crates").join(library.replace('_', "-")).join("src"));
        if names.split("::").any(|name| !defines(&source, name)) {
            missing.push(item);
        }
    }
    assert!(missing.is_empty(), "not defined: {}", missing.join(", "));
}

#[test]
fn an_item_is_found_by_its_whole_name() {
    let source = "pub struct Hidden {\n    pub h_n: Tensor,\n}\npub fn unit_words() {}\n";
    assert!(defines(source, "Hidden") && defines(source, "h_n") && defines(source, "unit_words"));
    assert!(!defines(source, "Hid") && !defines(source, "unit") && !defines(source, "h"));
}
