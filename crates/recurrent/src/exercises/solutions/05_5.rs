fn clip_norm(gradients: Vec<Vec<f64>>, limit: f64) -> Result<Vec<Vec<f64>>> {
    let norm = gradients.iter().flatten().map(|g| g * g).sum::<f64>().sqrt(); // of all rows
    let factor = (limit / norm).min(1.0); // never longer than before
    Ok(gradients.iter().map(|row| row.iter().map(|g| g * factor).collect()).collect())
}
