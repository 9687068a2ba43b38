fn weight_on(alpha: Vec<f64>, sentence: Vec<usize>, needed: Vec<usize>) -> Result<f64> {
    let of_needed = alpha.iter().zip(&sentence).filter(|(_, sentence)| needed.contains(sentence));
    Ok(of_needed.map(|(alpha, _)| alpha).sum())
}
