fn weights_of(query: Vec<f64>, keys: Vec<Vec<f64>>) -> Result<Vec<f64>> {
    let root = (query.len() as f64).sqrt();
    let dot = |key: &Vec<f64>| query.iter().zip(key).map(|(q, k)| q * k).sum::<f64>();
    let exp: Vec<f64> = keys.iter().map(|key| (dot(key) / root).exp()).collect();
    let sum: f64 = exp.iter().sum();
    Ok(exp.iter().map(|exp| exp / sum).collect())
}
