fn layer_norm(x: Vec<f64>) -> Result<Vec<f64>> {
    let count = x.len() as f64;
    let mean = x.iter().sum::<f64>() / count;
    let variance = x.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / count;
    Ok(x.iter().map(|x| (x - mean) / (variance + 1e-5).sqrt()).collect())
}
