//! `cargo lab refresh` and `check`: pages made stale on purpose, texts of AG News in an output, runs that fail.

use std::fs;

use crate::checkout::{Checkout, outcome};
use serde_json::{Value, json};

fn notebook(code: &str, outputs: Value) -> String {
    let cell = json!({
        "id": "a1", "cell_type": "code", "metadata": {}, "source": [code], "execution_count": null, "outputs": outputs
    });
    json!({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}).to_string()
}

fn printed_by_a_cell(text: &str) -> Value {
    json!([{"output_type": "stream", "name": "stdout", "text": [text]}])
}

/// Two pages, the news that they run on, and what a run of them gives.
fn lesson(first: &str) -> Checkout {
    let checkout = Checkout::new();
    checkout.write("news/ag_news/train.csv", "\"1\",\"A harbour of glass in Tarn\",\"Nothing\"\n");
    checkout.write("news/ag_news/test.csv", "\"2\",\"Geese win\",\"Again\"\n");
    for (name, text) in [("01-first", first), ("02-second", "2 rows")] {
        checkout.write(&format!("project/notebooks/{name}.ipynb"), &notebook("describe()", json!([])));
        checkout.write(&format!("machine/executed/{name}.ipynb"), &notebook("describe()", printed_by_a_cell(text)));
    }
    checkout
}

fn page(checkout: &Checkout, name: &str) -> String {
    fs::read_to_string(checkout.path(&format!("project/notebooks/{name}.ipynb"))).unwrap()
}

#[test]
fn refreshed_pages_pass_the_check_until_their_code_changes() {
    let checkout = lesson("1 row");
    let printed = checkout.run_badly(&["check"]);
    assert!(printed.contains("STALE  01-first.ipynb: it has no outputs"), "{printed}");
    assert!(printed.contains("cargo lab refresh --data DIR 01-first 02-second\n"), "{printed}");

    let printed = checkout.run_well(&["refresh", "--data", "../news"]);
    assert!(printed.contains("2 pages have outputs of AG News, 1 + 1 rows."), "{printed}");
    let refreshed = page(&checkout, "01-first");
    assert!(
        refreshed.starts_with("{\n \"cells\": [\n  {\n   \"cell_type\": \"code\",\n   \"execution_count\": 1,\n"),
        "{refreshed}"
    );
    assert!(refreshed.contains("\"data\": \"AG News, 1 + 1 rows\""), "{refreshed}");
    checkout.run_well(&["check"]);
    checkout.run_well(&["check", "--data", "../news"]);
    checkout.run_well(&["refresh", "--data", "../news"]);
    assert_eq!(page(&checkout, "01-first"), refreshed, "the same outputs are the same file");

    checkout.write("project/notebooks/01-first.ipynb", &refreshed.replace("describe()", "describe(2)"));
    let printed = checkout.run_badly(&["check"]);
    assert!(
        printed.contains("STALE  01-first.ipynb: its code was changed") && printed.contains("ok     02-second.ipynb"),
        "{printed}"
    );
    assert!(printed.contains("cargo lab refresh --data DIR 01-first\n"), "{printed}");
    checkout.run_well(&["check", "02-second"]);

    checkout.write("project/notebooks/01-first.ipynb", &refreshed.replace("1 row", "9 rows"));
    assert!(checkout.run_badly(&["check"]).contains("its outputs are not those"));
}

/// The pages that `cargo lab open` signs, and what it prints.
fn signed_by_open(checkout: &Checkout) -> (String, String) {
    checkout.forget_calls();
    let (_, printed) = outcome(&checkout.lab(&["open", "--no-browser"]).output().unwrap());
    let calls = fs::read_to_string(checkout.path("machine/calls")).unwrap();
    let signed = calls.lines().filter(|line| line.starts_with("sign "));
    (signed.collect(), printed)
}

#[test]
fn open_signs_the_pages_that_equal_the_commit() {
    let checkout = lesson("1 row");
    checkout.run_well(&["refresh", "--data", "../news"]);
    let (signed, printed) = signed_by_open(&checkout);
    assert_eq!(signed, "", "without a commit nothing shows whose outputs these are");
    assert!(printed.contains("no git commit"), "{printed}");

    checkout.commit();
    let (signed, printed) = signed_by_open(&checkout);
    assert!(signed.contains("01-first.ipynb") && signed.ends_with("02-second.ipynb"), "{signed}");
    assert!(!printed.contains("git"), "{printed}");

    // Somebody changes the outputs, and the hash of them that stands in the same file.
    checkout
        .write("machine/executed/01-first.ipynb", &notebook("describe()", printed_by_a_cell("1 row, and a script")));
    checkout.run_well(&["refresh", "01-first", "--data", "../news"]);
    checkout.run_well(&["check"]);
    let (signed, _) = signed_by_open(&checkout);
    assert!(signed.ends_with("02-second.ipynb") && !signed.contains("01-first"), "{signed}");
}

#[test]
fn a_text_of_the_news_stays_out_of_a_committed_page() {
    let checkout = lesson("first: A harbour of glass in Tarn");
    let before = page(&checkout, "01-first");
    let told = checkout.run_badly(&["refresh", "--data", "../news"]);
    assert!(told.contains("cell 1 shows a text of AG News, \"a harbour of glass in\" (row 1 of train.csv)"), "{told}");
    assert_eq!(page(&checkout, "01-first"), before);
    assert!(checkout.run_well(&["check", "02-second"]).contains("ok"), "the other page was refreshed");

    let harmless = lesson("nothing yet");
    harmless.run_well(&["refresh", "--data", "../news"]);
    harmless.write("news/ag_news/test.csv", "\"2\",\"Nothing yet\",\"There was nothing yet to see\"\n");
    harmless.run_well(&["check", "--data", "../news"]);
    harmless.write(
        "machine/executed/01-first.ipynb",
        &notebook("describe()", printed_by_a_cell("There was nothing yet to see")),
    );
    harmless.run_badly(&["refresh", "01-first", "--data", "../news"]);
}

#[test]
fn a_page_that_fails_keeps_its_outputs() {
    let checkout = lesson("1 row");
    checkout.run_well(&["refresh", "--data", "../news"]);
    let before = page(&checkout, "01-first");
    checkout.write("machine/page-fails", "");
    let told = checkout.run_badly(&["refresh", "01-first", "--data", "../news"]);
    assert!(told.contains("01-first.ipynb: it did not run to its end") && told.contains("not refreshed"), "{told}");
    assert_eq!(page(&checkout, "01-first"), before);
}

#[test]
fn refresh_needs_the_news_and_check_needs_nothing() {
    let checkout = lesson("1 row");
    let told = checkout.run_badly(&["refresh"]);
    assert!(told.contains("ag_news/train.csv") && told.contains("cargo lab data"), "{told}");
    assert!(checkout.calls().is_empty(), "nothing was set up for it");
    checkout.run_badly(&["check"]);
    assert!(checkout.calls().is_empty());
}
