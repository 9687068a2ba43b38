//! The lines that tell how far a training is, where a caller wants them.

use crate::support::{Rows, WordBag};
use recurrent_nn::{
    Result, Trainer, TrainerConfig,
    train::{print_line, with_progress},
};
use std::sync::mpsc::channel;

#[test]
fn a_sink_gets_the_lines_of_a_fit_and_of_nothing_else() -> Result<()> {
    let (model, rows) = (WordBag::new(1), Rows::new(20, 10, 1));
    let (sender, lines) = channel();
    let sink = move |line: &str| sender.send(line.to_owned()).unwrap_or_default();
    with_progress(sink, || Trainer::new(TrainerConfig { epochs: 2, ..Default::default() })?.fit(&model, &rows, None))?;
    print_line("no line of the fit");
    let lines: Vec<String> = lines.iter().collect();
    for end in ["epoch 1/2  done  loss ", "epoch 2/2  done  loss "] {
        assert!(lines.iter().any(|line| line.starts_with(end)), "{lines:?}");
    }
    assert!(!lines.iter().any(|line| line.contains("no line")), "{lines:?}");
    Ok(())
}

#[test]
fn sinks_nest_and_a_panic_ends_one() {
    let (sender, lines) = channel();
    let to = |name: &'static str| {
        let sender = sender.clone();
        move |line: &str| sender.send(format!("{name}: {line}")).unwrap_or_default()
    };
    with_progress(to("outer"), || {
        with_progress(to("inner"), || print_line("one"));
        let inner = to("inner");
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| with_progress(inner, || panic!("on purpose"))))
            .expect_err("it panics");
        print_line("two");
    });
    drop(sender);
    assert_eq!(lines.iter().collect::<Vec<_>>(), ["inner: one", "outer: two"]);
}
