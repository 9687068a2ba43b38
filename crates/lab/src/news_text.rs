//! Texts of AG News, which may not be republished: finds them in what a page shows.

use std::collections::HashMap;
use std::path::Path;

use anyhow::{Context, Result};
use indicatif::HumanCount;

/// This many consecutive words of a row are taken for its text.
const N: usize = 5;

/// Every n-gram of words in the rows of one data folder.
pub struct NewsText {
    /// An n-gram, and the row (file, line) that it was seen in first.
    ngrams: HashMap<String, (&'static str, u64)>,
    rows: [u64; 2],
}

impl NewsText {
    /// Reads `ag_news/train.csv` and `ag_news/test.csv` below `data`.
    pub fn read(data: &Path) -> Result<Self> {
        let mut text = Self { ngrams: HashMap::new(), rows: [0, 0] };
        for (part, file) in ["train.csv", "test.csv"].into_iter().enumerate() {
            let path = data.join("ag_news").join(file);
            let reader = csv::ReaderBuilder::new().has_headers(false).from_path(&path);
            let mut reader = reader.with_context(|| format!("cannot read {}", path.display()))?;
            for record in reader.records() {
                let record = record.with_context(|| format!("in {}", path.display()))?;
                text.rows[part] += 1;
                for column in record.iter().skip(1) {
                    for ngram in words(column).windows(N) {
                        text.ngrams.entry(ngram.join(" ")).or_insert((file, text.rows[part]));
                    }
                }
            }
        }
        Ok(text)
    }

    /// `AG News, 12,000 + 7,600 rows`
    pub fn name(&self) -> String {
        let [train, test] = self.rows.map(HumanCount);
        format!("AG News, {train} + {test} rows")
    }

    /// The first n-gram of words in `shown` (plain text, HTML or SVG) that is also one of a row: what it is and where
    /// it is from.
    pub fn find(&self, shown: &str) -> Option<String> {
        let visible = without_markup(shown);
        words(&visible).windows(N).find_map(|ngram| {
            let ngram = ngram.join(" ");
            let (file, row) = self.ngrams.get(&ngram)?;
            Some(format!("\"{ngram}\" (row {row} of {file})"))
        })
    }
}

/// Lower-case words. Sequences of numbers alone are an axis, not a text, so numbers are left out.
fn words(text: &str) -> Vec<String> {
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| word.chars().any(char::is_alphabetic));
    words.map(str::to_lowercase).collect()
}

/// `<b>one</b> two` to ` one  two`: words may be split over elements, as on a figure's axis. A `<` before anything but
/// a name, `/` or `!` is one of a text.
fn without_markup(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find('<') {
        plain.push_str(&rest[..start]);
        rest = &rest[start + 1..];
        let is_tag = rest.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/' || c == '!');
        if let (true, Some(end)) = (is_tag, rest.find('>')) {
            rest = &rest[end + 1..];
        }
        plain.push(' ');
    }
    plain.push_str(rest);
    for (entity, character) in
        [("&amp;", "&"), ("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&nbsp;", " ")]
    {
        plain = plain.replace(entity, character);
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows() -> NewsText {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("ag_news")).unwrap();
        let write = |file, text| std::fs::write(folder.path().join("ag_news").join(file), text).unwrap();
        write(
            "train.csv",
            "\"3\",\"Short\",\"Nobody's \"\"old\"\" teapot was sold, again and again\"\n\"1\",\"A harbour of glass in Tarn\",\"\"\n",
        );
        write("test.csv", "\"2\",\"A goose wins the cup\",\"Twice\"\n");
        NewsText::read(folder.path()).unwrap()
    }

    #[test]
    fn five_words_of_a_row_are_found_however_they_are_written() {
        let text = rows();
        for shown in [
            "row 7: a HARBOUR of glass, in …",
            "<text x='1'>A</text><text>harbour</text><text>of</text>\n<text>glass</text><text>in</text>",
            "5 < 6 a harbour of glass in",
            "<b title='x'>S &quot;old&quot; Teapot was sold</b>",
        ] {
            assert!(text.find(shown).is_some(), "{shown}");
        }
        let found = text.find("a goose wins the cup").unwrap();
        assert!(found.contains("row 1 of test.csv"), "{found}");
    }

    #[test]
    fn fewer_words_and_words_of_two_columns_are_no_text_of_a_row() {
        let text = rows();
        for shown in ["a harbour of glass", "goose wins the cup twice", "of glass a harbour in", "0 1 2 3 4 5"] {
            assert_eq!(text.find(shown), None, "{shown}");
        }
    }

    #[test]
    fn the_data_is_named_by_its_rows() {
        assert_eq!(rows().name(), "AG News, 2 + 1 rows");
        let rows = [120_000, 999];
        let ngrams = HashMap::new();
        assert_eq!(NewsText { ngrams, rows }.name(), "AG News, 120,000 + 999 rows");
    }
}
