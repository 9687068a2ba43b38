//! Batches: order, padding, masks, buckets, packing.

use recurrent_data::{BatchConfig, Batches, PackedSequence, PaddedBatch, PaddingSide};

/// Sequences of 1 to 40 tokens whose first token tells the row.
fn sequences(rows: u32) -> (Vec<Vec<u32>>, Vec<u32>) {
    let ids = (0..rows).map(|row| (0..1 + row * 7 % 40).map(|t| 2 + row + t).collect()).collect();
    (ids, (0..rows).map(|row| row % 4).collect())
}

fn batches(config: BatchConfig) -> Batches {
    let (ids, labels) = sequences(103);
    Batches::new(ids, labels, config).unwrap()
}

#[test]
fn every_row_comes_once_with_its_own_label_and_length() {
    let (ids, labels) = sequences(103);
    for bucket_boundaries in [vec![], vec![5, 12, 30]] {
        for padding in [PaddingSide::Right, PaddingSide::Left] {
            let batches = batches(BatchConfig {
                shuffle: Some(3),
                bucket_boundaries: bucket_boundaries.clone(),
                padding,
                ..Default::default()
            });
            let mut seen = Vec::new();
            for batch in batches.epoch(0) {
                assert_eq!(batch.ids.len(), batch.len() * batch.steps);
                for (i, &row) in batch.rows.iter().enumerate() {
                    let tokens: Vec<u32> = batch
                        .sequence(i)
                        .iter()
                        .zip(&batch.mask()[i * batch.steps..])
                        .filter(|(_, m)| **m == 1)
                        .map(|(id, _)| *id)
                        .collect();
                    assert_eq!(tokens, ids[row]);
                    assert_eq!((batch.labels[i], batch.lengths[i]), (labels[row], ids[row].len()));
                    let padding_first = batch.sequence(i)[0] == 0;
                    assert_eq!(padding_first, padding == PaddingSide::Left && ids[row].len() < batch.steps);
                }
                seen.extend(batch.rows);
            }
            seen.sort_unstable();
            assert_eq!(seen, (0..103).collect::<Vec<_>>());
        }
    }
}

#[test]
fn the_seed_and_the_epoch_fix_the_batches() {
    let config = BatchConfig { shuffle: Some(3), ..Default::default() };
    let all = |config: &BatchConfig, epoch| batches(config.clone()).epoch(epoch).collect::<Vec<PaddedBatch>>();
    assert_eq!(all(&config, 5), all(&config, 5));
    assert_ne!(all(&config, 5), all(&config, 6));
    assert_ne!(all(&config, 5), all(&BatchConfig { shuffle: Some(4), ..config.clone() }, 5));
    let in_order: Vec<usize> = batches(BatchConfig::default()).epoch(0).flat_map(|batch| batch.rows).collect();
    assert_eq!(in_order, (0..103).collect::<Vec<_>>());
}

#[test]
fn skipped_batches_leave_the_others_as_they_are() {
    let batches = batches(BatchConfig { shuffle: Some(3), bucket_boundaries: vec![10, 20], ..Default::default() });
    let all: Vec<PaddedBatch> = batches.epoch(2).collect();
    for done in 0..=all.len() + 1 {
        let rest: Vec<PaddedBatch> = batches.epoch(2).skip(done).collect();
        assert_eq!(rest, all[done.min(all.len())..]);
    }
}

#[test]
fn whatever_changes_the_batches_changes_the_fingerprint() {
    let ids = || vec![vec![2, 3], vec![4], vec![5, 6, 7]];
    let fingerprint = |ids, labels: [u32; 3], config| {
        let batches = Batches::new(ids, labels.to_vec(), config).unwrap();
        batches.fingerprint()
    };
    let plain = || fingerprint(ids(), [0, 1, 0], BatchConfig::default());
    assert_eq!(plain(), plain());
    let with = |config| fingerprint(ids(), [0, 1, 0], config);
    let config = BatchConfig::default;
    let mut all = vec![
        plain(),
        with(BatchConfig { batch_size: 2, ..config() }),
        with(BatchConfig { shuffle: Some(0), ..config() }),
        with(BatchConfig { shuffle: Some(1), ..config() }),
        with(BatchConfig { drop_last: true, ..config() }),
        with(BatchConfig { padding: PaddingSide::Left, ..config() }),
        with(BatchConfig { bucket_boundaries: vec![2], ..config() }),
        // Another token, another label, other borders between the rows, another order.
        fingerprint(vec![vec![2, 3], vec![4], vec![5, 6, 8]], [0, 1, 0], config()),
        fingerprint(ids(), [0, 1, 1], config()),
        fingerprint(vec![vec![2], vec![3, 4], vec![5, 6, 7]], [0, 1, 0], config()),
        fingerprint(vec![vec![5, 6, 7], vec![4], vec![2, 3]], [0, 1, 0], config()),
    ];
    assert!(all[2].ends_with(", batches of 16, shuffled with seed 0"), "{}", all[2]);
    let count = all.len();
    all.sort();
    all.dedup();
    assert_eq!(all.len(), count);
}

#[test]
fn a_smaller_last_batch_stays_or_is_dropped() {
    let sizes = |drop_last| {
        batches(BatchConfig { drop_last, ..Default::default() }).epoch(0).map(|batch| batch.len()).collect::<Vec<_>>()
    };
    assert_eq!(sizes(false), [16, 16, 16, 16, 16, 16, 7]);
    assert_eq!(sizes(true), [16; 6]);
}

#[test]
fn the_rows_that_drop_last_leaves_out_are_counted() {
    for bucket_boundaries in [vec![], vec![10, 20, 30]] {
        let config = BatchConfig { shuffle: Some(3), bucket_boundaries, ..Default::default() };
        assert_eq!(batches(config.clone()).dropped_rows(), 0);
        let dropping = batches(BatchConfig { drop_last: true, ..config });
        for epoch in 0..3 {
            let rows: usize = dropping.epoch(epoch).map(|batch| batch.len()).sum();
            assert_eq!(rows + dropping.dropped_rows(), 103);
        }
        assert!(dropping.dropped_rows() > 0);
    }
}

#[test]
fn where_there_is_nothing_nothing_is_padding() {
    let nothing = batches(BatchConfig { batch_size: 104, drop_last: true, ..Default::default() });
    assert_eq!((nothing.dropped_rows(), nothing.padding_share(0)), (103, 0.0));
    let empty = PaddedBatch {
        ids: vec![],
        steps: 0,
        lengths: vec![],
        labels: vec![],
        rows: vec![],
        padding: PaddingSide::Right,
    };
    assert_eq!(empty.padding_share(), 0.0);
}

#[test]
fn buckets_hold_like_lengths_and_save_padding() {
    let plain = batches(BatchConfig { shuffle: Some(1), ..Default::default() });
    let bucketed = batches(BatchConfig { shuffle: Some(1), bucket_boundaries: vec![10, 20, 30], ..Default::default() });
    for batch in bucketed.epoch(2) {
        let bucket = |length: &usize| [10, 20, 30].iter().filter(|boundary| length >= boundary).count();
        assert!(batch.lengths.iter().all(|length| bucket(length) == bucket(&batch.lengths[0])), "{:?}", batch.lengths);
    }
    assert!(
        bucketed.padding_share(2) < 0.6 * plain.padding_share(2),
        "{} {}",
        bucketed.padding_share(2),
        plain.padding_share(2)
    );
    let (cells, tokens) =
        plain.epoch(2).fold((0, 0), |(c, t), b| (c + b.ids.len(), t + b.lengths.iter().sum::<usize>()));
    assert_eq!(plain.padding_share(2), 1.0 - tokens as f64 / cells as f64);
    let first = plain.epoch(2).next().unwrap();
    assert_eq!(first.padding_share(), first.mask().iter().filter(|&&m| m == 0).count() as f64 / first.ids.len() as f64);
}

/// A recurrent cell in plain numbers, and the loss of a sequence from its last state.
fn step(h: f64, id: u32) -> f64 {
    (0.9 * h + 0.3 * f64::from(id).sin() + 0.1).tanh()
}

fn loss(h: f64, label: u32) -> f64 {
    (h - 0.3 * f64::from(label)).powi(2)
}

/// Each row's loss where a mask leaves the state alone at padding.
fn masked_losses(batches: &Batches) -> Vec<f64> {
    let mut losses = vec![f64::NAN; batches.rows()];
    for batch in batches.epoch(1) {
        let mask = batch.mask();
        for (i, &row) in batch.rows.iter().enumerate() {
            let steps = batch.sequence(i).iter().zip(&mask[i * batch.steps..]);
            losses[row] = loss(steps.fold(0.0, |h, (&id, &m)| if m == 1 { step(h, id) } else { h }), batch.labels[i]);
        }
    }
    losses
}

#[test]
fn padded_bucketed_and_packed_give_the_same_loss_of_each_sequence() {
    let config = BatchConfig { shuffle: Some(9), ..Default::default() };
    let padded = batches(config.clone());
    let expected = masked_losses(&padded);
    assert!(expected.iter().all(|loss| loss.is_finite()));
    assert_eq!(masked_losses(&batches(BatchConfig { bucket_boundaries: vec![8, 16], ..config.clone() })), expected);
    for padding in [PaddingSide::Left, PaddingSide::Right] {
        let mut packed_losses = vec![f64::NAN; padded.rows()];
        for batch in batches(BatchConfig { padding, ..config.clone() }).epoch(1) {
            let packed = batch.pack();
            assert_eq!(packed.data.len(), batch.lengths.iter().sum::<usize>());
            assert_eq!(packed.lengths(), batch.lengths);
            let mut h = vec![0.0; batch.len()];
            let mut data = packed.data.iter();
            for &running in &packed.batch_sizes {
                packed.sorted_indices[..running]
                    .iter()
                    .zip(data.by_ref())
                    .for_each(|(&row, &id)| h[row] = step(h[row], id));
            }
            batch.rows.iter().enumerate().for_each(|(i, &row)| packed_losses[row] = loss(h[i], batch.labels[i]));
        }
        assert_eq!(packed_losses, expected);
    }
}

#[test]
fn an_empty_sequence_becomes_one_unknown_token_and_is_counted() {
    let batches = Batches::new(vec![vec![], vec![5, 6]], vec![0, 1], BatchConfig::default()).unwrap();
    assert_eq!(batches.empty_sequences(), 1);
    assert_eq!(batches.epoch(0).next().unwrap().ids, [1, 0, 5, 6]);
}

#[test]
fn what_makes_no_sense_is_refused() {
    let (ids, labels) = sequences(5);
    let refused = |ids: &[Vec<u32>], labels: &[u32], config| {
        Batches::new(ids.to_vec(), labels.to_vec(), config).unwrap_err().to_string()
    };
    assert_eq!(refused(&[], &[], BatchConfig::default()), "Batches::new: expected at least one sequence, got none");
    assert_eq!(
        refused(&ids, &labels[1..], BatchConfig::default()),
        "Batches::new: expected 5 labels, one for each sequence, got 4"
    );
    assert_eq!(
        refused(&ids, &labels, BatchConfig { batch_size: 0, ..Default::default() }),
        "Batches::new: expected a batch_size of 1 or more, got 0"
    );
    let unsorted = BatchConfig { bucket_boundaries: vec![5, 5], ..Default::default() };
    assert_eq!(refused(&ids, &labels, unsorted), "Batches::new: expected bucket_boundaries that rise, got [5, 5]");
}

#[test]
fn lengths_that_do_not_fit_are_not_packed() {
    let refused = |steps, lengths: &[usize]| {
        let packed = PackedSequence::pack(&[1, 2, 3, 4, 0, 0], steps, lengths);
        packed.unwrap_err().to_string()
    };
    assert_eq!(
        refused(3, &[3]),
        "PackedSequence::pack: expected 1 rows of 3 values, one row for each length, got 6 values"
    );
    assert_eq!(
        refused(3, &[3, 4]),
        "PackedSequence::pack: expected lengths of at most 3, the number of steps, got 4 for row 1"
    );
}
