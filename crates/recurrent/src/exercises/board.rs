//! What has been solved, page by page.

use super::{Outcome, Result, pages, progress};
use crate::display::{HTML, MimeBundle, Show, TEXT};
use recurrent_plot::escape_xml as escape;

/// The exercises of all pages, in their order, and what became of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Board {
    /// One for each exercise.
    pub exercises: Vec<Attempts>,
}

/// What became of one exercise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempts {
    /// Page and number: "04.2"; of a prediction "04.P2".
    pub id: &'static str,
    /// What it asks for.
    pub title: &'static str,
    /// Whether it was solved.
    pub solved: bool,
    /// How often an answer was checked.
    pub count: usize,
}

/// What has been solved so far.
///
/// # Errors
/// The file of the solved exercises cannot be read.
pub fn board() -> Result<Board> {
    let entries = progress::all()?;
    let tried = [Outcome::Right, Outcome::Wrong, Outcome::Failed].map(Outcome::name);
    let attempts = pages::all().into_iter().map(|exercise| {
        let own = || entries.iter().filter(|(id, _)| id == exercise.id).map(|(_, what)| what.as_str());
        Attempts {
            id: exercise.id,
            title: exercise.title,
            solved: own().any(|what| what == Outcome::Right.name()),
            count: own().filter(|what| tried.contains(what)).count(),
        }
    });
    Ok(Board { exercises: attempts.collect() })
}

impl Attempts {
    /// Its page.
    fn page(&self) -> &'static str {
        self.id.split('.').next().unwrap_or_default().trim_start_matches('0')
    }

    /// What became of it so far.
    fn outcome(&self) -> Outcome {
        match self {
            Self { solved: true, .. } => Outcome::Right,
            Self { count: 0, .. } => Outcome::NotAttempted,
            _ => Outcome::Wrong,
        }
    }
}

impl Show for Board {
    fn mime_bundle(&self) -> MimeBundle {
        let (predictions, exercises): (Vec<_>, Vec<_>) = self.exercises.iter().partition(|one| one.id.contains('P'));
        let head = format!(
            "{} of {} exercises solved, {} of {} predictions made",
            exercises.iter().filter(|one| one.solved).count(),
            exercises.len(),
            predictions.iter().filter(|one| one.count > 0).count(),
            predictions.len()
        );
        let (mut text, mut html) = (head.clone(), format!("<p>{head}</p><table>"));
        for page in self.exercises.chunk_by(|one, next| one.page() == next.page()) {
            let signs: Vec<&str> = page.iter().map(|one| one.outcome().sign()).collect();
            text += &format!("\npage {}: {}", page[0].page(), signs.join(" "));
            let signs = page.iter().map(|one| {
                let (sign, color) = (one.outcome().sign(), one.outcome().color());
                let said = escape(&format!("{}, {}: {} attempts", one.id, one.title, one.count));
                format!(
                    "<span role=\"img\" title=\"{said}\" aria-label=\"{said}\" \
                     style=\"color:{color};font-size:150%\">{sign}</span> "
                )
            });
            let signs: String = signs.collect();
            html += &format!("<tr><td>page {}</td><td style=\"text-align:left\">{signs}</td></tr>", page[0].page());
        }
        vec![(TEXT, text), (HTML, html + "</table>")]
    }
}
