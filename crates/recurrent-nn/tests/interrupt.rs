//! A real SIGINT sent to a real process: it ends a fit within a second and keeps everything; between two fits it ends
//! the process.

#![cfg(unix)]

mod support;

use candle_core::Tensor;
use recurrent_nn::{Batch, BatchSource, Error, Model, Module, Result, Stop, Trainer, TrainerConfig, evaluate};
use std::{
    io::{BufRead, BufReader, Lines},
    os::unix::process::ExitStatusExt,
    process::{Child, ChildStdout, Command, Stdio},
    time::{Duration, Instant},
};
use support::{Rows, Slow, WordBag};

/// A model that takes 5 ms for each batch.
struct SlowModel(WordBag);

impl Module for SlowModel {
    fn layers(&self) -> Vec<(String, &dyn Module)> {
        self.0.layers()
    }
}

impl Model for SlowModel {
    fn forward(&self, batch: &Batch) -> Result<Tensor> {
        std::thread::sleep(Duration::from_millis(5));
        self.0.forward(batch)
    }
}

const CHILD: &str = "RECURRENT_INTERRUPTED_RUN";

#[test]
#[ignore = "the child process of the other tests"]
fn child() -> Result<()> {
    let Ok(what) = std::env::var(CHILD) else {
        return Ok(());
    };
    let (model, train, valid) = (WordBag::new(1), Slow(Rows::new(100_000, 10, 1)), Slow(Rows::new(100_000, 10, 2)));
    let short = Rows::new(100, 10, 1);
    let mut trainer = Trainer::new(TrainerConfig::default())?;
    match what.as_str() {
        "fit twice" => {
            for _ in 0..2 {
                println!("ready");
                let stop = trainer.fit(&model, &train, None)?;
                println!("returned {stop:?} {}", trainer.history().steps.len());
            }
        }
        "progress" => {
            trainer = Trainer::new(TrainerConfig { time_limit: Some(Duration::from_secs(4)), ..Default::default() })?;
            println!("ready");
            trainer.fit(&model, &train, None)?;
            println!("returned");
        }
        "progress within a step" => {
            trainer = Trainer::new(TrainerConfig { accumulate: 500, row_limit: Some(1), ..Default::default() })?;
            println!("ready");
            trainer.fit(&SlowModel(model), &Rows::new(500, 1, 1), None)?;
            println!("returned");
        }
        "nobody reads" => {
            trainer = Trainer::new(TrainerConfig { time_limit: Some(Duration::from_secs(2)), ..Default::default() })?;
            println!("ready");
            let stop = trainer.fit(&model, &train, None)?;
            // The test's own lines would fail where nobody reads them.
            #[allow(clippy::exit, reason = "the status is the answer of this child process")]
            std::process::exit(if stop == Stop::TimeLimit { 7 } else { 8 });
        }
        "validation" => {
            println!("ready");
            let stop = trainer.fit(&model, &short, Some(&valid))?;
            println!("returned {stop:?} {}", trainer.history().steps.len());
        }
        "evaluate" => {
            println!("ready");
            match evaluate(&model, &valid) {
                Err(Error::Interrupted { rows, .. }) => println!("returned Interrupted {rows}"),
                other => println!("{other:?}"),
            }
        }
        "idle" => {
            trainer.fit(&model, &short, None)?;
            println!("ready");
            std::thread::sleep(Duration::from_secs(60));
        }
        "deaf" => {
            // A batch that takes far too long: the second stop ends the process.
            struct Deaf;
            impl BatchSource for Deaf {
                fn rows(&self) -> usize {
                    10
                }
                fn epoch(&self, _: usize) -> Box<dyn Iterator<Item = Result<Batch>> + '_> {
                    println!("ready");
                    std::thread::sleep(Duration::from_secs(60));
                    Box::new(std::iter::empty())
                }
            }
            trainer.fit(&model, &Deaf, None)?;
        }
        _ => unreachable!("{what}"),
    }
    Ok(())
}

struct Running {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Running {
    fn start(what: &str) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "child", "--ignored", "--nocapture"])
            .env(CHILD, what)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines }
    }

    /// The next line with this word in it; the lines before it are progress.
    fn line_with(&mut self, word: &str) -> String {
        self.lines
            .by_ref()
            .map(|line| line.unwrap())
            .find(|line| line.contains(word))
            .unwrap_or_else(|| panic!("no line with {word}"))
    }

    /// Sends a SIGINT some time after the child is ready.
    fn interrupt(&mut self, after: Duration) {
        std::thread::sleep(after);
        let status = Command::new("kill").args(["-INT", &self.child.id().to_string()]).status().unwrap();
        assert!(status.success());
    }

    fn end_signal(mut self) -> Option<i32> {
        self.child.wait().unwrap().signal()
    }
}

#[test]
fn a_stop_ends_a_fit_and_keeps_everything_and_fit_goes_on() {
    let mut child = Running::start("fit twice");
    let mut before = 0;
    for after in [300, 700] {
        child.line_with("ready");
        child.interrupt(Duration::from_millis(after));
        let sent = Instant::now();
        let line = child.line_with("returned");
        assert!(sent.elapsed() < Duration::from_secs(1), "{:?}", sent.elapsed());
        let steps: usize = line.strip_prefix("returned Interrupted ").expect(&line).parse().unwrap();
        assert!(steps > before, "{steps} steps after {before}");
        before = steps;
    }
    assert_eq!(child.child.wait().unwrap().code(), Some(0));
}

#[test]
fn a_stop_ends_the_validation_within_a_fit() {
    let mut child = Running::start("validation");
    child.line_with("ready");
    child.interrupt(Duration::from_millis(600));
    let sent = Instant::now();
    assert_eq!(child.line_with("returned"), "returned Interrupted 10");
    assert!(sent.elapsed() < Duration::from_secs(1));
}

#[test]
fn a_fit_tells_how_it_goes_at_least_once_a_second() {
    let mut child = Running::start("progress");
    child.line_with("ready");
    let lines: Vec<String> = child.lines.by_ref().map(|line| line.unwrap()).collect();
    let progress = lines.iter().filter(|line| line.contains("rows/s")).count();
    // Four in 4 s; a machine that stands still for a second may miss one.
    assert!((3..=5).contains(&progress), "{lines:#?}");
    assert!(lines.iter().any(|line| line.starts_with("time limit reached: stopped after 0 epochs and")), "{lines:#?}");
    assert_eq!(child.child.wait().unwrap().code(), Some(0));
}

#[test]
fn a_closed_output_ends_no_training() {
    let mut child = Running::start("nobody reads");
    child.line_with("ready");
    let Running { mut child, lines } = child;
    drop(lines);
    assert_eq!(child.wait().unwrap().code(), Some(7));
}

#[test]
fn a_step_of_many_batches_tells_how_it_goes_too() {
    let mut child = Running::start("progress within a step");
    child.line_with("ready");
    let lines: Vec<String> = child.lines.by_ref().map(|line| line.unwrap()).collect();
    // The only step takes more than 2.5 s.
    let batches = lines.iter().filter_map(|line| {
        let (_, batch) = line.split_once("  batch ")?;
        batch.trim().parse().ok()
    });
    let batches: Vec<usize> = batches.collect();
    assert!(batches.len() >= 2, "{lines:#?}");
    assert!(batches.is_sorted() && batches.iter().all(|&batch| batch < 500), "{lines:#?}");
    assert_eq!(child.child.wait().unwrap().code(), Some(0));
}

#[test]
fn a_stop_ends_an_evaluation() {
    let mut child = Running::start("evaluate");
    child.line_with("ready");
    child.interrupt(Duration::from_millis(300));
    let sent = Instant::now();
    child.line_with("returned Interrupted");
    assert!(sent.elapsed() < Duration::from_secs(1));
}

#[test]
fn a_stop_between_two_fits_ends_the_process() {
    let mut child = Running::start("idle");
    child.line_with("ready");
    child.interrupt(Duration::from_millis(100));
    assert_eq!(child.end_signal(), Some(2));
}

#[test]
fn a_second_stop_ends_a_process_that_does_not_hear_the_first() {
    let mut child = Running::start("deaf");
    child.line_with("ready");
    child.interrupt(Duration::from_millis(100));
    child.interrupt(Duration::from_millis(100));
    assert_eq!(child.end_signal(), Some(2));
}
