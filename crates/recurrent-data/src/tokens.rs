//! Text to tokens: standardise, then split.

/// What happens to a text before it is split.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Standardize {
    /// ASCII letters to lower case and ASCII punctuation removed, as Keras `TextVectorization` does by default.
    #[default]
    LowerAndStripPunctuation,
    /// The same with the lower case of all of Unicode: `É` becomes `é`, which Keras leaves alone.
    UnicodeLowerAndStripPunctuation,
    /// ASCII letters to lower case.
    Lower,
    /// ASCII punctuation removed.
    StripPunctuation,
    /// torchtext's `basic_english`: lower case, quotes removed, `. , ( ) ! ? '` become tokens.
    BasicEnglish,
    /// The text as it is.
    None,
}

/// Where a text is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Split {
    /// At white space.
    #[default]
    Whitespace,
    /// After each Unicode scalar value.
    Characters,
}

/// Calls `each` with every token of `text`, in order. `buffer` is scratch space, so that no token costs an allocation.
pub(crate) fn for_each_token(
    text: &str,
    standardize: Standardize,
    split: Split,
    buffer: &mut String,
    mut each: impl FnMut(&str),
) {
    use Standardize::*;
    buffer.clear();
    match standardize {
        LowerAndStripPunctuation => {
            buffer.extend(text.chars().filter(|c| !c.is_ascii_punctuation()).map(|c| c.to_ascii_lowercase()))
        }
        UnicodeLowerAndStripPunctuation => {
            buffer.extend(text.chars().filter(|c| !c.is_ascii_punctuation()).flat_map(char::to_lowercase));
        }
        Lower => buffer.extend(text.chars().map(|c| c.to_ascii_lowercase())),
        StripPunctuation => buffer.extend(text.chars().filter(|c| !c.is_ascii_punctuation())),
        BasicEnglish => basic_english(text, buffer),
        None => buffer.push_str(text),
    }
    match (split, standardize) {
        (Split::Characters, _) => {
            let mut utf8 = [0; 4];
            buffer.chars().for_each(|c| each(c.encode_utf8(&mut utf8)));
        }
        // torchtext splits as Python does, at any white space; TensorFlow at ASCII white space only.
        (Split::Whitespace, BasicEnglish) => pieces(buffer, is_python_space).for_each(each),
        (Split::Whitespace, _) => pieces(buffer, is_ascii_space).for_each(each),
    }
}

fn pieces(text: &str, is_space: fn(char) -> bool) -> impl Iterator<Item = &str> {
    text.split(is_space).filter(|token| !token.is_empty())
}

/// Python's `str.isspace`: unlike Unicode's white space it has the four separators of ASCII.
fn is_python_space(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{1c}'..='\u{1f}')
}

/// C's `isspace`: unlike Rust's `is_ascii_whitespace` it counts the vertical tab.
fn is_ascii_space(c: char) -> bool {
    matches!(c, ' ' | '\t'..='\r')
}

/// The replacements of torchtext 0.18 `data/utils.py`, in their order.
fn basic_english(text: &str, out: &mut String) {
    let lower = text.to_lowercase().replace('"', "").replace("<br />", " ");
    for c in lower.chars() {
        match c {
            '\'' => out.push_str(" '  "),
            '.' | ',' | '(' | ')' | '!' | '?' => out.extend([' ', c, ' ']),
            ';' | ':' => out.push(' '),
            _ => out.push(c),
        }
    }
}
