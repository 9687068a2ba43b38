//! Labelled rows of text: a polars table with a class for each row.

use crate::{Error, Result};
use polars::prelude::{Column, DataFrame, IdxCa, IdxSize, StringChunked};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use std::cell::OnceCell;

/// Rows of text, each with the id of its class.
#[derive(Debug, Clone)]
pub struct Dataset {
    table: DataFrame,
    labels: Vec<u32>,
    class_names: Vec<String>,
    /// The column that the classes were read from, which is not a column of text.
    label_column: Option<String>,
    source: Option<String>,
}

/// One row of a [`Dataset`], as [`Dataset::filter`] shows it.
#[derive(Debug, Clone, Copy)]
pub struct Row<'a> {
    dataset: &'a Dataset,
    index: usize,
    /// The first error, which `filter` returns.
    error: &'a OnceCell<Error>,
}

impl Dataset {
    /// `labels[i]` is the class of row i of `frame`, an index into `class_names`.
    ///
    /// # Errors
    /// Another number of labels than rows, or a label without a name.
    pub fn new(frame: DataFrame, labels: Vec<u32>, class_names: Vec<String>) -> Result<Self> {
        if labels.len() != frame.height() {
            return Err(Error::argument(
                "Dataset::new",
                format!("{} labels, one for each row", frame.height()),
                labels.len().to_string(),
            ));
        }
        if let Some((row, label)) = labels.iter().enumerate().find(|&(_, &label)| label as usize >= class_names.len()) {
            let expected = format!("labels below {}, the number of classes", class_names.len());
            return Err(Error::argument("Dataset::new", expected, format!("{label} in row {row}")));
        }
        Ok(Self { table: frame, labels, class_names, label_column: None, source: None })
    }

    /// Tells which column the classes were read from.
    pub(crate) fn with_label_column(self, name: String) -> Self {
        Self { label_column: Some(name), ..self }
    }

    pub(crate) fn with_source(self, source: String) -> Self {
        Self { source: Some(source), ..self }
    }

    /// From columns of text, each with its name.
    ///
    /// # Errors
    /// Columns of other lengths than the labels, a name twice, or a label without a name.
    pub fn from_columns(columns: Vec<(&str, Vec<String>)>, labels: Vec<u32>, class_names: Vec<String>) -> Result<Self> {
        let columns = columns.into_iter().map(|(name, texts)| Column::new(name.into(), texts)).collect();
        Self::new(DataFrame::new(labels.len(), columns)?, labels, class_names)
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// The text of each row; several columns are joined by a space. A missing value is an empty text.
    ///
    /// # Errors
    /// A column that is not there, or that does not hold text.
    pub fn text(&self, columns: &[&str]) -> Result<Vec<String>> {
        let columns: Vec<&StringChunked> = columns.iter().map(|name| self.text_column(name)).collect::<Result<_>>()?;
        let row = |index| columns.iter().map(|column| column.get(index).unwrap_or("")).collect::<Vec<_>>().join(" ");
        Ok((0..self.len()).map(row).collect())
    }

    /// The class of each row, counted from 0.
    pub fn labels(&self) -> &[u32] {
        &self.labels
    }

    /// The name of each class.
    pub fn class_names(&self) -> &[String] {
        &self.class_names
    }

    /// The file that the rows were read from, in words: what was found there, guessed and skipped. None if they are from
    /// no file.
    pub fn source(&self) -> Option<&str> {
        self.source.as_deref()
    }

    /// How many rows each class has.
    pub fn class_counts(&self) -> Vec<usize> {
        let mut counts = vec![0; self.class_names.len()];
        self.labels.iter().for_each(|&label| counts[label as usize] += 1);
        counts
    }

    /// The columns as they were read, that of the classes included.
    pub(crate) fn table(&self) -> &DataFrame {
        &self.table
    }

    pub(crate) fn label_column(&self) -> Option<&str> {
        self.label_column.as_deref()
    }

    /// With other numbers and names for the classes.
    pub(crate) fn relabelled(self, labels: Vec<u32>, class_names: Vec<String>) -> Self {
        Self { labels, class_names, ..self }
    }

    /// The first `n` rows, or all if there are fewer.
    pub fn take(&self, n: usize) -> Self {
        let n = n.min(self.len());
        Self {
            table: self.table.head(Some(n)),
            labels: self.labels[..n].to_vec(),
            class_names: self.class_names.clone(),
            label_column: self.label_column.clone(),
            source: self.source.clone(),
        }
    }

    /// The rows in another order, the same for the same seed.
    ///
    /// # Errors
    /// What polars refuses.
    pub fn shuffle(&self, seed: u64) -> Result<Self> {
        let mut order: Vec<usize> = (0..self.len()).collect();
        order.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
        self.rows(&order)
    }

    /// The rows for which `keep` returns true.
    ///
    /// # Errors
    /// A column that `keep` asked for and that is not there, or does not hold text.
    ///
    /// ```
    /// # use recurrent_data::Dataset;
    /// # let columns = vec![("title", vec!["Rovers win".to_string(), "Shares fall".to_string()])];
    /// # let news = Dataset::from_columns(columns, vec![0, 1], vec!["Sports".into(), "Business".into()])?;
    /// let sports = news.filter(|row| row.class() == "Sports")?;
    /// assert_eq!(sports.text(&["title"])?, ["Rovers win"]);
    /// # Ok::<(), recurrent_data::Error>(())
    /// ```
    pub fn filter(&self, keep: impl Fn(Row) -> bool) -> Result<Self> {
        let error = OnceCell::new();
        let kept: Vec<usize> =
            (0..self.len()).filter(|&index| keep(Row { dataset: self, index, error: &error })).collect();
        match error.into_inner() {
            Some(error) => Err(error),
            None => self.rows(&kept),
        }
    }

    /// Two parts, `fraction` of the rows in the first; each class is divided in the same way, chosen by the seed. The
    /// order of the rows stays. For three parts, split one of them again.
    ///
    /// # Errors
    /// A fraction that is not between 0 and 1, or a part without rows.
    pub fn split(&self, fraction: f64, seed: u64) -> Result<(Self, Self)> {
        if !(fraction > 0.0 && fraction < 1.0) {
            return Err(Error::argument("Dataset::split", "a fraction between 0 and 1", fraction.to_string()));
        }
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut in_first = vec![false; self.len()];
        for class in 0..self.class_names.len() as u32 {
            let mut rows: Vec<usize> = (0..self.len()).filter(|&row| self.labels[row] == class).collect();
            rows.shuffle(&mut rng);
            let n = (rows.len() as f64 * fraction).round() as usize;
            rows[..n].iter().for_each(|&row| in_first[row] = true);
        }
        let (first, second): (Vec<usize>, Vec<usize>) = (0..self.len()).partition(|&row| in_first[row]);
        if first.is_empty() || second.is_empty() {
            return Err(Error::argument(
                "Dataset::split",
                "rows for both parts",
                format!("{} and {}", first.len(), second.len()),
            ));
        }
        Ok((self.rows(&first)?, self.rows(&second)?))
    }

    fn rows(&self, indices: &[usize]) -> Result<Self> {
        let index = IdxCa::from_vec("".into(), indices.iter().map(|&i| i as IdxSize).collect());
        Ok(Self {
            table: self.table.take(&index)?,
            labels: indices.iter().map(|&i| self.labels[i]).collect(),
            class_names: self.class_names.clone(),
            label_column: self.label_column.clone(),
            source: self.source.clone(),
        })
    }

    /// The columns of text, that of the classes apart.
    pub(crate) fn text_columns(&self) -> Vec<String> {
        let columns = self.table.columns().iter();
        columns
            .filter(|column| column.str().is_ok())
            .map(|column| column.name().to_string())
            .filter(|name| self.label_column.as_ref() != Some(name))
            .collect()
    }

    pub(crate) fn text_column(&self, name: &str) -> Result<&StringChunked> {
        let column = self.table.column(name).map_err(|_| Error::NoColumn {
            name: name.to_string(),
            columns: self.table.get_column_names().iter().map(|name| name.to_string()).collect(),
        })?;
        Ok(column.str()?)
    }
}

impl<'a> Row<'a> {
    /// Its place in the dataset.
    pub fn index(&self) -> usize {
        self.index
    }

    /// The id of its class.
    pub fn label(&self) -> u32 {
        self.dataset.labels[self.index]
    }

    /// The name of its class.
    pub fn class(&self) -> &'a str {
        &self.dataset.class_names[self.label() as usize]
    }

    /// The text in a column; none if there is nothing in it. If there is no such column of text it is none too, and
    /// [`Dataset::filter`] gives the error.
    pub fn text(&self, column: &str) -> Option<&'a str> {
        match self.dataset.text_column(column) {
            Ok(texts) => texts.get(self.index),
            Err(error) => {
                // The first error is the one to report.
                self.error.set(error).ok();
                None
            }
        }
    }
}
