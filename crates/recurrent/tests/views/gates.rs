use super::networks::{Reader, cells, maps, message, remembers_a_until_b, vectorizer, writes};
use super::trace::tower;
use recurrent::plot::{Series, unit_over_words};
use recurrent::prelude::*;

#[test]
fn every_gate_has_a_map_with_the_words_below() -> Result<(), Error> {
    let figure = gates(&remembers_a_until_b()?, &vectorizer(), "c a d b", "layer")?;
    assert_eq!(figure.title(), "Inside layer “layer” (Lstm, 2 units)");
    for name in ["input gate i", "forget gate f", "candidate g", "output gate o", "cell state c", "hidden state h"] {
        assert!(writes(&figure, name), "{name}");
    }
    assert_eq!(figure.svg().matches(" data-map=").count(), 6);
    for word in ["a", "b", "c", "d"] {
        assert!(writes(&figure, word), "{word}");
    }
    let [off, zero, on] = [0, 127, 254];
    // tanh(1) on a scale from -1 to 1.
    let h = ((1.0 + 1f64.tanh()) / 2.0 * 254.0).round() as u8;
    let expected = [
        [[off, on, off, off], [off; 4]],   // i opens at "a"
        [[on, on, on, off], [on; 4]],      // f shuts at "b"
        [[on; 4], [on; 4]],                // g
        [[on; 4], [on; 4]],                // o
        [[zero, on, on, zero], [zero; 4]], // c
        [[zero, h, h, zero], [zero; 4]],   // h
    ];
    assert_eq!(maps(&figure), expected);
    Ok(())
}

#[test]
fn the_gates_of_a_gru_have_their_own_maps() -> Result<(), Error> {
    let mut init = Init::pytorch(4, &Device::Cpu);
    let model = Reader::new(6, 3, Gru::new(3, 2, &mut init)?, &mut init)?;
    let words = vectorizer();
    let figure = gates(&model, &words, "c a d b", "layer")?;
    let named = ["reset gate r", "update gate z", "candidate n", "hidden state h"];
    for name in named {
        assert!(writes(&figure, name), "{name}");
    }
    let trace = trace(&model, &words, "c a d b")?;
    let layer = trace.layer("layer")?;
    let of = |symbol, low| layer.gate(symbol).map(|steps| cells(steps, low));
    let expected = [of("r", 0.0)?, of("z", 0.0)?, of("n", -1.0)?, of("h", -1.0)?];
    assert_eq!(maps(&figure), expected);
    // No two maps are alike, so none can stand for another.
    for (place, map) in expected.iter().enumerate() {
        assert!(!expected[place + 1..].contains(map));
    }
    Ok(())
}

#[test]
fn both_directions_of_both_layers_have_a_map() -> Result<(), Error> {
    let (model, words) = (tower()?, vectorizer());
    let figure = gate_of_all_layers(&model, &words, "c a d b", "h")?;
    let trace = trace(&model, &words, "c a d b")?;
    let expected: Vec<Vec<Vec<u8>>> = trace.layers.iter().map(|layer| cells(layer.hidden(), -1.0)).collect();
    assert_eq!(maps(&figure), expected);
    assert_eq!(expected.len(), 6);
    for name in ["gru.0", "gru.0.reverse", "gru.1", "gru.1.reverse"] {
        assert!(writes(&figure, name), "{name}");
    }
    Ok(())
}

#[test]
fn a_units_gates_stand_above_its_states() -> Result<(), Error> {
    let mut init = Init::pytorch(4, &Device::Cpu);
    let model = Reader::new(6, 3, Lstm::new(3, 2, &mut init)?, &mut init)?;
    let words = vectorizer();
    let trace = trace(&model, &words, "c a d b")?;
    let layer = trace.layer("layer")?;
    let series = |name: &str, symbol: &str| -> Result<Series, Error> {
        Ok(Series { name: name.into(), values: layer.gate(symbol)?.iter().map(|step| step[1]).collect() })
    };
    let expected = unit_over_words(
        "Unit 1 of layer “layer” (Lstm, 2 units)",
        &["c", "a", "d", "b"].map(String::from),
        &[series("input gate i", "i")?, series("forget gate f", "f")?, series("output gate o", "o")?],
        &[series("candidate g", "g")?, series("cell state c", "c")?, series("hidden state h", "h")?],
    )?;
    let figure = unit_gates(&model, &words, "c a d b", "layer", 1)?;
    assert_eq!(figure.svg(), expected.svg());
    Ok(())
}

#[test]
fn one_unit_and_one_gate_can_be_looked_at() -> Result<(), Error> {
    let (model, words) = (remembers_a_until_b()?, vectorizer());
    assert_eq!(message(unit_gates(&model, &words, "a", "layer", 7)), "layer has no unit 7; its 2 units are 0 to 1");
    let figure = gate_of_all_layers(&model, &words, "c a", "f")?;
    assert_eq!(figure.title(), "The forget gate f in every layer");
    assert_eq!(
        message(gate_of_all_layers(&model, &words, "c a", "r")),
        "the model has no gate or state \"r\"; it has i, f, g, o, c, h"
    );
    Ok(())
}
