//! polars' tables, as polars' users know them: the shape, each column's type, the first rows and the last.

use super::{HTML, MimeBundle, Show, TEXT};
use polars::prelude::{AnyValue, Column, DataFrame, DataType, LazyFrame, Series};
use recurrent_plot::escape_xml as escape;

/// Rows and columns that are shown of a larger table: half from its beginning, half from its end.
const ROWS: usize = 20;
const COLUMNS: usize = 12;
/// Letters of a text that are shown.
const LETTERS: usize = 60;

impl Show for DataFrame {
    fn mime_bundle(&self) -> MimeBundle {
        vec![(TEXT, self.to_string()), (HTML, table(self))]
    }
}

impl Show for Column {
    fn mime_bundle(&self) -> MimeBundle {
        vec![(TEXT, self.as_materialized_series().to_string()), (HTML, table(&self.clone().into_frame()))]
    }
}

impl Show for Series {
    fn mime_bundle(&self) -> MimeBundle {
        vec![(TEXT, self.to_string()), (HTML, table(&self.clone().into_frame()))]
    }
}

/// What will be computed, once `collect` asks for it.
impl Show for LazyFrame {
    fn mime_bundle(&self) -> MimeBundle {
        let plan = self.explain(true).unwrap_or_else(|error| error.to_string());
        let html = format!("<small>a plan; .collect()? computes it</small><pre>{}</pre>", escape(&plan));
        vec![(TEXT, plan), (HTML, html)]
    }
}

/// Of JupyterLab's own rules for tables only the sides of the text are changed, so it follows the theme.
fn table(frame: &DataFrame) -> String {
    let (height, width) = frame.shape();
    let (rows, columns) = (shown(height, ROWS), shown(width, COLUMNS));
    let columns: Vec<Option<&Column>> = columns.into_iter().map(|place| frame.columns().get(place?)).collect();
    let cells: Vec<Vec<String>> = columns.iter().map(|column| values(*column, &rows)).collect();
    let head = columns.iter().map(|column| match column {
        Some(column) => {
            let (name, kind) = (escape(column.name()), escape(&column.dtype().to_string()));
            format!("<th style=\"text-align:{}\">{name}<br><small>{kind}</small></th>", side(column))
        }
        None => "<th>…</th>".into(),
    });
    let head: String = head.collect();
    let line = |row: usize| {
        let cells = columns.iter().zip(&cells).map(|(column, cells)| {
            format!("<td style=\"text-align:{}\">{}</td>", column.map_or("left", side), cells[row])
        });
        format!("<tr>{}</tr>", cells.collect::<String>())
    };
    let lines: String = (0..rows.len()).map(line).collect();
    format!(
        "<div style=\"overflow-x:auto\"><small>shape: ({height}, {width})</small>\
         <table><thead><tr>{head}</tr></thead><tbody>{lines}</tbody></table></div>"
    )
}

/// The places that are shown of so many; none stands for those between.
fn shown(count: usize, most: usize) -> Vec<Option<usize>> {
    match count > most {
        false => (0..count).map(Some).collect(),
        true => (0..most / 2).map(Some).chain([None]).chain((count - most / 2..count).map(Some)).collect(),
    }
}

fn side(column: &Column) -> &'static str {
    if column.dtype().is_primitive_numeric() { "right" } else { "left" }
}

/// What is shown of a column; none of it stands for columns that are left out.
fn values(column: Option<&Column>, rows: &[Option<usize>]) -> Vec<String> {
    let shown = rows.iter().map(|row| match (column, row) {
        (Some(column), Some(row)) => value(column, *row),
        _ => "…".into(),
    });
    let mut shown: Vec<String> = shown.collect();
    if column.is_some_and(|column| column.dtype().is_float()) {
        align(&mut shown);
    }
    shown
}

/// Gives all numbers as many decimals as the longest has; one with an exponent stays as it is.
fn align(numbers: &mut [String]) {
    let decimals = |number: &String| {
        let (_, decimals) = number.split_once('.')?;
        decimals.bytes().all(|digit| digit.is_ascii_digit()).then_some(decimals.len())
    };
    let longest = numbers.iter().filter_map(decimals).max().unwrap_or(0);
    for number in numbers {
        if let Some(there) = decimals(number) {
            number.extend(std::iter::repeat_n('0', longest - there));
        }
    }
}

fn value(column: &Column, row: usize) -> String {
    match column.get(row) {
        Ok(AnyValue::Null) | Err(_) => "<span style=\"opacity:0.5\">null</span>".into(),
        Ok(AnyValue::String(text)) => escape(&cut(text)),
        Ok(AnyValue::StringOwned(text)) => escape(&cut(&text)),
        Ok(other) if column.dtype() == &DataType::Boolean => other.to_string(),
        Ok(other) => escape(&cut(&other.to_string())),
    }
}

/// At most [`LETTERS`] letters, on one line.
fn cut(text: &str) -> String {
    let line = text.replace(['\n', '\r', '\t'], " ");
    match line.char_indices().nth(LETTERS) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use polars::df;
    use polars::prelude::{IntoLazy, NamedFrom, col, lit};

    fn html(frame: &DataFrame) -> String {
        let bundle = frame.mime_bundle();
        assert_eq!(bundle[0].0, TEXT);
        assert!(bundle[0].1.contains("shape"), "{}", bundle[0].1);
        bundle[1].1.clone()
    }

    #[test]
    fn a_table_says_its_shape_and_types_and_what_is_missing() -> Result<(), Box<dyn std::error::Error>> {
        let frame = df!("title" => [Some("a <b> & \"c\""), None], "rows" => [1.5, -2.0], "right" => [true, false])?;
        assert_eq!(
            html(&frame),
            "<div style=\"overflow-x:auto\"><small>shape: (2, 3)</small><table><thead><tr>\
             <th style=\"text-align:left\">title<br><small>str</small></th>\
             <th style=\"text-align:right\">rows<br><small>f64</small></th>\
             <th style=\"text-align:left\">right<br><small>bool</small></th></tr></thead><tbody>\
             <tr><td style=\"text-align:left\">a &lt;b&gt; &amp; &quot;c&quot;</td>\
             <td style=\"text-align:right\">1.5</td><td style=\"text-align:left\">true</td></tr>\
             <tr><td style=\"text-align:left\"><span style=\"opacity:0.5\">null</span></td>\
             <td style=\"text-align:right\">-2.0</td><td style=\"text-align:left\">false</td></tr>\
             </tbody></table></div>"
        );
        Ok(())
    }

    #[test]
    fn a_large_table_is_cut_in_the_middle() -> Result<(), Box<dyn std::error::Error>> {
        let columns = (0..20).map(|n| Column::new(format!("c{n}").into(), (0..100).collect::<Vec<i32>>()));
        let text = html(&DataFrame::new(100, columns.collect())?);
        assert!(text.contains("shape: (100, 20)"));
        assert_eq!((text.matches("<tr>").count(), text.matches("<th").count() - 1), (1 + 21, 13));
        assert!(text.contains(">c5<") && !text.contains(">c6<") && text.contains(">c14<"), "{text}");
        assert!(text.contains(">9</td>") && !text.contains(">10</td>") && text.contains(">90</td>"), "{text}");
        let long = df!("text" => ["é".repeat(200)])?;
        assert!(html(&long).contains(&format!(">{}…<", "é".repeat(60))));
        Ok(())
    }

    #[test]
    fn numbers_of_a_column_have_as_many_decimals() -> Result<(), Box<dyn std::error::Error>> {
        let text = html(&df!("a" => [Some(0.73), None, Some(0.728), Some(1e-20)])?);
        for shown in [">0.730</td>", ">0.728</td>", ">null</span>", "e-20</td>"] {
            assert!(text.contains(shown), "{shown} in {text}");
        }
        Ok(())
    }

    #[test]
    fn a_plan_is_no_table() -> Result<(), Box<dyn std::error::Error>> {
        let plan = df!("a" => [1, 2])?.lazy().filter(col("a").gt(lit(1))).mime_bundle();
        assert!(plan[0].1.contains("FILTER") && plan[1].1.contains("&gt;"), "{plan:?}");
        Ok(())
    }

    #[test]
    fn a_series_is_a_table_of_one_column() {
        let series = Series::new("words".into(), [3, 4]);
        let shown = html(&series.clone().into_frame());
        assert_eq!(series.mime_bundle()[1].1, shown);
        assert_eq!(Column::from(series).mime_bundle()[1].1, shown);
    }
}
