//! Figures of what the other modules hold. Each is one call that takes a model, a vectoriser and a text or many; the numbers that it
//! draws are there beside it.
//!
//! | to see | figure | its numbers |
//! | --- | --- | --- |
//! | the network: its layers and directions over the words | [`network`](network()) | [`Model::summary`](recurrent_nn::Model::summary) |
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
//!
//! ```
//! use recurrent::prelude::*;
//! # struct Tagger { embedding: Embedding, lstm: Lstm, linear: Linear }
//! # impl Model for Tagger {
//! #     fn forward(&self, batch: &Batch) -> Result<Tensor> {
//! #         let h = self.lstm.forward(&self.embedding.forward(&batch.ids)?, None)?;
//! #         self.linear.forward(&h.h_n)
//! #     }
//! #     fn layers(&self) -> Vec<(&'static str, &dyn Layer)> {
//! #         vec![("embedding", &self.embedding), ("lstm", &self.lstm), ("linear", &self.linear)]
//! #     }
//! # }
//! # fn main() -> Result<(), Error> {
//! # let mut init = Init::pytorch(0, &Device::Cpu);
//! # let model = Tagger {
//! #     embedding: Embedding::new(10, 6, &mut init)?,
//! #     lstm: Lstm::new(6, 4, &mut init)?,
//! #     linear: Linear::new(4, 2, &mut init)?,
//! # };
//! let texts = ["dogs bark", "cats sleep", "dogs sleep"];
//! let words = TextVectorizer::adapt(&texts, VectorizerConfig::default())?;
//! let (classes, labels, text) = (["loud", "quiet"], [0, 1, 1], "dogs sleep");
//! // Gates and states, one text:
//! gates(&model, &words, text, "lstm")?;
//! gate_of_all_layers(&model, &words, text, "c")?;
//! unit_gates(&model, &words, text, "lstm", 2)?;
//! unit_words(&model, &words, text, "lstm", 2)?;
//! // Many texts:
//! units(&model, &words, &texts, "lstm")?;
//! saturation(&model, &words, &texts, "lstm")?;
//! state_projection(&model, &words, &texts, &labels, &classes, "lstm")?;
//! // What the answer rests on:
//! predict(&model, &words, &classes, text)?;
//! path(&model, &words, &classes, text)?;
//! ledger(&model, &words, text, "lstm", 2)?;
//! class_ledger(&model, &words, &classes, text, "lstm")?;
//! integrated_gradients(&model, &words, &classes, text, 64)?;
//! // Padding and gradients; the label is a class's number:
//! padding_audit(&model, &words, text, 5, "lstm")?;
//! gradient_flow(&[("lstm", &model)], &words, text, 1)?;
//! clipping(&[("lstm", &model)], &words, text, 1, 0.1)?;
//! weight_histograms(&model, "lstm")?;
//! gradient_histograms(&model, &words, text, 1, "lstm")?;
//! // The numbers behind: what is left of each word in unit 2's memory adds up to it.
//! let kept = memory(&model, &words, text, "lstm")?;
//! let sum: f64 = kept.parts.iter().map(|part| part[2]).sum();
//! assert!((sum - kept.cell[2]).abs() < 1e-6);
//! # Ok(()) }
//! ```

mod evaluation;
mod gates;
mod gradient_flow;
mod integrated_gradients;
mod ledger;
mod network;
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
pub use network::network;
pub use padding::{PaddingTraces, padding_audit, padding_shares, padding_traces, paddings};
pub use path::{path, prefix_probabilities};
pub use projection::{Components, final_states, principal_components, state_projection};
pub use saturation::{saturation, saturations};
pub use trace::{LayerTrace, Trace, trace, trace_each};
pub use training::{gradient_norms, learning_curves, learning_rate_curve};
pub use weight_norms::{WeightNorms, weight_norms};
pub use weights::{gate_gradients, gate_weights, gradient_histograms, weight_histograms};
pub use words::{Match, Selection, select_and_match, selection, unit_cards, unit_words, units};
