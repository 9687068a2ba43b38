fn exact_share(said: Vec<Vec<usize>>, truth: Vec<Vec<usize>>) -> Result<f64> {
    let right = said.iter().zip(&truth).filter(|(said, truth)| said == truth).count();
    Ok(100.0 * right as f64 / truth.len() as f64)
}
