fn with_temperature(scores: Vec<f64>, temperature: f64) -> Result<Vec<f64>> {
    let powers: Vec<f64> = scores.iter().map(|score| (score / temperature).exp()).collect();
    let sum: f64 = powers.iter().sum();
    Ok(powers.iter().map(|power| power / sum).collect())
}
