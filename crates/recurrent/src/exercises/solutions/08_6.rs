fn top_k(p: Vec<f64>, k: usize) -> Result<Vec<f64>> {
    let mut sorted = p.clone();
    sorted.sort_by(|a, b| b.total_cmp(a)); // the largest first
    let kept = &sorted[..k.min(sorted.len())];
    let sum: f64 = kept.iter().sum();
    Ok(p.iter().map(|p| if kept.contains(p) { p / sum } else { 0.0 }).collect())
}
