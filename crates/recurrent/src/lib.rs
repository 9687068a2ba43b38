//! Facade.
pub use candle_core;
pub use candle_nn;
pub use plotters;
pub use polars;
