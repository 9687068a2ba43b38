//! How values show at the end of a cell.

use recurrent::prelude::*;

/// The content of one form.
fn form<'a>(forms: &'a [(&str, String)], mime: &str) -> &'a str {
    let found = forms.iter().find(|(one, _)| *one == mime);
    &found.unwrap_or_else(|| panic!("no {mime}")).1
}

#[test]
fn tables_have_a_text_beside_them() -> Result<(), Error> {
    let evaluation = Evaluation {
        loss: 0.5,
        confusion: vec![vec![3, 1], vec![1, 1]],
    };
    let forms = evaluation.forms();
    assert_eq!(
        form(&forms, "text/plain").lines().next(),
        Some("6 rows: accuracy 66.7 %, macro F1 62.5 %, loss 0.5000")
    );
    let html = form(&forms, "text/html");
    assert!(
        html.contains("<tr><td>1</td><td>2</td><td>50.0 %</td><td>50.0 %</td><td>50.0 %</td></tr>")
    );
    let forms = classification_report(&evaluation, &["rain & snow", "sun"])?.forms();
    let html = form(&forms, "text/html");
    assert!(html.starts_with("<p>6 rows: accuracy 66.7 %"));
    assert!(
        html.contains("<tr><td>rain &amp; snow</td><td>4</td><td>75.0 %</td>")
            && html.contains("<tr><td>sun</td><td>2</td><td>50.0 %</td>")
    );
    let error = classification_report(&evaluation, &["rain"]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "classification_report: the model has 2 classes, but 1 class names were given"
    );
    let vocabulary = Vocabulary::new(["<b>", "two"].map(String::from))?;
    let forms = vocabulary.forms();
    assert_eq!(
        form(&forms, "text/plain"),
        "4 tokens, the first: [\"\", \"[UNK]\", \"<b>\", \"two\"]"
    );
    let html = form(&forms, "text/html");
    assert!(
        html.contains("<td>0</td><td>(padding)</td>")
            && html.contains("<td>2</td><td>&lt;b&gt;</td>")
    );
    Ok(())
}

#[test]
fn a_long_history_shows_its_end() {
    let epoch = |epoch| EpochRecord {
        epoch,
        steps: 1,
        rows: 8,
        loss: 0.25,
        accuracy: 0.5,
        learning_rate: 0.1,
        gradient_norm: 1.0,
        validation_loss: None,
        validation_accuracy: Some(0.75),
    };
    let history = History {
        steps: Vec::new(),
        epochs: (0..30).map(epoch).collect(),
    };
    let forms = history.forms();
    let html = form(&forms, "text/html");
    assert!(html.starts_with("<p>after 10 epochs that are not shown:</p>"));
    assert!(html.contains("<td>30</td><td>0.2500</td><td>50.0 %</td><td></td><td>75.0 %</td>"));
    assert!(!html.contains("<td>10</td>"));
}

#[test]
fn nothing_shows_as_a_page_of_debug_output() -> Result<(), Error> {
    let numbers: Vec<Vec<f64>> = vec![vec![0.123456789; 64]; 500];
    let forms = numbers.forms();
    let text = form(&forms, "text/plain");
    assert!(
        text.len() < 2100 && text.ends_with("…\n500 entries"),
        "{text}"
    );
    assert_eq!(form(&vec![1, 2].forms(), "text/plain"), "[1, 2]");
    assert_eq!(
        form(&Some("é".repeat(3000)).forms(), "text/plain")
            .chars()
            .count(),
        2001
    );
    let mut init = Init::keras(0, &Device::Cpu);
    let layer = Stacked::new(vec![Lstm::new(2, 3, &mut init)?], 0.0, &mut init)?;
    assert_eq!(
        form(&layer.forms(), "text/plain"),
        "Stacked\n  weight_ih_l0 [12, 2]\n  weight_hh_l0 [12, 3]\n  bias_ih_l0 [12]"
    );
    let loader = DataLoader::new(
        vec![vec![2; 900]; 50],
        vec![0; 50],
        BatchConfig::default(),
        &Device::Cpu,
    )?;
    assert_eq!(
        form(&loader.forms(), "text/plain"),
        "batches of 50 sequences"
    );
    Ok(())
}

struct Reader(Embedding, Gru, Linear);

impl Model for Reader {
    fn forward(&self, batch: &Batch) -> Result<Tensor> {
        let h = self.1.forward(&self.0.forward(&batch.ids)?, None)?;
        self.2.forward(&h.h_n)
    }

    fn layers(&self) -> Vec<(&'static str, &dyn Layer)> {
        vec![
            ("embedding", &self.0),
            ("gru", &self.1),
            ("linear", &self.2),
        ]
    }
}

#[test]
fn a_trace_and_a_summary_are_tables() -> Result<(), Error> {
    let mut init = Init::keras(0, &Device::Cpu);
    let model = Reader(
        Embedding::new(4, 2, &mut init)?,
        Gru::new(2, 3, &mut init)?,
        Linear::new(3, 2, &mut init)?,
    );
    let vectorizer = TextVectorizer::adapt(&["dogs bark"], VectorizerConfig::default())?;
    let forms = trace(&model, &vectorizer, "dogs bark dogs")?.forms();
    let text = form(&forms, "text/plain");
    assert!(text.starts_with("3 words: dogs bark dogs; class probabilities "));
    assert!(text.ends_with("gru (Gru): 3 steps x 3 units of r, z, n, h"));
    assert!(
        form(&forms, "text/html")
            .contains("<td>gru</td><td>Gru</td><td>3</td><td>3</td><td>r, z, n, h</td>")
    );
    let forms = model.summary().forms();
    assert!(form(&forms, "text/plain").starts_with("Model: \"Reader\""));
    assert!(form(&forms, "text/html").starts_with("<pre"));
    Ok(())
}

#[test]
fn what_loading_printed_is_not_shown_again() -> Result<(), Error> {
    let words = Vocabulary::new(["rain", "<b>"].map(String::from))?;
    let numbers: Vec<f32> = (0..4 * 8).map(|k| k as f32 / 4.0).collect();
    let vectors = PretrainedEmbeddings::new(words, numbers, |_| true, "by hand")?;
    let forms = vectors.forms();
    assert_eq!(
        form(&forms, "text/plain"),
        "2 vectors of 8 numbers, the first:\n\
         rain          4.0000   4.2500   4.5000   4.7500   5.0000   5.2500  …\n\
         <b>           6.0000   6.2500   6.5000   6.7500   7.0000   7.2500  …"
    );
    assert!(form(&forms, "text/html").contains("<tr><td>&lt;b&gt;</td>"));
    let news = MiniNews::load()?;
    let (class, rows) = (&news.train.class_names()[0], news.train.class_counts()[0]);
    let forms = news.forms();
    assert!(form(&forms, "text/plain").starts_with(&format!("{class}: {rows} training rows, ")));
    assert!(
        form(&forms, "text/html").contains(&format!("<tr><td>{class}</td><td>{rows}</td><td>"))
    );
    Ok(())
}

#[test]
fn a_prediction_is_aligned_where_a_width_asks_for_it() {
    let prediction = Prediction {
        text: "home team wins".into(),
        classes: ["World", "Sports"].map(String::from).to_vec(),
        probabilities: vec![0.25, 0.75],
    };
    assert_eq!(
        format!("{prediction}|{prediction:>18}|{prediction:<18}|"),
        "Sports (75.0 %)|   Sports (75.0 %)|Sports (75.0 %)   |"
    );
}

#[test]
fn a_prediction_and_a_report_by_hand_may_be_odd() {
    let mut prediction = Prediction {
        text: "home team wins".into(),
        classes: vec!["World".into()],
        probabilities: vec![0.25, 0.75],
    };
    assert_eq!(prediction.to_string(), "class 1 (75.0 %)");
    prediction.probabilities = vec![0.5, 0.5];
    assert_eq!(prediction.best(), 0);
    prediction.probabilities.clear();
    assert_eq!(prediction.to_string(), "no class");
    let evaluation = Evaluation {
        loss: 0.5,
        confusion: vec![vec![1, 2], vec![3]],
    };
    let problem = "classification_report: a confusion matrix of 2 rows with a row of 1 numbers; expected as many of both";
    assert_eq!(form(&evaluation.forms(), "text/plain"), problem);
    let error = classification_report(&evaluation, &["rain", "sun"]).unwrap_err();
    assert_eq!(error.to_string(), problem);
}
