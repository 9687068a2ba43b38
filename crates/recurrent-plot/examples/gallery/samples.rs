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
        accuracy: Some((0.88 - 0.6 * (-step * speed / 800.0).exp() + 0.07 * jitter - gap * 0.3).clamp(0.0, 1.0)),
    };
    let per_epoch = steps / epochs;
    TrainingRun {
        name: name.to_owned(),
        steps: (1..=steps).map(|step| point(step as f64, noise(step + speed.to_bits()), 0.0)).collect(),
        train: (1..=epochs).map(|epoch| point((epoch * per_epoch) as f64, 0.0, 0.02)).collect(),
        validation: (1..=epochs)
            .map(|epoch| point((epoch * per_epoch) as f64, 0.0, 0.04 + 0.01 * epoch as f64))
            .collect(),
    }
}

fn bar(name: &str, share: f64, note: &str) -> ProgressBar {
    ProgressBar { name: name.to_owned(), share, note: note.to_owned() }
}

/// In the third of five epochs.
fn training_so_far() -> WorkProgress {
    let mut run = run("training steps", 1.0, 1845, 2);
    run.steps.truncate(1845);
    WorkProgress {
        title: "Training: epoch 3 of 5".into(),
        notes: vec!["loss 0.5213 · accuracy 81.2 %".into(), "5,230 rows/s · gradient norm 0.8341".into()],
        bars: vec![
            bar("epoch 3 of 5", 0.46, "batch 345 of 750 · 0:03 left"),
            bar("all epochs", 0.492, "49 % · 0:12 left"),
        ],
        curves: ProgressCurves::Training { run, errors: None },
    }
}

/// The end of a training whose answers are numbers.
fn numbers_so_far() -> WorkProgress {
    let without = |point: CurvePoint| CurvePoint { accuracy: None, ..point };
    let mut loss = run("training steps", 2.0, 600, 3);
    for points in [&mut loss.steps, &mut loss.train, &mut loss.validation] {
        points.iter_mut().for_each(|point| *point = without(*point));
    }
    WorkProgress {
        title: "Training finished: 3 epochs in 0:04".into(),
        notes: vec!["loss 0.3213".into()],
        bars: vec![bar("3 epochs", 1.0, "9,600 rows · 2,400 rows/s")],
        curves: ProgressCurves::Training { errors: Some(loss.clone()), run: loss },
    }
}

fn rates_so_far() -> WorkProgress {
    let rates: Vec<f64> = (0..60).map(|step| 1e-5 * 10f64.powf(f64::from(step) / 20.0)).collect();
    let losses = (0..60).map(|step| 1.4 - 0.006 * f64::from(step) + 0.02 * noise(step as u64)).collect();
    WorkProgress {
        title: "Learning-rate finder".into(),
        bars: vec![bar("60 of 100 steps", 0.6, "212 steps/s · 0:01 left")],
        curves: ProgressCurves::Rates { rates, losses },
        ..WorkProgress::default()
    }
}

fn sentence(length: usize) -> Vec<String> {
    let text = "crude oil prices climbed to a record on friday after a storm shut platforms in the gulf and traders \
                feared that refiners would run short of gasoline before the summer while the finance ministers \
                of seven industrial nations met in washington to calm the markets and the central bank said that it \
                would wait and see whether inflation rises further this year or not";
    text.split_whitespace().cycle().take(length).map(String::from).collect()
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
    Series { name: name.to_owned(), values: wave(seed, length, low, high) }
}

fn map(name: &str, seed: u64, words: usize, units: u64, scale: GateScale) -> GateMap {
    let (low, high) = match scale {
        GateScale::Sigmoid => (0.0, 1.0),
        GateScale::Tanh => (-1.0, 1.0),
        GateScale::Symmetric => (-3.0, 3.0),
    };
    let units: Vec<Vec<f64>> = (0..units).map(|unit| wave(seed * 10_000 + unit, words, low, high)).collect();
    let values = (0..words).map(|t| units.iter().map(|unit| unit[t]).collect()).collect();
    GateMap { name: name.to_owned(), values, scale }
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
    let norms = (0..80).map(|step| 0.4 * rate.powi(step) * (1.0 + 0.3 * noise(step as u64 + group as u64))).collect();
    GradientFlow { name: name.to_owned(), norms, group, dashed }
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
    let shut = open.iter().zip(0..).map(|(open, unit)| (1.0 - open) * noise(seed + 99 + unit).abs().powi(2)).collect();
    GateSaturation { name: name.to_owned(), open, shut }
}

fn cloud(name: &str, class: u64, (x, y): (f64, f64)) -> PointCloud {
    let spread = |seed: u64| noise(seed) + noise(seed + 7) + noise(seed + 13);
    let points =
        (0..300).map(|row| (x + spread(class * 9000 + row), y + 0.7 * spread(class * 7000 + row + 400))).collect();
    PointCloud { name: name.to_owned(), points, ..Default::default() }
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
        Series { name: name.to_owned(), values: values.collect() }
    };
    AuditPanel {
        name: name.to_owned(),
        series: vec![line("forget gate", 5, 0.55), line("input gate", 8, 0.3), line("|cell state|", 21, 0.1)],
    }
}

/// Six gates of 64 units over 60 words.
pub fn long_heatmap() -> Result<Figure> {
    gate_heatmaps("An LSTM layer reads a longer text", &sentence(60), &lstm_maps(60, 64))
}

/// Every figure with its file name.
/// Four seasons, and a forecast of the last.
fn forecast() -> Result<Figure> {
    let season = |t: u64| 10.0 + t as f64 / 20.0 + 3.0 * (t as f64 / 12.0 * std::f64::consts::TAU).sin();
    let line = |name: &str, points| StepLine { name: name.to_owned(), points };
    let measured = (0..48).map(|t| (t as f64, season(t) + 0.6 * noise(t))).collect();
    let lines = vec![line("measured", measured), line("forecast", (36..48).map(|t| (t as f64, season(t))).collect())];
    let panel = StepPanel { name: "value".to_owned(), lines, ..StepPanel::default() };
    time_lines("A series and its forecast", &[panel])
}

/// A disc at the upper left, and a network that looks at it, then at its rim.
fn attention() -> Result<Figure> {
    let distance = |row: usize, column: usize, size: f64| {
        let center = size * 0.3;
        (row as f64 + 0.5 - center).hypot(column as f64 + 0.5 - center) / size
    };
    let grid = |size: usize, value: &dyn Fn(f64) -> f64| -> Vec<Vec<f64>> {
        let row = |row| (0..size).map(move |column| value(distance(row, column, size as f64)));
        (0..size).map(|index| row(index).collect()).collect()
    };
    let image = grid(24, &|distance| if distance < 0.2 { 0.9 } else { 0.1 });
    let words = [("a", 1.0), ("large", 0.4), ("circle", 0.2), ("left", 0.1)];
    let words = words.map(|(word, spread)| {
        let weights = grid(6, &|distance| (-(distance / spread).powi(2)).exp() / 4.0);
        WordAttention { word: word.to_owned(), weights }
    });
    attention_over_image("Where a network looks", &image, &words)
}

pub fn all() -> Result<Vec<(&'static str, Figure)>> {
    let short = words("stocks fall as oil prices rise");
    let headline = sentence(14);
    let parts: Vec<String> = std::iter::once("start".to_owned()).chain(sentence(14)).collect();
    let rates: Vec<f64> = (0..120).map(|step| 1e-6 * 10f64.powf(f64::from(step) / 20.0)).collect();
    let losses: Vec<f64> = rates
        .iter()
        .zip(0..)
        .map(|(rate, step)| 1.39 - 0.9 / (1.0 + (2e-3 / rate).powf(1.4)) + (rate / 0.08).powi(3) + 0.01 * noise(step))
        .collect();
    let counts = vec![vec![1678, 61, 96, 65], vec![33, 1836, 17, 14], vec![71, 14, 1598, 217], vec![74, 23, 188, 1615]];
    let many: Vec<String> = (0..14).map(|class| format!("topic number {class}")).collect();
    let many_counts = (0..14u64)
        .map(|truth| {
            (0..14u64)
                .map(|guess| if truth == guess { 400 } else { (40.0 * noise(truth * 14 + guess).abs()) as u64 })
                .collect()
        })
        .collect::<Vec<Vec<u64>>>();
    let batching = |name: &str, tokens, padding| PaddingCount { name: name.to_owned(), tokens, padding };
    let ledger = |total: &str, seed| Ledger {
        total: total.to_owned(),
        parts: std::iter::once(0.05).chain(wave(seed, 14, -0.5, 0.7)).collect(),
    };
    let card = |unit: u64| UnitCard {
        unit: unit as usize,
        raised_by: sentence(40).into_iter().skip(unit as usize * 3).take(5).zip([0.91, 0.7, 0.44, 0.3, 0.22]).collect(),
        lowered_by: sentence(60)
            .into_iter()
            .skip(unit as usize * 5 + 3)
            .take(5)
            .zip([-0.82, -0.61, -0.5, -0.31, -0.12])
            .collect(),
    };
    let mut path: Vec<Series> =
        classes().iter().zip(1..).map(|(class, seed)| series(class, seed * 31, 14, 0.05, 1.0)).collect();
    for t in 0..14 {
        let sum: f64 = path.iter().map(|class| class.values[t]).sum();
        path.iter_mut().for_each(|class| class.values[t] /= sum);
    }
    let weights = |name: &str, width: f64, shift: f64| Series {
        name: name.to_owned(),
        values: (0..4000).map(|k| shift + width * (noise(k) + noise(k + 5000) + noise(k + 9000))).collect(),
    };
    let padded: Vec<String> = sentence(9).into_iter().chain((0..15).map(|_| "[PAD]".to_owned())).collect();
    let step_line = |name: &str, scale: f64| StepLine {
        name: name.to_owned(),
        points: (1..=2000)
            .map(|step| {
                (f64::from(step), scale * (1.2 + noise(step as u64)) * (f64::from(step) / 300.0).sqrt().recip())
            })
            .collect(),
    };
    let rate = StepLine {
        name: "learning rate".to_owned(),
        points: (0..200)
            .map(|step| (f64::from(step) * 10.0, 1e-3 * (1.0 + (f64::from(step) / 64.0).cos()) / 2.0))
            .collect(),
    };
    let panel = |name: &str, log_scale, lines| StepPanel { name: name.to_owned(), log_scale, lines };
    Ok(vec![
        ("attention_over_image", attention()?),
        ("time_lines", forecast()?),
        ("training_curves_one", training_curves(&[run("SimpleRnn(16)", 1.0, 3750, 3)])?),
        ("work_progress_training", work_progress(&training_so_far())?),
        ("work_progress_numbers", work_progress(&numbers_so_far())?),
        ("work_progress_rates", work_progress(&rates_so_far())?),
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
        ("encoder_decoder", encoder_decoder(&words("3 May 2024"), &words("2024 05 03"))?),
        ("attention_decoder", attention_decoder(&words("3 May 2024"), &words("2024 05 03"), 1)?),
        ("skip_gram_window", skip_gram_window(&words("the home team wins the cup final"), 3, 2)?),
        (
            "line_chart",
            line_chart(
                "Accuracy",
                "a dot for each of three seeds",
                ["distance, words", "accuracy"],
                &["RNN", "LSTM"].map(|name| StepLine {
                    name: name.into(),
                    points: (0..18)
                        .map(|k| {
                            (
                                f64::from(k / 3 * 8),
                                0.33 + 0.6 / f64::from(1 + k / 3 * 2) + 0.05 * noise(k as u64 + name.len() as u64),
                            )
                        })
                        .collect(),
                }),
            )?,
        ),
        (
            "bar_chart",
            bar_chart(
                "Sports and Business",
                "how far apart the units' means are",
                &words("unit-12 unit-3 <unit>"),
                &[0.4251, 0.03, -0.277],
            )?,
        ),
        ("unrolled_last_state", unrolled_network(&short, Readout::LastState)?),
        ("unrolled_every_step", unrolled_network(&words("dogs chase cats"), Readout::EveryStep)?),
        ("bidirectional_network", bidirectional_network(&short)?),
        ("model_network", model_network("The network, unrolled", &short, &tall(), ENDS)?),
        ("multilayer_network", multilayer_network(&words("dogs chase cats"), 2)?),
        ("rnn_cell", rnn_cell(CellSize { input: 64, hidden: 16 })?),
        ("lstm_cell", lstm_cell(CellSize { input: 64, hidden: 32 })?),
        ("gru_cell", gru_cell(CellSize { input: 64, hidden: 32 })?),
        ("learning_rate_finder", learning_rate_finder(&rates, &losses, Some(1.5e-3))?),
        ("confusion_matrix", confusion_matrix(&classes(), &counts)?),
        ("confusion_matrix_many", confusion_matrix(&many, &many_counts)?),
        (
            "padding_share",
            padding_share(&[
                batching("shuffled", 1_920_000, 840_000),
                batching("bucketed by length", 1_920_000, 61_000),
                batching("packed", 1_920_000, 0),
            ])?,
        ),
        ("gate_heatmaps_short", gate_heatmaps("An LSTM layer reads a headline", &headline, &lstm_maps(14, 16))?),
        ("gate_heatmaps_long", long_heatmap()?),
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
        ("prediction_trajectory", prediction_trajectory("The answer after every word", &headline, &path)?),
        (
            "colored_words",
            colored_words(
                "Cell state of unit 12",
                GateScale::Symmetric,
                &[colored("World, 71 %", 3, 30), colored("Sports <b>93 %</b>", 4, 12)],
            )?,
        ),
        ("unit_gallery", unit_gallery("Units and the words that move them", &(0..6).map(card).collect::<Vec<_>>())?),
        (
            "word_attributions",
            word_attributions(
                "Integrated gradients for Business",
                &headline,
                &wave(9, 14, -0.5, 0.9),
                wave(9, 14, -0.5, 0.9).iter().sum::<f64>() + 3e-4,
            )?,
        ),
        ("memory_ledger", memory_ledger("What is left in unit 12", &parts, &[ledger("c_T of unit 12", 4)])?),
        (
            "memory_ledger_classes",
            memory_ledger(
                "What each word gives to each class",
                &parts,
                &[ledger("score of World", 4), ledger("score of Sports", 5), ledger("score of Business", 6)],
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
                &[saturation("input gate", 1), saturation("forget gate", 200), saturation("output gate", 400)],
            )?,
        ),
        (
            "projection",
            projection(
                "Final states of 1,200 headlines",
                ["component 1 (41 % of the variance)", "component 2 (22 % of the variance)"],
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
                    panel("gradient norm", true, vec![step_line("LSTM", 0.3), step_line("LSTM, clipped", 0.08)]),
                    panel("learning rate", false, vec![rate]),
                ],
            )?,
        ),
    ])
}

/// Every figure with as much as it takes: the longest names, the most words, series and panels.
#[allow(dead_code, reason = "the gallery shows the samples, the tests also draw these")]
pub fn largest() -> Result<Vec<(&'static str, Figure)>> {
    let title = "A title that never ends ".repeat(40);
    let long = |kind: &str, index: u64| {
        format!("{kind} {index} <&> with a name that goes on and on and on until the page ends")
    };
    let names = |kind: &str, count: u64| (0..count).map(|index| long(kind, index)).collect::<Vec<_>>();
    let words: Vec<String> = (0..120)
        .map(|index| if index % 3 == 0 { "Donaudampfschifffahrt".to_owned() } else { format!("w{index}") })
        .collect();
    let lines = |kind: &str, count: u64, low, high| {
        (0..count).map(|index| series(&long(kind, index), index, 120, low, high)).collect::<Vec<_>>()
    };
    let wide = |index: u64| 1e9 * noise(index);
    let cell = CellSize { input: 123_456, hidden: 65_536 };
    let maps: Vec<GateMap> =
        (0..16).map(|index| map(&long("map", index), index, 120, 46, GateScale::Symmetric)).collect();
    let noisy = maps.into_iter().zip(0..).map(|(map, seed)| GateMap {
        values: map
            .values
            .iter()
            .zip(0..)
            .map(|(row, t)| row.iter().zip(0..).map(|(_, unit)| noise(seed * 1_000_000 + t * 1000 + unit)).collect())
            .collect(),
        ..map
    });
    let card = |unit: u64| {
        let side = |sign: f64| (0..12).map(|word| (words[word].clone(), sign * (12.0 - word as f64) * 100.0)).collect();
        UnitCard { unit: unit as usize * 1000, raised_by: side(1.0), lowered_by: side(-1.0) }
    };
    let runs: Vec<TrainingRun> =
        (0..8).map(|index| run(&long("run", index), 0.5 + index as f64 / 5.0, 5000, 500)).collect();
    let colored = (0..40).map(|index| ColoredSentence {
        label: long("sentence", index),
        words: words[..12].to_vec(),
        values: (0..12).map(|word| wide(index * 12 + word)).collect(),
        marked: Some(0..12),
    });
    let gradients: Vec<GradientFlow> = (0..12)
        .map(|index| GradientFlow {
            name: long("network", index),
            norms: (0..5000)
                .map(|step| 1e30 * (noise(step + index).abs() + 1e-9) * 0.97f64.powi(step as i32))
                .collect(),
            group: index as usize,
            dashed: index % 2 == 0,
        })
        .collect();
    let panels: Vec<StepPanel> = (0..6)
        .map(|panel| StepPanel {
            name: long("norm", panel),
            log_scale: panel % 2 == 0,
            lines: (0..8)
                .map(|one| StepLine {
                    name: long("line", one),
                    points: (1..3000u64).map(|step| (step as f64, wide(step * 9 + one).abs() + 1.0)).collect(),
                })
                .collect(),
        })
        .collect();
    let audits: Vec<AuditPanel> =
        (0..4).map(|panel| AuditPanel { name: long("way", panel), series: lines("state", 8, -1e6, 1e6) }).collect();
    let pixels = |seed: u64| -> Vec<Vec<f64>> {
        (0..64).map(|row| (0..64).map(|column| noise(seed + row * 64 + column).abs()).collect()).collect()
    };
    let looks: Vec<WordAttention> =
        (0..15).map(|word| WordAttention { word: long("word", word), weights: pixels(5000 * word) }).collect();
    let clouds: Vec<PointCloud> = (0..8)
        .map(|class| PointCloud {
            name: long("class", class),
            points: (0..950).map(|row| (wide(row * 8 + class), wide(row * 7 + class))).collect(),
            ..Default::default()
        })
        .collect();
    let counts: Vec<Vec<u64>> = (0..24).map(|truth| (0..24).map(|guess| 99_999 * truth + guess).collect()).collect();
    let gate_saturations: Vec<GateSaturation> = (0..9)
        .map(|gate| GateSaturation { name: long("gate", gate), open: vec![0.5; 166], shut: vec![0.5; 166] })
        .collect();
    let spread: Vec<Series> =
        (0..16).map(|index| Series { name: long("list", index), values: (0..999).map(wide).collect() }).collect();
    let ledgers: Vec<Ledger> =
        (0..8).map(|index| Ledger { total: long("total", index), parts: (0..119).map(wide).collect() }).collect();
    let rates: Vec<f64> = (0..2000).map(|step| 1e-9 * 1.01f64.powi(step)).collect();
    let losses: Vec<f64> = (0..2000).map(|step| 1e6 + 1e3 * noise(step)).collect();
    Ok(vec![
        ("attention_over_image", attention_over_image(&title, &pixels(1), &looks)?),
        ("training_curves", training_curves(&runs)?),
        ("class_probabilities", class_probabilities(&title, &names("class", 40), &[1.0; 40])?),
        ("bar_chart", bar_chart(&title, &title, &names("bar", 60), &(0..60).map(wide).collect::<Vec<_>>())?),
        ("unrolled_last_state", unrolled_network(&words, Readout::LastState)?),
        ("unrolled_every_step", unrolled_network(&words, Readout::EveryStep)?),
        ("bidirectional_network", bidirectional_network(&words)?),
        ("model_network", model_network("The network, unrolled", &words, &tall(), ENDS)?),
        ("multilayer_network", multilayer_network(&words, 6)?),
        ("rnn_cell", rnn_cell(cell)?),
        ("lstm_cell", lstm_cell(cell)?),
        ("gru_cell", gru_cell(cell)?),
        ("learning_rate_finder", learning_rate_finder(&rates, &losses, Some(1e-3))?),
        ("confusion_matrix", confusion_matrix(&names("class", 24), &counts)?),
        (
            "padding_share",
            padding_share(
                &names("batching", 12)
                    .into_iter()
                    .map(|name| PaddingCount { name, tokens: 99_999_999_999, padding: 99_999_999_999 })
                    .collect::<Vec<_>>(),
            )?,
        ),
        ("gate_heatmaps", gate_heatmaps(&title, &words, &noisy.collect::<Vec<_>>())?),
        (
            "unit_over_words",
            unit_over_words(&title, &words, &lines("gate", 8, 0.0, 1.0), &lines("state", 8, -1e6, 1e6))?,
        ),
        ("prediction_trajectory", prediction_trajectory(&title, &words, &lines("class", 8, 0.0, 1.0))?),
        ("colored_words", colored_words(&title, GateScale::Symmetric, &colored.collect::<Vec<_>>())?),
        ("unit_gallery", unit_gallery(&title, &(0..24).map(card).collect::<Vec<_>>())?),
        ("word_attributions", word_attributions(&title, &words, &(0..120).map(wide).collect::<Vec<_>>(), 1e9)?),
        ("memory_ledger", memory_ledger(&title, &words[..119], &ledgers)?),
        ("padding_audit", padding_audit(&title, &words, 60, &audits)?),
        ("gradient_flow", gradient_flow(&title, &gradients)?),
        ("gate_saturation", gate_saturation(&title, &gate_saturations)?),
        ("projection", projection(&title, [&title, &title], &clouds)?),
        ("histograms", histograms(&title, &title, &spread)?),
        ("step_lines", step_lines(&title, &panels)?),
    ])
}

const ENDS: NetworkEnds = NetworkEnds { input: 128, scores: 4 };

/// A layer in both directions below one that reads forwards.
fn tall() -> [NetworkLayer; 2] {
    let layer =
        |name: &str, bidirectional| NetworkLayer { name: name.into(), cell: "Lstm".into(), units: 64, bidirectional };
    [layer("lower", true), layer("upper", false)]
}
