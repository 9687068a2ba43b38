//! Figures of models and trainings. Each is one call that takes a model, a vectorizer and one or more texts; a second
//! function returns the numbers that it draws.
//!
//! | to see | figure | its numbers |
//! | --- | --- | --- |
//! | the network: its layers and directions over the words | [`network`](network()) | [`Model::summary`] |
//! | every gate and state at every word | [`gates`], [`gate_of_all_layers`] | [`trace`], [`trace_each`] |
//! | the gates of one unit | [`unit_gates`] | [`LayerTrace::unit`] |
//! | the cell of one unit, word by word, to be played | [`player`](player()) | [`trace`] |
//! | words by what a unit makes of them | [`unit_words`], [`units`] | [`unit_cards`] |
//! | units that a span switches on, and where else they are on | [`select_and_match`] | [`activation_matches`] |
//! | gates that are always open or shut | [`saturation`](saturation()) | [`gate_saturations`] |
//! | the answer after every word | [`prediction_trajectory`] | [`prefix_probabilities`] |
//! | the final states of texts, by class | [`state_projection`] | [`final_states`], [`principal_components`] |
//! | what is left of each word in an LSTM's cell state | [`ledger`], [`ledger_of_all_units`] | [`cell_contributions`] |
//! | and what that adds to each class | [`class_ledger`] | [`class_contributions`] |
//! | what each word adds to the answer, for any model | [`integrated_gradients`] | [`attribute`] |
//! | how far back the loss reaches; what clipping does | [`gradient_flow`], [`clipping`] | [`state_gradients`] |
//! | what padding does to a layer | [`padding_audit`] | [`padding_traces`] |
//! | what padding costs | [`padding_shares`] | [`padding_counts`] |
//! | the weights of each gate | [`weight_histograms`] | [`gate_weights`] |
//! | and their gradients | [`gradient_histograms`] | [`gate_gradients`] |
//! | a training | [`learning_curves`], [`gradient_norms`], [`learning_rate_curve`] | [`History`], [`LearningRates`] |
//! | how large the weights of each layer become | [`weight_norms()`] | [`WeightNorms`] |
//! | which classes are taken for which | [`confusion`] | [`Evaluation`] |
//!
//! [`Model::summary`]: recurrent_nn::Model::summary
//! [`gates`]: gates()
//! [`trace`]: trace()
//! [`prediction_trajectory`]: prediction_trajectory()
//! [`ledger`]: ledger()
//! [`integrated_gradients`]: integrated_gradients()
//! [`gradient_flow`]: gradient_flow()
//! [`History`]: recurrent_nn::History
//! [`LearningRates`]: recurrent_nn::LearningRates
//! [`Evaluation`]: recurrent_nn::Evaluation
//!
//! All run on the device of the model's parameters. Layers go by their names in the model: see
//! [`LayerTrace::name`].
//!
//! ```
//! use recurrent::{prelude::*, views::*};
#![doc = include_str!("views/doc_model.rs.in")]
//! let texts = ["dogs bark", "cats sleep", "dogs sleep"];
//! let words = TextVectorizer::adapt(&texts, VectorizerConfig::default())?;
//! let (classes, labels, text) = (["loud", "quiet"], [0, 1, 1], "dogs sleep");
//! // Gates and states, one text:
//! gates(&model, &words, text, "lstm")?;
//! gate_of_all_layers(&model, &words, text, "c")?;
//! unit_gates(&model, &words, text, "lstm", 2)?;
//! player(&model, &words, text, "lstm")?;
//! unit_words(&model, &words, text, "lstm", 2)?;
//! // Many texts:
//! units(&model, &words, &texts, "lstm")?;
//! saturation(&model, &words, &texts, "lstm")?;
//! state_projection(&model, &words, &texts, &labels, &classes, "lstm")?;
//! // What the answer rests on:
//! predict(&model, &words, &classes, text)?;
//! prediction_trajectory(&model, &words, &classes, text)?;
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
//! let kept = cell_contributions(&model, &words, text, "lstm")?;
//! let sum: f64 = kept.parts.iter().map(|part| part[2]).sum();
//! assert!((sum - kept.cell[2]).abs() < 1e-6);
//! # Ok::<(), Error>(())
//! ```

mod evaluation;
mod gates;
mod gradient_flow;
mod integrated_gradients;
mod ledger;
mod network;
mod padding;
mod player;
mod prediction_trajectory;
mod projection;
mod saturation;
mod trace;
mod training;
mod weight_norms;
mod weights;
mod words;

pub use evaluation::confusion;
pub use gates::{gate_of_all_layers, gates, unit_gates};
pub use gradient_flow::{Recurrence, StateGradients, clipping, gradient_flow, state_gradients};
pub use integrated_gradients::{Attribution, attribute, integrated_gradients};
pub use ledger::{
    CellContributions, ClassContributions, cell_contributions, class_contributions, class_ledger, ledger,
    ledger_of_all_units,
};
pub use network::network;
pub use padding::{PaddingTraces, padding_audit, padding_counts, padding_shares, padding_traces};
pub use player::{Player, player};
pub use prediction_trajectory::{prediction_trajectory, prefix_probabilities};
pub use projection::{PrincipalComponents, final_states, principal_components, state_projection};
pub use saturation::{gate_saturations, saturation};
pub use trace::{LayerTrace, Trace, trace, trace_each};
pub(crate) use training::run;
pub use training::{gradient_norms, learning_curves, learning_rate_curve};
pub use weight_norms::{WeightNorms, weight_norms};
pub use weights::{gate_gradients, gate_weights, gradient_histograms, weight_histograms};
pub use words::{
    ActivationMatch, ActivationMatches, activation_matches, select_and_match, unit_cards, unit_words, units,
};
