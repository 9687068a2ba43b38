//! Page 4: LSTM.

use super::{Exercise, Task, Value, numbers, solution};
use crate::prelude::Result;

fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

/// h and c after a step whose gates stand at these places of z.
fn step(z: &[f64], c: f64, [i, f, g, o]: [usize; 4]) -> (f64, f64) {
    let c = sigmoid(z[f]) * c + sigmoid(z[i]) * z[g].tanh();
    (sigmoid(z[o]) * c.tanh(), c)
}

pub(super) fn exercises() -> Vec<Exercise> {
    vec![
        Exercise {
            id: "04.1",
            title: "which of three gradients reaches furthest back",
            hints: &[
                "A gradient that goes back through the cell state is multiplied by the forget gate at each word.",
                "Before training a gate's inputs are small, so a forget gate stands near σ of its bias.",
            ],
            why: "With a bias of 1 the forget gate begins near σ(1) ≈ 0.73 instead of 0.5. Each word keeps more of the \
                  gradient, and over the 116 words of the sentence that makes 13 powers of ten.",
            task: Task::Choice {
                right: "c",
                wrong: &[
                    ("a", "ρ of its W_hh is 0.51: each step back makes the gradient about half as long."),
                    ("b", "An orthogonal W_hh keeps the length of a vector, but large word vectors make h large, and each step also multiplies by 1 − h²."),
                ],
            },
        },
        Exercise {
            id: "04.2",
            title: "what a simple RNN keeps over 20 clauses",
            hints: &[
                "Two things are to be kept apart: what a network can hold, and what it can learn to hold.",
                "In training, sentences without a relative clause stand beside those with twelve.",
            ],
            why: "Holding and learning are two things. The short sentences teach some networks to latch: the state settles \
                  where the clauses cannot move it.",
            task: Task::Choice {
                right: "b",
                wrong: &[
                    ("a", "Some seeds do fall to a guess after a few clauses. Look at the others: their lines stay level as far as they are drawn."),
                    ("c", "Look at the seeds one by one: only one of the five answers everything, and it has no more units than the others."),
                ],
            },
        },
        Exercise {
            id: "04.3",
            title: "one step of an LSTM",
            hints: &[
                "First the memory: what is kept of c, plus what is written. Then what is shown of it.",
                "Three of the four numbers go through σ, the third one, g, through tanh.",
                "`let sigmoid = |x: f64| 1.0 / (1.0 + (-x).exp());`, then `let c = sigmoid(z[1]) * c + sigmoid(z[0]) * z[2].tanh();`, and h is what the output gate shows of `c.tanh()`.",
            ],
            why: "This is the whole cell: PyTorch's `nn.LSTMCell` and Keras' `LSTM` do the same with a vector in place of \
                  each number.",
            task: Task::Code(
                solution!("04_3", lstm_step, |rng| {
                    let z = numbers(rng, 4).into_iter().map(|number| 2.0 * number).collect();
                    vec![Value::List(z), Value::Number(numbers(rng, 1)[0])]
                })
                .mistake("The gates stand in another order: z holds i, f, g, o, as PyTorch stacks them.", |z: Vec<f64>, c: f64| {
                    Ok::<_, crate::error::Error>(step(&z, c, [1, 0, 2, 3]))
                })
                .mistake("g and o are swapped: the third number is the candidate g, the fourth the output gate o.", |z: Vec<f64>, c: f64| -> Result<_> {
                    Ok(step(&z, c, [0, 1, 3, 2]))
                })
                .mistake("The two states are swapped: h comes first, then c.", |z: Vec<f64>, c: f64| -> Result<_> {
                    let (h, c) = step(&z, c, [0, 1, 2, 3]);
                    Ok((c, h))
                })
                .mistake("The candidate g goes through tanh, not σ: it must be able to write a negative number.", |z: Vec<f64>, c: f64| -> Result<_> {
                    let c = sigmoid(z[1]) * c + sigmoid(z[0]) * sigmoid(z[2]);
                    Ok((sigmoid(z[3]) * c.tanh(), c))
                })
                .mistake("The output gate shows tanh(c), not c: h stays between −1 and 1.", |z: Vec<f64>, c: f64| -> Result<_> {
                    let c = sigmoid(z[1]) * c + sigmoid(z[0]) * z[2].tanh();
                    Ok((sigmoid(z[3]) * c, c))
                })
                .mistake("Nothing is forgotten: the old c is multiplied by the forget gate first.", |z: Vec<f64>, c: f64| -> Result<_> {
                    let c = c + sigmoid(z[0]) * z[2].tanh();
                    Ok((sigmoid(z[3]) * c.tanh(), c))
                }),
            ),
        },
        Exercise {
            id: "04.4",
            title: "the parameters of an LSTM",
            hints: &[
                "Four blocks, one for each gate and one for the candidate. Each reads the input and the hidden state.",
                "A block has H · E + H · H + H numbers.",
            ],
            why: "4 · (50 · 100 + 50 · 50 + 50) = 30,200: four times those of a simple RNN of the same size, and four times \
                  the work in each step.",
            task: Task::Number {
                right: 30_200.0,
                wrong: &[
                    (7_550.0, "This is one block of four."),
                    (30_400.0, "PyTorch has two biases for each gate, so 4 · H more; asked is for Keras' one."),
                    (30_000.0, "The biases are missing: one for each unit in each block."),
                    (30_050.0, "The biases are counted once; each of the four blocks has its own."),
                    (20_200.0, "The hidden state is missing: each block has H · H numbers for it."),
                ],
            },
        },
        Exercise {
            id: "04.5",
            title: "how much of the gradient is left",
            hints: &[
                "c at one word is f times c at the word before, plus something that does not depend on it.",
                "The chain rule multiplies the derivatives of all steps.",
                "`Ok(f.iter().product())`",
            ],
            why: "One factor for each word: 0.9 over 50 words leaves 0.005, 0.5 leaves 10⁻¹⁵. No matrix and no tanh stands \
                  on this road, so a gate that is open keeps the gradient whole.",
            task: Task::Code(
                solution!("04_5", gradient_left, |rng| {
                    vec![Value::List(numbers(rng, 6).into_iter().map(|number| number.abs()).collect())]
                })
                .mistake("The gates are multiplied, not added: each word keeps a share of what the word after it left.", |f: Vec<f64>| -> Result<f64> {
                    Ok(f.iter().sum())
                })
                .mistake("That is the mean of the gates. Each word multiplies what is left.", |f: Vec<f64>| -> Result<f64> {
                    Ok(f.iter().sum::<f64>() / f.len() as f64)
                })
                .mistake("1 − f is what a gate takes away. What stays is f.", |f: Vec<f64>| -> Result<f64> {
                    Ok(f.iter().map(|f| 1.0 - f).product())
                })
                .mistake("The first gate counts too: it stands between c before the first word and c after it.", |f: Vec<f64>| -> Result<f64> {
                    Ok(f[1..].iter().product())
                }),
            ),
        },
        Exercise {
            id: "04.6",
            title: "the memory ledger of one unit",
            hints: &[
                "Word t writes i_t · g_t. Every later word keeps a share of it.",
                "Word t's own forget gate works on what was there before, so it has no part in what word t writes.",
                "`f[t + 1..].iter().product::<f64>()` is the share that the words after t keep.",
            ],
            why: "The parts add up to the cell state exactly, since the memory is a sum. A GRU can be taken apart like \
                  this, too; a simple RNN cannot.",
            task: Task::Code(
                solution!("04_6", ledger_of_unit, |rng| {
                    let gate = |rng: &mut _| numbers(rng, 5).into_iter().map(f64::abs).collect();
                    vec![Value::List(gate(rng)), Value::List(gate(rng)), Value::List(numbers(rng, 5))]
                })
                .mistake("A word's own forget gate is counted: begin the product one word later, at t + 1.", |i: Vec<f64>, f: Vec<f64>, g: Vec<f64>| -> Result<Vec<f64>> {
                    Ok((0..i.len()).map(|t| i[t] * g[t] * f[t..].iter().product::<f64>()).collect())
                })
                .mistake("That is what each word has written. What the later forget gates leave of it is less.", |i: Vec<f64>, _f: Vec<f64>, g: Vec<f64>| -> Result<Vec<f64>> {
                    Ok(i.iter().zip(&g).map(|(i, g)| i * g).collect())
                })
                .mistake("These are the forget gates before the word. The ones after it decide what is left.", |i: Vec<f64>, f: Vec<f64>, g: Vec<f64>| -> Result<Vec<f64>> {
                    Ok((0..i.len()).map(|t| i[t] * g[t] * f[..t].iter().product::<f64>()).collect())
                })
                .mistake("That is the cell state after each word, the running sum. Asked is for the part of each word at the end.", |i: Vec<f64>, f: Vec<f64>, g: Vec<f64>| -> Result<Vec<f64>> {
                    let mut c = 0.0;
                    Ok((0..i.len()).map(|t| { c = f[t] * c + i[t] * g[t]; c }).collect())
                }),
            ),
        },
    ]
}
