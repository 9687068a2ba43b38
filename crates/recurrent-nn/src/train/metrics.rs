//! How good a model is on rows with known labels.

/// What a model got right and wrong on some rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Evaluation {
    /// Mean cross-entropy over the rows, in nats.
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
