//! Figures of what the other modules hold. Each is one call that takes a model, a vectoriser and a text or many; the numbers that it
//! draws are there beside it.
//!
//! | to see | figure | its numbers |
//! | --- | --- | --- |
//! | every gate and state at every word | [`gates`](gates()), [`gate_of_all_layers`], [`unit_gates`] | [`trace`](trace()), [`trace_each`] |
//! | words by what a unit makes of them | [`unit_words`], [`units`] | [`unit_cards`] |
//! | units that a span switches on, and where else they are on | [`select_and_match`] | [`selection`] |
//! | gates that are always open or shut | [`saturation`](saturation()) | [`saturations`] |
//! | the answer after every word | [`path`](path()) | [`prefix_probabilities`] |
//! | texts of a class beside each other | [`state_projection`] | [`final_states`], [`principal_components`] |
//! | what is left of each word in an LSTM's memory | [`ledger`](ledger()), [`ledger_of_all_units`] | [`memory`] |
//! | and what that adds to each class | [`class_ledger`] | [`class_parts`] |
//! | what each word adds to the answer, for any model | [`integrated_gradients`](integrated_gradients()) | [`attribute`] |
//! | how far back the loss reaches; what clipping does | [`gradient_flow`](gradient_flow()), [`clipping`] | [`flows`] |
//! | what padding does to a layer, what it costs | [`padding_audit`], [`padding_shares`] | [`padding_traces`], [`paddings`] |
//! | the weights of each gate, and their gradients | [`weight_histograms`], [`gradient_histograms`] | [`gate_weights`], [`gate_gradients`] |
//! | a training | [`learning_curves`], [`gradient_norms`], [`learning_rate_curve`] | [`History`](recurrent_nn::History), [`LearningRates`](recurrent_nn::LearningRates) |
//! | how large the weights of each layer become | [`weight_norms()`] | [`WeightNorms`] |
//! | which classes are taken for which | [`confusion`] | [`Evaluation`](recurrent_nn::Evaluation) |
//!
//! All run on the device of the model's parameters. Layers go by their names in the model's `layers()`: see [`LayerTrace::name`].

mod evaluation;
mod gates;
mod gradient_flow;
mod integrated_gradients;
mod ledger;
mod padding;
mod path;
mod projection;
mod saturation;
mod trace;
mod training;
mod weight_norms;
mod weights;
mod words;

pub use evaluation::confusion;
pub use gates::{gate_of_all_layers, gates, unit_gates};
pub use gradient_flow::{Flow, clipping, flows, gradient_flow};
pub use integrated_gradients::{Attribution, attribute, integrated_gradients};
pub use ledger::{
    ClassParts, Memory, class_ledger, class_parts, ledger, ledger_of_all_units, memory,
};
pub use padding::{padding_audit, padding_shares, padding_traces, paddings};
pub use path::{path, prefix_probabilities};
pub use projection::{Components, final_states, principal_components, state_projection};
pub use saturation::{saturation, saturations};
pub use trace::{LayerTrace, Trace, trace, trace_each};
pub use training::{gradient_norms, learning_curves, learning_rate_curve};
pub use weight_norms::{WeightNorms, weight_norms};
pub use weights::{gate_gradients, gate_weights, gradient_histograms, weight_histograms};
pub use words::{Match, Selection, select_and_match, selection, unit_cards, unit_words, units};
