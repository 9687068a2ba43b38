//! Page 11: show, attend and tell.

use super::{Exercise, Task, Value, numbers, solution};
use crate::prelude::Result;
use rand::Rng;
use rand_chacha::ChaCha8Rng;

/// A region at the right or at the lower edge: its window ends at the edge, and its row is not its column.
fn region(rng: &mut ChaCha8Rng) -> Vec<Value> {
    let along = rng.random_range(0..5u32);
    let region = if rng.random_range(0..2u32) == 0 { 6 * along + 5 } else { 6 * 5 + along };
    vec![Value::Number(f64::from(region))]
}

fn four_regions(rng: &mut ChaCha8Rng) -> Vec<Value> {
    let regions = (0..4).map(|_| numbers(rng, 2)).collect();
    vec![Value::List(numbers(rng, 4)), Value::Table(regions), Value::Number(f64::from(rng.random_range(2..6u32)))]
}

/// Six captions of four words. The first is said as it is, the second with one wrong word, the third with wrong words
/// only, the fourth with two wrong words, the others at random.
fn captions(rng: &mut ChaCha8Rng) -> Vec<Value> {
    let truth: Vec<Vec<f64>> = (0..6).map(|_| (0..4).map(|_| f64::from(rng.random_range(1..9u32))).collect()).collect();
    let mut said = truth.clone();
    let (fifth, sixth) = (rng.random_range(0..3usize), rng.random_range(0..3usize));
    for (row, wrong) in [(1usize, 1), (2, 4), (3, 2), (4, fifth), (5, sixth)] {
        // The last words are wrong, or the first ones.
        let from = if row % 2 == 1 { 4 - wrong } else { 0 };
        for word in said[row].iter_mut().skip(from).take(wrong) {
            *word += 1.0;
        }
    }
    vec![Value::Table(said), Value::Table(truth)]
}

/// The weights of five regions for three words; those of a word sum to 1.
fn weights(rng: &mut ChaCha8Rng) -> Vec<Value> {
    let mut table: Vec<Vec<f64>> = Vec::new();
    for _ in 0..3 {
        let row: Vec<f64> = numbers(rng, 5).into_iter().map(|number| 0.05 + number.abs()).collect();
        let sum: f64 = row.iter().sum();
        table.push(row.into_iter().map(|weight| weight / sum).collect());
    }
    vec![Value::Table(table)]
}

fn softmax_of(e: &[f64], lambda: f64) -> Vec<f64> {
    let exp: Vec<f64> = e.iter().map(|e| (lambda * e).exp()).collect();
    let sum: f64 = exp.iter().sum();
    exp.into_iter().map(|exp| exp / sum).collect()
}

/// The sum of the regions, each times its weight.
fn seen(alpha: &[f64], a: &[Vec<f64>]) -> Vec<f64> {
    let mut z = vec![0.0; a[0].len()];
    for (weight, region) in alpha.iter().zip(a) {
        for (z, number) in z.iter_mut().zip(region) {
            *z += weight * number;
        }
    }
    z
}

pub(super) fn exercises() -> Vec<Exercise> {
    vec![
        Exercise {
            id: "11.1",
            title: "what a region sees",
            hints: &[
                "Region 8 is in row 1 and column 2 of the six by six: `8 / 6` and `8 % 6`.",
                "Its own pixels begin at row 4 · 1 and column 4 · 2. The window begins two before and ends two after \
                 them.",
                "`top.saturating_sub(2)` is never below 0, `(top + 6).min(24)` never above 24.",
            ],
            why: "The windows of neighbours overlap, so most pixels are seen by more than one region. So a region with \
                  large weight tells roughly where the network looks, to about a window.",
            task: Task::Code(
                solution!("11_1", window_of, region)
                    .mistake(
                        "These are the region's own 4 × 4 pixels. It also sees two more on each side.",
                        |region: usize| -> Result<Vec<usize>> {
                            let (top, left) = (4 * (region / 6), 4 * (region % 6));
                            Ok(vec![top, top + 4, left, left + 4])
                        },
                    )
                    .mistake(
                        "Rows and columns are swapped: the regions are counted row by row, so the row is `region / 6`.",
                        |region: usize| -> Result<Vec<usize>> {
                            let (top, left) = (4 * (region % 6), 4 * (region / 6));
                            let end = |first: usize| (first + 6).min(24);
                            Ok(vec![top.saturating_sub(2), end(top), left.saturating_sub(2), end(left)])
                        },
                    )
                    .mistake(
                        "The window goes beyond the picture. It ends at 24.",
                        |region: usize| -> Result<Vec<usize>> {
                            let (top, left) = (4 * (region / 6), 4 * (region % 6));
                            Ok(vec![top.saturating_sub(2), top + 6, left.saturating_sub(2), left + 6])
                        },
                    )
                    .mistake(
                        "At the edge the window is cut: it ends two pixels below the region, at 4 · row + 6.",
                        |region: usize| -> Result<Vec<usize>> {
                            let first = |row: usize| (4 * row).saturating_sub(2);
                            let (top, left) = (first(region / 6), first(region % 6));
                            Ok(vec![top, (top + 8).min(24), left, (left + 8).min(24)])
                        },
                    )
                    .mistake("The order is top, bottom, left, right.", |region: usize| -> Result<Vec<usize>> {
                        let (top, left) = (4 * (region / 6), 4 * (region % 6));
                        let end = |first: usize| (first + 6).min(24);
                        Ok(vec![top.saturating_sub(2), left.saturating_sub(2), end(top), end(left)])
                    })
                    .mistake(
                        "The ends are one too small: a range like 0..24 does not contain its end.",
                        |region: usize| -> Result<Vec<usize>> {
                            let (top, left) = (4 * (region / 6), 4 * (region % 6));
                            let end = |first: usize| (first + 6).min(24) - 1;
                            Ok(vec![top.saturating_sub(2), end(top), left.saturating_sub(2), end(left)])
                        },
                    ),
            ),
        },
        Exercise {
            id: "11.2",
            title: "soft attention in plain numbers",
            hints: &[
                "First the weights: e to the power of `lambda` times each score, divided by the sum of all these.",
                "Then `z`: the sum of all regions, each multiplied by its weight, number by number.",
                "`let exp: Vec<f64> = e.iter().map(|e| (lambda * e).exp()).collect();` and `alpha` is each of them \
                 divided by `exp.iter().sum::<f64>()`.",
            ],
            why: "Every step has a derivative: of z by the weights, of the weights by the scores. So the loss of a \
                  word says how the scores should change. A choice of one region would have none.",
            task: Task::Code(
                solution!("11_2", soft_attention, four_regions)
                    .mistake(
                        "`lambda` changes nothing here: multiply the scores by it before the exponential.",
                        |e: Vec<f64>, a: Vec<Vec<f64>>, _lambda: f64| -> Result<(Vec<f64>, Vec<f64>)> {
                            let alpha = softmax_of(&e, 1.0);
                            let z = seen(&alpha, &a);
                            Ok((alpha, z))
                        },
                    )
                    .mistake(
                        "`lambda` multiplies the weights, so they no longer sum to 1. It belongs to the scores.",
                        |e: Vec<f64>, a: Vec<Vec<f64>>, lambda: f64| -> Result<(Vec<f64>, Vec<f64>)> {
                            let alpha: Vec<f64> = softmax_of(&e, 1.0).into_iter().map(|one| lambda * one).collect();
                            let z = seen(&alpha, &a);
                            Ok((alpha, z))
                        },
                    )
                    .mistake(
                        "The weights are not divided by their sum, so they do not sum to 1.",
                        |e: Vec<f64>, a: Vec<Vec<f64>>, lambda: f64| -> Result<(Vec<f64>, Vec<f64>)> {
                            let alpha: Vec<f64> = e.iter().map(|e| (lambda * e).exp()).collect();
                            let z = seen(&alpha, &a);
                            Ok((alpha, z))
                        },
                    )
                    .mistake(
                        "z is the plain mean of the regions. Multiply each by its weight.",
                        |e: Vec<f64>, a: Vec<Vec<f64>>, lambda: f64| -> Result<(Vec<f64>, Vec<f64>)> {
                            let alike = vec![1.0 / a.len() as f64; a.len()];
                            Ok((softmax_of(&e, lambda), seen(&alike, &a)))
                        },
                    )
                    .mistake(
                        "z is the one region with the highest score: that is hard attention, which has no gradient for \
                         the scores.",
                        |e: Vec<f64>, a: Vec<Vec<f64>>, lambda: f64| -> Result<(Vec<f64>, Vec<f64>)> {
                            let best = (0..e.len()).max_by(|&i, &j| e[i].total_cmp(&e[j])).unwrap_or(0);
                            Ok((softmax_of(&e, lambda), a[best].clone()))
                        },
                    ),
            ),
        },
        Exercise {
            id: "11.3",
            title: "exactly right sentences",
            hints: &[
                "Go over both lists together: `said.iter().zip(&truth)`.",
                "A sentence counts if the whole list is equal: `said == truth` compares all words.",
                "`said.iter().zip(&truth).filter(|(said, truth)| said == truth).count()`",
            ],
            why: "Seven words that are right in 95 % of the cases each, one independent of the other, make only 70 % \
                  right sentences. So it must be said what was counted.",
            task: Task::Code(
                solution!("11_3", exact_share, captions)
                    .mistake(
                        "These are the right words. A sentence counts only if all its words are right.",
                        |said: Vec<Vec<usize>>, truth: Vec<Vec<usize>>| -> Result<f64> {
                            let (said, truth) = (said.concat(), truth.concat());
                            let right = said.iter().zip(&truth).filter(|(said, truth)| said == truth).count();
                            Ok(100.0 * right as f64 / truth.len() as f64)
                        },
                    )
                    .mistake(
                        "Only the first word is compared. A sentence counts only if all its words are right.",
                        |said: Vec<Vec<usize>>, truth: Vec<Vec<usize>>| -> Result<f64> {
                            let right = said.iter().zip(&truth).filter(|(said, truth)| said[0] == truth[0]).count();
                            Ok(100.0 * right as f64 / truth.len() as f64)
                        },
                    )
                    .mistake(
                        "That is a share from 0 to 1. Asked is for percent.",
                        |said: Vec<Vec<usize>>, truth: Vec<Vec<usize>>| -> Result<f64> {
                            let right = said.iter().zip(&truth).filter(|(said, truth)| said == truth).count();
                            Ok(right as f64 / truth.len() as f64)
                        },
                    )
                    .mistake(
                        "Sentences with at least one right word are counted. All words must be right.",
                        |said: Vec<Vec<usize>>, truth: Vec<Vec<usize>>| -> Result<f64> {
                            let right = said
                                .iter()
                                .zip(&truth)
                                .filter(|(said, truth)| said.iter().zip(truth.iter()).any(|(a, b)| a == b))
                                .count();
                            Ok(100.0 * right as f64 / truth.len() as f64)
                        },
                    )
                    .mistake(
                        "That is the number of right sentences. Divide it by the number of all.",
                        |said: Vec<Vec<usize>>, truth: Vec<Vec<usize>>| -> Result<f64> {
                            Ok(said.iter().zip(&truth).filter(|(said, truth)| said == truth).count() as f64)
                        },
                    ),
            ),
        },
        Exercise {
            id: "11.4",
            title: "the penalty of the paper",
            hints: &[
                "For each region: the sum of its weights over all words. It should be near 1.",
                "Take 1 minus this sum, square it, and add all regions.",
                "`let looked_at = |j: usize| alpha.iter().map(|weights| weights[j]).sum::<f64>();`",
            ],
            why: "The weights of a word sum to 1 by the softmax; the penalty asks the same of a region over all words. \
                  Hence the name *doubly stochastic*. The network is to look at the whole picture.",
            task: Task::Code(
                solution!("11_4", penalty, weights)
                    .mistake(
                        "The weights of each word are added: they always sum to 1. Add those of each region.",
                        |alpha: Vec<Vec<f64>>| -> Result<f64> {
                            Ok(alpha.iter().map(|weights| (1.0 - weights.iter().sum::<f64>()).powi(2)).sum())
                        },
                    )
                    .mistake(
                        "Each weight is taken alone. First add the weights of a region over all words, then square.",
                        |alpha: Vec<Vec<f64>>| -> Result<f64> {
                            Ok(alpha.iter().flatten().map(|weight| (1.0 - weight).powi(2)).sum())
                        },
                    )
                    .mistake(
                        "The square is missing, so regions that get too much make up for those that get too little.",
                        |alpha: Vec<Vec<f64>>| -> Result<f64> {
                            Ok(alpha[0].len() as f64 - alpha.iter().flatten().sum::<f64>())
                        },
                    )
                    .mistake(
                        "The mean over the words stands in place of the sum.",
                        |alpha: Vec<Vec<f64>>| -> Result<f64> {
                            let mean =
                                |j: usize| alpha.iter().map(|weights| weights[j]).sum::<f64>() / alpha.len() as f64;
                            Ok((0..alpha[0].len()).map(|j| (1.0 - mean(j)).powi(2)).sum())
                        },
                    ),
            ),
        },
        Exercise {
            id: "11.5",
            title: "the smallest penalty",
            hints: &[
                "The weights of a word sum to 1. What is the sum of all weights of seven words?",
                "Spread over 36 regions, each region gets 7 / 36.",
                "36 · (1 − 7 / 36)²",
            ],
            why: "36 · (29 / 36)² = 23.36. With fewer words than regions it cannot be 0, so its size alone says little: compare it \
                  with this number.",
            task: Task::Number {
                right: 23.3611,
                wrong: &[
                    (
                        0.0,
                        "For that the weights of each region must sum to 1, and all weights to 36. Seven words give \
                           7.",
                    ),
                    (29.0, "The square is missing: 36 · (1 − 7 / 36)²."),
                    (34.027_8, "This is for one word. Seven words give each region 7 / 36."),
                    (0.648_92, "That is the part of one region. Add those of all 36."),
                ],
            },
        },
        Exercise {
            id: "11.6",
            title: "without the places",
            hints: &[
                "What a region shows is in its window. Where the region lies is only in `place`.",
                "Which words could you write if you saw the 36 windows in no order?",
            ],
            why: "A window alone says little of its place, so top or bottom goes wrong most. (Left or right stays mostly right: a window at the edge of the picture can show that it is there.)",
            task: Task::Choice {
                right: "c",
                wrong: &[
                    ("a", "The size is in the windows: a large shape fills them, a small one does not."),
                    ("b", "The form is seen in the windows. Look at the numbers: another kind of words falls further."),
                ],
            },
        },
    ]
}
