fn coverage(truth: Vec<f64>, forecast: Vec<f64>, half: f64) -> Result<f64> {
    let pairs = truth.iter().zip(&forecast);
    let inside = pairs.filter(|(truth, forecast)| (*truth - *forecast).abs() <= half).count();
    Ok(100.0 * inside as f64 / truth.len() as f64)
}
