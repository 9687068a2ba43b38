//! What can be said of a cell's text before it is compiled.

use jupyter_protocol::messaging::IsCompleteReply;
use proc_macro2::{LineColumn, TokenStream, TokenTree};

/// Where the text of a cell breaks off: a bracket without its partner, a string or comment that does not end.
#[derive(Debug, PartialEq)]
pub struct Broken {
    /// The character there.
    pub character: char,
    /// Its line, from 1.
    pub line: usize,
    /// Its column, from 1, in characters.
    pub column: usize,
}

impl Broken {
    /// What is wrong, in one sentence.
    pub fn message(&self) -> String {
        let character = self.character;
        match character {
            '(' | '[' | '{' => format!("this `{character}` is never closed"),
            ')' | ']' | '}' => format!("this `{character}` does not close what is open here"),
            _ => "this does not end, or is no Rust".to_owned(),
        }
    }
}

/// The Rust of a cell: without the lines before it that are commands of the kernel or of a shell.
pub fn rust(cell: &str) -> String {
    let mut before = true;
    let line = |line| {
        let command = line_is_command(line);
        before &= command || line.starts_with("//") || line.trim().is_empty();
        if before && command { "" } else { line }
    };
    cell.lines().map(line).collect::<Vec<_>>().join("\n")
}

fn line_is_command(line: &str) -> bool {
    line.starts_with(':') || line.starts_with('!')
}

/// Where the brackets, strings and comments of a cell do not fit together.
pub fn broken(cell: &str) -> Option<Broken> {
    let rust = rust(cell);
    let LineColumn { line, column } = rust.parse::<TokenStream>().err()?.span().start();
    let character = rust.lines().nth(line.saturating_sub(1))?.chars().nth(column)?;
    Some(Broken { character, line, column: column + 1 })
}

/// What Enter does in a console: runs the cell, or goes on to another line.
pub fn is_complete(cell: &str) -> IsCompleteReply {
    let rust = rust(cell);
    match broken(cell) {
        Some(Broken { character: ')' | ']' | '}', .. }) => return IsCompleteReply::invalid(),
        Some(Broken { character: '(' | '[' | '{', .. }) => return IsCompleteReply::incomplete(indent(&rust)),
        Some(_) => return IsCompleteReply::incomplete(String::new()),
        None => {}
    }
    match syn::parse_str::<syn::Block>(&format!("{{{rust}\n}}")) {
        Ok(_) => IsCompleteReply::complete(),
        // `let x =` or `x.map(f).`: the statement goes on.
        Err(error) if error.span().start().line > rust.lines().count() => {
            IsCompleteReply::incomplete("    ".to_owned())
        }
        Err(_) => IsCompleteReply::invalid(),
    }
}

/// The indent of the line after one that leaves a bracket open.
fn indent(rust: &str) -> String {
    let last = rust.lines().last().unwrap_or_default();
    let before = last.len() - last.trim_start().len();
    let opens = last.trim_end().ends_with(['(', '[', '{']);
    " ".repeat(before + if opens { 4 } else { 0 })
}

/// Whether a cell contains the operator `?`.
pub fn has_question_mark(cell: &str) -> bool {
    has_token(cell, |token| matches!(token, TokenTree::Punct(punct) if punct.as_char() == '?'))
}

/// Whether a cell contains a token, in brackets too.
pub fn has_token(cell: &str, wanted: impl Fn(&TokenTree) -> bool) -> bool {
    fn in_tokens(tokens: TokenStream, wanted: &impl Fn(&TokenTree) -> bool) -> bool {
        tokens.into_iter().any(|token| {
            wanted(&token) || matches!(token, TokenTree::Group(group) if in_tokens(group.stream(), wanted))
        })
    }
    rust(cell).parse().is_ok_and(|tokens| in_tokens(tokens, &wanted))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jupyter_protocol::messaging::IsCompleteReplyStatus;

    fn place(cell: &str) -> Option<(char, usize, usize)> {
        broken(cell).map(|Broken { character, line, column }| (character, line, column))
    }

    #[test]
    fn a_bracket_without_partner_has_a_place() {
        assert_eq!(place("let x = vec![1, 2];\nfn f() {\n    g(1;\n}"), Some(('}', 4, 1)));
        assert_eq!(place("fn f() {\n    let é = '}'; // }\n"), Some(('{', 1, 8)));
        assert_eq!(place("let ü = f(1));"), Some((')', 1, 13)));
        assert_eq!(place("let s = \"open;\n"), Some(('"', 1, 9)));
        assert_eq!(place("let css = \"a {\n!important\";"), None);
        assert_eq!(place(":dep rand = { version = \"0.9\"\nlet x = (1);"), None);
    }

    #[test]
    fn enter_runs_what_is_complete() {
        let status = |cell: &str| match is_complete(cell).status {
            IsCompleteReplyStatus::Complete => "complete",
            IsCompleteReplyStatus::Incomplete => "incomplete",
            IsCompleteReplyStatus::Invalid => "invalid",
            IsCompleteReplyStatus::Unknown => "unknown",
        };
        for cell in ["", "1 + 1", "let x = 1;", "fn f() {}", ":dep rand", "use a::b;\nlet y = f(|x| x + 1)?;\ny"] {
            assert_eq!(status(cell), "complete", "{cell}");
        }
        for cell in ["let x =", "fn f() {", "let s = \"a", "x.map(\n", "if a {\n    b", "/* so", "x."] {
            assert_eq!(status(cell), "incomplete", "{cell}");
        }
        for cell in ["let = 1;", "f(1))", "}"] {
            assert_eq!(status(cell), "invalid", "{cell}");
        }
        assert_eq!(is_complete("fn f() {").indent, "    ");
    }

    #[test]
    fn a_question_mark_in_text_is_none() {
        assert!(has_question_mark("let x = f(g()?);"));
        assert!(!has_question_mark("let x = \"why?\"; // ?"));
    }
}
