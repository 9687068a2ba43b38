//! How values are displayed at the end of a cell.
//!
//! evcxr calls `evcxr_display()` on the last value of a cell if there is one, and else prints its Debug form, for which
//! it compiles the cell a second time. So the values that pages end with have one.

use crate::{
    error::Result,
    loader::DataLoader,
    predict::Prediction,
    report::{ClassificationReport, check_square, headline, percent},
    views::{self, LayerTrace, Trace},
};
use candle_core::Tensor;
use recurrent_data::{
    Batches, Dataset, Description, Neighbors, News, PretrainedEmbeddings, TextVectorizer, Vocabulary,
};
use recurrent_nn::{
    Batch, Bidirectional, Dropout, Embedding, Evaluation, Gru, LearningRates, Linear, Lstm, Model, Module, Recurrent,
    Rnn, RnnCell, SimpleRnn, Stacked, Summary,
};
// Text of a dataset is data, never markup.
use recurrent_plot::{Figure, class_probabilities, escape_xml as escape};
use std::io::Write;

mod batches;
mod lists;
mod tables;
mod training;
mod view_numbers;

/// A value in one form or several, each a MIME type and its content: text first, then a picture or a table where
/// there is one. Jupyter's [MIME
/// bundle](https://jupyter-client.readthedocs.io/en/stable/messaging.html#display-data).
pub type MimeBundle = Vec<(&'static str, String)>;

/// Shows a value as the result of a notebook's cell.
pub trait Show {
    /// The value in one form or several, each a MIME type and its content: text first, then a picture or a table
    /// where there is one.
    fn mime_bundle(&self) -> MimeBundle;

    /// Sends them to the notebook; JupyterLab shows the richest.
    fn evcxr_display(&self) {
        send(&self.mime_bundle());
    }
}

/// Shows a model that a page has defined: its summary. A trait of its own, as a type may be a [`Model`] or one of
/// those that [`Show`] is written for, and the compiler cannot know that none is both.
pub trait ShowModel: Model + Sized {
    /// The table of its layers, as text and as HTML.
    fn mime_bundle(&self) -> MimeBundle {
        Summary::new(self).mime_bundle()
    }

    /// Sends it to the notebook.
    fn evcxr_display(&self) {
        send(&ShowModel::mime_bundle(self));
    }
}

impl<M: Model> ShowModel for M {}

fn send(bundle: &MimeBundle) {
    crate::live::finish();
    for (mime, content) in bundle {
        // That nobody reads it is no reason to panic.
        let _ = writeln!(std::io::stdout(), "{}", framed(mime, content));
    }
}

/// One form as the kernel reads it, line by line. A word of its own in the content, e.g. in a text of a dataset,
/// would end the form or the cell: an invisible character makes it another one.
fn framed(mime: &str, content: &str) -> String {
    let content = content.replace("EVCXR_", "EVCXR\u{2060}_");
    format!("EVCXR_BEGIN_CONTENT {mime}\n{content}\nEVCXR_END_CONTENT")
}

pub(crate) const TEXT: &str = "text/plain";
pub(crate) const HTML: &str = "text/html";
pub(crate) const SVG: &str = "image/svg+xml";

impl Show for Figure {
    fn mime_bundle(&self) -> MimeBundle {
        with_picture(format!("Figure: {}", self.title()), self)
    }
}

impl Show for Prediction {
    fn mime_bundle(&self) -> MimeBundle {
        let figure = class_probabilities(&self.text, &self.classes, &self.probabilities);
        with_figure(self.to_string(), figure.map_err(Into::into))
    }
}

impl Show for LearningRates {
    fn mime_bundle(&self) -> MimeBundle {
        let steepest = match self.steepest() {
            Some(rate) => format!("the loss falls fastest at a learning rate of {rate:.1e}"),
            None => "the loss does not fall at any learning rate".into(),
        };
        with_figure(steepest, views::learning_rate_curve(self))
    }
}

/// A text and a figure: the picture for those who keep pictures, and interactive HTML where there is some.
pub(crate) fn with_picture(text: String, figure: &Figure) -> MimeBundle {
    let picture = vec![(TEXT, text), (SVG, figure.svg().into())];
    picture.into_iter().chain(figure.html().map(|html| (HTML, html))).collect()
}

/// A text and a figure, or why there is none.
fn with_figure(text: String, figure: Result<Figure>) -> MimeBundle {
    match figure {
        Ok(figure) => with_picture(text, &figure),
        Err(error) => vec![(TEXT, format!("{text}\nno figure: {error}"))],
    }
}

impl Show for Description {
    fn mime_bundle(&self) -> MimeBundle {
        let source = self.source.as_ref().map(|source| format!("<p>{}</p>", escape(source)));
        let classes = self.classes.iter().map(|(name, rows)| vec![name.clone(), rows.to_string()]);
        let lengths = self.columns.iter().map(|column| {
            let numbers = [column.shortest, column.median, column.percentile_95, column.longest, column.empty];
            [column.column.clone()].into_iter().chain(numbers.map(|number| number.to_string())).collect()
        });
        let classes = html_table(&["class", "rows"], classes);
        let header = ["words in", "shortest", "median", "95 %", "longest", "empty texts"];
        let html = source.unwrap_or_default() + &classes + &html_table(&header, lengths);
        vec![(TEXT, self.to_string()), (HTML, html)]
    }
}

impl Show for Dataset {
    fn mime_bundle(&self) -> MimeBundle {
        let preview = match self.preview(SHOWN_ROWS) {
            Ok(preview) => preview,
            Err(error) => return vec![(TEXT, error.to_string())],
        };
        let counts: Vec<String> =
            preview.classes.iter().map(|(name, rows)| format!("{}: {rows}", escape(name))).collect();
        let columns: Vec<&str> = preview.columns.iter().map(String::as_str).collect();
        let table = html_table(&columns, preview.rows.into_iter());
        let (mut text, mut html) = (format!("{} rows", self.len()), String::new());
        if let Some(source) = self.source() {
            html = format!("<p>{}</p>", escape(source));
            text = format!("{source}\n{text}");
        }
        html += &format!("<p>{} rows. {}</p>{table}", self.len(), counts.join(", "));
        vec![(TEXT, text), (HTML, html)]
    }
}

/// What was found where, and the classes.
impl Show for News {
    fn mime_bundle(&self) -> MimeBundle {
        let (train, test) = (self.train.class_counts(), self.test.class_counts());
        let names = self.train.class_names().iter();
        let rows: Vec<[String; 3]> = names
            .zip(train.iter().zip(&test))
            .map(|(name, (train, test))| [name.clone(), train.to_string(), test.to_string()])
            .collect();
        let lines = rows.iter().map(|[name, train, test]| format!("{name}: {train} training rows, {test} test rows"));
        let head = self.to_string();
        let text = lines.fold(head.clone(), |text, line| text + "\n" + &line);
        let header = ["class", "training rows", "test rows"];
        let table = html_table(&header, rows.into_iter().map(Vec::from));
        vec![(TEXT, text), (HTML, format!("<p>{}</p>{table}", escape(&head)))]
    }
}

/// How many tokens have a vector, and the first vectors.
impl Show for PretrainedEmbeddings {
    fn mime_bundle(&self) -> MimeBundle {
        let (tokens, e) = (self.vocabulary().tokens(), self.dimension());
        let shown: Vec<(&String, String)> = tokens
            .iter()
            .filter_map(|token| Some((token, self.vector(token)?)))
            .take(SHOWN_ROWS)
            .map(|(token, vector)| {
                let mut numbers: Vec<String> =
                    vector.iter().take(SHOWN_NUMBERS).map(|number| format!("{number:7.4}")).collect();
                numbers.extend((e > SHOWN_NUMBERS).then(|| "…".into()));
                (token, numbers.join("  "))
            })
            .collect();
        let head = format!("{self}; the first:");
        let lines = shown.iter().map(|(token, numbers)| format!("\n{token:<12} {numbers}"));
        let text = lines.fold(head.clone(), |text, line| text + &line);
        let rows = shown.iter().map(|(token, numbers)| vec![token.to_string(), numbers.clone()]);
        let table = html_table(&["token", "its vector"], rows);
        vec![(TEXT, text), (HTML, format!("<p>{}</p>{table}", escape(&head)))]
    }
}

/// The classes are numbers: [`classification_report`](crate::report::classification_report) has their names.
impl Show for Evaluation {
    fn mime_bundle(&self) -> MimeBundle {
        let numbered = ClassificationReport {
            evaluation: self.clone(),
            classes: (0..self.confusion.len()).map(|class| class.to_string()).collect(),
        };
        numbered.mime_bundle()
    }
}

impl Show for ClassificationReport {
    fn mime_bundle(&self) -> MimeBundle {
        if let Err(error) = check_square(&self.evaluation) {
            return vec![(TEXT, error.to_string())];
        }
        let rows = self.rows().into_iter().map(Vec::from);
        let table = html_table(&["class", "rows", "precision", "recall", "F1"], rows);
        let html = format!("<p>{}</p>{table}", escape(&headline(&self.evaluation)));
        vec![(TEXT, self.to_string()), (HTML, html)]
    }
}

impl Show for Trace {
    fn mime_bundle(&self) -> MimeBundle {
        let probabilities: Vec<String> = self.probabilities.iter().copied().map(percent).collect();
        let head = format!(
            "{} words: {}; class probabilities {}",
            self.words.len(),
            self.words.join(" "),
            probabilities.join(", ")
        );
        let layers: Vec<String> = self.layers.iter().map(layer_text).collect();
        let rows = self.layers.iter().map(|layer| {
            vec![
                layer.name.clone(),
                layer.kind.clone(),
                layer.hidden().len().to_string(),
                layer.units().to_string(),
                layer.symbols().join(", "),
            ]
        });
        let table = html_table(&["layer", "kind", "steps", "units", "gates and states"], rows);
        vec![(TEXT, format!("{head}\n{}", layers.join("\n"))), (HTML, format!("<p>{}</p>{table}", escape(&head)))]
    }
}

impl Show for LayerTrace {
    fn mime_bundle(&self) -> MimeBundle {
        vec![(TEXT, layer_text(self))]
    }
}

fn layer_text(layer: &LayerTrace) -> String {
    format!(
        "{} ({}): {} steps x {} units of {}",
        layer.name,
        layer.kind,
        layer.hidden().len(),
        layer.units(),
        layer.symbols().join(", ")
    )
}

/// As Keras prints it; in a page without gaps between the lines of its frame.
impl Show for Summary {
    fn mime_bundle(&self) -> MimeBundle {
        let text = self.to_string();
        let html = format!("<pre style=\"font-family:monospace;line-height:1.15\">{}</pre>", escape(&text));
        vec![(TEXT, text), (HTML, html)]
    }
}

impl Show for Vocabulary {
    fn mime_bundle(&self) -> MimeBundle {
        let first = self.tokens().iter().take(SHOWN_TOKENS);
        let text = format!("{} tokens, the first: {:?}", self.len(), first.clone().collect::<Vec<_>>());
        let rows = first.enumerate().map(|(id, token)| {
            let token = match id as u32 {
                recurrent_data::PAD => "(padding)",
                _ => token,
            };
            vec![id.to_string(), token.into()]
        });
        let html = format!("<p>{} tokens, the first:</p>{}", self.len(), html_table(&["id", "token"], rows));
        vec![(TEXT, text), (HTML, html)]
    }
}

impl Show for TextVectorizer {
    fn mime_bundle(&self) -> MimeBundle {
        self.vocabulary().mime_bundle()
    }
}

impl Show for Batches {
    fn mime_bundle(&self) -> MimeBundle {
        let (rows, empty, dropped) = (self.rows(), self.empty_sequences(), self.dropped_rows());
        let mut text = format!("batches of {rows} sequences");
        if empty > 0 {
            text += &format!("\n{empty} of them are empty: each is read as one unknown token");
        }
        if dropped > 0 {
            text += &format!("\ndrop_last leaves {dropped} of them out of each epoch");
        }
        vec![(TEXT, text)]
    }
}

impl Show for DataLoader {
    fn mime_bundle(&self) -> MimeBundle {
        self.batches().mime_bundle()
    }
}

impl Show for Batch {
    fn mime_bundle(&self) -> MimeBundle {
        let (shape, lengths) = (self.input.dims(), &self.lengths);
        let text = format!("input {shape:?}, lengths {lengths:?}\n{}", self.input);
        vec![(TEXT, text)]
    }
}

/// A layer with the shapes of its parameters.
fn parameters(layer: &dyn Module) -> MimeBundle {
    let shapes = layer.parameters().into_iter();
    let shapes: Vec<String> = shapes.map(|(name, var)| format!("  {name} {:?}", var.dims())).collect();
    vec![(TEXT, format!("{}\n{}", layer.kind(), shapes.join("\n")))]
}

macro_rules! show_layers {
    ($($layer:ty),+) => { $(
        impl Show for $layer {
            fn mime_bundle(&self) -> MimeBundle {
                parameters(self)
            }
        }
    )+ };
}

show_layers!(Embedding, SimpleRnn, Lstm, Gru, Linear, Dropout);

impl<C: RnnCell> Show for Rnn<C> {
    fn mime_bundle(&self) -> MimeBundle {
        parameters(self)
    }
}

impl<L: Recurrent> Show for Bidirectional<L> {
    fn mime_bundle(&self) -> MimeBundle {
        parameters(self)
    }
}

impl<L: Recurrent> Show for Stacked<L> {
    fn mime_bundle(&self) -> MimeBundle {
        parameters(self)
    }
}

/// Rows of a dataset that are shown.
const SHOWN_ROWS: usize = 5;
/// Rows of any other table that are shown.
const SHOWN_LINES: usize = 20;
/// Tokens of a vocabulary that are shown.
const SHOWN_TOKENS: usize = 20;
/// Numbers of a vector that are shown.
const SHOWN_NUMBERS: usize = 6;

/// A line of text, and a table of at most [`SHOWN_LINES`] rows.
fn text_and_table(text: String, header: &[&str], rows: impl ExactSizeIterator<Item = Vec<String>>) -> MimeBundle {
    let more = match rows.len().saturating_sub(SHOWN_LINES) {
        0 => String::new(),
        hidden => format!("<p>and {hidden} more</p>"),
    };
    let table = html_table(header, rows.take(SHOWN_LINES));
    let html = format!("<p>{}</p>{table}{more}", escape(&text));
    vec![(TEXT, text), (HTML, html)]
}

fn html_table(header: &[&str], rows: impl Iterator<Item = Vec<String>>) -> String {
    let line = |tag: &str, cells: &[&str]| {
        let cells: String = cells.iter().map(|cell| format!("<{tag}>{}</{tag}>", escape(cell))).collect();
        format!("<tr>{cells}</tr>")
    };
    let rows: String = rows.map(|row| line("td", &row.iter().map(String::as_str).collect::<Vec<_>>())).collect();
    format!("<table><thead>{}</thead><tbody>{rows}</tbody></table>", line("th", header))
}

/// A loop or a statement at the end of a cell has no value to show.
impl Show for () {
    fn mime_bundle(&self) -> MimeBundle {
        Vec::new()
    }
}

/// Values whose text says it all.
macro_rules! show_as_text {
    ($($form:literal: $($value:ty),+;)+) => { $($(
        impl Show for $value {
            fn mime_bundle(&self) -> MimeBundle {
                vec![(TEXT, format!($form, self))]
            }
        }
    )+)+ };
}

show_as_text! {
    "{}": Tensor, Neighbors, crate::run_folder::RunFolder;
    "{:?}": bool, char, str, String, f32, f64;
    "{}": usize, u8, u16, u32, u64, u128, isize, i8, i16, i32, i64, i128;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_that_names_the_kernels_words_stays_content() {
        let content = "one\nEVCXR_END_CONTENT\nEVCXR_EXECUTION_COMPLETE\ntwo";
        let framed = framed(TEXT, content);
        let lines: Vec<&str> = framed.lines().collect();
        let words = lines.iter().filter(|line| line.contains("EVCXR_")).count();
        assert_eq!((lines.len(), words), (6, 2), "{framed}");
        assert_eq!(lines.first(), Some(&"EVCXR_BEGIN_CONTENT text/plain"));
        assert_eq!(lines.last(), Some(&"EVCXR_END_CONTENT"));
    }
}
