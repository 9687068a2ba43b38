//! How the record of a training shows, and what a training was told.

use super::{HTML, MimeBundle, SHOWN_LINES, Show, TEXT, escape, html_table, text_and_table};
use crate::report::percent;
use recurrent_nn::{
    Checkpoint, EpochRecord, GradientReport, History, Metrics, Optimizer, StepRecord, Stop, Trainer, TrainerConfig,
};

/// The numbers of an epoch or step: their names and texts, none where there is no such number.
type Cells<const N: usize> = [(&'static str, Option<String>); N];

/// The table of some records, without the columns that are empty in all of them.
fn table<const N: usize>(records: impl Iterator<Item = Cells<N>>) -> String {
    let records: Vec<Cells<N>> = records.collect();
    let columns = (0..N).filter(|&column| records.iter().any(|cells| cells[column].1.is_some()));
    let columns: Vec<usize> = columns.collect();
    let header: Vec<&str> = columns.iter().map(|&column| records[0][column].0).collect();
    let row = |cells: &Cells<N>| columns.iter().map(|&column| cells[column].1.clone().unwrap_or_default()).collect();
    html_table(&header, records.iter().map(row))
}

impl Show for History {
    fn mime_bundle(&self) -> MimeBundle {
        let text = history_text(self);
        let mut html = format!("<p>{}</p>", escape(&text));
        let hidden = self.epochs.len().saturating_sub(SHOWN_LINES);
        if hidden > 0 {
            html += &format!("<p>after {hidden} epochs that are not shown:</p>");
        }
        if !self.epochs.is_empty() {
            html += &table(self.epochs.iter().skip(hidden).map(epoch_cells));
        }
        vec![(TEXT, text), (HTML, html)]
    }
}

/// One line: how far the training is and its last losses; also what a stop left of an epoch.
fn history_text(history: &History) -> String {
    let mut text = format!("{} epochs, {} steps", history.epochs.len(), history.steps.len());
    if let Some(epoch) = history.epochs.last() {
        text += &format!(": loss {:.4}", epoch.loss);
        if let Some(loss) = epoch.validation_loss {
            text += &format!(", validation loss {loss:.4}");
        }
    }
    let begun = history.steps_of(history.epoch());
    let answers: usize = begun.iter().map(|step| step.answers).sum();
    if answers > 0 {
        let sum: f64 = begun.iter().map(|step| step.loss * step.answers as f64).sum();
        text += &format!(
            "; stopped after {} steps of epoch {}, their mean loss {:.4}",
            begun.len(),
            history.epoch() + 1,
            sum / answers as f64
        );
    }
    text
}

fn number(number: f64) -> String {
    format!("{number:.4}")
}

fn epoch_cells(epoch: &EpochRecord) -> Cells<8> {
    [
        ("epoch", Some((epoch.epoch + 1).to_string())),
        ("loss", Some(number(epoch.loss))),
        ("accuracy", epoch.accuracy.map(percent)),
        ("mean absolute error", epoch.mean_absolute_error.map(number)),
        ("validation loss", epoch.validation_loss.map(number)),
        ("validation accuracy", epoch.validation_accuracy.map(percent)),
        ("validation macro F1", epoch.validation_macro_f1.map(percent)),
        ("validation mean absolute error", epoch.validation_mean_absolute_error.map(number)),
    ]
}

/// `, accuracy 75.0 %`, or the mean absolute error.
fn how_good(accuracy: Option<f64>, error: Option<f64>) -> String {
    let accuracy = accuracy.map(|accuracy| format!(", accuracy {}", percent(accuracy)));
    let error = error.map(|error| format!(", mean absolute error {error:.4}"));
    [accuracy, error].into_iter().flatten().collect()
}

impl Show for EpochRecord {
    fn mime_bundle(&self) -> MimeBundle {
        let good = how_good(self.accuracy, self.mean_absolute_error);
        let text = format!("epoch {}: {} steps, loss {:.4}{good}", self.epoch + 1, self.steps, self.loss);
        let html = format!("<p>{}</p>{}", escape(&text), table([epoch_cells(self)].into_iter()));
        vec![(TEXT, text), (HTML, html)]
    }
}

impl Show for StepRecord {
    fn mime_bundle(&self) -> MimeBundle {
        let text = format!("step {}: {} rows, loss {:.4}", self.step + 1, self.rows, self.loss);
        let cells = [
            ("step", Some((self.step + 1).to_string())),
            ("rows", Some(self.rows.to_string())),
            ("loss", Some(number(self.loss))),
            ("accuracy", self.accuracy().map(percent)),
            ("mean absolute error", self.mean_absolute_error.map(number)),
            ("learning rate", Some(format!("{:.2e}", self.learning_rate))),
            ("gradient norm", Some(number(self.gradient_norm))),
        ];
        let html = format!("<p>{}</p>{}", escape(&text), table([cells].into_iter()));
        vec![(TEXT, text), (HTML, html)]
    }
}

impl Show for Metrics {
    fn mime_bundle(&self) -> MimeBundle {
        let cells = [
            ("answers", Some(self.answers.to_string())),
            ("loss", Some(number(self.loss))),
            ("perplexity", self.perplexity().map(number)),
            ("bits", self.bits().map(number)),
            ("accuracy", self.accuracy.map(percent)),
            ("macro F1", self.macro_f1.map(percent)),
            ("mean absolute error", self.mean_absolute_error.map(number)),
        ];
        vec![(TEXT, format!("{} answers: {self}", self.answers)), (HTML, table([cells].into_iter()))]
    }
}

impl Show for Trainer {
    fn mime_bundle(&self) -> MimeBundle {
        self.history().mime_bundle()
    }
}

impl Show for Stop {
    fn mime_bundle(&self) -> MimeBundle {
        let why = match self {
            Stop::Finished => "all epochs are done",
            Stop::Early => "stopped early: the model has not become better for a while",
            Stop::Interrupted => "stopped by you; fit again goes on",
            Stop::TimeLimit => "the time is over; fit again goes on",
            Stop::RowLimit => "the rows are done; fit again goes on",
            Stop::Observer => "the observer broke off; fit again goes on",
        };
        vec![(TEXT, why.into())]
    }
}

impl Show for TrainerConfig {
    fn mime_bundle(&self) -> MimeBundle {
        let text = format!("{} epochs at a learning rate of {}", self.epochs, self.learning_rate);
        let fields = [
            ("loss", format!("{:?}", self.loss)),
            ("epochs", self.epochs.to_string()),
            ("learning_rate", self.learning_rate.to_string()),
            ("schedule", format!("{:?}", self.schedule)),
            ("optimizer", format!("{:?}", self.optimizer)),
            ("accumulate", self.accumulate.to_string()),
            ("early_stopping", format!("{:?}", self.early_stopping)),
            ("time_limit", format!("{:?}", self.time_limit)),
            ("row_limit", format!("{:?}", self.row_limit)),
            ("progress", self.progress.to_string()),
        ];
        let rows = fields.map(|(field, value)| vec![field.into(), value]);
        text_and_table(text, &["field", "value"], rows.into_iter())
    }
}

impl Show for Optimizer {
    fn mime_bundle(&self) -> MimeBundle {
        vec![(TEXT, format!("{:?}", self.config()))]
    }
}

impl Show for GradientReport {
    fn mime_bundle(&self) -> MimeBundle {
        let text = format!(
            "gradient norm {:.4}; the largest gradient is {:.4}, of {}",
            self.norm, self.largest, self.parameter
        );
        let row = vec![format!("{:.4}", self.norm), format!("{:.4}", self.largest), self.parameter.clone()];
        let header = ["norm of all gradients", "the largest", "of the parameter"];
        text_and_table(text, &header, [row].into_iter())
    }
}

impl Show for Checkpoint {
    fn mime_bundle(&self) -> MimeBundle {
        let text = format!("a training in {}", self.folder().display());
        let html = format!("<p>{}</p>", escape(&text));
        vec![(TEXT, text), (HTML, html)]
    }
}
