//! `cargo lab book`: what it installs and starts; and a small book, built for real, with links that lead nowhere.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::checkout::{Checkout, outcome};

#[test]
fn the_pins_are_installed_once_and_sphinx_gets_the_pages() {
    let checkout = Checkout::new();
    checkout.write("project/environment-book.yml", "dependencies:\n  - python >=3.11\n  - pip:\n      - sphinx==9.9\n");
    let printed = checkout.run_well(&["book", "--out", "site"]);
    let notebooks = checkout.path("project/notebooks");
    let site = checkout.path("project/site");
    let folders = format!("{} {}\n", notebooks.display(), site.display());
    assert!(printed.contains("SPHINX -m sphinx --builder html") && printed.contains(&folders), "{printed}");
    assert!(printed.contains(&format!("links.py {}\n", site.display())), "{printed}");
    assert!(printed.contains("The book: "), "{printed}");
    let calls = fs::read_to_string(checkout.path("machine/calls")).unwrap();
    assert!(calls.contains(" sphinx==9.9\n"), "{calls}");
    assert!(!calls.contains("cargo"), "no kernel is built for a book: {calls}");

    checkout.forget_calls();
    checkout.run_well(&["book"]);
    assert!(checkout.calls().is_empty());
    let refused = checkout.run_badly(&["book", "--out", "notebooks"]);
    assert!(refused.contains("name another folder"), "{refused}");
}

#[test]
fn a_book_with_errors_fails() {
    let checkout = Checkout::new();
    checkout.write("project/environment-book.yml", "dependencies:\n  - python >=3.11\n");
    checkout.write("machine/sphinx-fails", "");
    let printed = checkout.run_badly(&["book"]);
    assert!(printed.contains("the book has errors") && !printed.contains("The book:"), "{printed}");
}

#[test]
fn nothing_is_installed_into_the_learners_own_environment() {
    let checkout = Checkout::new();
    checkout.write("project/environment-book.yml", "dependencies:\n  - python >=3.11\n  - pip:\n      - sphinx==9.9\n");
    let own = checkout.learners_environment(true);
    checkout.write("machine/no-sphinx", "");
    let output = checkout.lab(&["book"]).env("VIRTUAL_ENV", &own).output().unwrap();
    let (success, printed) = outcome(&output);
    assert!(!success && printed.contains("pip install sphinx==9.9"), "{printed}");
    assert!(checkout.calls().is_empty(), "{printed}");
}

/// Sphinx and the link checker on pages of their own.
fn build(pages: &[(&str, &str)]) -> (tempfile::TempDir, bool, String) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let python = root.join(".venv/bin/python");
    assert!(python.exists(), "run `cargo lab book` first");
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("pages")).unwrap();
    for (name, text) in pages {
        fs::write(folder.path().join("pages").join(name), text).unwrap();
    }
    let mut sphinx = Command::new(&python);
    sphinx.args(["-m", "sphinx", "--quiet", "--fail-on-warning", "--keep-going", "--conf-dir"]);
    sphinx.arg(root.join("crates/lab/book")).args(["pages", "site"]);
    let (built, mut printed) = outcome(&sphinx.current_dir(folder.path()).output().unwrap());
    let mut links = Command::new(&python);
    links.arg(root.join("crates/lab/book/links.py")).arg("site");
    let (whole, said) = outcome(&links.current_dir(folder.path()).output().unwrap());
    printed += &said;
    (folder, built && whole, printed)
}

const PAGE: &str = r##"{"nbformat": 4, "nbformat_minor": 5, "metadata": {"kernelspec": {"name": "rust", "display_name": "Rust", "language": "rust"}, "language_info": {"name": "Rust", "pygments_lexer": "rust"}},
 "cells": [
  {"cell_type": "markdown", "id": "a", "metadata": {}, "source": "# First\n\n$$h_t = \\tanh(x_t)$$\n\n<details><summary>Solution</summary>\n\nforty-two\n\n</details>\n\nBack to [the map](README.md)."},
  {"cell_type": "code", "id": "b", "metadata": {}, "source": ":dep recurrent = { path = \"../crates/recurrent\" }", "outputs": [], "execution_count": 1},
  {"cell_type": "code", "id": "c", "metadata": {}, "source": "6 * 7", "execution_count": 2, "outputs": [
    {"output_type": "execute_result", "execution_count": 2, "metadata": {}, "data": {"image/svg+xml": "<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>"}}]},
  {"cell_type": "code", "id": "d", "metadata": {"tags": ["solution"], "jupyter": {"source_hidden": true, "outputs_hidden": true}}, "source": "let solved_it = 1;", "execution_count": 3, "outputs": [
    {"output_type": "stream", "name": "stdout", "text": "it printed this\n"}]},
  {"cell_type": "code", "id": "e", "metadata": {}, "source": "let after_it = 2;", "outputs": [], "execution_count": 4}
 ]}"##;

#[test]
#[ignore = "needs `cargo lab book`"]
fn a_book_has_pages_figures_formulas_solutions_and_a_search() {
    let (folder, good, printed) =
        build(&[("README.md", "# Map\n\n[first](01-first.ipynb)\n"), ("01-first.ipynb", PAGE)]);
    assert!(good, "{printed}");
    let read = |name: &str| fs::read_to_string(folder.path().join("site").join(name)).unwrap();
    assert!(read("index.html").contains("README.html") && read("README.html").contains("01-first.html"));
    let page = read("01-first.html");
    for part in ["<details><summary>Solution</summary>", "forty-two", "h_t = \\tanh", ".svg", "tex-svg.js"] {
        assert!(page.contains(part), "{part}");
    }
    let toggle = page.split_once("<details class=\"admonition hide above-input\">");
    let toggle = toggle.and_then(|(_, rest)| rest.split_once("</details>"));
    let (hidden, after) = toggle.unwrap();
    assert!(hidden.contains("Show the solution"), "{hidden}");
    assert!(hidden.contains("solved_it") && hidden.contains("it printed this"), "{hidden}");
    assert!(after.contains("after_it") && !after.contains("solved_it"), "only the solution is hidden");
    assert!(!page.contains("src=\"http"), "all that it needs lies beside it");
    assert!(folder.path().join("site/_static/tex-svg.js").exists());
    assert!(read("searchindex.js").contains("forti"), "the search knows the words of a solution");
}

#[test]
#[ignore = "needs `cargo lab book`"]
fn links_that_lead_nowhere_are_found() {
    let (_, good, printed) = build(&[("README.md", "# Map\n\n[gone](02-gone.ipynb)\n"), ("01-first.ipynb", PAGE)]);
    assert!(!good && printed.contains("'02-gone.ipynb'"), "{printed}");
    let (_, good, printed) = build(&[
        ("README.md", "# Map\n\n<a href=\"03-gone.html\">gone</a> <a href=\"01-first.html#no-such-place\">x</a>\n"),
        ("01-first.ipynb", PAGE),
    ]);
    assert!(!good, "{printed}");
    for line in ["03-gone.html: there is no such file", "01-first.html#no-such-place: there is no such place"] {
        assert!(printed.contains(line), "{line}: {printed}");
    }
}
