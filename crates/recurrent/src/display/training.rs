//! How the record of a training shows, and what a training was told.

use super::{HTML, MimeBundle, SHOWN_LINES, Show, TEXT, escape, html_table, text_and_table};
use crate::report::percent;
use recurrent_nn::{
    Checkpoint, EpochRecord, GradientReport, History, Optimizer, StepRecord, Stop, Trainer, TrainerConfig,
};

const EPOCH: [&str; 6] = ["epoch", "loss", "accuracy", "validation loss", "validation accuracy", "validation macro F1"];

impl Show for History {
    fn mime_bundle(&self) -> MimeBundle {
        let text = history_text(self);
        let mut html = format!("<p>{}</p>", escape(&text));
        let hidden = self.epochs.len().saturating_sub(SHOWN_LINES);
        if hidden > 0 {
            html += &format!("<p>after {hidden} epochs that are not shown:</p>");
        }
        if !self.epochs.is_empty() {
            html += &html_table(&EPOCH, self.epochs.iter().map(epoch_row).skip(hidden));
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
    let rows: usize = begun.iter().map(|step| step.rows).sum();
    if rows > 0 {
        let sum: f64 = begun.iter().map(|step| step.loss * step.rows as f64).sum();
        text += &format!(
            "; stopped after {} steps of epoch {}, their mean loss {:.4}",
            begun.len(),
            history.epoch() + 1,
            sum / rows as f64
        );
    }
    text
}

fn epoch_row(epoch: &EpochRecord) -> Vec<String> {
    let percent = |share: Option<f64>| share.map_or(String::new(), percent);
    let number = |loss: Option<f64>| loss.map_or(String::new(), |loss| format!("{loss:.4}"));
    vec![
        (epoch.epoch + 1).to_string(),
        number(Some(epoch.loss)),
        percent(Some(epoch.accuracy)),
        number(epoch.validation_loss),
        percent(epoch.validation_accuracy),
        percent(epoch.validation_macro_f1),
    ]
}

impl Show for EpochRecord {
    fn mime_bundle(&self) -> MimeBundle {
        let text = format!(
            "epoch {}: {} steps, loss {:.4}, accuracy {}",
            self.epoch + 1,
            self.steps,
            self.loss,
            percent(self.accuracy)
        );
        text_and_table(text, &EPOCH, [epoch_row(self)].into_iter())
    }
}

impl Show for StepRecord {
    fn mime_bundle(&self) -> MimeBundle {
        let text = format!("step {}: {} rows, loss {:.4}", self.step + 1, self.rows, self.loss);
        let row = vec![
            (self.step + 1).to_string(),
            self.rows.to_string(),
            format!("{:.4}", self.loss),
            percent(self.accuracy()),
            format!("{:.2e}", self.learning_rate),
            format!("{:.4}", self.gradient_norm),
        ];
        let header = ["step", "rows", "loss", "accuracy", "learning rate", "gradient norm"];
        text_and_table(text, &header, [row].into_iter())
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
            ("epochs", self.epochs.to_string()),
            ("learning_rate", self.learning_rate.to_string()),
            ("schedule", format!("{:?}", self.schedule)),
            ("optimizer", format!("{:?}", self.optimizer)),
            ("accumulate", self.accumulate.to_string()),
            ("class_weights", format!("{:?}", self.class_weights)),
            ("label_smoothing", self.label_smoothing.to_string()),
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
