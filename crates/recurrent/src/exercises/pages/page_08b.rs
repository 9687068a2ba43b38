//! Page 8b: translation that breaks, and attention.

use super::{Exercise, Task, Value, numbers, solution};
use crate::prelude::Result;
use rand::Rng;
use rand_chacha::ChaCha8Rng;

fn sentence(rng: &mut ChaCha8Rng) -> Vec<Value> {
    let words = (0..4).map(|_| f64::from(rng.random_range(4..40u32))).collect();
    vec![Value::List(words), Value::Number(2.0), Value::Number(3.0)]
}

/// Eight texts of four words: five have `k` sentences, three have another number of them. Of the five, one to three are
/// exact, one lacks its last word, and the others have one wrong word; of the three, one or two are exact.
fn translations(rng: &mut ChaCha8Rng) -> Vec<Value> {
    let (exact, others) = (rng.random_range(1..4usize), rng.random_range(1..3usize));
    let (k, shift) = (rng.random_range(1..3u32), rng.random_range(0..8usize));
    let (mut said, mut truth) = (vec![Vec::new(); 8], vec![Vec::new(); 8]);
    let mut sentences = vec![0.0; 8];
    for place in 0..8 {
        let row = (3 * place + shift) % 8;
        let words: Vec<f64> = (0..4).map(|_| f64::from(rng.random_range(1..9u32))).collect();
        let mut own = words.clone();
        let (of_k, right) = (place < 5, if place < 5 { place < exact } else { place - 5 < others });
        if place == 4 {
            own.truncate(3);
        } else if !right {
            own[place % 4] += 1.0;
        }
        (said[row], truth[row]) = (own, words);
        sentences[row] = f64::from(if of_k { k } else { 3 - k });
    }
    vec![Value::Table(said), Value::Table(truth), Value::List(sentences), Value::Number(f64::from(k))]
}

/// Five places, of which one to three are padding. Their scores are above 0.
fn padded_scores(rng: &mut ChaCha8Rng) -> Vec<Value> {
    let length = rng.random_range(2..5usize);
    let mut scores = numbers(rng, 5);
    for score in scores.iter_mut().skip(length) {
        *score = 0.5 + score.abs();
    }
    vec![Value::List(scores), Value::Number(length as f64)]
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

/// The truth has twelve different words. What is said begins with its first two words, says them again, goes on with the
/// third and a strange word, and ends with one to three of the words after the third.
fn repeating(rng: &mut ChaCha8Rng) -> Vec<Value> {
    let (shift, more) = (rng.random_range(0..12usize), rng.random_range(1..4usize));
    let truth: Vec<f64> = (0..12).map(|place| ((5 * place + shift) % 12 + 1) as f64).collect();
    let mut said = vec![truth[0], truth[1], truth[0], truth[1], truth[2], 20.0];
    said.extend(&truth[3..3 + more]);
    vec![Value::List(said), Value::List(truth)]
}

fn softmax_of(e: &[f64]) -> Vec<f64> {
    let exp: Vec<f64> = e.iter().map(|e| e.exp()).collect();
    let sum: f64 = exp.iter().sum();
    exp.into_iter().map(|exp| exp / sum).collect()
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

/// How many runs of `n` words of `said` stand in `truth`, each at most as often as there.
fn clipped(said: &[usize], truth: &[usize], n: usize) -> usize {
    let mut left: Vec<&[usize]> = truth.windows(n).collect();
    let mut found = 0;
    for run in said.windows(n) {
        if let Some(place) = left.iter().position(|one| *one == run) {
            left.swap_remove(place);
            found += 1;
        }
    }
    found
}

pub(super) fn exercises() -> Vec<Exercise> {
    vec![
        Exercise {
            id: "08b.1",
            title: "what the decoder reads and what it must say",
            hints: &[
                "Both lists have one number more than the target has words.",
                "`before` is `start` and the words, `after` is the words and `end`.",
                "`let mut before = vec![start]; before.extend(&words);` and the other list ends with `after.push(end);`",
            ],
            why: "At each step the decoder reads the right word and must say the next one. So all steps of a target \
                  are learned at once, and a wrong answer does not spoil the words after it.",
            task: Task::Code(
                solution!("08b_1", shifted, sentence)
                    .mistake(
                        "The two lists are swapped: first what the decoder reads, then what it must say.",
                        |words: Vec<usize>, start: usize, end: usize| -> Result<(Vec<usize>, Vec<usize>)> {
                            Ok(([words.clone(), vec![end]].concat(), [vec![start], words].concat()))
                        },
                    )
                    .mistake(
                        "Both lists are the same, so the decoder only has to copy what it reads. Move one of them by \
                         one word.",
                        |words: Vec<usize>, start: usize, end: usize| -> Result<(Vec<usize>, Vec<usize>)> {
                            let all = [vec![start], words, vec![end]].concat();
                            Ok((all.clone(), all))
                        },
                    )
                    .mistake(
                        "The decoder reads `end` too. Nothing comes after it, so the list before it must end one word \
                         earlier.",
                        |words: Vec<usize>, start: usize, end: usize| -> Result<(Vec<usize>, Vec<usize>)> {
                            let all = [vec![start], words.clone(), vec![end]].concat();
                            Ok((all, [words, vec![end]].concat()))
                        },
                    )
                    .mistake(
                        "`end` is missing: the decoder must learn to say when the target ends.",
                        |words: Vec<usize>, start: usize, _end: usize| -> Result<(Vec<usize>, Vec<usize>)> {
                            let all = [vec![start], words.clone()].concat();
                            Ok((all[..words.len()].to_vec(), words))
                        },
                    ),
            ),
        },
        Exercise {
            id: "08b.2",
            title: "exact matches of one length",
            hints: &[
                "Only the texts with `sentences[row] == k` count, above and below the line of the fraction.",
                "Two lists are equal when all their numbers are, and their lengths: `said[row] == truth[row]`.",
                "`let rows: Vec<usize> = (0..said.len()).filter(|&row| sentences[row] == k).collect();`",
            ],
            why: "One wrong word makes a text wrong, so this measure is strict with long texts. With 99 % of the words \
                  right, and mistakes that fall anywhere, a text of 10 words is exact in 90 % of all cases, one of 50 \
                  words in 61 %.",
            task: Task::Code(
                solution!("08b_2", exact_of, translations)
                    .mistake(
                        "`k` changes nothing here. Count only the texts with `k` sentences.",
                        |said: Vec<Vec<usize>>,
                         truth: Vec<Vec<usize>>,
                         _sentences: Vec<usize>,
                         _k: usize|
                         -> Result<f64> {
                            let right = said.iter().zip(&truth).filter(|(said, truth)| said == truth).count();
                            Ok(right as f64 / said.len() as f64)
                        },
                    )
                    .mistake(
                        "The exact texts with `k` sentences are divided by the number of all texts. Divide by the \
                         number of those with `k` sentences.",
                        |said: Vec<Vec<usize>>,
                         truth: Vec<Vec<usize>>,
                         sentences: Vec<usize>,
                         k: usize|
                         -> Result<f64> {
                            let rows = (0..said.len()).filter(|&row| sentences[row] == k);
                            let right = rows.filter(|&row| said[row] == truth[row]).count();
                            Ok(right as f64 / said.len() as f64)
                        },
                    )
                    .mistake(
                        "That is the share of right words. A text counts only if all its words are right.",
                        |said: Vec<Vec<usize>>,
                         truth: Vec<Vec<usize>>,
                         sentences: Vec<usize>,
                         k: usize|
                         -> Result<f64> {
                            let (mut right, mut all) = (0, 0);
                            for row in (0..said.len()).filter(|&row| sentences[row] == k) {
                                right +=
                                    said[row].iter().zip(&truth[row]).filter(|(said, truth)| said == truth).count();
                                all += truth[row].len();
                            }
                            Ok(right as f64 / all as f64)
                        },
                    )
                    .mistake(
                        "A translation that ends too early is counted as right: `zip` stops at the end of the shorter \
                         list. Compare the whole lists.",
                        |said: Vec<Vec<usize>>,
                         truth: Vec<Vec<usize>>,
                         sentences: Vec<usize>,
                         k: usize|
                         -> Result<f64> {
                            let rows: Vec<usize> = (0..said.len()).filter(|&row| sentences[row] == k).collect();
                            let alike =
                                |row: usize| said[row].iter().zip(&truth[row]).all(|(said, truth)| said == truth);
                            let right = rows.iter().filter(|&&row| alike(row)).count();
                            Ok(right as f64 / rows.len() as f64)
                        },
                    ),
            ),
        },
        Exercise {
            id: "08b.3",
            title: "attention weights with a mask",
            hints: &[
                "Give the padding a score of −1e9 first, then take the softmax of all scores.",
                "The softmax: e to the power of each score, divided by the sum of all these.",
                "`let masked = e.iter().enumerate().map(|(j, e)| if j < length { *e } else { -1e9 });`",
            ],
            why: "The weights of the words sum to 1, and padding has none. So a text gets the same context alone and \
                  beside a longer text that makes its batch longer.",
            task: Task::Code(
                solution!("08b_3", masked_weights, padded_scores)
                    .mistake(
                        "Padding has a weight here: `length` changes nothing. Give it a score of −1e9.",
                        |e: Vec<f64>, _length: usize| -> Result<Vec<f64>> { Ok(softmax_of(&e)) },
                    )
                    .mistake(
                        "The weights of the words do not sum to 1: the padding was taken out after the softmax. Mask \
                         the scores before it.",
                        |e: Vec<f64>, length: usize| -> Result<Vec<f64>> {
                            let mut weights = softmax_of(&e);
                            weights.iter_mut().skip(length).for_each(|weight| *weight = 0.0);
                            Ok(weights)
                        },
                    )
                    .mistake(
                        "A score of 0 is no mask: e to the power of 0 is 1. Take −1e9.",
                        |mut e: Vec<f64>, length: usize| -> Result<Vec<f64>> {
                            e.iter_mut().skip(length).for_each(|score| *score = 0.0);
                            Ok(softmax_of(&e))
                        },
                    )
                    .mistake(
                        "The places of the padding are missing. They stay in the list, with a weight of 0.",
                        |e: Vec<f64>, length: usize| -> Result<Vec<f64>> { Ok(softmax_of(&e[..length])) },
                    ),
            ),
        },
        Exercise {
            id: "08b.4",
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
                solution!("08b_4", beam, two_words)
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
            id: "08b.5",
            title: "the precision of two words",
            hints: &[
                "`said.windows(2)` goes over all runs of two words.",
                "Keep a list of the runs of `truth`. When one is found, take it out: it cannot be found twice.",
                "`if let Some(place) = left.iter().position(|one| *one == pair) { left.swap_remove(place); found += \
                 1.0; }`",
            ],
            why: "Runs of two words see the order, single words do not: a sentence with its words shuffled has p_1 = 1, \
                  and a low p_2. And without clipping, saying a good run again and again would be rewarded.",
            task: Task::Code(
                solution!("08b_5", pair_precision, repeating)
                    .mistake(
                        "A run that is said twice is counted twice, though it stands only once in `truth`. Each may be \
                         found only as often as it stands there.",
                        |said: Vec<usize>, truth: Vec<usize>| -> Result<f64> {
                            let there = |pair: &&[usize]| truth.windows(2).any(|one| one == *pair);
                            Ok(said.windows(2).filter(there).count() as f64 / (said.len() - 1) as f64)
                        },
                    )
                    .mistake(
                        "That is the recall: divided by the runs of `truth`. The precision divides by the runs of \
                         `said`.",
                        |said: Vec<usize>, truth: Vec<usize>| -> Result<f64> {
                            Ok(clipped(&said, &truth, 2) as f64 / (truth.len() - 1) as f64)
                        },
                    )
                    .mistake(
                        "That is p_1, of single words. Asked is for runs of two words.",
                        |said: Vec<usize>, truth: Vec<usize>| -> Result<f64> {
                            Ok(clipped(&said, &truth, 1) as f64 / said.len() as f64)
                        },
                    )
                    .mistake(
                        "It is divided by the number of words. A sentence has one run of two words less than words.",
                        |said: Vec<usize>, truth: Vec<usize>| -> Result<f64> {
                            Ok(clipped(&said, &truth, 2) as f64 / said.len() as f64)
                        },
                    ),
            ),
        },
        Exercise {
            id: "08b.6",
            title: "the brevity penalty",
            hints: &["BP = min(1, e^(1 − r/c)). What is r/c, when c is half of r?", "r/c = 2, so the power is 1 − 2."],
            why: "e to the power of −1 is 0.3679. All words are right, so p_1 is 1. Without the penalty the missing half \
                  would not lower it.",
            task: Task::Number {
                right: 0.367_879,
                wrong: &[
                    (0.5, "That is c / r. The penalty is e to the power of 1 − r/c."),
                    (0.606_531, "That is e to the power of c/r − 1. The power is 1 − r/c, and r is twice c."),
                    (1.648_721, "That is e to the power of 1 − c/r. The power is 1 − r/c, and r is twice c."),
                    (
                        std::f64::consts::E,
                        "The sign of the power is wrong: 1 − r/c is below 0 when the text is too short.",
                    ),
                    (1.0, "There is no penalty only when c is at least r. Here it is half of it."),
                ],
            },
        },
    ]
}
