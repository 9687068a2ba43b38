//! What each page of the lesson must have. `00` (a first page), `figures` (a reference) and `quiz` are of other kinds.

use std::fs;
use std::path::Path;

use serde_json::Value;

/// Cells of a page that teaches, without exercises and solutions: enough to go step by step, few enough for one sitting.
const CELLS: std::ops::RangeInclusive<usize> = 15..=40;
/// The longest line of code, in characters.
const LINE: usize = 100;

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

    /// `01` to `12` (`08b` to `08d` among them), and the one on training.
    fn teaches(&self) -> bool {
        self.name == "training" || matches!(self.name[..2].parse(), Ok(1..=12))
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

/// Whether a cell has this tag.
fn tagged(cell: &Value, tag: &str) -> bool {
    cell["metadata"]["tags"].as_array().is_some_and(|tags| tags.iter().any(|one| one == tag))
}

/// How long a slow reader needs, who does the exercises: so many words of text and lines of code in a minute, so many
/// minutes for a figure, for an exercise and for a prediction. In steps of five minutes.
fn minutes(page: &Page) -> usize {
    let words: usize = page.sources("markdown").iter().map(|(_, text)| text.split_whitespace().count()).sum();
    let read = page.cells.iter().filter(|cell| cell["cell_type"] == "code" && !tagged(cell, "solution"));
    let lines: usize =
        read.clone().map(|cell| source(cell).lines().filter(|line| !line.trim().is_empty()).count()).sum();
    let outputs = read.flat_map(|cell| cell["outputs"].as_array().into_iter().flatten());
    let figures = outputs.filter(|output| !output["data"]["image/svg+xml"].is_null()).count();
    let (predictions, exercises): (Vec<_>, Vec<_>) = page
        .cells
        .iter()
        .filter(|cell| tagged(cell, "exercise"))
        .partition(|cell| source(cell).starts_with("// Predict"));
    let (predictions, exercises) = (predictions.len(), exercises.len());
    (words / 130 + lines / 12 + figures / 2 + 4 * exercises + predictions).div_ceil(5) * 5
}

#[test]
fn the_time_at_the_top_is_that_of_a_slow_reader() {
    let mut pages = pages();
    pages.retain(|page| page.teaches() || page.name.starts_with("00"));
    for page in &mut pages {
        let expected = format!("About {} minutes", minutes(page));
        let first = page.cells.first().map(source).unwrap_or_default();
        let what = format!("its text does not say {expected:?}");
        page.cell_must(0, first.contains(&expected), &what);
    }
    report(pages);
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
    assert_eq!(pages.len(), 16, "pages 01 to 12, 08b to 08d, and training");
    for page in &mut pages {
        let count = page.cells.iter().filter(|cell| !tagged(cell, "exercise") && !tagged(cell, "solution")).count();
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

/// Who has said what will come, looks at what came.
#[test]
fn every_section_that_computes_asks_for_a_prediction() {
    let mut pages = pages();
    pages.retain(|page| page.teaches() && page.name != "training");
    for page in &mut pages {
        // Of each numbered section: its heading, whether it has code, and whether it asks.
        let mut sections: Vec<(String, bool, bool)> = Vec::new();
        for cell in &page.cells {
            let text = source(cell);
            if cell["cell_type"] == "markdown" {
                let headings = text.lines().filter_map(|line| line.strip_prefix("## "));
                sections.extend(headings.map(|heading| (heading.to_string(), false, false)));
            } else if let Some((_, code, asks)) = sections.last_mut() {
                *code |= !tagged(cell, "exercise") && !tagged(cell, "solution");
                *asks |= text.contains("redict before you run");
            }
        }
        for (heading, code, asks) in sections {
            let numbered = heading.starts_with(|first: char| first.is_ascii_digit());
            page.must(asks || !code || !numbered, &format!("section {heading:?} asks for no prediction"));
        }
    }
    report(pages);
}

#[test]
fn every_solution_is_folded_code_and_output() {
    let mut pages = pages();
    for page in &mut pages {
        for (position, cell) in page.cells.clone().iter().enumerate() {
            if !tagged(cell, "solution") {
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
