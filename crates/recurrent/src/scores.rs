//! What scores of classes say.

/// The class with the highest score, the first of equals, as a confusion matrix counts it; none if there is no class.
pub(crate) fn argmax(scores: &[f64]) -> Option<usize> {
    let better = |best: usize, class: usize| match scores[class] > scores[best] {
        true => class,
        false => best,
    };
    (0..scores.len()).reduce(better)
}

/// Probabilities exp(z_c) / sum of exp(z), from scores z of C classes.
pub(crate) fn softmax(scores: &[f64]) -> Vec<f64> {
    let highest = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let powers: Vec<f64> = scores.iter().map(|score| (score - highest).exp()).collect();
    let sum: f64 = powers.iter().sum();
    powers.iter().map(|power| power / sum).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_equals_is_the_answer() {
        assert_eq!(argmax(&[0.25, 0.5, 0.5]), Some(1));
        assert_eq!(argmax(&[-1.0, -1.0]), Some(0));
        assert_eq!(argmax(&[]), None);
    }

    #[test]
    fn a_softmax_of_large_scores_does_not_overflow() {
        assert_eq!(softmax(&[1e4, 1e4]), [0.5, 0.5]);
        assert!(softmax(&[]).is_empty());
    }
}
