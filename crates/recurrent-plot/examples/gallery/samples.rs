//! Sample numbers for every figure, made by formulas: the same ones each time.

use super::*;

fn words(text: &str) -> Vec<String> {
    text.split(' ').map(String::from).collect()
}

/// A number from -1 to 1 that looks random and depends on `seed` only.
fn noise(seed: u64) -> f64 {
    let mut x = seed.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    (x >> 11) as f64 / (1u64 << 52) as f64 - 1.0
}

fn classes() -> Vec<String> {
    words("World Sports Business Sci/Tech")
}

fn run(name: &str, speed: f64, steps: u64, epochs: u64) -> TrainingRun {
    let point = |step: f64, jitter: f64, gap: f64| CurvePoint {
        step,
        loss: 0.32 + 1.07 * (-step * speed / 900.0).exp() + 0.16 * jitter + gap,
        accuracy: (0.88 - 0.6 * (-step * speed / 800.0).exp() + 0.07 * jitter - gap * 0.3)
            .clamp(0.0, 1.0),
    };
    let per_epoch = steps / epochs;
    TrainingRun {
        name: name.to_owned(),
        steps: (1..=steps)
            .map(|step| point(step as f64, noise(step + speed.to_bits()), 0.0))
            .collect(),
        train: (1..=epochs)
            .map(|epoch| point((epoch * per_epoch) as f64, 0.0, 0.02))
            .collect(),
        validation: (1..=epochs)
            .map(|epoch| point((epoch * per_epoch) as f64, 0.0, 0.04 + 0.01 * epoch as f64))
            .collect(),
    }
}

fn sentence(length: usize) -> Vec<String> {
    let text = "crude oil prices climbed to a record on friday after a storm shut platforms in the gulf and traders \
                feared that refiners would run short of gasoline before the summer while the finance ministers of seven \
                industrial nations met in washington to calm the markets and the central bank said that it would wait \
                and see whether inflation rises further this year or not";
    text.split_whitespace()
        .cycle()
        .take(length)
        .map(String::from)
        .collect()
}

fn wave(seed: u64, length: usize, low: f64, high: f64) -> Vec<f64> {
    let mut level = 0.5 + 0.3 * noise(seed);
    (0..length as u64)
        .map(|t| {
            level = (level + 0.35 * noise(seed * 1000 + t)).clamp(0.02, 0.98);
            low + (high - low) * level
        })
        .collect()
}

fn series(name: &str, seed: u64, length: usize, low: f64, high: f64) -> Series {
    Series {
        name: name.to_owned(),
        values: wave(seed, length, low, high),
    }
}

fn map(name: &str, seed: u64, words: usize, units: u64, scale: GateScale) -> GateMap {
    let (low, high) = match scale {
        GateScale::Sigmoid => (0.0, 1.0),
        GateScale::Tanh => (-1.0, 1.0),
        GateScale::Symmetric => (-3.0, 3.0),
    };
    let units: Vec<Vec<f64>> = (0..units)
        .map(|unit| wave(seed * 10_000 + unit, words, low, high))
        .collect();
    let values = (0..words)
        .map(|t| units.iter().map(|unit| unit[t]).collect())
        .collect();
    GateMap {
        name: name.to_owned(),
        values,
        scale,
    }
}

/// The six maps of an LSTM layer.
fn lstm_maps(words: usize, units: u64) -> Vec<GateMap> {
    vec![
        map("input gate i", 1, words, units, GateScale::Sigmoid),
        map("forget gate f", 2, words, units, GateScale::Sigmoid),
        map("candidate g", 3, words, units, GateScale::Tanh),
        map("output gate o", 4, words, units, GateScale::Sigmoid),
        map("cell state c", 5, words, units, GateScale::Symmetric),
        map("hidden state h", 6, words, units, GateScale::Tanh),
    ]
}

fn flow(name: &str, rate: f64, group: usize, dashed: bool) -> GradientFlow {
    let norms = (0..80)
        .map(|step| 0.4 * rate.powi(step) * (1.0 + 0.3 * noise(step as u64 + group as u64)))
        .collect();
    GradientFlow {
        name: name.to_owned(),
        norms,
        group,
        dashed,
    }
}

fn colored(label: &str, seed: u64, length: usize) -> ColoredSentence {
    ColoredSentence {
        label: label.to_owned(),
        words: sentence(length),
        values: wave(seed, length, -1.6, 1.6),
        marked: (length > 14).then_some(4..7),
    }
}

fn saturation(name: &str, seed: u64) -> GateSaturation {
    let open: Vec<f64> = (0..64).map(|unit| noise(seed + unit).powi(2)).collect();
    let shut = open
        .iter()
        .zip(0..)
        .map(|(open, unit)| (1.0 - open) * noise(seed + 99 + unit).abs().powi(2))
        .collect();
    GateSaturation {
        name: name.to_owned(),
        open,
        shut,
    }
}

fn cloud(name: &str, class: u64, (x, y): (f64, f64)) -> PointCloud {
    let spread = |seed: u64| noise(seed) + noise(seed + 7) + noise(seed + 13);
    let points = (0..300)
        .map(|row| {
            (
                x + spread(class * 9000 + row),
                y + 0.7 * spread(class * 7000 + row + 400),
            )
        })
        .collect();
    PointCloud {
        name: name.to_owned(),
        points,
    }
}

fn audit(name: &str, length: usize) -> AuditPanel {
    let line = |name: &str, seed, end: f64| {
        let values = (0..length).map(|t| {
            if t < 9 {
                wave(seed, 9, 0.2, 0.9)[t]
            } else {
                end + (wave(seed, 9, 0.2, 0.9)[8] - end) * 0.8f64.powi(t as i32 - 8)
            }
        });
        Series {
            name: name.to_owned(),
            values: values.collect(),
        }
    };
    AuditPanel {
        name: name.to_owned(),
        series: vec![
            line("forget gate", 5, 0.55),
            line("input gate", 8, 0.3),
            line("|cell state|", 21, 0.1),
        ],
    }
}

/// Every figure with its file name.
pub fn all() -> Result<Vec<(&'static str, Figure)>> {
    let short = words("stocks fall as oil prices rise");
    let headline = sentence(14);
    let rates: Vec<f64> = (0..120)
        .map(|step| 1e-6 * 10f64.powf(f64::from(step) / 20.0))
        .collect();
    let losses: Vec<f64> = rates
        .iter()
        .zip(0..)
        .map(|(rate, step)| {
            1.39 - 0.9 / (1.0 + (2e-3 / rate).powf(1.4))
                + (rate / 0.08).powi(3)
                + 0.01 * noise(step)
        })
        .collect();
    let counts = vec![
        vec![1678, 61, 96, 65],
        vec![33, 1836, 17, 14],
        vec![71, 14, 1598, 217],
        vec![74, 23, 188, 1615],
    ];
    let many: Vec<String> = (0..14)
        .map(|class| format!("topic number {class}"))
        .collect();
    let many_counts = (0..14u64)
        .map(|truth| {
            (0..14u64)
                .map(|guess| {
                    if truth == guess {
                        400
                    } else {
                        (40.0 * noise(truth * 14 + guess).abs()) as u64
                    }
                })
                .collect()
        })
        .collect::<Vec<Vec<u64>>>();
    let batching = |name: &str, tokens, padding| Batching {
        name: name.to_owned(),
        tokens,
        padding,
    };
    let ledger = |total: &str, seed| Ledger {
        total: total.to_owned(),
        before: vec![("c_0".to_owned(), 0.0)],
        parts: wave(seed, 14, -0.5, 0.7),
    };
    let card = |unit: u64| UnitCard {
        unit: unit as usize,
        raised_by: sentence(40)
            .into_iter()
            .skip(unit as usize * 3)
            .take(5)
            .zip([0.91, 0.7, 0.44, 0.3, 0.22])
            .collect(),
        lowered_by: sentence(60)
            .into_iter()
            .skip(unit as usize * 5 + 3)
            .take(5)
            .zip([-0.82, -0.61, -0.5, -0.31, -0.12])
            .collect(),
    };
    let mut path: Vec<Series> = classes()
        .iter()
        .zip(1..)
        .map(|(class, seed)| series(class, seed * 31, 14, 0.05, 1.0))
        .collect();
    for t in 0..14 {
        let sum: f64 = path.iter().map(|class| class.values[t]).sum();
        path.iter_mut().for_each(|class| class.values[t] /= sum);
    }
    let weights = |name: &str, width: f64, shift: f64| Series {
        name: name.to_owned(),
        values: (0..4000)
            .map(|k| shift + width * (noise(k) + noise(k + 5000) + noise(k + 9000)))
            .collect(),
    };
    let padded: Vec<String> = sentence(9)
        .into_iter()
        .chain((0..15).map(|_| "[PAD]".to_owned()))
        .collect();
    let step_line = |name: &str, scale: f64| StepLine {
        name: name.to_owned(),
        points: (1..=2000)
            .map(|step| {
                (
                    f64::from(step),
                    scale * (1.2 + noise(step as u64)) * (f64::from(step) / 300.0).sqrt().recip(),
                )
            })
            .collect(),
    };
    let rate = StepLine {
        name: "learning rate".to_owned(),
        points: (0..200)
            .map(|step| {
                (
                    f64::from(step) * 10.0,
                    1e-3 * (1.0 + (f64::from(step) / 64.0).cos()) / 2.0,
                )
            })
            .collect(),
    };
    let panel = |name: &str, log_scale, lines| StepPanel {
        name: name.to_owned(),
        log_scale,
        lines,
    };
    Ok(vec![
        (
            "training_curves_one",
            training_curves(&[run("SimpleRnn(16)", 1.0, 3750, 3)])?,
        ),
        (
            "training_curves_compared",
            training_curves(&[
                run("SimpleRnn(16)", 0.6, 3000, 4),
                run("Lstm(16)", 1.0, 3000, 4),
                run("Gru(16)", 1.4, 3000, 4),
            ])?,
        ),
        (
            "class_probabilities",
            class_probabilities(
                "Oil prices soar as <markets> & traders \"worry\"",
                &classes(),
                &[0.112, 0.021, 0.803, 0.064],
            )?,
        ),
        (
            "unrolled_last_state",
            unrolled_network(&short, Readout::LastState)?,
        ),
        (
            "unrolled_every_step",
            unrolled_network(&words("dogs chase cats"), Readout::EveryStep)?,
        ),
        ("bidirectional_network", bidirectional_network(&short)?),
        (
            "multilayer_network",
            multilayer_network(&words("dogs chase cats"), 2)?,
        ),
        (
            "rnn_cell",
            rnn_cell(CellSize {
                input: 64,
                hidden: 16,
            })?,
        ),
        (
            "lstm_cell",
            lstm_cell(CellSize {
                input: 64,
                hidden: 32,
            })?,
        ),
        (
            "gru_cell",
            gru_cell(CellSize {
                input: 64,
                hidden: 32,
            })?,
        ),
        (
            "learning_rate_finder",
            learning_rate_finder(&rates, &losses, Some(1.5e-3))?,
        ),
        ("confusion_matrix", confusion_matrix(&classes(), &counts)?),
        (
            "confusion_matrix_many",
            confusion_matrix(&many, &many_counts)?,
        ),
        (
            "padding_share",
            padding_share(&[
                batching("shuffled", 1_920_000, 840_000),
                batching("bucketed by length", 1_920_000, 61_000),
                batching("packed", 1_920_000, 0),
            ])?,
        ),
        (
            "gate_heatmaps_short",
            gate_heatmaps(
                "An LSTM layer reads a headline",
                &headline,
                &lstm_maps(14, 16),
            )?,
        ),
        (
            "gate_heatmaps_long",
            gate_heatmaps(
                "An LSTM layer reads a longer text",
                &sentence(60),
                &lstm_maps(60, 64),
            )?,
        ),
        (
            "unit_over_words",
            unit_over_words(
                "Unit 12 of the LSTM",
                &headline,
                &[
                    series("input gate", 1, 14, 0.0, 1.0),
                    series("forget gate", 2, 14, 0.0, 1.0),
                    series("output gate", 3, 14, 0.0, 1.0),
                ],
                &[
                    series("candidate", 4, 14, -1.0, 1.0),
                    series("cell state", 5, 14, -2.0, 2.0),
                    series("hidden state", 6, 14, -1.0, 1.0),
                ],
            )?,
        ),
        (
            "prediction_path",
            prediction_path("The answer after every word", &headline, &path)?,
        ),
        (
            "colored_words",
            colored_words(
                "Cell state of unit 12",
                &[
                    colored("World, 71 %", 3, 30),
                    colored("Sports <b>93 %</b>", 4, 12),
                ],
            )?,
        ),
        (
            "unit_gallery",
            unit_gallery(
                "Units and the words that move them",
                &(0..6).map(card).collect::<Vec<_>>(),
            )?,
        ),
        (
            "word_attributions",
            word_attributions(
                "Integrated gradients for Business",
                &headline,
                &wave(9, 14, -0.5, 0.9),
                wave(9, 14, -0.5, 0.9).iter().sum::<f64>() + 3e-4,
            )?,
        ),
        (
            "memory_ledger",
            memory_ledger(
                "What is left in unit 12",
                &headline,
                &[ledger("c_T of unit 12", 4)],
            )?,
        ),
        (
            "memory_ledger_classes",
            memory_ledger(
                "What each word gives to each class",
                &headline,
                &[
                    ledger("score of World", 4),
                    ledger("score of Sports", 5),
                    ledger("score of Business", 6),
                ],
            )?,
        ),
        (
            "padding_audit",
            padding_audit(
                "One sentence, three treatments",
                &padded,
                9,
                &[audit("padded", 24), audit("masked", 9), audit("packed", 9)],
            )?,
        ),
        (
            "gradient_flow",
            gradient_flow(
                "How far back the gradient reaches",
                &[
                    flow("RNN, untrained", 0.72, 0, true),
                    flow("RNN, trained", 0.83, 0, false),
                    flow("LSTM, untrained", 0.9, 1, true),
                    flow("LSTM, trained", 0.985, 1, false),
                    flow("GRU, untrained", 0.88, 2, true),
                    flow("GRU, trained", 0.97, 2, false),
                    flow("RNN, spectral radius 1.2", 1.06, 3, false),
                ],
            )?,
        ),
        (
            "gate_saturation",
            gate_saturation(
                "Saturated gates",
                &[
                    saturation("input gate", 1),
                    saturation("forget gate", 200),
                    saturation("output gate", 400),
                ],
            )?,
        ),
        (
            "projection",
            projection(
                "Final states of 1,200 headlines",
                [
                    "component 1 (41 % of the variance)",
                    "component 2 (22 % of the variance)",
                ],
                &[
                    cloud("World", 1, (-2.0, 1.0)),
                    cloud("Sports", 2, (2.4, 1.4)),
                    cloud("Business", 3, (0.2, -1.6)),
                    cloud("Sci/Tech", 4, (0.6, -0.2)),
                ],
            )?,
        ),
        (
            "histograms",
            histograms(
                "Weights of the LSTM by gate",
                "weight",
                &[
                    weights("input gate, W_ih", 0.1, 0.0),
                    weights("forget gate, W_ih", 0.14, 0.1),
                    weights("candidate, W_ih", 0.2, 0.0),
                    weights("output gate, W_ih", 0.12, 0.05),
                ],
            )?,
        ),
        (
            "step_lines",
            step_lines(
                "Gradients and learning rate",
                &[
                    panel(
                        "gradient norm",
                        true,
                        vec![step_line("LSTM", 0.3), step_line("LSTM, clipped", 0.08)],
                    ),
                    panel("learning rate", false, vec![rate]),
                ],
            )?,
        ),
    ])
}
