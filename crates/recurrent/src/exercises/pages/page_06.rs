//! Page 6: both directions, and layers on layers.

use super::{Exercise, Task, Value, numbers, solution};
use crate::prelude::Result;
use rand_chacha::ChaCha8Rng;

fn rows(rng: &mut ChaCha8Rng, count: usize, width: usize) -> Value {
    Value::Table((0..count).map(|_| numbers(rng, width)).collect())
}

/// The halves of the first and of the last row: forwards and backwards of each.
fn halves(output: &[Vec<f64>]) -> [&[f64]; 4] {
    let half = output[0].len() / 2;
    let (first, last) = (&output[0], &output[output.len() - 1]);
    [&first[..half], &first[half..], &last[..half], &last[half..]]
}

/// Rows of two tables side by side.
fn beside<'a>(left: impl Iterator<Item = &'a Vec<f64>>, right: impl Iterator<Item = &'a Vec<f64>>) -> Vec<Vec<f64>> {
    left.zip(right).map(|(left, right)| [left.clone(), right.clone()].concat()).collect()
}

/// The mean, the sum of the squared distances from it, and the number of runs.
fn spread(accuracies: &[f64]) -> (f64, f64, f64) {
    let runs = accuracies.len() as f64;
    let mean = accuracies.iter().sum::<f64>() / runs;
    (mean, accuracies.iter().map(|one| (one - mean) * (one - mean)).sum(), runs)
}

pub(super) fn exercises() -> Vec<Exercise> {
    vec![
        Exercise {
            id: "06.1",
            title: "both directions side by side",
            hints: &[
                "The first row of `backwards` is the state after the last word.",
                "Turn `backwards` round, and then put row beside row: forwards first.",
                "`forwards.iter().zip(backwards.iter().rev())` gives the pairs; `[a.clone(), b.clone()].concat()` \
                 joins two.",
            ],
            why: "With `go_backwards=True` a Keras layer gives its states in the order in which it read; \
                  `Bidirectional` turns them round, as you did. Without that, a word would get a state of another \
                  word.",
            task: Task::Code(
                solution!("06_1", side_by_side, |rng| vec![rows(rng, 4, 2), rows(rng, 4, 2)])
                    .mistake(
                        "The backward states stand in the order of reading: row 0 is the state after the last word. \
                         Turn them round first.",
                        |forwards: Vec<Vec<f64>>, backwards: Vec<Vec<f64>>| -> Result<Vec<Vec<f64>>> {
                            Ok(beside(forwards.iter(), backwards.iter()))
                        },
                    )
                    .mistake(
                        "The halves are swapped: forwards comes first.",
                        |forwards: Vec<Vec<f64>>, backwards: Vec<Vec<f64>>| -> Result<Vec<Vec<f64>>> {
                            Ok(beside(backwards.iter().rev(), forwards.iter()))
                        },
                    )
                    .mistake(
                        "The forward states are turned round. They stand in the order of the words already; the \
                         backward ones do not.",
                        |forwards: Vec<Vec<f64>>, backwards: Vec<Vec<f64>>| -> Result<Vec<Vec<f64>>> {
                            Ok(beside(forwards.iter().rev(), backwards.iter()))
                        },
                    )
                    .mistake(
                        "The states are added. Side by side means that a word has 2H numbers.",
                        |forwards: Vec<Vec<f64>>, backwards: Vec<Vec<f64>>| -> Result<Vec<Vec<f64>>> {
                            let pairs = forwards.iter().zip(backwards.iter().rev());
                            Ok(pairs.map(|(a, b)| a.iter().zip(b).map(|(a, b)| a + b).collect()).collect())
                        },
                    ),
            ),
        },
        Exercise {
            id: "06.2",
            title: "the final state of each direction",
            hints: &[
                "Where has each direction read everything?",
                "Forwards that is the last row, backwards the first row.",
                "`[&last[..half], &first[half..]].concat()`, with `half` as the length of a row divided by 2.",
            ],
            why: "Who takes the last row of `output` gets a backward half that has read one word only: the last. Half \
                  of what the classifier reads would be almost blind.",
            task: Task::Code(
                solution!("06_2", final_states, |rng| vec![rows(rng, 4, 6)])
                    .mistake(
                        "That is the last row. Its backward half has read the last word only.",
                        |output: Vec<Vec<f64>>| -> Result<Vec<f64>> {
                            let [_, _, there, back] = halves(&output);
                            Ok([there, back].concat())
                        },
                    )
                    .mistake(
                        "That is the first row. Its forward half has read the first word only.",
                        |output: Vec<Vec<f64>>| -> Result<Vec<f64>> {
                            let [there, back, _, _] = halves(&output);
                            Ok([there, back].concat())
                        },
                    )
                    .mistake(
                        "These are the states after one word each. Forwards ends at the last word.",
                        |output: Vec<Vec<f64>>| -> Result<Vec<f64>> {
                            let [there, _, _, back] = halves(&output);
                            Ok([there, back].concat())
                        },
                    )
                    .mistake(
                        "The halves are swapped: forwards comes first.",
                        |output: Vec<Vec<f64>>| -> Result<Vec<f64>> {
                            let [_, back, there, _] = halves(&output);
                            Ok([back, there].concat())
                        },
                    ),
            ),
        },
        Exercise {
            id: "06.3",
            title: "which states notice the last word",
            hints: &[
                "A state can only depend on what was read before it, or with it.",
                "Backwards, the last word is read first.",
            ],
            why: "A state knows what its own direction has read. Side by side, the two know the whole text at every \
                  word.",
            task: Task::Choice {
                right: "b",
                wrong: &[
                    ("a", "Forwards, the first three states are made before the last word is read."),
                    ("c", "It is the other way round: backwards, the last word is read first."),
                ],
            },
        },
        Exercise {
            id: "06.4",
            title: "what a masked backward layer reads",
            hints: &[
                "The layer begins at the text's own last word, not at the end of the row.",
                "Only the first `length` numbers are turned round.",
                "`order[..length].reverse()` turns the beginning of a list round; the list must be `mut`.",
            ],
            why: "Without the length, the backward layer would read all pads before the first word, and each text \
                  would begin with another state.",
            task: Task::Code(
                solution!("06_4", backward_order, |rng| {
                    let length = (3.0 + 3.9 * numbers(rng, 1)[0].abs()).floor(); // 3 to 6 words of 7
                    let words = numbers(rng, length as usize);
                    let mut ids: Vec<f64> = words.into_iter().map(|word| (100.0 * word.abs()).round() + 2.0).collect();
                    ids.resize(7, 0.0);
                    vec![Value::List(ids), Value::Number(length)]
                })
                .mistake(
                    "The whole row is turned round: the layer would begin with the pads. Turn the words round only.",
                    |ids: Vec<usize>, _length: usize| -> Result<Vec<usize>> { Ok(ids.into_iter().rev().collect()) },
                )
                .mistake(
                    "The pads are gone. In a batch all rows are equally long: they stay behind the words.",
                    |ids: Vec<usize>, length: usize| -> Result<Vec<usize>> {
                        Ok(ids.into_iter().take(length).rev().collect())
                    },
                )
                .mistake(
                    "Nothing is turned round: this is the order of the forward layer.",
                    |ids: Vec<usize>, _length: usize| -> Result<Vec<usize>> { Ok(ids) },
                ),
            ),
        },
        Exercise {
            id: "06.5",
            title: "the parameters of an upper layer",
            hints: &[
                "What does the upper layer read at each word? Both states of the lower one, side by side.",
                "One direction has 4 · (H · I + H · H + H) numbers, with I = 2H.",
            ],
            why: "2 · 4 · (20 · 40 + 20 · 20 + 20) = 9,760. The size of the word vectors plays no part in an upper \
                  layer: it reads 2H numbers.",
            task: Task::Number {
                right: 9_760.0,
                wrong: &[
                    (4_880.0, "This is one direction. The other one has as many weights of its own."),
                    (6_560.0, "The upper layer reads both states of the lower one: 40 numbers, not 20."),
                    (11_360.0, "The upper layer does not read the word vectors, but the states of the lower layer."),
                    (9_920.0, "PyTorch has two biases for each gate; asked is for one, as in Keras and here."),
                    (9_608.0, "A bias has a number for each unit: 20, not 1."),
                    (2_440.0, "An LSTM has four blocks: i, f, g and o."),
                ],
            },
        },
        Exercise {
            id: "06.6",
            title: "mean and standard deviation of a few runs",
            hints: &[
                "The deviation begins with the distances from the mean. They are squared and added up.",
                "Divide the sum of the squares by one less than the number of runs, and take the root.",
                "`(squares / (runs - 1.0)).sqrt()`",
            ],
            why: "A few runs lie nearer to their own mean than to the true one, so the division by n alone would make \
                  the spread look smaller than it is: with three runs by almost a fifth.",
            task: Task::Code(
                solution!("06_6", mean_and_deviation, |rng| {
                    vec![Value::List(numbers(rng, 3).into_iter().map(|number| 0.5 + 0.4 * number).collect())]
                })
                .mistake(
                    "The sum of the squares is divided by n. With few runs divide by n − 1.",
                    |accuracies: Vec<f64>| -> Result<(f64, f64)> {
                        let (mean, squares, runs) = spread(&accuracies);
                        Ok((mean, (squares / runs).sqrt()))
                    },
                )
                .mistake("That is the variance: the root is missing.", |accuracies: Vec<f64>| -> Result<(f64, f64)> {
                    let (mean, squares, runs) = spread(&accuracies);
                    Ok((mean, squares / (runs - 1.0)))
                })
                .mistake(
                    "That is the standard error of the mean: the deviation divided by √n. Asked is for the deviation.",
                    |accuracies: Vec<f64>| -> Result<(f64, f64)> {
                        let (mean, squares, runs) = spread(&accuracies);
                        Ok((mean, (squares / (runs - 1.0) / runs).sqrt()))
                    },
                )
                .mistake(
                    "The two are swapped: the mean comes first.",
                    |accuracies: Vec<f64>| -> Result<(f64, f64)> {
                        let (mean, squares, runs) = spread(&accuracies);
                        Ok(((squares / (runs - 1.0)).sqrt(), mean))
                    },
                ),
            ),
        },
    ]
}
