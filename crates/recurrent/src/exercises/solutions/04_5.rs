fn gradient_left(f: Vec<f64>) -> Result<f64> {
    Ok(f.iter().product())
}
