use crate::networks::{message, remembers_a_until_b, vectorizer, writes};
use recurrent::prelude::*;

#[test]
fn every_gate_has_a_map_with_the_words_below() -> Result<(), Error> {
    let figure = gates(&remembers_a_until_b()?, &vectorizer(), "c a d b", "layer")?;
    assert_eq!(figure.title(), "Inside layer “layer” (Lstm, 2 units)");
    for name in [
        "input gate i",
        "forget gate f",
        "candidate g",
        "output gate o",
        "cell state c",
        "hidden state h",
    ] {
        assert!(writes(&figure, name), "{name}");
    }
    assert_eq!(figure.svg().matches("<image").count(), 2 * 6);
    for word in ["a", "b", "c", "d"] {
        assert!(writes(&figure, word), "{word}");
    }
    Ok(())
}

#[test]
fn one_unit_and_one_gate_can_be_looked_at() -> Result<(), Error> {
    let (model, words) = (remembers_a_until_b()?, vectorizer());
    let figure = unit_gates(&model, &words, "c a d b", "layer", 1)?;
    assert_eq!(figure.title(), "Unit 1 of layer “layer” (Lstm, 2 units)");
    assert!(writes(&figure, "forget gate f") && writes(&figure, "cell state c"));
    assert_eq!(
        message(unit_gates(&model, &words, "a", "layer", 7)),
        "layer has no unit 7; its 2 units are 0 to 1"
    );
    let figure = gate_of_all_layers(&model, &words, "c a", "f")?;
    assert_eq!(figure.title(), "The forget gate f in every layer");
    assert_eq!(
        message(gate_of_all_layers(&model, &words, "c a", "r")),
        "the model has no gate or state \"r\"; it has i, f, g, o, c, h"
    );
    Ok(())
}
