//! What a layer and a model give, as tables.

use super::networks::{message, remembers_a_until_b, vectorizer};
use recurrent::frames::{bar_chart, gates_frame, predictions_frame};
use recurrent::polars::{df, prelude::*};
use recurrent::prelude::{Dataset, Error, TextVectorizer, predict, trace};

#[test]
fn the_table_of_gates_holds_the_numbers_of_every_trace() -> Result<(), Error> {
    let (model, words) = (remembers_a_until_b()?, vectorizer());
    // Of two lengths, so that rows of one batch are far apart in the table; one has no word.
    let texts = ["c a d", "b", "a c b", "?!", "d"];
    let table = gates_frame(&model, &words, &texts, "layer")?;
    let column = |name: &str| table.column(name).expect("a column").clone();
    let numbers = |name: &str| column(name).u32().expect("whole numbers").clone();
    let (text, step, unit) = (numbers("text"), numbers("step"), numbers("unit"));
    let (word, gate) = (column("word"), column("gate"));
    let (word, gate) = (word.str().expect("words"), gate.str().expect("symbols"));
    let value = column("value");
    let mut row = 0;
    for (place, one) in texts.iter().enumerate() {
        let trace = trace(&model, &words, if *one == "?!" { "zebra" } else { one })?;
        let layer = trace.layer("layer")?;
        for at in 0..trace.words.len() {
            for (symbol, steps) in &layer.states {
                for (number, expected) in steps[at].iter().enumerate() {
                    let found = (text.get(row), step.get(row), word.get(row), gate.get(row), unit.get(row));
                    let named = (
                        Some(place as u32),
                        Some(at as u32),
                        Some(&*trace.words[at]),
                        Some(*symbol),
                        Some(number as u32),
                    );
                    assert_eq!(found, named, "row {row}");
                    assert_eq!(value.f32().expect("numbers").get(row).map(f64::from), Some(*expected), "row {row}");
                    row += 1;
                }
            }
        }
    }
    assert_eq!(table.height(), row);
    assert_eq!(
        message(gates_frame(&model, &words, &["a"], "lstm")),
        "no recurrent layer is named \"lstm\"; this model has layer"
    );
    assert_eq!(message(gates_frame::<&str>(&model, &words, &[], "layer")), "gates_frame: no text; pass at least one");
    Ok(())
}

#[test]
fn a_prediction_stands_beside_its_row() -> Result<(), Error> {
    let (model, words): (_, TextVectorizer) = (remembers_a_until_b()?, vectorizer());
    let texts = ["c a d", "b", "a c b"].map(String::from).to_vec();
    let rows = Dataset::from_columns(vec![("text", texts.clone())], vec![0, 1, 1], vec!["no".into(), "yes".into()])?;
    let table = predictions_frame(&model, &words, &rows, &["text"])?;
    for (row, text) in texts.iter().enumerate() {
        let one = predict(&model, &words, rows.class_names(), text)?;
        let at = |name: &str| table.column(name).and_then(|column| column.get(row).map(AnyValue::into_static));
        assert_eq!(at("predicted").expect("a class"), AnyValue::from(one.classes[one.best()].as_str()));
        assert_eq!(at("probability").expect("a number"), AnyValue::Float64(one.probabilities[one.best()]));
        assert_eq!(at("correct").expect("a truth"), AnyValue::Boolean(one.best() == rows.labels()[row] as usize));
    }
    assert!(message(predictions_frame(&model, &words, &rows, &["title"])).contains("the columns are text"));
    Ok(())
}

#[test]
fn a_table_of_two_columns_is_a_figure() -> Result<(), PolarsError> {
    let table = df!("word" => [Some("and"), None, Some("who")], "open" => [Some(1), Some(2), None])?;
    let figure = bar_chart("t", "n", &table, "word", "open").expect("a figure");
    assert!(figure.svg().contains(">null</text>") && !figure.svg().contains(">who</text>"));
    assert!(message(bar_chart("t", "n", &table, "open", "word")).contains("conversion"), "words are no lengths");
    assert!(bar_chart("t", "n", &table, "words", "open").is_err());
    Ok(())
}
