//! What the layers compute with: sequences on plain slices, on the CPU.
//!
//! Nothing here knows a weight by name. A number is f32 or f64 ([`Scalar`]).

mod scalar;

pub use scalar::Scalar;
pub(crate) use scalar::{edit, read};
