//! The answer of a table as a figure.

use crate::error::Result;
use polars::prelude::{DataFrame, DataType};
use recurrent_data::Error;
use recurrent_plot::Figure;

/// A bar for each row of a table: the column `name` says whose it is, the column `value` how long. `note` says below the
/// title what the numbers are. A missing value is no bar.
///
/// ```
/// use recurrent::{frames::bar_chart, polars::df};
/// let lengths = df!("class" => ["Sports", "World"], "words" => [39, 41])?;
/// let figure = bar_chart("How long are the texts?", "words, the mean", &lengths, "class", "words")?;
/// assert_eq!(figure.title(), "How long are the texts?");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// A column that is not there; values that are no numbers; those of [`bar_chart`](recurrent_plot::bar_chart()).
pub fn bar_chart(title: &str, note: &str, frame: &DataFrame, name: &str, value: &str) -> Result<Figure> {
    let column = |name: &str, kind: &DataType| frame.column(name).and_then(|column| column.strict_cast(kind));
    let names = column(name, &DataType::String).map_err(Error::Polars)?;
    let values = column(value, &DataType::Float64).map_err(Error::Polars)?;
    let (names, values) = (names.str().map_err(Error::Polars)?, values.f64().map_err(Error::Polars)?);
    let bars = names.iter().zip(values.iter());
    let (names, values): (Vec<String>, Vec<f64>) =
        bars.filter_map(|(name, value)| Some((name.unwrap_or("null").to_owned(), value?))).unzip();
    Ok(recurrent_plot::bar_chart(title, note, &names, &values)?)
}
