//! What tells how far a training is: lines, where a caller wants them, and what draws it.

use crate::support::{Rows, WordBag};
use recurrent_nn::{
    EarlyStopping, Error, Event, FinderConfig, History, Result, Stop, Trainer, TrainerConfig, evaluate,
    find_learning_rate,
    train::{Progress, ProgressCurve, ProgressDrawing, ProgressEnd, draw_progress, print_line, with_progress},
};
use std::{cell::RefCell, ops::ControlFlow, sync::mpsc::channel};

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

/// What a drawing was told, as owned numbers.
#[derive(Debug, Clone, PartialEq)]
struct Told {
    work: &'static str,
    epoch: (usize, usize),
    done: (usize, usize),
    batches: Option<(usize, usize)>,
    validation: Option<(usize, usize)>,
    points: usize,
    best: Option<usize>,
    end: Option<ProgressEnd>,
}

thread_local! {
    /// Some while this thread's calls are drawn.
    static DRAWN: RefCell<Option<Vec<Told>>> = const { RefCell::new(None) };
}

fn tell(now: &Progress) {
    let told = Told {
        work: now.work,
        epoch: (now.epoch, now.epochs),
        done: (now.done, now.total),
        batches: now.batches,
        validation: now.validation,
        points: match now.curve {
            ProgressCurve::Training(history) => history.steps.len(),
            ProgressCurve::Rates(found) => found.rates.len(),
            ProgressCurve::Losses(points) => points.len(),
            ProgressCurve::None => 0,
        },
        best: now.best,
        end: now.end,
    };
    DRAWN.with_borrow_mut(|drawn| drawn.as_mut().expect("drawn").push(told));
}

fn begin() -> Option<ProgressDrawing> {
    DRAWN.with_borrow(|drawn| drawn.is_some().then(|| Box::new(tell) as ProgressDrawing))
}

/// What the calls of this thread draw within `work`.
fn drawn<T>(work: impl FnOnce() -> T) -> (T, Vec<Told>) {
    draw_progress(begin);
    DRAWN.set(Some(Vec::new()));
    let result = work();
    (result, DRAWN.take().expect("drawn"))
}

fn fit(config: TrainerConfig) -> Result<(Stop, History)> {
    let (model, rows, valid) = (WordBag::new(1), Rows::new(25, 10, 1), Rows::new(7, 4, 2));
    let mut trainer = Trainer::new(config)?;
    let stop = trainer.fit(&model, &rows, Some(&valid))?;
    Ok((stop, trainer.history().clone()))
}

#[test]
fn a_drawing_is_told_each_step_and_the_end_and_changes_no_bit() -> Result<()> {
    let config = TrainerConfig { epochs: 2, ..Default::default() };
    let (undrawn, _) = (fit(TrainerConfig { progress: false, ..config.clone() })?, ());
    let (result, told) = drawn(|| fit(config));
    assert_eq!(result?, undrawn);
    let steps: Vec<&Told> = told.iter().filter(|told| told.validation.is_none() && told.end.is_none()).collect();
    // Three steps and the end of an epoch, twice. The rows of the first batch say how many batches there will be.
    let places: Vec<(usize, usize, usize)> =
        steps.iter().map(|told| (told.epoch.0, told.done.0, told.points)).collect();
    assert_eq!(
        places,
        [(0, 10, 1), (0, 20, 2), (0, 25, 3), (0, 25, 3), (1, 10, 4), (1, 20, 5), (1, 25, 6), (1, 25, 6)]
    );
    assert_eq!(steps[0].batches, Some((1, 3)));
    assert_eq!(steps[4].batches, Some((1, 3)));
    let validations: Vec<(usize, usize)> = told.iter().filter_map(|told| told.validation).collect();
    assert_eq!(validations, [(0, 7), (4, 7), (0, 7), (4, 7)]);
    let end = told.last().expect("the end");
    assert_eq!((end.end, end.epoch, end.done), (Some(ProgressEnd::Stop(Stop::Finished)), (1, 2), (25, 25)));
    assert_eq!(told.iter().filter(|told| told.end.is_some()).count(), 1);
    // The best of the two epochs by the validation loss.
    let losses: Vec<f64> = undrawn.1.epochs.iter().filter_map(|epoch| epoch.validation_loss).collect();
    assert_eq!(end.best, Some(usize::from(losses[1] < losses[0])));
    Ok(())
}

#[test]
fn the_end_says_why() -> Result<()> {
    let ends = |config| {
        let (result, told) = drawn(|| fit(config));
        let end = told.last().expect("the end");
        // The numbers are those of the last epoch that was begun.
        assert!(end.epoch.0 <= 1 && end.points > 3 * end.epoch.0, "{end:?}");
        (result.is_ok(), end.end)
    };
    let limit = TrainerConfig { row_limit: Some(5), ..Default::default() };
    assert_eq!(ends(limit), (true, Some(ProgressEnd::Stop(Stop::RowLimit))));
    let early = EarlyStopping { min_delta: 1e9, patience: 1, ..Default::default() };
    let early = TrainerConfig { epochs: 9, early_stopping: Some(early), ..Default::default() };
    assert_eq!(ends(early), (true, Some(ProgressEnd::Stop(Stop::Early))));
    let diverges = TrainerConfig { learning_rate: 1e38, epochs: 9, ..Default::default() };
    assert_eq!(ends(diverges), (false, Some(ProgressEnd::Failed)));
    Ok(())
}

#[test]
fn a_sink_and_a_silent_training_are_not_drawn() -> Result<()> {
    let (result, told) = drawn(|| fit(TrainerConfig { progress: false, ..Default::default() }));
    result?;
    assert_eq!(told, []);
    let (sender, lines) = channel();
    let sink = move |line: &str| sender.send(line.to_owned()).unwrap_or_default();
    let (result, told) = drawn(|| with_progress(sink, || fit(TrainerConfig::default())));
    result?;
    assert_eq!((told, lines.iter().count()), (Vec::new(), 1));
    Ok(())
}

#[test]
fn a_call_within_another_one_is_not_drawn() -> Result<()> {
    let (model, rows) = (WordBag::new(1), Rows::new(20, 10, 1));
    let (result, told) = drawn(|| {
        Trainer::new(TrainerConfig::default())?.fit_observed(&model, &rows, None, &mut |_, event| {
            if let Event::Epoch(_) = event {
                evaluate(&model, &rows)?;
            }
            Ok(ControlFlow::Continue(()))
        })
    });
    result?;
    assert!(!told.is_empty() && told.iter().all(|told| told.work == "Training"), "{told:?}");
    // Afterwards it is.
    let (result, told) = drawn(|| evaluate(&model, &rows));
    result?;
    let done: Vec<(usize, usize)> = told.iter().map(|told| told.done).collect();
    assert_eq!(done, [(0, 20), (10, 20), (20, 20)]);
    assert_eq!(told.last().and_then(|told| told.end), Some(ProgressEnd::Stop(Stop::Finished)));
    Ok(())
}

#[test]
fn the_learning_rate_finder_is_drawn() -> Result<()> {
    let (model, rows) = (WordBag::new(1), Rows::new(20, 10, 1));
    let config = FinderConfig { steps: 5, end: 1e-3, ..Default::default() };
    let (found, told) = drawn(|| find_learning_rate(&model, &rows, &TrainerConfig::default(), config));
    assert_eq!(found?.rates.len(), 5);
    let points: Vec<usize> = told.iter().map(|told| told.points).collect();
    assert_eq!(points, [1, 2, 3, 4, 5, 5]);
    assert_eq!((told[2].done, told[2].end), ((3, 5), None));
    let none = Rows::new(0, 10, 1);
    let (found, told) = drawn(|| find_learning_rate(&model, &none, &TrainerConfig::default(), config));
    assert!(matches!(found, Err(Error::NoRows { .. })));
    assert_eq!(told.len(), 1);
    Ok(())
}
