//! How values show at the end of a cell.

use recurrent::prelude::*;
use recurrent::{
    data::TokenCounter,
    nn::{Checkpoint, EpochRecord, GradientReport, StepRecord},
    predict::Prediction,
    views::*,
};

/// The content of one form.
fn form<'a>(forms: &'a [(&str, String)], mime: &str) -> &'a str {
    let found = forms.iter().find(|(one, _)| *one == mime);
    &found.unwrap_or_else(|| panic!("no {mime}")).1
}

#[test]
fn tables_have_a_text_beside_them() -> Result<(), Error> {
    // Of the rows that are 1, 3 of 6 are found (recall); of those that are called 1, 3 of 9 are it (precision):
    // swapped axes show.
    let evaluation = Evaluation { loss: 0.5, confusion: vec![vec![5, 2, 0], vec![1, 3, 2], vec![0, 4, 8]] };
    let forms = evaluation.mime_bundle();
    assert_eq!(
        form(&forms, "text/plain").lines().next(),
        Some("25 rows: accuracy 64.0 %, macro F1 63.2 %, loss 0.5000")
    );
    let html = form(&forms, "text/html");
    assert!(html.contains("<tr><td>1</td><td>6</td><td>33.3 %</td><td>50.0 %</td><td>40.0 %</td></tr>"));
    let forms = classification_report(&evaluation, &["rain & hail", "snow", "sun"])?.mime_bundle();
    let html = form(&forms, "text/html");
    assert!(html.starts_with("<p>25 rows: accuracy 64.0 %"));
    assert!(
        html.contains("<tr><td>rain &amp; hail</td><td>7</td><td>83.3 %</td><td>71.4 %</td>")
            && html.contains("<tr><td>sun</td><td>12</td><td>80.0 %</td><td>66.7 %</td>")
    );
    let error = classification_report(&evaluation, &["rain"]).unwrap_err();
    assert_eq!(error.to_string(), "classification_report: the model has 3 classes, but 1 class names were given");
    let vocabulary = Vocabulary::new(["<b>", "two"].map(String::from))?;
    let forms = vocabulary.mime_bundle();
    assert_eq!(form(&forms, "text/plain"), "4 tokens, the first: [\"\", \"[UNK]\", \"<b>\", \"two\"]");
    let html = form(&forms, "text/html");
    assert!(html.contains("<td>0</td><td>(padding)</td>") && html.contains("<td>2</td><td>&lt;b&gt;</td>"));
    Ok(())
}

#[test]
fn a_long_history_shows_its_end() {
    let epoch = |epoch| EpochRecord {
        epoch,
        steps: 1,
        rows: 8,
        answers: 8,
        loss: 0.25,
        accuracy: Some(0.5),
        learning_rate: 0.1,
        gradient_norm: 1.0,
        validation_loss: None,
        validation_accuracy: Some(0.75),
        validation_macro_f1: Some(0.7),
        ..EpochRecord::default()
    };
    let history = History { steps: Vec::new(), epochs: (0..30).map(epoch).collect() };
    let forms = history.mime_bundle();
    let html = form(&forms, "text/html");
    assert!(html.contains("<p>after 10 epochs that are not shown:</p>"));
    assert!(html.contains("<td>30</td><td>0.2500</td><td>50.0 %</td><td>75.0 %</td><td>70.0 %</td>"));
    assert!(!html.contains("<td>10</td>"));
    assert_eq!(form(&forms, "text/plain"), "30 epochs, 0 steps: loss 0.2500");
}

#[test]
fn a_history_of_numbers_has_no_accuracy() {
    let epoch = EpochRecord { loss: 0.25, mean_absolute_error: Some(0.125), ..EpochRecord::default() };
    let forms = History { steps: Vec::new(), epochs: vec![epoch] }.mime_bundle();
    let html = form(&forms, "text/html");
    assert!(html.contains("mean absolute error") && html.contains("<td>1</td><td>0.2500</td><td>0.1250</td></tr>"));
    assert!(!html.contains("accuracy"), "{html}");
    let text = "epoch 1: 0 steps, loss 0.2500, mean absolute error 0.1250";
    assert_eq!(form(&epoch.mime_bundle(), "text/plain"), text);
}

#[test]
fn a_stop_in_the_first_epoch_leaves_its_steps() {
    let step = |step: u64, rows, loss| StepRecord {
        step,
        epoch: 0,
        batch: step as usize + 1,
        rows,
        answers: rows,
        correct: Some(2),
        loss,
        learning_rate: 0.1,
        gradient_norm: 1.0,
        ..StepRecord::default()
    };
    let history = History { steps: vec![step(0, 6, 0.5), step(1, 2, 1.5)], epochs: Vec::new() };
    let forms = history.mime_bundle();
    let text = "0 epochs, 2 steps; stopped after 2 steps of epoch 1, their mean loss 0.7500";
    assert_eq!(form(&forms, "text/plain"), text);
    assert_eq!(form(&forms, "text/html"), format!("<p>{text}</p>"));
}

#[test]
fn nothing_shows_as_a_page_of_debug_output() -> Result<(), Error> {
    let numbers: Vec<Vec<f64>> = vec![vec![0.123456789; 64]; 500];
    let forms = numbers.mime_bundle();
    let text = form(&forms, "text/plain");
    assert!(text.len() < 2100 && text.ends_with("…\n500 entries"), "{text}");
    assert_eq!(form(&vec![1, 2].mime_bundle(), "text/plain"), "[1, 2]");
    assert_eq!(form(&Some("é".repeat(3000)).mime_bundle(), "text/plain").chars().count(), 2001);
    let mut init = Init::keras(0, &Device::Cpu);
    let layer = Stacked::new(vec![Lstm::new(2, 3, &mut init)?], 0.0, &mut init)?;
    assert_eq!(
        form(&layer.mime_bundle(), "text/plain"),
        "Stacked(Lstm)\n  weight_ih_l0 [12, 2]\n  weight_hh_l0 [12, 3]\n  bias_ih_l0 [12]"
    );
    let loader = DataLoader::new(vec![vec![2; 900]; 50], vec![0; 50], BatchConfig::default(), &Device::Cpu)?;
    assert_eq!(form(&loader.mime_bundle(), "text/plain"), "batches of 50 sequences");
    let config = BatchConfig { batch_size: 2, drop_last: true, ..Default::default() };
    let loader = DataLoader::new(vec![vec![2], vec![], vec![3]], vec![0; 3], config, &Device::Cpu)?;
    assert_eq!(
        form(&loader.mime_bundle(), "text/plain"),
        "batches of 3 sequences\n1 of them are empty: each is read as one unknown token\n\
         drop_last leaves 1 of them out of each epoch"
    );
    Ok(())
}

#[test]
fn what_was_read_shows_where_it_is_from() -> Result<(), Error> {
    let news = MiniNews::load()?;
    let forms = news.mime_bundle();
    let said = news.to_string();
    assert!(said.ends_with("6000 training rows, 1200 test rows"), "{said}");
    assert_eq!(form(&forms, "text/plain").lines().next(), Some(said.as_str()));
    assert!(form(&forms, "text/html").starts_with(&format!("<p>{said}</p><table>")));

    let file = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("show-{}.csv", std::process::id()));
    std::fs::write(&file, "text,label\n\nrain,<b>\nsun,c\n").unwrap();
    let table = Table::load(&file, TableConfig::default())?;
    let vocabulary = Vocabulary::new(["rain".to_string()])?;
    std::fs::write(&file, "rain 1 2\n").unwrap();
    let vectors = PretrainedEmbeddings::read_text(&file, &vocabulary, 0)?;
    std::fs::remove_file(&file).unwrap();
    for value in [&table as &dyn Show, &table.describe()?] {
        let forms = value.mime_bundle();
        let text = form(&forms, "text/plain").lines().next().unwrap_or_default();
        assert!(text.ends_with("with 2 classes: <b> 1, c 1; 1 blank lines are no rows"), "{text}");
        let html = form(&forms, "text/html");
        assert!(html.starts_with("<p>") && html.contains("&lt;b&gt; 1, c 1; 1 blank lines are no rows</p>"), "{html}");
    }
    let forms = vectors.mime_bundle();
    assert!(form(&forms, "text/plain").starts_with("1 of 1 tokens have a vector of 2 numbers (100.0 %): "));
    Ok(())
}

struct Reader(Embedding, Gru, Linear);

impl Module for Reader {
    fn layers(&self) -> Vec<(String, &dyn Module)> {
        vec![("embedding".into(), &self.0), ("gru".into(), &self.1), ("linear".into(), &self.2)]
    }
}

impl Model for Reader {
    fn forward(&self, batch: &Batch) -> Result<Tensor> {
        let h = self.1.forward(&self.0.forward(&batch.input)?, None)?;
        self.2.forward(&h.h_n)
    }
}

#[test]
fn a_trace_and_a_summary_are_tables() -> Result<(), Error> {
    let mut init = Init::keras(0, &Device::Cpu);
    let model = Reader(Embedding::new(4, 2, &mut init)?, Gru::new(2, 3, &mut init)?, Linear::new(3, 2, &mut init)?);
    let vectorizer = TextVectorizer::adapt(&["dogs bark"], VectorizerConfig::default())?;
    let forms = trace(&model, &vectorizer, "dogs bark dogs")?.mime_bundle();
    let text = form(&forms, "text/plain");
    assert!(text.starts_with("3 words: dogs bark dogs; class probabilities "));
    assert!(text.ends_with("gru (Gru): 3 steps x 3 units of r, z, n, h"));
    assert!(form(&forms, "text/html").contains("<td>gru</td><td>Gru</td><td>3</td><td>3</td><td>r, z, n, h</td>"));
    // The model itself shows its summary, behind a reference or a box too.
    assert_eq!(model.mime_bundle(), Summary::new(&model).mime_bundle());
    let boxed: Box<dyn Model> = Box::new(model);
    assert_eq!(boxed.mime_bundle(), Summary::new(&*boxed).mime_bundle());
    boxed.evcxr_display();
    let forms = Summary::new(&*boxed).mime_bundle();
    assert!(form(&forms, "text/plain").starts_with("Model: \"Reader\""));
    assert!(form(&forms, "text/html").starts_with("<pre"));
    Ok(())
}

#[test]
fn vectors_and_news_show_what_they_hold() -> Result<(), Error> {
    let words = Vocabulary::new(["rain", "<b>"].map(String::from))?;
    let numbers: Vec<f32> = (0..4 * 8).map(|k| k as f32 / 4.0).collect();
    let vectors = PretrainedEmbeddings::new(words, numbers, |_| true, "by hand")?;
    let forms = vectors.mime_bundle();
    assert_eq!(
        form(&forms, "text/plain"),
        "2 of 2 tokens have a vector of 8 numbers (100.0 %): by hand; the first:\n\
         rain          4.0000   4.2500   4.5000   4.7500   5.0000   5.2500  …\n\
         <b>           6.0000   6.2500   6.5000   6.7500   7.0000   7.2500  …"
    );
    assert!(form(&forms, "text/html").contains("<tr><td>&lt;b&gt;</td>"));
    let news = MiniNews::load()?;
    let (class, rows) = (&news.train.class_names()[0], news.train.class_counts()[0]);
    let forms = news.mime_bundle();
    assert!(form(&forms, "text/plain").contains(&format!("\n{class}: {rows} training rows, ")));
    assert!(form(&forms, "text/html").contains(&format!("<tr><td>{class}</td><td>{rows}</td><td>")));
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
    let mut prediction =
        Prediction { text: "home team wins".into(), classes: vec!["World".into()], probabilities: vec![0.25, 0.75] };
    assert_eq!(prediction.to_string(), "class 1 (75.0 %)");
    // Why there is no picture is told.
    let forms = prediction.mime_bundle();
    let text = form(&forms, "text/plain");
    assert!(text.starts_with("class 1 (75.0 %)\nno figure: "), "{text}");
    assert_eq!(forms.len(), 1);
    prediction.probabilities = vec![0.5, 0.5];
    assert_eq!(prediction.best(), 0);
    prediction.probabilities.clear();
    assert_eq!(prediction.to_string(), "no class");
    let evaluation = Evaluation { loss: 0.5, confusion: vec![vec![1, 2], vec![3]] };
    let problem = "classification_report: a confusion matrix of 2 rows with a row of 1 numbers; \
                   expected as many of both";
    assert_eq!(form(&evaluation.mime_bundle(), "text/plain"), problem);
    let error = classification_report(&evaluation, &["rain", "sun"]).unwrap_err();
    assert_eq!(error.to_string(), problem);
}

/// What shows must have a short text, and HTML beside it.
fn shows(value: &dyn Show, starts: &str) {
    let forms = value.mime_bundle();
    let text = form(&forms, "text/plain");
    assert!(text.starts_with(starts), "{text}");
    assert!(text.len() < 300 && !text.contains(" { "), "{text}");
    let html = form(&forms, "text/html");
    assert!(html.starts_with('<') && html.len() < 10_000, "{html}");
}

#[test]
fn what_a_function_of_the_prelude_returns_is_short_text_and_html() -> Result<(), Error> {
    let mut init = Init::keras(0, &Device::Cpu);
    let reader = Reader(Embedding::new(4, 2, &mut init)?, Gru::new(2, 3, &mut init)?, Linear::new(3, 2, &mut init)?);
    struct Rememberer(Embedding, Lstm, Linear);
    impl Module for Rememberer {
        fn layers(&self) -> Vec<(String, &dyn Module)> {
            vec![("embedding".into(), &self.0), ("lstm".into(), &self.1), ("linear".into(), &self.2)]
        }
    }

    impl Model for Rememberer {
        fn forward(&self, batch: &Batch) -> Result<Tensor> {
            let h = self.1.forward(&self.0.forward(&batch.input)?, None)?;
            self.2.forward(&h.h_n)
        }
    }
    let lstm = Rememberer(Embedding::new(4, 2, &mut init)?, Lstm::new(2, 3, &mut init)?, Linear::new(3, 2, &mut init)?);
    let words = TextVectorizer::adapt(&["dogs bark"], VectorizerConfig::default())?;
    let text = "dogs bark dogs";
    shows(
        &cell_contributions(&lstm, &words, text, "lstm")?,
        "memory of lstm: what is left of start, dogs, bark, dogs in 3 units",
    );
    shows(&class_contributions(&lstm, &words, text, "lstm")?, "parts of 2 class scores from bias, start, dogs");
    shows(&cell_contributions(&lstm, &words, text, "lstm")?.unit(0)?, "cell state of unit 0 = ");
    shows(&attribute(&reader, &words, text, 1, 4)?, "3 words bring the score of class 1 from 0.0000 to ");
    shows(
        &principal_components(&[vec![1.0, 2.0], vec![2.0, 1.0]])?,
        "2 points in two directions with 100.0 % and 0.0 %",
    );
    shows(&state_gradients(&[("GRU", &reader)], &words, text, 0)?, "GRU: |d loss / d h_t| is ");
    shows(&padding_traces(&reader, &words, text, 2)?, "padded: ");
    shows(&trace(&reader, &words, text)?, "3 words: ");
    shows(&gate_weights(&reader, "gru")?[0], "reset gate r, from x: 6 numbers");
    shows(&unit_cards(&reader, &words, &[text], "gru")?[0], "unit ");
    shows(&gate_saturations(&reader, &words, &[text], "gru")?[0], "reset gate r: open at 0.0 %");
    let found =
        ActivationMatch { text: 4, words: ["the", "dogs"].map(String::from).to_vec(), on: vec![0.0, 0.5], span: 1..2 };
    shows(&found, "text 4: 50.0 % of the units are on at “dogs”");
    let selection = ActivationMatches {
        words: vec!["dogs".into()],
        units: vec![(3, 1.0), (5, -1.0)],
        on: vec![1.0],
        matches: vec![found],
    };
    shows(&selection, "in “dogs” the units 3, 5 (below zero) are on; 1 other places");

    let news = MiniNews::load()?;
    shows(&news.train.preview(2)?, "2 rows: class, ");
    let ids = vec![vec![2, 3, 2], vec![3]];
    let loader = DataLoader::new(ids, vec![0, 1], BatchConfig::default(), &Device::Cpu)?;
    let batch = loader.batches().epoch(0).next().expect("one batch");
    shows(&batch, "ids (B, T) = (2, 3), 4 of the 6 ids are tokens");
    shows(&padding_counts(&[("plain", loader.batches())]), "plain: 4 steps on tokens, 2 on padding");
    let x = Tensor::zeros((1, 4, 2), DType::F32, &Device::Cpu)?;
    let hidden = lstm.1.forward(&x, None)?;
    shows(&hidden, "output [1, 4, 3], h_n [1, 3], c_n [1, 3]");
    shows(&hidden.state(), "h [1, 3], c [1, 3]");
    let options = ForwardOptions { gates: true, ..ForwardOptions::default() };
    let hidden = lstm.1.forward_with(&x, &options)?;
    let gates = hidden.gates.as_ref().expect("gates");
    let shapes = "i [1, 4, 3], f [1, 4, 3], g [1, 4, 3], o [1, 4, 3], c [1, 4, 3]";
    shows(gates, shapes);
    shows(&hidden, &format!("output [1, 4, 3], h_n [1, 3], c_n [1, 3], {shapes}"));
    shows(&Device::Cpu, "Device: CPU");

    let config = TrainerConfig { epochs: 2, progress: false, ..Default::default() };
    shows(&config, "2 epochs at a learning rate of 0.001");
    let mut trainer = Trainer::new(config)?;
    trainer.fit(&reader, &loader, Some(&loader))?;
    shows(&trainer, "2 epochs, 2 steps: loss 0.");
    shows(&trainer.history().epochs[1], "epoch 2: 1 steps, loss 0.");
    shows(&trainer.history().steps[0], "step 1: 2 rows, loss 0.");
    shows(&evaluate(&reader, &loader)?, "2 rows: accuracy ");
    shows(&trainer.evaluate(&reader, &loader)?, "2 answers: loss 0.");
    let report = GradientReport { norm: 1.5, largest: -1.0, parameter: "gru.weight_hh_l0".into() };
    shows(&report, "gradient norm 1.5000; the largest gradient is -1.0000, of gru.weight_hh_l0");
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("show-{}", std::process::id()));
    Checkpoint::save(&folder, &reader, &trainer, &[])?;
    shows(&Checkpoint::open(&folder)?, "a training in ");
    let _ = std::fs::remove_dir_all(&folder);
    Ok(())
}

#[test]
fn what_belongs_together_shows_together() {
    let plain = |value: &dyn Show| form(&value.mime_bundle(), "text/plain").to_owned();
    assert_eq!(plain(&(1, "two", vec![0.5])), "(1, \"two\", [0.5])");
    assert_eq!(plain(&vec![("a", 1), ("b", 2)]), "[(\"a\", 1), (\"b\", 2)]");
    assert_eq!(plain(&[Some(1), None]), "[Some(1), None]");
    assert_eq!(plain(&Vec::<u32>::new()), "[]");
    assert_eq!(plain(&vec![1; 200]).lines().nth(1), Some("200 entries"));
}

#[test]
fn figures_in_a_list_are_shown() -> Result<(), Error> {
    let four = ["Alice", "and", "Tom", "said"].map(String::from);
    let pair = (unrolled_network(&four, Readout::LastState)?, bidirectional_network(&four)?);
    let forms = pair.mime_bundle();
    let html = form(&forms, "text/html");
    assert_eq!(html, format!("<div>{}</div><div>{}</div>", pair.0.svg(), pair.1.svg()));
    assert_eq!(form(&Some(pair.1).mime_bundle(), "text/html").matches("<svg").count(), 1);
    Ok(())
}

#[test]
fn values_with_much_inside_show_in_a_line() -> Result<(), Error> {
    let mut counter = TokenCounter::new(VectorizerConfig::default())?;
    counter.add("rain and rain");
    assert_eq!(form(&counter.mime_bundle(), "text/plain"), "2 different tokens so far");
    let packed = PackedSequence::pack(&[5u32, 6, 7, 8, 0, 0], 3, &[3, 1])?;
    let forms = packed.mime_bundle();
    assert_eq!(form(&forms, "text/plain"), "4 tokens of 2 sequences, packed step by step");
    assert!(form(&forms, "text/html").contains("<tr><td>0</td><td>2</td></tr><tr><td>1</td><td>1</td></tr>"));
    let optimizer = Optimizer::new(OptimizerConfig::default())?;
    assert!(form(&optimizer.mime_bundle(), "text/plain").contains("Adam"));
    Ok(())
}

#[test]
fn a_value_without_its_question_mark_is_shown_and_so_is_an_error() {
    let fine: Result<f64, Error> = Ok(0.5);
    assert_eq!(form(&fine.mime_bundle(), "text/plain"), "0.5");
    let wrong = recurrent::exercises::solution("99.9");
    let text = "Error: exercises: there is no exercise \"99.9\"; they are numbered \"01.1\", \"01.2\", …";
    assert_eq!(form(&wrong.mime_bundle(), "text/plain"), text);
}
