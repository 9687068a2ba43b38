//! Page 1: recurrent networks.

use super::{Exercise, Task, Value, numbers, solution};
use crate::prelude::Result;

type Rows = Vec<Vec<f64>>;

fn dot(row: &[f64], vector: &[f64]) -> f64 {
    row.iter().zip(vector).map(|(one, other)| one * other).sum()
}

/// The gradient by w of the last state of one unit: `slope` is the tanh's, `to_before` leads a step back.
fn through_time(s: &[f64], slope: fn(f64) -> f64, to_before: f64) -> f64 {
    let (mut delta, mut sum) = (1.0, 0.0);
    for i in (1..s.len()).rev() {
        delta *= slope(s[i]);
        sum += delta * s[i - 1];
        delta *= to_before;
    }
    sum
}

pub(super) fn exercises() -> Vec<Exercise> {
    vec![
        Exercise {
            id: "01.1",
            title: "one update of two weights",
            hints: &[
                "The loss is error², with error = w · x + b − y. The chain rule gives a gradient for w and one for b.",
                "By w it is 2 · error · x, by b it is 2 · error. Both are computed before a weight moves.",
                "`Ok((w - eta * 2.0 * error * x, b - eta * 2.0 * error))`",
            ],
            why: "A network with a million weights is trained by the same line. Only the gradients are more work, and \
                  the backward pass computes those.",
            task: Task::Code(
                solution!("01_1", update, |rng| {
                    let drawn = numbers(rng, 5);
                    let (w, b, x, y, eta) = (drawn[0], drawn[1], drawn[2], drawn[3], drawn[4].abs());
                    [w, b, x, y, eta].map(Value::Number).to_vec()
                })
                .mistake(
                    "The weights move up the slope, and the loss grows: a minus is missing, or the error has the \
                     wrong sign. Move against the gradient.",
                    |w: f64, b: f64, x: f64, y: f64, eta: f64| -> Result<(f64, f64)> {
                        let error = w * x + b - y;
                        Ok((w + eta * 2.0 * error * x, b + eta * 2.0 * error))
                    },
                )
                .mistake(
                    "The learning rate eta is forgotten: the step is eta times the gradient.",
                    |w: f64, b: f64, x: f64, y: f64, _eta: f64| -> Result<(f64, f64)> {
                        let error = w * x + b - y;
                        Ok((w - 2.0 * error * x, b - 2.0 * error))
                    },
                )
                .mistake(
                    "w gets the gradient of b: the answer changes with w as fast as x says, so the factor x belongs \
                     to it.",
                    |w: f64, b: f64, x: f64, y: f64, eta: f64| -> Result<(f64, f64)> {
                        let error = w * x + b - y;
                        Ok((w - eta * 2.0 * error, b - eta * 2.0 * error))
                    },
                )
                .mistake(
                    "b is updated with an error that the new w makes. All gradients belong to the old weights.",
                    |w: f64, b: f64, x: f64, y: f64, eta: f64| -> Result<(f64, f64)> {
                        let w = w - eta * 2.0 * (w * x + b - y) * x;
                        Ok((w, b - eta * 2.0 * (w * x + b - y)))
                    },
                )
                .mistake(
                    "The 2 is missing: the derivative of error² is 2 · error.",
                    |w: f64, b: f64, x: f64, y: f64, eta: f64| -> Result<(f64, f64)> {
                        let error = w * x + b - y;
                        Ok((w - eta * error * x, b - eta * error))
                    },
                ),
            ),
        },
        Exercise {
            id: "01.2",
            title: "what a bag of words can reach",
            hints: &[
                "Take a headline and its reverse. What does the linear layer get to see of each?",
                "Both have the same sum, so both get the same answer. How many of the two labels can that answer meet?",
            ],
            why: "Of each pair exactly one is right, so it is one half, whatever the weights are. What a network \
                  cannot tell apart no training teaches it.",
            task: Task::Choice {
                right: "b",
                wrong: &[
                    (
                        "a",
                        "To learn a headline by heart the network must tell it from all others. A sum cannot tell a \
                         headline from its reverse.",
                    ),
                    (
                        "c",
                        "The weights decide which headline of a pair is answered rightly. They cannot make it both, \
                         or none.",
                    ),
                ],
            },
        },
        Exercise {
            id: "01.3",
            title: "one step of a simple RNN",
            hints: &[
                "Number a of the new state needs row a of W_I, row a of W_H and number a of b.",
                "A row times a vector is `row.iter().zip(&vector).map(|(r, v)| r * v).sum::<f64>()`.",
                "Number a is `(dot(&w_i[a], &x) + dot(&w_h[a], &s) + b[a]).tanh()`, where `dot` is such a sum.",
            ],
            why: "This is the whole layer: Keras' `SimpleRNN` and PyTorch's `nn.RNNCell` compute the same, for all \
                  rows of a batch at once.",
            task: Task::Code(
                solution!("01_3", next_state, |rng| {
                    let (w_i, w_h) = (vec![numbers(rng, 3), numbers(rng, 3)], vec![numbers(rng, 2), numbers(rng, 2)]);
                    vec![
                        Value::List(numbers(rng, 3)),
                        Value::List(numbers(rng, 2)),
                        Value::Table(w_i),
                        Value::Table(w_h),
                        Value::List(numbers(rng, 2)),
                    ]
                })
                .mistake(
                    "The bias is forgotten: b is added before the tanh.",
                    |x: Vec<f64>, s: Vec<f64>, w_i: Rows, w_h: Rows, b: Vec<f64>| -> Result<Vec<f64>> {
                        Ok((0..b.len()).map(|a| (dot(&w_i[a], &x) + dot(&w_h[a], &s)).tanh()).collect())
                    },
                )
                .mistake(
                    "The tanh is missing: it keeps each number of the state between −1 and 1.",
                    |x: Vec<f64>, s: Vec<f64>, w_i: Rows, w_h: Rows, b: Vec<f64>| -> Result<Vec<f64>> {
                        Ok((0..b.len()).map(|a| dot(&w_i[a], &x) + dot(&w_h[a], &s) + b[a]).collect())
                    },
                )
                .mistake(
                    "W_H is transposed: number a of the new state needs row a of W_H, not column a.",
                    |x: Vec<f64>, s: Vec<f64>, w_i: Rows, w_h: Rows, b: Vec<f64>| -> Result<Vec<f64>> {
                        let column = |a: usize| w_h.iter().map(|row| row[a]).collect::<Vec<f64>>();
                        Ok((0..b.len()).map(|a| (dot(&w_i[a], &x) + dot(&column(a), &s) + b[a]).tanh()).collect())
                    },
                )
                .mistake(
                    "There is one tanh, over the sum of all parts, not one for the word and one for the state.",
                    |x: Vec<f64>, s: Vec<f64>, w_i: Rows, w_h: Rows, b: Vec<f64>| -> Result<Vec<f64>> {
                        let number = |a: usize| (dot(&w_i[a], &x) + b[a]).tanh() + dot(&w_h[a], &s).tanh();
                        Ok((0..b.len()).map(number).collect())
                    },
                )
                .mistake(
                    "The old state is not carried over as it is: it comes in through W_H only.",
                    |x: Vec<f64>, s: Vec<f64>, w_i: Rows, w_h: Rows, b: Vec<f64>| -> Result<Vec<f64>> {
                        let number = |a: usize| s[a] + (dot(&w_i[a], &x) + dot(&w_h[a], &s) + b[a]).tanh();
                        Ok((0..b.len()).map(number).collect())
                    },
                ),
            ),
        },
        Exercise {
            id: "01.4",
            title: "the share that is zero",
            hints: &["The share of step i is the outer product of δ_i and S_{i−1}.", "Which of S_0, S_1, S_2 is zero?"],
            why: "S_0 is zero, so at the first step W_H multiplies nothing, and no change of W_H changes that step.",
            task: Task::Choice {
                right: "b",
                wrong: &[
                    (
                        "a",
                        "δ_3 is not zero: the loss is the sum of S_3, so the last step has an effect on it at first \
                         hand.",
                    ),
                    (
                        "c",
                        "Look at the formula: the share of step i has the factor S_{i−1}. One of these states is zero.",
                    ),
                ],
            },
        },
        Exercise {
            id: "01.5",
            title: "a gradient through time",
            hints: &[
                "Begin at the last step with δ = 1: the loss is the last state itself.",
                "At step i: δ goes through the tanh, which is a factor of 1 − s[i]². Then δ · s[i − 1] is the share \
                 of the step. Then δ · w leads to the state before.",
                "`for i in (1..s.len()).rev() { delta *= 1.0 - s[i] * s[i]; sum += delta * s[i - 1]; delta *= w; }`",
            ],
            why: "A share that is k steps back has the factor w k times, and k + 1 slopes below 1. That is why early \
                  words have little part in the gradient.",
            task: Task::Code(
                solution!("01_5", gradient_of_w, |rng| {
                    vec![Value::List(numbers(rng, 5)), Value::Number(numbers(rng, 1)[0])]
                })
                .mistake(
                    "The slope of the tanh is missing: each step multiplies δ by 1 − s[i]².",
                    |s: Vec<f64>, w: f64| -> Result<f64> { Ok(through_time(&s, |_| 1.0, w)) },
                )
                .mistake(
                    "w is missing on the way back: a state goes into the next one with the factor w.",
                    |s: Vec<f64>, _w: f64| -> Result<f64> { Ok(through_time(&s, |state| 1.0 - state * state, 1.0)) },
                )
                .mistake(
                    "The loop leaves out the last step: write `(1..s.len()).rev()`, or `1..=t`.",
                    |s: Vec<f64>, w: f64| -> Result<f64> {
                        Ok(through_time(&s[..s.len() - 1], |state| 1.0 - state * state, w))
                    },
                )
                .mistake(
                    "The slope of the last step is missing: δ begins as 1, and step T multiplies it by 1 − s[T]².",
                    |s: Vec<f64>, w: f64| -> Result<f64> {
                        let (mut delta, mut sum) = (1.0, 0.0);
                        for i in (1..s.len()).rev() {
                            sum += delta * s[i - 1];
                            delta *= w * (1.0 - s[i - 1] * s[i - 1]);
                        }
                        Ok(sum)
                    },
                )
                .mistake(
                    "That is the share of the last step alone. w is used at every step, so all shares are added.",
                    |s: Vec<f64>, _w: f64| -> Result<f64> {
                        let last = s.len() - 1;
                        Ok((1.0 - s[last] * s[last]) * s[last - 1])
                    },
                )
                .mistake(
                    "The share of step i has the factor s[i − 1], the state that went in, not the one that came out.",
                    |s: Vec<f64>, w: f64| -> Result<f64> {
                        let (mut delta, mut sum) = (1.0, 0.0);
                        for &state in s[1..].iter().rev() {
                            delta *= 1.0 - state * state;
                            sum += delta * state;
                            delta *= w;
                        }
                        Ok(sum)
                    },
                ),
            ),
        },
    ]
}
