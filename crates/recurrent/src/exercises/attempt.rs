//! What a learner gives as an answer.

use super::value::{Argument, Output, Value};
use std::{
    any::Any,
    fmt::Display,
    panic::{AssertUnwindSafe, catch_unwind},
};

/// A function of an exercise, whatever its types are.
pub(super) type Function = Box<dyn Fn(&[Value]) -> Result<Vec<Value>, Failure>>;

/// Why a function gave nothing.
#[derive(Debug)]
pub enum Failure {
    /// It came to a [`gap`](super::gap).
    Gap,
    /// It failed, with these words.
    Error(String),
}

/// What [`gap`](super::gap) fails with.
pub(super) const GAP: &str = "the gap of this exercise is still open";

/// An answer, whatever its type is.
pub enum Answer {
    /// A function to be tried.
    Function(Function),
    /// A number.
    Number(f64),
    /// One of the answers that the page offers.
    Choice(String),
}

/// What can be checked: a function, a number, a choice. `Kind` tells functions of different types apart.
pub trait Attempt<Kind> {
    /// The answer.
    fn into_answer(self) -> Answer;
}

impl Attempt<f64> for f64 {
    fn into_answer(self) -> Answer {
        Answer::Number(self)
    }
}

impl Attempt<i32> for i32 {
    fn into_answer(self) -> Answer {
        Answer::Number(self.into())
    }
}

impl Attempt<&str> for &str {
    fn into_answer(self) -> Answer {
        Answer::Choice(self.trim().to_lowercase())
    }
}

/// Why a learner's function failed. Its own error type may be any of the lesson's.
fn failure(error: impl Display) -> Failure {
    let text = error.to_string();
    if text == GAP { Failure::Gap } else { Failure::Error(text) }
}

/// The words of a panic.
fn panicked(panic: &(dyn Any + Send)) -> Failure {
    let text = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    Failure::Error(format!("your function panicked: {}.", text.unwrap_or("no message")))
}

macro_rules! functions {
    ($(($($argument:ident $place:literal),+))+) => { $(
        impl<F, R, E, $($argument),+> Attempt<fn($($argument),+) -> R> for F
        where
            F: Fn($($argument),+) -> Result<R, E> + 'static,
            R: Output,
            E: Display,
            $($argument: Argument),+
        {
            fn into_answer(self) -> Answer {
                Answer::Function(Box::new(move |values| {
                    let expected = [$($argument::NAME),+];
                    if values.len() != expected.len() {
                        let (takes, given) = (expected.len(), values.len());
                        return Err(Failure::Error(format!("your function takes {takes} values, expected {given}.")));
                    }
                    let call = || Ok(self($(argument::<$argument>(values, $place)?),+).map_err(failure)?.into_values());
                    // A learner's mistake ends their function, not the check.
                    catch_unwind(AssertUnwindSafe(call)).unwrap_or_else(|panic| Err(panicked(&*panic)))
                }))
            }
        }
    )+ };
}

functions! {
    (A 0)
    (A 0, B 1)
    (A 0, B 1, C 2)
    (A 0, B 1, C 2, D 3)
    (A 0, B 1, C 2, D 3, G 4)
}

fn argument<A: Argument>(values: &[Value], place: usize) -> Result<A, Failure> {
    A::from_value(&values[place]).ok_or_else(|| {
        let (number, given) = (place + 1, values[place].text());
        Failure::Error(format!("value {number} of your function is of type {}, but it is given {given}.", A::NAME))
    })
}
