//! The exercises of each page. A solution is the code of a file of its own, which a learner is shown.

use super::exercise::{Exercise, Task};
use super::predictions;
use super::value::Value;
use crate::error::Error;
use rand::Rng;
use rand_chacha::ChaCha8Rng;

mod page_01;
mod page_02;
mod page_03;
mod page_04;
mod page_05;
mod page_06;
mod page_07;
mod page_08;
mod page_08b;
mod page_08c;
mod page_08d;
mod page_09;
mod page_10;
mod page_11;
mod page_12;

/// All, in the order of the pages: of each page the exercises, then the predictions.
pub(super) fn all() -> Vec<Exercise> {
    let exercises = [
        page_01::exercises(),
        page_02::exercises(),
        page_03::exercises(),
        page_04::exercises(),
        page_05::exercises(),
        page_06::exercises(),
        page_07::exercises(),
        page_08::exercises(),
        page_08b::exercises(),
        page_08c::exercises(),
        page_08d::exercises(),
        page_09::exercises(),
        page_10::exercises(),
        page_11::exercises(),
        page_12::exercises(),
    ];
    let mut all: Vec<Exercise> = exercises.into_iter().flatten().chain(predictions::all()).collect();
    all.sort_by_key(Exercise::page); // keeps the order within a page
    all
}

/// The exercise of this number.
pub(super) fn get(id: &str) -> crate::error::Result<Exercise> {
    all().into_iter().find(|exercise| exercise.id == id).ok_or_else(|| {
        let page: Vec<&str> =
            all().iter().filter(|one| Some(one.page()) == id.split('.').next()).map(|one| one.id).collect();
        let there = if page.is_empty() {
            "they are numbered \"01.1\", \"01.2\", …".into()
        } else {
            format!("there are {}", page.join(", "))
        };
        Error::View { operation: "exercises", problem: format!("there is no exercise {id:?}; {there}") }
    })
}

/// The function `$name` of `solutions/$file.rs`, with its source.
macro_rules! solution {
    ($file:literal, $name:ident, $inputs:expr) => {{
        mod solution {
            use crate::exercises::{exercise::Code, value::Value};
            use crate::prelude::Result;
            use rand_chacha::ChaCha8Rng;

            include!(concat!("../solutions/", $file, ".rs"));

            pub(super) fn code(inputs: fn(&mut ChaCha8Rng) -> Vec<Value>) -> Code {
                Code::new(include_str!(concat!("../solutions/", $file, ".rs")), $name, inputs)
            }
        }
        solution::code($inputs)
    }};
}
use solution;

/// Some different numbers from 1 to 6, in any order.
fn different(rng: &mut ChaCha8Rng, count: usize) -> Vec<usize> {
    let mut left: Vec<usize> = (1..=6).collect();
    (0..count.min(6)).map(|_| left.swap_remove(rng.random_range(0..left.len()))).collect()
}

/// Numbers between −1 and 1, rounded so that they can be read.
fn numbers(rng: &mut ChaCha8Rng, count: usize) -> Vec<f64> {
    (0..count).map(|_| (rng.random_range(-1.0..1.0f64) * 100.0).round() / 100.0).collect()
}
