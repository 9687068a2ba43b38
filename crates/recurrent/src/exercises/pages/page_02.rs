//! Page 2: a simple RNN on real news.

use super::{Exercise, Task, Value, different, numbers, solution};
use crate::prelude::Result;
use rand_chacha::ChaCha8Rng;

/// Ids of words: whole numbers from `low` to `high`.
fn ids(rng: &mut ChaCha8Rng, count: usize, low: f64, high: f64) -> Vec<f64> {
    numbers(rng, count).into_iter().map(|number| low + (number.abs() * (high - low)).round()).collect()
}

fn softmax_of(scores: &[f64]) -> Vec<f64> {
    let sum: f64 = scores.iter().map(|score| score.exp()).sum();
    scores.iter().map(|score| score.exp() / sum).collect()
}

pub(super) fn exercises() -> Vec<Exercise> {
    vec![
        Exercise {
            id: "02.1",
            title: "fill up a batch",
            hints: &[
                "First find the length of the longest row.",
                "`row.resize(longest, 0)` makes a row that long and fills it up with 0.",
            ],
            why: "This is all that a loader does to make a batch a rectangle. What the zeros do to the state, page 3 \
                  shows.",
            task: Task::Code(
                solution!("02_1", fill_up, |rng| {
                    let lengths = different(rng, 3);
                    vec![Value::Table(lengths.into_iter().map(|length| ids(rng, length, 2.0, 20.0)).collect())]
                })
                .mistake(
                    "The zeros stand on the left. This lesson fills up on the right; Keras' `pad_sequences` on the \
                     left.",
                    |rows: Vec<Vec<usize>>| -> Result<Vec<Vec<usize>>> {
                        let longest = rows.iter().map(Vec::len).max().unwrap_or(0);
                        Ok(rows.iter().map(|row| [vec![0; longest - row.len()], row.clone()].concat()).collect())
                    },
                )
                .mistake(
                    "1 is a word that is not in the vocabulary. Padding is 0.",
                    |mut rows: Vec<Vec<usize>>| -> Result<Vec<Vec<usize>>> {
                        let longest = rows.iter().map(Vec::len).max().unwrap_or(0);
                        rows.iter_mut().for_each(|row| row.resize(longest, 1));
                        Ok(rows)
                    },
                )
                .mistake(
                    "All rows are cut to the shortest one. Words are lost so; fill up to the longest instead.",
                    |mut rows: Vec<Vec<usize>>| -> Result<Vec<Vec<usize>>> {
                        let shortest = rows.iter().map(Vec::len).min().unwrap_or(0);
                        rows.iter_mut().for_each(|row| row.truncate(shortest));
                        Ok(rows)
                    },
                ),
            ),
        },
        Exercise {
            id: "02.2",
            title: "an embedding as one-hot times a matrix",
            hints: &[
                "The one-hot row of an id has a number for each row of the table: 1 at place id, 0 elsewhere.",
                "Number e of the product is the sum over all rows of `one_hot[row] * table[row][e]`.",
                "All products but one are 0, so the result of an id is `table[id].clone()`.",
            ],
            why: "All products but one are zero, so the result is row `id` of the table. An embedding takes this row \
                  without multiplying: the same numbers, and only this row gets a gradient.",
            task: Task::Code(
                solution!("02_2", embed, |rng| {
                    let table = (0..5).map(|_| numbers(rng, 2)).collect();
                    vec![Value::List(ids(rng, 3, 0.0, 4.0)), Value::Table(table)]
                })
                .mistake(
                    "The ids are counted from 1. They begin at 0: id 0 belongs to the first row.",
                    |ids: Vec<usize>, table: Vec<Vec<f64>>| -> Result<Vec<Vec<f64>>> {
                        Ok(ids.iter().map(|id| table[id.saturating_sub(1)].clone()).collect())
                    },
                )
                .mistake(
                    "The result is transposed: it has a row for each id, (T, E).",
                    |ids: Vec<usize>, table: Vec<Vec<f64>>| -> Result<Vec<Vec<f64>>> {
                        let column = |e: usize| ids.iter().map(|&id| table[id][e]).collect::<Vec<f64>>();
                        Ok((0..table[0].len()).map(column).collect())
                    },
                )
                .mistake(
                    "The vectors of all words are added: that is a bag of words. Keep a vector for each word.",
                    |ids: Vec<usize>, table: Vec<Vec<f64>>| -> Result<Vec<Vec<f64>>> {
                        let sum = |e: usize| ids.iter().map(|&id| table[id][e]).sum::<f64>();
                        Ok(vec![(0..table[0].len()).map(sum).collect()])
                    },
                )
                .mistake(
                    "At place id stands a 1, not the id itself.",
                    |ids: Vec<usize>, table: Vec<Vec<f64>>| -> Result<Vec<Vec<f64>>> {
                        let times = |id: usize| table[id].iter().map(|number| id as f64 * number).collect::<Vec<f64>>();
                        Ok(ids.iter().map(|&id| times(id)).collect())
                    },
                ),
            ),
        },
        Exercise {
            id: "02.3",
            title: "the weights of a layer that reads letters",
            hints: &[
                "W_ih is H × E, W_hh is H × H, b has H numbers. Here E is 26 and H is 32.",
                "32 · 26 + 32 · 32 + 32",
            ],
            why: "832 + 1,024 + 32 = 1,888. W_ih is the table of the letters: its column 2 is what a c brings into \
                  the state.",
            task: Task::Number {
                right: 1_888.0,
                wrong: &[
                    (1_856.0, "The bias is missing: one number for each unit."),
                    (1_920.0, "PyTorch has two biases; this layer, like Keras', has one."),
                    (864.0, "W_hh is missing: each unit also reads the 32 numbers of the state."),
                    (1_056.0, "W_ih is missing: each unit reads the 26 numbers of a letter."),
                ],
            },
        },
        Exercise {
            id: "02.4",
            title: "the loss of one row, from its scores",
            hints: &[
                "Softmax first: the probability of a class is e to its score, divided by the sum of these over all \
                 classes.",
                "Then the negative logarithm of one of the probabilities: that of the right class.",
                "`let sum: f64 = scores.iter().map(|score| score.exp()).sum();`, and p is `scores[label].exp() / sum`.",
            ],
            why: "The trainer computes softmax and loss together. So `forward` must return plain scores: with a \
                  softmax in `forward` there would be two.",
            task: Task::Code(
                solution!("02_4", cross_entropy, |rng| {
                    let scores = numbers(rng, 4).into_iter().map(|number| 3.0 * number).collect();
                    vec![Value::List(scores), Value::Number(ids(rng, 1, 0.0, 3.0)[0])]
                })
                .mistake(
                    "There are two softmaxes, one after the other. The loss then never comes near 0.",
                    |scores: Vec<f64>, label: usize| -> Result<f64> {
                        Ok(-softmax_of(&softmax_of(&scores))[label].ln())
                    },
                )
                .mistake(
                    "The minus is missing: the logarithm of a probability is negative, and a loss is not.",
                    |scores: Vec<f64>, label: usize| -> Result<f64> { Ok(softmax_of(&scores)[label].ln()) },
                )
                .mistake(
                    "That is the probability of the class that the network chose. The loss takes that of the right \
                     class.",
                    |scores: Vec<f64>, _label: usize| -> Result<f64> {
                        Ok(-softmax_of(&scores).into_iter().fold(0.0_f64, f64::max).ln())
                    },
                )
                .mistake(
                    "That is the probability itself. The loss is its negative logarithm.",
                    |scores: Vec<f64>, label: usize| -> Result<f64> { Ok(softmax_of(&scores)[label]) },
                )
                .mistake(
                    "Without the softmax a score is no probability: also subtract the score from the logarithm of the \
                     sum.",
                    |scores: Vec<f64>, label: usize| -> Result<f64> { Ok(-scores[label]) },
                ),
            ),
        },
        Exercise {
            id: "02.5",
            title: "the stairs of the training curve",
            hints: &[
                "The loss of a batch is measured before the network learns from it. What is new in epoch 2 about \
                 these rows?",
                "The validation accuracy makes no such step up. So the step is about the training rows only.",
            ],
            why: "A step between two epochs is a sign of learning by heart: the network remembers single rows. What \
                  it learned about news in general does not come in steps.",
            task: Task::Choice {
                right: "b",
                wrong: &[
                    ("a", "The learning rate is the same all the time here: no schedule was set."),
                    (
                        "c",
                        "Nothing is learned from the validation rows. They are only measured, after the epoch's last \
                         batch.",
                    ),
                ],
            },
        },
    ]
}
