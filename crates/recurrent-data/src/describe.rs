//! A summary of a dataset: counts and lengths, and its first rows.

use crate::printable::printable;
use crate::{Dataset, Result};
use std::fmt;

/// Counts and lengths.
#[derive(Debug, Clone, PartialEq)]
pub struct Description {
    /// [`Dataset::source`].
    pub source: Option<String>,
    /// How many rows there are.
    pub rows: usize,
    /// Each class and how many rows it has.
    pub classes: Vec<(String, usize)>,
    /// The columns of text.
    pub columns: Vec<TextLengths>,
}

/// How long the texts of a column are, in words (split at white space).
#[derive(Debug, Clone, PartialEq)]
pub struct TextLengths {
    /// The name of the column.
    pub column: String,
    /// How many texts have no word.
    pub empty: usize,
    /// The shortest text.
    pub shortest: usize,
    /// Half of the texts are no longer than this.
    pub median: usize,
    /// 95 % of the texts are no longer than this.
    pub percentile_95: usize,
    /// The longest text.
    pub longest: usize,
    /// The mean.
    pub mean: f64,
}

/// The first rows of a dataset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preview {
    /// `class`, then the columns of text.
    pub columns: Vec<String>,
    /// For each row its class and its texts.
    pub rows: Vec<Vec<String>>,
    /// Each class and how many rows it has in the whole dataset.
    pub classes: Vec<(String, usize)>,
}

impl Dataset {
    /// Counts and lengths, without text. The column of the classes is none of the columns of text.
    ///
    /// # Errors
    /// What polars refuses.
    pub fn describe(&self) -> Result<Description> {
        let columns = self.text_columns().iter().map(|name| self.text_lengths(name)).collect::<Result<_>>()?;
        let source = self.source().map(String::from);
        Ok(Description { source, rows: self.len(), classes: self.named_counts(), columns })
    }

    /// The first `n` rows, for a table in a page.
    ///
    /// # Errors
    /// What polars refuses.
    pub fn preview(&self, n: usize) -> Result<Preview> {
        let head = self.take(n);
        let names = head.text_columns();
        let texts = names.iter().map(|name| head.text(&[name])).collect::<Result<Vec<_>>>()?;
        let row = |i: usize| {
            let class = self.class_names()[head.labels()[i] as usize].clone();
            std::iter::once(class).chain(texts.iter().map(|column| column[i].clone())).collect()
        };
        Ok(Preview {
            columns: std::iter::once("class".to_string()).chain(names.iter().cloned()).collect(),
            rows: (0..head.len()).map(row).collect(),
            classes: self.named_counts(),
        })
    }

    fn named_counts(&self) -> Vec<(String, usize)> {
        self.class_names().iter().cloned().zip(self.class_counts()).collect()
    }

    fn text_lengths(&self, column: &str) -> Result<TextLengths> {
        let mut words: Vec<usize> =
            self.text_column(column)?.iter().map(|text| text.unwrap_or("").split_whitespace().count()).collect();
        words.sort_unstable();
        // The smallest length that at least this share of the texts does not exceed.
        let percentile =
            |share: usize| words.get((words.len() * share).div_ceil(100).saturating_sub(1)).copied().unwrap_or(0);
        Ok(TextLengths {
            column: column.to_string(),
            empty: words.iter().filter(|&&n| n == 0).count(),
            shortest: percentile(0),
            median: percentile(50),
            percentile_95: percentile(95),
            longest: percentile(100),
            mean: words.iter().sum::<usize>() as f64 / words.len().max(1) as f64,
        })
    }
}

impl fmt::Display for Description {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        if let Some(source) = &self.source {
            writeln!(f, "{source}")?;
        }
        writeln!(f, "{} rows", self.rows)?;
        for (class, count) in &self.classes {
            writeln!(
                f,
                "  {:<20} {count:>8} {:>5.1} %",
                printable(class),
                100.0 * *count as f64 / self.rows.max(1) as f64
            )?;
        }
        writeln!(f, "words per text        shortest   median     95 %  longest     mean    empty")?;
        for c in &self.columns {
            let TextLengths { column, empty, shortest, median, percentile_95, longest, mean } = c;
            let column = printable(column);
            writeln!(
                f,
                "  {column:<20} {shortest:>7} {median:>8} {percentile_95:>8} {longest:>8} {mean:>8.1} {empty:>8}"
            )?;
        }
        Ok(())
    }
}
