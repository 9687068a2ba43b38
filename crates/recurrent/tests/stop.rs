//! A stop (SIGINT) ends a long call with an error, and the process that holds the variables goes on.
#![cfg(unix)]

use recurrent::{nn::train::Interrupt, prelude::*, views::*};
use std::{cell::Cell, process::Command, time::Duration};

/// Answers once; from then on the user presses stop while it works.
#[derive(Module)]
struct Stopped {
    embedding: Embedding,
    linear: Linear,
    #[module(skip)]
    calls: Cell<usize>,
}

impl Model for Stopped {
    fn forward(&self, batch: &Batch) -> Result<Tensor> {
        self.calls.set(self.calls.get() + 1);
        let id = std::process::id().to_string();
        let sent = Command::new("kill").args(["-INT", &id]).status();
        assert!(sent.is_ok_and(|status| status.success()));
        // The signal may need a moment; the call that runs this listens already.
        let interrupt = Interrupt::listen()?;
        while !interrupt.requested() {
            std::thread::sleep(Duration::from_millis(1));
        }
        self.linear.forward(&self.embedding.forward(&batch.input)?.mean(1)?)
    }
}

/// Set in the process that the test starts.
const CHILD: &str = "RECURRENT_TEST_OF_STOPS";

/// This test runs anew in a process of its own, as a stop is for all calls of a process.
#[test]
fn every_call_over_many_texts_ends_at_the_next_batch() -> Result<(), Error> {
    if std::env::var_os(CHILD).is_none() {
        let name = "stop::every_call_over_many_texts_ends_at_the_next_batch";
        let child = Command::new(std::env::current_exe().unwrap()).args(["--exact", name]).env(CHILD, "").output();
        let output = child.unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && text.contains("1 passed"), "{text}");
        return Ok(());
    }
    let mut init = Init::keras(0, &Device::Cpu);
    let model = Stopped {
        embedding: Embedding::new(4, 3, &mut init)?,
        linear: Linear::new(3, 2, &mut init)?,
        calls: Cell::new(0),
    };
    let words = TextVectorizer::adapt(&["one two"], VectorizerConfig::default())?;
    let (classes, texts) = (["no", "yes"], ["one", "one two", "one two one"]);
    let ends = |error: Option<Error>, calls: usize, message: &str| {
        assert_eq!(error.expect("a stop").to_string(), message);
        assert_eq!(model.calls.replace(0), calls);
    };
    let stopped = predict_all(&model, &words, &classes, &texts).err();
    ends(stopped, 1, "predict was stopped after 1 rows");
    let stopped = trace_each(&model, &words, &texts, |_, _| Ok(())).err();
    ends(stopped, 1, "trace_each was stopped after 1 rows");
    let stopped = prefix_probabilities(&model, &words, "one two one").err();
    ends(stopped, 1, "prefix_probabilities was stopped after 1 rows");
    let stopped = attribute(&model, &words, "one two", 0, 300).err();
    ends(stopped, 1, "integrated_gradients was stopped after 0 rows");
    Ok(())
}
