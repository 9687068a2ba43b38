//! Why a cell failed, as Jupyter shows it.

use std::path::Path;

use ariadne::{Color, Config, IndexType, Label, Report, ReportKind, Source};
use evcxr::{CompilationError, Error};

use crate::impls::Named;
use crate::outputs::Panic;
use crate::syntax::Broken;

/// What a failed cell answers.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Failure {
    /// The kind of error.
    pub name: String,
    /// The error in one sentence.
    pub value: String,
    /// What is shown below the cell.
    pub traceback: Vec<String>,
}

impl Failure {
    /// One whose text says everything.
    pub fn new(name: &str, value: &str) -> Self {
        let traceback = format!("{name}: {value}").lines().map(str::to_owned).collect();
        Self { name: name.to_owned(), value: value.to_owned(), traceback }
    }

    /// An error that `?` ended the cell with.
    pub fn of_question_mark((kind, message): &(String, String)) -> Self {
        // `alloc::boxed::Box<dyn core::error::Error>` is a `Box`, `core::num::error::ParseIntError` says what it is.
        let kind = kind.split('<').next().unwrap_or(kind);
        Self::new(kind.rsplit("::").next().unwrap_or(kind), message)
    }

    /// A panic, with its line if it is one of the cell's.
    pub fn of_panic(panic: &Panic, cell: &str, folder: &Path) -> Self {
        let line = line_of_cell(panic, cell, folder);
        let place = match line {
            Some(line) => format!(" in line {line} of the cell"),
            None if panic.file.ends_with("src/lib.rs") && !panic.file.contains("/rustc/") => String::new(),
            None => format!(" at {}:{}", panic.file, panic.line),
        };
        let mut failure = Self::new("Panic", &panic.message);
        if !place.is_empty() {
            failure.traceback.push(format!("  panicked{place}"));
        }
        failure
    }

    /// What the text of the cell alone shows.
    pub fn of_text(broken: &Broken, cell: &str) -> Self {
        let at = offset(cell, broken.line, broken.column);
        let message = broken.message();
        let label = Label::new(at..at + 1).with_message(&message).with_color(Color::Red);
        let report = Report::build(ReportKind::Error, at..at + 1).with_message(&message).with_label(label);
        Self { name: "SyntaxError".to_owned(), value: message, traceback: lines(report, cell) }
    }

    /// What evcxr says, in this cell.
    pub fn of_evcxr(error: &Error, cell: &str, given: &Named) -> Self {
        match error {
            Error::CompilationErrors(errors) => Self::of_compiler(errors, cell, given),
            Error::SubprocessTerminated(status) => Self::of_end(status),
            error => {
                let message = error.to_string();
                Self::new("Error", &what_cannot_be_kept(&message).unwrap_or(message))
            }
        }
    }

    fn of_compiler(errors: &[CompilationError], cell: &str, given: &Named) -> Self {
        let mut traceback = Vec::new();
        for error in errors {
            traceback.extend(in_cell(error, cell, given).unwrap_or_else(|| {
                let mut words: Vec<String> = error.message().lines().map(str::to_owned).collect();
                words.extend(error.help().iter().map(|help| format!("help: {help}")));
                words
            }));
        }
        let value = errors.first().map(message).unwrap_or_default();
        Self { name: "CompileError".to_owned(), value, traceback }
    }

    /// The process that ran the cell has ended.
    fn of_end(status: &str) -> Self {
        let how = status.split("terminated with status: ").last().unwrap_or(status).trim();
        let why = if status.contains("SIGABRT") {
            "it was aborted; a stack overflow, from a function that calls itself too often, does that"
        } else if status.contains("SIGSEGV") {
            "it used memory that is not its own; a very deep recursion does that"
        } else if status.contains("SIGKILL") {
            "it was killed; the system does that when memory runs out"
        } else {
            "the cell ended it"
        };
        Self::new(
            "ProcessEnded",
            &format!(
                "the process that runs the cells has ended ({how}): {why}. Its variables are gone; functions, types and \
                 dependencies are still there. Run the cells that make the variables again."
            ),
        )
    }
}

/// What to write instead of what evcxr cannot keep from one cell to the next.
fn what_cannot_be_kept(message: &str) -> Option<String> {
    let name = message.split('`').nth(1)?;
    let advice = if message.contains("is a closure") {
        format!(
            "`{name}` is a closure, whose type has no name, so it cannot be kept for the next cells. Write a function \
             (`fn {name}(…) -> … {{ … }}`), or put the closure into a box: `let {name}: Box<dyn Fn(i32) -> i32> = \
             Box::new(|x| …);`. For this cell alone, write the cell in braces."
        )
    } else if message.contains("Couldn't automatically determine type") {
        format!(
            "the type of `{name}` could not be found out, so it cannot be kept for the next cells. Write it: `let {name}: \
             Vec<f32> = …;`. For this cell alone, write the cell in braces."
        )
    } else if message.contains("cannot be persisted") {
        let kind = message.split('`').nth(3)?;
        format!(
            "`{name}` has the type `{kind}`, which has no name that can be written, so it cannot be kept for the next \
             cells. Collect an iterator (`let {name}: Vec<_> = ….collect();` with its type written out), or put the \
             value into a box. For this cell alone, write the cell in braces."
        )
    } else {
        return None;
    };
    Some(advice)
}

/// The compiler's message, in the words of a notebook.
fn message(error: &CompilationError) -> String {
    let message = error.message();
    match message.split('`').nth(1) {
        Some(name) if message.contains("contains a reference with a non-static lifetime") => format!(
            "`{name}` refers to something of this cell that ends with it, so it cannot be kept for the next cells. Keep \
             the value itself (`.clone()`, `.to_owned()`, `.to_vec()`), or write the cell in braces."
        ),
        _ => message,
    }
}

/// The compiler's report over the cell's own text; none if nothing of it is about that.
fn in_cell(error: &CompilationError, cell: &str, given: &Named) -> Option<Vec<String>> {
    let label = |[line, column, end_line, end_column]: [usize; 4], text: &str, color| {
        let start = offset(cell, line, given.column(line, column));
        let end = offset(cell, end_line, given.column(end_line, end_column)).max(start + 1);
        let label = Label::new(start..end).with_color(color);
        if text.is_empty() { label } else { label.with_message(text) }
    };
    let place = error.primary_spanned_message()?.span?;
    let place = offset(cell, place.start_line, given.column(place.start_line, place.start_column));
    let mut report = Report::build(ReportKind::Error, place..place + 1).with_message(message(error));
    for (spans, color) in [(error.spanned_messages(), Color::Red), (error.help_spanned(), Color::Blue)] {
        for spanned in spans {
            if let Some(span) = spanned.span {
                let at = [span.start_line, span.start_column, span.end_line, span.end_column];
                report = report.with_label(label(at, &spanned.label, color));
            }
        }
    }
    if let Some(code) = error.code() {
        report = report.with_code(code);
    }
    if matches!(error.code(), Some("E0384" | "E0596")) {
        report = report.with_help("a variable of an earlier cell becomes mutable with `let mut x = x;`");
    } else if error.help_spanned().is_empty() {
        for help in error.help() {
            report = report.with_help(help);
        }
    }
    Some(lines(report, cell))
}

fn lines(report: ariadne::ReportBuilder<'_, std::ops::Range<usize>>, cell: &str) -> Vec<String> {
    let config = Config::default().with_index_type(IndexType::Char);
    let mut text = Vec::new();
    if let Err(error) = report.with_config(config).finish().write(Source::from(cell), &mut text) {
        return vec![format!("cannot be shown: {error}")];
    }
    // ariadne names a file; a cell has none.
    let text = String::from_utf8_lossy(&text).replace("<unknown>", "cell");
    text.lines().map(str::to_owned).collect()
}

/// How many characters stand before a line and column (both from 1) of the cell.
fn offset(cell: &str, line: usize, column: usize) -> usize {
    let before: usize = cell.split('\n').take(line.saturating_sub(1)).map(|line| line.chars().count() + 1).sum();
    (before + column.saturating_sub(1)).min(cell.chars().count().saturating_sub(1))
}

/// The line of the cell (from 1) that a panic names: the compiler counts lines of the source around the cell.
fn line_of_cell(panic: &Panic, cell: &str, folder: &Path) -> Option<usize> {
    if panic.file != "src/lib.rs" {
        return None;
    }
    let source = std::fs::read_to_string(folder.join("src/lib.rs")).ok()?;
    let text = source.lines().nth(panic.line.checked_sub(1)?)?.trim();
    let mut same = cell.lines().enumerate().filter(|(_, line)| line.trim() == text);
    let (line, _) = same.next()?;
    // Where two lines read the same nobody knows which it was.
    same.next().is_none().then_some(line + 1)
}
