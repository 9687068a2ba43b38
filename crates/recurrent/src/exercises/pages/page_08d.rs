//! Page 8d: questions about a story.

use super::{Exercise, Task, Value, different, numbers, solution};
use crate::prelude::Result;
use rand::Rng;
use rand_chacha::ChaCha8Rng;

/// Three sentences of eight that are needed. The first one in the list is neither the first nor the last of the story.
fn needed(rng: &mut ChaCha8Rng) -> Vec<Value> {
    let mut needed = different(rng, 3);
    needed.sort_unstable();
    needed.swap(0, 1);
    vec![Value::List(needed.into_iter().map(|sentence| sentence as f64).collect()), Value::Number(8.0)]
}

/// Ten answers of three groups. Each group has at least two; the first answer is right, the second one wrong.
fn answers(rng: &mut ChaCha8Rng) -> Vec<Value> {
    let mut right: Vec<f64> = (0..10).map(|_| f64::from(rng.random_range(0..2u32))).collect();
    right[0] = 1.0;
    right[1] = 0.0;
    let mut group: Vec<f64> = (0..10).map(|answer| f64::from(answer % 3)).collect();
    for group in group.iter_mut().skip(6) {
        *group = f64::from(rng.random_range(0..3u32));
    }
    vec![Value::List(right), Value::List(group), Value::Number(3.0)]
}

/// Six scores, of which two to four belong to words.
fn scores(rng: &mut ChaCha8Rng) -> Vec<Value> {
    vec![Value::List(numbers(rng, 6)), Value::Number(f64::from(rng.random_range(2..5u32)))]
}

/// A state that asks, and four states of a story, of three numbers each.
fn states(rng: &mut ChaCha8Rng) -> Vec<Value> {
    let q = numbers(rng, 3).into_iter().map(|number| 2.0 * number).collect();
    vec![Value::List(q), Value::Table((0..4).map(|_| numbers(rng, 3)).collect())]
}

/// Weights of eight words in three sentences of 2, 3 and 3 words; one or two sentences are needed.
fn weights(rng: &mut ChaCha8Rng) -> Vec<Value> {
    let sentences = vec![0.0, 0.0, 1.0, 1.0, 1.0, 2.0, 2.0, 2.0];
    let needed = [vec![0.0], vec![2.0], vec![0.0, 1.0], vec![1.0, 2.0]];
    let needed = needed[rng.random_range(0..needed.len())].clone();
    let mut alpha: Vec<f64> = numbers(rng, 8).into_iter().map(|number| 0.1 + number.abs()).collect();
    alpha[3] += 1.0;
    let sum: f64 = alpha.iter().sum();
    vec![Value::List(alpha.into_iter().map(|one| one / sum).collect()), Value::List(sentences), Value::List(needed)]
}

/// The right answers and all answers of each group.
fn counts(right: &[usize], group: &[usize], groups: usize) -> (Vec<f64>, Vec<f64>) {
    let (mut hits, mut all) = (vec![0.0; groups], vec![0.0; groups]);
    for (right, group) in right.iter().zip(group) {
        hits[*group] += *right as f64;
        all[*group] += 1.0;
    }
    (hits, all)
}

fn softmax_of(e: &[f64]) -> Vec<f64> {
    let exp: Vec<f64> = e.iter().map(|e| e.exp()).collect();
    let sum: f64 = exp.iter().sum();
    exp.into_iter().map(|exp| exp / sum).collect()
}

fn dots(q: &[f64], h: &[Vec<f64>]) -> Vec<f64> {
    h.iter().map(|state| q.iter().zip(state).map(|(q, h)| q * h).sum()).collect()
}

/// The sum of the states, each times its weight.
fn mix(alpha: &[f64], h: &[Vec<f64>]) -> Vec<f64> {
    let mut z = vec![0.0; h[0].len()];
    for (weight, state) in alpha.iter().zip(h) {
        for (z, number) in z.iter_mut().zip(state) {
            *z += weight * number;
        }
    }
    z
}

pub(super) fn exercises() -> Vec<Exercise> {
    vec![
        Exercise {
            id: "08d.1",
            title: "the distance of a needed sentence",
            hints: &[
                "The first needed sentence is the one with the smallest number: `supporting.iter().min()`.",
                "In a story of five sentences number 4 stands right before the question: its distance is 0.",
                "`sentences - 1 - first`",
            ],
            why: "An accuracy over the distance shows how long a network keeps what it has read. One accuracy of all \
                  questions mixes near and far ones.",
            task: Task::Code(
                solution!("08d_1", distance, needed)
                    .mistake(
                        "That is the distance of the last needed sentence. Take the first one.",
                        |supporting: Vec<usize>, sentences: usize| -> Result<usize> {
                            Ok(sentences - 1 - supporting.iter().copied().max().unwrap_or(0))
                        },
                    )
                    .mistake(
                        "The sentences can stand in any order in the list, so the first number is not always the \
                         smallest one.",
                        |supporting: Vec<usize>, sentences: usize| -> Result<usize> {
                            Ok(sentences - 1 - supporting[0])
                        },
                    )
                    .mistake(
                        "One too many: the needed sentence does not stand between itself and the question.",
                        |supporting: Vec<usize>, sentences: usize| -> Result<usize> {
                            Ok(sentences - supporting.iter().copied().min().unwrap_or(0))
                        },
                    )
                    .mistake(
                        "That is the number of sentences before the needed one. Count those after it.",
                        |supporting: Vec<usize>, _sentences: usize| -> Result<usize> {
                            Ok(supporting.iter().copied().min().unwrap_or(0))
                        },
                    ),
            ),
        },
        Exercise {
            id: "08d.2",
            title: "accuracy by group",
            hints: &[
                "Two lists with a number for each group, all 0 at first: the right answers, and all answers.",
                "Go over both lists together: `for (right, group) in right.iter().zip(&group)`.",
                "`hits[*group] += *right as f64; all[*group] += 1.0;`, and at the end 100 · hits / all of each group.",
            ],
            why: "One accuracy can hide that a whole kind of questions goes wrong. Groups show it, but each group has \
                  fewer rows, so its number is less certain.",
            task: Task::Code(
                solution!("08d_2", by_group, answers)
                    .mistake(
                        "The right answers of a group are divided by the number of all answers. Divide by those of \
                         the group.",
                        |right: Vec<usize>, group: Vec<usize>, groups: usize| -> Result<Vec<f64>> {
                            let (hits, _) = counts(&right, &group, groups);
                            Ok(hits.iter().map(|hits| 100.0 * hits / right.len() as f64).collect())
                        },
                    )
                    .mistake(
                        "These are shares from 0 to 1. Asked is for percent.",
                        |right: Vec<usize>, group: Vec<usize>, groups: usize| -> Result<Vec<f64>> {
                            let (hits, all) = counts(&right, &group, groups);
                            Ok(hits.iter().zip(&all).map(|(hits, all)| hits / all).collect())
                        },
                    )
                    .mistake(
                        "These are the numbers of right answers. Divide each by the number of answers of its group.",
                        |right: Vec<usize>, group: Vec<usize>, groups: usize| -> Result<Vec<f64>> {
                            Ok(counts(&right, &group, groups).0)
                        },
                    )
                    .mistake(
                        "That says what share of the right answers is in each group. Divide by all answers of the \
                         group.",
                        |right: Vec<usize>, group: Vec<usize>, groups: usize| -> Result<Vec<f64>> {
                            let (hits, _) = counts(&right, &group, groups);
                            let sum: f64 = hits.iter().sum();
                            Ok(hits.iter().map(|hits| 100.0 * hits / sum).collect())
                        },
                    ),
            ),
        },
        Exercise {
            id: "08d.3",
            title: "a masked softmax",
            hints: &[
                "e to the power of each score, but 0 for the padding.",
                "Then each of them divided by their sum. The sum is taken after the padding is 0.",
                "`e.iter().enumerate().map(|(t, e)| if t < length { e.exp() } else { 0.0 })`",
            ],
            why: "The weights of a story must not depend on the other stories of its batch. Without the mask a short \
                  story beside a long one would give a part of its weights to padding.",
            task: Task::Code(
                solution!("08d_3", masked_softmax, scores)
                    .mistake(
                        "The padding gets weights as well. Leave it out of the sum, and give it the weight 0.",
                        |e: Vec<f64>, _length: usize| -> Result<Vec<f64>> { Ok(softmax_of(&e)) },
                    )
                    .mistake(
                        "The padding has the weight 0, but the weights of the words do not sum to 1. First mask, then \
                         divide by the sum.",
                        |e: Vec<f64>, length: usize| -> Result<Vec<f64>> {
                            let weights = softmax_of(&e).into_iter().enumerate();
                            Ok(weights.map(|(t, weight)| if t < length { weight } else { 0.0 }).collect())
                        },
                    )
                    .mistake(
                        "The scores of the padding are set to 0, and e to the power of 0 is 1. Its score must be very \
                         low, as -1e9, or its exponential 0.",
                        |e: Vec<f64>, length: usize| -> Result<Vec<f64>> {
                            let masked: Vec<f64> =
                                e.iter().enumerate().map(|(t, e)| if t < length { *e } else { 0.0 }).collect();
                            Ok(softmax_of(&masked))
                        },
                    )
                    .mistake(
                        "The weights of the padding are missing. Give back a weight for each place.",
                        |e: Vec<f64>, length: usize| -> Result<Vec<f64>> { Ok(softmax_of(&e[..length])) },
                    ),
            ),
        },
        Exercise {
            id: "08d.4",
            title: "one look by a dot product",
            hints: &[
                "The score of a state: the sum of `q[i] * h[t][i]` over all i.",
                "The weights are the softmax of the scores: e to the power of each, divided by the sum of these.",
                "Then for each state `*z += weight * h`, number by number.",
            ],
            why: "A dot product has no weights of its own: the LSTM has to learn states that fit each other, a \
                  question's and those of the sentences that answer it.",
            task: Task::Code(
                solution!("08d_4", look, states)
                    .mistake(
                        "The softmax is missing: the states are multiplied by their scores, not by weights that sum \
                         to 1.",
                        |q: Vec<f64>, h: Vec<Vec<f64>>| -> Result<Vec<f64>> { Ok(mix(&dots(&q, &h), &h)) },
                    )
                    .mistake(
                        "That is the plain mean of all states. Multiply each by its weight.",
                        |_q: Vec<f64>, h: Vec<Vec<f64>>| -> Result<Vec<f64>> {
                            Ok(mix(&vec![1.0 / h.len() as f64; h.len()], &h))
                        },
                    )
                    .mistake(
                        "That is the one state with the highest score. Take the sum of all, each times its weight.",
                        |q: Vec<f64>, h: Vec<Vec<f64>>| -> Result<Vec<f64>> {
                            let e = dots(&q, &h);
                            let best = (0..e.len()).max_by(|&i, &j| e[i].total_cmp(&e[j])).unwrap_or(0);
                            Ok(h[best].clone())
                        },
                    )
                    .mistake(
                        "The exponentials are not divided by their sum, so the weights do not sum to 1.",
                        |q: Vec<f64>, h: Vec<Vec<f64>>| -> Result<Vec<f64>> {
                            let exp: Vec<f64> = dots(&q, &h).into_iter().map(f64::exp).collect();
                            Ok(mix(&exp, &h))
                        },
                    ),
            ),
        },
        Exercise {
            id: "08d.5",
            title: "the weight on the needed sentences",
            hints: &[
                "Go over weights and sentences together: `alpha.iter().zip(&sentence)`.",
                "A word counts if `needed` has the number of its sentence: `needed.contains(sentence)`.",
                "Keep these words with `filter`, and `sum` their weights.",
            ],
            why: "A figure shows a few stories. A number over all of them, beside that of chance, shows whether they \
                  were typical.",
            task: Task::Code(
                solution!("08d_5", weight_on, weights)
                    .mistake(
                        "That is chance: the share of the words that stand in the needed sentences. Add their weights.",
                        |alpha: Vec<f64>, sentence: Vec<usize>, needed: Vec<usize>| -> Result<f64> {
                            let count = sentence.iter().filter(|one| needed.contains(one)).count();
                            Ok(count as f64 / alpha.len() as f64)
                        },
                    )
                    .mistake(
                        "That is the mean weight of these words. Asked is for the sum.",
                        |alpha: Vec<f64>, sentence: Vec<usize>, needed: Vec<usize>| -> Result<f64> {
                            let of: Vec<f64> = alpha
                                .iter()
                                .zip(&sentence)
                                .filter(|(_, sentence)| needed.contains(sentence))
                                .map(|(alpha, _)| *alpha)
                                .collect();
                            Ok(of.iter().sum::<f64>() / of.len() as f64)
                        },
                    )
                    .mistake(
                        "`needed` has numbers of sentences, not of words. `sentence[t]` says in which one word t \
                         stands.",
                        |alpha: Vec<f64>, _sentence: Vec<usize>, needed: Vec<usize>| -> Result<f64> {
                            Ok(needed.iter().map(|&word| alpha[word]).sum())
                        },
                    )
                    .mistake(
                        "These are the weights of all other sentences. Keep those that `needed` has.",
                        |alpha: Vec<f64>, sentence: Vec<usize>, needed: Vec<usize>| -> Result<f64> {
                            let others = alpha.iter().zip(&sentence).filter(|(_, one)| !needed.contains(one));
                            Ok(others.map(|(alpha, _)| alpha).sum())
                        },
                    ),
            ),
        },
    ]
}
