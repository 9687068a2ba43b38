fn penalty(alpha: Vec<Vec<f64>>) -> Result<f64> {
    let looked_at = |j: usize| alpha.iter().map(|weights| weights[j]).sum::<f64>(); // over the words
    Ok((0..alpha[0].len()).map(|j| (1.0 - looked_at(j)).powi(2)).sum())
}
