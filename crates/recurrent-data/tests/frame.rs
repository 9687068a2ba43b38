//! A dataset as a polars table, and back.

use polars::prelude::{Column, DataFrame, DataType, df};
use recurrent_data::{Dataset, MiniNews};

fn frame() -> DataFrame {
    df!(
        "title" => ["Rovers win", "Shares fall", "Cup final"],
        "stars" => [5, 1, 4],
        "topic" => [Some("Sports"), Some("Business"), Some("Sports")],
    )
    .unwrap()
}

#[test]
fn a_dataset_survives_the_way_through_a_table() {
    let news = MiniNews::load().unwrap().train.take(200);
    let frame = news.frame().unwrap();
    let class = frame.column("class").unwrap().str().unwrap();
    let label = frame.column("label").unwrap().u32().unwrap();
    for (row, &expected) in news.labels().iter().enumerate() {
        assert_eq!(label.get(row), Some(expected));
        assert_eq!(class.get(row), Some(news.class_names()[expected as usize].as_str()));
    }
    let again = Dataset::from_frame(&frame, &["title", "description"], "class").unwrap();
    assert_eq!(again.class_names(), ["Business", "Sci/Tech", "Sports", "World"]);
    let again = again.with_class_names(news.class_names()).unwrap();
    assert_eq!((again.labels(), again.class_names()), (news.labels(), news.class_names()));
    let columns = ["title", "description"];
    assert_eq!(again.text(&columns).unwrap(), news.text(&columns).unwrap());
    // By number too.
    let numbered = Dataset::from_frame(&frame, &["title"], "label").unwrap();
    assert_eq!(numbered.labels(), news.labels());
    let stars = df!("text" => ["a", "b", "c"], "stars" => [10, 9, 2]).unwrap();
    let stars = Dataset::from_frame(&stars, &["text"], "stars").unwrap();
    assert_eq!((stars.labels(), stars.class_names()), (&[2, 1, 0][..], &["2", "9", "10"].map(String::from)[..]));
}

#[test]
fn what_cannot_be_a_dataset_says_what_to_do() {
    let message = |frame: &DataFrame, texts: &[&str], class: &str| {
        Dataset::from_frame(frame, texts, class).unwrap_err().to_string()
    };
    let table = frame();
    assert_eq!(
        message(&table, &["titel"], "topic"),
        r#"there is no column "titel"; the columns are title, stars, topic"#
    );
    assert_eq!(
        message(&table, &["title"], "Topic"),
        r#"there is no column "Topic"; the columns are title, stars, topic"#
    );
    assert_eq!(
        message(&table, &["stars"], "topic"),
        r#"Dataset::from_frame: expected text in column "stars", got i32; cast it with column("stars")?.cast(&DataType::String)?"#
    );
    assert_eq!(
        message(&table.head(Some(0)), &["title"], "topic"),
        "Dataset::from_frame: expected a table with rows, got none; is the filter before it right?"
    );
    for nothing in [None, Some(" ")] {
        let mut holed = frame();
        holed.with_column(Column::new("topic".into(), [Some("Sports"), nothing, Some("Sports")])).unwrap();
        assert_eq!(
            message(&holed, &["title"], "topic"),
            "Dataset::from_frame: expected a class in each row of column \"topic\", got nothing in row 1, counted from 0; \
             leave such rows out first, with drop_nulls or a filter"
        );
    }
    // A text may be missing.
    let mut holed = frame();
    holed.with_column(Column::new("title".into(), [None, Some("a"), Some("b")])).unwrap();
    assert_eq!(Dataset::from_frame(&holed, &["title"], "topic").unwrap().text(&["title"]).unwrap(), ["", "a", "b"]);
    let cast = table.column("stars").unwrap().cast(&DataType::String).unwrap();
    let mut cast_table = frame();
    cast_table.with_column(cast).unwrap();
    assert_eq!(
        Dataset::from_frame(&cast_table, &["stars"], "topic").unwrap().text(&["stars"]).unwrap(),
        ["5", "1", "4"]
    );
}

#[test]
fn classes_are_numbered_as_another_datasets() {
    let dataset = || Dataset::from_frame(&frame(), &["title"], "topic").unwrap();
    let named = dataset().with_class_names(&["World", "Sports", "Business"]).unwrap();
    assert_eq!((named.labels(), named.class_counts()), (&[1, 2, 1][..], vec![0, 2, 1]));
    let message = |names: &[&str]| dataset().with_class_names(names).unwrap_err().to_string();
    assert_eq!(
        message(&["World", "Sports"]),
        "Dataset::with_class_names: expected each class once, with all that have rows, got World, Sports without \"Business\""
    );
    assert!(message(&["Sports", "Business", "Sports"]).ends_with("got \"Sports\" twice"));
}

#[test]
fn a_column_of_text_cannot_hide_the_class() {
    let columns = vec![("class", vec!["x".to_string()])];
    let dataset = Dataset::from_columns(columns, vec![0], vec!["a".into()]).unwrap();
    let message = dataset.frame().unwrap_err().to_string();
    assert!(message.contains("got a column \"class\"; rename it"), "{message}");
}
