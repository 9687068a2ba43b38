//! How values show at the end of a cell.
//!
//! evcxr calls `evcxr_display()` on the last value of a cell if there is one, and else prints its Debug form, for which
//! it compiles the cell a second time. So the values that pages end with have one.

use crate::predict::Prediction;
use candle_core::Tensor;
use recurrent_data::{Dataset, Description, Vocabulary};
use recurrent_nn::History;
use recurrent_plot::{Figure, class_probabilities};

/// Shows a value as the result of a notebook's cell.
pub trait Show {
    /// Sends it to the notebook, as text and, where there is one, as a picture or a table.
    fn evcxr_display(&self);
}

/// Sends one result to the notebook in several forms; JupyterLab shows the richest.
fn send(forms: &[(&str, &str)]) {
    for (mime, content) in forms {
        println!("EVCXR_BEGIN_CONTENT {mime}\n{content}\nEVCXR_END_CONTENT");
    }
}

impl Show for Figure {
    fn evcxr_display(&self) {
        send(&[
            ("text/plain", &format!("Figure: {}", self.title())),
            ("image/svg+xml", self.svg()),
        ]);
    }
}

impl Show for Prediction {
    fn evcxr_display(&self) {
        match class_probabilities(&self.text, &self.classes, &self.probabilities) {
            Ok(figure) => send(&[
                ("text/plain", &self.to_string()),
                ("image/svg+xml", figure.svg()),
            ]),
            Err(_) => send(&[("text/plain", &self.to_string())]),
        }
    }
}

impl Show for Description {
    fn evcxr_display(&self) {
        let classes = self
            .classes
            .iter()
            .map(|(name, rows)| vec![name.clone(), rows.to_string()]);
        let lengths = self.columns.iter().map(|column| {
            let numbers = [
                column.shortest,
                column.median,
                column.percentile_95,
                column.longest,
                column.empty,
            ];
            [column.column.clone()]
                .into_iter()
                .chain(numbers.map(|number| number.to_string()))
                .collect()
        });
        let classes = html_table(&["class", "rows"], classes);
        let header = [
            "words in",
            "shortest",
            "median",
            "95 %",
            "longest",
            "empty texts",
        ];
        send(&[
            ("text/plain", &self.to_string()),
            ("text/html", &(classes + &html_table(&header, lengths))),
        ]);
    }
}

impl Show for Dataset {
    fn evcxr_display(&self) {
        match self.preview(SHOWN_ROWS) {
            Ok(preview) => {
                let counts = preview
                    .classes
                    .iter()
                    .map(|(name, rows)| format!("{}: {rows}", escape(name)));
                let counts = format!(
                    "<p>{} rows. {}</p>",
                    self.len(),
                    counts.collect::<Vec<_>>().join(", ")
                );
                let columns: Vec<&str> = preview.columns.iter().map(String::as_str).collect();
                let table = html_table(&columns, preview.rows.into_iter());
                send(&[
                    ("text/plain", &format!("{} rows", self.len())),
                    ("text/html", &(counts + &table)),
                ]);
            }
            Err(error) => send(&[("text/plain", &error.to_string())]),
        }
    }
}

impl Show for History {
    fn evcxr_display(&self) {
        let percent = |share: Option<f64>| {
            share.map_or(String::new(), |share| format!("{:.1} %", 100.0 * share))
        };
        let number = |loss: Option<f64>| loss.map_or(String::new(), |loss| format!("{loss:.4}"));
        let rows = self.epochs.iter().map(|epoch| {
            let (loss, accuracy) = (Some(epoch.loss), Some(epoch.accuracy));
            let validation = [
                number(epoch.validation_loss),
                percent(epoch.validation_accuracy),
            ];
            [
                (epoch.epoch + 1).to_string(),
                number(loss),
                percent(accuracy),
            ]
            .into_iter()
            .chain(validation)
            .collect()
        });
        let header = [
            "epoch",
            "loss",
            "accuracy",
            "validation loss",
            "validation accuracy",
        ];
        let text = format!("{} epochs, {} steps", self.epochs.len(), self.steps.len());
        send(&[
            ("text/plain", &text),
            ("text/html", &html_table(&header, rows)),
        ]);
    }
}

impl Show for Vocabulary {
    fn evcxr_display(&self) {
        let first: Vec<&str> = self
            .tokens()
            .iter()
            .take(SHOWN_TOKENS)
            .map(String::as_str)
            .collect();
        send(&[(
            "text/plain",
            &format!("{} tokens, the first: {first:?}", self.len()),
        )]);
    }
}

/// Rows of a dataset that are shown.
const SHOWN_ROWS: usize = 5;
/// Tokens of a vocabulary that are shown.
const SHOWN_TOKENS: usize = 20;

fn html_table(header: &[&str], rows: impl Iterator<Item = Vec<String>>) -> String {
    let line = |tag: &str, cells: &[&str]| {
        let cells: String = cells
            .iter()
            .map(|cell| format!("<{tag}>{}</{tag}>", escape(cell)))
            .collect();
        format!("<tr>{cells}</tr>")
    };
    let rows: String = rows
        .map(|row| line("td", &row.iter().map(String::as_str).collect::<Vec<_>>()))
        .collect();
    format!(
        "<table><thead>{}</thead><tbody>{rows}</tbody></table>",
        line("th", header)
    )
}

/// Text of a dataset is data, never markup.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

/// A loop or a statement at the end of a cell has no value to show.
impl Show for () {
    fn evcxr_display(&self) {}
}

/// Values whose text says it all.
macro_rules! show_as_text {
    ($($form:literal: $($value:ty),+;)+) => { $($(
        impl Show for $value {
            fn evcxr_display(&self) {
                send(&[("text/plain", &format!($form, self))]);
            }
        }
    )+)+ };
}

show_as_text! {
    "{}": Tensor, recurrent_nn::Summary, polars::frame::DataFrame, crate::run_folder::RunFolder;
    "{:?}": bool, char, str, String, usize, u8, u32, u64, i32, i64, f32, f64;
}

impl<T: std::fmt::Debug> Show for Vec<T> {
    fn evcxr_display(&self) {
        send(&[("text/plain", &format!("{self:?}"))]);
    }
}

impl<T: std::fmt::Debug> Show for [T] {
    fn evcxr_display(&self) {
        send(&[("text/plain", &format!("{self:?}"))]);
    }
}

impl<T: std::fmt::Debug> Show for Option<T> {
    fn evcxr_display(&self) {
        send(&[("text/plain", &format!("{self:?}"))]);
    }
}
