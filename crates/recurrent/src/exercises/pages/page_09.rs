//! Page 9: your own data.

use super::{Exercise, Task, Value, solution};
use crate::prelude::Result;
use rand::Rng;
use rand_chacha::ChaCha8Rng;

fn count(rng: &mut ChaCha8Rng, from: u32, to: u32) -> f64 {
    f64::from(rng.random_range(from..to))
}

/// Rows of each class in two parts. Each part has another largest class.
fn two_parts(rng: &mut ChaCha8Rng) -> Vec<Value> {
    let largest = rng.random_range(0..3usize);
    let mut train: Vec<f64> = (0..3).map(|_| count(rng, 100, 200)).collect();
    let mut test: Vec<f64> = (0..3).map(|_| count(rng, 10, 40)).collect();
    train[largest] = 300.0;
    test[(largest + 1) % 3] = 60.0;
    vec![Value::List(train), Value::List(test)]
}

/// Validation losses that fall, then go up and down without a better one for five epochs, then fall again.
fn losses(rng: &mut ChaCha8Rng) -> Vec<Value> {
    if rng.random_range(0..3u32) == 0 {
        // It never stops early, and the best epoch is the last but one.
        let losses = (0..5).map(|epoch| 1.0 - 0.1 * f64::from(epoch)).chain([0.65]);
        return vec![Value::List(losses.collect()), Value::Number(count(rng, 2, 5))];
    }
    let falling = rng.random_range(1..4u32);
    let mut losses: Vec<f64> = (0..falling).map(|epoch| 1.2 - 0.1 * f64::from(epoch)).collect();
    // One worse epoch before a new best, then the long wait.
    losses.extend([0.8, 0.85, 0.6, 0.7, 0.65, 0.75, 0.72, 0.8, 0.5, 0.45]);
    vec![Value::List(losses), Value::Number(count(rng, 2, 4))]
}

/// A confusion matrix whose classes have other sizes.
fn confusion(rng: &mut ChaCha8Rng) -> Vec<Value> {
    let mut table = Vec::new();
    for (class, size) in [1.0f64, 3.0, 8.0].into_iter().enumerate() {
        let mut row: Vec<f64> = (0..3).map(|_| size * count(rng, 1, 6)).collect();
        row[class] += 6.0 * size;
        table.push(row);
    }
    vec![Value::Table(table)]
}

fn classes(rng: &mut ChaCha8Rng) -> Vec<Value> {
    vec![Value::List((0..4).map(|_| count(rng, 10, 500)).collect())]
}

/// The epoch with the smallest loss.
fn best_of(losses: &[f64]) -> usize {
    let mut best = 0;
    for (epoch, loss) in losses.iter().enumerate() {
        if *loss < losses[best] {
            best = epoch;
        }
    }
    best
}

/// The epoch after which training ends, and the best one: as many epochs without a better loss as `patience` says.
fn stop(losses: &[f64], patience: usize) -> (usize, usize) {
    for last in 0..losses.len() {
        let best = best_of(&losses[..=last]);
        if last - best == patience {
            return (last, best);
        }
    }
    (losses.len() - 1, best_of(losses))
}

/// Precision and recall of each class.
fn of_classes(n: &[Vec<f64>]) -> Vec<(f64, f64)> {
    let of = |(k, row): (usize, &Vec<f64>)| {
        let said: f64 = n.iter().map(|row| row[k]).sum();
        (row[k] / said, row[k] / row.iter().sum::<f64>())
    };
    n.iter().enumerate().map(of).collect()
}

fn f1(precision: f64, recall: f64) -> f64 {
    2.0 * precision * recall / (precision + recall)
}

pub(super) fn exercises() -> Vec<Exercise> {
    vec![
        Exercise {
            id: "09.1",
            title: "the baseline",
            hints: &[
                "First the class that is largest in `train`, then the share of it in `test`.",
                "`(0..train.len()).max_by_key(|&class| train[class]).unwrap_or(0)` is the class.",
                "`Ok(test[largest] as f64 / test.iter().sum::<usize>() as f64)`",
            ],
            why: "A network is worth its training only if it is better than this number. The class comes from the \
                  training rows: the test rows must not choose anything.",
            task: Task::Code(
                solution!("09_1", baseline_accuracy, two_parts)
                    .mistake(
                        "The class is chosen on the test rows. Choose the largest one of the training rows.",
                        |_train: Vec<usize>, test: Vec<usize>| -> Result<f64> {
                            let most = test.iter().copied().max().unwrap_or(0);
                            Ok(most as f64 / test.iter().sum::<usize>() as f64)
                        },
                    )
                    .mistake(
                        "That is its share of the training rows. The report is about the test rows.",
                        |train: Vec<usize>, _test: Vec<usize>| -> Result<f64> {
                            let most = train.iter().copied().max().unwrap_or(0);
                            Ok(most as f64 / train.iter().sum::<usize>() as f64)
                        },
                    )
                    .mistake(
                        "That is a guess by chance among the classes. To say always the largest class is better.",
                        |train: Vec<usize>, _test: Vec<usize>| -> Result<f64> { Ok(1.0 / train.len() as f64) },
                    )
                    .mistake(
                        "That is the number of right rows. Divide it by the number of all test rows.",
                        |train: Vec<usize>, test: Vec<usize>| -> Result<f64> {
                            let largest = (0..train.len()).max_by_key(|&class| train[class]).unwrap_or(0);
                            Ok(test[largest] as f64)
                        },
                    ),
            ),
        },
        Exercise {
            id: "09.2",
            title: "early stopping",
            hints: &[
                "Remember the epoch with the smallest loss so far.",
                "After each epoch: if its loss is the smallest, it is the best. If the best one is `patience` epochs \
                 ago, training ends.",
                "`if loss < losses[best] { best = epoch; }` and `if epoch - best == patience { return Ok((epoch, \
                 best)); }`",
            ],
            why: "The last epochs are those that did not help. So the weights of the best one must be kept while \
                  training goes on.",
            task: Task::Code(
                solution!("09_2", stops, losses)
                    .mistake(
                        "The loss is compared with that of the epoch before. Compare it with the smallest one so far.",
                        |losses: Vec<f64>, patience: usize| -> Result<(usize, usize)> {
                            let (mut waited, mut before) = (0, f64::INFINITY);
                            for (epoch, &loss) in losses.iter().enumerate() {
                                waited = if loss < before { 0 } else { waited + 1 };
                                before = loss;
                                if waited == patience {
                                    return Ok((epoch, best_of(&losses[..=epoch])));
                                }
                            }
                            Ok((losses.len() - 1, best_of(&losses)))
                        },
                    )
                    .mistake(
                        "The count of epochs that were not better begins again at each better one.",
                        |losses: Vec<f64>, patience: usize| -> Result<(usize, usize)> {
                            let (mut waited, mut least) = (0, f64::INFINITY);
                            for (epoch, &loss) in losses.iter().enumerate() {
                                if loss < least {
                                    least = loss;
                                } else {
                                    waited += 1;
                                }
                                if waited == patience {
                                    return Ok((epoch, best_of(&losses[..=epoch])));
                                }
                            }
                            Ok((losses.len() - 1, best_of(&losses)))
                        },
                    )
                    .mistake(
                        "Epochs count from 0: where it never stops early, the last one is `losses.len() - 1`.",
                        |losses: Vec<f64>, patience: usize| -> Result<(usize, usize)> {
                            let (last, best) = stop(&losses, patience);
                            let early = last - best == patience;
                            Ok((if early { last } else { losses.len() }, best))
                        },
                    )
                    .mistake(
                        "Training goes on for one epoch too many: it ends when `patience` epochs were not better.",
                        |losses: Vec<f64>, patience: usize| -> Result<(usize, usize)> {
                            Ok(stop(&losses, patience + 1))
                        },
                    )
                    .mistake(
                        "The last epoch is not the best one: the model gets the weights of the smallest loss.",
                        |losses: Vec<f64>, patience: usize| -> Result<(usize, usize)> {
                            let last = stop(&losses, patience).0;
                            Ok((last, last))
                        },
                    )
                    .mistake(
                        "The two epochs are swapped: first the one after which training ends, then the best one.",
                        |losses: Vec<f64>, patience: usize| -> Result<(usize, usize)> {
                            let (last, best) = stop(&losses, patience);
                            Ok((best, last))
                        },
                    ),
            ),
        },
        Exercise {
            id: "09.3",
            title: "rows for one percent",
            hints: &[
                "2 √(a (1 − a) / n) = 0.01. Square both sides.",
                "4 · a · (1 − a) / n = 0.0001",
                "n = 4 · 0.9 · 0.1 / 0.0001",
            ],
            why: "To halve the number behind ± one needs four times the rows. With a few hundred test rows a \
                  difference of one percent between two models says nothing.",
            task: Task::Number {
                right: 3_600.0,
                wrong: &[
                    (900.0, "The 2 before the root is missing: squared it is a 4."),
                    (1_800.0, "The 2 before the root must be squared too."),
                    (60.0, "That is the root of the number."),
                    (36.0, "1 % is 0.01, and its square 0.0001."),
                    (40_000.0, "a (1 − a) is missing: 0.9 · 0.1."),
                ],
            },
        },
        Exercise {
            id: "09.4",
            title: "macro F1",
            hints: &[
                "For class k: `n[k][k]` rows are right, column k holds all that were called k, row k all that are k.",
                "`let said: f64 = n.iter().map(|row| row[k]).sum();` is the sum of column k.",
                "Add `2.0 * precision * recall / (precision + recall)` of all classes, and divide by their number.",
            ],
            why: "Each class counts alike. A network that never says the smallest of three classes loses a third of \
                  this score, however little accuracy that costs.",
            task: Task::Code(
                solution!("09_4", macro_f1, confusion)
                    .mistake(
                        "That is the accuracy: the diagonal divided by all rows. The large class decides it.",
                        |n: Vec<Vec<f64>>| -> Result<f64> {
                            let right: f64 = n.iter().enumerate().map(|(k, row)| row[k]).sum();
                            Ok(right / n.iter().flatten().sum::<f64>())
                        },
                    )
                    .mistake(
                        "That is F1 of the mean precision and the mean recall. First compute the F1 of each class, \
                         then their mean.",
                        |n: Vec<Vec<f64>>| -> Result<f64> {
                            let of = of_classes(&n);
                            let classes = of.len() as f64;
                            let precision = of.iter().map(|of| of.0).sum::<f64>() / classes;
                            let recall = of.iter().map(|of| of.1).sum::<f64>() / classes;
                            Ok(f1(precision, recall))
                        },
                    )
                    .mistake(
                        "The classes are weighted by their rows. In macro F1 each class counts alike.",
                        |n: Vec<Vec<f64>>| -> Result<f64> {
                            let rows: Vec<f64> = n.iter().map(|row| row.iter().sum()).collect();
                            let of = of_classes(&n);
                            let sum: f64 = of.iter().zip(&rows).map(|(of, rows)| f1(of.0, of.1) * rows).sum();
                            Ok(sum / rows.iter().sum::<f64>())
                        },
                    )
                    .mistake(
                        "That is the mean recall. F1 needs the precision too.",
                        |n: Vec<Vec<f64>>| -> Result<f64> {
                            Ok(of_classes(&n).iter().map(|of| of.1).sum::<f64>() / n.len() as f64)
                        },
                    ),
            ),
        },
        Exercise {
            id: "09.5",
            title: "weights for classes of other sizes",
            hints: &[
                "If all classes had one size, each would have rows / classes rows, and each weight would be 1.",
                "The weight is what a class should have, divided by what it has.",
                "`rows / (counts.len() * count) as f64`",
            ],
            why: "With these weights each class has the same part in the loss, and the weights of all rows still have \
                  the mean 1, so the learning rate need not change.",
            task: Task::Code(
                solution!("09_5", balanced_weights, classes)
                    .mistake(
                        "The number of classes is missing, so the loss is as many times as large as there are classes.",
                        |counts: Vec<usize>| -> Result<Vec<f64>> {
                            let rows = counts.iter().sum::<usize>() as f64;
                            Ok(counts.iter().map(|&count| rows / count as f64).collect())
                        },
                    )
                    .mistake(
                        "That is the share of each class: the large one gets the large weight. It must be the small \
                         one.",
                        |counts: Vec<usize>| -> Result<Vec<f64>> {
                            let rows = counts.iter().sum::<usize>() as f64;
                            Ok(counts.iter().map(|&count| count as f64 / rows).collect())
                        },
                    )
                    .mistake(
                        "The fraction is upside down: a small class must get a large weight.",
                        |counts: Vec<usize>| -> Result<Vec<f64>> {
                            let rows = counts.iter().sum::<usize>() as f64;
                            Ok(counts.iter().map(|&count| (counts.len() * count) as f64 / rows).collect())
                        },
                    )
                    .mistake(
                        "1 / rows of the class makes all weights tiny, and so the loss. Multiply by rows / classes.",
                        |counts: Vec<usize>| -> Result<Vec<f64>> {
                            Ok(counts.iter().map(|&count| 1.0 / count as f64).collect())
                        },
                    ),
            ),
        },
        Exercise {
            id: "09.6",
            title: "where the answer changes",
            hints: &[
                "The messages of the training rows have two parts. Which of them says the mood?",
                "*no rain today, but …* is the beginning of a good message, since the mood is said by what comes after \
                 *but*. Has the network read it already?",
            ],
            why: "All that comes before could go on in more than one way. And the network was trained on whole \
                  messages only, so what it answers before the last word was never compared with anything.",
            task: Task::Choice {
                right: "c",
                wrong: &[
                    ("a", "To a reader *no rain* is a good sign. Look at the line of *positive*: it stays low there."),
                    ("b", "*but* says that a second part follows, but not what it is. Look at the lines once more."),
                ],
            },
        },
    ]
}
