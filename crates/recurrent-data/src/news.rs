//! The lesson's corpora: AG News, and MiniNews, which is shipped and takes its place where AG News is not there.

use crate::rows::{RowFormat, Rows};
use crate::{Dataset, Error, Result, data_folders};
use std::fmt;
use std::path::{Path, PathBuf};

const CLASS_NAMES: [&str; 4] = ["World", "Sports", "Business", "Sci/Tech"];

/// A training and a test part, with columns `title` and `description`.
#[derive(Debug, Clone)]
pub struct News {
    /// The training set.
    pub train: Dataset,
    /// The test set.
    pub test: Dataset,
    /// Which corpus this is, and its folder.
    pub source: Source,
    /// What else a reader should know, in words: that the corpus takes another one's place, lines that were skipped.
    pub notes: Vec<String>,
}

/// Where news were read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// `AG News` or `MiniNews`.
    pub corpus: &'static str,
    /// The folder that holds `train.csv` and `test.csv`.
    pub folder: PathBuf,
}

impl News {
    /// The same corpus with the first `rows` training rows, or all if there are fewer; every test row.
    ///
    /// ```
    /// let news = recurrent_data::MiniNews::load()?.take(100);
    /// assert_eq!(news.train.len(), 100);
    /// # Ok::<(), recurrent_data::Error>(())
    /// ```
    pub fn take(self, rows: usize) -> Self {
        let train = self.train.take(rows);
        Self { train, ..self }
    }
}

impl fmt::Display for News {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let Source { corpus, folder } = &self.source;
        write!(
            f,
            "{corpus} from {}: {} training rows, {} test rows",
            folder.display(),
            self.train.len(),
            self.test.len()
        )?;
        self.notes.iter().try_for_each(|note| write!(f, " ({note})"))
    }
}

/// AG News: 120,000 + 7,600 headlines with descriptions, four classes (Zhang, Zhao, LeCun, 2015, arXiv 1509.01626).
/// `cargo lab data` fetches it.
#[derive(Debug, Clone, Copy)]
pub struct AgNews;

impl AgNews {
    /// Reads `$RECURRENT_DATA_DIR/ag_news`, or else `data/ag_news`, or else [`MiniNews`]; [`News::source`] says which.
    ///
    /// # Errors
    /// As [`AgNews::read`], `$RECURRENT_DATA_DIR` that is no folder, and neither corpus anywhere.
    pub fn load() -> Result<News> {
        let folders = data_folders::all()?;
        match folders.iter().map(|folder| folder.join("ag_news")).find(|folder| folder.is_dir()) {
            Some(folder) => read(Source { corpus: "AG News", folder }),
            None => {
                let mut news = MiniNews::find(&folders)?;
                news.notes.push("AG News is not there; `cargo lab data` fetches it".into());
                Ok(news)
            }
        }
    }

    /// Reads `train.csv` and `test.csv` of one folder.
    ///
    /// # Errors
    /// One of the files is not there or has no row, a row that is not a class from 1 to 4, a title and a description,
    /// and what [`Rows`] finds wrong.
    pub fn read(folder: impl AsRef<Path>) -> Result<News> {
        read(Source { corpus: "AG News", folder: folder.as_ref().to_path_buf() })
    }
}

/// MiniNews: headlines with descriptions written for this project by a seeded generator, of the same form as AG News.
/// In about half of them the order of the words decides about the class; `data/README.md` says how.
#[derive(Debug, Clone, Copy)]
pub struct MiniNews;

impl MiniNews {
    /// Reads `mini_news` from `$RECURRENT_DATA_DIR` or from `data`.
    ///
    /// # Errors
    /// As [`AgNews::load`].
    pub fn load() -> Result<News> {
        Self::find(&data_folders::all()?)
    }

    fn find(folders: &[PathBuf]) -> Result<News> {
        read(Source { corpus: "MiniNews", folder: data_folders::find(folders, "mini_news")? })
    }
}

fn read(source: Source) -> Result<News> {
    if let Some(missing) =
        ["train.csv", "test.csv"].map(|part| source.folder.join(part)).iter().find(|part| !part.exists())
    {
        return Err(Error::content(
            missing,
            format!("{}'s rows (`cargo lab data` fetches AG News)", source.corpus),
            "no such file",
        ));
    }
    let mut notes = Vec::new();
    let train = read_part(&source.folder, "train.csv", &mut notes)?;
    let test = read_part(&source.folder, "test.csv", &mut notes)?;
    Ok(News { train, test, source, notes })
}

/// Rows `"class 1-4","title","description"` without a header.
fn read_part(folder: &Path, part: &str, notes: &mut Vec<String>) -> Result<Dataset> {
    let path = &folder.join(part);
    let mut rows = Rows::open(path, RowFormat { separator: b',', header: false })?;
    let (mut labels, mut titles, mut descriptions) = (Vec::new(), Vec::new(), Vec::new());
    while let Some(row) = rows.next_row()? {
        let (start, count) = (row.start, row.fields.len());
        let [class, title, description] = std::array::from_fn(|i| row.fields.get(i).unwrap_or(""));
        if count != 3 {
            let expected = "3 fields: class, title, description";
            let line = rows.line_of(start)?;
            return Err(Error::line(path, line, expected, count.to_string()));
        }
        match class.parse() {
            Ok(class @ 1..=4) => labels.push(class - 1),
            _ => {
                let found = format!("{class:?}");
                let line = rows.line_of(start)?;
                return Err(Error::line(path, line, "a class from 1 to 4", found));
            }
        }
        titles.push(title.to_string());
        descriptions.push(description.to_string());
    }
    if labels.is_empty() {
        return Err(Error::content(path, "rows of news", "an empty file"));
    }
    let blank = rows.blank_lines()?;
    if blank > 0 {
        notes.push(format!("{part}: {blank} blank lines are no rows"));
    }
    Dataset::from_columns(
        vec![("title", titles), ("description", descriptions)],
        labels,
        CLASS_NAMES.map(String::from).to_vec(),
    )
}
