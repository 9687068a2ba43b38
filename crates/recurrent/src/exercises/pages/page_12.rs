//! Page 12: after 2015.

use super::{Exercise, Task, Value, numbers, solution};
use crate::prelude::Result;
use rand::Rng;
use rand_chacha::ChaCha8Rng;

/// Gates before their sigmoid, candidates, and the state before: three numbers each.
fn gate_candidate_state(rng: &mut ChaCha8Rng) -> Vec<Value> {
    let gate = numbers(rng, 3).into_iter().map(|number| 2.0 * number + 0.3).collect();
    vec![Value::List(gate), Value::List(numbers(rng, 3)), Value::List(numbers(rng, 3))]
}

/// Two steps `[a, b]`, with a between 0 and 1.
fn two_steps(rng: &mut ChaCha8Rng) -> Vec<Value> {
    let mut step = || Value::List(vec![f64::from(rng.random_range(1..10u32)) / 10.0, numbers(rng, 1)[0]]);
    vec![step(), step()]
}

fn steps(rng: &mut ChaCha8Rng) -> Vec<Value> {
    vec![Value::Number(f64::from(rng.random_range(3..7u32)))]
}

/// A query and four keys of three to six numbers.
fn query_and_keys(rng: &mut ChaCha8Rng) -> Vec<Value> {
    let size = rng.random_range(3..7usize);
    let query = numbers(rng, size).into_iter().map(|number| 3.0 * number).collect();
    let keys = (0..4).map(|_| numbers(rng, size)).collect();
    vec![Value::List(query), Value::Table(keys)]
}

/// Five numbers, the first well away from the others.
fn five_numbers(rng: &mut ChaCha8Rng) -> Vec<Value> {
    let mut list: Vec<f64> = numbers(rng, 5).into_iter().map(|number| 3.0 * number + 1.0).collect();
    list[0] += 6.0;
    vec![Value::List(list)]
}

fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

/// For each unit what `step` makes of its gate, its candidate and its state before.
fn unit_by_unit(
    gate: &[f64],
    candidate: &[f64],
    before: &[f64],
    step: impl Fn(f64, f64, f64) -> f64,
) -> Result<Vec<f64>> {
    let units = gate.iter().zip(candidate).zip(before);
    Ok(units.map(|((gate, candidate), before)| step(*gate, *candidate, *before)).collect())
}

/// A table of 0 and 1: `look` says whether step t may look at step j.
fn table(steps: usize, look: impl Fn(usize, usize) -> bool) -> Result<Vec<Vec<usize>>> {
    let row = |t: usize| (0..steps).map(|j| usize::from(look(t, j))).collect();
    Ok((0..steps).map(row).collect())
}

/// The softmax of the dot products of a query with some keys, each divided by a number.
fn softmax_of_dots(query: &[f64], keys: &[Vec<f64>], divisor: f64) -> Vec<f64> {
    let dot = |key: &Vec<f64>| query.iter().zip(key).map(|(q, k)| q * k).sum::<f64>();
    let exp: Vec<f64> = keys.iter().map(|key| (dot(key) / divisor).exp()).collect();
    let sum: f64 = exp.iter().sum();
    exp.into_iter().map(|exp| exp / sum).collect()
}

fn mean_and_squares(x: &[f64]) -> (f64, f64) {
    let mean = x.iter().sum::<f64>() / x.len() as f64;
    (mean, x.iter().map(|x| (x - mean).powi(2)).sum())
}

pub(super) fn exercises() -> Vec<Exercise> {
    vec![
        Exercise {
            id: "12.1",
            title: "one step of a minGRU",
            hints: &[
                "First the gate: z is the sigmoid of `gate`, 1 / (1 + e^(−gate)).",
                "A share z of the candidate comes in, a share 1 − z of the old state stays.",
                "`(1.0 - z) * before + z * candidate`, unit by unit",
            ],
            why: "Neither z nor the candidate reads the state before. So both are known for all steps at once, and what \
                  is left to be done in order is one product and one sum.",
            task: Task::Code(
                solution!("12_1", min_gru_step, gate_candidate_state)
                    .mistake(
                        "The two shares are swapped: here z opens for the candidate, and 1 − z of the old state stays. \
                         (In the GRU of page 5 it is the other way round.)",
                        |gate: Vec<f64>, candidate: Vec<f64>, before: Vec<f64>| -> Result<Vec<f64>> {
                            unit_by_unit(&gate, &candidate, &before, |gate, candidate, before| {
                                let z = sigmoid(gate);
                                z * before + (1.0 - z) * candidate
                            })
                        },
                    )
                    .mistake(
                        "The sigmoid is missing: `gate` stands before it.",
                        |gate: Vec<f64>, candidate: Vec<f64>, before: Vec<f64>| -> Result<Vec<f64>> {
                            unit_by_unit(&gate, &candidate, &before, |z, candidate, before| {
                                (1.0 - z) * before + z * candidate
                            })
                        },
                    )
                    .mistake(
                        "A tanh of the candidate is that of the GRU. The minGRU has none.",
                        |gate: Vec<f64>, candidate: Vec<f64>, before: Vec<f64>| -> Result<Vec<f64>> {
                            unit_by_unit(&gate, &candidate, &before, |gate, candidate, before| {
                                let z = sigmoid(gate);
                                (1.0 - z) * before + z * candidate.tanh()
                            })
                        },
                    )
                    .mistake(
                        "The whole old state stays. Only a share 1 − z of it may.",
                        |gate: Vec<f64>, candidate: Vec<f64>, before: Vec<f64>| -> Result<Vec<f64>> {
                            unit_by_unit(&gate, &candidate, &before, |gate, candidate, before| {
                                before + sigmoid(gate) * candidate
                            })
                        },
                    ),
            ),
        },
        Exercise {
            id: "12.2",
            title: "two steps of a scan as one",
            hints: &[
                "The first step makes `first[0] * h + first[1]` of h. The second step reads this.",
                "second[0] · (first[0] · h + first[1]) + second[1]: multiply it out.",
                "a is what stands beside h; b is the rest, `second[0] * first[1] + second[1]`.",
            ],
            why: "Two steps are a step of the same form, and it does not matter which neighbours are combined first. \
                  This is all that a parallel scan needs.",
            task: Task::Code(
                solution!("12_2", combine, two_steps)
                    .mistake(
                        "The order is swapped: the step `first` comes first, so its b is multiplied by the a of the \
                         second.",
                        |first: Vec<f64>, second: Vec<f64>| -> Result<Vec<f64>> {
                            Ok(vec![first[0] * second[0], first[0] * second[1] + first[1]])
                        },
                    )
                    .mistake(
                        "The b of the first step goes through the second step too: it is multiplied by the second a.",
                        |first: Vec<f64>, second: Vec<f64>| -> Result<Vec<f64>> {
                            Ok(vec![first[0] * second[0], first[1] + second[1]])
                        },
                    )
                    .mistake(
                        "Two factors that follow each other are multiplied, not added.",
                        |first: Vec<f64>, second: Vec<f64>| -> Result<Vec<f64>> {
                            Ok(vec![first[0] + second[0], second[0] * first[1] + second[1]])
                        },
                    )
                    .mistake(
                        "The b of the second step is missing.",
                        |first: Vec<f64>, second: Vec<f64>| -> Result<Vec<f64>> {
                            Ok(vec![first[0] * second[0], second[0] * first[1]])
                        },
                    ),
            ),
        },
        Exercise {
            id: "12.3",
            title: "a causal mask",
            hints: &[
                "Row 0 is the first step: it may look at itself alone.",
                "Row t, column j is 1 where j is not later than t.",
                "`usize::from(j <= t)` is 1 or 0.",
            ],
            why: "In training all steps are computed at once, and the right answers stand in the input, one step \
                  further. Without the mask the network would read them there.",
            task: Task::Code(
                solution!("12_3", may_look, steps)
                    .mistake(
                        "Rows and columns are swapped: so the first step looks at all later ones. Row t is the step \
                         that looks.",
                        |steps: usize| -> Result<Vec<Vec<usize>>> { table(steps, |t, j| j >= t) },
                    )
                    .mistake(
                        "A step may look at itself, too. (The first one would have nothing to look at.)",
                        |steps: usize| -> Result<Vec<Vec<usize>>> { table(steps, |t, j| j < t) },
                    )
                    .mistake(
                        "Each step looks at itself only. It may also look at all before it.",
                        |steps: usize| -> Result<Vec<Vec<usize>>> { table(steps, |t, j| j == t) },
                    )
                    .mistake("All steps look at all, also at later ones.", |steps: usize| -> Result<Vec<Vec<usize>>> {
                        table(steps, |_, _| true)
                    })
                    .mistake(
                        "0 and 1 are swapped: 1 is where a step may look.",
                        |steps: usize| -> Result<Vec<Vec<usize>>> { table(steps, |t, j| j > t) },
                    ),
            ),
        },
        Exercise {
            id: "12.4",
            title: "scaled dot-product weights",
            hints: &[
                "The score of a key: multiply query and key number by number and add; divide by √D.",
                "The weights are the softmax: e to the power of each score, divided by the sum of all these.",
                "`let root = (query.len() as f64).sqrt();` and `query.iter().zip(key).map(|(q, k)| q * k).sum::<f64>() \
                 / root`",
            ],
            why: "Weights of one softmax sum to 1, so what is read is a mean of the values. The root keeps the scores \
                  of long vectors small: large ones would put all weight on one key, where the softmax has almost no \
                  slope.",
            task: Task::Code(
                solution!("12_4", weights_of, query_and_keys)
                    .mistake(
                        "The scores are not divided by the root of D.",
                        |query: Vec<f64>, keys: Vec<Vec<f64>>| -> Result<Vec<f64>> {
                            Ok(softmax_of_dots(&query, &keys, 1.0))
                        },
                    )
                    .mistake(
                        "The scores are divided by D. It is the root of D.",
                        |query: Vec<f64>, keys: Vec<Vec<f64>>| -> Result<Vec<f64>> {
                            Ok(softmax_of_dots(&query, &keys, query.len() as f64))
                        },
                    )
                    .mistake(
                        "D is the length of the query, not the number of keys.",
                        |query: Vec<f64>, keys: Vec<Vec<f64>>| -> Result<Vec<f64>> {
                            Ok(softmax_of_dots(&query, &keys, (keys.len() as f64).sqrt()))
                        },
                    )
                    .mistake(
                        "These are the scores. The softmax makes weights of them, which sum to 1.",
                        |query: Vec<f64>, keys: Vec<Vec<f64>>| -> Result<Vec<f64>> {
                            let root = (query.len() as f64).sqrt();
                            let dot = |key: &Vec<f64>| query.iter().zip(key).map(|(q, k)| q * k).sum::<f64>();
                            Ok(keys.iter().map(|key| dot(key) / root).collect())
                        },
                    )
                    .mistake(
                        "The root divides the weights, so they no longer sum to 1. It belongs to the scores.",
                        |query: Vec<f64>, keys: Vec<Vec<f64>>| -> Result<Vec<f64>> {
                            let root = (query.len() as f64).sqrt();
                            Ok(softmax_of_dots(&query, &keys, 1.0).into_iter().map(|weight| weight / root).collect())
                        },
                    ),
            ),
        },
        Exercise {
            id: "12.5",
            title: "layer norm of a vector",
            hints: &[
                "First the mean of the numbers, and the difference of each from it.",
                "The variance is the mean of the squared differences: divide their sum by how many there are.",
                "`(x - mean) / (variance + 1e-5).sqrt()` for each number",
            ],
            why: "The result has mean 0 and deviation 1 whatever the size of the numbers was, and no other step or row \
                  takes part in it. The small number keeps the division possible where all numbers are alike.",
            task: Task::Code(
                solution!("12_5", layer_norm, five_numbers)
                    .mistake("The mean is not subtracted.", |x: Vec<f64>| -> Result<Vec<f64>> {
                        let (_, squares) = mean_and_squares(&x);
                        let variance = squares / x.len() as f64;
                        Ok(x.iter().map(|x| x / (variance + 1e-5).sqrt()).collect())
                    })
                    .mistake(
                        "The differences are divided by the variance. It is its root.",
                        |x: Vec<f64>| -> Result<Vec<f64>> {
                            let (mean, squares) = mean_and_squares(&x);
                            let variance = squares / x.len() as f64;
                            Ok(x.iter().map(|x| (x - mean) / (variance + 1e-5)).collect())
                        },
                    )
                    .mistake(
                        "The squares are divided by one less than their number. Here it is their mean: divide by how \
                         many there are.",
                        |x: Vec<f64>| -> Result<Vec<f64>> {
                            let (mean, squares) = mean_and_squares(&x);
                            let variance = squares / (x.len() - 1) as f64;
                            Ok(x.iter().map(|x| (x - mean) / (variance + 1e-5).sqrt()).collect())
                        },
                    )
                    .mistake(
                        "That is the length of the vector of differences. Divide the sum of the squares by how many \
                         there are.",
                        |x: Vec<f64>| -> Result<Vec<f64>> {
                            let (mean, squares) = mean_and_squares(&x);
                            Ok(x.iter().map(|x| (x - mean) / (squares + 1e-5).sqrt()).collect())
                        },
                    )
                    .mistake(
                        "Only the mean is subtracted. Then divide by the root of the variance.",
                        |x: Vec<f64>| -> Result<Vec<f64>> {
                            let (mean, _) = mean_and_squares(&x);
                            Ok(x.iter().map(|x| x - mean).collect())
                        },
                    ),
            ),
        },
        Exercise {
            id: "12.6",
            title: "the memory of attention",
            hints: &[
                "How many numbers does one block keep for one step? A key and a value.",
                "2 blocks · 2 vectors · 32 numbers for each step.",
                "2 · 2 · 32 · 4 bytes · 1,000 steps",
            ],
            why: "128 numbers of 4 bytes for each of 1,000 steps are 512,000 bytes, and with each step there are 512 \
                  more. The LSTM keeps 102 numbers, 408 bytes, after any number of steps.",
            task: Task::Number {
                right: 512_000.0,
                wrong: &[
                    (
                        256_000.0,
                        "There is a factor of 2 more: two blocks, and in each a key and a value for each step.",
                    ),
                    (
                        128_000.0,
                        "These are numbers, or the bytes of one vector in one block. Two blocks keep \
                         keys and values, and each number has 4 bytes.",
                    ),
                    (512.0, "That is one step. There are 1,000."),
                    (1_024_000.0, "The heads cut the 32 numbers in two halves; they add none."),
                ],
            },
        },
    ]
}
