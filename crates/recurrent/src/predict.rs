//! A trained model and a sentence.

use crate::error::{Error, Result, check_classes, check_stop};
use candle_core::{Device, Tensor};
use recurrent_data::{PAD, TextVectorizer, UNK};
use recurrent_nn::{
    Batch, Model, device,
    scores::argmax,
    train::{CountedProgress, Interrupt},
};
use std::{collections::BTreeMap, fmt};

/// Texts that go through the model together.
const BATCH_SIZE: usize = 256;

/// A model's prediction for one text.
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
    /// The number of the most probable class, the first of equals.
    pub fn best(&self) -> usize {
        argmax(&self.probabilities).unwrap_or(0)
    }
}

/// The most probable class, as `Sports (94.1 %)`; `{:>20}` aligns it.
impl fmt::Display for Prediction {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let best = self.best();
        let Some(probability) = self.probabilities.get(best) else {
            return f.pad("no class");
        };
        let percent = 100.0 * probability;
        match self.classes.get(best) {
            Some(name) => f.pad(&format!("{name} ({percent:.1} %)")),
            None => f.pad(&format!("class {best} ({percent:.1} %)")),
        }
    }
}

/// The probability of each class for one text, computed where the model's parameters are.
///
/// # Errors
/// When `classes` does not have a name for each of the model's classes, or the model fails.
pub fn predict(
    model: &dyn Model,
    vectorizer: &TextVectorizer,
    classes: &[impl AsRef<str>],
    text: &str,
) -> Result<Prediction> {
    Ok(predict_all(model, vectorizer, classes, &[text])?.remove(0))
}

/// [`predict`] for many texts, in their order. Only texts of the same number of tokens share a batch, so there is no
/// padding, and each gets what it would get alone, whether the model masks padding or not.
///
/// # Errors
/// As [`predict`]; a stop (SIGINT).
pub fn predict_all(
    model: &dyn Model,
    vectorizer: &TextVectorizer,
    classes: &[impl AsRef<str>],
    texts: &[impl AsRef<str> + Sync],
) -> Result<Vec<Prediction>> {
    let interrupt = Interrupt::listen()?;
    let device = device::of_model(model);
    let classes: Vec<String> = classes.iter().map(|name| name.as_ref().into()).collect();
    let mut probabilities = vec![Vec::new(); texts.len()];
    let mut progress = CountedProgress::begin("Prediction", texts.len(), "texts");
    let mut done = 0;
    for rows in of_one_length(vectorizer.encode_all(texts), BATCH_SIZE) {
        check_stop(&interrupt, "predict", done)?;
        done += rows.len();
        let same_length: Vec<&[u32]> = rows.iter().map(|(_, ids)| &ids[..]).collect();
        let batch = padded(&same_length, &device)?;
        let answers = recurrent_nn::predict_proba(model, &batch)?;
        if answers.len() != rows.len() {
            return Err(Error::View {
                operation: "predict",
                problem: format!(
                    "the model scored {} rows for a batch of {}; expected one for each text",
                    answers.len(),
                    rows.len()
                ),
            });
        }
        for (&(row, _), found) in rows.iter().zip(answers) {
            check_classes("predict", found.len(), &classes)?;
            probabilities[row] = found;
        }
        progress.tell(done);
    }
    progress.end();
    let predictions = texts.iter().zip(probabilities);
    Ok(predictions
        .map(|(text, probabilities)| Prediction { text: text.as_ref().into(), classes: classes.clone(), probabilities })
        .collect())
}

/// The ids of texts with their places, in groups of at most `size` texts of one length, by growing length. As in
/// training, a text without a word is one unknown word.
pub(crate) fn of_one_length(ids: Vec<Vec<u32>>, size: usize) -> Vec<Vec<(usize, Vec<u32>)>> {
    let mut by_length: BTreeMap<usize, Vec<(usize, Vec<u32>)>> = BTreeMap::new();
    for (place, mut ids) in ids.into_iter().enumerate() {
        if ids.is_empty() {
            ids.push(UNK);
        }
        by_length.entry(ids.len()).or_default().push((place, ids));
    }
    let mut groups = Vec::new();
    for mut texts in by_length.into_values() {
        while texts.len() > size {
            let rest = texts.split_off(size);
            groups.push(std::mem::replace(&mut texts, rest));
        }
        groups.push(texts);
    }
    groups
}

/// Rows of at least one id as one batch, padded on the right.
pub(crate) fn padded(rows: &[impl AsRef<[u32]>], device: &Device) -> Result<Batch> {
    let lengths: Vec<usize> = rows.iter().map(|row| row.as_ref().len()).collect();
    let steps = lengths.iter().copied().max().unwrap_or(0);
    let mut ids = Vec::with_capacity(rows.len() * steps);
    for (row, length) in rows.iter().zip(&lengths) {
        ids.extend_from_slice(row.as_ref());
        ids.extend(std::iter::repeat_n(PAD, steps - length));
    }
    Ok(Batch::new(Tensor::from_vec(ids, (rows.len(), steps), device)?, lengths))
}

#[cfg(test)]
mod tests {
    use crate::prelude::*;

    #[test]
    fn a_prediction_names_the_classes() -> Result<(), Error> {
        struct Fixed(Linear);
        impl Module for Fixed {
            fn layers(&self) -> Vec<(String, &dyn Module)> {
                vec![("linear".into(), &self.0)]
            }
        }

        impl Model for Fixed {
            fn forward(&self, batch: &Batch) -> Result<Tensor> {
                self.0.forward(&batch.input.to_dtype(DType::F32)?.narrow(1, 0, 1)?)
            }
        }
        let model = Fixed(Linear::new(1, 2, &mut Init::keras(0, &Device::Cpu))?);
        let vectorizer = TextVectorizer::adapt(&["one two"], VectorizerConfig::default())?;
        let shown = predict(&model, &vectorizer, &["no", "yes"], "two")?;
        assert_eq!(shown.classes, ["no", "yes"]);
        assert!((shown.probabilities.iter().sum::<f64>() - 1.0).abs() < 1e-6);
        let error = predict(&model, &vectorizer, &["only one"], "two");
        let error = error.expect_err("one name for two classes").to_string();
        assert_eq!(error, "predict: the model has 2 classes, but 1 class names were given");
        Ok(())
    }

    #[test]
    fn texts_of_one_length_share_a_batch_up_to_its_size() {
        let ids = vec![vec![5, 6], vec![], vec![7], vec![8], vec![9]];
        let groups = super::of_one_length(ids, 3);
        let ones = [vec![UNK], vec![7], vec![8], vec![9]];
        let ones: Vec<(usize, Vec<u32>)> = (1..).zip(ones).collect();
        let (first, rest) = ones.split_at(3);
        let expected = [first.to_vec(), rest.to_vec(), vec![(0, vec![5, 6])]];
        assert_eq!(groups, expected);
    }

    #[test]
    fn a_text_without_words_is_one_unknown_word() -> Result<(), Error> {
        let vectorizer = TextVectorizer::adapt(&["one two"], VectorizerConfig::default())?;
        let mut init = Init::keras(0, &Device::Cpu);
        struct Mean(Embedding);
        impl Module for Mean {
            fn layers(&self) -> Vec<(String, &dyn Module)> {
                vec![("embedding".into(), &self.0)]
            }
        }

        impl Model for Mean {
            fn forward(&self, batch: &Batch) -> Result<Tensor> {
                Ok(self.0.forward(&batch.input)?.mean(1)?)
            }
        }
        let model = Mean(Embedding::new(4, 2, &mut init)?);
        let empty = predict(&model, &vectorizer, &["a", "b"], "")?;
        let unknown = predict(&model, &vectorizer, &["a", "b"], "zebra")?;
        assert_eq!(empty.probabilities, unknown.probabilities);
        Ok(())
    }
}
