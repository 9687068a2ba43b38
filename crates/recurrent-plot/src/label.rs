//! Numbers and words as labels.

use crate::font::{self, Weight};

/// A number beside an axis: up to four digits, thousands as "k".
pub(crate) fn tick(value: &f64) -> String {
    let value = *value;
    let size = value.abs();
    if size < 1e-12 {
        "0".to_owned()
    } else if size >= 10_000.0 {
        format!("{}k", trimmed(value / 1000.0, 1))
    } else if size < 0.001 {
        power(value)
    } else {
        trimmed(value, if size >= 100.0 { 0 } else { 3 })
    }
}

/// A share as a percentage beside an axis.
pub(crate) fn percent_tick(value: &f64) -> String {
    format!("{} %", trimmed(value * 100.0, 1))
}

/// A number on a logarithmic axis: 0.001 and smaller as 1e-3.
pub(crate) fn power(value: f64) -> String {
    format!("{value:.0e}")
}

/// A number with at most `decimals` decimals and no trailing zeros.
pub(crate) fn trimmed(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    let text = if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.')
    } else {
        &text
    };
    if text == "-0" {
        "0".to_owned()
    } else {
        text.replace('-', "−")
    }
}

/// 1296 as "1,296".
pub(crate) fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// The first letters of a text that is longer than `limit` letters, with an ellipsis.
pub(crate) fn shorten(text: &str, limit: usize) -> String {
    if text.chars().count() <= limit {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(limit.saturating_sub(1)).collect();
    short.truncate(short.trim_end().len());
    short.push('…');
    short
}

/// Lines of at most `width` pixels; a single longer word is shortened. A browser's font may be wider, so a tenth is kept free.
pub(crate) fn wrap(text: &str, width: f64, size: f64, weight: Weight) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        let word = shorten(word, (width / size) as usize);
        match lines.last_mut() {
            Some(line) if font::width(&format!("{line} {word}"), size, weight) <= width * 0.9 => {
                line.push(' ');
                line.push_str(&word);
            }
            _ => lines.push(word),
        }
    }
    lines
}
