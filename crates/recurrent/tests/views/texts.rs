use super::networks::{Reader, assert_close, message, remembers_a_until_b, vectorizer, writes};
use recurrent::plot::{GateSaturation, PointCloud, Series, gate_saturation, projection};
use recurrent::prelude::*;
use recurrent::views::*;

#[test]
fn a_units_card_names_the_words_that_move_it() -> Result<(), Error> {
    let (model, words) = (remembers_a_until_b()?, vectorizer());
    let texts = ["a b", "c a d b", "d c", "a c"];
    let cards = unit_cards(&model, &words, &texts, "layer")?;
    assert_eq!(cards.len(), 2);
    assert_eq!(cards[0].unit, 0);
    let change = |words: &[(String, f64)]| words.iter().map(|(word, _)| word.clone()).collect::<Vec<_>>();
    assert_eq!(change(&cards[0].raised_by)[0], "a");
    assert_close(&[cards[0].raised_by[0].1], &[1.0]);
    assert_eq!(change(&cards[0].lowered_by)[0], "b");
    assert_close(&[cards[0].lowered_by[0].1], &[-1.0]);
    let figure = units(&model, &words, &texts, "layer")?;
    assert!(writes(&figure, "unit 0") && writes(&figure, "a"));
    assert_eq!(message(units(&model, &words, &[] as &[&str], "layer")), "unit_cards: no text; pass at least one");
    Ok(())
}

#[test]
fn words_are_coloured_by_a_units_cell_state() -> Result<(), Error> {
    let figure = unit_words(&remembers_a_until_b()?, &vectorizer(), "c a d b", "layer", 0)?;
    assert_eq!(figure.title(), "Unit 0 of layer “layer”: cell state c after each word");
    for word in ["c", "a", "d", "b"] {
        assert!(writes(&figure, word));
    }
    // c is 0, 1, 1, 0: the middle of the diverging colours and their end.
    let [zero, one] = ["#f8f7f5", "#044274"];
    assert_eq!(chips(&figure), [zero, one, one, zero]);
    Ok(())
}

#[test]
fn a_final_state_has_the_mark_of_its_texts_class() -> Result<(), Error> {
    let mut init = Init::pytorch(4, &Device::Cpu);
    let model = Reader::new(6, 3, Gru::new(3, 3, &mut init)?, &mut init)?;
    let (words, texts) = (vectorizer(), ["a", "d c b", "b a", "c"]);
    let components = principal_components(&final_states(&model, &words, &texts, "layer")?)?;
    let [p, q, r, s] = components.points[..] else { panic!("{:?}", components.points) };
    let cloud = |name: &str, points: &[(f64, f64)]| PointCloud {
        name: name.into(),
        points: points.to_vec(),
        names: Vec::new(),
    };
    let axis = |number: usize| {
        let share = 100.0 * components.shares[number - 1];
        format!("component {number} ({share:.0} % of the variance)")
    };
    let expected = projection(
        "Final hidden states of layer “layer”",
        [&axis(1), &axis(2)],
        &[cloud("no", &[q]), cloud("yes", &[p, r, s])],
    )?;
    let labels = [1, 0, 1, 1];
    let figure = state_projection(&model, &words, &texts, &labels, &["no", "yes"], "layer")?;
    assert_eq!(figure.svg(), expected.svg());
    Ok(())
}

/// The colours behind the words, in their order.
fn chips(figure: &Figure) -> Vec<String> {
    let svg = roxmltree::Document::parse(figure.svg()).unwrap();
    let rects = svg.descendants().filter(|node| node.has_tag_name("rect"));
    let rounded = rects.filter(|node| node.attribute("rx").is_some());
    let fills = rounded.filter_map(|node| node.attribute("fill"));
    let fills = fills.filter(|fill| *fill != "none");
    fills.map(String::from).collect()
}

#[test]
fn a_span_is_found_again_where_the_same_units_are_on() -> Result<(), Error> {
    let (model, words) = (remembers_a_until_b()?, vectorizer());
    let texts = ["d d c", "c a b", "b c a d d b", "c a d b"];
    let found = activation_matches(&model, &words, "c a d b", 1..3, &texts, "layer")?;
    assert_eq!(found.units, [(0, 1.0)]);
    assert_eq!(found.on, [0.0, 1.0, 1.0, 0.0]);
    // The text itself is no match, and a text where the unit stays off neither. A span as long as the chosen one
    // would come first.
    let places: Vec<(usize, std::ops::Range<usize>)> =
        found.matches.iter().map(|one| (one.text, one.span.clone())).collect();
    assert_eq!(places, [(1, 1..2), (2, 2..5)]);
    let figure = select_and_match(&model, &words, "c a d b", 1..3, &texts, "layer")?;
    assert!(writes(&figure, "selected; units on: 0") && writes(&figure, "text 2"));
    // A share has no side below zero.
    assert!(writes(&figure, "0") && writes(&figure, "1") && !writes(&figure, "−1"));
    assert_eq!(
        message(activation_matches(&model, &words, "c a", 1..3, &texts, "layer")),
        "select_and_match: words 1..3 of a text of 2 words; expected at least one of them"
    );
    assert_eq!(
        message(activation_matches(&model, &words, "c a", 0..1, &texts, "layer")),
        "select_and_match: no unit of layer has a hidden state beyond 0.3 at all of words 0..1; choose a shorter span"
    );
    Ok(())
}

#[test]
fn saturation_is_the_share_of_words() -> Result<(), Error> {
    let (model, words) = (remembers_a_until_b()?, vectorizer());
    let gates = gate_saturations(&model, &words, &["c a d b", "a"], "layer")?;
    let named: Vec<&str> = gates.iter().map(|gate| gate.name.as_str()).collect();
    assert_eq!(named, ["input gate i", "forget gate f", "output gate o"]);
    // Of five words two are "a" and one is "b".
    assert_close(&gates[0].open, &[0.4, 0.0]);
    assert_close(&gates[0].shut, &[0.6, 1.0]);
    assert_close(&gates[1].open, &[0.8, 1.0]);
    assert_close(&gates[1].shut, &[0.2, 0.0]);
    let gate = |name: &str, open: [f64; 2], shut: [f64; 2]| GateSaturation {
        name: name.into(),
        open: open.to_vec(),
        shut: shut.to_vec(),
    };
    let expected = gate_saturation(
        "How often the gates of layer “layer” are open or shut, in 2 texts",
        &[
            gate("input gate i", [0.4, 0.0], [0.6, 1.0]),
            gate("forget gate f", [0.8, 1.0], [0.2, 0.0]),
            gate("output gate o", [1.0, 1.0], [0.0, 0.0]),
        ],
    )?;
    let figure = saturation(&model, &words, &["c a d b", "a"], "layer")?;
    assert_eq!(figure.svg(), expected.svg());
    let mut init = Init::keras(0, &Device::Cpu);
    let rnn = Reader::new(6, 3, SimpleRnn::new(3, 2, &mut init)?, &mut init)?;
    assert_eq!(
        message(saturation(&rnn, &words, &["a"], "layer")),
        "saturation: layer has no gate between 0 and 1, as a simple recurrent layer has none"
    );
    // A layer without gates can be looked into all the same.
    assert!(writes(&gates_of(&rnn)?, "state h"));
    assert!(writes(&unit_gates(&rnn, &words, "a b", "layer", 1)?, "state h"));
    Ok(())
}

fn gates_of(model: &dyn Model) -> Result<Figure, Error> {
    gates(model, &vectorizer(), "a b", "layer")
}

#[test]
fn the_answer_is_followed_word_by_word() -> Result<(), Error> {
    let (model, words) = (remembers_a_until_b()?, vectorizer());
    let steps = prefix_probabilities(&model, &words, "c a b")?;
    let yes: Vec<f64> = steps.iter().map(|step| step[1]).collect();
    let p = |score: f64| 1.0 / (1.0 + (0.25 - score).exp());
    assert_close(&yes, &[p(0.0), p(1f64.tanh()), p(0.0)]);
    let mut classes = ["no", "yes"].map(|name| Series { name: name.into(), values: Vec::new() });
    for text in ["c", "c a", "c a b"] {
        let answer = trace(&model, &words, text)?.probabilities;
        let series = classes.iter_mut().zip(answer);
        series.for_each(|(series, p)| series.values.push(p));
    }
    let expected =
        plot::prediction_trajectory("The answer after every word", &["c", "a", "b"].map(String::from), &classes)?;
    let figure = prediction_trajectory(&model, &words, &["no", "yes"], "c a b")?;
    assert_eq!(figure.svg(), expected.svg());
    assert!(message(prediction_trajectory(&model, &words, &["no"], "c a b")).contains("1 class names"));
    Ok(())
}

#[test]
fn final_states_lie_by_class() -> Result<(), Error> {
    let (model, words) = (remembers_a_until_b()?, vectorizer());
    let texts = ["c a", "c", "a d", "b"];
    let states = final_states(&model, &words, &texts, "layer")?;
    let h = 1f64.tanh();
    for (state, expected) in states.iter().zip([h, 0.0, h, 0.0]) {
        assert_close(state, &[expected, 0.0]);
    }
    // All that differs is unit 0.
    let components = principal_components(&states)?;
    assert!((components.shares[0] - 1.0).abs() < 1e-9);
    let figure = state_projection(&model, &words, &texts, &[1, 0, 1, 0], &["no", "yes"], "layer")?;
    assert!(writes(&figure, "component 1 (100 % of the variance)"));
    assert_eq!(
        message(state_projection(&model, &words, &texts, &[0], &["no"], "layer")),
        "state_projection: 4 texts, but 1 labels"
    );
    assert_eq!(
        message(state_projection(&model, &words, &["a"], &[3], &["no", "yes"], "layer")),
        "state_projection: label 3, but there are 2 class names"
    );
    Ok(())
}
