//! Facade.
pub use candle_core;
pub use candle_nn;
pub use plotters;
pub use polars;

/// Prelude.
pub mod prelude {
    pub use candle_core::{Device, Tensor, Var};
}
