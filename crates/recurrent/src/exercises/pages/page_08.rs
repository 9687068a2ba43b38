//! Page 8: a writer.

use super::{Exercise, Task, Value, different, numbers, solution};
use crate::prelude::Result;
use rand::Rng;
use rand_chacha::ChaCha8Rng;

/// Twelve letters of three kinds. The first and the last one differ, so the counts of pairs are never symmetric.
fn letters(rng: &mut ChaCha8Rng) -> Vec<Value> {
    let mut ids: Vec<f64> = (0..12).map(|_| f64::from(rng.random_range(0..3u32))).collect();
    ids[0] = 0.0;
    ids[11] = 1.0;
    vec![Value::List(ids), Value::Number(3.0)]
}

fn probabilities(rng: &mut ChaCha8Rng) -> Vec<Value> {
    vec![Value::List(numbers(rng, 5).into_iter().map(|number| 0.05 + 0.9 * number.abs()).collect())]
}

/// Count, total and kinds of three contexts, each rarer than the one before.
fn contexts(rng: &mut ChaCha8Rng) -> Vec<Value> {
    let mut row = |count: u32, total: u32, kinds: u32| -> Vec<f64> {
        let drawn = [rng.random_range(1..=count), rng.random_range(total..=2 * total), rng.random_range(3..=kinds)];
        drawn.map(f64::from).to_vec()
    };
    vec![Value::Table(vec![row(20, 60, 30), row(8, 16, 9), row(3, 6, 5)]), Value::Number(66.0)]
}

/// From no context to the longest one: a step for each row (count, total, kinds, the probability so far).
fn chain(counts: &[Vec<f64>], start: f64, step: fn(f64, f64, f64, f64) -> f64) -> f64 {
    counts.iter().fold(start, |p, row| step(row[0], row[1], row[2], p))
}

/// A stream of at least three pieces, the last one shorter.
fn stream(rng: &mut ChaCha8Rng) -> Vec<Value> {
    let length = rng.random_range(3..=5u32);
    let count = 3 * length + rng.random_range(1..length);
    vec![Value::Number(f64::from(count)), Value::Number(f64::from(length))]
}

fn scores(rng: &mut ChaCha8Rng) -> Vec<Value> {
    let scores = numbers(rng, 5).into_iter().map(|number| 3.0 * number).collect();
    let temperature = if rng.random_range(0..2u32) == 0 { 0.5 } else { 2.5 };
    vec![Value::List(scores), Value::Number(temperature)]
}

fn softmax(scores: impl Iterator<Item = f64>) -> Vec<f64> {
    let powers: Vec<f64> = scores.map(f64::exp).collect();
    let sum: f64 = powers.iter().sum();
    powers.iter().map(|power| power / sum).collect()
}

/// Six different probabilities, and how many are kept.
fn six_letters(rng: &mut ChaCha8Rng) -> Vec<Value> {
    let p = different(rng, 6).into_iter().map(|number| number as f64 / 21.0).collect();
    vec![Value::List(p), Value::Number(f64::from(rng.random_range(2..=4u32)))]
}

/// The probabilities that are at least as large as the `k`-th of them in this order; 0 at all other places.
fn kept(p: &[f64], k: usize, order: fn(&f64, &f64) -> std::cmp::Ordering) -> Vec<f64> {
    let mut sorted = p.to_vec();
    sorted.sort_by(order);
    sorted.truncate(k);
    p.iter().map(|one| if sorted.contains(one) { *one } else { 0.0 }).collect()
}

/// The same shares, with the sum 1.
fn shares(p: &[f64]) -> Vec<f64> {
    let sum: f64 = p.iter().sum();
    p.iter().map(|one| one / sum).collect()
}

pub(super) fn exercises() -> Vec<Exercise> {
    vec![
        Exercise {
            id: "08.1",
            title: "which letter follows which",
            hints: &[
                "A table of `size` rows with `size` counts each, all 0 at first: `vec![vec![0; size]; size]`.",
                "`ids.windows(2)` goes over all neighbours.",
                "`for pair in ids.windows(2) { counts[pair[0]][pair[1]] += 1; }`",
            ],
            why: "A row of the table, divided by its sum, is the probability of the next letter after this one: a \
                  bigram model, the simplest writer. It forgets all but one letter.",
            task: Task::Code(
                solution!("08_1", count_pairs, letters)
                    .mistake(
                        "Rows and columns are swapped: the row is the letter that is read, the column the one after \
                         it.",
                        |ids: Vec<usize>, size: usize| -> Result<Vec<Vec<usize>>> {
                            let mut counts = vec![vec![0; size]; size];
                            for pair in ids.windows(2) {
                                counts[pair[1]][pair[0]] += 1;
                            }
                            Ok(counts)
                        },
                    )
                    .mistake(
                        "The text is no ring: nothing follows the last letter.",
                        |ids: Vec<usize>, size: usize| -> Result<Vec<Vec<usize>>> {
                            let mut counts = vec![vec![0; size]; size];
                            for (place, &id) in ids.iter().enumerate() {
                                counts[id][ids[(place + 1) % ids.len()]] += 1;
                            }
                            Ok(counts)
                        },
                    )
                    .mistake(
                        "One letter is skipped: asked is for the letter right after this one.",
                        |ids: Vec<usize>, size: usize| -> Result<Vec<Vec<usize>>> {
                            let mut counts = vec![vec![0; size]; size];
                            for three in ids.windows(3) {
                                counts[three[0]][three[2]] += 1;
                            }
                            Ok(counts)
                        },
                    )
                    .mistake(
                        "Each pair is noted only once. Add 1 for each time that it comes.",
                        |ids: Vec<usize>, size: usize| -> Result<Vec<Vec<usize>>> {
                            let mut counts = vec![vec![0; size]; size];
                            for pair in ids.windows(2) {
                                counts[pair[0]][pair[1]] = 1;
                            }
                            Ok(counts)
                        },
                    ),
            ),
        },
        Exercise {
            id: "08.2",
            title: "perplexity",
            hints: &[
                "The loss of one step is −ln of the probability of the right letter. First take the mean of these.",
                "The perplexity is e to the power of the mean loss: `loss.exp()`.",
                "`let loss = p.iter().map(|p| -p.ln()).sum::<f64>() / p.len() as f64;`",
            ],
            why: "A perplexity of k says: the model is as unsure as somebody who guesses among k letters that are \
                  equally likely. Its logarithm to the base 2 is the bits per letter.",
            task: Task::Code(
                solution!("08_2", perplexity, probabilities)
                    .mistake("That is the mean loss. The perplexity is e to its power.", |p: Vec<f64>| -> Result<f64> {
                        Ok(p.iter().map(|p| -p.ln()).sum::<f64>() / p.len() as f64)
                    })
                    .mistake(
                        "The losses are added. Take their mean, or a longer text has a larger perplexity.",
                        |p: Vec<f64>| -> Result<f64> { Ok(p.iter().map(|p| -p.ln()).sum::<f64>().exp()) },
                    )
                    .mistake(
                        "That is the mean of 1 / p. The mean is taken of the logarithms, before the exponential.",
                        |p: Vec<f64>| -> Result<f64> { Ok(p.iter().map(|p| 1.0 / p).sum::<f64>() / p.len() as f64) },
                    )
                    .mistake(
                        "The minus is missing: the loss is −ln p, so the perplexity is 1 or more.",
                        |p: Vec<f64>| -> Result<f64> {
                            Ok((p.iter().map(|p| p.ln()).sum::<f64>() / p.len() as f64).exp())
                        },
                    ),
            ),
        },
        Exercise {
            id: "08.3",
            title: "an n-gram asks the shorter one",
            hints: &[
                "Keep one number p. It begins with `1.0 / size as f64`, and each row gives it a new value.",
                "On the right of the formula stands the p of the shorter context: that is the p of the row before.",
                "`for row in counts { p = (row[0] + row[2] * p) / (row[1] + row[2]); }`",
            ],
            why: "K of total + K parts go to the shorter context. A context that came often, and with few different \
                  letters, is trusted; a rare one leaves the word to the shorter ones. So no letter gets 0.",
            task: Task::Code(
                solution!("08_3", witten_bell, contexts)
                    .mistake(
                        "p begins with 1. Before anything is counted all letters are equally likely: 1 / size.",
                        |counts: Vec<Vec<f64>>, _size: usize| -> Result<f64> {
                            Ok(chain(&counts, 1.0, |count, total, kinds, p| (count + kinds * p) / (total + kinds)))
                        },
                    )
                    .mistake(
                        "The rows come in the wrong order. Begin with row 0, which has no context, and end with the \
                         longest one.",
                        |mut counts: Vec<Vec<f64>>, size: usize| -> Result<f64> {
                            counts.reverse();
                            let start = 1.0 / size as f64;
                            Ok(chain(&counts, start, |count, total, kinds, p| (count + kinds * p) / (total + kinds)))
                        },
                    )
                    .mistake(
                        "K is missing above the line: the probability of the shorter context counts K times.",
                        |counts: Vec<Vec<f64>>, size: usize| -> Result<f64> {
                            let start = 1.0 / size as f64;
                            Ok(chain(&counts, start, |count, total, kinds, p| (count + p) / (total + kinds)))
                        },
                    )
                    .mistake(
                        "K is missing below the line: divide by total + K, or the probabilities of all letters sum to \
                         more than 1.",
                        |counts: Vec<Vec<f64>>, size: usize| -> Result<f64> {
                            let start = 1.0 / size as f64;
                            Ok(chain(&counts, start, |count, total, kinds, p| (count + kinds * p) / total))
                        },
                    ),
            ),
        },
        Exercise {
            id: "08.4",
            title: "how far back the gradient goes",
            hints: &[
                "The gradient of a letter's loss goes back to the first letter of its own piece.",
                "`place % length` says how many letters of the piece stand before this one.",
                "`(0..count).map(|place| …).collect()`, and the letter itself counts as well.",
            ],
            why: "The first letter of a piece teaches the network about one step only, the last one about all of the \
                  piece. The state that came in is a number like any other: it is used, but how it was made is not \
                  learned from this letter.",
            task: Task::Code(
                solution!("08_4", reach_of_gradient, stream)
                    .mistake(
                        "That is how far back the state goes: it is never cut. The gradient ends where the state was \
                         detached.",
                        |count: usize, _length: usize| -> Result<Vec<usize>> { Ok((1..=count).collect()) },
                    )
                    .mistake(
                        "Each number is one too small: the letter itself is counted.",
                        |count: usize, length: usize| -> Result<Vec<usize>> {
                            Ok((0..count).map(|place| place % length).collect())
                        },
                    )
                    .mistake(
                        "Only the last letter of a piece has so many letters behind it. Those before it have fewer.",
                        |count: usize, length: usize| -> Result<Vec<usize>> { Ok(vec![length; count]) },
                    )
                    .mistake(
                        "That counts to the end of the piece. The gradient goes back, to its beginning.",
                        |count: usize, length: usize| -> Result<Vec<usize>> {
                            Ok((0..count).map(|place| length - place % length).collect())
                        },
                    ),
            ),
        },
        Exercise {
            id: "08.5",
            title: "scores and a temperature",
            hints: &[
                "Divide each score by the temperature first; then comes the softmax.",
                "The softmax: e to the power of each number, divided by the sum of all these powers.",
                "`let powers: Vec<f64> = scores.iter().map(|score| (score / temperature).exp()).collect();`",
            ],
            why: "The temperature changes the differences between scores. Half the temperature doubles them, so the \
                  likeliest letter wins more often.",
            task: Task::Code(
                solution!("08_5", with_temperature, scores)
                    .mistake(
                        "The scores are multiplied by the temperature. Divide them, so that a high one makes them \
                         alike.",
                        |scores: Vec<f64>, temperature: f64| -> Result<Vec<f64>> {
                            Ok(softmax(scores.into_iter().map(|score| score * temperature)))
                        },
                    )
                    .mistake(
                        "The probabilities are divided, not the scores, and no longer sum to 1.",
                        |scores: Vec<f64>, temperature: f64| -> Result<Vec<f64>> {
                            Ok(softmax(scores.into_iter()).into_iter().map(|p| p / temperature).collect())
                        },
                    )
                    .mistake(
                        "The temperature has no effect. Divide the scores by it before the exponential; a division \
                         after it cancels out when the sum becomes 1.",
                        |scores: Vec<f64>, _temperature: f64| -> Result<Vec<f64>> { Ok(softmax(scores.into_iter())) },
                    )
                    .mistake(
                        "The powers do not sum to 1 yet. Divide each by the sum of all.",
                        |scores: Vec<f64>, temperature: f64| -> Result<Vec<f64>> {
                            Ok(scores.into_iter().map(|score| (score / temperature).exp()).collect())
                        },
                    ),
            ),
        },
        Exercise {
            id: "08.6",
            title: "only the k likeliest letters",
            hints: &[
                "Sort a copy of `p`, the largest first: `sorted.sort_by(|a, b| b.total_cmp(a))`.",
                "What is smaller than `sorted[k - 1]` becomes 0. Then divide by the sum of what is left.",
                "`let sum: f64 = sorted[..k].iter().sum();` and `if *p >= sorted[k - 1] { p / sum } else { 0.0 }`",
            ],
            why: "Many unlikely letters together are drawn quite often, and one wrong letter spoils the word. Top-k \
                  leaves them out, whatever the temperature.",
            task: Task::Code(
                solution!("08_6", top_k, six_letters)
                    .mistake(
                        "The rest is kept as it is. Divide by its sum, so that the probabilities sum to 1.",
                        |p: Vec<f64>, k: usize| -> Result<Vec<f64>> { Ok(kept(&p, k, |a, b| b.total_cmp(a))) },
                    )
                    .mistake(
                        "The k smallest are kept. Sort with the largest first.",
                        |p: Vec<f64>, k: usize| -> Result<Vec<f64>> { Ok(shares(&kept(&p, k, f64::total_cmp))) },
                    )
                    .mistake(
                        "The first k places are kept. The letters are not sorted by their probability: find the k \
                         largest.",
                        |p: Vec<f64>, k: usize| -> Result<Vec<f64>> {
                            let first: Vec<f64> =
                                p.iter().enumerate().map(|(place, p)| if place < k { *p } else { 0.0 }).collect();
                            Ok(shares(&first))
                        },
                    )
                    .mistake(
                        "The letters that are left out are missing from the list. They keep their places, with 0.",
                        |p: Vec<f64>, k: usize| -> Result<Vec<f64>> {
                            let rest = kept(&p, k, |a, b| b.total_cmp(a)).into_iter().filter(|p| *p > 0.0);
                            Ok(shares(&rest.collect::<Vec<f64>>()))
                        },
                    ),
            ),
        },
    ]
}
