//! Page 8: beyond classification.

use super::{Exercise, Task, Value, numbers, solution};
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

fn sentence(rng: &mut ChaCha8Rng) -> Vec<Value> {
    let words = (0..4).map(|_| f64::from(rng.random_range(4..40u32))).collect();
    vec![Value::List(words), Value::Number(2.0), Value::Number(3.0)]
}

/// Five words. With a beam of 3 the best pair begins with the second likeliest word, the sum of the probabilities takes
/// the third one, greedy search the first one, and a search without a limit the fourth one.
fn two_words(rng: &mut ChaCha8Rng) -> Vec<Value> {
    let (shift, peak) = (rng.random_range(0..5usize), rng.random_range(0..5usize));
    let (mut first, mut next) = (vec![0.0; 5], vec![Vec::new(); 5]);
    // Where the second word is very sure, its sum is the largest as well; where it is less so, only its probability.
    let (second, third) = if rng.random_range(0..2u32) == 0 { (0.66, 0.75) } else { (0.68, 0.71) };
    let ranks: [(f64, f64); 5] = [(0.28, 0.4), (0.25, second), (0.21, third), (0.2, 0.95), (0.06, 0.5)];
    for (rank, (p, likeliest)) in ranks.into_iter().enumerate() {
        let word = (rank + shift) % 5;
        first[word] = p;
        next[word] = vec![(1.0 - likeliest) / 4.0; 5];
        next[word][(rank + peak) % 5] = likeliest;
    }
    vec![Value::List(first), Value::Table(next), Value::Number(3.0)]
}

/// The pair with the highest score among those that begin with one of the `width` likeliest words.
fn best_pair(first: &[f64], next: &[Vec<f64>], width: usize, score: fn(f64, f64) -> f64) -> Vec<usize> {
    let mut kept: Vec<usize> = (0..first.len()).collect();
    kept.sort_by(|&a, &b| first[b].total_cmp(&first[a]));
    kept.truncate(width);
    let mut best = (0.0, Vec::new());
    for a in kept {
        for (b, p) in next[a].iter().enumerate() {
            let score = score(first[a], *p);
            if score > best.0 {
                best = (score, vec![a, b]);
            }
        }
    }
    best.1
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
                  bigram model, the simplest writer. It forgets all but one letter, so it cannot know whether the \
                  animals are one or two.",
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
            why: "A perplexity of k says: the network is as unsure as somebody who guesses among k letters that are \
                  equally likely. So networks with vocabularies of one size can be compared by it.",
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
            title: "what a higher temperature does",
            hints: &[
                "The scores are divided by the temperature. What becomes of their differences when it is large?",
                "A high temperature brings the probabilities of all letters nearer to each other.",
            ],
            why: "A high temperature draws unlikely letters more often. So the sentences repeat less, and contain more \
                  mistakes: one setting trades the one for the other.",
            task: Task::Choice {
                right: "b",
                wrong: &[
                    (
                        "a",
                        "A letter that the grammar forbids has a small probability. A high temperature raises it, so \
                         fewer sentences are right.",
                    ),
                    (
                        "c",
                        "The letters are drawn with nearly equal probabilities at a high temperature, so the same \
                         sentence seldom comes twice.",
                    ),
                ],
            },
        },
        Exercise {
            id: "08.4",
            title: "what the decoder reads and what it must say",
            hints: &[
                "Both lists have one number more than the sentence has words.",
                "`before` is `bos` and the words, `after` is the words and `eos`.",
                "`let mut before = vec![bos]; before.extend(&words);` and the other list ends with `after.push(eos);`",
            ],
            why: "At each step the decoder reads the right word and must say the next one. So all steps of a sentence \
                  are learned at once, and a wrong answer does not spoil the words after it.",
            task: Task::Code(
                solution!("08_4", shifted, sentence)
                    .mistake(
                        "The two lists are swapped: first what the decoder reads, then what it must say.",
                        |words: Vec<usize>, bos: usize, eos: usize| -> Result<(Vec<usize>, Vec<usize>)> {
                            Ok(([words.clone(), vec![eos]].concat(), [vec![bos], words].concat()))
                        },
                    )
                    .mistake(
                        "Both lists are the same, so the decoder only has to copy what it reads. Move one of them by \
                         one word.",
                        |words: Vec<usize>, bos: usize, eos: usize| -> Result<(Vec<usize>, Vec<usize>)> {
                            let all = [vec![bos], words, vec![eos]].concat();
                            Ok((all.clone(), all))
                        },
                    )
                    .mistake(
                        "The decoder reads `eos` too. Nothing comes after it, so the list before it must end one word \
                         earlier.",
                        |words: Vec<usize>, bos: usize, eos: usize| -> Result<(Vec<usize>, Vec<usize>)> {
                            let all = [vec![bos], words.clone(), vec![eos]].concat();
                            Ok((all, [words, vec![eos]].concat()))
                        },
                    )
                    .mistake(
                        "`eos` is missing: the decoder must learn to say when the sentence ends.",
                        |words: Vec<usize>, bos: usize, _eos: usize| -> Result<(Vec<usize>, Vec<usize>)> {
                            let all = [vec![bos], words.clone()].concat();
                            Ok((all[..words.len()].to_vec(), words))
                        },
                    ),
            ),
        },
        Exercise {
            id: "08.5",
            title: "beam search over two words",
            hints: &[
                "Sort the words by `first`, and keep the `width` likeliest ones.",
                "The probability of a pair a, b is `first[a] * next[a][b]`.",
                "`kept.sort_by(|&a, &b| first[b].total_cmp(&first[a])); kept.truncate(width);` and then two loops, \
                 over the words that are kept and over all second words.",
            ],
            why: "Greedy search is a beam of width 1: it can miss the likeliest sentence, since a good first word may \
                  have only weak second words. A beam looks at a few beginnings; only a search through all is sure, \
                  and too slow for sentences.",
            task: Task::Code(
                solution!("08_5", beam, two_words)
                    .mistake(
                        "That is greedy search: only the likeliest first word is tried. Keep `width` of them.",
                        |first: Vec<f64>, next: Vec<Vec<f64>>, _width: usize| -> Result<Vec<usize>> {
                            Ok(best_pair(&first, &next, 1, |a, b| a * b))
                        },
                    )
                    .mistake(
                        "All first words are tried. A beam goes on only from the `width` likeliest ones.",
                        |first: Vec<f64>, next: Vec<Vec<f64>>, _width: usize| -> Result<Vec<usize>> {
                            Ok(best_pair(&first, &next, first.len(), |a, b| a * b))
                        },
                    )
                    .mistake(
                        "`first` is not counted: the score of a pair is the product of both probabilities.",
                        |first: Vec<f64>, next: Vec<Vec<f64>>, width: usize| -> Result<Vec<usize>> {
                            Ok(best_pair(&first, &next, width, |_, p| p))
                        },
                    )
                    .mistake(
                        "The probabilities are added. Those of words that follow each other are multiplied (or their \
                         logarithms added).",
                        |first: Vec<f64>, next: Vec<Vec<f64>>, width: usize| -> Result<Vec<usize>> {
                            Ok(best_pair(&first, &next, width, |a, b| a + b))
                        },
                    ),
            ),
        },
        Exercise {
            id: "08.6",
            title: "how good a forecast can be",
            hints: &[
                "The measured numbers are a trend, a season and noise. Which of the three can be known beforehand?",
                "Nobody can forecast the noise. The rules know only a part of the rest.",
            ],
            why: "An error says little alone. A simple rule is what a network must beat, and the noise is what no \
                  network can beat on average.",
            task: Task::Choice {
                right: "c",
                wrong: &[
                    ("a", "The noise cannot be forecast, so on average it stays in the error of every forecast."),
                    (
                        "b",
                        "Each rule misses something that the network can see: the one of last month knows no season, \
                         the one of a year ago knows no trend.",
                    ),
                ],
            },
        },
    ]
}
