fn beam(first: Vec<f64>, next: Vec<Vec<f64>>, width: usize) -> Result<Vec<usize>> {
    let mut kept: Vec<usize> = (0..first.len()).collect();
    kept.sort_by(|&a, &b| first[b].total_cmp(&first[a])); // the likeliest ones come first
    kept.truncate(width);
    let mut best = (0.0, Vec::new());
    for a in kept {
        for (b, p) in next[a].iter().enumerate() {
            if first[a] * p > best.0 {
                best = (first[a] * p, vec![a, b]);
            }
        }
    }
    Ok(best.1)
}
