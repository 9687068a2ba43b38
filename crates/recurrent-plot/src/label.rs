//! Numbers and words as labels.

use crate::font::{self, Weight};

/// A number beside an axis: thousands as "k", very small ones as 2.5e−4.
pub(crate) fn tick(value: f64) -> String {
    match value.abs() {
        0.0 => "0".to_owned(),
        size if !(0.001..1e7).contains(&size) => power(value),
        size if size >= 10_000.0 => format!("{}k", trimmed(value / 1000.0, 2)),
        size => trimmed(value, if size >= 100.0 { 1 } else { 4 }),
    }
}

/// A share as a percentage beside an axis.
pub(crate) fn percent_tick(value: f64) -> String {
    format!("{} %", trimmed(value * 100.0, 2))
}

/// A number in a narrow place: two decimals, or a power of ten.
pub(crate) fn short(value: f64) -> String {
    if value == 0.0 || (0.01..10_000.0).contains(&value.abs()) { trimmed(value, 2) } else { power(value) }
}

/// Four significant digits and a sign: +0.25, −1.234e−5.
pub(crate) fn signed(value: f64) -> String {
    if value != 0.0 && !(1e-3..1e6).contains(&value.abs()) {
        return format!("{value:+.3e}").replace('-', "−");
    }
    let decimals = if value == 0.0 { 0 } else { (3 - value.abs().log10().floor() as i32).max(0) as usize };
    let text = trimmed(value, decimals);
    if value > 0.0 { format!("+{text}") } else { text }
}

/// A number as a power of ten: 1e−3, 2.5e−4.
pub(crate) fn power(value: f64) -> String {
    let text = format!("{value:.1e}").replace(".0e", "e");
    text.replace('-', "−")
}

/// A number with at most `decimals` decimals and no trailing zeros.
pub(crate) fn trimmed(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    if text == "-0" { "0".to_owned() } else { text.replace('-', "−") }
}

/// A number with a comma after each three digits.
///
/// ```
/// assert_eq!(recurrent_plot::thousands(1_234_567), "1,234,567");
/// ```
pub fn thousands(number: u128) -> String {
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

/// A count in at most four letters, for narrow cells: 9999, 12k, 3.4M.
///
/// ```
/// assert_eq!(recurrent_plot::compact(12_345), "12k");
/// assert_eq!(recurrent_plot::compact(3_400_000), "3.4M");
/// ```
pub fn compact(count: u64) -> String {
    let steps = [(1e18, "E"), (1e15, "P"), (1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")];
    match steps.into_iter().find(|(size, _)| count >= 10_000 && count as f64 >= 0.9995 * size) {
        Some((size, letter)) => {
            let share = count as f64 / size;
            format!("{}{letter}", trimmed(share, if share < 9.95 { 1 } else { 0 }))
        }
        None => count.to_string(),
    }
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

/// A text that is at most `width` pixels wide, with an ellipsis where it was cut. As in [`wrap`] a
/// tenth is kept free.
pub(crate) fn fit(text: &str, width: f64, size: f64, weight: Weight) -> String {
    // No letter is narrower than a pixel.
    let most = text.chars().count().min(width as usize);
    (0..=most)
        .rev()
        .map(|letters| shorten(text, letters))
        .find(|short| font::width(short, size, weight) <= width * 0.9)
        .unwrap_or_default()
}

/// Lines of at most `width` pixels; a single longer word is shortened. A browser's font may be
/// wider, so a tenth is kept free.
pub(crate) fn wrap(text: &str, width: f64, size: f64, weight: Weight) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        let word = shorten(word, (width / size * 1.6) as usize);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_short() {
        let ticks = [0.0, 0.5, -0.25, 150.0, 12_500.0, 1e8, 2.5e-5, -1e-9].map(tick);
        assert_eq!(ticks, ["0", "0.5", "−0.25", "150", "12.5k", "1e8", "2.5e−5", "−1e−9"]);
        assert_eq!(percent_tick(0.125), "12.5 %");
    }

    #[test]
    fn counts_are_grouped_or_shortened() {
        assert_eq!([0, 999, 1000, 1_281_364].map(thousands), ["0", "999", "1,000", "1,281,364"]);
        let counts = [0, 9999, 12_345, 999_999, 3_449_999, u64::MAX].map(compact);
        assert_eq!(counts, ["0", "9999", "12k", "1M", "3.4M", "18E"]);
    }

    #[test]
    fn texts_are_shortened_by_letters_not_bytes() {
        assert_eq!(shorten("größer", 6), "größer");
        assert_eq!(shorten("größer als", 8), "größer…");
    }

    #[test]
    fn texts_are_cut_where_they_do_not_fit() {
        let fitted = |width| fit("lower.reverse", width, 13.5, Weight::SemiBold);
        assert_eq!(fitted(120.0), "lower.reverse");
        let cut = fitted(60.0);
        assert!(cut.starts_with("lower") && cut.ends_with('…'), "{cut}");
        assert!(font::width(&cut, 13.5, Weight::SemiBold) <= 54.0);
        assert_eq!(fitted(0.0), "");
    }

    #[test]
    fn lines_are_wrapped_between_words() {
        let lines = wrap("one two three", 60.0, 12.0, Weight::Regular);
        assert_eq!(lines, ["one two", "three"]);
        assert!(wrap("", 50.0, 12.0, Weight::Regular).is_empty());
    }
}
