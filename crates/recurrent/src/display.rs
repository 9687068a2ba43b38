//! How values show at the end of a cell.
//!
//! evcxr calls `evcxr_display()` on the last value of a cell if there is one, and else prints its Debug form, for which
//! it compiles the cell a second time. So the values that pages end with have one.

use crate::predict::Prediction;
use candle_core::Tensor;
use recurrent_plot::{Figure, class_probabilities};

/// Shows a value as the result of a notebook's cell.
pub trait Show {
    /// Sends it to the notebook, as text and, where there is one, as a picture or a table.
    fn evcxr_display(&self);
}

/// Sends one result to the notebook in several forms; JupyterLab shows the richest.
fn send(forms: &[(&str, &str)]) {
    for (mime, content) in forms {
        println!("EVCXR_BEGIN_CONTENT {mime}\n{content}\nEVCXR_END_CONTENT");
    }
}

impl Show for Figure {
    fn evcxr_display(&self) {
        send(&[("text/plain", &format!("Figure: {}", self.title())), ("image/svg+xml", self.svg())]);
    }
}

impl Show for Prediction {
    fn evcxr_display(&self) {
        match class_probabilities(&self.text, &self.classes, &self.probabilities) {
            Ok(figure) => send(&[("text/plain", &self.to_string()), ("image/svg+xml", figure.svg())]),
            Err(_) => send(&[("text/plain", &self.to_string())]),
        }
    }
}

/// Values whose text says it all.
macro_rules! show_as_text {
    ($($form:literal: $($value:ty),+;)+) => { $($(
        impl Show for $value {
            fn evcxr_display(&self) {
                send(&[("text/plain", &format!($form, self))]);
            }
        }
    )+)+ };
}

show_as_text! {
    "{}": Tensor, recurrent_nn::Summary;
    "{:?}": bool, char, str, String, usize, u8, u32, u64, i32, i64, f32, f64;
}

impl<T: std::fmt::Debug> Show for Vec<T> {
    fn evcxr_display(&self) {
        send(&[("text/plain", &format!("{self:?}"))]);
    }
}

impl<T: std::fmt::Debug> Show for [T] {
    fn evcxr_display(&self) {
        send(&[("text/plain", &format!("{self:?}"))]);
    }
}

impl<T: std::fmt::Debug> Show for Option<T> {
    fn evcxr_display(&self) {
        send(&[("text/plain", &format!("{self:?}"))]);
    }
}
