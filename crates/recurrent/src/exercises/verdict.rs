//! What is said of an answer, and how it shows.

use crate::display::{HTML, MimeBundle, Show, TEXT};
use recurrent_plot::escape_xml as escape;

/// What became of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The answer is right.
    Right,
    /// It is not.
    Wrong,
    /// It could not be tried.
    Failed,
    /// The gap is still open.
    NotAttempted,
}

impl Outcome {
    /// Its name, as it is noted and shown.
    pub fn name(self) -> &'static str {
        match self {
            Self::Right => "right",
            Self::Wrong => "not right yet",
            Self::Failed => "failed",
            Self::NotAttempted => "not attempted",
        }
    }

    pub(super) fn sign(self) -> &'static str {
        match self {
            Self::Right => "✓",
            Self::Wrong => "✗",
            Self::Failed => "!",
            Self::NotAttempted => "○",
        }
    }

    /// The colour of its edge, which is seen on light and on dark ground.
    pub(super) fn color(self) -> &'static str {
        match self {
            Self::Right => "#009e73",
            Self::Wrong => "#d55e00",
            Self::Failed => "#cc79a7",
            Self::NotAttempted => "#8c959f",
        }
    }
}

/// What [`check`](super::check) says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// "Exercise" or "Prediction".
    pub kind: &'static str,
    /// Page and number.
    pub id: &'static str,
    /// What it asks for.
    pub title: &'static str,
    /// One of four.
    pub outcome: Outcome,
    /// Why it matters, what the mistake may be, the error, or what to do.
    pub text: String,
}

impl Show for Verdict {
    fn mime_bundle(&self) -> MimeBundle {
        let (sign, outcome) = (self.outcome.sign(), self.outcome.name());
        let head = format!("{} {}, {}: {outcome}", self.kind, self.id, self.title);
        let help = match self.outcome {
            Outcome::Right => String::new(),
            _ => format!("hint(\"{0}\") helps, solution(\"{0}\") shows the answer.", self.id),
        };
        let text = format!("{sign} {head}. {} {help}", self.text).trim_end().to_owned();
        let small = if help.is_empty() { help } else { format!("<br><small>{}</small>", escape(&help)) };
        let html = format!(
            "<div style=\"border-left:5px solid {};padding:4px 10px\"><b>{sign} {}</b><br>{}{small}</div>",
            self.outcome.color(),
            escape(&head),
            with_code(&self.text)
        );
        vec![(TEXT, text), (HTML, html)]
    }
}

/// A hint or a solution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// The line above it.
    pub head: String,
    /// The hint, or the code.
    pub text: String,
    /// Whether it is code.
    pub code: bool,
}

impl Show for Text {
    fn mime_bundle(&self) -> MimeBundle {
        let body = match self.code {
            true => format!("<pre>{}</pre>", escape(&self.text)),
            false => format!("<p>{}</p>", with_code(&self.text)),
        };
        let html = format!("<div><b>{}</b>{body}</div>", with_code(&self.head));
        vec![(TEXT, format!("{}\n{}", self.head, self.text)), (HTML, html)]
    }
}

/// What stands between two backticks as code.
fn with_code(text: &str) -> String {
    let parts = text.split('`').enumerate();
    parts
        .map(|(place, part)| if place % 2 == 1 { format!("<code>{}</code>", escape(part)) } else { escape(part) })
        .collect()
}
