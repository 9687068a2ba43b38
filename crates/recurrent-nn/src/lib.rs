//! Recurrent networks on candle: batches go through layers to a model, a trainer fits it, and every gate can be looked at.
//!
//! The modules in the order data flows: [`batch`] → [`layers`] (over [`ops`]) → [`model`] → [`train`].

pub mod batch;
pub mod error;
pub mod layers;
pub mod model;

pub use batch::{Batch, BatchSource};
pub use error::{Error, Result};
pub use layers::Layer;
pub use model::Model;
