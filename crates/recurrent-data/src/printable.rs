//! Names from files, as they may be printed.

/// The name in one line: control characters as in a Rust string. A notebook takes a line `EVCXR_BEGIN_CONTENT …` in the
/// output for a command.
pub(crate) fn printable(name: &str) -> String {
    let mut printed = String::with_capacity(name.len());
    for c in name.chars() {
        match c {
            // The separators of lines and paragraphs, and what turns the direction of the text around.
            '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => printed.extend(c.escape_unicode()),
            c if c.is_control() => printed.extend(c.escape_default()),
            c => printed.push(c),
        }
    }
    printed
}

/// Several names, with a comma between them.
pub(crate) fn listed(names: &[impl AsRef<str>]) -> String {
    let names: Vec<String> = names.iter().map(|name| printable(name.as_ref())).collect();
    names.join(", ")
}
