//! How good a model is.

use crate::error::{Result, check_classes};
use recurrent_nn::Evaluation;
use recurrent_plot::{Figure, confusion_matrix};

/// Which classes the model takes for which.
///
/// # Errors
/// Class names that are not the model's classes, or more than a figure has room for.
pub fn confusion(evaluation: &Evaluation, classes: &[impl AsRef<str>]) -> Result<Figure> {
    check_classes("confusion", evaluation.confusion.len(), classes)?;
    let names: Vec<String> = classes.iter().map(|name| name.as_ref().to_owned()).collect();
    Ok(confusion_matrix(&names, &evaluation.confusion)?)
}
