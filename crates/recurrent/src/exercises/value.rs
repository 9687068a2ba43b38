//! What goes into a learner's function and comes out of it.

use candle_core::{DType, Tensor};

/// An argument or a result of an exercise's function.
#[derive(Debug, Clone)]
pub enum Value {
    /// A number, or a place in a list.
    Number(f64),
    /// Numbers in a row.
    List(Vec<f64>),
    /// Rows of numbers.
    Table(Vec<Vec<f64>>),
    /// A tensor of f32.
    Tensor(Tensor),
    /// A text.
    Text(String),
}

/// A type that an exercise's function may take.
pub trait Argument: Sized {
    /// Its name, as the page writes it.
    const NAME: &str;

    /// The value as this type, where it is one.
    fn from_value(value: &Value) -> Option<Self>;
}

/// A type that an exercise's function may give back.
pub trait Output {
    /// What it holds.
    fn into_values(self) -> Vec<Value>;
}

macro_rules! values {
    ($($type:ty, $name:literal, $form:ident($given:ident) => $taken:expr, $made:ident => $back:expr;)+) => { $(
        impl Argument for $type {
            const NAME: &str = $name;

            fn from_value(value: &Value) -> Option<Self> {
                match value {
                    Value::$form($given) => $taken,
                    _ => None,
                }
            }
        }

        impl Output for $type {
            fn into_values(self) -> Vec<Value> {
                let $made = self;
                vec![Value::$form($back)]
            }
        }
    )+ };
}

values! {
    f64, "f64", Number(number) => Some(*number), made => made;
    usize, "usize", Number(number) => whole(*number), made => made as f64;
    Vec<f64>, "Vec<f64>", List(list) => Some(list.clone()), made => made;
    Vec<usize>, "Vec<usize>", List(list) => list.iter().copied().map(whole).collect(), made => counted(&made);
    Vec<Vec<f64>>, "Vec<Vec<f64>>", Table(rows) => Some(rows.clone()), made => made;
    Vec<Vec<usize>>, "Vec<Vec<usize>>", Table(rows) => rows.iter().map(|row| row.iter().copied().map(whole).collect()).collect(),
        made => made.iter().map(|row| counted(row)).collect();
    Tensor, "Tensor", Tensor(tensor) => Some(tensor.clone()), made => made;
    String, "String", Text(text) => Some(text.clone()), made => made;
}

fn whole(number: f64) -> Option<usize> {
    (number >= 0.0 && number.fract() == 0.0).then_some(number as usize)
}

fn counted(list: &[usize]) -> Vec<f64> {
    list.iter().map(|&number| number as f64).collect()
}

impl<A: Output, B: Output> Output for (A, B) {
    fn into_values(self) -> Vec<Value> {
        let mut values = self.0.into_values();
        values.extend(self.1.into_values());
        values
    }
}

/// How far two numbers may be apart: 1e-4, and of large ones one part in 10,000. What is computed in f32 in another
/// order differs by less, a mistake by more.
const TOLERANCE: f64 = 1e-4;

/// What is different; nothing where the two are alike.
pub(super) fn difference(expected: &[Value], found: &[Value]) -> candle_core::Result<Option<String>> {
    if expected.len() != found.len() {
        return Ok(Some(format!("it gives {} values, expected {}", found.len(), expected.len())));
    }
    let many = expected.len() > 1;
    for (place, (expected, found)) in expected.iter().zip(found).enumerate() {
        let order = ["first", "second", "third"].get(place).copied().unwrap_or("next");
        let whose = if many { format!("the {order} value of its result: ") } else { String::new() };
        if let Some(difference) = of_two(expected, found)? {
            return Ok(Some(format!("{whose}{difference}")));
        }
    }
    Ok(None)
}

fn of_two(expected: &Value, found: &Value) -> candle_core::Result<Option<String>> {
    let (expected, found) = match (expected, found) {
        (Value::Text(expected), Value::Text(found)) => {
            return Ok((expected != found).then(|| format!("it gives {found:?}, expected {expected:?}")));
        }
        (expected, found) => (shape_and_numbers(expected)?, shape_and_numbers(found)?),
    };
    if expected.0 != found.0 {
        return Ok(Some(format!("its shape is {:?}, expected {:?}", found.0, expected.0)));
    }
    // Not a number differs from every number.
    let near = |expected: f64, found: f64| match expected.fract() == 0.0 && expected.abs() >= 10.0 {
        true => expected == found, // a count
        false => (expected - found).abs() <= TOLERANCE * expected.abs().max(1.0),
    };
    let mut pairs = expected.1.iter().zip(&found.1);
    let first = pairs
        .position(|(expected, found)| !near(*expected, *found))
        .map(|place| (place, expected.1[place], found.1[place]));
    Ok(first.map(|(place, expected_number, number)| {
        let begin = if expected.1.len() > 1 { format!("at place {place} it is") } else { "it gives".into() };
        let reason = if number > 1e15 && expected_number < 1e9 {
            ". A `usize` went below zero, where it has no numbers: `a.saturating_sub(b)` stops at 0"
        } else if number == expected_number.trunc() && number != expected_number {
            ". (Between whole numbers `/` drops the rest: is there a division without `as f64`?)"
        } else {
            ""
        };
        format!("{begin} {}, expected {}{reason}", short(number), short(expected_number))
    }))
}

fn shape_and_numbers(value: &Value) -> candle_core::Result<(Vec<usize>, Vec<f64>)> {
    Ok(match value {
        Value::Number(number) => (Vec::new(), vec![*number]),
        Value::List(list) => (vec![list.len()], list.clone()),
        Value::Table(rows) => {
            let mut shape = vec![rows.len()];
            shape.extend(rows.iter().map(Vec::len));
            (shape, rows.concat())
        }
        Value::Tensor(tensor) => {
            let numbers = tensor.to_dtype(DType::F64)?.flatten_all()?.to_vec1()?;
            (tensor.dims().to_vec(), numbers)
        }
        Value::Text(_) => (vec![0], Vec::new()),
    })
}

/// A number with at most four decimals.
pub(super) fn short(number: f64) -> String {
    let text = format!("{number:.4}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".into() } else { text.into() }
}

impl Value {
    /// The value in a line of text.
    pub(super) fn text(&self) -> String {
        let row = |row: &[f64]| format!("[{}]", row.iter().copied().map(short).collect::<Vec<_>>().join(", "));
        match self {
            Self::Number(number) => short(*number),
            Self::List(list) => row(list),
            Self::Table(rows) => format!("[{}]", rows.iter().map(|one| row(one)).collect::<Vec<_>>().join(", ")),
            Self::Tensor(tensor) => format!("a tensor {:?}", tensor.dims()),
            Self::Text(text) => format!("{text:?}"),
        }
    }
}
