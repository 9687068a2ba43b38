//! What each page of the lesson must have. `00` (a first page), `figures` (a reference) and `quiz` are of other kinds.

use std::fs;
use std::path::Path;

use serde_json::Value;

/// Cells of a page that teaches: enough to go step by step, few enough for one sitting.
const CELLS: std::ops::RangeInclusive<usize> = 15..=40;
/// The longest line of code, in characters.
const LINE: usize = 100;
/// Questions of each part of the quiz.
const QUESTIONS: usize = 10;

/// One notebook file, and what is wrong with it so far.
struct Page {
    name: String,
    cells: Vec<Value>,
    problems: Vec<String>,
}

impl Page {
    fn read(path: &Path) -> Self {
        let name = path.file_stem().unwrap().to_str().unwrap().to_string();
        let notebook: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
        Self { cells: notebook["cells"].as_array().expect(&name).clone(), name, problems: Vec::new() }
    }

    /// `01` to `11`, and the one on training.
    fn teaches(&self) -> bool {
        self.name == "training" || matches!(self.name[..2].parse(), Ok(1..=11))
    }

    fn must(&mut self, condition: bool, what: &str) {
        if !condition {
            self.problems.push(format!("{}: {what}", self.name));
        }
    }

    fn cell_must(&mut self, position: usize, condition: bool, what: &str) {
        self.must(condition, &format!("cell {}: {what}", position + 1));
    }

    /// The source of each cell of this kind (`code`, `markdown`), with its position.
    fn sources(&self, kind: &str) -> Vec<(usize, String)> {
        let cells = self.cells.iter().enumerate();
        cells.filter(|(_, cell)| cell["cell_type"] == kind).map(|(position, cell)| (position, source(cell))).collect()
    }

    /// Where this heading stands.
    fn heading(&self, heading: &str) -> Option<usize> {
        let prose = self.sources("markdown").into_iter();
        let mut found = prose.filter(|(_, text)| text.lines().any(|line| line == heading));
        found.next().map(|(position, _)| position)
    }
}

/// nbformat holds a text as one string or as a list of lines.
fn source(cell: &Value) -> String {
    match &cell["source"] {
        Value::Array(lines) => lines.iter().filter_map(Value::as_str).collect(),
        text => text.as_str().unwrap_or_default().to_string(),
    }
}

fn pages() -> Vec<Page> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../notebooks");
    let entries = fs::read_dir(folder).unwrap();
    let mut paths: Vec<_> = entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "ipynb"))
        .collect();
    paths.sort();
    paths.iter().map(|path| Page::read(path)).collect()
}

/// All that is wrong is told at once.
fn report(pages: Vec<Page>) {
    let problems: Vec<String> = pages.into_iter().flat_map(|page| page.problems).collect();
    assert!(problems.is_empty(), "\n{}\n", problems.join("\n"));
}

#[test]
fn a_page_says_what_is_on_it_sums_up_and_has_exercises() {
    let mut pages = pages();
    pages.retain(Page::teaches);
    assert_eq!(pages.len(), 12, "pages 01 to 11, and training");
    for page in &mut pages {
        let count = page.cells.len();
        let expected = format!("{count} cells, not {} to {}", CELLS.start(), CELLS.end());
        page.must(CELLS.contains(&count), &expected);
        let first = page.cells.first().map(source).unwrap_or_default();
        for part in ["# ", "**On this page:**", "**You need:**"] {
            let there = first.lines().any(|line| line.starts_with(part));
            page.cell_must(0, there, &format!("no line that begins with {part:?}"));
        }
        let places = ["## Summary", "## Exercises"].map(|heading| {
            let place = page.heading(heading);
            page.must(place.is_some(), &format!("no section {heading:?}"));
            place
        });
        page.must(places.is_sorted(), "the summary comes after the exercises, it should be before");
    }
    report(pages);
}

#[test]
fn every_solution_is_folded_code_and_output() {
    let mut pages = pages();
    for page in &mut pages {
        for (position, cell) in page.cells.clone().iter().enumerate() {
            let tags = cell["metadata"]["tags"].as_array();
            if !tags.is_some_and(|tags| tags.iter().any(|tag| tag == "solution")) {
                continue;
            }
            for key in ["source_hidden", "outputs_hidden"] {
                let folded = cell["metadata"]["jupyter"][key] == true;
                let what = format!("a solution without jupyter.{key} in its metadata");
                page.cell_must(position, folded, &what);
            }
        }
    }
    report(pages);
}

/// `figures` has calls that are shown on one line each, to be copied.
#[test]
fn no_line_of_code_is_wider_than_the_page() {
    let mut pages = pages();
    pages.retain(|page| page.name.starts_with("00") || page.teaches());
    for page in &mut pages {
        for (position, code) in page.sources("code") {
            for line in code.lines() {
                let what = format!("a line of more than {LINE} characters: {line}");
                page.cell_must(position, line.chars().count() <= LINE, &what);
            }
        }
    }
    report(pages);
}

#[test]
fn the_quiz_has_questions_before_and_after_the_lesson() {
    let mut quiz = pages().into_iter().find(|page| page.name == "quiz").unwrap();
    let before = quiz.heading("## Before the lesson").unwrap();
    let after = quiz.heading("## After the lesson").unwrap();
    let questions: Vec<usize> = quiz
        .sources("markdown")
        .into_iter()
        .filter(|(_, text)| text.contains("<details><summary>Answer</summary>"))
        .map(|(position, _)| position)
        .collect();
    let (first, second): (Vec<usize>, Vec<usize>) = questions.iter().partition(|&&position| position < after);
    quiz.must(before < after, "the parts are not in their order");
    for (part, count) in [("before", first.len()), ("after", second.len())] {
        let what = format!("{count} questions {part} the lesson, fewer than {QUESTIONS}");
        quiz.must(count >= QUESTIONS, &what);
    }
    report(vec![quiz]);
}
