//! Figures that move while a cell runs: the lines that the kernel takes out of a cell's output.

use recurrent::{
    data::Vocabulary,
    live::{Html, live},
    nn::{FinderConfig, TensorBatches, find_learning_rate},
    prelude::*,
};
use std::{
    cell::Cell,
    process::Command,
    thread::sleep,
    time::{Duration, Instant},
};

/// Set in the process that a test starts; the kernel's variable.
const CHILD: &str = "RECURRENT_TEST_OF_LIVE";
const VARIABLE: &str = "RECURRENT_DISPLAY_MARK";
const MARK: &str = "5ec4e7";

/// What a process showed: the ids, each with its forms, and its other lines.
struct Output {
    shown: Vec<(String, serde_json::Value)>,
    lines: Vec<String>,
}

impl Output {
    /// The milliseconds that the process says its work took.
    fn took(&self) -> usize {
        let took = self.lines.iter().find_map(|line| line.strip_prefix("took "));
        took.and_then(|took| took.parse().ok()).expect("the time")
    }

    fn texts(&self, id: &str) -> Vec<&str> {
        let shown = self.shown.iter().filter(|(one, _)| one.starts_with(id));
        shown.map(|(_, data)| data["text/plain"].as_str().expect("a text")).collect()
    }
}

/// Runs one of these tests anew in a process of its own, as the kernel's variable is for a whole process; none in that
/// process.
fn child(name: &str, mark: Option<&str>) -> Option<Output> {
    if std::env::var_os(CHILD).is_some() {
        return None;
    }
    let mut command = Command::new(std::env::current_exe().expect("this program"));
    command.args(["--exact", &format!("live::{name}"), "--nocapture"]).env(CHILD, "").env_remove(VARIABLE);
    if let Some(mark) = mark {
        command.env(VARIABLE, mark);
    }
    let output = command.output().expect("started");
    let text = String::from_utf8(output.stdout).expect("text");
    assert!(output.status.success() && text.contains("1 passed"), "{text}");
    let mut found = Output { shown: Vec::new(), lines: Vec::new() };
    for line in text.lines() {
        // The harness names the test in front of its first line.
        match line.split_once(&format!("{MARK} ")) {
            Some((before, json)) => {
                assert!(before.is_empty() || before.starts_with("test "), "{before}");
                let value: serde_json::Value = serde_json::from_str(json).expect("JSON");
                found.shown.push((value["live"].as_str().expect("an id").to_owned(), value["data"].clone()));
            }
            None => found.lines.push(line.to_owned()),
        }
    }
    Some(found)
}

/// A loop of a learner's own, as a cell runs it.
fn own_loop() {
    for step in 0..60 {
        live("mine", &Html(format!("<b>{step}</b>")));
        live("other", &step);
        sleep(Duration::from_millis(10));
    }
    // The value of the loop, which evcxr shows.
    ().evcxr_display();
}

#[test]
fn a_loop_shows_at_most_four_states_a_second_and_the_last_one() {
    let Some(output) = child("a_loop_shows_at_most_four_states_a_second_and_the_last_one", Some(MARK)) else {
        let began = Instant::now();
        own_loop();
        println!("took {}", began.elapsed().as_millis());
        return;
    };
    let took = output.took();
    let mine = output.texts("live: mine");
    assert_eq!((mine.first(), mine.last()), (Some(&"<b>0</b>"), Some(&"<b>59</b>")));
    // The first one, one each quarter of a second, and the last one.
    assert!((3..=took / 250 + 2).contains(&mine.len()), "{mine:?} in {took} ms");
    assert_eq!(output.texts("live: other").last(), Some(&"59"));
    let html = &output.shown[0].1["text/html"];
    assert_eq!(html, "<b>0</b>");
}

#[test]
fn what_waits_is_shown_by_itself() {
    let Some(output) = child("what_waits_is_shown_by_itself", Some(MARK)) else {
        (0..3).for_each(|step| live("mine", &step));
        return sleep(Duration::from_millis(600));
    };
    assert_eq!(output.texts("live: mine"), ["0", "2"]);
}

#[test]
fn without_the_kernel_there_are_lines_only() -> Result<(), Error> {
    let Some(output) = child("without_the_kernel_there_are_lines_only", None) else {
        own_loop();
        Slow::new(0)?.fit(TrainerConfig { epochs: 2, ..Default::default() })?;
        return Ok(());
    };
    assert!(output.shown.is_empty());
    let lines: Vec<&String> = output.lines.iter().filter(|line| !line.is_empty()).collect();
    let json = lines.iter().filter(|line| line.contains('{') || line.contains("<b>")).count();
    let epochs = lines.iter().filter(|line| line.contains("/2  done  loss ")).count();
    assert_eq!((json, epochs), (0, 2), "{lines:?}");
    Ok(())
}

/// A classifier that takes its time for each batch.
#[derive(Module)]
struct Slow {
    embedding: Embedding,
    linear: Linear,
    #[module(skip)]
    pause: Cell<u64>,
}

impl Slow {
    fn new(pause: u64) -> Result<Self, Error> {
        let mut init = Init::keras(0, &Device::Cpu);
        let (embedding, linear) = (Embedding::new(8, 4, &mut init)?, Linear::new(4, 2, &mut init)?);
        Ok(Self { embedding, linear, pause: Cell::new(pause) })
    }

    fn rows() -> Result<DataLoader, Error> {
        let ids = (0..40u32).map(|row| vec![2 + row % 6, 2 + row % 5]).collect();
        let config = BatchConfig { batch_size: 4, ..Default::default() };
        DataLoader::new(ids, (0..40).map(|row| row % 2).collect(), config, &Device::Cpu)
    }

    fn fit(&self, config: TrainerConfig) -> Result<Stop, Error> {
        let rows = Self::rows()?;
        Ok(Trainer::new(config)?.fit(self, &rows, Some(&rows))?)
    }
}

impl Model for Slow {
    fn forward(&self, batch: &Batch) -> Result<Tensor> {
        sleep(Duration::from_millis(self.pause.get()));
        self.linear.forward(&self.embedding.forward(&batch.input)?.mean(1)?)
    }
}

#[test]
fn a_fit_shows_one_figure_that_ends_as_a_picture() -> Result<(), Error> {
    let Some(output) = child("a_fit_shows_one_figure_that_ends_as_a_picture", Some(MARK)) else {
        // About a second: two epochs of ten batches, and as many in the validations.
        let began = Instant::now();
        Slow::new(25)?.fit(TrainerConfig { epochs: 2, ..Default::default() })?;
        println!("took {}", began.elapsed().as_millis());
        // A quick one has a figure too, a silent one has none.
        let quick = Slow::new(0)?;
        quick.fit(TrainerConfig { row_limit: Some(4), ..Default::default() })?;
        quick.fit(TrainerConfig { progress: false, ..Default::default() })?;
        return Ok(());
    };
    let first: Vec<&serde_json::Value> =
        output.shown.iter().filter(|(id, _)| id == "Training 1").map(|(_, data)| data).collect();
    let took = output.took();
    assert!((3..=took / 250 + 1).contains(&first.len()), "{} in {took} ms", first.len());
    let (end, before) = first.split_last().expect("figures");
    for data in before {
        let html = data["text/html"].as_str().expect("HTML");
        assert!(html.starts_with("<div><svg") && data.get("image/svg+xml").is_none());
        let text = data["text/plain"].as_str().expect("a text");
        assert!(text.starts_with("Training: epoch ") && text.contains("rows/s · gradient norm "), "{text}");
    }
    assert!(end["image/svg+xml"].as_str().is_some_and(|svg| svg.contains(">Accuracy<")), "{end}");
    let text = end["text/plain"].as_str().expect("a text");
    let told: Vec<&str> = text.lines().collect();
    assert_eq!(told[0], "Training: finished after 2 epochs");
    assert!(
        told[1].starts_with("epoch 2: loss 0.") && told[2].starts_with("validation after epoch 2: loss 0."),
        "{text}"
    );
    assert_eq!(output.texts("Training 2").len(), 1);
    let limited = "Training: stopped by the row limit after 0 epochs and 1 batch\nepoch 1: loss ";
    assert!(output.texts("Training 2")[0].starts_with(limited), "{:?}", output.texts("Training 2"));
    assert!(output.texts("Training 3").is_empty());
    // No line of progress beside the figure.
    assert!(!output.lines.iter().any(|line| line.contains("epoch ")), "{:?}", output.lines);
    Ok(())
}

/// The user presses stop.
#[cfg(unix)]
fn stop() {
    let sent = Command::new("kill").args(["-INT", &std::process::id().to_string()]).status();
    assert!(sent.is_ok_and(|status| status.success()));
    // The signal may need a moment.
    sleep(Duration::from_millis(100));
}

#[cfg(unix)]
#[test]
fn the_last_figure_says_how_a_fit_ended() -> Result<(), Error> {
    let Some(output) = child("the_last_figure_says_how_a_fit_ended", Some(MARK)) else {
        let (model, rows) = (Slow::new(0)?, Slow::rows()?);
        Trainer::new(TrainerConfig { epochs: 3, ..Default::default() })?.fit_observed(
            &model,
            &rows,
            None,
            &mut |trainer, _| {
                if trainer.history().steps.len() == 13 {
                    stop();
                }
                Ok(std::ops::ControlFlow::Continue(()))
            },
        )?;
        // No epoch is better by so much.
        let early = EarlyStopping { patience: 2, min_delta: 1e9, ..Default::default() };
        model.fit(TrainerConfig { epochs: 9, early_stopping: Some(early), ..Default::default() })?;
        let diverges = model.fit(TrainerConfig { epochs: 9, learning_rate: 1e38, ..Default::default() });
        diverges.expect_err("too large a learning rate");
        return Ok(());
    };
    let ends = ["Training 1", "Training 2", "Training 3"].map(|id| output.texts(id).pop().expect("a figure"));
    assert!(ends[0].starts_with("Training: stopped by you after 1 epoch and 3 batches\nepoch 2: loss "), "{}", ends[0]);
    assert!(!ends[0].contains("validation"), "{}", ends[0]);
    assert!(ends[1].starts_with("Training: stopped early after 3 epochs, no better for a while\n"), "{}", ends[1]);
    assert!(ends[1].contains("\nepoch 3: loss "), "{}", ends[1]);
    assert!(ends[1].contains("\nthe best epoch is 1: the model has its weights again\n"), "{}", ends[1]);
    assert!(ends[1].contains("\n3 of 9 epochs: "), "{}", ends[1]);
    assert!(ends[2].starts_with("Training: ended after 0 epochs and "), "{}", ends[2]);
    Ok(())
}

#[test]
fn numbers_have_an_error_beside_their_loss() -> Result<(), Error> {
    /// A number for each row.
    #[derive(Module)]
    struct Line(Linear);
    impl Model for Line {
        fn forward(&self, batch: &Batch) -> Result<Tensor> {
            self.0.forward(&batch.input)
        }
    }
    let Some(output) = child("numbers_have_an_error_beside_their_loss", Some(MARK)) else {
        let device = Device::Cpu;
        let x = (Tensor::arange(0f32, 120.0, &device)?.reshape((40, 3))? / 120.0)?;
        let rows = Batch { target: Some(x.sum_keepdim(1)?), ..Batch::new(x, vec![1; 40]) };
        let rows = TensorBatches::new(rows, 4, None)?;
        let model = Line(Linear::new(3, 1, &mut Init::keras(0, &device))?);
        let config = TrainerConfig { loss: Loss::MeanSquaredError, epochs: 2, ..Default::default() };
        Trainer::new(config)?.fit(&model, &rows, Some(&rows))?;
        return Ok(());
    };
    let (_, data) = output.shown.last().expect("a figure");
    let text = data["text/plain"].as_str().expect("a text");
    assert!(text.contains("epoch 2: loss ") && text.contains(" · mean absolute error "), "{text}");
    let svg = data["image/svg+xml"].as_str().expect("a picture");
    assert!(svg.contains(">Mean absolute error<") && !svg.contains(">Accuracy<"));
    Ok(())
}

#[test]
fn other_long_work_shows_a_bar_and_quick_work_nothing() -> Result<(), Error> {
    let Some(output) = child("other_long_work_shows_a_bar_and_quick_work_nothing", Some(MARK)) else {
        let words = TextVectorizer::adapt(&["one two three"], VectorizerConfig::default())?;
        let texts: Vec<String> = (1..=12).map(|length| ["one"].repeat(length).join(" ")).collect();
        let (model, rows, config) = (Slow::new(0)?, Slow::rows()?, TrainerConfig::default());
        for pause in [0, 80] {
            model.pause.set(pause);
            evaluate(&model, &rows)?;
            predict_all(&model, &words, &["no", "yes"], &texts)?;
            let finder = FinderConfig { steps: 10, end: 1e-3, ..Default::default() };
            find_learning_rate(&model, &rows, &config, finder)?;
            println!("pause {pause} done");
        }
        return Ok(());
    };
    assert!(output.lines.iter().any(|line| line == "pause 80 done"));
    for (work, end) in [
        ("Evaluation", "Evaluation: finished after 40 rows"),
        ("Prediction", "Prediction: finished after 12 texts"),
        ("Learning-rate finder", "Learning-rate finder: finished after 10 steps"),
    ] {
        let texts = output.texts(work);
        // After half a second, then at most each quarter, and the end of work that took 0.8 to 1 seconds, or longer on a
        // busy machine.
        assert!((2..=12).contains(&texts.len()), "{work}: {texts:?}");
        assert!(texts[0].contains("left"), "{work}: {texts:?}");
        assert_eq!(texts.last().and_then(|text| text.lines().next()), Some(end));
        let ends = texts.iter().filter(|text| text.contains("finished")).count();
        assert_eq!(ends, 1, "the quick one shows nothing: {texts:?}");
    }
    Ok(())
}

#[test]
fn skip_gram_shows_its_loss() -> Result<(), Error> {
    let Some(output) = child("skip_gram_shows_its_loss", Some(MARK)) else {
        let vocabulary = Vocabulary::new(["a", "b", "c", "d"].map(String::from))?;
        let sequences: Vec<Vec<u32>> = (0..400u32).map(|row| (0..40).map(|k| 2 + (row + k) % 4).collect()).collect();
        // As many epochs as take about a second.
        let mut config = SkipGramConfig { epochs: 1, progress: false, ..Default::default() };
        let began = Instant::now();
        skip_gram(&sequences, &vocabulary, config)?;
        config.epochs = (1.0 / began.elapsed().as_secs_f64()).ceil() as usize + 1;
        skip_gram(&sequences, &vocabulary, SkipGramConfig { progress: true, ..config })?;
        return Ok(());
    };
    let texts = output.texts("Skip-gram 1");
    assert!(texts.len() >= 2 && texts[0].starts_with("Skip-gram: epoch "), "{texts:?}");
    assert!(texts[texts.len() - 1].starts_with("Skip-gram: finished after "), "{texts:?}");
    let svg = output.shown.last().and_then(|(_, data)| data["image/svg+xml"].as_str());
    assert!(svg.is_some_and(|svg| svg.contains(">epochs<") && svg.contains(">loss<")));
    assert!(!output.lines.iter().any(|line| line.contains("skip-gram, epoch")), "{:?}", output.lines);
    Ok(())
}
