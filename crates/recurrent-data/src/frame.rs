//! A dataset as a polars table, and back.

use crate::printable::listed;
use crate::{Dataset, Error, Result, classes};
use polars::prelude::{Column, DataFrame, DataType, PlSmallStr};

/// The columns that [`Dataset::frame`] adds.
const CLASS: &str = "class";
const LABEL: &str = "label";

impl Dataset {
    /// The table: the columns but that of the classes, then `class`, the name of each row's class, and `label`, its
    /// number, counted from 0. [`Dataset::from_frame`] makes a dataset of what is left after filters and joins.
    ///
    /// # Errors
    /// A column that is called `class` or `label` itself.
    ///
    /// ```
    /// # use recurrent_data::Dataset;
    /// # let columns = vec![("title", vec!["Rovers win".to_string(), "Shares fall".to_string()])];
    /// # let news = Dataset::from_columns(columns, vec![0, 1], vec!["Sports".into(), "Business".into()])?;
    /// let frame = news.frame()?;
    /// assert_eq!(frame.get_column_names(), ["title", "class", "label"]);
    /// let sports = Dataset::from_frame(&frame.head(Some(1)), &["title"], "class")?.with_class_names(news.class_names())?;
    /// assert_eq!((sports.text(&["title"])?, sports.labels()), (vec!["Rovers win".to_string()], &[0][..]));
    /// # Ok::<(), recurrent_data::Error>(())
    /// ```
    pub fn frame(&self) -> Result<DataFrame> {
        let texts = self.table().columns().iter();
        let mut columns: Vec<Column> =
            texts.filter(|column| self.label_column() != Some(column.name().as_str())).cloned().collect();
        if let Some(taken) = columns.iter().find(|column| [CLASS, LABEL].contains(&column.name().as_str())) {
            return Err(Error::argument(
                "Dataset::frame",
                "columns of text with other names than \"class\" and \"label\", which hold each row's class",
                format!("a column {:?}; rename it", taken.name().as_str()),
            ));
        }
        let names = self.labels().iter().map(|&label| self.class_names()[label as usize].as_str());
        columns.push(Column::new(CLASS.into(), names.collect::<Vec<_>>()));
        columns.push(Column::new(LABEL.into(), self.labels()));
        Ok(DataFrame::new(self.len(), columns)?)
    }

    /// A dataset of the columns `texts` of a table, whose column `class` says the class of each row, in words or in
    /// numbers. The classes are in rising order, as in [`Table::load`](crate::Table::load);
    /// [`Dataset::with_class_names`] gives them another one's order. A missing text is an empty one.
    ///
    /// # Errors
    /// A table without rows, a column that is not there, one of `texts` that does not hold text, a row without a class.
    pub fn from_frame(frame: &DataFrame, texts: &[&str], class: &str) -> Result<Self> {
        let refuse = |expected: String, got: String| Err(Error::argument("Dataset::from_frame", expected, got));
        if frame.height() == 0 {
            return refuse("a table with rows".into(), "none; is the filter before it right?".into());
        }
        let mut columns = Vec::new();
        for name in texts {
            let column = column(frame, name)?;
            if column.dtype() != &DataType::String {
                let cast = format!("{}; cast it with column(\"{name}\")?.cast(&DataType::String)?", column.dtype());
                return refuse(format!("text in column {name:?}"), cast);
            }
            columns.push(column.clone());
        }
        let values = column(frame, class)?.cast(&DataType::String)?;
        let values = values.str()?.iter();
        let values: Vec<String> = values.map(|value| value.unwrap_or_default().to_owned()).collect();
        if let Some(row) = values.iter().position(|value| value.trim().is_empty()) {
            let found =
                format!("nothing in row {row}, counted from 0; leave such rows out first, with drop_nulls or a filter");
            return refuse(format!("a class in each row of column {class:?}"), found);
        }
        let (labels, names) = classes::of(&values);
        Self::new(DataFrame::new(frame.height(), columns)?, labels, names)
    }

    /// The same rows, with the classes numbered as another dataset's are: `names` in their order. A model that was trained
    /// on one dataset answers in its numbers.
    ///
    /// # Errors
    /// A class of this dataset that has rows and is not among the names; a name twice.
    pub fn with_class_names(self, names: &[impl AsRef<str>]) -> Result<Self> {
        let names: Vec<String> = names.iter().map(|name| name.as_ref().to_owned()).collect();
        let refuse =
            |got| Error::argument("Dataset::with_class_names", "each class once, with all that have rows", got);
        if let Some(twice) = names.iter().enumerate().find(|(n, name)| names[..*n].contains(name)) {
            return Err(refuse(format!("{:?} twice", twice.1)));
        }
        let place = |label: &u32| {
            let name = &self.class_names()[*label as usize];
            let place = names.iter().position(|other| other == name);
            place.map(|place| place as u32).ok_or_else(|| refuse(format!("{} without {name:?}", listed(&names))))
        };
        let labels = self.labels().iter().map(place).collect::<Result<_>>()?;
        Ok(self.relabelled(labels, names))
    }
}

/// A column, or which there are.
fn column<'a>(frame: &'a DataFrame, name: &str) -> Result<&'a Column> {
    frame.column(name).map_err(|_| Error::NoColumn {
        name: name.to_owned(),
        columns: frame.get_column_names().iter().map(|name: &&PlSmallStr| name.to_string()).collect(),
    })
}
