fn cross_entropy(scores: Vec<f64>, label: usize) -> Result<f64> {
    let sum: f64 = scores.iter().map(|score| score.exp()).sum();
    let p = scores[label].exp() / sum; // the softmax, for the right class
    Ok(-p.ln())
}
