//! Page 7: pretrained embeddings.

use super::{Exercise, Task, Value, numbers, solution};
use crate::prelude::Result;

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

fn label(row: usize) -> f64 {
    if row == 0 { 1.0 } else { 0.0 }
}

/// A row for each row of u: v times an error, which is made of the row's score and its place.
fn gradient(v: &[f64], u: &[Vec<f64>], error: fn(f64, usize) -> f64) -> Vec<Vec<f64>> {
    let rows = u.iter().enumerate().map(|(row, u)| error(dot(u, v), row));
    rows.map(|error| v.iter().map(|v| error * v).collect()).collect()
}

/// The row with the largest score.
fn best(query: &[f64], table: &[Vec<f64>], score: fn(&[f64], &[f64]) -> f64) -> usize {
    let nearer = |best: usize, row: usize| {
        if score(query, &table[row]) > score(query, &table[best]) { row } else { best }
    };
    (1..table.len()).fold(0, nearer)
}

pub(super) fn exercises() -> Vec<Exercise> {
    vec![
        Exercise {
            id: "07.1",
            title: "the neighbours in a window",
            hints: &[
                "The window goes from `place - window` to `place + window`, both counted, without `place` itself.",
                "At the beginning and at the end of the text it is shorter: `place.saturating_sub(window)` stays at 0.",
                "`(from..=to).filter(|other| *other != place).map(|other| words[other]).collect()`",
            ],
            why: "Each of these neighbours makes one example: the word, and a word to be told. A text without labels \
                  gives millions of them.",
            task: Task::Code(
                solution!("07_1", neighbours, |rng| {
                    let mut words: Vec<f64> =
                        numbers(rng, 8).into_iter().map(|word| (100.0 * word.abs()).round() + 2.0).collect();
                    let place = (7.9 * numbers(rng, 1)[0].abs()).floor();
                    let window = 2.0 + (1.9 * numbers(rng, 1)[0].abs()).floor();
                    // The same word comes twice in its window.
                    let twin = if place < 4.0 { place + 2.0 } else { place - 2.0 };
                    words[twin as usize] = words[place as usize];
                    vec![Value::List(words), Value::Number(place), Value::Number(window)]
                })
                .mistake(
                    "The word itself is among its neighbours: leave it out.",
                    |words: Vec<usize>, place: usize, window: usize| -> Result<Vec<usize>> {
                        let to = (place + window).min(words.len() - 1);
                        Ok(words[place.saturating_sub(window)..=to].to_vec())
                    },
                )
                .mistake(
                    "A neighbour may be the same word again: leave out the place, not the word.",
                    |words: Vec<usize>, place: usize, window: usize| -> Result<Vec<usize>> {
                        let near = &words[place.saturating_sub(window)..=(place + window).min(words.len() - 1)];
                        Ok(near.iter().copied().filter(|word| *word != words[place]).collect())
                    },
                )
                .mistake(
                    "The last place of the window is missing: `from..to` ends before `to`, `from..=to` ends with it.",
                    |words: Vec<usize>, place: usize, window: usize| -> Result<Vec<usize>> {
                        let places = place.saturating_sub(window)..(place + window).min(words.len() - 1);
                        Ok(places.filter(|other| *other != place).map(|other| words[other]).collect())
                    },
                )
                .mistake(
                    "These are the words after it only. The window has two sides.",
                    |words: Vec<usize>, place: usize, window: usize| -> Result<Vec<usize>> {
                        Ok(words.into_iter().skip(place + 1).take(window).collect())
                    },
                )
                .mistake(
                    "These are the words before it only. The window has two sides.",
                    |words: Vec<usize>, place: usize, window: usize| -> Result<Vec<usize>> {
                        Ok(words[place.saturating_sub(window)..place].to_vec())
                    },
                ),
            ),
        },
        Exercise {
            id: "07.2",
            title: "the gradient of the neighbour's and the negatives' vectors",
            hints: &[
                "Each row of u has a score, u · v, and a y: 1 for row 0, 0 for the others.",
                "Row by row: the error σ(score) − y, times the vector v.",
                "`let error = 1.0 / (1.0 + (-score).exp()) - y;` and the row is `v.iter().map(|v| error * v)`.",
            ],
            why: "For the neighbour the error is negative, so the update, which goes against the gradient, pulls its \
                  vector towards v. The negatives are pushed away.",
            task: Task::Code(
                solution!("07_2", gradient_of_u, |rng| {
                    let u = (0..3).map(|_| numbers(rng, 4)).collect();
                    vec![Value::List(numbers(rng, 4)), Value::Table(u)]
                })
                .mistake(
                    "y is missing: row 0 is the neighbour, and there 1 is subtracted.",
                    |v: Vec<f64>, u: Vec<Vec<f64>>| -> Result<Vec<Vec<f64>>> {
                        Ok(gradient(&v, &u, |score, _| sigmoid(score)))
                    },
                )
                .mistake(
                    "y is 1 for all rows. It is 1 for the neighbour only, and 0 for the negatives.",
                    |v: Vec<f64>, u: Vec<Vec<f64>>| -> Result<Vec<Vec<f64>>> {
                        Ok(gradient(&v, &u, |score, _| sigmoid(score) - 1.0))
                    },
                )
                .mistake(
                    "y is 0 for a negative. The −1 of the cell above is the sign in the loss.",
                    |v: Vec<f64>, u: Vec<Vec<f64>>| -> Result<Vec<Vec<f64>>> {
                        Ok(gradient(&v, &u, |score, row| sigmoid(score) - if row == 0 { 1.0 } else { -1.0 }))
                    },
                )
                .mistake(
                    "The sign is turned: the error is σ(u · v) − y.",
                    |v: Vec<f64>, u: Vec<Vec<f64>>| -> Result<Vec<Vec<f64>>> {
                        Ok(gradient(&v, &u, |score, row| label(row) - sigmoid(score)))
                    },
                )
                .mistake(
                    "σ is missing: the score goes through the sigmoid before y is subtracted.",
                    |v: Vec<f64>, u: Vec<Vec<f64>>| -> Result<Vec<Vec<f64>>> {
                        Ok(gradient(&v, &u, |score, row| score - label(row)))
                    },
                )
                .mistake(
                    "The error is multiplied with u. That is a part of ∂J/∂v; the gradient of u has v.",
                    |v: Vec<f64>, u: Vec<Vec<f64>>| -> Result<Vec<Vec<f64>>> {
                        let error = |row: usize| sigmoid(dot(&u[row], &v)) - label(row);
                        Ok((0..u.len()).map(|row| u[row].iter().map(|u| error(row) * u).collect()).collect())
                    },
                ),
            ),
        },
        Exercise {
            id: "07.3",
            title: "the nearest row of a table",
            hints: &[
                "Compute the cosine of `query` with each row, and keep the place of the largest.",
                "The cosine divides the product of two vectors by the length of both: a long row is not nearer.",
                "`dot(&query, row) / (dot(&query, &query) * dot(row, row)).sqrt()`, and the place of the row with the \
                 largest.",
            ],
            why: "This is what `vectors.nearest` does. How long a vector is has to do with how often the word occurs; \
                  what the word means is in the direction.",
            task: Task::Code(
                solution!("07_3", nearest_row, |rng| {
                    let query = numbers(rng, 3);
                    // Rows of very different length.
                    let row = |rng: &mut _, long: i32| -> Vec<f64> {
                        numbers(rng, 3).into_iter().map(|number| number * f64::from(long)).collect()
                    };
                    let mut table: Vec<Vec<f64>> = (1..=6).map(|long| row(rng, long)).collect();
                    // Half of the tables have no row on the query's side.
                    if numbers(rng, 1)[0] > 0.0 {
                        for row in table.iter_mut().filter(|row| dot(&query, row) > 0.0) {
                            row.iter_mut().for_each(|number| *number = -*number);
                        }
                    }
                    vec![Value::List(query), Value::Table(table)]
                })
                .mistake(
                    "A cosine may be below 0 in every row: begin with f64::NEG_INFINITY, not with 0.",
                    |query: Vec<f64>, table: Vec<Vec<f64>>| -> Result<usize> {
                        let (mut most, mut place) = (0.0, 0);
                        for (row, vector) in table.iter().enumerate() {
                            let cosine = dot(&query, vector) / dot(vector, vector).sqrt();
                            if cosine > most {
                                (most, place) = (cosine, row);
                            }
                        }
                        Ok(place)
                    },
                )
                .mistake(
                    "That is the row with the largest product: a long vector wins. Divide by the lengths.",
                    |query: Vec<f64>, table: Vec<Vec<f64>>| -> Result<usize> { Ok(best(&query, &table, dot)) },
                )
                .mistake(
                    "That is the row at the smallest distance: a short vector wins. The cosine asks for the direction \
                     only.",
                    |query: Vec<f64>, table: Vec<Vec<f64>>| -> Result<usize> {
                        Ok(best(&query, &table, |a, b| -a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum::<f64>()))
                    },
                )
                .mistake(
                    "That is the row with the smallest cosine: it points the other way.",
                    |query: Vec<f64>, table: Vec<Vec<f64>>| -> Result<usize> {
                        Ok(best(&query, &table, |a, b| -dot(a, b) / dot(b, b).sqrt()))
                    },
                ),
            ),
        },
        Exercise {
            id: "07.4",
            title: "what is trained when the table is frozen",
            hints: &[
                "The table of word vectors gets no update. What is left?",
                "A SimpleRnn has H · E + H · H + H numbers, the linear layer 4 · H + 4.",
            ],
            why: "20 · 100 + 20 · 20 + 20 = 2,420, and 4 · 20 + 4 = 84. So 2,504 numbers learn, and 500,000 do not: \
                  there is far less that can be learned by heart.",
            task: Task::Number {
                right: 2_504.0,
                wrong: &[
                    (502_504.0, "The table is counted. It is frozen: its 5,000 · 100 numbers do not change."),
                    (500_000.0, "That is the table, which is not trained."),
                    (2_104.0, "The state's weights are missing: H · H."),
                    (2_500.0, "The bias of the linear layer is missing."),
                    (2_484.0, "The bias of the recurrent layer is missing."),
                    (2_524.0, "PyTorch has two biases for each unit; asked is for one."),
                    (2_420.0, "This is the recurrent layer alone. The linear layer learns, too."),
                    (2_480.0, "The biases are missing: one for each unit, and one for each class."),
                ],
            },
        },
        Exercise {
            id: "07.5",
            title: "which start is the worst on new titles",
            hints: &[
                "Many words of the new titles do not stand in the 1,000 titles with a label.",
                "What does each of the three networks know of such a word?",
            ],
            why: "A vector that no label has ever touched is still a random one, and says nothing. The corpus has put \
                  it beside similar words before the training began.",
            task: Task::Choice {
                right: "a",
                wrong: &[
                    (
                        "b",
                        "The frozen vectors are not trained here, but the corpus has trained them: they know words \
                         that stand in none of the 1,000 titles.",
                    ),
                    (
                        "c",
                        "It begins with the same vectors as the frozen one. Its training may bend some of them too \
                         far, but the others stay where the corpus has put them.",
                    ),
                ],
            },
        },
    ]
}
