//! Page 8c: pictures, voices, weather.

use super::{Exercise, Task, Value, numbers, solution};
use crate::prelude::Result;
use rand::Rng;
use rand_chacha::ChaCha8Rng;

/// Twelve pixels in rows of four.
fn image(rng: &mut ChaCha8Rng) -> Vec<Value> {
    vec![Value::List(numbers(rng, 12)), Value::Number(4.0)]
}

/// A row of seven pixels, and one to six steps: to the left is never the same as to the right.
fn row_and_steps(rng: &mut ChaCha8Rng) -> Vec<Value> {
    vec![Value::List(numbers(rng, 7)), Value::Number(f64::from(rng.random_range(1..7u32)))]
}

/// Five frames of three coefficients, of which two to four are real and the others are zeros.
fn recording(rng: &mut ChaCha8Rng) -> Vec<Value> {
    let length = rng.random_range(2..5usize);
    let frames = (0..5).map(|frame| if frame < length { numbers(rng, 3) } else { vec![0.0; 3] });
    vec![Value::Table(frames.collect()), Value::Number(length as f64)]
}

/// Eight values, forecast two or three steps ahead.
fn series(rng: &mut ChaCha8Rng) -> Vec<Value> {
    vec![Value::List(numbers(rng, 8)), Value::Number(f64::from(rng.random_range(2..4u32)))]
}

/// Eleven residuals. With both shares, n and n + 1 give different ranks.
fn residuals(rng: &mut ChaCha8Rng) -> Vec<Value> {
    let share = if rng.random_range(0..2u32) == 0 { 0.6 } else { 0.8 };
    vec![Value::List(numbers(rng, 11)), Value::Number(share)]
}

/// Seven forecasts with the half width 0.455: some numbers lie inside, one near the middle and one not, one above and
/// one below. No number lies on an end.
fn forecasts(rng: &mut ChaCha8Rng) -> Vec<Value> {
    let forecast = numbers(rng, 7);
    let mut off = numbers(rng, 7);
    off[..4].copy_from_slice(&[0.1, 0.9, -0.9, 0.3]);
    let truth = forecast.iter().zip(&off).map(|(forecast, off)| forecast + off).collect();
    vec![Value::List(truth), Value::List(forecast), Value::Number(0.455)]
}

/// What came minus what came `ahead` steps before it.
fn changes(values: &[f64], ahead: usize) -> Vec<f64> {
    values[ahead..].iter().zip(values).map(|(came, before)| came - before).collect()
}

fn mean(numbers: &[f64]) -> f64 {
    numbers.iter().sum::<f64>() / numbers.len() as f64
}

fn absolute(numbers: &[f64]) -> Vec<f64> {
    numbers.iter().map(|number| number.abs()).collect()
}

/// The number at this rank, counted from 1, of sorted numbers.
fn at_rank(mut numbers: Vec<f64>, rank: f64) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers[(rank as usize).clamp(1, numbers.len()) - 1]
}

/// How many forecasts a test holds for.
fn counted(truth: &[f64], forecast: &[f64], holds: impl Fn(f64) -> bool) -> f64 {
    truth.iter().zip(forecast).filter(|(truth, forecast)| holds(*truth - *forecast)).count() as f64
}

pub(super) fn exercises() -> Vec<Exercise> {
    vec![
        Exercise {
            id: "08c.1",
            title: "the rows of an image",
            hints: &[
                "The first `width` pixels are the first row, the next `width` pixels the second one.",
                "`pixels.chunks(width)` goes over pieces of that length.",
                "`Ok(pixels.chunks(width).map(|row| row.to_vec()).collect())`",
            ],
            why: "An image of 8 × 8 pixels becomes 8 steps of 8 numbers. The same pixels in another order would be \
                  another sequence, also one that a network can read; it has to be the same in training and test.",
            task: Task::Code(
                solution!("08c_1", image_rows, image)
                    .mistake(
                        "These are the columns. The pixels stand row by row: neighbours in the list are neighbours in \
                         a row.",
                        |pixels: Vec<f64>, width: usize| -> Result<Vec<Vec<f64>>> {
                            let column = |x: usize| pixels.iter().skip(x).step_by(width).copied().collect();
                            Ok((0..width).map(column).collect())
                        },
                    )
                    .mistake(
                        "The rows come from the bottom to the top. The first step is the first row.",
                        |pixels: Vec<f64>, width: usize| -> Result<Vec<Vec<f64>>> {
                            Ok(pixels.chunks(width).rev().map(<[f64]>::to_vec).collect())
                        },
                    )
                    .mistake(
                        "`width` is the number of pixels in a row, not the number of rows.",
                        |pixels: Vec<f64>, width: usize| -> Result<Vec<Vec<f64>>> {
                            Ok(pixels.chunks(pixels.len() / width).map(<[f64]>::to_vec).collect())
                        },
                    ),
            ),
        },
        Exercise {
            id: "08c.2",
            title: "a row of pixels that moves",
            hints: &[
                "The pixel at `place` goes to `place + steps`.",
                "Past the end the places begin again at 0: `(place + steps) % row.len()`.",
                "`for (place, pixel) in row.iter().enumerate() { after[(place + steps) % row.len()] = *pixel; }`",
            ],
            why: "Nothing is lost at an edge, and each place is as likely as any other. So one frame tells nothing \
                  about the way, and what a network gets right must come from the order of the frames.",
            task: Task::Code(
                solution!("08c_2", moved, row_and_steps)
                    .mistake(
                        "The row moves to the left. To the right the places become larger.",
                        |mut row: Vec<f64>, steps: usize| -> Result<Vec<f64>> {
                            row.rotate_left(steps);
                            Ok(row)
                        },
                    )
                    .mistake(
                        "What leaves on the right is lost. It has to come back on the left.",
                        |row: Vec<f64>, steps: usize| -> Result<Vec<f64>> {
                            let kept = &row[..row.len() - steps];
                            Ok([vec![0.0; steps], kept.to_vec()].concat())
                        },
                    )
                    .mistake(
                        "The row moves by one pixel. It has to move by `steps`.",
                        |mut row: Vec<f64>, _steps: usize| -> Result<Vec<f64>> {
                            row.rotate_right(1);
                            Ok(row)
                        },
                    ),
            ),
        },
        Exercise {
            id: "08c.3",
            title: "the mean of the real frames",
            hints: &[
                "Only `frames[..length]` are real.",
                "Add up each coefficient over these frames, and divide by `length`.",
                "`for frame in &frames[..length] { for (sum, c) in mean.iter_mut().zip(frame) { *sum += c / length as \
                 f64; } }`",
            ],
            why: "A mean is a mask too: the pads stay out of the sum and out of the count. With zeros as pads a mistake \
                  in the count is easy to miss, as the sum is right.",
            task: Task::Code(
                solution!("08c_3", mean_frame, recording)
                    .mistake(
                        "The pads are counted: divide by the number of real frames.",
                        |frames: Vec<Vec<f64>>, _length: usize| -> Result<Vec<f64>> {
                            let coefficients = 0..frames[0].len();
                            let sum = |c: usize| frames.iter().map(|frame| frame[c]).sum::<f64>();
                            Ok(coefficients.map(|c| sum(c) / frames.len() as f64).collect())
                        },
                    )
                    .mistake(
                        "That is the sum. Divide it by the number of real frames.",
                        |frames: Vec<Vec<f64>>, _length: usize| -> Result<Vec<f64>> {
                            let coefficients = 0..frames[0].len();
                            Ok(coefficients.map(|c| frames.iter().map(|frame| frame[c]).sum()).collect())
                        },
                    )
                    .mistake(
                        "That is a mean for each frame. Asked is for a mean for each coefficient, over the frames.",
                        |frames: Vec<Vec<f64>>, length: usize| -> Result<Vec<f64>> {
                            Ok(frames[..length].iter().map(|frame| mean(frame)).collect())
                        },
                    ),
            ),
        },
        Exercise {
            id: "08c.4",
            title: "the error of persistence",
            hints: &[
                "The value at t is forecast by the value at t − ahead. The first `ahead` values have no forecast.",
                "`values[ahead..].iter().zip(&values)` gives a value, and the one `ahead` steps before it.",
                "`Ok(sum / (values.len() - ahead) as f64)`, where `sum` adds up the `(came - before).abs()`.",
            ],
            why: "A forecast is worth its work only if its error is smaller than this one. One step ahead persistence \
                  is hard to beat; far ahead it may be worse than the mean.",
            task: Task::Code(
                solution!("08c_4", persistence, series)
                    .mistake(
                        "That is the error one step ahead. Compare with the value `ahead` steps before.",
                        |values: Vec<f64>, _ahead: usize| -> Result<f64> { Ok(mean(&absolute(&changes(&values, 1)))) },
                    )
                    .mistake(
                        "That is the root of the mean squared error. Here the absolute errors are averaged.",
                        |values: Vec<f64>, ahead: usize| -> Result<f64> {
                            let squares: Vec<f64> = changes(&values, ahead).iter().map(|one| one * one).collect();
                            Ok(mean(&squares).sqrt())
                        },
                    )
                    .mistake(
                        "Errors up and down cancel each other. Take the absolute value of each before the mean.",
                        |values: Vec<f64>, ahead: usize| -> Result<f64> { Ok(mean(&changes(&values, ahead))) },
                    )
                    .mistake(
                        "Divide by the number of forecasts. The first `ahead` values have none.",
                        |values: Vec<f64>, ahead: usize| -> Result<f64> {
                            Ok(absolute(&changes(&values, ahead)).iter().sum::<f64>() / values.len() as f64)
                        },
                    ),
            ),
        },
        Exercise {
            id: "08c.5",
            title: "the half width of an interval",
            hints: &[
                "Take the absolute values and sort them: `sizes.sort_by(f64::total_cmp)`.",
                "The rank is `((sizes.len() + 1) as f64 * share).ceil() as usize`, counted from 1.",
                "A list counts from 0, so the answer is `sizes[rank.min(sizes.len()) - 1]`.",
            ],
            why: "The n + 1 counts the forecast to come among the others: it is as likely as each of them to be the \
                  one that is furthest off. This needs no assumption about the model, but the forecasts to come must be like the others, which is not certain over time.",
            task: Task::Code(
                solution!("08c_5", half_width, residuals)
                    .mistake(
                        "The residuals are sorted with their signs. How far a forecast is off has no sign.",
                        |residuals: Vec<f64>, share: f64| -> Result<f64> {
                            let rank = ((residuals.len() + 1) as f64 * share).ceil();
                            Ok(at_rank(residuals, rank))
                        },
                    )
                    .mistake(
                        "The rank is that of n · share. The formula has n + 1.",
                        |residuals: Vec<f64>, share: f64| -> Result<f64> {
                            let rank = (residuals.len() as f64 * share).ceil();
                            Ok(at_rank(absolute(&residuals), rank))
                        },
                    )
                    .mistake(
                        "That is one place too far: the rank counts from 1, a list from 0.",
                        |residuals: Vec<f64>, share: f64| -> Result<f64> {
                            let rank = ((residuals.len() + 1) as f64 * share).ceil() + 1.0;
                            Ok(at_rank(absolute(&residuals), rank))
                        },
                    )
                    .mistake(
                        "That is the largest one. The interval would hold all of these numbers, not a share of them.",
                        |residuals: Vec<f64>, _share: f64| -> Result<f64> {
                            let last = residuals.len() as f64;
                            Ok(at_rank(absolute(&residuals), last))
                        },
                    ),
            ),
        },
        Exercise {
            id: "08c.6",
            title: "the coverage of an interval",
            hints: &[
                "A number lies inside where it is at most `half` away from its forecast, above or below.",
                "`(truth - forecast).abs() <= half` says whether it does.",
                "`Ok(100.0 * inside as f64 / truth.len() as f64)`, where `inside` is the count.",
            ],
            why: "An interval that promises 90 % is right if about 90 % of the numbers lie inside, on years that had \
                  no part in making it. A wide interval is no merit: it covers much and says little.",
            task: Task::Code(
                solution!("08c_6", coverage, forecasts)
                    .mistake(
                        "That is a share from 0 to 1. Asked is for percent.",
                        |truth: Vec<f64>, forecast: Vec<f64>, half: f64| -> Result<f64> {
                            Ok(counted(&truth, &forecast, |off| off.abs() <= half) / truth.len() as f64)
                        },
                    )
                    .mistake(
                        "Numbers below the interval are counted too. It has two ends.",
                        |truth: Vec<f64>, forecast: Vec<f64>, half: f64| -> Result<f64> {
                            Ok(100.0 * counted(&truth, &forecast, |off| off <= half) / truth.len() as f64)
                        },
                    )
                    .mistake(
                        "That is the share outside. The coverage is the share inside.",
                        |truth: Vec<f64>, forecast: Vec<f64>, half: f64| -> Result<f64> {
                            Ok(100.0 * counted(&truth, &forecast, |off| off.abs() > half) / truth.len() as f64)
                        },
                    )
                    .mistake(
                        "`half` is half of the width: the interval goes so far to each side.",
                        |truth: Vec<f64>, forecast: Vec<f64>, half: f64| -> Result<f64> {
                            Ok(100.0 * counted(&truth, &forecast, |off| off.abs() <= half / 2.0) / truth.len() as f64)
                        },
                    )
                    .mistake(
                        "That is the number of hits. Divide it by the number of forecasts.",
                        |truth: Vec<f64>, forecast: Vec<f64>, half: f64| -> Result<f64> {
                            Ok(counted(&truth, &forecast, |off| off.abs() <= half))
                        },
                    ),
            ),
        },
    ]
}
