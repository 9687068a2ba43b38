//! A trained model and a sentence.

use crate::error::{Error, Result};
use candle_core::{Device, Tensor};
use recurrent_data::TextVectorizer;
use recurrent_nn::{Batch, Model};
use std::fmt;

/// What a model says of one text.
#[derive(Debug, Clone, PartialEq)]
pub struct Prediction {
    /// The text.
    pub text: String,
    /// The names of the classes.
    pub classes: Vec<String>,
    /// The probability of each class; they sum to 1.
    pub probabilities: Vec<f64>,
}

impl Prediction {
    /// The number of the most probable class.
    pub fn best(&self) -> usize {
        let by_probability =
            |&a: &usize, &b: &usize| self.probabilities[a].total_cmp(&self.probabilities[b]);
        (0..self.probabilities.len())
            .max_by(by_probability)
            .unwrap_or(0)
    }
}

impl fmt::Display for Prediction {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let best = self.best();
        write!(
            f,
            "{} ({:.1} %)",
            self.classes[best],
            100.0 * self.probabilities[best]
        )
    }
}

/// The probability of each class for one text.
///
/// # Errors
/// When `classes` does not have a name for each of the model's classes, or the model fails.
pub fn predict(
    model: &dyn Model,
    vectorizer: &TextVectorizer,
    classes: &[impl AsRef<str>],
    text: &str,
    device: &Device,
) -> Result<Prediction> {
    let mut ids = vectorizer.encode(text);
    if ids.is_empty() {
        // As in training: a text without a word is one unknown word.
        ids.push(recurrent_data::UNK);
    }
    let lengths = vec![ids.len()];
    let ids = Tensor::from_vec(ids, (1, lengths[0]), device)?;
    let batch = Batch {
        ids,
        lengths,
        labels: None,
        training: false,
        step: 0,
    };
    let probabilities = recurrent_nn::predict_proba(model, &batch)?.remove(0);
    if probabilities.len() != classes.len() {
        return Err(Error::Classes {
            operation: "predict",
            classes: probabilities.len(),
            names: classes.len(),
        });
    }
    let classes = classes
        .iter()
        .map(|name| name.as_ref().to_owned())
        .collect();
    Ok(Prediction {
        text: text.to_owned(),
        classes,
        probabilities,
    })
}

#[cfg(test)]
mod tests {
    use crate::prelude::*;

    #[test]
    fn a_prediction_names_the_classes() -> Result<(), Error> {
        struct Fixed(Linear);
        impl Model for Fixed {
            fn forward(&self, batch: &Batch) -> Result<Tensor> {
                self.0
                    .forward(&batch.ids.to_dtype(DType::F32)?.narrow(1, 0, 1)?)
            }
            fn layers(&self) -> Vec<(&'static str, &dyn Layer)> {
                vec![("linear", &self.0)]
            }
        }
        let model = Fixed(Linear::new(1, 2, &mut Init::keras(0, &Device::Cpu))?);
        let vectorizer = TextVectorizer::adapt(&["one two"], VectorizerConfig::default())?;
        let shown = predict(&model, &vectorizer, &["no", "yes"], "two", &Device::Cpu)?;
        assert_eq!(shown.classes, ["no", "yes"]);
        assert!((shown.probabilities.iter().sum::<f64>() - 1.0).abs() < 1e-6);
        let error = predict(&model, &vectorizer, &["only one"], "two", &Device::Cpu);
        let error = error.expect_err("one name for two classes").to_string();
        assert_eq!(
            error,
            "predict: the model has 2 classes, but 1 class names were given"
        );
        Ok(())
    }

    #[test]
    fn a_text_without_words_is_one_unknown_word() -> Result<(), Error> {
        let vectorizer = TextVectorizer::adapt(&["one two"], VectorizerConfig::default())?;
        let mut init = Init::keras(0, &Device::Cpu);
        struct Mean(Embedding);
        impl Model for Mean {
            fn forward(&self, batch: &Batch) -> Result<Tensor> {
                Ok(self.0.forward(&batch.ids)?.mean(1)?)
            }
            fn layers(&self) -> Vec<(&'static str, &dyn Layer)> {
                vec![("embedding", &self.0)]
            }
        }
        let model = Mean(Embedding::new(4, 2, &mut init)?);
        let empty = predict(&model, &vectorizer, &["a", "b"], "", &Device::Cpu)?;
        let unknown = predict(&model, &vectorizer, &["a", "b"], "zebra", &Device::Cpu)?;
        assert_eq!(empty.probabilities, unknown.probabilities);
        Ok(())
    }
}
