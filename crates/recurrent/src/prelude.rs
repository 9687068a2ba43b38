//! What a page of the lesson uses: `use recurrent::prelude::*;`.

pub use crate::device::best_device;
pub use crate::display::Show;
pub use crate::loader::DataLoader;
pub use crate::predict::{Prediction, predict};
pub use crate::views::*;
pub use candle_core::{D, DType, Device, IndexOp, Tensor, Var};
pub use recurrent_data::*;
pub use recurrent_nn::*;
pub use recurrent_plot::*;
