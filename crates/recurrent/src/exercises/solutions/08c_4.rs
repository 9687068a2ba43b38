fn persistence(values: Vec<f64>, ahead: usize) -> Result<f64> {
    let pairs = values[ahead..].iter().zip(&values); // a value, and the one `ahead` steps before it
    let sum: f64 = pairs.map(|(came, before)| (came - before).abs()).sum();
    Ok(sum / (values.len() - ahead) as f64)
}
