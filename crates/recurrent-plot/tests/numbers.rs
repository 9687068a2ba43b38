//! Whether a figure shows the numbers that it was given.

use base64::Engine;
use recurrent_plot::*;
use roxmltree::{Document, Node};

fn number(node: &Node, attribute: &str) -> f64 {
    node.attribute(attribute).unwrap().parse().unwrap()
}

fn with_fill<'a>(svg: &'a Document, tag: &'a str, fill: &'a str) -> Vec<Node<'a, 'a>> {
    svg.descendants().filter(|node| node.has_tag_name(tag) && node.attribute("fill") == Some(fill)).collect()
}

fn words(text: &str) -> Vec<String> {
    text.split(' ').map(String::from).collect()
}

const BLUE: &str = "#0072b2";
const VERMILION: &str = "#d55e00";
const GREY: &str = "#57606a";

/// Numbers of pixels are rounded to an eighth by plotters and to a hundredth in the file.
fn assert_near(one: f64, other: f64) {
    assert!((one - other).abs() < 0.3, "{one} and {other}");
}

#[test]
fn bars_are_as_long_as_the_probabilities() {
    let figure = class_probabilities("text", &words("a b c d"), &[0.5, 0.25, 0.125, 0.125]).unwrap();
    let svg = Document::parse(figure.svg()).unwrap();
    let bars: Vec<f64> = with_fill(&svg, "rect", BLUE).iter().map(|bar| number(bar, "width")).collect();
    assert_eq!(bars.len(), 4);
    for (bar, share) in bars.iter().zip([1.0, 0.5, 0.25, 0.25]) {
        assert_near(*bar, bars[0] * share);
    }
    assert!(figure.svg().contains("50.0 %") && figure.svg().contains("12.5 %"));
}

/// The cells of the last map: rows of places in its palette.
fn cells(svg: &Document) -> Vec<Vec<u8>> {
    let map = svg.descendants().rfind(|node| node.attribute("data-map").is_some()).unwrap();
    let cells = base64::engine::general_purpose::STANDARD.decode(map.attribute("data-cells").unwrap()).unwrap();
    let columns: usize = map.attribute("data-size").unwrap().split(' ').next().unwrap().parse().unwrap();
    cells.chunks(columns).map(<[u8]>::to_vec).collect()
}

/// The colours of the cells that are drawn last, read from their rectangles.
fn colors(svg: &Document) -> Vec<Vec<[u8; 3]>> {
    let mut found = std::collections::BTreeMap::new();
    let drawn = svg.descendants().rfind(|node| node.attribute("shape-rendering").is_some()).unwrap();
    for path in drawn.children().filter(Node::is_element) {
        let fill = u32::from_str_radix(&path.attribute("fill").unwrap()[1..], 16).unwrap().to_be_bytes();
        for rectangle in path.attribute("d").unwrap().split('M').skip(1) {
            let numbers = rectangle.split(|letter: char| !letter.is_ascii_digit());
            let numbers: Vec<usize> = numbers.filter_map(|number| number.parse().ok()).collect();
            let (column, row, width) = (numbers[0], numbers[1], numbers[2]);
            found.extend((column..column + width).map(|column| ((row, column), [fill[1], fill[2], fill[3]])));
        }
    }
    let rows = found.keys().map(|(row, _)| row + 1).max().unwrap();
    let row = |row| found.range((row, 0)..(row + 1, 0)).map(|(_, color)| *color).collect();
    (0..rows).map(row).collect()
}

fn one_map(scale: GateScale, values: Vec<Vec<f64>>) -> Figure {
    let map = GateMap { name: "gate".to_owned(), values, scale };
    gate_heatmaps("title", &words("one two three"), &[map]).unwrap()
}

#[test]
fn a_heatmap_has_a_row_per_unit_and_a_column_per_word() {
    let figure = one_map(GateScale::Sigmoid, vec![vec![0.0, 1.0], vec![0.5, 0.25], vec![1.0, 0.0]]);
    let svg = Document::parse(figure.svg()).unwrap();
    assert_eq!(cells(&svg), [[0, 127, 254], [254, 64, 0]]);
    let brightness = |color: &[u8; 3]| color.iter().map(|&channel| u32::from(channel)).sum::<u32>();
    let rows: Vec<Vec<u32>> = colors(&svg).iter().map(|row| row.iter().map(brightness).collect()).collect();
    assert!(rows[0][0] > rows[0][1] && rows[0][1] > rows[0][2], "{rows:?}");
    assert_eq!((rows[1][0], rows[1][2]), (rows[0][2], rows[0][0]));
}

#[test]
fn zero_is_the_middle_colour_of_a_symmetric_map() {
    let figure = one_map(GateScale::Symmetric, vec![vec![-4.0], vec![0.0], vec![2.0]]);
    let svg = Document::parse(figure.svg()).unwrap();
    assert_eq!(cells(&svg), [[0, 127, 191]]);
    assert!(figure.svg().contains("−4"));
    let figure = one_map(GateScale::Tanh, vec![vec![-1.0], vec![0.0], vec![1.0]]);
    let svg = Document::parse(figure.svg()).unwrap();
    assert_eq!(cells(&svg), [[0, 127, 254]]);
}

#[test]
fn a_pixel_has_the_attention_of_the_region_around_its_middle() {
    // Three columns of pixels, two of regions: the middle pixel's middle lies on the edge, which belongs to the right.
    let image = vec![vec![0.0, 0.5, 1.0]; 2];
    let looks =
        |word: &str, weights: [f64; 2]| WordAttention { word: word.to_owned(), weights: vec![weights.to_vec()] };
    let words = [looks("left", [0.6, 0.0]), looks("right", [0.0, 0.3])];
    let figure = attention_over_image("title", &image, &words).unwrap();
    let svg = Document::parse(figure.svg()).unwrap();
    // Black; the greys at 8 and 15 of 15, each 0.85 / 2 of the way to orange: 0.3 is half of the largest weight.
    assert_eq!(colors(&svg), [[[24, 27, 31], [174, 145, 80], [228, 200, 135]]; 2]);
    assert!(figure.svg().contains("0.6"));
}

#[test]
fn the_bars_of_a_ledger_add_up_to_the_grey_one() {
    let parts = vec![0.5, -0.25, 1.5, 0.75];
    let ledger = Ledger { total: "cell state".to_owned(), parts };
    assert!((ledger.sum() - 2.5).abs() < 1e-12);
    let figure = memory_ledger("title", &words("c_0 dogs chase cats"), &[ledger]).unwrap();
    let svg = Document::parse(figure.svg()).unwrap();
    // The legend's squares are as wide as they are high; bars are wider.
    let heights = |fill| -> f64 {
        let bars = with_fill(&svg, "rect", fill);
        bars.iter().filter(|bar| number(bar, "width") > 20.0).map(|bar| number(bar, "height")).sum()
    };
    let (up, down, sum) = (heights(BLUE), heights(VERMILION), heights(GREY));
    assert!(up > 0.0 && down > 0.0);
    assert!((up - down - sum).abs() < 1.0, "{up} - {down} = {sum}");
    assert!(figure.svg().contains("cell state = 2.5<"));
}

#[test]
fn a_curve_falls_where_the_loss_falls() {
    let point = |step: f64, loss| CurvePoint { step, loss, accuracy: Some(0.5) };
    let run = TrainingRun {
        name: "run".to_owned(),
        steps: (1..=5).map(|step| point(f64::from(step), 6.0 - f64::from(step))).collect(),
        ..TrainingRun::default()
    };
    let figure = training_curves(&[run]).unwrap();
    let svg = Document::parse(figure.svg()).unwrap();
    let curve = svg
        .descendants()
        .find(|node| {
            node.attribute("stroke") == Some(BLUE)
                && node.attribute("data-series") == Some("run")
                && node.has_tag_name("path")
        })
        .unwrap();
    let places: Vec<(f64, f64)> = curve
        .attribute("d")
        .unwrap()
        .split(['M', 'L'])
        .filter(|place| !place.is_empty())
        .map(|place| {
            let (x, y) = place.split_once(' ').unwrap();
            (x.parse().unwrap(), y.parse().unwrap())
        })
        .collect();
    assert_eq!(places.len(), 5);
    for pair in places.windows(2) {
        assert_near(pair[1].0 - pair[0].0, places[1].0 - places[0].0);
        assert_near(pair[1].1 - pair[0].1, places[1].1 - places[0].1);
        assert!(pair[1].1 > pair[0].1);
    }
}

#[test]
fn long_trainings_are_averaged_not_cut() {
    let steps = (1..=100_000).map(|step| CurvePoint { step: f64::from(step), loss: 1.0, accuracy: Some(0.25) });
    let run = TrainingRun { name: "long".to_owned(), steps: steps.collect(), ..TrainingRun::default() };
    let figure = training_curves(&[run]).unwrap();
    assert!(figure.svg().contains("100k") && figure.svg().len() < 60_000);
}

#[test]
fn padding_is_drawn_to_scale() {
    let batching = |name: &str, tokens, padding| PaddingCount { name: name.to_owned(), tokens, padding };
    let figure = padding_share(&[batching("a", 300, 100), batching("b", 300, 0)]).unwrap();
    let svg = Document::parse(figure.svg()).unwrap();
    let widths = |fill| -> Vec<f64> {
        let bars = with_fill(&svg, "rect", fill);
        bars.iter().filter(|bar| number(bar, "height") > 20.0).map(|bar| number(bar, "width")).collect()
    };
    let (tokens, padding) = (widths(BLUE), widths("#e69f00"));
    assert_near(tokens[0], 3.0 * padding[0]);
    assert_near(tokens[0], tokens[1]);
    assert!(figure.svg().contains("25 % padding"));
}

#[test]
fn the_confusion_matrix_counts_its_diagonal() {
    let figure = confusion_matrix(&words("a b"), &[vec![8, 2], vec![1, 9]]).unwrap();
    assert!(figure.svg().contains("17 of 20 rows are on the diagonal: 85.00 % are right."));
    assert!(figure.svg().contains(">80.0 %<") && figure.svg().contains(">10.0 %<"));
    let nothing = confusion_matrix(&words("a b"), &[vec![0, 0], vec![0, 0]]).unwrap();
    assert!(nothing.svg().contains("No row was classified."));
}

#[test]
fn a_gradient_of_zero_is_drawn_at_the_floor_and_said_so() {
    let flow = |norms| GradientFlow { name: "RNN".to_owned(), norms, group: 0, dashed: false };
    let figure = gradient_flow("title", &[flow(vec![1.0, 1e-3, 0.0])]).unwrap();
    assert!(figure.svg().contains("drawn at 1e−30"));
    let figure = gradient_flow("title", &[flow(vec![1.0, 1e-3])]).unwrap();
    assert!(!figure.svg().contains("drawn at"));
}

#[test]
fn an_attribution_says_how_complete_it_is() {
    let figure = word_attributions("title", &words("a b"), &[0.25, -0.125], 0.126).unwrap();
    assert!(figure.svg().contains("add up to +0.1250; the output changed by +0.1260. Difference 1.0e−3."));
}

#[test]
fn parameters_are_counted_as_keras_counts_them() {
    let size = CellSize { input: 64, hidden: 16 };
    assert!(rnn_cell(size).unwrap().svg().contains("= 1,296 weights"));
    // torch.nn.LSTM(64, 16) and tf.keras.layers.LSTM(16) on 64 features; both give 3,936 for a GRU.
    let lstm = lstm_cell(size).unwrap();
    assert!(lstm.svg().contains("= 5,184 weights") && lstm.svg().contains("5,248."));
    assert!(gru_cell(size).unwrap().svg().contains("= 3,936 weights"));
}

#[test]
fn more_points_than_can_be_shown_are_thinned_and_said_so() {
    let cloud = |name: &str| PointCloud {
        name: name.to_owned(),
        points: (0..3800).map(|k| (f64::from(k), 1.0)).collect(),
        ..Default::default()
    };
    let figure = projection("title", ["x", "y"], &[cloud("a"), cloud("b")]).unwrap();
    assert!(figure.svg().contains("one of every 7 of the 7600 points is drawn"));
}

#[test]
fn names_stand_beside_their_points_and_never_on_each_other() {
    let cloud = PointCloud {
        name: "words".to_owned(),
        points: vec![(0.0, 0.0), (1.0, 1.0), (0.0, 0.0), (0.0, 0.0), (0.0, 0.0), (0.0, 0.0)],
        names: ["oil", "cup", "gas", "war", "win", "tie"].map(String::from).to_vec(),
    };
    let svg = projection("title", ["x", "y"], &[cloud]).unwrap().svg().to_owned();
    let shown = |name: &str| svg.contains(&format!(">{name}<"));
    assert!(["oil", "cup", "gas"].into_iter().all(shown));
    // Around one place there is room for four names.
    assert!(!shown("tie"));
}
