fn by_group(right: Vec<usize>, group: Vec<usize>, groups: usize) -> Result<Vec<f64>> {
    let (mut hits, mut all) = (vec![0.0; groups], vec![0.0; groups]);
    for (right, group) in right.iter().zip(&group) {
        hits[*group] += *right as f64;
        all[*group] += 1.0;
    }
    Ok(hits.iter().zip(&all).map(|(hits, all)| 100.0 * hits / all).collect())
}
