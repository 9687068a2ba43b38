//! Class scores (logits) as classes and probabilities.

/// The class with the highest score, the first of equals, as a confusion matrix counts it; none if there is no class.
///
/// ```
/// use recurrent_nn::scores::argmax;
/// assert_eq!(argmax(&[0.25, 0.5, 0.5]), Some(1));
/// assert_eq!(argmax(&[]), None);
/// ```
pub fn argmax(scores: &[f64]) -> Option<usize> {
    let better = |best: usize, class: usize| match scores[class] > scores[best] {
        true => class,
        false => best,
    };
    (0..scores.len()).reduce(better)
}

/// Probabilities exp(z_c) / sum of exp(z), from scores z of C classes. Large scores do not overflow. NaN
/// where a score is NaN or infinite, or all are −∞.
///
/// ```
/// use recurrent_nn::scores::softmax;
/// assert_eq!(softmax(&[1e4, 1e4]), [0.5, 0.5]);
/// assert!(softmax(&[]).is_empty());
/// ```
pub fn softmax(scores: &[f64]) -> Vec<f64> {
    let highest = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let powers: Vec<f64> = scores.iter().map(|score| (score - highest).exp()).collect();
    let sum: f64 = powers.iter().sum();
    powers.iter().map(|power| power / sum).collect()
}
