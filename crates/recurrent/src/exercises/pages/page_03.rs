//! Page 3: sequences of different length.

use super::{Exercise, Task, Value, different, numbers, solution};
use crate::prelude::Result;
use rand_chacha::ChaCha8Rng;
use std::cmp::Reverse;

/// Whole numbers from 1 to 10.
fn counts(rng: &mut ChaCha8Rng, count: usize) -> Vec<f64> {
    numbers(rng, count).into_iter().map(|number| 1.0 + (number.abs() * 9.0).round()).collect()
}

/// Words, and the places of the whole batch.
fn words_and_places(lengths: &[usize]) -> (f64, f64) {
    let longest = lengths.iter().copied().max().unwrap_or(0);
    (lengths.iter().sum::<usize>() as f64, (longest * lengths.len()) as f64)
}

/// The ids of rows in this order, step by step, and how many rows run in each step.
fn step_by_step(rows: &[Vec<usize>]) -> (Vec<usize>, Vec<usize>) {
    let steps = rows.iter().map(Vec::len).max().unwrap_or(0);
    let columns: Vec<Vec<usize>> =
        (0..steps).map(|t| rows.iter().filter_map(|row| row.get(t).copied()).collect()).collect();
    (columns.concat(), columns.iter().map(Vec::len).collect())
}

fn longest_first(mut rows: Vec<Vec<usize>>) -> Vec<Vec<usize>> {
    rows.sort_by_key(|row| Reverse(row.len()));
    rows
}

pub(super) fn exercises() -> Vec<Exercise> {
    vec![
        Exercise {
            id: "03.1",
            title: "the share of padding in a batch",
            hints: &[
                "The batch has as many columns as its longest row has ids: `lengths.iter().copied().max().unwrap_or(0)`.",
                "It has B · T places. The lengths add up to the places with a word.",
                "`Ok(1.0 - words as f64 / places as f64)`",
            ],
            why: "One long row makes all others longer: the share depends on which rows meet in a batch. That is what \
                  buckets change.",
            task: Task::Code(
                solution!("03_1", share_of_pads, |rng| vec![Value::List(counts(rng, 4))])
                    .mistake(
                        "That is the share of the words. The pads are the rest.",
                        |lengths: Vec<usize>| -> Result<f64> {
                            let (words, places) = words_and_places(&lengths);
                            Ok(words / places)
                        },
                    )
                    .mistake(
                        "That is the number of pads for each word. Divide by all places, B · T.",
                        |lengths: Vec<usize>| -> Result<f64> {
                            let (words, places) = words_and_places(&lengths);
                            Ok((places - words) / words)
                        },
                    )
                    .mistake(
                        "That is the number of pads. Divide it by the number of all places, B · T.",
                        |lengths: Vec<usize>| -> Result<f64> {
                            let (words, places) = words_and_places(&lengths);
                            Ok(places - words)
                        },
                    ),
            ),
        },
        Exercise {
            id: "03.2",
            title: "two states after twenty pads",
            hints: &[
                "The layer does not know that a pad is no word: it computes a step.",
                "Both rows get the same x and the same b again and again. Only h differs, and each step shrinks the \
                 difference.",
            ],
            why: "With these weights the pads draw every state to one point, the one that a step maps to itself. What \
                  the text was is lost.",
            task: Task::Choice {
                right: "c",
                wrong: &[
                    (
                        "a",
                        "The layer does not know padding. A pad has a vector like any word, and a step is computed \
                         with it.",
                    ),
                    (
                        "b",
                        "For the state zero the sum in the tanh is that of the pad and the bias, and here it is not \
                         zero: so zero does not stay zero.",
                    ),
                ],
            },
        },
        Exercise {
            id: "03.3",
            title: "a state with a mask",
            hints: &[
                "At each step first compute the proposed state, as without a mask.",
                "Then choose: where m is 1 the proposed state, where m is 0 the state so far.",
                "`h = m * proposed + (1.0 - m) * h;`",
            ],
            why: "The mask may be 0 anywhere: behind the text, before it, or within. The state waits until the next \
                  word.",
            task: Task::Code(
                solution!("03_3", masked_state, |rng| {
                    let mask = |number: f64| if number > -0.3 { 1.0 } else { 0.0 };
                    let (x, m) = (numbers(rng, 6), numbers(rng, 6).into_iter().map(mask).collect());
                    let weights = numbers(rng, 3);
                    vec![
                        Value::List(x),
                        Value::List(m),
                        Value::Number(weights[0]),
                        Value::Number(weights[1]),
                        Value::Number(weights[2]),
                    ]
                })
                .mistake(
                    "The pads are read like words: the mask has no effect.",
                    |x: Vec<f64>, _m: Vec<f64>, w_ih: f64, w_hh: f64, b: f64| -> Result<f64> {
                        Ok(x.iter().fold(0.0, |h: f64, x| (w_ih * x + b + w_hh * h).tanh()))
                    },
                )
                .mistake(
                    "On a pad the state becomes zero. It must stay as it was: add (1 − m) · h.",
                    |x: Vec<f64>, m: Vec<f64>, w_ih: f64, w_hh: f64, b: f64| -> Result<f64> {
                        Ok(x.iter().zip(&m).fold(0.0, |h: f64, (x, m)| m * (w_ih * x + b + w_hh * h).tanh()))
                    },
                )
                .mistake(
                    "The mask is turned round: 1 is a word, 0 is a pad.",
                    |x: Vec<f64>, m: Vec<f64>, w_ih: f64, w_hh: f64, b: f64| -> Result<f64> {
                        let step = |h: f64, x: f64| (w_ih * x + b + w_hh * h).tanh();
                        Ok(x.iter().zip(&m).fold(0.0, |h: f64, (x, m)| (1.0 - *m) * step(h, *x) + *m * h))
                    },
                )
                .mistake(
                    "The reading stops at the first pad. After it there may be words: the mask decides at each step.",
                    |x: Vec<f64>, m: Vec<f64>, w_ih: f64, w_hh: f64, b: f64| -> Result<f64> {
                        let words = x.iter().zip(&m).take_while(|(_, m)| **m > 0.5);
                        Ok(words.fold(0.0, |h: f64, (x, _)| (w_ih * x + b + w_hh * h).tanh()))
                    },
                ),
            ),
        },
        Exercise {
            id: "03.4",
            title: "pack a batch",
            hints: &[
                "The longest row stands first. Then read column by column.",
                "`rows.sort_by_key(|row| std::cmp::Reverse(row.len()));` sorts. Step t takes number t of each row \
                 that has one.",
                "`rows.iter().filter_map(|row| row.get(t).copied())` are the ids of step t; their number is the batch \
                 size.",
            ],
            why: "This is what `pack_padded_sequence` stores: a layer computes one small batch for each step, and no \
                  pad.",
            task: Task::Code(
                solution!("03_4", pack_rows, |rng| {
                    let lengths = different(rng, 4);
                    vec![Value::Table(lengths.into_iter().map(|length| counts(rng, length)).collect())]
                })
                .mistake(
                    "The loop ends with the row that came first. There are as many steps as the longest row has ids.",
                    |rows: Vec<Vec<usize>>| -> Result<(Vec<usize>, Vec<usize>)> {
                        let steps = rows[0].len();
                        let cut = longest_first(rows).into_iter().map(|row| row.into_iter().take(steps).collect());
                        Ok(step_by_step(&cut.collect::<Vec<_>>()))
                    },
                )
                .mistake(
                    "The ids stand row by row. A layer computes all rows at once, so store them step by step.",
                    |rows: Vec<Vec<usize>>| -> Result<(Vec<usize>, Vec<usize>)> {
                        let rows = longest_first(rows);
                        Ok((rows.concat(), step_by_step(&rows).1))
                    },
                )
                .mistake(
                    "The rows stand in the order in which they came. Sort them first, the longest one at the top.",
                    |rows: Vec<Vec<usize>>| -> Result<(Vec<usize>, Vec<usize>)> { Ok(step_by_step(&rows)) },
                )
                .mistake(
                    "The shortest row stands first. The longest does, so that the rows that still run are the upper \
                     ones.",
                    |mut rows: Vec<Vec<usize>>| -> Result<(Vec<usize>, Vec<usize>)> {
                        rows.sort_by_key(Vec::len);
                        Ok(step_by_step(&rows))
                    },
                )
                .mistake(
                    "The second list holds the lengths of the rows. Asked is for how many rows still run at each step.",
                    |rows: Vec<Vec<usize>>| -> Result<(Vec<usize>, Vec<usize>)> {
                        let rows = longest_first(rows);
                        Ok((step_by_step(&rows).0, rows.iter().map(Vec::len).collect()))
                    },
                ),
            ),
        },
        Exercise {
            id: "03.5",
            title: "why buckets help without a mask",
            hints: &[
                "Neither network has a mask: each reads all pads that it is given.",
                "Compare how many pads follow the last word of a text in the two batchings.",
            ],
            why: "Fewer pads stand between the last word and the linear layer, so more of the text is left in the \
                  state. A mask does it fully.",
            task: Task::Choice {
                right: "a",
                wrong: &[
                    ("b", "The layer is the same and gets no lengths: it computes a step on each pad that is there."),
                    (
                        "c",
                        "All rows are in some bucket, the long ones too: see the figure of section 5, where the \
                         number of words is the same.",
                    ),
                ],
            },
        },
    ]
}
