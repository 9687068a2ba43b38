//! Figures of what the other modules hold.

mod training;

pub use training::learning_curves;
