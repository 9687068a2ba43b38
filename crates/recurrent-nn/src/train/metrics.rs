//! How good a model is on rows with known targets.

use std::fmt;

/// How good a model is by its loss, and by what belongs to it: [`Trainer::evaluate`](crate::Trainer::evaluate).
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Metrics {
    /// The rows that were looked at.
    pub rows: usize,
    /// Their answers: as many as rows, more if a row has several; those that are ignored do not count.
    pub answers: usize,
    /// Mean loss over the answers; in nats if they are classes.
    pub loss: f64,
    /// The share of the answers that are right, 0 to 1, if they are classes.
    pub accuracy: Option<f64>,
    /// [`Evaluation::macro_f1`] without an ignored class, 0 to 1, if there are at most 1,000 classes; none in training.
    pub macro_f1: Option<f64>,
    /// The mean of |y - t| over the answers, if they are numbers.
    pub mean_absolute_error: Option<f64>,
}

impl Metrics {
    /// exp(loss), the perplexity, if the answers are classes: a model that guesses among so many has this loss.
    ///
    /// ```
    /// # use recurrent_nn::Metrics;
    /// let guess = Metrics { loss: 8f64.ln(), accuracy: Some(0.125), ..Default::default() };
    /// assert!((guess.perplexity().unwrap() - 8.0).abs() < 1e-12);
    /// assert!((guess.bits().unwrap() - 3.0).abs() < 1e-12);
    /// ```
    pub fn perplexity(&self) -> Option<f64> {
        self.accuracy.map(|_| self.loss.exp())
    }

    /// loss / ln 2, the bits for an answer, if the answers are classes.
    pub fn bits(&self) -> Option<f64> {
        self.accuracy.map(|_| self.loss / std::f64::consts::LN_2)
    }
}

/// `loss 0.1200  accuracy 0.9500`: what there is; the perplexity where rows have more than one answer on average.
impl fmt::Display for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "loss {:.4}", self.loss)?;
        let rest = [
            ("perplexity", self.perplexity().filter(|_| self.answers > self.rows)),
            ("accuracy", self.accuracy),
            ("macro F1", self.macro_f1),
            ("mean absolute error", self.mean_absolute_error),
        ];
        rest.into_iter()
            .try_for_each(|(name, number)| number.map_or(Ok(()), |number| write!(f, "  {name} {number:.4}")))
    }
}

/// What a model got right and wrong on some rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Evaluation {
    /// Mean cross-entropy over the rows, in nats; over the steps, if each of them has a class. So it is with all rows
    /// below.
    pub loss: f64,
    /// `confusion[label][predicted]`: how many rows of each class were predicted as each class; as many columns as
    /// rows.
    pub confusion: Vec<Vec<u64>>,
}

impl Evaluation {
    /// How many rows were looked at.
    pub fn rows(&self) -> u64 {
        self.confusion.iter().flatten().sum()
    }

    /// One number of the matrix; 0 where a matrix made by hand has none.
    fn count(&self, label: usize, predicted: usize) -> u64 {
        let row = self.confusion.get(label);
        row.and_then(|row| row.get(predicted)).copied().unwrap_or(0)
    }

    /// The share of the rows that the model had right, 0 to 1.
    pub fn accuracy(&self) -> f64 {
        let right: u64 = (0..self.confusion.len()).map(|class| self.count(class, class)).sum();
        share(right, self.rows())
    }

    /// For each class, the share of the rows predicted as this class that belong to it; 0 if none was predicted.
    pub fn precision(&self) -> Vec<f64> {
        (0..self.confusion.len())
            .map(|class| {
                let predicted = (0..self.confusion.len()).map(|label| self.count(label, class));
                share(self.count(class, class), predicted.sum())
            })
            .collect()
    }

    /// For each class, the share of its rows that were predicted as this class; 0 if it has no rows.
    pub fn recall(&self) -> Vec<f64> {
        self.confusion
            .iter()
            .enumerate()
            .map(|(class, row)| share(self.count(class, class), row.iter().sum()))
            .collect()
    }

    /// For each class, the harmonic mean of precision p and recall r, 2 p r / (p + r); 0 if both are 0.
    pub fn f1(&self) -> Vec<f64> {
        let harmonic = |(p, r): (f64, f64)| {
            if p + r > 0.0 { 2.0 * p * r / (p + r) } else { 0.0 }
        };
        self.precision().into_iter().zip(self.recall()).map(harmonic).collect()
    }

    /// The mean of the classes' F1, each class counted alike, as
    /// [`sklearn.metrics.f1_score(average="macro")`](https://scikit-learn.org/stable/modules/generated/sklearn.metrics.f1_score.html)
    /// with all classes as `labels`: a class that no row has and none was taken for counts as 0.
    ///
    /// ```
    /// # use recurrent_nn::Evaluation;
    /// // 4 rows of the first class: 3 are right, 1 was taken for the second. Of the second class all 2 are right.
    /// let evaluation = Evaluation { loss: 0.5, confusion: vec![vec![3, 1], vec![0, 2]] };
    /// assert_eq!(evaluation.accuracy(), 5.0 / 6.0);
    /// assert_eq!(evaluation.precision(), [1.0, 2.0 / 3.0]);
    /// assert_eq!(evaluation.recall(), [0.75, 1.0]);
    /// assert!((evaluation.macro_f1() - (6.0 / 7.0 + 0.8) / 2.0).abs() < 1e-15);
    /// ```
    pub fn macro_f1(&self) -> f64 {
        let f1 = self.f1();
        f1.iter().sum::<f64>() / f1.len() as f64
    }
}

fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}
