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

/// Every figure with its file name.
pub fn all() -> Result<Vec<(&'static str, Figure)>> {
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
            "unrolled_last_state",
            unrolled_network(&words("stocks fall as oil prices rise"), Readout::LastState)?,
        ),
        (
            "unrolled_every_step",
            unrolled_network(&words("dogs chase cats"), Readout::EveryStep)?,
        ),
        (
            "rnn_cell",
            rnn_cell(CellSize {
                input: 64,
                hidden: 16,
            })?,
        ),
        (
            "class_probabilities",
            class_probabilities(
                "Oil prices soar as <markets> & traders \"worry\"",
                &classes(),
                &[0.112, 0.021, 0.803, 0.064],
            )?,
        ),
    ])
}
