//! The lines that the kernel of the lesson shows.

use std::{io::Write, sync::LazyLock};

/// The word that begins such a line; none in a terminal and under other kernels.
static MARK: LazyLock<Option<String>> = LazyLock::new(|| std::env::var("RECURRENT_DISPLAY_MARK").ok());

pub(super) fn is_there() -> bool {
    MARK.as_deref().is_some_and(|mark| !mark.is_empty())
}

/// Shows a value under an id, or replaces what the cell has shown under it.
pub(super) fn show(id: &str, bundle: &[(&str, String)]) {
    if let Some(mark) = &*MARK {
        let mut out = std::io::stdout().lock();
        // That nobody reads it is no reason to panic.
        let _ = writeln!(out, "{}", line(mark, id, bundle)).and_then(|()| out.flush());
    }
}

/// One line: JSON has no line breaks but those in its strings, which are escaped.
fn line(mark: &str, id: &str, bundle: &[(&str, String)]) -> String {
    let data: serde_json::Map<String, serde_json::Value> =
        bundle.iter().map(|(mime, content)| (mime.to_string(), content.as_str().into())).collect();
    format!("{mark} {}", serde_json::json!({ "live": id, "data": data }))
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_is_shown_is_one_line() {
        let line = super::line("a1b2", "x", &[("text/plain", "one\r\ntwo \"3\"".into())]);
        assert_eq!(line, r#"a1b2 {"data":{"text/plain":"one\r\ntwo \"3\""},"live":"x"}"#);
    }
}
