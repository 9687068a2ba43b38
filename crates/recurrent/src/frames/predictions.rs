//! What a model says of a dataset.

use crate::error::Result;
use crate::predict::{Prediction, predict_all};
use crate::report::{ClassificationReport, check_square};
use polars::{
    df,
    prelude::{Column, DataFrame},
};
use recurrent_data::{Dataset, Error, TextVectorizer};
use recurrent_nn::Model;

/// The dataset's own table ([`Dataset::frame`]) with what the model says of each row: `predicted` (the name of a class),
/// `probability` (of that class, 0 to 1), `correct`. `columns` are those that the model reads, joined by a space. The
/// mistakes are `frame.filter(&!frame.column("correct")?.bool()?)?`.
///
/// ```
/// use recurrent::{frames::predictions_frame, prelude::*};
#[doc = include_str!("../views/doc_model.rs.in")]
/// let texts = vec!["dogs bark".to_string(), "cats purr".to_string()];
/// let vectorizer = TextVectorizer::adapt(&texts, VectorizerConfig::default())?;
/// let animals = Dataset::from_columns(vec![("text", texts)], vec![0, 1], vec!["dog".into(), "cat".into()])?;
/// let frame = predictions_frame(&model, &vectorizer, &animals, &["text"])?;
/// assert_eq!(frame.get_column_names(), ["text", "class", "label", "predicted", "probability", "correct"]);
/// # Ok::<(), Error>(())
/// ```
///
/// # Errors
/// As [`predict_all`]; a column that is not there or holds no text; a column of text named as one of those above.
pub fn predictions_frame(
    model: &dyn Model,
    vectorizer: &TextVectorizer,
    dataset: &Dataset,
    columns: &[&str],
) -> Result<DataFrame> {
    let classes = dataset.class_names();
    let found = predict_all(model, vectorizer, classes, &dataset.text(columns)?)?;
    let predicted: Vec<&str> = found.iter().map(|one| classes[one.best()].as_str()).collect();
    let probability: Vec<f64> = found.iter().map(|one: &Prediction| one.probabilities[one.best()]).collect();
    let correct: Vec<bool> =
        found.iter().zip(dataset.labels()).map(|(one, &label)| one.best() == label as usize).collect();
    let added = [
        Column::new("predicted".into(), predicted),
        Column::new("probability".into(), probability),
        Column::new("correct".into(), correct),
    ];
    let frame = dataset.frame()?;
    let columns = frame.columns().iter().cloned().chain(added).collect();
    Ok(DataFrame::new(frame.height(), columns).map_err(Error::Polars)?)
}

/// A row for each class of a [`ClassificationReport`]: `class`, `rows`, `precision`, `recall`, `f1` (0 to 1).
///
/// ```
/// use recurrent::{frames::report_frame, prelude::*};
/// let evaluation = Evaluation { loss: 0.5, confusion: vec![vec![5, 1], vec![1, 3]] };
/// let frame = report_frame(&classification_report(&evaluation, &["rain", "sun"])?)?;
/// assert_eq!(frame.column("recall")?.f64()?.get(1), Some(0.75));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// A confusion matrix that is not square.
pub fn report_frame(report: &ClassificationReport) -> Result<DataFrame> {
    let of = &report.evaluation;
    check_square(of)?;
    let rows: Vec<u64> = of.confusion.iter().map(|row| row.iter().sum()).collect();
    let frame = df!(
        "class" => &report.classes,
        "rows" => rows,
        "precision" => of.precision(),
        "recall" => of.recall(),
        "f1" => of.f1(),
    );
    Ok(frame.map_err(Error::Polars)?)
}
