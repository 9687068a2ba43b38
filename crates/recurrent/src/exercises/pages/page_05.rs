//! Page 5: GRU.

use super::{Exercise, Task, Value, numbers, solution};
use crate::prelude::Result;

fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

/// h after a step with this candidate; `r` and `z` are the places of the gates in `a` and `b`.
fn step(a: &[f64], b: &[f64], h: f64, [r, z]: [usize; 2], candidate: fn(f64, f64, f64) -> f64) -> f64 {
    let (r, z) = (sigmoid(a[r] + b[r]), sigmoid(a[z] + b[z]));
    (1.0 - z) * candidate(a[2], b[2], r) + z * h
}

/// The candidate as PyTorch and Keras compute it.
fn usual(a: f64, b: f64, r: f64) -> f64 {
    (a + r * b).tanh()
}

/// What stands in place of `1 - z` and of the later gates of a word.
fn shares(z: &[f64], own: fn(f64) -> f64, others: fn(&[f64], usize) -> f64) -> Vec<f64> {
    (0..z.len()).map(|t| own(z[t]) * others(z, t)).collect()
}

fn later(z: &[f64], t: usize) -> f64 {
    z[t + 1..].iter().product()
}

/// The vector times the matrix, or times the transposed one.
fn times(w: &[Vec<f64>], v: &[f64], transposed: bool) -> Vec<f64> {
    let weight = |row: usize, column: usize| if transposed { w[column][row] } else { w[row][column] };
    (0..v.len()).map(|row| (0..v.len()).map(|column| weight(row, column) * v[column]).sum::<f64>()).collect()
}

fn product(a: &[f64], b: &[f64]) -> Vec<f64> {
    a.iter().zip(b).map(|(a, b)| a * b).collect()
}

/// The derivative of tanh, from its values.
fn slope(h: &[f64]) -> Vec<f64> {
    h.iter().map(|h| 1.0 - h * h).collect()
}

fn norm(numbers: &[f64]) -> f64 {
    numbers.iter().map(|g| g * g).sum::<f64>().sqrt()
}

fn scaled(rows: &[Vec<f64>], factor: f64) -> Vec<Vec<f64>> {
    rows.iter().map(|row| row.iter().map(|g| g * factor).collect()).collect()
}

pub(super) fn exercises() -> Vec<Exercise> {
    vec![
        Exercise {
            id: "05.1",
            title: "one step of a GRU",
            hints: &[
                "The gates first: r and z are each σ of a sum of two numbers. Then n, then the mixture.",
                "In n, r is multiplied with what comes from the state, `b[2]`, and not with `a[2]`.",
                "`let n = (a[2] + r * b[2]).tanh();` and h is `(1.0 - z) * n + z * h`.",
            ],
            why: "This is the whole cell. The next cells do the same with vectors and matrices, as PyTorch's \
                  `nn.GRUCell` and Keras' `GRU` do.",
            task: Task::Code(
                solution!("05_1", gru_unit, |rng| {
                    let sums = |rng: &mut _| numbers(rng, 3).into_iter().map(|number| 2.0 * number).collect();
                    vec![Value::List(sums(rng)), Value::List(sums(rng)), Value::Number(numbers(rng, 1)[0])]
                })
                .mistake(
                    "z and 1 − z are swapped: here z says how much of the old state stays.",
                    |a: Vec<f64>, b: Vec<f64>, h: f64| -> Result<f64> {
                        let z = sigmoid(a[1] + b[1]);
                        Ok(z * usual(a[2], b[2], sigmoid(a[0] + b[0])) + (1.0 - z) * h)
                    },
                )
                .mistake(
                    "r and z are swapped: the sums stand in the order r, z, n, as in PyTorch (Keras has z first).",
                    |a: Vec<f64>, b: Vec<f64>, h: f64| -> Result<f64> { Ok(step(&a, &b, h, [1, 0], usual)) },
                )
                .mistake(
                    "b[2] holds W_h h already: it is not multiplied by h again.",
                    |a: Vec<f64>, b: Vec<f64>, h: f64| -> Result<f64> {
                        Ok(step(&a, &[b[0], b[1], b[2] * h], h, [0, 1], usual))
                    },
                )
                .mistake(
                    "The reset gate is missing: r is multiplied with what comes from the state.",
                    |a: Vec<f64>, b: Vec<f64>, h: f64| -> Result<f64> {
                        Ok(step(&a, &b, h, [0, 1], |a, b, _| (a + b).tanh()))
                    },
                )
                .mistake(
                    "r is multiplied with the whole sum. It closes the way from the state; the word is always read.",
                    |a: Vec<f64>, b: Vec<f64>, h: f64| -> Result<f64> {
                        Ok(step(&a, &b, h, [0, 1], |a, b, r| (r * (a + b)).tanh()))
                    },
                )
                .mistake(
                    "The candidate n goes through tanh, not σ: it must be able to write a negative number.",
                    |a: Vec<f64>, b: Vec<f64>, h: f64| -> Result<f64> {
                        Ok(step(&a, &b, h, [0, 1], |a, b, r| sigmoid(a + r * b)))
                    },
                ),
            ),
        },
        Exercise {
            id: "05.2",
            title: "the share of each word in the last state",
            hints: &[
                "Word t writes the share 1 − z of its candidate. Each word after it keeps a part of that.",
                "What word t writes is multiplied by z of every later word, and not by its own z.",
                "`z[t + 1..].iter().product::<f64>()` is the part that the words after t keep.",
            ],
            why: "These shares and that of h_0, the product of all z, add up to 1. So the state is a weighted mean of \
                  candidates: it stays between −1 and 1, and a GRU cannot count further than that. The cell state of \
                  an LSTM can.",
            task: Task::Code(
                solution!("05_2", shares, |rng| {
                    vec![Value::List(numbers(rng, 5).into_iter().map(f64::abs).collect())]
                })
                .mistake(
                    "That is what each word writes. The words after it keep a part of it only: multiply by their z.",
                    |z: Vec<f64>| -> Result<Vec<f64>> { Ok(shares(&z, |z| 1.0 - z, |_, _| 1.0)) },
                )
                .mistake(
                    "The word's own z is counted as well. It works on what was there before: begin with the next word.",
                    |z: Vec<f64>| -> Result<Vec<f64>> { Ok(shares(&z, |z| 1.0 - z, |z, t| z[t] * later(z, t))) },
                )
                .mistake(
                    "z and 1 − z are swapped: a word writes the share 1 − z.",
                    |z: Vec<f64>| -> Result<Vec<f64>> { Ok(shares(&z, |z| z, later)) },
                )
                .mistake(
                    "These are the gates before the word. Those after it decide how much is left of what it wrote.",
                    |z: Vec<f64>| -> Result<Vec<f64>> { Ok(shares(&z, |z| 1.0 - z, |z, t| z[..t].iter().product())) },
                ),
            ),
        },
        Exercise {
            id: "05.3",
            title: "the parameters of a GRU",
            hints: &[
                "Three blocks. Each reads the word's vector and the state, and has two biases for each unit.",
                "A block has H · E + H · H + 2 · H numbers.",
            ],
            why: "3 · (50 · 100 + 50 · 50 + 2 · 50) = 22,800. With `reset_after=True`, which is the default, Keras \
                  has as many: it keeps two biases too.",
            task: Task::Number {
                right: 22_800.0,
                wrong: &[
                    (7_600.0, "This is one block of three."),
                    (22_650.0, "A GRU has two biases: r is multiplied with the second, so they cannot be added up."),
                    (22_500.0, "The biases are missing: two for each unit in each block."),
                    (30_400.0, "These are four blocks, as in an LSTM. A GRU has three: r, z and n."),
                    (15_300.0, "The state is missing: each block has H · H weights for it."),
                ],
            },
        },
        Exercise {
            id: "05.4",
            title: "one time step back",
            hints: &[
                "Backwards the order is turned round: first through tanh, then through the matrix.",
                "Number j of the result collects from all units i that read h[j] of the word before: `w_hh[i][j]`.",
                "Number j is the sum over i of `w_hh[i][j] * (1.0 - h[i] * h[i]) * d_h[i]`.",
            ],
            why: "Every time step back is one such product. Where it makes the vector a little longer each time, the \
                  gradient explodes; the factor 1 − h², which is never above 1, works against that.",
            task: Task::Code(
                solution!("05_4", one_step_back, |rng| {
                    let w_hh = (0..3).map(|_| numbers(rng, 3)).collect();
                    vec![Value::List(numbers(rng, 3)), Value::List(numbers(rng, 3)), Value::Table(w_hh)]
                })
                .mistake(
                    "The matrix is not transposed: row i of w_hh makes unit i. Backwards, column j makes number j.",
                    |d_h: Vec<f64>, h: Vec<f64>, w_hh: Vec<Vec<f64>>| -> Result<Vec<f64>> {
                        Ok(times(&w_hh, &product(&slope(&h), &d_h), false))
                    },
                )
                .mistake(
                    "tanh is missing: its derivative, 1 − h², is multiplied with the gradient first.",
                    |d_h: Vec<f64>, _h: Vec<f64>, w_hh: Vec<Vec<f64>>| -> Result<Vec<f64>> {
                        Ok(times(&w_hh, &d_h, true))
                    },
                )
                .mistake(
                    "1 − h² comes after the matrix. tanh was computed last, so backwards it is the first.",
                    |d_h: Vec<f64>, h: Vec<f64>, w_hh: Vec<Vec<f64>>| -> Result<Vec<f64>> {
                        Ok(product(&slope(&h), &times(&w_hh, &d_h, true)))
                    },
                )
                .mistake(
                    "h (1 − h) is the derivative of σ. That of tanh is 1 − h².",
                    |d_h: Vec<f64>, h: Vec<f64>, w_hh: Vec<Vec<f64>>| -> Result<Vec<f64>> {
                        let slope: Vec<f64> = h.iter().map(|h| h * (1.0 - h)).collect();
                        Ok(times(&w_hh, &product(&slope, &d_h), true))
                    },
                ),
            ),
        },
        Exercise {
            id: "05.5",
            title: "clip by the norm of all gradients",
            hints: &[
                "One norm for all rows together: the root of the sum of all squares.",
                "All numbers are multiplied by the same factor. It is never above 1.",
                "`let factor = (limit / norm).min(1.0);`",
            ],
            why: "One factor for all parameters keeps the direction of the update. This is PyTorch's \
                  `clip_grad_norm_` and Keras' `global_clipnorm`.",
            task: Task::Code(
                solution!("05_5", clip_norm, |rng| {
                    let rows = vec![numbers(rng, 3), numbers(rng, 3)];
                    // Some limits below the norm, some above it.
                    let limit = norm(&rows.concat()) * (1.0 + 0.8 * numbers(rng, 1)[0]);
                    vec![Value::Table(rows), Value::Number((100.0 * limit).round() / 100.0)]
                })
                .mistake(
                    "A gradient that is below the limit was made longer. The factor is at most 1.",
                    |rows: Vec<Vec<f64>>, limit: f64| -> Result<Vec<Vec<f64>>> {
                        Ok(scaled(&rows, limit / norm(&rows.concat())))
                    },
                )
                .mistake(
                    "Each row is clipped by its own norm, as Keras' `clipnorm` does. That changes the direction: take \
                     one norm for all.",
                    |rows: Vec<Vec<f64>>, limit: f64| -> Result<Vec<Vec<f64>>> {
                        let factor = |row: &[f64]| (limit / norm(row)).min(1.0);
                        Ok(rows.iter().map(|row| row.iter().map(|g| g * factor(row)).collect()).collect())
                    },
                )
                .mistake(
                    "Each number is cut by itself, as `Clip::Value` does. That changes the direction.",
                    |rows: Vec<Vec<f64>>, limit: f64| -> Result<Vec<Vec<f64>>> {
                        Ok(rows.iter().map(|row| row.iter().map(|g| g.clamp(-limit, limit)).collect()).collect())
                    },
                )
                .mistake(
                    "The root is missing: the norm is the root of the sum of the squares.",
                    |rows: Vec<Vec<f64>>, limit: f64| -> Result<Vec<Vec<f64>>> {
                        let squares = norm(&rows.concat()) * norm(&rows.concat());
                        Ok(scaled(&rows, (limit / squares).min(1.0)))
                    },
                ),
            ),
        },
        Exercise {
            id: "05.6",
            title: "what a limit of 1 does here",
            hints: &[
                "Compare the line of the clipped run with the limit, which is 1e0 on the axis.",
                "Every gradient that is longer than the limit leaves as long as the limit.",
            ],
            why: "A limit far below the usual norm makes nearly all gradients equally long. That may help, as it does \
                  here, but it is more than a guard against explosions: look at the median before you choose a limit.",
            task: Task::Choice {
                right: "b",
                wrong: &[
                    (
                        "a",
                        "The line of the clipped run does not come down to 1. So it is not a few gradients that are \
                         longer than the limit.",
                    ),
                    ("c", "All gradients are multiplied by the same factor: the direction stays, the length changes."),
                ],
            },
        },
    ]
}
