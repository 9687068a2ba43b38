use super::networks::{Reader, set, vectorizer, writes};
use recurrent::prelude::*;
use recurrent::views::*;

#[test]
fn of_ten_classes_the_eight_highest_are_drawn() -> Result<(), Error> {
    let mut init = Init::keras(0, &Device::Cpu);
    let model = Reader {
        embedding: Embedding::new(6, 3, &mut init)?,
        layer: Lstm::new(3, 2, &mut init)?,
        linear: Linear::new(2, 10, &mut init)?,
    };
    // Two classes in the middle are far behind.
    let biases: Vec<f64> = (0..10).map(|class| if class == 4 || class == 6 { -50.0 } else { 3.0 }).collect();
    set(&model, "linear.bias", &biases)?;
    let classes: Vec<String> = (0..10).map(|class| format!("class {class}")).collect();
    let (words, texts) = (vectorizer(), ["a b", "c d", "b"]);
    for figure in [
        prediction_trajectory(&model, &words, &classes, "a b c")?,
        class_ledger(&model, &words, &classes, "a b c", "layer")?,
    ] {
        assert!(figure.title().ends_with(": the 8 highest of 10 classes"), "{}", figure.title());
        for (class, name) in classes.iter().enumerate() {
            let drawn = figure.svg().contains(name);
            assert_eq!(drawn, class != 4 && class != 6, "{name}");
        }
    }
    // Of classes with the same scores the first are drawn, but never in place of a higher one.
    let mut biases = [0.0; 10];
    biases[9] = 5.0;
    set(&model, "linear.weight", &[0.0; 20])?;
    set(&model, "linear.bias", &biases)?;
    let figure = prediction_trajectory(&model, &words, &classes, "a b c")?;
    assert!(writes(&figure, "class 9") && !writes(&figure, "class 7"));
    let figure = state_projection(&model, &words, &texts, &[0, 8, 9], &classes, "layer")?;
    assert!(classes.iter().all(|name| writes(&figure, name)));
    Ok(())
}
