//! How a number of a table changes with another one.

use crate::error::Result;
use polars::prelude::{DataFrame, DataType};
use recurrent_data::Error;
use recurrent_plot::{Figure, StepLine};

/// A dot for each row of a table at its columns `x` and `y`, and for each name in its column `series` a line through the
/// means of the rows that share an x. `note` says below the title what is shown. A row with a missing number is left out.
///
/// ```
/// use recurrent::{frames::line_chart, polars::df};
/// let accuracy = df!(
///     "network" => ["RNN", "RNN", "LSTM", "LSTM"],
///     "distance" => [3, 20, 3, 20],
///     "accuracy" => [1.0, 0.3, 1.0, 0.9],
/// )?;
/// let figure = line_chart("Far and near", "", &accuracy, "distance", "accuracy", "network")?;
/// assert!(figure.svg().contains(">LSTM</text>"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// A column that is not there; numbers that are none; those of [`line_chart`](recurrent_plot::line_chart()).
pub fn line_chart(title: &str, note: &str, frame: &DataFrame, x: &str, y: &str, series: &str) -> Result<Figure> {
    let column = |name: &str, kind: &DataType| frame.column(name).and_then(|column| column.strict_cast(kind));
    let numbers = |name: &str| column(name, &DataType::Float64).map_err(Error::Polars);
    let names = column(series, &DataType::String).map_err(Error::Polars)?;
    let (xs, ys) = (numbers(x)?, numbers(y)?);
    let (xs, ys) = (xs.f64().map_err(Error::Polars)?, ys.f64().map_err(Error::Polars)?);
    let mut lines: Vec<StepLine> = Vec::new();
    for ((name, at), value) in names.str().map_err(Error::Polars)?.iter().zip(xs.iter()).zip(ys.iter()) {
        let (Some(at), Some(value)) = (at, value) else { continue };
        let name = name.unwrap_or("null");
        match lines.iter_mut().find(|line| line.name == name) {
            Some(line) => line.points.push((at, value)),
            None => lines.push(StepLine { name: name.to_owned(), points: vec![(at, value)] }),
        }
    }
    Ok(recurrent_plot::line_chart(title, note, [x, y], &lines)?)
}
