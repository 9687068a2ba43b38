//! A quiz that scores: the same ideas asked before the lesson and after it.
//!
//! ```
//! use recurrent::{display::Show, quiz};
//! let forms = quiz::before().mime_bundle();
//! assert!(forms[0].1.starts_with("Quiz before the lesson\n1. "));
//! ```

use crate::display::{HTML, MimeBundle, Show, TEXT};
use recurrent_plot::escape_xml as escape;

mod questions;

/// One question.
struct Question {
    text: &'static str,
    answers: &'static [&'static str],
    /// The place of the right answer.
    right: usize,
    why: &'static str,
    /// The page that explains it: the name of its file.
    page: &'static str,
}

/// One part of the quiz. In a notebook and in the book it is answered with the mouse or the keyboard; a button says the
/// score and explains each answer. The part after the lesson also says how much was learned. What was answered stays in
/// the reader's browser.
pub struct Quiz {
    name: &'static str,
    title: &'static str,
    questions: &'static [Question],
}

/// The questions before the lesson.
pub fn before() -> Quiz {
    Quiz { name: "before", title: "Quiz before the lesson", questions: &questions::BEFORE }
}

/// The questions after the lesson.
pub fn after() -> Quiz {
    Quiz { name: "after", title: "Quiz after the lesson", questions: &questions::AFTER }
}

/// Scores the form before it.
const SCRIPT: &str = include_str!("quiz/quiz.js");

impl Show for Quiz {
    fn mime_bundle(&self) -> MimeBundle {
        let letters = ["a", "b", "c", "d", "e"];
        let mut text = self.title.to_owned();
        let mut html = format!(
            "<form data-lm-suppress-shortcuts=\"true\" data-quiz=\"{}\" style=\"max-width:46em\"><h3>{}</h3>",
            self.name,
            escape(self.title)
        );
        for (number, question) in self.questions.iter().enumerate() {
            text += &format!("\n{}. {}", number + 1, question.text);
            html += &format!(
                "<fieldset data-right=\"{}\" style=\"border:0;border-left:4px solid #8c959f;margin:1em 0;\
                 padding:0 0 0 .8em\"><legend style=\"float:left;width:100%;padding:0 0 .3em\"><b>{}.</b> {}</legend>",
                question.right,
                number + 1,
                escape(question.text)
            );
            for (place, answer) in question.answers.iter().enumerate() {
                text += &format!("\n   {}) {answer}", letters[place]);
                html += &format!(
                    "<label style=\"display:block;clear:both;padding:.15em 0\"><input type=\"radio\" \
                     name=\"{}-{number}\" value=\"{place}\"> {}</label>",
                    self.name,
                    escape(answer)
                );
            }
            html += &format!(
                "<p data-why hidden style=\"margin:.3em 0\"><b></b> {} <a href=\"{2}.ipynb\">Page {1}</a></p></fieldset>",
                escape(question.why),
                question.page.split('-').next().unwrap_or_default().trim_start_matches('0'),
                question.page
            );
        }
        html += "<button type=\"submit\">Score</button> <b role=\"status\"></b></form>";
        html += &format!("<script>{}</script>", SCRIPT.trim_end());
        vec![(TEXT, text), (HTML, html)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{collections::BTreeSet, path::Path};

    #[test]
    fn each_question_has_a_right_answer_a_reason_and_a_page() {
        let pages = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../notebooks");
        for quiz in [before(), after()] {
            for question in quiz.questions {
                let Question { text, answers, right, why, page } = question;
                assert!((3..=5).contains(&answers.len()) && *right < answers.len(), "{text}");
                let distinct: BTreeSet<&&str> = answers.iter().collect();
                assert_eq!(distinct.len(), answers.len(), "{text}");
                assert!(!why.is_empty() && pages.join(format!("{page}.ipynb")).exists(), "{text}: {page}");
            }
            let places: Vec<usize> =
                (0..3).map(|k| quiz.questions.iter().filter(|one| one.right == k).count()).collect();
            assert!(places.iter().all(|count| *count >= 2), "the right answers stand at {places:?}");
        }
        assert_eq!(before().questions.len(), after().questions.len());
        assert!(before().questions.len() >= 10);
    }
}
