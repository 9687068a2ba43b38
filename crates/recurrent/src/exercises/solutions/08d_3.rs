fn masked_softmax(e: Vec<f64>, length: usize) -> Result<Vec<f64>> {
    let exp: Vec<f64> = e.iter().enumerate().map(|(t, e)| if t < length { e.exp() } else { 0.0 }).collect();
    let sum: f64 = exp.iter().sum();
    Ok(exp.iter().map(|one| one / sum).collect())
}
