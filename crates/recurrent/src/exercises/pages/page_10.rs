//! Page 10: Grid LSTM.

use super::{Exercise, Task, Value, numbers, solution};
use crate::prelude::Result;
use rand::Rng;
use rand_chacha::ChaCha8Rng;

/// Five symbols. The first and the last one differ.
fn symbols(rng: &mut ChaCha8Rng) -> Vec<Value> {
    let mut symbols: Vec<f64> = (0..5).map(|_| f64::from(rng.random_range(1..9u32))).collect();
    symbols[0] = 3.0;
    symbols[4] = 7.0;
    vec![Value::List(symbols)]
}

fn sums(rng: &mut ChaCha8Rng) -> Vec<Value> {
    let sums = numbers(rng, 8).into_iter().map(|number| 2.0 * number).collect();
    vec![Value::List(sums), Value::List(numbers(rng, 2))]
}

fn sizes(rng: &mut ChaCha8Rng) -> Vec<Value> {
    let mut size = |from: u32, to: u32| Value::Number(f64::from(rng.random_range(from..to)));
    vec![size(4, 40), size(2, 12)]
}

fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

/// How the sums of direction d are taken for the gates i, f, g, o.
type Gates = fn(&[f64], usize) -> [f64; 4];

/// As on the page: i1, i2, f1, f2, g1, g2, o1, o2.
fn side_by_side(z: &[f64], d: usize) -> [f64; 4] {
    [z[d], z[2 + d] + 1.0, z[4 + d], z[6 + d]]
}

/// The new hidden states and memories of both directions.
fn block(z: &[f64], m: &[f64], gates: Gates) -> (Vec<f64>, Vec<f64>) {
    let of = |(d, m): (usize, &f64)| {
        let [i, f, g, o] = gates(z, d);
        let memory = sigmoid(f) * m + sigmoid(i) * g.tanh();
        (sigmoid(o) * memory.tanh(), memory)
    };
    m.iter().enumerate().map(of).unzip()
}

pub(super) fn exercises() -> Vec<Exercise> {
    vec![
        Exercise {
            id: "10.1",
            title: "a row of the memory task",
            hints: &[
                "Both lists have 2n + 1 numbers. The answer begins one step after the sign.",
                "It reads the symbols, the 9, and n zeros. It writes n + 1 zeros and the symbols.",
                "`let reads = [symbols.clone(), vec![9], vec![0; n]].concat();`",
            ],
            why: "While it writes, nothing useful comes in: each symbol has to be kept for n + 1 steps. So the loss \
                  measures memory, and nothing else.",
            task: Task::Code(
                solution!("10_1", copy_task, symbols)
                    .mistake(
                        "The answer begins one step too early: while the network reads the 9, it writes a 0.",
                        |symbols: Vec<usize>| -> Result<(Vec<usize>, Vec<usize>)> {
                            let nothing = vec![0; symbols.len()];
                            let reads = [symbols.clone(), vec![9], nothing.clone()].concat();
                            Ok((reads, [nothing, symbols, vec![0]].concat()))
                        },
                    )
                    .mistake(
                        "The symbols come out in the reversed order. They are written as they were read.",
                        |symbols: Vec<usize>| -> Result<(Vec<usize>, Vec<usize>)> {
                            let nothing = vec![0; symbols.len()];
                            let reads = [symbols.clone(), vec![9], nothing.clone()].concat();
                            let reversed: Vec<usize> = symbols.into_iter().rev().collect();
                            Ok((reads, [nothing, vec![0], reversed].concat()))
                        },
                    )
                    .mistake(
                        "The symbols are read once more after the sign, so no memory is needed. There it reads zeros.",
                        |symbols: Vec<usize>| -> Result<(Vec<usize>, Vec<usize>)> {
                            let nothing = vec![0; symbols.len()];
                            let reads = [symbols.clone(), vec![9], symbols.clone()].concat();
                            Ok((reads, [nothing, vec![0], symbols].concat()))
                        },
                    )
                    .mistake(
                        "The sign is written too. At its step nothing is to be written: a 0.",
                        |symbols: Vec<usize>| -> Result<(Vec<usize>, Vec<usize>)> {
                            let nothing = vec![0; symbols.len()];
                            let reads = [symbols.clone(), vec![9], nothing.clone()].concat();
                            Ok((reads, [nothing, vec![9], symbols].concat()))
                        },
                    ),
            ),
        },
        Exercise {
            id: "10.2",
            title: "a grid block with one unit in each direction",
            hints: &[
                "Direction d (0 or 1) has the sums `z[d]`, `z[2 + d]`, `z[4 + d]`, `z[6 + d]` for i, f, g, o.",
                "To the sum of the forget gate 1 is added before the sigmoid. The rest is the LSTM of page 4.",
                "With `let sigmoid = |x: f64| 1.0 / (1.0 + (-x).exp());`: `let memory = sigmoid(z[2 + d] + 1.0) * m[d] + sigmoid(z[d]) * z[4 + d].tanh();`",
            ],
            why: "The two directions do not touch each other here. They meet in the sums: each sum is made of both \
                  hidden states, h1 and h2.",
            task: Task::Code(
                solution!("10_2", grid_unit, sums)
                    .mistake(
                        "The 1 of the forget gates is missing: σ(z + 1).",
                        |z: Vec<f64>, m: Vec<f64>| -> Result<(Vec<f64>, Vec<f64>)> {
                            Ok(block(&z, &m, |z, d| [z[d], z[2 + d], z[4 + d], z[6 + d]]))
                        },
                    )
                    .mistake(
                        "The sums stand in another order: first i of both directions, then f of both, g, and o.",
                        |z: Vec<f64>, m: Vec<f64>| -> Result<(Vec<f64>, Vec<f64>)> {
                            Ok(block(&z, &m, |z, d| [z[4 * d], z[4 * d + 1] + 1.0, z[4 * d + 2], z[4 * d + 3]]))
                        },
                    )
                    .mistake(
                        "The memories are swapped: each direction keeps its own.",
                        |z: Vec<f64>, m: Vec<f64>| -> Result<(Vec<f64>, Vec<f64>)> {
                            Ok(block(&z, &[m[1], m[0]], side_by_side))
                        },
                    )
                    .mistake(
                        "The two results are swapped: first the hidden states, then the memories.",
                        |z: Vec<f64>, m: Vec<f64>| -> Result<(Vec<f64>, Vec<f64>)> {
                            let (h, m) = block(&z, &m, side_by_side);
                            Ok((m, h))
                        },
                    )
                    .mistake(
                        "The output gate shows tanh of the new memory, not the memory.",
                        |z: Vec<f64>, m: Vec<f64>| -> Result<(Vec<f64>, Vec<f64>)> {
                            let m = block(&z, &m, side_by_side).1;
                            let h = m.iter().enumerate().map(|(d, m)| sigmoid(z[6 + d]) * m).collect();
                            Ok((h, m))
                        },
                    ),
            ),
        },
        Exercise {
            id: "10.3",
            title: "the parameters of a Grid LSTM",
            hints: &[
                "Three layers have parameters: the embedding, the block, the last linear layer.",
                "The block is a linear layer from 2H to 8H: 8H · 2H weights and 8H biases. How many blocks are there?",
                "10 · 2H + (2H · 8H + 8H) + (H · 9 + 9), whatever the depth is.",
            ],
            why: "All layers share one block, so a deeper grid costs time, but no parameters. In a stack that does not \
                  share its weights each layer has its own.",
            task: Task::Code(
                solution!("10_3", grid_parameters, sizes)
                    .mistake(
                        "The layers share one block. Count it once, not once for each layer.",
                        |hidden: usize, depth: usize| -> Result<usize> {
                            Ok(20 * hidden + depth * (16 * hidden * hidden + 8 * hidden) + 9 * hidden + 9)
                        },
                    )
                    .mistake(
                        "The biases are missing: 8H in the block and 9 in the last layer.",
                        |hidden: usize, _depth: usize| -> Result<usize> {
                            Ok(20 * hidden + 16 * hidden * hidden + 9 * hidden)
                        },
                    )
                    .mistake(
                        "The embedding gives 2H numbers for each id: a hidden state and a memory.",
                        |hidden: usize, _depth: usize| -> Result<usize> {
                            Ok(10 * hidden + 16 * hidden * hidden + 8 * hidden + 9 * hidden + 9)
                        },
                    )
                    .mistake(
                        "That is the block of one direction. Four gates of both directions make 8H sums.",
                        |hidden: usize, _depth: usize| -> Result<usize> {
                            Ok(20 * hidden + 8 * hidden * hidden + 4 * hidden + 9 * hidden + 9)
                        },
                    ),
            ),
        },
        Exercise {
            id: "10.4",
            title: "a blind guess",
            hints: &[
                "How many symbols are there, and how often does each one come?",
                "The symbols are the numbers 1 to 8, each one as likely as the others.",
            ],
            why: "1 in 8, so 12.5 %. Only what is above it was remembered. (All six symbols of a row are right by \
                  chance in one row of 262,144.)",
            task: Task::Number {
                right: 12.5,
                wrong: &[
                    (0.125, "That is the share. Asked is for percent."),
                    (11.111_111, "There are nine scores, but 0 is never an answer: one guesses among eight symbols."),
                    (10.0, "Ten ids can be read, but the sign and 0 are no symbols."),
                    (16.666_667, "Six symbols stand in a row, but each is one of eight."),
                ],
            },
        },
        Exercise {
            id: "10.5",
            title: "the gradient at the bottom",
            hints: &[
                "On its way down through a stack the gradient goes through each layer's output gate and tanh.",
                "In a grid a second way leads down, through the memories, where it only meets the forget gates.",
            ],
            why: "The memory does for depth what it does for time: beside the way through tanh and the gates there is \
                  one on which the gradient is only multiplied by the forget gate.",
            task: Task::Choice {
                right: "b",
                wrong: &[
                    (
                        "a",
                        "The gates and tanh of each layer take something away, so the gradient gets smaller with each \
                         layer.",
                    ),
                    ("c", "Count the ways down: the grid has one more than the stack, through its memory."),
                ],
            },
        },
    ]
}
