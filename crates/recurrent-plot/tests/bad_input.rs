//! What cannot be drawn is refused with a sentence that names the place, and nothing panics.

use recurrent_plot::*;

fn words(count: usize) -> Vec<String> {
    (0..count).map(|index| format!("w{index}")).collect()
}

fn series(values: &[f64]) -> Series {
    Series { name: "s".to_owned(), values: values.to_vec() }
}

fn map(values: Vec<Vec<f64>>) -> GateMap {
    GateMap { name: "forget".to_owned(), values, scale: GateScale::Sigmoid }
}

fn attention(weights: Vec<Vec<f64>>) -> WordAttention {
    WordAttention { word: "a".to_owned(), weights }
}

#[track_caller]
fn refused(figure: Result<Figure>, message: &str) {
    match figure {
        Ok(figure) => panic!("{figure:?} was drawn, expected: {message}"),
        Err(error) => assert_eq!(error.to_string(), message),
    }
}

#[test]
fn nothing_to_draw() {
    refused(training_curves(&[]), "training_curves: no run given; pass at least one");
    refused(
        training_curves(&[TrainingRun { name: "a".to_owned(), ..TrainingRun::default() }]),
        "training_curves: no point in run \"a\" given; pass at least one",
    );
    refused(class_probabilities("t", &[], &[]), "class_probabilities: no class given; pass at least one");
    refused(bar_chart("t", "n", &[], &[]), "bar_chart: no name given; pass at least one");
    refused(unrolled_network(&[], Readout::LastState), "unrolled_network: no word given; pass at least one");
    refused(bidirectional_network(&[]), "bidirectional_network: no word given; pass at least one");
    let layers = vec![NetworkLayer::default(); 9];
    refused(
        model_network("t", &words(2), &[], NetworkEnds::default()),
        "model_network: no layer given; pass at least one",
    );
    refused(
        model_network("t", &words(2), &layers, NetworkEnds::default()),
        "model_network: 9 layers, but a figure has room for 8; pass fewer",
    );
    refused(multilayer_network(&words(2), 0), "multilayer_network: layers is 0, expected from 1 to 6");
    refused(rnn_cell(CellSize { input: 0, hidden: 1 }), "rnn_cell: input is 0, expected a size from 1 to 1000000");
    refused(lstm_cell(CellSize { input: 1, hidden: 0 }), "lstm_cell: hidden is 0, expected a size from 1 to 1000000");
    refused(gru_cell(CellSize { input: 1, hidden: 0 }), "gru_cell: hidden is 0, expected a size from 1 to 1000000");
    refused(learning_rate_finder(&[], &[], None), "learning_rate_finder: no rate given; pass at least one");
    refused(confusion_matrix(&[], &[]), "confusion_matrix: no class given; pass at least one");
    refused(padding_share(&[]), "padding_share: no padding count given; pass at least one");
    refused(gate_heatmaps("t", &words(1), &[]), "gate_heatmaps: no map given; pass at least one");
    refused(gate_heatmaps("t", &[], &[map(vec![])]), "gate_heatmaps: no word given; pass at least one");
    refused(
        sequence_heatmaps("t", ["frame", "band"], &[], &[map(vec![])]),
        "sequence_heatmaps: no frame given; pass at least one",
    );
    refused(
        gate_heatmaps("t", &words(1), &[map(vec![vec![]])]),
        "gate_heatmaps: no unit in map \"forget\" given; pass at least one",
    );
    refused(unit_over_words("t", &words(1), &[], &[]), "unit_over_words: no gate given; pass at least one");
    refused(prediction_trajectory("t", &[], &[series(&[])]), "prediction_trajectory: no word given; pass at least one");
    refused(colored_words("t", GateScale::Symmetric, &[]), "colored_words: no sentence given; pass at least one");
    refused(
        colored_words("t", GateScale::Symmetric, &[ColoredSentence::default()]),
        "colored_words: no word in sentence 0 given; pass at least one",
    );
    refused(unit_gallery("t", &[]), "unit_gallery: no unit given; pass at least one");
    refused(word_attributions("t", &[], &[], 0.0), "word_attributions: no word given; pass at least one");
    refused(memory_ledger("t", &words(1), &[]), "memory_ledger: no ledger given; pass at least one");
    refused(padding_audit("t", &words(1), 1, &[]), "padding_audit: no panel given; pass at least one");
    refused(
        gate_heatmaps("t", &words(1), &[map(vec![vec![0.5, 2.0]])]),
        "gate_heatmaps: map \"forget\", values[0][1] is 2, expected a number from 0 to 1",
    );
    refused(gradient_flow("t", &[GradientFlow::default()]), "gradient_flow: no norms of \"\" given; pass at least one");
    refused(gate_saturation("t", &[]), "gate_saturation: no gate given; pass at least one");
    refused(projection("t", ["x", "y"], &[PointCloud::default()]), "projection: no point given; pass at least one");
    refused(histograms("t", "x", &[series(&[])]), "histograms: no number in \"s\" given; pass at least one");
    refused(step_lines("t", &[]), "step_lines: no panel given; pass at least one");
}

#[test]
fn numbers_that_are_none() {
    let nan = f64::NAN;
    refused(
        class_probabilities("t", &words(2), &[0.5, nan]),
        "class_probabilities: probabilities[1] is NaN; every number must be finite",
    );
    refused(
        bar_chart("t", "n", &words(1), &[f64::INFINITY]),
        "bar_chart: values[0] is inf; every number must be finite",
    );
    refused(
        learning_rate_finder(&[1e-3, 1e-2], &[1.0, f64::INFINITY], None),
        "learning_rate_finder: losses[1] is inf; every number must be finite",
    );
    refused(
        gate_heatmaps("t", &words(1), &[map(vec![vec![0.0, nan]])]),
        "gate_heatmaps: map \"forget\", values[0][1] is NaN; every number must be finite",
    );
    refused(
        word_attributions("t", &words(1), &[1.0], nan),
        "word_attributions: expected is NaN; every number must be finite",
    );
    let run = TrainingRun {
        name: "a".to_owned(),
        train: vec![CurvePoint { step: 1.0, loss: nan, accuracy: Some(0.5) }],
        ..TrainingRun::default()
    };
    refused(training_curves(&[run]), "training_curves: loss of run \"a\"[0] is NaN; every number must be finite");
    let ledger = Ledger { total: "c".to_owned(), parts: vec![nan] };
    refused(
        memory_ledger("t", &words(1), &[ledger]),
        "memory_ledger: parts of \"c\"[0] is NaN; every number must be finite",
    );
    let cloud = PointCloud { name: "a".to_owned(), points: vec![(0.0, nan)], ..Default::default() };
    refused(projection("t", ["x", "y"], &[cloud]), "projection: y of \"a\"[0] is NaN; every number must be finite");
    let cloud = PointCloud { name: "a".to_owned(), points: vec![(0.0, 1.0)], names: words(2) };
    refused(projection("t", ["x", "y"], &[cloud]), "projection: names of \"a\" has 2 entries, expected 1");
    refused(
        histograms("t", "x", &[series(&[1.0, nan])]),
        "histograms: list \"s\"[1] is NaN; every number must be finite",
    );
}

#[test]
fn progress_that_cannot_be_drawn() {
    let bar = |share| ProgressBar { name: "rows".into(), share, note: String::new() };
    let now = |share| WorkProgress { bars: vec![bar(share)], ..WorkProgress::default() };
    refused(work_progress(&now(1.5)), "work_progress: share[0] is 1.5, expected a number from 0 to 1");
    refused(
        work_progress(&WorkProgress { notes: vec![String::new(); 7], ..WorkProgress::default() }),
        "work_progress: 7 notes, but a figure has room for 6; pass fewer",
    );
    let curves = ProgressCurves::Losses(vec![(0.5, f64::INFINITY)]);
    refused(
        work_progress(&WorkProgress { curves, ..WorkProgress::default() }),
        "work_progress: losses[0] is inf; every number must be finite",
    );
    // The beginning: nothing is done, and there is no title.
    let empty = WorkProgress { curves: ProgressCurves::Losses(Vec::new()), ..now(0.0) };
    assert!(work_progress(&empty).unwrap().svg().contains("rows"));
}

#[test]
fn numbers_out_of_range() {
    refused(
        lstm_cell(CellSize { input: usize::MAX, hidden: 1 }),
        "lstm_cell: input is 18446744073709552000, expected a size from 1 to 1000000",
    );
    refused(
        class_probabilities("t", &words(1), &[1.5]),
        "class_probabilities: probabilities[0] is 1.5, expected a number from 0 to 1",
    );
    refused(
        unit_over_words("t", &words(1), &[series(&[-0.5])], &[]),
        "unit_over_words: gate \"s\"[0] is -0.5, expected a number from 0 to 1",
    );
    refused(
        learning_rate_finder(&[0.0], &[1.0], None),
        "learning_rate_finder: rates[0] is 0, expected a number from 1e-100 to 1e100",
    );
    refused(
        gate_heatmaps("t", &words(1), &[map(vec![vec![0.5, 2.0]])]),
        "gate_heatmaps: map \"forget\", values[0][1] is 2, expected a number from 0 to 1",
    );
    refused(
        gradient_flow("t", &[GradientFlow { name: "a".to_owned(), norms: vec![-1.0], ..GradientFlow::default() }]),
        "gradient_flow: norms of \"a\"[0] is -1, expected zero or more",
    );
    refused(
        padding_audit("t", &words(2), 3, &[]),
        "padding_audit: length is 3, expected from 1 to the number of tokens",
    );
    let gate = GateSaturation { name: "f".to_owned(), open: vec![0.75], shut: vec![0.75] };
    refused(
        gate_saturation("t", &[gate]),
        "gate_saturation: open + shut of \"f\"[0] is 1.5, expected a number from 0 to 1",
    );
    let sentence =
        ColoredSentence { words: words(1), values: vec![1.0], marked: Some(0..2), ..ColoredSentence::default() };
    refused(
        colored_words("t", GateScale::Symmetric, &[sentence]),
        "colored_words: end of marked in sentence 0 is 2, expected at most the number of words",
    );
    refused(
        histograms("t", "x", &[series(&[1e300])]),
        &format!("histograms: list \"s\"[0] is {}, expected a number from -1e100 to 1e100", 1e300),
    );
    let line = StepLine { name: "a".to_owned(), points: vec![(1.0, 0.0)] };
    refused(
        step_lines("t", &[StepPanel { name: "norm".to_owned(), log_scale: true, lines: vec![line] }]),
        "step_lines: points of \"a\" in panel \"norm\"[0] is 0, expected a number from 1e-100 to 1e100",
    );
}

#[test]
fn lists_that_do_not_fit() {
    refused(
        class_probabilities("t", &words(2), &[1.0]),
        "class_probabilities: probabilities has 1 entries, expected 2",
    );
    refused(bar_chart("t", "n", &words(2), &[1.0]), "bar_chart: values has 1 entries, expected 2");
    refused(
        confusion_matrix(&words(2), &[vec![1, 2], vec![3]]),
        "confusion_matrix: counts[1] has 1 entries, expected 2",
    );
    refused(
        gate_heatmaps("t", &words(2), &[map(vec![vec![0.0]])]),
        "gate_heatmaps: map \"forget\", values has 1 entries, expected 2",
    );
    refused(
        gate_heatmaps("t", &words(2), &[map(vec![vec![0.0], vec![0.0, 1.0]])]),
        "gate_heatmaps: map \"forget\", values[1] has 2 entries, expected 1",
    );
    refused(
        unit_over_words("t", &words(2), &[series(&[0.5])], &[]),
        "unit_over_words: series \"s\" has 1 entries, expected 2",
    );
    refused(word_attributions("t", &words(2), &[0.5], 0.5), "word_attributions: values has 1 entries, expected 2");
    refused(learning_rate_finder(&[0.1], &[], None), "learning_rate_finder: losses has 0 entries, expected 1");
    let panel = |count| AuditPanel { name: "p".to_owned(), series: vec![series(&[0.5]); count] };
    refused(
        padding_audit("t", &words(1), 1, &[panel(1), panel(2)]),
        "padding_audit: panel \"p\" has 2 entries, expected 1",
    );
}

#[test]
fn more_than_a_page_holds() {
    refused(
        gate_heatmaps("t", &words(121), &[]),
        "gate_heatmaps: 121 words, but a figure has room for 120; pass fewer",
    );
    let wide = map(vec![vec![0.0; 512]; 60]);
    refused(
        gate_heatmaps("t", &words(60), &[wide.clone(), wide.clone(), wide.clone(), wide]),
        "gate_heatmaps: 122880 cells (words x units x maps), but a figure has room for 90000; pass fewer",
    );
    refused(
        confusion_matrix(&words(25), &[]),
        "confusion_matrix: 25 classes, but a figure has room for 24; pass fewer",
    );
}

#[test]
fn attention_that_does_not_fit_its_picture() {
    let image = || vec![vec![0.5; 4]; 2];
    let one = || attention(vec![vec![0.25; 4]]);
    let figure = |image: &[Vec<f64>], word| attention_over_image("t", image, &[word]);
    for (refusal, message) in [
        (attention_over_image("t", &image(), &[]), "no word given; pass at least one"),
        (attention_over_image("t", &image(), &vec![one(); 16]), "16 words, but a figure has room for 15; pass fewer"),
        (figure(&[], one()), "no row in image given; pass at least one"),
        (figure(&[vec![]], one()), "no pixel in image given; pass at least one"),
        (figure(&[vec![0.0; 4], vec![0.0; 3]], one()), "image[1] has 3 entries, expected 4"),
        (figure(&[vec![0.0, 1.5]], one()), "image[0][1] is 1.5, expected a number from 0 to 1"),
        (figure(&vec![vec![0.0]; 65], one()), "65 pixels in a column, but a figure has room for 64; pass fewer"),
        (figure(&image(), attention(vec![vec![]])), "no region in weights of \"a\" given; pass at least one"),
        (
            figure(&image(), attention(vec![vec![0.1]; 3])),
            "3 rows in weights of \"a\", but a figure has room for 2; pass fewer",
        ),
        (
            figure(&image(), attention(vec![vec![f64::NAN]])),
            "weights of \"a\"[0][0] is NaN; every number must be finite",
        ),
    ] {
        refused(refusal, &format!("attention_over_image: {message}"));
    }
}

/// Numbers at which an axis could lose its ticks, or its patience.
#[test]
fn strange_but_finite_numbers_are_drawn() {
    for value in [0.0, -0.0, 5e-324, -5e-324, 1e-300, 1e-12, 1.0, 1e15, 9e99, -9e99] {
        for other in [value, value * (1.0 + 1e-15), value + 1.0, -value, 0.0] {
            let pair = [value, other];
            histograms("t", "x", &[series(&pair)]).unwrap();
            unit_over_words("t", &words(2), &[series(&[0.0, 1.0])], &[series(&pair)]).unwrap();
            word_attributions("t", &words(2), &pair, value).unwrap();
            memory_ledger("t", &words(2), &[Ledger { total: "c".to_owned(), parts: pair.to_vec() }]).unwrap();
            projection(
                "t",
                ["x", "y"],
                &[PointCloud {
                    name: "a".to_owned(),
                    points: vec![(value, other), (other, value)],
                    ..Default::default()
                }],
            )
            .unwrap();
            padding_audit("t", &words(2), 1, &[AuditPanel { name: "p".to_owned(), series: vec![series(&pair)] }])
                .unwrap();
            let norms = vec![value.abs(), other.abs()];
            gradient_flow("t", &[GradientFlow { name: "a".to_owned(), norms, ..GradientFlow::default() }]).unwrap();
            gate_heatmaps("t", &words(1), &[GateMap { scale: GateScale::Symmetric, ..map(vec![pair.to_vec()]) }])
                .unwrap();
            let sentence = ColoredSentence { words: words(2), values: pair.to_vec(), ..ColoredSentence::default() };
            colored_words("t", GateScale::Symmetric, &[sentence]).unwrap();
            let steps = vec![CurvePoint { step: value.abs(), loss: other, accuracy: Some(value) }; 2];
            training_curves(&[TrainingRun { name: "a".to_owned(), steps, ..TrainingRun::default() }]).unwrap();
            let (low, high) = (value.abs().max(1e-100), other.abs().max(1e-100));
            learning_rate_finder(&[low, high], &pair, Some(high)).unwrap();
            let panel = |log_scale, points| StepPanel {
                name: "p".to_owned(),
                log_scale,
                lines: vec![StepLine { name: "a".to_owned(), points }],
            };
            step_lines("t", &[panel(false, vec![(value, other)]), panel(true, vec![(value, low), (other, high)])])
                .unwrap();
        }
    }
    padding_share(&[
        PaddingCount { name: "a".to_owned(), tokens: u64::MAX, padding: u64::MAX },
        PaddingCount::default(),
    ])
    .unwrap();
    confusion_matrix(&words(2), &[vec![u64::MAX; 2], vec![u64::MAX; 2]]).unwrap();
    lstm_cell(CellSize { input: 1_000_000, hidden: 1_000_000 }).unwrap();
}
