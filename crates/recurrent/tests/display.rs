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
        form(&forms, "text/plain"),
        "6 rows: accuracy 66.7 %, macro F1 62.5 %, loss 0.5000"
    );
    let html = form(&forms, "text/html");
    assert!(
        html.contains("<tr><td>1</td><td>2</td><td>50.0 %</td><td>50.0 %</td><td>50.0 %</td></tr>")
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
