//! A training that goes on in the middle of an epoch: with the batches that the epoch began with, and without making
//! those that are done.

use crate::support::{Folder, Rows, Slow, WordBag};
use recurrent_nn::{Batch, BatchSource, Checkpoint, Error, Result, Stop, Trainer, TrainerConfig};
use std::{cell::RefCell, time::Duration};

/// Two epochs of 25 batches, or of as many rows as a limit lets through.
fn trainer(row_limit: Option<usize>) -> Result<Trainer> {
    Trainer::new(TrainerConfig { epochs: 2, learning_rate: 0.02, row_limit, progress: false, ..Default::default() })
}

fn rows(batch_size: usize) -> Rows {
    Rows::new(100, batch_size, 1)
}

#[test]
fn other_batches_in_the_middle_of_an_epoch_are_refused_and_change_nothing() -> Result<()> {
    let model = WordBag::new(1);
    let mut trainer = trainer(Some(12))?;
    assert_eq!(trainer.fit(&model, &rows(4), None)?, Stop::RowLimit);
    let (bits, history) = (model.bits(), trainer.history().clone());

    let error = trainer.fit(&model, &rows(5), None).unwrap_err();
    assert!(matches!(error, Error::OtherBatches { epoch: 1, .. }));
    assert_eq!(
        error.to_string(),
        "epoch 1 began with other batches (100 rows in batches of 4) than it would go on with (100 rows in batches of 5), so \
         rows would be left out or learned twice: make the batches as before, or end the epoch here with \
         `Trainer::end_epoch` and begin the next one with these"
    );
    assert_eq!(model.bits(), bits);
    assert_eq!(trainer.history(), &history);

    // The batches from before are still taken, and others once the epoch is ended.
    assert_eq!(trainer.fit(&model, &rows(4), None)?, Stop::RowLimit);
    trainer.end_epoch();
    trainer.end_epoch();
    let epochs = &trainer.history().epochs;
    assert_eq!((epochs.len(), epochs[0].steps, epochs[0].rows), (1, 6, 24));
    assert_eq!(epochs[0].validation_loss, None);
    assert_eq!(trainer.fit(&model, &rows(5), None)?, Stop::RowLimit);
    let places: Vec<_> = trainer.history().steps[5..8].iter().map(|step| (step.epoch, step.batch, step.rows)).collect();
    assert_eq!(places, [(0, 6, 4), (1, 1, 5), (1, 2, 5)]);
    Ok(())
}

#[test]
fn between_two_epochs_there_may_be_more_rows() -> Result<()> {
    let (model, few, more) = (WordBag::new(1), rows(4), Rows::new(130, 10, 2));
    let mut trainer = trainer(None)?;
    trainer.fit(&model, &few, None)?;
    assert_eq!(trainer.fit(&model, &more, None)?, Stop::Finished);
    let rows: Vec<usize> = trainer.history().epochs.iter().map(|e| e.rows).collect();
    assert_eq!(rows, [100, 100, 130, 130]);
    Ok(())
}

#[test]
fn a_checkpoint_knows_the_batches() -> Result<()> {
    let folder = Folder::new("batches");
    let model = WordBag::new(1);
    let mut stopped = trainer(Some(12))?;
    stopped.fit(&model, &rows(4), None)?;
    let path = folder.0.join("run");
    Checkpoint::save(&path, &model, &stopped, &[])?;

    let resumed = || Checkpoint::open(&path)?.resume(&model);
    let refused = resumed()?.fit(&model, &rows(5), None);
    assert!(matches!(refused, Err(Error::OtherBatches { .. })), "{refused:?}");
    let mut same = resumed()?;
    assert_eq!(same.fit(&model, &rows(4), None)?, Stop::RowLimit);
    let mut ended = resumed()?;
    ended.end_epoch();
    assert_eq!(ended.fit(&model, &rows(5), None)?, Stop::RowLimit);
    Ok(())
}

/// Rows that write down where each epoch was begun.
struct Begun(Rows, RefCell<Vec<(usize, usize)>>);

impl BatchSource for Begun {
    fn rows(&self) -> usize {
        self.0.rows()
    }

    fn epoch(&self, epoch: usize) -> Box<dyn Iterator<Item = Result<Batch>> + '_> {
        self.epoch_from(epoch, 0)
    }

    fn epoch_from(&self, epoch: usize, done: usize) -> Box<dyn Iterator<Item = Result<Batch>> + '_> {
        self.1.borrow_mut().push((epoch, done));
        self.0.epoch_from(epoch, done)
    }
}

#[test]
fn batches_that_are_done_are_not_asked_for_again() -> Result<()> {
    let (whole, pieces) = (WordBag::new(1), WordBag::new(1));
    let mut at_once = trainer(None)?;
    at_once.fit(&whole, &rows(4), None)?;
    let source = Begun(rows(4), RefCell::default());
    let mut piecewise = trainer(Some(60))?;
    while piecewise.fit(&pieces, &source, None)? == Stop::RowLimit {}
    assert_eq!(source.1.into_inner(), [(0, 0), (0, 15), (1, 0), (1, 5), (1, 20)]);
    assert_eq!(pieces.bits(), whole.bits());
    assert_eq!(piecewise.history(), at_once.history());
    Ok(())
}

#[test]
fn a_time_limit_ends_a_long_validation_which_leaves_no_number() -> Result<()> {
    let (model, train) = (WordBag::new(1), rows(20));
    let slow = Slow(Rows::new(100_000, 10, 2)); // 50 s
    let mut trainer = Trainer::new(TrainerConfig {
        time_limit: Some(Duration::from_millis(300)),
        progress: false,
        ..Default::default()
    })?;
    for _ in 0..2 {
        let began = std::time::Instant::now();
        assert_eq!(trainer.fit(&model, &train, Some(&slow))?, Stop::TimeLimit);
        assert!(began.elapsed() < Duration::from_secs(5));
        // The epoch is trained once, and waits for its validation.
        assert_eq!(trainer.history().steps.len(), 5);
        assert!(trainer.history().epochs.is_empty() && !trainer.is_finished());
    }
    let short = Rows::new(50, 10, 2);
    assert_eq!(trainer.fit(&model, &train, Some(&short))?, Stop::Finished);
    let epochs = &trainer.history().epochs;
    assert_eq!((epochs.len(), epochs[0].rows), (1, 100));
    assert_eq!(epochs[0].validation_macro_f1, Some(recurrent_nn::evaluate(&model, &short)?.macro_f1()));
    Ok(())
}
