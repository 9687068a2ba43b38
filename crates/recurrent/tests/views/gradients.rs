use super::networks::{Reader, Tall, assert_close, message, remembers_a_until_b, set, vectorizer, writes};
use recurrent::plot::GradientFlow;
use recurrent::prelude::*;
use recurrent::views::*;

/// h_t = max(0, a h_(t-1) + 1) in two units; the classes' scores are 3 h_0 and 4 h_1.
fn fading(a: f64) -> Result<Reader<SimpleRnn>> {
    let mut init = Init::keras(0, &Device::Cpu);
    let model = Reader::new(6, 1, SimpleRnn::relu(1, 2, &mut init)?, &mut init)?;
    set(&model, "embedding.weight", &[0.0; 6])?;
    set(&model, "layer.bias_ih_l0", &[1.0, 1.0])?;
    set(&model, "layer.weight_hh_l0", &[a, 0.0, 0.0, a])?;
    set(&model, "linear.weight", &[0.3, 0.0, 0.0, 0.4])?;
    Ok(model)
}

/// The spectral radius of a layer of the library.
fn radius(flow: &StateGradients) -> f64 {
    flow.recurrence.map_or(f64::NAN, |own| own.spectral_radius)
}

#[test]
fn the_gradient_fades_and_grows_as_the_power_of_w_hh() -> Result<(), Error> {
    let (half, grows) = (fading(0.5)?, fading(1.5)?);
    let models: [(&str, &dyn Model); 2] = [("half", &half), ("grows", &grows)];
    let found = state_gradients(&models, &vectorizer(), "a b c d a b", 0)?;
    for (flow, (name, a)) in found.iter().zip([("half", 0.5), ("grows", 1.5f64)]) {
        assert_eq!(flow.name, name);
        assert_eq!(flow.norms.len(), 6);
        assert!((radius(flow) - a).abs() < 1e-4);
        for (distance, norm) in flow.norms.iter().enumerate() {
            let expected = flow.norms[0] * a.powi(distance as i32);
            assert!((norm / expected - 1.0).abs() < 1e-5, "{flow:?}");
        }
    }
    // d loss / d score = (p_0 - 1, p_1), and p_1 = 1 - p_0, so |d loss / d h_T| = p_1 |(0.3, 0.4)|.
    let p = trace(&half, &vectorizer(), "a b c d a b")?.probabilities[1];
    assert!((found[0].norms[0] - 0.5 * p).abs() < 1e-6);
    Ok(())
}

#[test]
fn an_lstm_reaches_back_through_its_cell_state() -> Result<(), Error> {
    // W_hh is 0, so nothing goes back through h; the score of class 1 is h_T = tanh(c_T).
    let (model, words) = (remembers_a_until_b()?, vectorizer());
    let models: [(&str, &dyn Model); 1] = [("lstm", &model)];
    let found = &state_gradients(&models, &words, "c a d", 1)?[0];
    let d = trace(&model, &words, "c a d")?.probabilities[0];
    assert_close(&found.norms, &[d, 0.0, 0.0]);
    let d_c = d * (1.0 - 1f64.tanh().powi(2));
    assert_close(found.cell_norms.as_ref().unwrap(), &[d_c; 3]);
    // The forget gate shuts at "b": the loss does not reach what was before.
    let found = &state_gradients(&models, &words, "c a b", 1)?[0];
    let d = trace(&model, &words, "c a b")?.probabilities[0];
    assert_close(found.cell_norms.as_ref().unwrap(), &[d, 0.0, 0.0]);
    assert!(writes(&gradient_flow(&models, &words, "c a b", 1)?, "lstm, cell state c"));
    Ok(())
}

#[test]
fn of_a_model_that_answers_at_every_step_the_last_answer_counts() -> Result<(), Error> {
    struct Tagger(Reader<SimpleRnn>);
    impl Module for Tagger {
        fn layers(&self) -> Vec<(String, &dyn Module)> {
            self.0.layers()
        }
    }

    impl Model for Tagger {
        fn forward(&self, batch: &Batch) -> Result<Tensor> {
            let x = self.0.embedding.forward(&batch.input)?;
            self.0.linear.forward(&self.0.layer.forward(&x, None)?.output)
        }
    }
    let (last, every) = (fading(0.5)?, Tagger(fading(0.5)?));
    let models: [(&str, &dyn Model); 2] = [("last", &last), ("every", &every)];
    let found = state_gradients(&models, &vectorizer(), "a b c d", 0)?;
    assert_close(&found[1].norms, &found[0].norms);
    assert!((found[1].gradient_norm - found[0].gradient_norm).abs() < 1e-6);
    Ok(())
}

#[test]
fn a_gru_reaches_back_through_its_update_gate() -> Result<(), Error> {
    // z is 1/2 and r shut: h_t = n / 2 + h_(t-1) / 2, and n sees nothing of h, whatever its block of W_hh is.
    let mut init = Init::keras(0, &Device::Cpu);
    let model = Reader::new(6, 1, Gru::new(1, 2, &mut init)?, &mut init)?;
    set(&model, "layer.weight_ih_l0", &[0.0; 6])?;
    set(&model, "layer.bias_ih_l0", &[-30.0, -30.0, 0.0, 0.0, 0.0, 0.0])?;
    let block = |a: f64| [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, a, 0.0, 0.0, a];
    set(&model, "layer.weight_hh_l0", &block(0.75))?;
    set(&model, "linear.weight", &[0.3, 0.0, 0.0, 0.4])?;
    let found = state_gradients(&[("gru", &model)], &vectorizer(), "a b c d", 0)?;
    let flow = &found[0];
    assert_eq!((flow.recurrence.map(|own| own.block), &flow.cell_norms), (Some("n"), &None));
    assert!((radius(flow) - 0.75).abs() < 1e-4);
    // Both scores are 0, so |d loss / d h_T| = 1/2 |(0.3, 0.4)|.
    assert_close(&flow.norms, &[0.25, 0.125, 0.0625, 0.03125]);
    Ok(())
}

#[test]
fn each_direction_is_followed_from_its_own_end() -> Result<(), Error> {
    // A bidirectional LSTM whose scores come from one direction alone is an LSTM that reads in that direction.
    let mut init = Init::pytorch(7, &Device::Cpu);
    let (forwards, backwards) = (Lstm::new(3, 4, &mut init)?, Lstm::new(3, 4, &mut init)?);
    let vectors: Vec<f64> = (0..18).map(|k| f64::from(k * k % 7) / 3.0 - 1.0).collect();
    let (no, yes) = ([0.5, -0.3, 0.8, 0.2], [-0.6, 0.4, 0.1, -0.9]);
    let (words, none) = (vectorizer(), [0.0; 4]);
    for (reverse, lstm, text, weight) in
        [(false, &forwards, "a b c d d", [no, none, yes, none]), (true, &backwards, "d d c b a", [none, no, none, yes])]
    {
        let layer = Bidirectional::new(forwards.clone(), backwards.clone())?;
        let both = Reader::new(6, 3, layer, &mut init)?;
        let alone = Reader::new(6, 3, lstm.clone(), &mut init)?;
        set(&both, "linear.weight", &weight.concat())?;
        set(&alone, "linear.weight", &[no, yes].concat())?;
        for model in [&both as &dyn Model, &alone] {
            set(model, "embedding.weight", &vectors)?;
            set(model, "linear.bias", &[0.0, 0.0])?;
        }
        let found = state_gradients(&[("both", &both)], &words, "a b c d d", 1)?;
        let names: Vec<&str> = found.iter().map(|flow| flow.name.as_str()).collect();
        assert_eq!(names, ["both layer", "both layer.reverse"]);
        let expected = &state_gradients(&[("alone", &alone)], &words, text, 1)?[0];
        assert_eq!(expected.name, "alone");
        let (read, other) = match reverse {
            false => (&found[0], &found[1]),
            true => (&found[1], &found[0]),
        };
        assert_close(&read.norms, &expected.norms);
        let [read_cell, expected_cell] = [read, expected].map(|flow| flow.cell_norms.as_ref());
        assert_close(read_cell.unwrap(), expected_cell.unwrap());
        assert_eq!(read.recurrence, expected.recurrence);
        // It fades, so an axis from the other end would show.
        assert!(expected.norms[0] > 2.0 * expected.norms[4], "{expected:?}");
        assert_eq!(other.norms, [0.0; 5]);
        assert_eq!(other.cell_norms.as_deref(), Some(&[0.0; 5][..]));
    }
    Ok(())
}

#[test]
fn a_lower_layer_is_reached_through_all_that_reads_it() -> Result<(), Error> {
    // All is positive, so nothing bends: below u_t = 0.5 u_(t-1) + 1 and v_t = 0.8 v_(t+1) + 1, above them y_t = 1.2
    // y_(t-1) + 0.3 u_t + 0.7 v_t and z_t = 0.4 z_(t+1) + 0.6 u_t + 0.2 v_t; the score of class 0 is 0.02 y_T + 0.05
    // z_0.
    let mut init = Init::keras(0, &Device::Cpu);
    let mut both = |input| -> Result<_> {
        let (forwards, backwards) = (SimpleRnn::relu(input, 1, &mut init)?, SimpleRnn::relu(input, 1, &mut init)?);
        Bidirectional::new(forwards, backwards)
    };
    let layers = vec![both(1)?, both(2)?];
    let model = Tall {
        embedding: Embedding::new(6, 1, &mut init)?,
        layer: Stacked::new(layers, 0.0, &mut init)?,
        linear: Linear::new(2, 2, &mut init)?,
    };
    for (name, values) in [
        ("embedding.weight", &[0.0; 6][..]),
        ("layer.bias_ih_l0", &[1.0]),
        ("layer.bias_ih_l0_reverse", &[1.0]),
        ("layer.weight_hh_l0", &[0.5]),
        ("layer.weight_hh_l0_reverse", &[0.8]),
        ("layer.weight_ih_l1", &[0.3, 0.7]),
        ("layer.weight_ih_l1_reverse", &[0.6, 0.2]),
        ("layer.weight_hh_l1", &[1.2]),
        ("layer.weight_hh_l1_reverse", &[0.4]),
        ("linear.weight", &[0.02, 0.05, 0.0, 0.0]),
    ] {
        set(&model, name, values)?;
    }
    let p = trace(&model, &vectorizer(), "a b c d")?.probabilities[1];
    let d_y = [3, 2, 1, 0].map(|distance| 0.02 * p * 1.2f64.powi(distance));
    let d_z = [0, 1, 2, 3].map(|distance| 0.05 * p * 0.4f64.powi(distance));
    // A state counts in all that come after it in its own direction, and each of those in both directions above.
    let reached = |fade: f64, [in_y, in_z]: [f64; 2], comes_after: fn(usize, usize) -> bool| {
        [0, 1, 2, 3].map(|t: usize| {
            let later = (0..4).filter(|&s| s == t || comes_after(s, t));
            let parts = later.map(|s| fade.powi(s.abs_diff(t) as i32) * (in_y * d_y[s] + in_z * d_z[s]));
            parts.sum::<f64>()
        })
    };
    let mut d_u = reached(0.5, [0.3, 0.6], |s, t| s > t);
    let d_v = reached(0.8, [0.7, 0.2], |s, t| s < t);
    // Forwards the last step is the nearest.
    d_u.reverse();
    let d_y = [d_y[3], d_y[2], d_y[1], d_y[0]];
    let found = state_gradients(&[("tall", &model)], &vectorizer(), "a b c d", 0)?;
    for (flow, (name, norms, radius)) in found.iter().zip([
        ("tall layer.0", d_u, 0.5),
        ("tall layer.0.reverse", d_v, 0.8),
        ("tall layer.1", d_y, 1.2),
        ("tall layer.1.reverse", d_z, 0.4),
    ]) {
        assert_eq!(flow.name, name);
        assert_close(&flow.norms, &norms);
        assert!((self::radius(flow) - radius).abs() < 1e-4, "{flow:?}");
    }
    assert_eq!(found.len(), 4);
    // Each has a line of its own colour.
    let lines = found.iter().enumerate().map(|(group, flow)| GradientFlow {
        name: format!("{}, ρ(W_hh) {:.2}", flow.name, self::radius(flow)),
        norms: flow.norms.clone(),
        group,
        dashed: false,
    });
    let title = "How far back the loss reaches";
    let expected = recurrent::plot::gradient_flow(title, &lines.collect::<Vec<_>>())?;
    let figure = gradient_flow(&[("tall", &model)], &vectorizer(), "a b c d", 0)?;
    assert_eq!(figure.svg(), expected.svg());
    Ok(())
}

#[test]
fn the_gradient_norm_is_that_of_all_parameters() -> Result<(), Error> {
    // One word, one step: h = 1 in both units. With d = p_1: d bias = (-d, d), d weight = d bias hᵀ, d h = (-0.3 d,
    // 0.4 d), which is also the gradient of the layer's bias; its W_ih sees x = 0, its W_hh h_0 = 0, the word vector
    // d h W_ih.
    let model = fading(0.5)?;
    set(&model, "layer.weight_ih_l0", &[0.5, 0.25])?;
    let models: [(&str, &dyn Model); 1] = [("rnn", &model)];
    let found = state_gradients(&models, &vectorizer(), "a", 0)?;
    let d = trace(&model, &vectorizer(), "a")?.probabilities[1];
    let (d_h0, d_h1) = (-0.3 * d, 0.4 * d);
    let d_x = 0.5 * d_h0 + 0.25 * d_h1;
    let squares = 2.0 * d * d + 4.0 * d * d + d_h0 * d_h0 + d_h1 * d_h1 + d_x * d_x;
    assert!((found[0].gradient_norm - squares.sqrt()).abs() < 1e-6);
    Ok(())
}

#[test]
fn gradient_flow_and_clipping_are_drawn() -> Result<(), Error> {
    let (half, grows) = (fading(0.5)?, fading(1.5)?);
    let models: [(&str, &dyn Model); 2] = [("half", &half), ("grows", &grows)];
    let words = vectorizer();
    let line = |name: &str, norms: &[f64], group, dashed| GradientFlow {
        name: name.into(),
        norms: norms.to_vec(),
        group,
        dashed,
    };
    let draw = |title: &str, lines: &[GradientFlow]| recurrent::plot::gradient_flow(title, lines);
    let found = state_gradients(&models, &words, "a b c d", 0)?;
    let lines =
        [line("half, ρ(W_hh) 0.50", &found[0].norms, 0, false), line("grows, ρ(W_hh) 1.50", &found[1].norms, 1, false)];
    let expected = draw("How far back the loss reaches", &lines)?;
    let figure = gradient_flow(&models, &words, "a b c d", 0)?;
    assert_eq!(figure.svg(), expected.svg());

    // An LSTM has a second line.
    let lstm = remembers_a_until_b()?;
    let with_cell: [(&str, &dyn Model); 2] = [("half", &half), ("lstm", &lstm)];
    let seen = state_gradients(&with_cell, &words, "c a d", 0)?;
    let cell_norms = seen[1].cell_norms.as_ref().unwrap();
    let lines = [
        line("half, ρ(W_hh) 0.50", &seen[0].norms, 0, false),
        line("lstm, ρ(W_hg) 0.00", &seen[1].norms, 1, false),
        line("lstm, cell state c", cell_norms, 1, true),
    ];
    let expected = draw("How far back the loss reaches", &lines)?;
    let figure = gradient_flow(&with_cell, &words, "c a d", 0)?;
    assert_eq!(figure.svg(), expected.svg());

    let norm = found[0].gradient_norm;
    for (max_norm, factor, name) in
        [(norm / 4.0, 0.25, "half, clipped: 0.25 of it"), (2.0 * norm, 1.0, "half, clipped: 1.00 of it")]
    {
        let clipped: Vec<f64> = found[0].norms.iter().map(|norm| factor * norm).collect();
        let lines = [line("half, ρ(W_hh) 0.50", &found[0].norms, 0, false), line(name, &clipped, 0, true)];
        let title = format!("Clipped to a norm of {max_norm}: all smaller by one factor");
        let figure = clipping(&models[..1], &words, "a b c d", 0, max_norm)?;
        assert_eq!(figure.svg(), draw(&title, &lines)?.svg());
    }
    assert_eq!(message(gradient_flow(&models, &words, "a", 2)), "gradient_flow: label 2, but half scores 2 classes");
    assert_eq!(
        message(clipping(&models, &words, "a", 0, 0.0)),
        "gradient_flow: max_norm is 0; expected a number above 0"
    );
    Ok(())
}

#[test]
fn integrated_gradients_of_a_linear_model_are_its_terms() -> Result<(), Error> {
    // With W_hh = 1 and no bends (all is positive) the score of class 0 is 0.3 times the sum of the words' numbers,
    // plus a constant.
    let model = fading(1.0)?;
    set(&model, "embedding.weight", &[0.0, 0.0, 1.0, 2.0, 3.0, 0.5])?;
    set(&model, "layer.weight_ih_l0", &[1.0, 1.0])?;
    let found = attribute(&model, &vectorizer(), "a b d c", 0, 4)?;
    assert_eq!(found.words, ["a", "b", "d", "c"]);
    for (value, expected) in found.values.iter().zip([0.3, 0.6, 0.15, 0.9]) {
        assert!((value - expected).abs() < 1e-6, "{found:?}");
    }
    assert!((found.baseline - 1.2).abs() < 1e-6);
    assert!(found.gap().abs() < 1e-6);
    Ok(())
}

#[test]
fn integrated_gradients_are_complete_when_there_are_steps_enough() -> Result<(), Error> {
    let mut init = Init::pytorch(2, &Device::Cpu);
    let layer = Bidirectional::new(Lstm::new(4, 6, &mut init)?, Lstm::new(4, 6, &mut init)?)?;
    let model = Reader::new(6, 4, layer, &mut init)?;
    let words = vectorizer();
    let few = attribute(&model, &words, "a b c d a", 1, 2)?;
    let many = attribute(&model, &words, "a b c d a", 1, 64)?;
    assert!(many.gap().abs() < 1e-4, "{}", many.gap());
    assert!(many.gap().abs() < few.gap().abs() / 100.0, "{} {}", few.gap(), many.gap());
    let score = trace(&model, &words, "a b c d a")?.logits[1];
    assert!((many.score - score).abs() < 1e-6);
    let figure = integrated_gradients(&model, &words, &["no", "yes"], "a b c d a", 32)?;
    assert!(figure.title().starts_with("What each word adds to the score of “"));
    assert!(figure.svg().contains("The words add up to"));
    // The model is as before: nothing goes on being scaled.
    assert_eq!(trace(&model, &words, "a b c d a")?.logits[1], score);
    Ok(())
}

#[test]
fn attribution_refuses_what_it_cannot_follow() -> Result<(), Error> {
    let (model, words) = (fading(0.5)?, vectorizer());
    assert_eq!(message(attribute(&model, &words, "a", 0, 0)), "integrated_gradients: 0 steps; expected at least 1");
    assert_eq!(
        message(attribute(&model, &words, "a", 2, 8)),
        "integrated_gradients: class 2, but the model scores 2 classes"
    );
    assert!(message(attribute(&model, &words, "", 0, 8)).contains("has no word"));
    Ok(())
}
