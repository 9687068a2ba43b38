//! How good a model is, class by class.

use crate::error::{Error, Result, check_classes};
use recurrent_nn::Evaluation;
use std::fmt;

/// An evaluation with the names of its classes: a table of precision, recall and F1. See [`classification_report`].
#[derive(Debug, Clone, PartialEq)]
pub struct ClassificationReport {
    /// What was measured.
    pub evaluation: Evaluation,
    /// The names of the classes.
    pub classes: Vec<String>,
}

/// Precision, recall and F1 of each class by its name, as
/// [scikit-learn's function][1] of the same name.
///
/// [1]: https://scikit-learn.org/stable/modules/generated/sklearn.metrics.classification_report.html
///
/// # Errors
/// Class names that are not the model's classes; a confusion matrix that is not square.
///
/// ```
/// use recurrent::prelude::*;
/// let evaluation = Evaluation { loss: 0.5, confusion: vec![vec![5, 2, 0], vec![1, 3, 2], vec![0, 4, 8]] };
/// let report = classification_report(&evaluation, &["rain", "snow", "sun"])?;
/// assert_eq!(report.to_string(), "\
/// 25 rows: accuracy 64.0 %, macro F1 63.2 %, loss 0.5000
/// class     rows  precision   recall       F1
/// rain         7     83.3 %   71.4 %   76.9 %
/// snow         6     33.3 %   50.0 %   40.0 %
/// sun         12     80.0 %   66.7 %   72.7 %");
/// # Ok::<(), recurrent::error::Error>(())
/// ```
pub fn classification_report(evaluation: &Evaluation, classes: &[impl AsRef<str>]) -> Result<ClassificationReport> {
    check_square(evaluation)?;
    check_classes("classification_report", evaluation.confusion.len(), classes)?;
    Ok(ClassificationReport {
        evaluation: evaluation.clone(),
        classes: classes.iter().map(|name| name.as_ref().into()).collect(),
    })
}

/// A matrix that was made by hand may have no place for each pair of classes.
pub(crate) fn check_square(evaluation: &Evaluation) -> Result<()> {
    let classes = evaluation.confusion.len();
    let odd = |row: &&Vec<u64>| row.len() != classes;
    match evaluation.confusion.iter().find(odd) {
        None => Ok(()),
        Some(row) => Err(Error::View {
            operation: "classification_report",
            problem: format!(
                "a confusion matrix of {classes} rows with a row of {} numbers; expected as many of both",
                row.len()
            ),
        }),
    }
}

impl ClassificationReport {
    /// Name, rows, precision, recall and F1 of each class.
    pub(crate) fn rows(&self) -> Vec<[String; 5]> {
        let of = &self.evaluation;
        let (precision, recall, f1) = (of.precision(), of.recall(), of.f1());
        let classes = self.classes.iter().zip(&of.confusion).enumerate();
        classes
            .map(|(class, (name, row))| {
                let rows = row.iter().sum::<u64>().to_string();
                let [p, r, f] = [&precision, &recall, &f1].map(|share| percent(share[class]));
                [name.clone(), rows, p, r, f]
            })
            .collect()
    }
}

impl fmt::Display for ClassificationReport {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        if let Err(error) = check_square(&self.evaluation) {
            return write!(f, "{error}");
        }
        write!(f, "{}", headline(&self.evaluation))?;
        let header = ["class", "rows", "precision", "recall", "F1"].map(String::from);
        let rows = self.rows();
        let name = rows.iter().map(|row| row[0].chars().count()).max();
        let name = name.unwrap_or(0).max(header[0].len());
        for [class, rows, p, r, f1] in [header].iter().chain(&rows) {
            write!(f, "\n{class:<name$} {rows:>8} {p:>10} {r:>8} {f1:>8}")?;
        }
        Ok(())
    }
}

/// The numbers of all classes together.
pub(crate) fn headline(evaluation: &Evaluation) -> String {
    format!(
        "{} rows: accuracy {}, macro F1 {}, loss {:.4}",
        evaluation.rows(),
        percent(evaluation.accuracy()),
        percent(evaluation.macro_f1()),
        evaluation.loss
    )
}

pub(crate) fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}
