fn masked_weights(e: Vec<f64>, length: usize) -> Result<Vec<f64>> {
    let masked = e.iter().enumerate().map(|(j, e)| if j < length { *e } else { -1e9 });
    let exp: Vec<f64> = masked.map(f64::exp).collect();
    let sum: f64 = exp.iter().sum();
    Ok(exp.iter().map(|one| one / sum).collect())
}
