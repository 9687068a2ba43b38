//! The prelude stays small enough to be learned.

use std::{collections::BTreeSet, fs, path::Path};

/// The most names that `use recurrent::prelude::*;` may bring.
const NAMES: usize = 100;

fn read(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The names that a file of Rust re-exports with `pub use`; of a glob `*`.
fn exported(source: &str) -> Vec<String> {
    let code: Vec<&str> = source.lines().map(|line| line.split("//").next().unwrap_or_default()).collect();
    let code = code.join(" ");
    let mut names = Vec::new();
    for statement in code.split("pub use ").skip(1) {
        let path = statement.split(';').next().unwrap_or_default();
        let list = match path.split_once('{') {
            Some((_, list)) => list.trim_end().trim_end_matches('}'),
            None => path.rsplit("::").next().unwrap_or_default(),
        };
        let entries = list.split(',').map(str::trim);
        for entry in entries.filter(|entry| !entry.is_empty()) {
            let name = entry.rsplit(" as ").next().unwrap_or_default();
            names.push(name.rsplit("::").next().unwrap_or_default().to_owned());
        }
    }
    names
}

#[test]
fn the_prelude_names_each_of_at_most_100_names() {
    let mut names = exported(&read("src/prelude.rs"));
    assert!(!names.contains(&"*".to_owned()), "a glob hides its names");
    names.push("Result".to_owned());
    let distinct: BTreeSet<&String> = names.iter().collect();
    assert_eq!(distinct.len(), names.len(), "a name is exported twice");
    assert!(names.len() <= NAMES, "{} names", names.len());
    // The count would be wrong if the file were read wrongly.
    for name in ["best_device", "softmax", "Trainer", "plot", "unrolled_network"] {
        assert!(names.iter().any(|one| one == name), "{name} in {names:?}");
    }
}

/// Some of candle's operations have no gradient: weights before them would silently never be trained.
#[test]
fn what_the_prelude_computes_has_the_gradient_of_its_finite_differences() {
    use recurrent::prelude::*;
    type Function = fn(&Tensor) -> candle_core::Result<Tensor>;
    let functions: [(&str, Function); 2] = [("softmax", softmax), ("sigmoid", sigmoid)];
    let weights = Tensor::new(&[[0.3f64, -1.0, 2.0], [1.5, 0.2, -0.7]], &Device::Cpu).unwrap();
    for (name, function) in functions {
        let loss = |x: &Tensor| function(x).unwrap().mul(&weights).unwrap().sum_all().unwrap();
        let at = [[0.2f64, -0.4, 1.1], [0.0, 2.0, -3.0]];
        let x = Var::new(&at, &Device::Cpu).unwrap();
        let gradients = loss(&x).backward().unwrap();
        let gradient = gradients.get(&x).unwrap_or_else(|| panic!("{name} has no gradient")).to_vec2::<f64>().unwrap();
        for row in 0..2 {
            for column in 0..3 {
                let shifted = |by: f64| {
                    let mut at = at;
                    at[row][column] += by;
                    loss(&Tensor::new(&at, &Device::Cpu).unwrap()).to_scalar::<f64>().unwrap()
                };
                let expected = (shifted(1e-5) - shifted(-1e-5)) / 2e-5;
                let found = gradient[row][column];
                assert!((found - expected).abs() < 1e-8, "{name} ({row}, {column}): {found}, expected {expected}");
            }
        }
    }
}
