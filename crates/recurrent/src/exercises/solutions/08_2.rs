fn perplexity(p: Vec<f64>) -> Result<f64> {
    let loss = p.iter().map(|p| -p.ln()).sum::<f64>() / p.len() as f64; // the mean cross-entropy
    Ok(loss.exp())
}
