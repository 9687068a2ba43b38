//! Rows: taken, shuffled, filtered, split, described; a corpus found where it should be.

use recurrent_data::{AgNews, Dataset, MiniNews, Table, TableConfig, Vocabulary};
use std::path::Path;

/// 100 rows; class 0 has 70, class 1 has 30. Row i has i % 5 words.
fn rows() -> Dataset {
    let texts = (0..100).map(|i| (0..i % 5).map(|w| format!("w{i}x{w}")).collect::<Vec<_>>().join(" "));
    let numbers = (0..100).map(|i| i.to_string());
    let labels = (0..100).map(|i| u32::from(i % 10 >= 7)).collect();
    Dataset::from_columns(
        vec![("number", numbers.collect()), ("text", texts.collect())],
        labels,
        vec!["many".into(), "few".into()],
    )
    .unwrap()
}

fn numbers(dataset: &Dataset) -> Vec<usize> {
    dataset.text(&["number"]).unwrap().iter().map(|number| number.parse().unwrap()).collect()
}

/// Whether every row still has the label it came with.
fn labels_belong(dataset: &Dataset) -> bool {
    numbers(dataset).iter().zip(dataset.labels()).all(|(number, label)| u32::from(number % 10 >= 7) == *label)
}

#[test]
fn rows_are_taken_shuffled_and_filtered_with_their_labels() {
    let all = rows();
    assert_eq!(numbers(&all.take(3)), [0, 1, 2]);
    assert_eq!(all.take(1000).len(), 100);
    let shuffled = all.shuffle(1).unwrap();
    let mut sorted = numbers(&shuffled);
    assert_ne!(sorted, numbers(&all));
    assert_eq!(sorted, numbers(&all.shuffle(1).unwrap()));
    assert_ne!(sorted, numbers(&all.shuffle(2).unwrap()));
    sorted.sort_unstable();
    assert_eq!(sorted, numbers(&all));
    assert!(labels_belong(&shuffled));
    let few = shuffled
        .filter(|row| row.class() == "few" && row.text("number").is_some_and(|number| number.ends_with('8')))
        .unwrap();
    assert!(few.len() == 10 && labels_belong(&few) && few.class_counts() == [0, 10]);
    let mistyped = all.filter(|row| row.text("numbr").is_some());
    assert_eq!(mistyped.unwrap_err().to_string(), "there is no column \"numbr\"; the columns are number, text");
    assert_eq!(all.text(&["number", "text"]).unwrap()[12], "12 w12x0 w12x1");
    assert_eq!(
        all.text(&["title"]).unwrap_err().to_string(),
        "there is no column \"title\"; the columns are number, text"
    );
}

#[test]
fn a_split_keeps_the_share_of_each_class_and_every_row() {
    let all = rows();
    let (train, valid) = all.split(0.8, 1).unwrap();
    assert_eq!((train.class_counts(), valid.class_counts()), (vec![56, 24], vec![14, 6]));
    assert!(labels_belong(&train) && labels_belong(&valid));
    let mut both = [numbers(&train), numbers(&valid)].concat();
    assert!(numbers(&train).is_sorted() && numbers(&valid).is_sorted());
    both.sort_unstable();
    assert_eq!(both, numbers(&all));
    assert_eq!(numbers(&train), numbers(&all.split(0.8, 1).unwrap().0));
    assert_ne!(numbers(&train), numbers(&all.split(0.8, 2).unwrap().0));
    for fraction in [0.0, 1.0, f64::NAN] {
        assert!(all.split(fraction, 1).is_err());
    }
    assert!(all.take(1).split(0.5, 1).is_err());
}

#[test]
fn a_description_counts_without_showing_text() {
    let description = rows().describe().unwrap();
    assert_eq!(description.classes, [("many".to_string(), 70), ("few".to_string(), 30)]);
    let text = &description.columns[1];
    assert_eq!(
        (text.empty, text.shortest, text.median, text.percentile_95, text.longest, text.mean),
        (20, 0, 2, 4, 4, 2.0)
    );
    assert!(!description.to_string().contains("w12x0"));
    let preview = rows().preview(2).unwrap();
    assert_eq!(preview.columns, ["class", "number", "text"]);
    assert_eq!(preview.rows, [["many", "0", ""], ["many", "1", "w1x0"]]);
}

#[test]
fn labels_must_fit_the_rows_and_the_classes() {
    let names = || vec!["a".to_string()];
    let columns = || vec![("text", vec!["x".to_string()])];
    let wrong = Dataset::from_columns(columns(), vec![1], names()).unwrap_err();
    assert_eq!(wrong.to_string(), "Dataset::new: expected labels below 1, the number of classes, got 1 in row 0");
    let frame = Dataset::from_columns(columns(), vec![0], names()).unwrap().frame().unwrap();
    assert_eq!(
        Dataset::new(frame, vec![], names()).unwrap_err().to_string(),
        "Dataset::new: expected 1 labels, one for each row, got 0"
    );
}

#[test]
fn a_table_guesses_its_separator_and_its_classes() {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("recurrent-tweets-{}.csv", std::process::id()));
    std::fs::write(&path, "tweet;weather\nit rains, again;rain\nblue sky;sun\nstill raining;rain\nhot;sun\n").unwrap();
    let tweets = Table::load(&path, TableConfig::default()).unwrap();
    std::fs::remove_file(&path).unwrap();
    assert_eq!(tweets.class_names(), ["rain", "sun"]);
    assert_eq!(tweets.labels(), [0, 1, 0, 1]);
    assert_eq!(tweets.text(&["tweet"]).unwrap()[0], "it rains, again");
    // The column of the classes is no text to describe, in a part of the rows neither.
    for part in [tweets.clone(), tweets.take(2), tweets.shuffle(1).unwrap()] {
        assert_eq!(part.describe().unwrap().columns.len(), 1);
        assert_eq!(part.preview(1).unwrap().columns, ["class", "tweet"]);
        let source = part.source().unwrap();
        assert!(source.contains("recurrent-tweets-") && source.contains(": 4 rows, separated by ';', "), "{source}");
        assert_eq!(part.describe().unwrap().to_string().lines().next(), Some(source));
    }
    assert_eq!(tweets.frame().unwrap().get_column_names(), ["tweet", "class", "label"]);
}

#[test]
fn a_name_from_a_file_cannot_pass_for_a_line_of_output() {
    let class = "a\nEVCXR_BEGIN_CONTENT text/html\n<b>".to_string();
    let columns = vec![("te\rxt", vec!["x".to_string()])];
    let dataset = Dataset::from_columns(columns, vec![0], vec![class]).unwrap();
    let said = dataset.describe().unwrap().to_string();
    assert!(said.contains("a\\nEVCXR_BEGIN_CONTENT text/html\\n<b>"), "{said}");
    assert!(said.contains("te\\rxt"), "{said}");
    let error = dataset.text(&["none"]).unwrap_err().to_string();
    assert!(error.contains("te\\rxt"), "{error}");
}

#[test]
fn mini_news_says_what_it_is() {
    let news = MiniNews::load().unwrap();
    assert_eq!(news.train.class_names(), ["World", "Sports", "Business", "Sci/Tech"]);
    assert!(
        news.to_string().starts_with("MiniNews from ")
            && news.to_string().ends_with("mini_news: 6000 training rows, 1200 test rows")
    );
    assert_eq!(news.train.frame().unwrap().height(), 6000);
}

#[test]
fn news_say_which_lines_were_no_rows() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("recurrent-blank-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let row = "\"1\",\"a\",\"b\"\n";
    std::fs::write(folder.join("train.csv"), format!("{row}\n\n{row}")).unwrap();
    std::fs::write(folder.join("test.csv"), row).unwrap();
    let said = AgNews::read(&folder).unwrap().to_string();
    std::fs::remove_dir_all(&folder).unwrap();
    assert!(said.ends_with("2 training rows, 1 test rows (train.csv: 2 blank lines are no rows)"), "{said}");
}

#[test]
fn one_hot_rows_have_a_single_one() {
    let vocabulary = Vocabulary::new(["a".to_string()]).unwrap();
    assert_eq!(vocabulary.one_hot(&[2, 0]).unwrap(), [0.0, 0.0, 1.0, 1.0, 0.0, 0.0]);
    assert_eq!(vocabulary.one_hot(&[3]).unwrap_err().to_string(), "Vocabulary::one_hot: expected ids below 3, got 3");
}
