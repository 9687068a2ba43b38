//! Every figure as a file: what is written in it, how large it is, that it is the same each time.
//!
//! The snapshots hold a figure's size, its texts in drawing order and, for each kind of shape, how
//! many there are and where. After a wanted change: `INSTA_UPDATE=always cargo test --test
//! figures`, and read the difference.

use std::collections::BTreeMap;

use recurrent_plot::*;
use roxmltree::{Document, Node};

mod bad_input;
mod numbers;
#[path = "../examples/gallery/samples.rs"]
mod samples;
mod save;

fn elements<'a>(svg: &'a Document, tag: &'a str) -> impl Iterator<Item = Node<'a, 'a>> {
    svg.descendants().filter(move |node| node.has_tag_name(tag))
}

fn written(text: Node) -> String {
    text.descendants().filter(Node::is_text).filter_map(|node| node.text()).collect()
}

fn number(node: Node, attribute: &str) -> f64 {
    node.attribute(attribute).unwrap().parse().unwrap()
}

/// A place in whole pixels, so that the last digit of a number moves nothing.
type Pixel = (i64, i64);

/// The places that make a shape: opposite corners, a middle, the points of a path.
fn places(node: Node) -> Vec<Pixel> {
    let pixel = |x: f64, y: f64| (x.round() as i64, y.round() as i64);
    let at = |name: &str| number(node, name);
    match node.tag_name().name() {
        "circle" => vec![pixel(at("cx"), at("cy"))],
        "text" => vec![pixel(at("x"), at("y"))],
        "path" => {
            let steps = node.attribute("d").unwrap();
            let numbers = steps.split(|letter: char| letter.is_alphabetic() || letter == ' ');
            let numbers = numbers.filter(|text| !text.is_empty());
            let numbers: Vec<f64> = numbers.map(|text| text.parse().unwrap()).collect();
            let points = numbers.chunks_exact(2);
            points.map(|point| pixel(point[0], point[1])).collect()
        }
        _ => {
            let (x, y) = (at("x"), at("y"));
            vec![pixel(x, y), pixel(x + at("width"), y + at("height"))]
        }
    }
}

/// Few places one by one; of many the box around them and the sum of all numbers, each times its
/// place in the list, so that any two that change places show.
fn described(shapes: &[Vec<Pixel>]) -> String {
    let all = shapes.concat();
    if all.len() <= 16 {
        let shape = |places: &Vec<Pixel>| -> String {
            let places: Vec<String> = places.iter().map(|(x, y)| format!("{x},{y}")).collect();
            places.join(" ")
        };
        return shapes.iter().map(shape).collect::<Vec<_>>().join("; ");
    }
    let range = |pick: fn(&Pixel) -> i64| {
        let numbers = || all.iter().map(pick);
        (numbers().min().unwrap(), numbers().max().unwrap())
    };
    let ((left, right), (top, bottom)) = (range(|place| place.0), range(|place| place.1));
    let numbers = all.iter().flat_map(|(x, y)| [x, y]);
    let sum: i64 = numbers.zip(1..).map(|(number, place)| number * place).sum();
    format!("{left},{top} to {right},{bottom}, sum {sum}")
}

/// Size, shapes by kind, texts.
fn structure(figure: &Figure) -> String {
    let svg = Document::parse(figure.svg()).unwrap();
    let mut shapes: BTreeMap<&str, Vec<Vec<Pixel>>> = BTreeMap::new();
    let drawn = ["rect", "circle", "path", "text", "image"];
    let cells = |node: &Node| node.parent().is_some_and(|parent| parent.attribute("shape-rendering").is_some());
    for node in svg.descendants().filter(|node| drawn.contains(&node.tag_name().name()) && !cells(node)) {
        let kind = shapes.entry(node.tag_name().name()).or_default();
        kind.push(places(node));
    }
    let shapes: Vec<String> =
        shapes.iter().map(|(kind, shapes)| format!("{} {kind}: {}", shapes.len(), described(shapes))).collect();
    let texts: Vec<String> = elements(&svg, "text").map(written).collect();
    let (width, height) = figure.size();
    format!("{width} x {height}\n{}\n\n{}", shapes.join("\n"), texts.join("\n"))
}

#[test]
fn structure_of_every_sample() {
    for (name, figure) in samples::all().unwrap() {
        insta::assert_snapshot!(name, structure(&figure));
    }
}

#[test]
fn every_figure_is_an_opaque_card_with_a_title_in_under_200_kb() {
    for (name, figure) in samples::all().unwrap().into_iter().chain(samples::largest().unwrap()) {
        let kilobytes = figure.svg().len() as f64 / 1000.0;
        assert!(kilobytes < 200.0, "{name} has {kilobytes} kB");
        let svg = Document::parse(figure.svg()).unwrap();
        let root = svg.root_element();
        let said = |tag: &str| elements(&svg, tag).map(written).collect::<Vec<_>>();
        assert_eq!(said("title"), [figure.title()], "{name}");
        assert_eq!(said("desc").len(), 1, "{name}");
        assert_eq!((number(root, "width"), number(root, "height")), figure.size(), "{name}");
        let sheet = elements(&svg, "rect").next().unwrap();
        assert_eq!((number(sheet, "width"), number(sheet, "height")), figure.size(), "{name}");
        assert_eq!((sheet.attribute("fill"), sheet.attribute("fill-opacity")), (Some("#ffffff"), None), "{name}");
        for node in svg.descendants() {
            // Two figures of one page must not share an id, and none may load or run anything.
            assert!(node.attribute("id").is_none(), "{name}");
            let href = node.attribute("href").unwrap_or("data:image/png;base64,");
            assert!(href.starts_with("data:image/png;base64,"), "{name}");
            assert!(
                !node.has_tag_name("script") && node.attributes().all(|one| !one.name().starts_with("on")),
                "{name}"
            );
        }
    }
}

#[test]
fn the_same_numbers_give_the_same_bytes() {
    for ((name, one), (_, other)) in samples::all().unwrap().iter().zip(&samples::all().unwrap()) {
        assert_eq!(one.svg(), other.svg(), "{name}");
    }
}

#[test]
fn the_same_figure_gives_the_same_png() {
    let figure = || rnn_cell(CellSize { input: 64, hidden: 16 }).unwrap();
    assert_eq!(figure().png().unwrap(), figure().png().unwrap());
}

#[test]
fn a_png_shows_the_figure_at_twice_its_size() {
    for (name, figure) in samples::all().unwrap() {
        let bytes = figure.png().unwrap();
        let mut reader = png::Decoder::new(std::io::Cursor::new(bytes)).read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut pixels).unwrap();
        let (width, height) = figure.size();
        assert_eq!((f64::from(info.width), f64::from(info.height)), (2.0 * width, 2.0 * height), "{name}");
        let white = pixels.chunks(3).filter(|pixel| *pixel == [255, 255, 255]).count();
        let share = white as f64 / (pixels.len() / 3) as f64;
        assert!((0.05..0.999).contains(&share), "{name}: {share} of the page is white");
        // The middle of the frame's first row is the border, just inside is the sheet.
        assert_eq!(&pixels[3 * 5 * info.width as usize + 15..][..3], [255, 255, 255], "{name}");
    }
}

#[test]
fn whatever_a_caller_writes_is_shown_as_text() {
    let nasty = "</text><script>alert('x')</script> & \"quoted\"";
    let words: Vec<String> = vec![
        nasty.to_owned(),
        "]]>".to_owned(),
        "nul \u{0} and \u{1b}[0m and \u{ffff}".to_owned(),
        "日本語 🙂".to_owned(),
        String::new(),
    ];
    let values = [0.1, 0.2, 0.3, 0.4, 0.0];
    let figures = [
        class_probabilities(nasty, &words, &values).unwrap(),
        word_attributions(nasty, &words, &values, 1.0).unwrap(),
        colored_words(
            nasty,
            GateScale::Symmetric,
            &[ColoredSentence { label: nasty.to_owned(), words: words.clone(), values: values.to_vec(), marked: None }],
        )
        .unwrap(),
        unrolled_network(&words, Readout::LastState).unwrap(),
        confusion_matrix(&words, &vec![vec![1; 5]; 5]).unwrap(),
    ];
    for figure in &figures {
        let svg = Document::parse(figure.svg()).unwrap();
        assert_eq!(elements(&svg, "script").count(), 0);
        figure.png().unwrap();
    }
    let svg = Document::parse(figures[2].svg()).unwrap();
    let texts: Vec<String> = elements(&svg, "text").map(written).collect();
    assert!(texts.iter().any(|text| text.starts_with("</text><script>alert(")), "{texts:?}");
    assert!(texts.iter().any(|text| text == "nul \u{fffd} and \u{fffd}[0m and \u{fffd}"), "{texts:?}");
    assert!(texts.iter().any(|text| text == "日本語 🙂"), "{texts:?}");
}

#[test]
fn a_figures_debug_output_is_one_line() {
    let figure = rnn_cell(CellSize { input: 64, hidden: 16 }).unwrap();
    let text = format!("{figure:?}");
    assert!(text.starts_with("Figure(\"Inside a simple recurrent cell\", 800 x"), "{text}");
    assert!(!text.contains('\n'));
}
